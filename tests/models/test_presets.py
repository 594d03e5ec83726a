"""The presets are whole configurations that can be trained."""

from __future__ import annotations

import subprocess
import sys

import pytest

from models.config import RunConfig
from models.datasets import Dataset
from models.facts import RunFinished
from models.presets import PRESETS


def test_the_presets_of_the_design_are_there() -> None:
    assert list(PRESETS) == ["ae-2", "vae-2", "vae-16", "beta-vae", "denoising", "sparse", "small", "linear-ae"]
    assert all(name == each.name and each.title and each.meaning.endswith(".") for name, each in PRESETS.items())
    assert len({each.title for each in PRESETS.values()}) == len(PRESETS)
    assert PRESETS["vae-2"].config == RunConfig(), "what the form begins with"


def test_each_preset_is_what_its_name_says() -> None:
    configs = {name: each.config for name, each in PRESETS.items()}
    assert [(c.kind, c.latent_dim) for c in configs.values()] == [
        ("ae", 2), ("vae", 2), ("vae", 16), ("vae", 10), ("ae", 16), ("ae", 64), ("ae", 2), ("ae", 2),
    ]  # fmt: skip
    assert configs["beta-vae"].beta == 4.0
    assert configs["denoising"].corruption == "gaussian" and configs["sparse"].sparsity == "kl"
    assert configs["small"].encoder == configs["small"].decoder == (40,)
    assert (configs["linear-ae"].activation, configs["linear-ae"].output) == ("linear", "linear")


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_learns_the_digits(name: str, digits: Dataset) -> None:
    from models.training import train

    facts = list(train(PRESETS[name].config.replace(epochs=3, batch_size=100), digits))
    first, last = facts[1].losses.reconstruction, facts[-2].held_out.reconstruction  # type: ignore[union-attr]
    assert isinstance(facts[-1], RunFinished)
    assert last < 0.9 * first


def test_the_form_can_show_presets_and_facts_before_torch_is_there() -> None:
    program = "import sys, models.presets, models.facts; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
