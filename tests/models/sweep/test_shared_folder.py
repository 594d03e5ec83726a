"""A folder that several sweeps write into: shards that share it, and those that must leave it alone."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from models.__main__ import main
from models.checkpoint import load_run
from models.datasets import Dataset
from models.evaluation import evaluate
from models.sweep_folder import read_sweep
from tests.models.command_line.conftest import write_idx
from tests.models.sweep.conftest import TINY, changed, start

GRID = ["--latent-dims", "2,3", "--betas", "0.5,4"]
NAMES = ["vae-2d-beta0.5-seed0", "vae-2d-beta4-seed0", "vae-3d-beta0.5-seed0", "vae-3d-beta4-seed0"]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder that two shards of three have written into at the same time, then one whole sweep; and its words."""
    folder = tmp_path_factory.mktemp("sweeps") / "one"
    call = ["sweep", *TINY, *GRID, "--out", str(folder)]
    other = start(*call[1:], "--jobs", "1", "--shard", "1/3")
    with contextlib.redirect_stdout(io.StringIO()):
        assert main([*call, "--jobs", "1", "--shard", "2/3"]) == 0
    out, err = other.communicate(timeout=300)
    assert (other.returncode, err) == (0, ""), out
    assert [each.cell.name for each in read_sweep(folder).done] == [NAMES[0], NAMES[1], NAMES[3]]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        assert main([*call, "--jobs", "2"]) == 0
    assert err.getvalue() == ""
    return folder, out.getvalue().splitlines()


