"""What was trained to its end is written behind the window, which lives on meanwhile and does not close before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject

from app import training_thread
from app.main_window import MainWindow
from app.phase import Phase
from app.run_library import keep_run, own_runs
from app.training_thread import TrainingThread
from models.checkpoint import Run, load_run
from models.config import RunConfig
from models.facts import RunFinished
from tests.app.conftest import PATIENCE
from tests.app.twin_hands import opened

SMALL = RunConfig(encoder=(8,), decoder=(8,), epochs=1)
pytestmark = pytest.mark.usefixtures("no_runs")


class SlowDisk(QObject):
    """Begins to write a run only when it may, or when the window goes out of sight."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_write = threading.Event(), threading.Event()

    def keep(self, run: Run) -> Path:
        self.asked.set()
        self.may_write.wait(PATIENCE / 1000)
        return keep_run(run)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide:
            self.may_write.set()
        return False


@pytest.fixture
def disk(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    made = SlowDisk()
    window.installEventFilter(made)
    monkeypatch.setattr(training_thread, "keep_run", made.keep)
    yield made
    made.may_write.set()


def train(qtbot, window: MainWindow, disk: SlowDisk, twins: bool) -> None:
    """Train until the run, or the first of the twins, is to be written."""
    window.training_panel.choose(SMALL, "cpu")
    if twins:
        opened(window)
        window.session.twins.runs.train({"kind": "ae"})
    else:
        window.session.start_training()
    qtbot.waitUntil(disk.asked.is_set)


def said(window: MainWindow) -> list[str]:
    return [each.text for each in window.message_bar.messages]


def test_the_window_lives_while_a_finished_run_is_written(qtbot, let_turns_pass, window: MainWindow, disk) -> None:
    train(qtbot, window, disk, twins=False)
    let_turns_pass()
    session = window.session
    assert session.training.phase is Phase.TRAINING and session.view is session.trained
    assert not any(each.startswith("Training is done") for each in said(window))
    disk.may_write.set()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE)
    (entry,) = own_runs()
    assert said(window)[-1].startswith("Training is done: ")
    assert said(window)[-1].endswith(f"Kept as “{entry.title}” in the list of runs.")
    assert session.view.run.path == entry.path == window.top_bar.run_picker.currentData()


def test_a_stop_comes_too_late_for_a_run_that_is_being_written(qtbot, window: MainWindow, disk) -> None:
    train(qtbot, window, disk, twins=False)
    window.session.training.stop()
    disk.may_write.set()
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE)
    assert said(window)[-1].startswith("Training is done: ") and len(own_runs()) == 1


@pytest.mark.parametrize("twins", [False, True], ids=["a run", "twins"])
def test_a_finished_run_that_is_being_written_when_the_window_closes_is_kept(
    qtbot, window: MainWindow, disk, twins: bool
) -> None:
    train(qtbot, window, disk, twins)
    there: list[str] = []
    window.closing.connect(lambda: there.extend(load_run(entry.path).name for entry in own_runs()))
    assert window.close()
    assert there, "what comes after this signal may be left behind"


@pytest.mark.parametrize("twins", [False, True], ids=["a run", "twins"])
def test_the_window_stays_where_a_finished_run_cannot_be_written_as_it_closes(
    qtbot, window: MainWindow, disk, twins: bool, tmp_path: Path
) -> None:
    (tmp_path / "data home").mkdir(exist_ok=True)
    folder = tmp_path / "data home" / "latentlab"
    folder.write_text("a file where the folder should be")
    train(qtbot, window, disk, twins)
    assert not window.close() and window.isVisible()
    last = window.message_bar.messages[-1]
    assert last.kind == "warning" and f"The run could not be saved to “{folder}" in last.text
    busy = (window.session.training, window.session.twins.runs.training)
    qtbot.waitUntil(lambda: all(each.phase is Phase.IDLE for each in busy))
    view = window.session.twins.pair.sides["left"] if twins else window.session.view
    assert view.run is not None and view.run.path is None, "it is still there, to be saved elsewhere"
    assert window.close()


def test_a_window_that_is_closing_begins_to_write_nothing_more(vae_file: Path) -> None:
    def course() -> Iterator[RunFinished]:
        thread.abandon()
        yield RunFinished(load_run(vae_file))

    thread = TrainingThread(course, lambda: ())
    thread.start()
    assert thread.wait(PATIENCE)
    assert not thread.facts and own_runs() == []
