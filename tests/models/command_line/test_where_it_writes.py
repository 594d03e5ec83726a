"""Where a command may write: pipes, links, long names, closed folders, and one that is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from models.__main__ import main
from models.checkpoint import CheckpointError, load_run
from models.cli_files import save_trained
from tests.conftest import ROOT
from tests.models.command_line.conftest import refused


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
