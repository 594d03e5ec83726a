"""A window as it opens for the first time, and a person who opens a lesson, points at a term and checks an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.lesson_facts import facts_of
from app.lesson_findings import Scene
from app.lessons import load_lessons
from app.main_window import MainWindow
from app.panels.lessons.panel import LessonPanel
from tests.app.conftest import made_ready

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
LESSONS = load_lessons()
TOPICS = ("bottleneck", "map", "loss", "holes", "kl", "reparameterisation", "interpolation", "dimensions", "denoising")
TOPICS += ("sparsity", "anomalies", "pca", "bits")


@pytest.fixture(scope="module")
def lent_run() -> None:
    """A window that opens for the first time looks at the shipped VAE."""


@pytest.fixture
def shipped(qtbot, make_window) -> MainWindow:
    """A window without MNIST that looks at the shipped VAE, as it opens for the first time."""
    return made_ready(qtbot, make_window(None))


@pytest.fixture
def read_in(borrowed_window: MainWindow) -> Iterator[MainWindow]:
    """The same, borrowed, for a test that reads in lessons and trains nothing; the first lesson is the one met."""
    yield borrowed_window
    lessons = borrowed_window.lessons
    if lessons.panel is not None:
        lessons.panel.show_lesson(0)
        if lessons.panel.isVisible():
            lessons.toggle()


def open_lesson(window: MainWindow, name: str) -> LessonPanel:
    """Open the lessons with the keyboard and choose one with the arrow keys."""
    if window.lessons.panel is None or not window.lessons.panel.isVisible():
        QTest.keyClick(window, Qt.Key.Key_L, CTRL)
    panel = window.lessons.panel
    assert panel is not None and panel.isVisible()
    panel.picker.setFocus()
    while panel.lesson().name != name:
        assert panel.after.isEnabled() or panel.before.isEnabled()
        forward = TOPICS.index(panel.lesson().name) < TOPICS.index(name)
        QTest.mouseClick(panel.after if forward else panel.before, LEFT)
    return panel


def facts(window: MainWindow) -> dict[str, Any]:
    return facts_of(Scene(window.session, window.views.current()))


def check(panel: LessonPanel) -> str:
    QTest.mouseClick(panel.check, LEFT)
    assert panel.result.isVisible()
    return panel.result.text()


def point_at(panel: LessonPanel, index: int) -> str:
    term = panel.formula.terms[index]
    panel._scroll.ensureWidgetVisible(term)
    QTest.mouseMove(panel.window(), QPoint(1, 1))
    QTest.mouseClick(term, LEFT)
    return panel.value.text().replace("\u200b", "")
