"""What several tests of the window need: the training form, and a person at it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.background import Background
from app.main_window import MainWindow
from app.panels.training.panel import TrainingPanel
from app.phase import Phase
from app.settings import AppSettings
from models.config import RunConfig
from models.settings import settings_of

TURNS = 10
PATIENCE = 60_000
"""Milliseconds that a test waits for what must come; a loaded machine may be twenty times as slow as a free one."""

PHASES = {
    Phase.IDLE: [Phase.IDLE],
    Phase.STARTING: [Phase.STARTING],
    Phase.TRAINING: [Phase.STARTING, Phase.TRAINING],
    Phase.PAUSED: [Phase.STARTING, Phase.TRAINING, Phase.PAUSED],
    Phase.STOPPING: [Phase.STARTING, Phase.TRAINING, Phase.STOPPING],
}
"""The phases that a training passes through on the way to each one."""


class PatientBot(QtBot):
    """pytest-qt's hands, but whatever they wait for may take its time: a test that waits in vain fails all the same."""

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = PATIENCE) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENCE))

    def waitSignal(self, signal, *, timeout: int = PATIENCE, raising: bool = True, **how):
        longest = max(timeout, PATIENCE) if raising else timeout  # assertNotEmitted waits for what must not come
        return super().waitSignal(signal, timeout=longest, raising=raising, **how)

    def waitSignals(self, signals, *, timeout: int = PATIENCE, **how):
        return super().waitSignals(signals, timeout=max(timeout, PATIENCE), **how)

    def waitActive(self, widget: QWidget, *, timeout: int = PATIENCE):
        return super().waitActive(widget, timeout=max(timeout, PATIENCE))

    def waitExposed(self, widget: QWidget, *, timeout: int = PATIENCE):
        return super().waitExposed(widget, timeout=max(timeout, PATIENCE))


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """A person's hands and patience, before widgets with the program's own font: they keep that they are made with."""
    theme.set_up(qapp)
    return PatientBot(request)


@pytest.fixture
def let_turns_pass(qtbot) -> Callable[[], None]:
    """Lets the event loop go round some times, so that all that waits for its turn has had it."""

    def turn() -> None:
        passed: list[None] = []
        witness = QTimer(interval=0)
        witness.timeout.connect(lambda: passed.append(None))
        witness.start()
        qtbot.waitUntil(lambda: len(passed) >= TURNS)
        witness.stop()

    return turn


@pytest.fixture
def panel(qapp: QApplication, qtbot) -> Iterator[TrainingPanel]:
    """A training form on the screen, with the keyboard."""
    qapp.setStyleSheet("")  # each field laid into the form would be dressed anew
    made = TrainingPanel()
    theme.apply(qapp, "light")
    made.resize(300, 640)
    with qtbot.waitActive(made):
        made.show()
    yield made
    made.close()
    made.deleteLater()
    # Without an event loop Qt keeps what was deleted later, and a hundred forms slow the other tests down.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def edited(panel: TrainingPanel) -> list[RunConfig]:
    """The configurations that the form has emitted."""
    seen: list[RunConfig] = []
    panel.config_edited.connect(seen.append)
    return seen


@pytest.fixture
def user(panel: TrainingPanel) -> FormUser:
    """A person at the form."""
    return FormUser(panel)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In each file the tests with a window of their own come first: a lent one would be dressed anew with each."""
    places = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (places[item.path], "make_window" not in getattr(item, "fixturenames", ())))


@contextmanager
def windows(qapp: QApplication, folder: Path) -> Iterator[Callable[..., MainWindow]]:
    """Makes windows as the program's start does, with their settings in a folder, and takes them down at the end."""
    made: list[MainWindow] = []

    def make(run_path: Path | None, data: str | None = "digits") -> MainWindow:
        qapp.setStyleSheet("")  # each panel laid into a window would be dressed anew: 0.2 s a window
        made.append(MainWindow(data=data, run_path=run_path, settings=AppSettings(folder / "settings.ini")))
        theme.apply(qapp, "light")
        return made[-1]

    yield make
    for each in made:
        each.close()
        each.deleteLater()
        QCoreApplication.sendPostedEvents(each, QEvent.Type.DeferredDelete)


def bring_to_front(qtbot: QtBot, window: MainWindow) -> None:
    """Show the window, with the keyboard."""
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()


