"""The command line as a person calls it: its exit status, its words, its files."""

from __future__ import annotations

import contextlib
import csv
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.__main__ import main
from models.checkpoint import CheckpointError, load_run, save_run
from models.cli_arguments import config_from, hardware_from, parse
from models.cli_files import save_trained
from models.config import Hardware, RunConfig, settings_of
from models.datasets import Dataset, data_folder
from models.evaluation import anomaly_scores, completed, percentile, reconstruction_errors
from models.mending import pip_command
from models.presets import PRESETS
from models.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--encoder", "32", "--decoder", "32", "--epochs", "2", "--batch-size", "100"]


@pytest.fixture(autouse=True)
def without_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests use the built-in digits, wherever they run."""
    monkeypatch.delenv("LATENTLAB_DATA", raising=False)


def refused(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> str:
    """The one sentence of a command that fails; nothing is printed but that."""
    assert main([str(each) for each in argv]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return err.strip()


def test_train_as_a_person_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process; that `python -m models` is the same, Ctrl+C's test and the sweep's shards show."""
    monkeypatch.chdir(tmp_path)
    call = ["train", "--data", "digits", "--seed", "3", "--latent-dim", "4"]
    assert main([*call, *SMALL, "--out", "run.safetensors", "--report", "report.json"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "30/30" in err and "held out" in err
    report = json.loads((tmp_path / "report.json").read_text())
    run = load_run(tmp_path / "run.safetensors")
    assert (report["kind"], report["latent_dim"], report["seed"], report["epochs"]) == ("vae", 4, 3, 2)
    assert run.report == report
    assert run.name == "run" and run.dataset == "Built-in digits"
    assert run.config == RunConfig(seed=3, latent_dim=4, encoder=(32,), decoder=(32,), epochs=2, batch_size=100)
    assert run.codes.shape == (297, 4) and run.scores is not None
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.json", "run.safetensors"]


def test_without_a_file_for_it_the_report_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--preset", "small", "--epochs", "1", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["test_kl"] == 0.0
    assert err == ""


def test_validation_leaves_the_test_set_alone(
    tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.safetensors"
    report = tmp_path / "report.json"
    assert main(["train", *SMALL, "--validate", "200", "--quiet", "--out", str(path), "--report", str(report)]) == 0
    run = load_run(path)
    assert run.labels.tolist() == digits.train_labels[-200:].tolist()
    assert run.report["held_out_images"] == 200
    assert run.dataset == "Built-in digits, its last 200 training images"
    capsys.readouterr()
    assert main(["evaluate", str(path), "--data", "digits"]) == 0
    note = f"Note: this run held out {run.dataset}; the figures are for Built-in digits.\n"
    assert capsys.readouterr().err == note, "it was trained on all but those"


def test_evaluate_tells_what_training_told(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    assert main(["evaluate", str(vae_file), "--data", "digits", "--report", str(report), "--bound", "10"]) == 0
    told, trained = json.loads(report.read_text()), load_run(vae_file).report
    assert told["test_loss"] == pytest.approx(trained["test_loss"], rel=1e-5)
    assert told["importance_weighted_bound"] < told["test_loss"]
    assert capsys.readouterr() == ("", "")


def test_images_are_judged_one_by_one(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    images = np.concatenate([digits.test_images[:3], np.full((1, 28, 28), 255, np.uint8)])
    np.save(tmp_path / "images.npy", images)
    run = completed(load_run(vae_file), digits)
    save_run(run, tmp_path / "whole.safetensors")
    assert main(["evaluate", str(tmp_path / "whole.safetensors"), "--images", str(tmp_path / "images.npy")]) == 0
    told = json.loads(capsys.readouterr().out)
    snapshot = Snapshot.from_weights(run.config, run.weights)
    assert told["codes"] == pytest.approx(snapshot.encode(images), abs=1e-5)
    assert told["reconstruction_error"] == pytest.approx(reconstruction_errors(snapshot, images), rel=1e-5)
    scores = anomaly_scores(snapshot, images)
    assert told["anomaly_percentile"] == pytest.approx([percentile(run.scores, score) for score in scores], abs=0.5)
    assert told["anomaly_percentile"][3] == 100  # a white square is no digit
    assert main(["evaluate", str(vae_file), "--images", str(tmp_path / "images.npy"), "--data", "digits"]) == 0
    with_data = json.loads(capsys.readouterr().out)
    assert with_data["anomaly_percentile"] == pytest.approx(told["anomaly_percentile"], abs=0.5)
    assert with_data["knn_accuracy"] > 0.3


def test_export_writes_what_other_programs_read(vae_file: Path, ae4_file: Path, tmp_path: Path) -> None:
    table, grid, weights = tmp_path / "codes.csv", tmp_path / "grid.png", tmp_path / "weights.npz"
    call = ["export", str(vae_file), "--codes", str(table), "--grid", str(grid), "--weights", str(weights)]
    assert main([*call, "--steps", "5"]) == 0
    run = load_run(vae_file)
    with open(table, newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["label", "z1", "z2"]
    assert np.array(rows[1:], float) == pytest.approx(np.column_stack([run.labels, run.codes]), abs=1e-6)
    picture = np.asarray(Image.open(grid))
    assert picture.shape == (140, 140) and picture.dtype == np.uint8
    top_left = Snapshot.from_weights(run.config, run.weights).decode(np.array([[-1.2815516, 1.2815516]]))
    assert picture[:28, :28] == pytest.approx(np.rint(top_left[0] * 255), abs=1)  # the 10th percentile, z2 upwards
    with np.load(weights) as packed:
        assert set(packed) == set(run.weights)
    assert main(["export", str(ae4_file), "--grid", str(grid), "--steps", "3"]) == 0
    assert Image.open(grid).size == (84, 84)


def test_a_run_is_written_in_half_the_bits_and_measured_anew(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    half = tmp_path / "half.safetensors"
    assert main(["export", str(vae_file), "--half", str(half), "--data", "digits"]) == 0
    assert half.stat().st_size < 0.7 * vae_file.stat().st_size
    run, whole = load_run(half), load_run(vae_file)
    assert all(np.array_equal(weight, weight.astype(np.float16)) for weight in run.weights.values())
    snapshot = Snapshot.from_weights(run.config, run.weights)
    np.testing.assert_allclose(run.codes, snapshot.encode(digits.test_images), rtol=2**-11, atol=1e-6)
    np.testing.assert_allclose(run.errors, reconstruction_errors(snapshot, digits.test_images), rtol=1e-5)
    assert run.report["test_loss"] == pytest.approx(whole.report["test_loss"], rel=1e-3)

    write_idx(tmp_path / "mirrored", digits)
    expected = "--half measures the run anew: name its dataset, Built-in digits, with --data."
    assert expected in refused(capsys, "export", vae_file, "--half", half, "--data", tmp_path / "mirrored")
    weights = {name: weight * (70_000 / np.abs(weight).max()) for name, weight in whole.weights.items()}
    save_run(replace(whole, weights=weights), tmp_path / "large.safetensors")
    expected = "A number of 16 bits goes to 65,504, but this run has one of 70,000."
    assert refused(capsys, "export", tmp_path / "large.safetensors", "--half", half, "--data", "digits") == expected


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_report_goes_into_a_pipe_that_stays_one(vae_file: Path, tmp_path: Path) -> None:
    """As `--report /dev/stdout` and `--report /dev/null` do; the latter, called by root, took the device away."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    told: list[str] = []
    reader = threading.Thread(target=lambda: told.append(pipe.read_text()), daemon=True)
    reader.start()
    assert main(["evaluate", str(vae_file), "--data", "digits", "--report", str(pipe)]) == 0
    assert pipe.is_fifo()
    reader.join(10)
    assert json.loads(told[0])["held_out_images"] == 297


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_stays_one_and_the_file_behind_it_is_written(vae_file: Path, tmp_path: Path) -> None:
    (tmp_path / "behind").mkdir()
    behind, link = tmp_path / "behind" / "old.json", tmp_path / "report.json"
    behind.write_text("old")
    link.symlink_to(behind)
    assert main(["evaluate", str(vae_file), "--data", "digits", "--report", str(link)]) == 0
    assert link.is_symlink() and json.loads(behind.read_text())["held_out_images"] == 297
    assert [each.name for each in behind.parent.iterdir()] == ["old.json"]


def test_a_name_too_long_is_found_before_the_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / (300 * "a")
    assert refused(capsys, "train", "--out", path) == f"“{path}” cannot be written: file name too long."


def test_a_name_that_is_just_short_enough_is_written(vae_file: Path, tmp_path: Path) -> None:
    """What is written beside it has a shorter name, not a longer one."""
    path = tmp_path / (250 * "a" + ".json")
    assert main(["evaluate", str(vae_file), "--data", "digits", "--report", str(path)]) == 0
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


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


@pytest.mark.skipif(os.name == "nt", reason="permissions are another matter on Windows")
def test_a_folder_closed_to_writing_or_to_looking_is_found_before_the_training(tmp_path: Path) -> None:
    """The folder's owner, when it is root, may do all; so another user asks."""
    code = (
        "import json, os, sys\nfrom models.cli import run\nimport models.cli_files\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "print([run(call) for call in json.loads(sys.argv[1])])"
    )
    shut, closed = tmp_path / "shut", tmp_path / "closed"
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == tmp_path.owner() and folder.name.startswith(("pytest-", "popen-", "test_")):
            folder.chmod(0o755)
    shut.mkdir()
    closed.mkdir()
    shut.chmod(0o555)
    closed.chmod(0o000)
    calls = [["--out", shut / "run"], ["--out", closed / "run"], ["--data", closed], ["--data", closed / "train"]]
    command = [sys.executable, "-c", code, json.dumps([["train", *map(str, call)] for call in calls])]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    finally:
        closed.chmod(0o755)
    assert (done.returncode, done.stdout) == (0, "[2, 2, 2, 2]\n")
    assert done.stderr.splitlines() == [
        f"“{shut / 'run'}” cannot be written: permission denied.",
        f"“{closed / 'run'}” cannot be written: permission denied.",
        f"The folder “{closed}” cannot be read: permission denied.",
        f"“{closed / 'train'}” cannot be read: permission denied.",
    ]


def test_an_ae_has_no_bound(ae4_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = "The importance-weighted bound needs a VAE with the Bernoulli loss."
    assert refused(capsys, "evaluate", ae4_file, "--bound", "5") == expected


def test_a_bound_without_samples_is_refused_before_the_images_are_read(
    vae_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "--bound takes at least 1 sample, not 0."
    assert refused(capsys, "evaluate", vae_file, "--bound", "0", "--data", "/nowhere") == sentence


def test_another_dataset_than_the_runs_is_noted(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mirrored"
    write_idx(folder, digits)
    assert main(["evaluate", str(vae_file), "--data", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["dataset"] == "Folder “mirrored”"
    expected = "Note: this run was trained on Built-in digits; the figures are for Folder “mirrored”.\n"
    assert err == expected


def write_idx(folder: Path, digits: Dataset) -> None:
    """The built-in digits, mirrored, as a folder of IDX files."""
    folder.mkdir()
    parts = {"train": (digits.train_images, digits.train_labels), "t10k": (digits.test_images, digits.test_labels)}
    for part, (images, labels) in parts.items():
        mirrored = np.ascontiguousarray(images[:, :, ::-1])
        head = np.array([2051, *mirrored.shape], ">i4").tobytes()
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + mirrored.tobytes())
        head = np.array([2049, len(labels)], ">i4").tobytes()
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())


def test_the_environment_names_the_data_and_the_option_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "from the environment"
    write_idx(folder, digits)
    monkeypatch.setenv("LATENTLAB_DATA", str(folder))
    assert main(["train", *SMALL, "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "Folder “from the environment”"
    assert main(["train", *SMALL, "--quiet", "--data", "digits"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "Built-in digits"


def test_a_trained_run_that_cannot_be_saved_is_kept_elsewhere(
    vae_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder may be full or gone after hours of training."""
    run, gone = load_run(vae_file), tmp_path / "gone" / "run.safetensors"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(CheckpointError) as caught:
        save_trained(run, gone)
    (kept,) = tmp_path.iterdir()
    assert str(caught.value) == (
        f"The run could not be saved to “{gone}”: no such file or directory. It is kept as “{kept}” instead."
    )
    assert load_run(kept).report == run.report
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone too"))
    with pytest.raises(CheckpointError) as caught:
        save_trained(run, gone)
    assert str(caught.value) == f"The run could not be saved to “{gone}”: no such file or directory."


def test_ctrl_c_while_the_command_is_imported_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Pressed:
        """A finder of modules during whose work Ctrl-C is pressed."""

        def find_spec(self, name: str, *_: object) -> None:
            if name == "models.cli":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "models.cli", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Pressed(), *sys.meta_path])
    assert main(["train"]) == 130
    assert capsys.readouterr() == ("", "\nInterrupted: nothing was begun.\n")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent in another way on Windows")
def test_ctrl_c_saves_nothing_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "models", "train", "--epochs", "5000", "--out", str(tmp_path / "run.safetensors")]
    # A background job is born deaf to Ctrl-C, and so would be its children.
    hearing = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    child = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, bufsize=0, preexec_fn=hearing)
    assert child.stderr is not None
    deadline = threading.Timer(240, child.kill)
    deadline.start()
    told = b""
    try:
        while b"loss" not in told:  # training has begun
            piece = child.stderr.read(200)
            assert piece, told.decode()
            told += piece
        child.send_signal(signal.SIGINT)
        rest, _ = child.stderr.read(), child.wait(timeout=120)
    finally:
        deadline.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()
        child.stderr.close()
    assert child.returncode == 130
    assert rest.decode().endswith("\nInterrupted: nothing was saved.\n")
    assert list(tmp_path.iterdir()) == []


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
    assert main(["train", "--data", "kmnist"]) == 2
    err = capsys.readouterr().err
    seen = err.splitlines(keepends=True)[-1].rsplit("\r", 1)[-1]  # what a terminal still shows
    assert seen == (
        "KMNIST could not be downloaded because no server that has it could be reached: check the network, or "
        "choose a folder that holds its files.\n"
    )
    assert err.count("\n") == 1
    assert not data_folder().exists() or list(data_folder().iterdir()) == []
