"""Where a command may write: pipes, links, long names, closed folders, and one that is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from models.__main__ import main
from models.checkpoint import CheckpointError, load_run
from models.cli_files import save_trained
from models.datasets import Dataset
from tests.conftest import ROOT
from tests.models.command_line.conftest import SMALL, refused, write_idx


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
    monkeypatch.setattr(tempfile, "tempdir", None)  # and now there is no folder that can be written into
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "gone too")])
    with pytest.raises(CheckpointError) as caught:
        save_trained(run, gone)
    assert str(caught.value) == f"The run could not be saved to “{gone}”: no such file or directory."


@pytest.mark.parametrize("call", [
    "train --out {new} --report {new}",
    "evaluate {run} --report {run}",
    "evaluate {run} --images {images} --report {images}",
    "export {run} --codes {run}",
    "export {run} --codes {new} --weights {beside}",
    "export {run} --grid {new} --half {new}",
])  # fmt: skip
def test_a_file_that_is_named_twice_is_refused_before_the_training(
    call: str, vae_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, images = tmp_path / "run.safetensors", tmp_path / "images.npy"
    run.write_bytes(vae_file.read_bytes())
    np.save(images, np.zeros((3, 28, 28), np.uint8))
    (tmp_path / "in").mkdir()
    new, beside = tmp_path / "new", tmp_path / "in" / ".." / "new"
    argv = call.format(run=run, images=images, new=new, beside=beside).split()
    assert refused(capsys, *argv) == f"“{argv[-1]}” is named twice: what is written needs a file of its own."
    assert not new.exists() and load_run(run).config.latent_dim == 2 and len(np.load(images)) == 3


def test_a_run_may_be_halved_in_its_place(vae_file: Path, tmp_path: Path) -> None:
    run = tmp_path / "run.safetensors"
    run.write_bytes(vae_file.read_bytes())
    assert main(["export", str(run), "--half", str(run), "--data", "digits"]) == 0
    assert run.stat().st_size < 0.7 * vae_file.stat().st_size


def test_a_run_is_saved_before_its_last_figures_are_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run.safetensors"

    def press_ctrl_c(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("models.evaluation.completed", press_ctrl_c)
    assert main(["train", *SMALL, "--quiet", "--out", str(out)]) == 130
    assert capsys.readouterr() == ("", f"\nInterrupted: “{out}” is saved, without its last figures.\n")
    assert load_run(out).report["epochs"] == 2


def test_ctrl_c_in_an_export_says_what_is_written(
    vae_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press_ctrl_c(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("models.cli_commands._grid_picture", press_ctrl_c)
    codes, grid = tmp_path / "codes.csv", tmp_path / "grid.png"
    assert main(["export", str(vae_file), "--codes", str(codes), "--grid", str(grid)]) == 130
    assert capsys.readouterr() == ("", f"\nInterrupted: nothing was written but “{codes}”.\n")
    assert main(["export", str(vae_file), "--grid", str(grid)]) == 130
    assert capsys.readouterr() == ("", "\nInterrupted: nothing was saved.\n")
    assert [each.name for each in tmp_path.iterdir()] == ["codes.csv"]


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there")
def test_a_folder_whose_name_is_not_unicode_is_reported(vae_file: Path, tmp_path: Path, digits: Dataset) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/d\xff"))  # as old archives leave them
    write_idx(folder, digits)
    report = tmp_path / "report.json"
    assert main(["evaluate", str(vae_file), "--data", str(folder), "--report", str(report)]) == 0
    assert json.loads(report.read_text())["dataset"] == "Folder “d?”"


@pytest.mark.skipif(os.name == "nt", reason="shells close streams in another way there")
@pytest.mark.parametrize(("redirected", "status", "said"), [
    (">/dev/full", 2, "The report cannot be written to the standard output: no space left on device.\n"),
    (">&-", 0, ""),
    (">&- 2>&-", 0, ""),
])  # fmt: skip
def test_a_full_or_closed_standard_output_is_one_sentence_at_most(
    redirected: str, status: int, said: str, vae_file: Path
) -> None:
    images = vae_file.with_suffix(".npy")
    np.save(images, np.zeros((1, 28, 28), np.uint8))
    command = f"'{sys.executable}' -m models evaluate '{vae_file}' --images '{images}' {redirected}"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", said)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="is there on Linux")
@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&1 >/dev/null | true"])
def test_a_training_whose_progress_can_be_told_no_more_goes_on(redirected: str, tmp_path: Path) -> None:
    """Its hours are not lost because a log's disk is full, or `head` has seen enough."""
    out, report = tmp_path / "run.safetensors", tmp_path / "report.json"
    train = f"'{sys.executable}' -m models train --data digits {' '.join(SMALL)} --out '{out}' --report '{report}'"
    done = subprocess.run(f"{train} {redirected}", shell=True, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert load_run(out).report == json.loads(report.read_text())


@pytest.mark.parametrize("characters", ["ascii", "cp1252", "utf-8"])
def test_a_report_sent_on_is_json_whatever_the_system_s_characters_are(
    characters: str, vae_file: Path, tmp_path: Path, digits: Dataset
) -> None:
    """As Windows sends it into a file, in its code page; readers of JSON take it for UTF-8."""
    write_idx(tmp_path / "Übung", digits)
    command = [sys.executable, "-m", "models", "evaluate", vae_file, "--data", tmp_path / "Übung"]
    environment = os.environ | {"PYTHONIOENCODING": characters}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=240, check=True)
    assert json.loads(done.stdout)["dataset"] == "Folder “Übung”"
    assert ("“Übung”".encode() in done.stdout) == (characters == "utf-8"), "a person reads it as it is"


def test_a_terminal_without_our_characters_gets_others() -> None:
    command = [sys.executable, "-m", "models", "train", "--help"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xd7" in done.stdout, "the help has a multiplication sign"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_pipe_is_no_run_and_no_array_of_images(
    vae_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # nobody writes into it: to open it would wait for ever
    sentence = refused(capsys, "export", pipe, "--codes", tmp_path / "codes.csv")
    assert sentence == f"“{pipe}” is a pipe or a device, not a saved run."
    sentence = refused(capsys, "evaluate", vae_file, "--images", pipe)
    assert sentence == f"“{pipe}” is a pipe or a device, not a .npy file."
