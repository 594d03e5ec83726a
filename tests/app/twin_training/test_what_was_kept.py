"""What is said of twins at the end: which were kept, and under what names; where nothing was learned, nothing stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app import training_thread
from app.main_window import MainWindow
from app.panels.twins.view import Twins
from app.run_library import keep_run, own_runs, runs_folder
from models.checkpoint import Run, load_run
from models.twins import SIDES
from tests.app.twin_hands import click, form
from tests.app.twin_training.conftest import LIMIT, SMALL, idle


def in_the_way() -> None:
    """From now on the list of runs can take nothing more."""
    runs_folder().parent.mkdir(parents=True, exist_ok=True)
    if runs_folder().exists():
        runs_folder().rename(runs_folder().with_name("elsewhere"))
    runs_folder().write_text("a file where the folder should be")


@pytest.fixture
def trained(qtbot, window: MainWindow, view: Twins) -> Callable[[], list[tuple[str, str]]]:
    """Trains both to their ends; what was said of it."""

    def train() -> list[tuple[str, str]]:
        form(window, SMALL.replace(epochs=1))
        click(view, "twinTrain")
        qtbot.waitUntil(idle(window), timeout=LIMIT)
        return [(each.text, each.kind) for each in window.message_bar.messages]

    return train


def test_twins_that_could_not_be_saved_are_not_called_kept(qtbot, window, trained, tmp_path: Path) -> None:
    in_the_way()
    *refusals, end = trained()
    assert [kind for _, kind in refusals] == ["warning", "warning"]
    assert all(words.startswith(f"The run could not be saved to “{runs_folder()}") for words, _ in refusals)
    said = "Both twins are trained; neither could be saved: the menus above the maps save them elsewhere."
    assert end == (said, "warning") and own_runs() == []
    for side in SIDES:
        path = tmp_path / f"{side}.safetensors"
        window.session.twins.runs.save(side, path)
        qtbot.waitUntil(path.exists, timeout=LIMIT)
        assert load_run(path).report["epochs"] == 1


def test_of_two_the_one_that_was_kept_is_named(window, trained, monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(run: Run) -> Path:
        if own_runs():
            in_the_way()
        return keep_run(run)

    monkeypatch.setattr(training_thread, "keep_run", keep)
    refusal, end = trained()
    name = window.session.twins.pair.sides["left"].run.path.stem
    kept = f"Both twins are trained; the left one is in the list of runs as “{name}”, "
    lost = "the right one could not be saved: the menu above its map saves it elsewhere."
    assert end == (kept + lost, "warning") and refusal[1] == "warning"


def test_twins_are_named_as_in_the_list_of_runs(window, trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose own name is taken has another one there."""
    monkeypatch.setattr(training_thread, "keep_run", lambda run: keep_run(run) and keep_run(run))
    (end,) = trained()
    names = [window.session.twins.pair.sides[side].run.path.stem for side in SIDES]
    assert end == (f"Both twins are trained; they are in the list of runs as “{names[0]}” and “{names[1]}”.", "good")
    assert all(name.endswith(" (2)") and name in [entry.title for entry in own_runs()] for name in names)


def test_twins_that_were_stopped_as_they_started_claim_no_learning(qtbot, window, view) -> None:
    form(window, SMALL)
    before = dict(window.session.twins.pair.sides)
    click(view, "twinTrain")
    window.session.twins.runs.training.stop()
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    last = window.message_bar.messages[-1]
    assert (last.text, last.kind) == ("Stopped before the first step.", "info")
    assert window.session.twins.pair.sides == before
