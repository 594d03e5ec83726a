"""A large run is read behind the window, which lives on meanwhile: the last wish counts, what is open stays open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.desks import opening
from app.main_window import MainWindow
from app.phase import Phase
from app.run_library import shipped_runs
from app.session import Session
from app.viewpoint import Viewpoint
from models.checkpoint import Run, load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.training import initial_snapshot
from tests.app.conftest import PATIENCE, bring_to_front
from tests.app.twin_hands import opened

WIDE = RunConfig(encoder=(1024,), decoder=(1024,))
SMALL = RunConfig(encoder=(8,), decoder=(8,), epochs=1)


class SlowDisk(QObject):
    """Begins to read a run only when it may, or when the window goes out of sight; knows who has asked for what."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.may_read = threading.Event()
        self.threads: set[int] = set()

    def load(self, path: Path) -> Run:
        self.asked.append(path.stem)
        self.threads.add(threading.get_ident())
        if path.stem.startswith("large"):
            self.may_read.wait(PATIENCE / 1000)
        return load_run(path)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide:
            self.may_read.set()
        return False


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    made = SlowDisk()
    monkeypatch.setattr(opening, "load_run", made.load)
    yield made
    made.may_read.set()


@pytest.fixture(scope="module")
def large_file(vae_file: Path, digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of wide layers with the small one's codes."""
    path = tmp_path_factory.mktemp("large") / "large.safetensors"
    weights = initial_snapshot(WIDE, digits).weights()
    save_run(replace(load_run(vae_file), name="wide", config=WIDE, weights=weights), path)
    return path


@pytest.fixture
def torn_file(large_file: Path, tmp_path: Path) -> Path:
    """A large file with one bit that is wrong."""
    content = bytearray(large_file.read_bytes())
    content[-1] ^= 1
    path = tmp_path / "large, torn.safetensors"
    path.write_bytes(content)
    return path


def path_of(session: Session) -> Path | None:
    return session.view.run.path if session.view is not None and session.view.run is not None else None


def loading(window: MainWindow) -> str:
    """What the bar at the top says is being read, its whole words."""
    return window.top_bar._loading.toolTip() if window.top_bar._loading.isVisible() else ""


def said(window: MainWindow) -> list[str]:
    return [each.text for each in window.message_bar.messages]


def let_it_be_read(qtbot, disk: SlowDisk, session: Session) -> None:
    """Let the disk go on until nothing is read or waits any more."""
    disk.may_read.set()
    workers = [reader._worker for reader in session.findChildren(opening.RunReader)]
    qtbot.waitUntil(lambda: not any(each.busy for each in workers))


def test_all_shipped_runs_are_read_at_once() -> None:
    assert all(entry.path.stat().st_size <= opening.AT_ONCE for entry in shipped_runs())


def test_the_window_lives_while_a_large_run_is_read(
    qtbot, let_turns_pass, window: MainWindow, disk: SlowDisk, large_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, map_ = window.session, window.latent_map.view
    before, made_on = session.view, []
    made = Viewpoint.look_through_weights

    def make(view: Viewpoint) -> None:
        if view.snapshot is None:
            made_on.append(threading.get_ident())
        made(view)

    monkeypatch.setattr(Viewpoint, "look_through_weights", make)
    assert session.open_run(large_file)
    qtbot.waitUntil(lambda: disk.asked == ["large"])
    let_turns_pass()
    assert session.view is before and loading(window) == "Opening large…"
    with qtbot.waitSignal(session.look.pin_shown):
        QTest.mouseClick(map_.viewport(), Qt.MouseButton.LeftButton, pos=map_.viewport().rect().center())
    let_it_be_read(qtbot, disk, session)
    assert path_of(session) == large_file
    assert window.top_bar.run_picker.shown_text() == "large" and loading(window) == ""
    assert disk.threads.isdisjoint({threading.get_ident()}) and set(made_on) == disk.threads
    assert session.view.snapshot is not None and said(window) == []


@pytest.mark.parametrize("second", ["small", "large"])
def test_of_two_runs_that_are_opened_in_quick_succession_the_last_one_stays(
    qtbot, window: MainWindow, disk: SlowDisk, torn_file: Path, large_file: Path, ae4_file: Path, second: str
) -> None:
    session, last = window.session, {"small": ae4_file, "large": large_file}[second]
    seen: list[Path | None] = []
    session.view_shown.connect(lambda view: seen.append(view.run.path))
    session.open_run(torn_file)
    qtbot.waitUntil(lambda: disk.asked == [torn_file.stem])
    session.open_run(torn_file)  # which is not even read
    session.open_run(last)
    let_it_be_read(qtbot, disk, session)
    assert seen == [last] and path_of(session) == last
    assert disk.asked == [torn_file.stem, last.stem]
    assert said(window) == [] and loading(window) == "", "nothing is said of what nobody wants any more"


def test_a_large_file_that_is_damaged_leaves_what_is_open(
    qtbot, window: MainWindow, disk: SlowDisk, torn_file: Path
) -> None:
    session, told = window.session, []
    before = session.view
    session.runs_changed.connect(lambda: told.append(True))
    session.open_run(torn_file)
    let_it_be_read(qtbot, disk, session)
    assert session.view is before and loading(window) == "" and told
    assert said(window) == [f"“{torn_file}” is damaged: its contents do not match its checksum."]


@pytest.mark.parametrize("first_weights", [False, True], ids=["training", "first weights"])
def test_a_network_that_is_made_meanwhile_stays(
    qtbot, window: MainWindow, disk: SlowDisk, large_file: Path, first_weights: bool
) -> None:
    session = window.session
    session.open_run(large_file)
    qtbot.waitUntil(lambda: disk.asked == ["large"])
    window.training_panel.choose(SMALL, "cpu")
    with qtbot.waitSignal(session.view_shown):
        session.reset() if first_weights else session.start_training()
    let_it_be_read(qtbot, disk, session)
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE)
    assert session.view.config.encoder == SMALL.encoder
    assert not any("before opening" in each for each in said(window))


def test_while_it_trains_a_large_run_is_not_even_read(
    qtbot, window: MainWindow, disk: SlowDisk, large_file: Path
) -> None:
    session = window.session
    window.training_panel.choose(SMALL.replace(epochs=1000), "cpu")
    session.start_training()
    assert not session.open_run(large_file) and disk.asked == []
    assert said(window)[-1] == "Stop the training before opening another run."


def test_while_it_trains_nobody_looks_for_a_run_first(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def answer(*question: object) -> tuple[str, str]:  # the system's dialog, no code of ours
        asked.append(question)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    window.training_panel.choose(SMALL.replace(epochs=1000), "cpu")
    window.session.start_training()
    QTest.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert asked == []
    assert said(window)[-1] == "Stop the training before opening another run."


def test_a_window_that_closes_meanwhile_shows_nothing_more(
    qtbot, window: MainWindow, disk: SlowDisk, large_file: Path
) -> None:
    session = window.session
    before = session.view
    window.installEventFilter(disk)
    session.open_run(large_file)
    qtbot.waitUntil(lambda: disk.asked == ["large"])
    assert window.close()
    assert session.view is before, "and no thread is left, or the test would fail"


@pytest.mark.parametrize("torn", [False, True])
def test_the_window_shows_a_shipped_run_until_the_large_one_that_it_opens_with_is_read(
    qtbot, make_window, disk: SlowDisk, large_file: Path, torn_file: Path, torn: bool
) -> None:
    path = torn_file if torn else large_file
    window = make_window(path)
    session = window.session
    bring_to_front(qtbot, window)
    qtbot.waitUntil(lambda: session.torch_is_ready and session.data.dataset is not None)
    assert path_of(session) == shipped_runs()[0].path and loading(window) == f"Opening {path.stem}…"
    let_it_be_read(qtbot, disk, session)
    assert path_of(session) == (shipped_runs()[0].path if torn else large_file)
    assert session.view.snapshot is not None and bool(said(window)) is torn


def test_the_network_is_made_where_torch_comes_while_the_run_is_read(qtbot, disk: SlowDisk, large_file: Path) -> None:
    session, seen = Session(), []
    session.view_shown.connect(lambda view: seen.append(view.snapshot is not None))
    session.open_run(large_file)
    qtbot.waitUntil(lambda: disk.asked == ["large"])
    session.warm_up()
    qtbot.waitUntil(lambda: session.torch_is_ready)
    let_it_be_read(qtbot, disk, session)
    assert seen == [True]
    session.close()


def test_a_large_twin_is_read_behind_the_window(qtbot, window: MainWindow, disk: SlowDisk, large_file: Path) -> None:
    session, twins = window.session, window.session.twins
    opened(window)
    before = twins.pair.sides["left"]
    twins.open_run("left", large_file)
    qtbot.waitUntil(lambda: "large" in disk.asked)
    assert twins.pair.sides["left"] is before and loading(window) == "Opening large…"
    twins.open_run("right", shipped_runs()[2].path)
    assert twins.pair.sides["right"].run.path == shipped_runs()[2].path, "the other side waits for nothing"
    let_it_be_read(qtbot, disk, session)
    left = twins.pair.sides["left"]
    assert left.run.path == large_file and left.snapshot is not None and loading(window) == ""


def test_a_run_that_is_still_being_read_is_told_when_another_one_is_there(
    window: MainWindow, disk: SlowDisk, large_file: Path, torn_file: Path, ae4_file: Path
) -> None:
    opened(window)
    window.session.twins.open_run("left", large_file)
    window.session.open_run(torn_file)
    assert loading(window) == "Opening large, torn…"
    window.session.open_run(ae4_file)
    assert loading(window) == "Opening large…"


@pytest.mark.parametrize("place", ["window", "twins"])
def test_what_is_saved_is_what_was_seen_when_the_file_was_asked_for(
    qtbot,
    let_turns_pass,
    window: MainWindow,
    disk: SlowDisk,
    large_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """The dialog suggests the name of what is seen; a large run that came meanwhile was written under that name."""
    session, twins = window.session, window.session.twins

    def choose(parent: object, title: str, suggested: str, filters: str) -> tuple[str, str]:
        let_it_be_read(qtbot, disk, session)
        let_turns_pass()
        return str(tmp_path / Path(suggested).name), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    if place == "twins":
        view = opened(window)
        before = twins.pair.sides["left"].name
        twins.open_run("left", large_file)
        view.sides["left"].save_action.trigger()
    else:
        before = session.view.name
        session.open_run(large_file)
        window.files.ask_save()
    assert session.finish_saving()
    (saved,) = tmp_path.glob("*.safetensors")
    assert load_run(saved).name == before
    seen = (lambda: twins.pair.sides["left"]) if place == "twins" else (lambda: session.view)
    qtbot.waitUntil(lambda: seen().run.path == large_file)
    assert loading(window) == ""


@pytest.mark.parametrize("other", ["first weights", "training"])
def test_what_is_made_while_the_file_is_asked_for_is_not_saved_under_the_other_name(
    qtbot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    session = window.session
    before = session.view

    def choose(parent: object, title: str, suggested: str, filters: str) -> tuple[str, str]:
        qtbot.waitUntil(lambda: session.view is not before)
        return str(tmp_path / Path(suggested).name), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    window.training_panel.choose(SMALL.replace(epochs=1000), "cpu")
    session.reset() if other == "first weights" else session.start_training()
    window.files.ask_save()
    assert session.finish_saving()
    (saved,) = tmp_path.glob("*.safetensors")
    assert load_run(saved).config == before.config != session.view.config


def test_a_training_that_ends_while_its_file_is_asked_for_is_saved_as_it_ended(
    qtbot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session

    def choose(parent: object, title: str, suggested: str, filters: str) -> tuple[str, str]:
        session.training.resume()
        qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE)
        return str(tmp_path / "mine.safetensors"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    window.training_panel.choose(SMALL, "cpu")
    with qtbot.waitSignal(session.training.codes_moved):
        session.start_training()
    session.training.pause()
    window.files.ask_save()
    assert session.finish_saving()
    assert "test_loss" in load_run(tmp_path / "mine.safetensors").report
