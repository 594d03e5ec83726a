"""`torch.compile` for the training step: what it learns, and what is said where it cannot work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.compiled import why_not
from models.config import Hardware
from models.devices import DeviceError, pick_device
from tests.conftest import ROOT
from tests.models.command_line.conftest import refused


def in_a_process(folder: Path, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Python's answer, with caches of the compiler that are new, so that everything is really built."""
    environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(folder / "built"), **environ}
    command = [sys.executable, "-m", *argv]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.skipif(bool(why_not("cpu")), reason="needs a C++ compiler")
def test_translated_steps_learn_what_others_learn(tmp_path: Path) -> None:
    done = in_a_process(tmp_path, "tests.models.compiled_script")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["in a row"] == [1] * 10, "the compiler's limit of eight shapes is that of one run"
    found = told["apart"]
    built, again = found.pop("built"), found.pop("another of its shape")
    assert built[0] < 1e-3 and again[0] < 1e-3, "they differ by rounding alone"
    assert (built[1], again[1]) == (1, 0), "an epoch's smaller last batch and a second run are translated not at all"
    rounding = pytest.approx(0.0, abs=1e-6)
    assert found == {"noisy": [rounding, 1], "sparse": [rounding, 1], "convolutional": [rounding, 2]}


@pytest.mark.parametrize(
    ("device", "compiler", "sentence"),
    [
        ("cpu", sys.executable, ""),
        ("cuda", sys.executable, "torch.compile needs Triton for CUDA, which is not here: install it, or use "
         "--compile no."),
        ("cpu", "/nowhere/g++", "torch.compile needs a C++ compiler, and “/nowhere/g++” is not here: install it, or "
         "use --compile no."),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_a_sentence(
    device: str, compiler: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "triton", None)  # Python's own way of saying that a package is not to be found
    monkeypatch.setenv("CXX", compiler)
    assert why_not(device) == sentence


def test_without_a_compiler_the_command_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "/nowhere/g++")
    sentence = refused(capsys, "train", "--data", "digits", "--compile", "yes", "--quiet")
    assert sentence == why_not("cpu") != ""
    assert pick_device(Hardware()).type == "cpu", "who does not ask for it needs none"
    with pytest.raises(DeviceError):
        pick_device(Hardware(compile="yes"))


def test_a_compiler_that_fails_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    arguments = ["train", "--data", "digits", "--encoder", "8", "--decoder", "8", "--compile", "yes", "--quiet"]
    done = in_a_process(tmp_path, "models", *arguments, CXX=str(broken))
    sentence = done.stderr.splitlines()[-1]
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence.startswith("torch.compile failed here (InvalidCxxCompiler: No working C++ compiler found")
    assert sentence.endswith("): use --compile no.")
    assert "Traceback" not in done.stderr
