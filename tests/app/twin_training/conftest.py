"""The Twins view of a person without runs, who chooses what differs and trains; at the end nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.main_window import MainWindow
from app.panels.twins.differences import Difference
from app.panels.twins.view import Twins
from app.phase import Phase
from models.config import RunConfig
from models.twins import SIDES
from tests.app.conftest import made_ready
from tests.app.twin_hands import choose, click, form, opened

LEFT = Qt.MouseButton.LeftButton
LIMIT = 60_000  # milliseconds
SMALL = RunConfig(encoder=(32,), decoder=(32,), batch_size=25, epochs=2000)


@pytest.fixture(autouse=True)
def without_runs(no_runs: None) -> None:
    """What others have trained is not in the lists."""


@pytest.fixture
def own_window(qtbot, make_window, vae_file: Path) -> MainWindow:
    """A window for a test that closes it, or lets it look at another run."""
    return made_ready(qtbot, make_window(vae_file))


@pytest.fixture
def window(borrowed_window: MainWindow) -> MainWindow:
    """The others share one."""
    return borrowed_window


@pytest.fixture
def view(window: MainWindow, qtbot) -> Iterator[Twins]:
    """The view, opened with a click on its tab; at the end nothing is trained, and form and rows are as before."""
    before = window.session.config
    window.message_bar.messages.clear()
    made = opened(window)
    yield made
    window.session.twins.runs.training.stop()
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    made.show_page("pictures")
    while len(made.trainer.differences.rows) > 1:
        row(made).close_button.click()
    row(made).show_setting("kind")
    form(window, before)


def row(view: Twins, number: int = 0) -> Difference:
    return view.trainer.differences.rows[number]


def differ_in(view: Twins, label: str, number: int = 0) -> QWidget:
    """Choose what differs in a row; the editor of its value."""
    choose(row(view, number).setting, label)
    editor = row(view, number).field.editor
    assert editor.isVisible()
    return editor


def type_into(editor: Any, text: str) -> None:
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, text)


def start(qtbot, window: MainWindow, view: Twins) -> None:
    click(view, "twinTrain")
    training = window.session.twins.runs.training
    qtbot.waitUntil(lambda: len(training._told.get("right", [])) > 3, timeout=LIMIT)


def idle(window: MainWindow) -> Callable[[], bool]:
    return lambda: window.session.twins.runs.training.phase is Phase.IDLE


def steps(window: MainWindow) -> list[int]:
    """How many steps each twin has told."""
    told = window.session.twins.runs.training._told
    return [len(told[side]) for side in SIDES]
