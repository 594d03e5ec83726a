"""Adam on a CUDA device gets all weights in parts; here the CPU computes them so, to the same end."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models import adam
from models.adam import Adam
from models.config import RunConfig
from models.flat_parameters import ALIGNMENT, FlatParameters
from models.networks import initialised


def weights_after_steps(kind: str) -> Tensor:
    network = initialised(RunConfig(encoder=(20,), decoder=(30,)), torch.full((784,), 0.3))
    parameters = FlatParameters(network)
    optimiser = Adam(parameters, kind, 0.01)
    drawn = torch.Generator().manual_seed(5)
    for step in range(3):
        parameters.gradient.normal_(generator=drawn)
        optimiser.step(0.01 + 0.001 * step, (0.85, 0.95))
    return parameters.vector


@pytest.mark.parametrize("kind", ["adam", "adamw"])
def test_in_parts_it_learns_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = weights_after_steps(kind)
    monkeypatch.setattr(adam, "most_parts", lambda device: 7)
    torch.testing.assert_close(weights_after_steps(kind), expected, rtol=0.0, atol=0.0)


@pytest.mark.parametrize(
    ("device", "build", "numbers", "count"),
    [
        ("cpu", "13.2", 1_000_000, 1),
        ("mps", None, 1_000_000, 1),
        ("cuda", "13.2", 1_000_000, 123),
        ("cuda", "13.2", 100_000_000, 252),
        ("cuda", "12.6", 1_000_000, 36),
        ("cuda", None, 1_000_000, 36),
        ("cuda", "13.2", 1_000, 1),
    ],
)
def test_one_launch_takes_all_parts_and_each_begins_on_a_cache_line(
    device: str, build: str | None, numbers: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.version, "cuda", build)
    vector = torch.empty(-(-numbers // ALIGNMENT) * ALIGNMENT, device="meta")
    parts = adam.in_parts(vector, adam.most_parts(torch.device(device)))
    assert len(parts) == count
    assert sum(len(each) for each in parts) == len(vector)
    assert all(each.storage_offset() % ALIGNMENT == 0 and len(each) > 0 for each in parts)
