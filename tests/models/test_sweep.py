"""A sweep as a person runs it: real processes on the built-in digits, its folder, its words, and what goes wrong."""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.__main__ import main
from models.checkpoint import load_run
from models.config import ConfigError, Hardware, RunConfig
from models.datasets import Dataset
from models.evaluation import evaluate
from models.mending import pip_command
from models.sweep import Cell, Plan, Result, Sweep, SweepError, assemble, claim_folder, keep_results, read_sweep
from models.sweep_jobs import Progress, train_cells
from models.sweep_table import Table

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--data", "digits", "--encoder", "16", "--decoder", "16", "--epochs", "1", "--batch-size", "100"]
GRID = ["--latent-dims", "2,3", "--betas", "0.5,4"]
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
NAMES = ["vae-2d-beta0.5-seed0", "vae-2d-beta4-seed0", "vae-3d-beta0.5-seed0", "vae-3d-beta4-seed0"]


def command(*more: str | Path) -> list[str]:
    return [sys.executable, "-m", "models", "sweep", *map(str, more)]


def start(*more: str | Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(*more),
        env=environment,
        stdout=pipe,
        stderr=pipe,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_interrupts if os.name == "posix" else None,
    )


def _hear_interrupts() -> None:
    """Tests that run in a shell's background ignore Ctrl+C, and what they start would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def small_plan(**grid: tuple) -> Plan:
    base = RunConfig(encoder=(16,), decoder=(16,), epochs=1, batch_size=100)
    return Plan.of(
        base, grid.get("dims", (2, 3)), grid.get("betas", (0.5, 4.0)), grid.get("seeds", (0,)), "Digits", "f"
    )


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


def changed(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mtime_ns for each in folder.glob("*.safetensors")}


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


def test_another_sweep_or_a_foreign_folder_is_left_alone(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(folder: Path, *more: str) -> str:
        assert main(["sweep", *TINY, *more, "--out", str(folder)]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1
        return err.strip()

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
    (copied / "sweep.json").write_text("{")
    assert "sweep.json” is damaged or is not a sweep of Latent Lab." in refused(copied, *GRID)
    letter = tmp_path / "letters" / "dear.txt"
    assert refused(letter, *GRID) == f"“{letter}” is a file: name a folder."
    assert refused(letter / "in it", *GRID) == f"“{letter / 'in it'}” cannot be used: not a directory."


def test_what_the_grid_cannot_be_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more, sentence in (
        (["--kind", "ae", "--betas", "1,2"], "An AE has no KL term: leave --betas out."),
        (["--latent-dims", "2,900"], "Latent dimensions must lie between 1 and 64, not 900."),
        (["--seeds", "0.5"], "Seed must be a whole number, not 0.5."),
        (["--betas", "x"], "KL weight (beta) must be a number, not “x”."),
        (["--betas", ""], "A sweep needs at least one value of KL weight (beta)."),
        (["--shard", "3/2"], "--shard takes i/n with i from 1 to n, such as 1/4, not “3/2”."),
        (["--jobs", "0"], "--jobs takes at least 1 process, not 0."),
    ):
        assert main(["sweep", *TINY, *more, "--out", str(tmp_path / "none")]) == 2
        assert capsys.readouterr().err.strip() == sentence
    assert not (tmp_path / "none").exists()


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
    plan = Plan.of(base, (2,), (1.0,), (0, 1, 2, 3))
    configs = [base.replace(epochs=9000), base.replace(seed=1), unheard_of, WILD]
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
    (tmp_path / f".half.{child.pid}.part").write_text("half")
    child.kill()
    killed, whole, unexpected, diverged = [each for each in news if isinstance(each, Result)]
    assert killed.error == (
        "Its process ended before its time: the signal SIGKILL ended it, perhaps because memory ran out."
    )
    assert whole.error == "" and whole.cell == Cell(2, 1.0, 1), "another process took its place"
    assert unexpected.error.startswith("Something unexpected went wrong: KeyError: ")
    assert "\n" not in unexpected.error
    assert diverged.error.startswith("The loss stopped being a finite number in epoch 1 (step ")
    assert [each.name for each in tmp_path.iterdir()] == ["vae-2d-beta1-seed1.safetensors"]
    assert not multiprocessing.active_children()


def test_a_broken_torch_is_one_sentence_of_each_cell(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libtorch.so: spoilt')")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
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
def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    call = [*TINY, "--seeds", "0,1", "--jobs", "2", "--out", folder]
    process = start(*call, "--epochs", "9000")
    assert process.stdout is not None and process.stderr is not None
    while "epoch" not in process.stdout.readline():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=240)  # returns when no process is left that could write
    assert process.returncode == 130
    assert err == "\nInterrupted: 0 of 2 cells are finished; the same command goes on from there.\n"
    assert sorted(each.name for each in folder.iterdir()) == ["cells", "sweep.json"]
    assert list((folder / "cells").iterdir()) == []


class Terminal(io.StringIO):
    """Keeps what a terminal of 80x24 would show."""

    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        lines: list[str] = []
        row = 0
        for part in self.getvalue().replace("\x1b[J", "\n\x1b[J").split("\n"):
            while part.startswith("\x1b["):
                number, code, part = _sequence(part)
                row -= number if code == "A" else 0
            if row == len(lines):
                lines.append("")
            lines[row] = part
            row += 1
            if self.getvalue() and part == "":
                row -= 1
        return [line for line in lines if line]


def _sequence(text: str) -> tuple[int, str, str]:
    digits = text[2:].rstrip()
    end = next(i for i, letter in enumerate(digits) if letter.isalpha())
    return int(digits[:end] or 0), digits[end], text[2 + end + 1 :]


def test_on_a_terminal_the_table_is_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    first, second = Cell(2, 1.0, 0), Cell(16, 0.5, 3)
    terminal = Terminal()
    table = Table([first, second], 16, terminal)
    table.redraw()
    table.show(Progress(first, 0))
    table.redraw()
    table.show(Progress(second, 4, 123.456))
    table.show(Result(first, error="The loss stopped being a finite number: " + "x" * 80))
    table.redraw()
    head, one, two = terminal.screen()
    assert head.split() == ["cell", "loss", "seconds", "state"]
    assert one.startswith("vae-2d-beta1-seed0") and "failed: The loss stopped" in one and len(one) == 79
    assert two.split() == ["vae-16d-beta0.5-seed3", "123.46", "training", "epoch", "5", "of", "16"]


def test_a_table_higher_than_the_terminal_counts_what_waits_and_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    cells = [Cell(2, 1.0, seed) for seed in range(100)]
    terminal = Terminal()
    table = Table(cells, 16, terminal)
    table.show(Result(cells[0], 5.0, 140.0, 145.0, 3.0))
    table.show(Progress(cells[1], 2, 150.0))
    table.redraw()
    assert [line.split()[0] for line in terminal.screen()] == ["cell", "vae-2d-beta1-seed1", "and"]
    assert terminal.screen()[-1] == "and 1 done, 98 waiting"


class TestPlan:
    def test_equal_grids_are_equal_in_any_order(self) -> None:
        base = RunConfig(seed=7)
        one = Plan.of(base, (16, 2, 2.0), (4, 0.5), (1, 0), "D", "f")
        two = Plan.of(base.replace(latent_dim=16), (2, 16), (0.5, 4.0), (0, 1), "D", "f")
        assert one == two and one.difference(two) == ""
        assert Plan.from_dict(json.loads(json.dumps(one.to_dict()))) == one
        assert [cell.name for cell in one.cells()][:3] == [
            "vae-2d-beta0.5-seed0", "vae-2d-beta0.5-seed1", "vae-2d-beta4-seed0"
        ]  # fmt: skip
        assert len({cell.name for cell in one.cells()}) == 8
        assert one.config_of(Cell(16, 4.0, 1)) == RunConfig(latent_dim=16, beta=4.0, seed=1)

    def test_an_unknown_setting_is_refused(self) -> None:
        with pytest.raises(ConfigError):
            Plan.from_dict({"grid": {"latent_dim": [2], "beta": [1], "seed": [0]}, "common": {"depth": 3}})


class TestFolder:
    def test_who_writes_last_has_seen_every_cell(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        for number, cell in enumerate(reversed(plan.cells())):
            keep_results(tmp_path, plan, Result(cell, 5.0 + number, 100.0, 105.0, 1.0, {"knn_accuracy": 0.5}))
        read = read_sweep(tmp_path / "sweep.json")
        assert read == Sweep(tmp_path, plan, read.results)
        assert [each.rate for each in read.results] == [8.0, 7.0, 6.0, 5.0]

    def test_a_broken_cell_file_is_left_out(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        keep_results(tmp_path, plan, Result(plan.cells()[0], error="It failed."))
        for number, content in enumerate(('{"state": "done"}', "[]", "{"), start=1):
            (tmp_path / "cells" / f"{plan.cells()[number].name}.json").write_text(content)
        assemble(tmp_path, plan)
        assert [each.error for each in read_sweep(tmp_path).results] == ["It failed."]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ("", "is damaged or is not a sweep of Latent Lab."),
            ("[1]", "is damaged or is not a sweep of Latent Lab."),
            ('{"latentlab_sweep": 1}', "is damaged or is not a sweep of Latent Lab."),
            ('{"latentlab_sweep": 9}', "was written by a newer Latent Lab (format 9; this one reads 1)."),
        ],
    )
    def test_a_broken_index_is_one_sentence(self, tmp_path: Path, content: str, sentence: str) -> None:
        path = tmp_path / "sweep.json"
        path.write_text(content)
        with pytest.raises(SweepError) as raised:
            read_sweep(tmp_path)
        assert str(raised.value) == f"“{path}” {sentence}"

    @pytest.mark.parametrize("value", ["NaN", '"much"', "null", "[]"])
    def test_a_figure_that_is_no_number_is_damage(self, tmp_path: Path, value: str) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        keep_results(tmp_path, plan, Result(plan.cells()[0], 5.25, 100.0, 105.0, 1.0))
        path = tmp_path / "sweep.json"
        path.write_text(path.read_text().replace("5.25", value))
        with pytest.raises(SweepError):
            read_sweep(path)

    def test_a_place_where_the_system_does_not_let_us_look_is_named(self, tmp_path: Path) -> None:
        """Even the question whether a folder is there is an error, for a name too long as for one closed to us."""
        path = tmp_path / (300 * "a")
        with pytest.raises(SweepError) as raised:
            read_sweep(path)
        assert str(raised.value) == f"“{path}” cannot be read: file name too long."

    def test_results_that_cannot_be_written_are_one_sentence(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        (tmp_path / "cells").rmdir()
        with pytest.raises(SweepError) as raised:
            keep_results(tmp_path, plan, Result(plan.cells()[0], error="It failed."))
        assert str(raised.value) == f"The results in “{tmp_path}” cannot be written: no such file or directory."

    def test_what_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(SweepError, match=r"There is no sweep in “.*”: it holds no sweep\.json\."):
            read_sweep(tmp_path)
        with pytest.raises(SweepError, match=r"There is no file “.*other\.json”\."):
            read_sweep(tmp_path / "other.json")
