"""What goes wrong is one sentence: devices, libraries, images, runs, downloads, a loss that diverges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.__main__ import main
from models.checkpoint import load_run, save_run
from models.datasets import Dataset, data_folder
from models.mending import pip_command
from tests.conftest import ROOT
from tests.models.command_line.conftest import SMALL, refused, write_idx


def test_a_device_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    missing = "mps" if not torch.backends.mps.is_available() else "cuda"
    sentence = refused(capsys, "train", "--device", missing, "--quiet")
    assert "cannot be used here" in sentence and sentence.endswith("Choose the CPU instead.")


@pytest.mark.parametrize(
    ("module", "content", "sentence"),
    [
        ("torch", "raise ImportError('libtorch.so: spoilt', name='torch._C')",
         "torch cannot be loaded (libtorch.so: spoilt); this command installs it again: {pip} --force-reinstall torch"),
        ("torch", "import ctypes; ctypes.CDLL('libnowhere.so')",
         "torch cannot be loaded (libnowhere.so: cannot open shared object file: No such file or directory); this "
         "command installs it again: {pip} --force-reinstall torch"),
        ("torch", "raise ImportError('libtorch.so: failed to map segment from shared object', name='torch._C')",
         "torch cannot be loaded (libtorch.so: failed to map segment from shared object): this process may use too "
         "little memory for it."),
        ("torch", "error = OSError(22, 'not found. Error loading c10.dll'); error.winerror = 126; raise error",
         "torch cannot be loaded ([Errno 22] not found. Error loading c10.dll); Microsoft's Visual C++ runtime may be "
         "missing (https://aka.ms/vs/17/release/vc_redist.x64.exe), else this command installs it again: {pip} "
         "--force-reinstall torch"),
        ("torch", "error = OSError(22, 'The paging file is too small'); error.winerror = 1455; raise error",
         "torch cannot be loaded ([Errno 22] The paging file is too small): this process may use too little memory for "
         "it."),
        ("sklearn", "raise ModuleNotFoundError('No module', name='sklearn')",
         "sklearn is not installed; this command gets it: {pip} scikit-learn"),
        ("numpy", "raise ModuleNotFoundError('No module', name='numpy')",
         "numpy is not installed; this command gets it: {pip} numpy"),
    ],
)  # fmt: skip
def test_a_library_that_is_broken_or_missing_is_one_sentence(
    tmp_path: Path, module: str, content: str, sentence: str
) -> None:
    (tmp_path / module).mkdir()
    (tmp_path / module / "__init__.py").write_text(content)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-m", "models", "train", "--data", "digits", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240)
    expected = sentence.format(pip=pip_command("").rstrip()) + "\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


def test_a_run_that_diverges_is_one_sentence_and_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.safetensors"
    deep = ",".join(["128"] * 8)
    wild = ["--kind", "ae", "--loss", "mse", "--activation", "linear", "--output", "linear", "--encoder", deep]
    wild += ["--decoder", deep, "--learning-rate", "1", "--gradient-clip", "0", "--schedule", "constant"]
    sentence = refused(capsys, "train", *wild, "--quiet", "--out", path)
    assert sentence.startswith("The loss stopped being a finite number in epoch ")
    assert not path.exists()


@pytest.mark.parametrize(
    ("save", "sentence"),
    [
        (lambda path: np.save(path, np.zeros((2, 28, 28))), "must hold pixels of type uint8 (0..255), not float64."),
        (
            lambda path: np.save(path, np.zeros((2, 784), np.uint8)),
            "must hold images of the shape (N, 28, 28), not (2, 784).",
        ),
        (lambda path: np.save(path, np.zeros((0, 28, 28), np.uint8)), "holds no images."),
        (lambda path: np.save(path, np.array([{}]), allow_pickle=True), "is not a .npy file of numbers."),
        (lambda path: path.write_bytes(b"PNG"), "is not a .npy file of numbers."),
        (lambda path: path.write_bytes(b""), "is not a .npy file of numbers."),
        (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00\x0c\x00{'shape': (2,\n"), "is not a .npy file of numbers."),
        (lambda path: None, "cannot be read: no such file or directory."),
    ],
)
def test_images_that_cannot_be_judged_are_named(
    vae_file: Path, tmp_path: Path, save, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "images.npy"
    save(path)
    assert refused(capsys, "evaluate", vae_file, "--images", path) == f"“{path}” {sentence}"


def test_a_run_without_scores_asks_for_its_data(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "images.npy", digits.test_images[:1])
    expected = "This run keeps no scores of held-out images: name its dataset with --data."
    bare = tmp_path / "bare.safetensors"
    save_run(replace(load_run(vae_file), scores=None), bare)
    assert refused(capsys, "evaluate", bare, "--images", tmp_path / "images.npy") == expected


def test_weights_that_do_not_fit_their_settings_are_named(
    vae_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd, run = tmp_path / "odd.safetensors", load_run(vae_file)
    save_run(replace(run, config=run.config.replace(encoder=(32, 16))), odd)
    for call in (["evaluate", odd, "--data", "digits"], ["export", odd, "--grid", tmp_path / "grid.png"]):
        sentence = refused(capsys, *call)
        assert sentence.startswith(f"“{odd}” cannot be used: The weights do not fit the configuration: ")
    assert not (tmp_path / "grid.png").exists()


def test_weights_that_overflow_are_refused_in_a_sentence(
    vae_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    huge, run = tmp_path / "huge.safetensors", load_run(vae_file)
    save_run(replace(run, weights={name: 1e25 * each for name, each in run.weights.items()}), huge)
    expected = f"“{huge}” cannot be used: With its weights the loss is no finite number."
    assert refused(capsys, "evaluate", huge, "--data", "digits") == expected


def test_an_ae_has_no_bound(ae4_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = "The importance-weighted bound needs a VAE with the Bernoulli loss."
    assert refused(capsys, "evaluate", ae4_file, "--bound", "5") == expected


def test_a_bound_without_samples_is_refused_before_the_images_are_read(
    vae_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "--bound takes at least 1 sample, not 0."
    assert refused(capsys, "evaluate", vae_file, "--bound", "0", "--data", "/nowhere") == sentence


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_leaves_its_sentence_and_no_empty_progress_bar(
    device: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from models.devices import devices

    if next(each for each in devices() if each.name == device).available:
        pytest.skip(f"{device} is there")
    assert main(["train", "--data", "digits", "--device", device]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert err.startswith({"cuda": "CUDA", "mps": "Apple MPS"}[device] + " cannot be used here: ")


def test_a_download_without_network_leaves_its_sentence_and_no_progress_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("PYTHONPATH", "")
    foreign = tmp_path / "somebody's project"  # whose modules are called as ours, and as Python's
    (foreign / "models").mkdir(parents=True)
    (foreign / "models" / "__init__.py").touch()
    (foreign / "random.py").touch()
    monkeypatch.chdir(foreign)
    assert main(["train", "--data", "kmnist"]) == 2
    err = capsys.readouterr().err
    seen = err.splitlines(keepends=True)[-1].rsplit("\r", 1)[-1]  # what a terminal still shows
    assert seen == (
        "KMNIST could not be downloaded because no server that has it could be reached: check the network, or "
        "choose a folder that holds its files.\n"
    )
    assert err.count("\n") == 1
    assert not data_folder().exists() or list(data_folder().iterdir()) == []


def test_an_account_without_a_home_is_one_sentence(no_home: None, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = refused(capsys, "train", "--data", "mnist", "--quiet")
    assert sentence == "This account has no home folder to keep images in: set HOME, or name a folder."


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["--data", ""], "--data names no dataset: its value is empty."),
    (["--data", " "], "--data names no dataset: its value is empty."),
    (["--corruption-level", "2"], "--corruption-level says how much is damaged: name with --corruption what."),
])  # fmt: skip
def test_what_says_nothing_alone_is_refused(
    vae_file: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, "evaluate", vae_file, *arguments) == sentence


@pytest.mark.parametrize("name", ["mnist", " MNIST", "my digits "])
def test_a_folder_is_found_by_its_name(
    name: str, tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it is called as a dataset that would have to be fetched, and where the name ends in a space."""
    write_idx(tmp_path / name, digits)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing was fetched to here"))
    monkeypatch.setattr("models.cli_files.download", None)
    assert main(["train", *SMALL, "--quiet", "--data", name]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == f"Folder “{name}”"


def test_a_command_to_type_names_the_python_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not Windows' pythonw, which the program without a console runs in: pip would fail there without a word."""
    monkeypatch.setattr(sys, "executable", os.path.join("home of pythonw", "Scripts", "pythonw.exe"))
    assert pip_command("torch") == f'"{os.path.join("home of pythonw", "Scripts", "python.exe")}" -m pip install torch'
