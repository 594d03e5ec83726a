"""A canvas of 200 pixels a side, what it tells, a mouse on it, and its ink."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.draw.ink import SIDE
from app.panels.draw.pad import Sketchpad

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def pad(qtbot) -> Sketchpad:
    widget = Sketchpad()
    qtbot.addWidget(widget)
    widget.resize(200, 200)
    widget.show()
    widget.setFocus()
    return widget


@pytest.fixture
def told(pad: Sketchpad) -> list[np.ndarray | str]:
    """Everything the canvas tells: inks, "cleared", and sentences."""
    news: list[np.ndarray | str] = []
    pad.sketched.connect(news.append)
    pad.cleared.connect(lambda: news.append("cleared"))
    pad.failed.connect(news.append)
    return news


def drag(pad: Sketchpad, *points: tuple[int, int], button: Qt.MouseButton = LEFT) -> None:
    """Press, move and release the mouse."""
    QTest.mousePress(pad, button, pos=QPoint(*points[0]))
    for point in points[1:]:
        at = QPointF(*point)
        everywhere = pad.mapToGlobal(at)
        move = QMouseEvent(
            QEvent.Type.MouseMove, at, everywhere, Qt.MouseButton.NoButton, button, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(pad, move)
    QTest.mouseRelease(pad, button, pos=QPoint(*points[-1]))


def at(ink: np.ndarray, x: int, y: int) -> float:
    """The ink under a place of the 200-pixel widget, 0 to 1."""
    return float(ink[round(y / 200 * SIDE), round(x / 200 * SIDE)] / 255)


def thickness(ink: np.ndarray, x: int = 100) -> float:
    """The line's thickness at a column, in pixels of the 200-pixel widget."""
    return float(ink[:, round(x / 200 * SIDE)].sum()) / 255 * 200 / SIDE