@pytest.fixture
def copied(swept: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """The sweep's folder, to be damaged."""
    return Path(shutil.copytree(swept[0], tmp_path / "sweep"))


def test_shards_share_a_folder_and_the_whole_sweep_trains_only_what_is_left(
    swept: tuple[Path, list[str]], digits: Dataset
) -> None:
    folder, words = swept
    assert [line for line in words if "finished before" not in line and NAMES[2] not in line] == [
        f"4 of 4 cells are finished. Open {folder / 'sweep.json'} in the window."
    ]
    assert sum("finished before" in line for line in words) == 3
    assert any(line.startswith(f"{NAMES[2]}: epoch 1 of 1 done, loss ") for line in words)
    assert sorted(each.name for each in folder.iterdir()) == [
        "cells",
        "sweep.json",
        *(f"{n}.safetensors" for n in NAMES),
    ]
    index = json.loads((folder / "sweep.json").read_text())
    assert index["grid"] == {"latent_dim": [2, 3], "beta": [0.5, 4.0], "seed": [0]}
    assert index["common"]["encoder"] == [16] and "beta" not in index["common"]
    assert (index["dataset"], index["fingerprint"]) == (digits.title, digits.fingerprint)
    for name, entry in zip(NAMES, index["cells"], strict=True):
        saved = load_run(folder / entry["file"])
        assert (entry["name"], entry["state"]) == (name, "done")
        assert (saved.config.latent_dim, saved.config.beta) == (entry["latent_dim"], entry["beta"])
        measured = evaluate(saved, digits)
        assert entry["rate"] == pytest.approx(measured["test_kl"], rel=1e-5)
        assert entry["distortion"] == pytest.approx(measured["test_reconstruction"], rel=1e-5)
        assert entry["loss"] == pytest.approx(entry["distortion"] + entry["beta"] * entry["rate"], rel=1e-6)
        assert entry["report"]["knn_accuracy"] == measured["knn_accuracy"]
        assert entry["seconds"] == saved.report["train_seconds"] > 0


def test_a_cell_is_the_run_that_train_makes(swept: tuple[Path, list[str]], tmp_path: Path) -> None:
    alone = tmp_path / "alone.safetensors"
    assert main(["train", *TINY, "--latent-dim", "3", "--beta", "4", "--quiet", "--out", str(alone)]) == 0
    cell, single = load_run(swept[0] / f"{NAMES[3]}.safetensors"), load_run(alone)
    assert cell.config == single.config and cell.name == "VAE 3-D, beta 4, seed 0"
    assert cell.report["test_loss"] == pytest.approx(single.report["test_loss"], rel=1e-6)


def refusal(capsys: pytest.CaptureFixture[str], folder: Path, *more: str) -> str:
    """The one sentence of a sweep that may not write into a folder."""
    assert main(["sweep", *TINY, *more, "--out", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return err.strip()


def test_another_sweep_or_a_foreign_folder_is_left_alone(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = partial(refusal, capsys)
    again = "name another folder, or repeat that sweep's command."
    before = changed(copied)
    assert refused(copied, *GRID, "--seeds", "1") == f"“{copied}” holds another sweep (seeds: 0, not 1): {again}"
    longer = refused(copied, *GRID, "--epochs", "2")
    assert longer == f"“{copied}” holds another sweep (Epochs: 1, not 2): {again}"
    other = refused(copied, *GRID, "--validate", "200")
    assert "(images: Built-in digits, not Built-in digits, its last 200 training images)" in other
    assert changed(copied) == before
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear")
    assert "holds other files: name a new or an empty folder" in refused(tmp_path / "letters", *GRID)
    letter = tmp_path / "letters" / "dear.txt"
    assert refused(letter, *GRID) == f"“{letter}” is a file: name a folder."
    assert refused(letter / "in it", *GRID) == f"“{letter / 'in it'}” cannot be used: not a directory."


@pytest.mark.parametrize("damage", ["", "{", '{"latentlab_sweep": 1}'])
def test_a_sweep_whose_index_is_damaged_says_the_way_out_and_without_it_goes_on(
    copied: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    index, before = copied / "sweep.json", changed(copied)
    whole = json.loads(index.read_text())
    index.write_text(damage)
    (copied / ".DS_Store").write_text("hidden")
    assert refusal(capsys, copied, *GRID) == (
        f"“{index}” is damaged or is not a sweep of Latent Lab: delete it and give the same command again, which keeps "
        "the cells that are finished."
    )
    assert index.read_text() == damage
    index.unlink()
    shutil.rmtree(copied / "cells")  # the runs hold all that the cells' results do
    assert main(["sweep", *TINY, *GRID, "--out", str(copied)]) == 0
    out, err = capsys.readouterr()
    assert err == "" and [line.split(",")[0] for line in out.splitlines()[:-1]] == [
        f"{name}: finished before" for name in NAMES
    ]
    assert json.loads(index.read_text()) == whole and changed(copied) == before


def test_without_its_index_a_folder_of_other_runs_is_left_alone(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copied / "sweep.json").unlink()
    before, first = changed(copied), copied / f"{NAMES[0]}.safetensors"
    for more in (["--epochs", "2"], ["--validate", "200"]):
        assert refusal(capsys, copied, *GRID, *more) == (
            f"“{first}” is damaged or of another training, and no sweep.json tells which: take it away, or name "
            "another folder."
        )
    other = f"“{copied}” holds other files: name a new or an empty folder."
    assert refusal(capsys, copied, "--latent-dims", "2", "--betas", "0.5,4") == other, "two cells are not of this grid"
    (copied / "dear.txt").write_text("Dear")
    assert refusal(capsys, copied, *GRID) == other
    (copied / "sweep.json").write_text("half")
    damaged = f"“{copied / 'sweep.json'}” is damaged or is not a sweep of Latent Lab."
    assert refusal(capsys, copied, *GRID) == damaged, "to delete it would not help"
    assert changed(copied) == before


def test_other_training_images_are_refused_and_a_sweep_of_before_that_was_kept_goes_on(
    tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, images = tmp_path / "sweep", tmp_path / "images" / "train-images-idx3-ubyte"
    write_idx(images.parent, digits)
    call = ["--kind", "ae", "--data", str(images.parent)]
    assert main(["sweep", *TINY, *call, "--quiet", "--out", str(folder)]) == 0
    before, index = changed(folder), folder / "sweep.json"
    told = json.loads(index.read_text())
    assert told["training"]["count"] == 1500 and len(told["training"]["fingerprint"]) == 16
    whole = images.read_bytes()
    again = "name another folder, or repeat that sweep's command."
    images.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    others = refusal(capsys, folder, *call)
    assert others == f"“{folder}” holds another sweep (training images: 1,500 other ones): {again}"
    labels = images.with_name("train-labels-idx1-ubyte")
    images.write_bytes(whole[:4] + (1499).to_bytes(4, "big") + whole[8:-784])
    labels.write_bytes(labels.read_bytes()[:4] + (1499).to_bytes(4, "big") + labels.read_bytes()[8:-1])
    fewer = refusal(capsys, folder, *call)
    assert fewer == f"“{folder}” holds another sweep (training images: 1,500, not 1,499): {again}"
    del told["training"]
    index.write_text(json.dumps(told))
    assert [each.file for each in read_sweep(folder).done] == list(before)
    assert main(["sweep", *TINY, *call, "--quiet", "--out", str(folder)]) == 0
    assert changed(folder) == before


def test_a_sweep_that_nobody_listens_to_ends_as_its_cells_do(
    copied: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = copied / f"{NAMES[0]}.safetensors"
    for broken in (False, True):
        if broken:
            run.unlink()
            run.mkdir()  # so that it cannot be saved
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "w") as nobody, monkeypatch.context() as patch:
            patch.setattr("sys.stdout", nobody)
            assert main(["sweep", *TINY, *GRID, "--out", str(copied)]) == int(broken)
    assert capfd.readouterr().err == f"{NAMES[0]}: The run could not be saved to “{run}”: is a directory.\n"
