"""Where the keyboard is: a frame in the accent's colour around what is drawn by hand, on the screen alone."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.exporting_views import is_painting_file

BY_MOUSE = "gotTheKeyboardByMouse"
FRAME = 5
"""Pixels at the edge that words leave to the frame."""
LINE_FRAME = 3
"""The same above a line of words, whose letters begin a little below its edge."""
PICK_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
"""What picks the thing that the keyboard stands on."""


class Keyboard(QObject):
    """Follows the keyboard from widget to widget, and knows how it came to each before it tells of it."""

    moved = Signal(object, object)
    """the widgets that had it and have it now; each may be None"""
    pressed = Signal()
    """the mouse was pressed on what leaves the keyboard where it is"""

    def __init__(self) -> None:
        super().__init__()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        """A window that is come back to has the keyboard where it was, and how.

        What is switched off or hidden hands it on, in Qt's order and after the mouse is let go: the next one has it as
        that had.
        """
        if now is not None and before is not None:
            handed_on = not (before.isEnabled() and before.isVisible())
            now.setProperty(BY_MOUSE, bool(QApplication.mouseButtons()) or (handed_on and came_by_mouse(before)))
        self.moved.emit(before, now)


@cache
def keyboard() -> Keyboard:
    """The one of this program."""
    return Keyboard()


def came_by_mouse(widget: QWidget) -> bool:
    """Whether a press of the mouse has given a widget the keyboard."""
    return bool(widget.property(BY_MOUSE))


def note_press() -> None:
    """A button that leaves the keyboard where it is was pressed: by mouse, nobody looks for the keyboard's place."""
    widget = QApplication.focusWidget()
    if widget is not None and QApplication.mouseButtons():
        widget.setProperty(BY_MOUSE, True)
        widget.update()
        keyboard().pressed.emit()


def rest_at(place: QWidget) -> None:
    """Where something in `place` has the keyboard and is about to be switched off or hidden: `place` has it then.

    Nothing is pressed there by chance, and Tab goes on from it; how it came is known as before.
    """
    widget = QApplication.focusWidget()
    if widget is not None and place.isAncestorOf(widget):
        by_mouse = came_by_mouse(widget)
        place.setFocus()
        place.setProperty(BY_MOUSE, by_mouse)


def shows_focus(widget: QWidget) -> bool:
    """Whether a widget is to look as what has the keyboard does; in no saved picture."""
    return widget.hasFocus() and not is_painting_file()


def paint_focus(widget: QWidget, painter: QPainter) -> None:
    """A frame around a widget that has the keyboard, unless a press of the mouse gave it that; in no saved picture."""
    if shows_focus(widget) and not came_by_mouse(widget):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.colours().accent), 1.5))
        painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), 5, 5)
