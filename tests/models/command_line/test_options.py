"""Settings as options: their help, their limits, a preset, and what they cannot be."""

from __future__ import annotations

import sys

import pytest

from models.__main__ import main
from models.cli_arguments import config_from, hardware_from, parse
from models.config import Hardware, RunConfig
from models.presets import PRESETS
from models.settings import settings_of
from tests.models.command_line.conftest import refused


def test_every_setting_is_an_option_with_its_meaning_limits_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train", "--help"])
    assert left.value.code == 0
    words = " ".join(capsys.readouterr().out.split())
    for cls in (RunConfig, Hardware):
        for name, about in settings_of(cls).items():
            assert f"--{name.replace('_', '-')} " in words
            assert " ".join(about.meaning.split()[:6]) in words, name
    assert "[1 to 10,000 images] (default: 200)" in words
    assert "(default: 256,128)" in words
    for name in PRESETS:
        assert f"{name}:" in words


def test_every_setting_has_its_words_or_its_limits() -> None:
    """Whatever tells of them, here and in the window's form, takes them for numbers."""
    for cls in (RunConfig, Hardware):
        for name, about in settings_of(cls).items():
            limits = (about.minimum, about.maximum)
            assert limits == (None, None) if about.choices is not None else None not in limits, name


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/opt/bin/latentlab-cli", "latentlab-cli"),
        ("latentlab-cli.exe", "latentlab-cli"),
        ("/opt/models/__main__.py", "python -m models"),
    ],
)
def test_the_help_speaks_of_the_command_that_was_called(
    called: str, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    with pytest.raises(SystemExit):
        main(["sweep", "--help"])
    words = capsys.readouterr().out
    assert words.startswith(f"usage: {name} sweep ")
    assert f"\n  {name} sweep --data mnist " in words
    assert f"--wrap '{name} sweep --data mnist " in words
    assert refused(capsys, "train", "--speed", "3").endswith(f"(see {name} --help).")


def test_options_become_the_configuration() -> None:
    call = "train --kind ae --loss mse --encoder 300,100 --decoder= --learning-rate 1e-3 --threads 2 --warmup 0.5"
    arguments = parse(call.split())
    expected = RunConfig(kind="ae", loss="mse", encoder=(300, 100), decoder=(), learning_rate=0.001, warmup=0.5)
    assert config_from(arguments) == expected
    assert hardware_from(arguments) == Hardware(threads=2)


def test_what_is_given_beside_a_preset_wins() -> None:
    chosen = config_from(parse(["train", "--preset", "vae-16", "--epochs", "3"]))
    assert chosen == PRESETS["vae-16"].config.replace(epochs=3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("train --latent-dim 65", "Latent dimensions must lie between 1 and 64, not 65."),
        ("train --epochs 2.5", "Epochs must be a whole number, not 2.5."),
        ("train --epochs many", "Epochs must be a whole number, not “many”."),
        ("train --encoder 256,x", "Encoder must be whole numbers such as 256, 128, not “x”."),
        ("train --loss l1", "Reconstruction loss must be one of bce, mse, not “l1”."),
        ("train --output linear", "The Bernoulli loss needs the sigmoid output: choose squared error for "
         "a linear output."),
        ("train --speed 3", "Unrecognized arguments: --speed 3 (see python -m models --help)."),
        ("train --data nowhere", "There is no dataset or folder “nowhere”; the known names are digits, mnist, "
         "fashion-mnist, kmnist, emnist-digits."),
        ("train --data /nowhere/at/all", "There is no folder “/nowhere/at/all”."),
        ("train --out /nowhere/run.safetensors", "“/nowhere/run.safetensors” cannot be written: there is no folder "
         "“/nowhere”."),
        ("train --report /tmp", "“/tmp” is a folder: name a file to write."),
        ("train --validate 1500", "--validate takes 1 to 1499 images here, not 1500."),
        ("train --validate 0", "--validate takes 1 to 1499 images here, not 0."),
        ("evaluate /nowhere/run", "There is no file “/nowhere/run”."),
        ("export /nowhere/run", "Name what to export: --codes, --grid, --weights or --half."),
        ("export /nowhere/run --grid g.png --steps 0", "--steps takes 1 to 100 images a side, not 0."),
        ("fly", "Argument COMMAND: invalid choice: 'fly' (choose from "),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, *arguments.split()).startswith(sentence)
