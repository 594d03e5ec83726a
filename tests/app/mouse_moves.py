"""A mouse that is moved with no button down after its release went elsewhere; QTest's keeps the button it pressed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

NONE, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


def press_and_lose_the_release(widget: QWidget, at: QPoint, then: QPoint) -> None:
    """Press on one place of a widget, and come back without a button at another one."""
    QTest.mousePress(widget, LEFT, pos=at)
    place = QPointF(then)
    kind, keys = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(kind, place, widget.mapToGlobal(place), NONE, NONE, keys))
