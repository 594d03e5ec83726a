"""Where the keyboard is: a frame in the accent's colour around what is drawn by hand, on the screen alone."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.exporting_views import is_painting_file

BY_MOUSE = "gotTheKeyboardByMouse"


def note_focus(widget: QWidget, before: QWidget | None) -> None:
    """Remember how a widget got the keyboard; a window that is come back to has it where it was, and how."""
    if before is not None:
        widget.setProperty(BY_MOUSE, bool(QApplication.mouseButtons()))


def paint_focus(widget: QWidget, painter: QPainter) -> None:
    """A frame around a widget that has the keyboard, unless a press of the mouse gave it that; in no saved picture."""
    if widget.hasFocus() and not widget.property(BY_MOUSE) and not is_painting_file():
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.colours().accent), 1.5))
        painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), 5, 5)


class FocusWatch(QObject):
    """Tells when a plane is to be marked: while it has the keyboard, unless a press of the mouse gave it that."""

    marked = Signal(bool)

    def __init__(self, plane: QWidget) -> None:
        super().__init__(plane)
        self._plane = plane
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is self._plane:
            note_focus(now, before)
        if self._plane in (before, now):
            self.marked.emit(now is self._plane and not self._plane.property(BY_MOUSE))
