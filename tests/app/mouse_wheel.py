"""A mouse's wheel, which QTest does not have."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

NOTCH = 120  # eighths of a degree: one step of a common wheel


def turn_wheel(widget: QWidget, at: QPoint | QPointF, notches: int) -> None:
    """Turn it over a place of the widget, away from the person where `notches` is positive."""
    place = QPointF(at)
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, NOTCH * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
