"""Cells that fail, are damaged, killed or interrupted: what is said of them, and what goes on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.__main__ import main
from models.checkpoint import load_run
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.mending import pip_command
from models.sweep import Cell, Plan, Result
from models.sweep_folder import SweepError, claim_folder, read_sweep
from models.sweep_jobs import Progress, train_cells
from tests.conftest import ROOT
from tests.models.sweep.conftest import TINY, changed, command, start

WILD = RunConfig(
    kind="ae",
    loss="mse",
    output="linear",
    activation="linear",
    encoder=(128,) * 8,
    decoder=(128,) * 8,
    learning_rate=1,
    gradient_clip=0,
    warmup=0,
)


def test_a_cell_that_failed_and_one_that_is_damaged_are_trained_again_and_only_those(
    tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sweep"
    base = RunConfig(kind="ae", loss="mse", encoder=(16,), decoder=(16,), epochs=1, batch_size=100)
    claim_folder(folder, Plan.of(base, (1, 2, 3), (), (0,), digits.title, digits.fingerprint))
    failing, damaged, unlisted = (folder / f"ae-{number}d-seed0.safetensors" for number in (1, 2, 3))
    failing.mkdir()  # so that its run cannot be saved
    call = [*TINY, "--kind", "ae", "--loss", "mse", "--latent-dims", "1,2,3", "--out", str(folder), "--jobs", "1"]

    assert main(["sweep", *call]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-1].startswith("2 of 3 cells are finished.")
    assert err.startswith("ae-1d-seed0: The run could not be saved to “") and err.count("\n") == 1
    sweep = read_sweep(folder)
    assert [each.cell.name for each in sweep.failed] == ["ae-1d-seed0"] and sweep.failed[0].error in err
    assert sweep.plan.to_dict()["grid"] == {"latent_dim": [1, 2, 3], "seed": [0]}
    assert sweep.done[0].rate == 0.0

    failing.rmdir()
    content = bytearray(damaged.read_bytes())
    content[-100] ^= 1
    damaged.write_bytes(content)
    (folder / "cells" / "ae-3d-seed0.json").unlink()  # as if the sweep had been killed just then
    before = changed(folder)
    assert main(["sweep", *call]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "ae-2d-seed0: its file is damaged or of another training, and is made again" in out.splitlines()
    assert {name for name, when in changed(folder).items() if before.get(name) != when} == {failing.name, damaged.name}
    assert [each.file for each in read_sweep(folder).done] == [failing.name, damaged.name, unlisted.name]
    load_run(damaged)


def test_a_cell_whose_process_is_killed_or_whose_training_fails_is_a_failed_one_and_the_rest_go_on(
    tmp_path: Path, digits: Dataset
) -> None:
    base = RunConfig(encoder=(16,), decoder=(16,), epochs=1, batch_size=100)
    unheard_of = base.replace(seed=2)  # what no form and no command line lets through
    object.__setattr__(unheard_of, "activation", "sharp\nbend")
    too_large = base.replace(seed=4)  # nor this
    object.__setattr__(too_large, "encoder", (2**40,))
    plan = Plan.of(base, (2,), (1.0,), (0, 1, 2, 3, 4))
    configs = [base.replace(epochs=9000), base.replace(seed=1), unheard_of, WILD, too_large]
    object.__setattr__(plan, "config_of", lambda cell: configs[cell.seed])
    news = train_cells(plan, plan.cells(), tmp_path, 1, digits, Hardware())
    for each in news:
        if isinstance(each, Progress) and each.epoch >= 1:
            break
    (child,) = multiprocessing.active_children()
    if sys.platform == "linux":
        server = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[1]
        assert int(server) != os.getpid(), "it is a copy of a server that has imported torch"
        assert len(os.listdir(f"/proc/{server}/task")) == 1, "whose threads would not live on in a copy"
    (tmp_path / f".half.{child.name}0123.part").write_text("half")
    others = tmp_path / f".half.{child.pid}.part"  # of a machine where a process has this number, too
    others.write_text("half")
    child.kill()
    killed, whole, unexpected, diverged, full = [each for each in news if isinstance(each, Result)]
    assert killed.error == (
        "Its process ended before its time: the signal SIGKILL ended it, perhaps because memory ran out."
    )
    assert whole.error == "" and whole.cell == Cell(2, 1.0, 1), "another process took its place"
    assert unexpected.error.startswith("Something unexpected went wrong: KeyError: ")
    assert "\n" not in unexpected.error
    assert diverged.error.startswith("The loss stopped being a finite number in epoch 1 (step ")
    assert full.error == (
        "The CPU has not enough free memory for this run: choose a smaller batch or fewer units, "
        "or train fewer cells at once (--jobs)."
    )
    assert {each.name for each in tmp_path.iterdir()} == {"vae-2d-beta1-seed1.safetensors", others.name}
    assert not multiprocessing.active_children()


def test_a_broken_torch_is_one_sentence_of_each_cell(tmp_path: Path) -> None:
    assert_broken_torch_is_told(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows' processes are found without a file")
def test_a_path_of_temporary_files_too_long_for_a_socket_keeps_no_cell_from_being_begun(tmp_path: Path) -> None:
    long = tmp_path / (100 * "t")
    long.mkdir()
    assert_broken_torch_is_told(tmp_path, TMPDIR=str(long))
    assert list(long.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="limits the files that a process may have open")
def test_where_no_process_can_be_started_the_sweep_says_why(tmp_path: Path, digits: Dataset) -> None:
    import resource

    plan = Plan.of(RunConfig(epochs=1), (2,), (1.0,), (0,), digits.title, digits.fingerprint)
    news = train_cells(plan, plan.cells(), tmp_path, 1, digits, Hardware())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(SweepError) as raised:
            next(news)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert str(raised.value) == "No process can be started that trains a cell: too many open files."


def assert_broken_torch_is_told(tmp_path: Path, **variables: str) -> None:
    """By a process of the sweep: it has been started."""
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libtorch.so: spoilt')")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])} | variables
    call = command(*TINY, "--quiet", "--out", tmp_path / "sweep")
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=240)
    again = f"this command installs it again: {pip_command('--force-reinstall torch')}"
    assert done.stderr == f"vae-2d-beta1-seed0: torch cannot be loaded (libtorch.so: spoilt); {again}\n"
    assert (done.returncode, done.stdout) == (1, "")


def test_a_cell_that_has_nothing_to_train_on_says_so(tmp_path: Path, digits: Dataset) -> None:
    plan = Plan.of(RunConfig(epochs=1, leave_out="4"), (2,), (1.0,), (0,), digits.title, digits.fingerprint)
    fours = digits.train_labels == 4
    of_fours = replace(digits, train_images=digits.train_images[fours], train_labels=digits.train_labels[fours])
    *_, result = train_cells(plan, plan.cells(), tmp_path, 1, of_fours, Hardware())
    assert isinstance(result, Result)
    assert result.error == "Without class 4 there is no image left to train on: leave out another one."


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a process group")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_sweep_that_is_ended_says_how_far_it_is_and_leaves_no_process(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    call = [*TINY, "--seeds", "0,1", "--jobs", "2", "--out", folder]
    process = start(*call, "--epochs", "9000")
    assert process.stdout is not None and process.stderr is not None
    while "epoch" not in process.stdout.readline():
        assert process.poll() is None
    if name == "SIGINT":
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the whole group
    else:
        process.terminate()
    _, err = process.communicate(timeout=240)  # returns when no process is left that could write
    assert process.returncode == 130
    assert err == "\nInterrupted: 0 of 2 cells are finished; the same command goes on from there.\n"
    assert sorted(each.name for each in folder.iterdir()) == ["cells", "sweep.json"]
    assert list((folder / "cells").iterdir()) == []