def made_ready(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window on the screen, ready to look and to train."""
    window.resize(1280, 800)
    bring_to_front(qtbot, window)
    session = window.session
    qtbot.waitUntil(lambda: session.torch_is_ready and session.data.dataset is not None, timeout=60_000)
    qtbot.waitUntil(lambda: not session.background.busy, timeout=60_000)
    return window


@pytest.fixture
def no_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person without runs of their own, whose new ones go nowhere else."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))


@pytest.fixture
def make_window(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """Makes windows as the program's start does, looking at a run, and takes them down after the test."""
    with windows(qapp, tmp_path) as make:
        yield make


@pytest.fixture
def window(qtbot, make_window, vae_file: Path) -> MainWindow:
    """A window at the built-in digits and a saved VAE of them, ready to look and to train."""
    return made_ready(qtbot, make_window(vae_file))


@pytest.fixture(scope="module")
def lent_run(vae_file: Path) -> Path | None:
    """The run that a file's borrowed window looks at; None: the one that it opens with."""
    return vae_file


@pytest.fixture(scope="module")
def lent_window(
    request: pytest.FixtureRequest, qapp: QApplication, lent_run: Path | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainWindow]:
    """The same as `window`, made once for those tests of a file that only look: who borrows it puts back what it moved.

    Dataset and settings stay as they are; a test that changes one of them, or trains, takes a window of its own.
    """
    with windows(qapp, tmp_path_factory.mktemp("lent")) as make:
        yield made_ready(PatientBot(request), make(lent_run))
    gc.unfreeze()  # what lived so long is let go of too


@pytest.fixture
def borrowed_window(qapp: QApplication, qtbot, lent_window: MainWindow) -> Iterator[MainWindow]:
    """The lent window in front, in the light theme, with its run and its size whatever was done to it.

    A test that has changed what others rely on fails.
    """
    theme.apply(qapp, "light")
    bring_to_front(qtbot, lent_window)
    session, size = lent_window.session, lent_window.size()
    view, before = session.view, (session.data.dataset, session.config)
    yield lent_window
    assert (session.data.dataset, session.config) == before, "borrowed, not given"
    assert session.training.phase is Phase.IDLE
    lent_window.views.show_view("map")
    lent_window.resize(size)
    if session.view is not view:
        session.open_run(view.run.path)
    workers = session.findChildren(Background)
    qtbot.waitUntil(lambda: not any(each.busy for each in workers))


@pytest.fixture
def any_window(request: pytest.FixtureRequest) -> MainWindow:
    """The test's own window if it asks for `window`, else the borrowed one."""
    return request.getfixturevalue("window" if "window" in request.fixturenames else "borrowed_window")


def open_view(window: MainWindow, name: str) -> QWidget:
    """Click on a view's tab, or choose it from the menu of those that find no room; the view."""
    views, index = window.views, window.views.names().index(name)
    if views.tabs.isTabVisible(index):
        QTest.mouseClick(views.tabs, Qt.MouseButton.LeftButton, pos=views.tabs.tabRect(index).center())
    else:
        menu = window.findChild(QMenu, "moreViewsMenu")
        menu.popup(window.mapToGlobal(window.rect().center()))
        action = next(each for each in menu.actions() if each.text() == views.tabs.tabText(index))
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    made = views.made(name)
    assert made is not None and views.current() == name
    return made


class FormUser:
    """Finds what a person sees in the form and does what a person does, with keys and clicks."""

    def __init__(self, panel: TrainingPanel) -> None:
        self.panel = panel

    def button(self, name: str) -> QPushButton:
        """The button with that object name."""
        return self.panel.findChild(QPushButton, name)

    def click(self, name: str) -> None:
        """Press a button with the mouse, whether it is on or off."""
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def field(self, name: str) -> QWidget:
        """The widget that is typed into or opened; the folded settings are unfolded for it."""
        if not settings_of(RunConfig)[name].common and not self.button("moreSettings").isChecked():
            self.click("moreSettings")
        found = self.panel.findChild(QWidget, f"{name}Field")
        self.panel.findChild(QScrollArea, "settingsScroll").ensureWidgetVisible(found)
        return found

    def type_into(self, name: str, text: str) -> None:
        """Mark what stands in the field and type over it."""
        editor = self.field(name)
        editor.setFocus()
        QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(editor, Qt.Key.Key_Delete)
        QTest.keyClicks(editor, text)

    def choose(self, box: QWidget, words: str) -> None:
        """Walk through a list with the keyboard."""
        assert isinstance(box, QComboBox)
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Home)
        for _ in range(box.count()):
            if box.currentText() == words:
                return
            QTest.keyClick(box, Qt.Key.Key_Down)
        raise AssertionError(f"{words} is not in the list")

    def error(self, name: str) -> str:
        """The sentence under a field, "" when there is none."""
        label = self.panel.findChild(QLabel, f"{name}Error")
        return label.text() if label.isVisible() else ""

    def show_phase(self, phase: Phase) -> None:
        """Lead the form into a phase, through those before it."""
        for each in PHASES[phase]:
            self.panel.show_phase(each)
