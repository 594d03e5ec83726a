"""Where the keyboard is: a frame in the accent's colour around what is drawn by hand, on the screen alone."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.exporting_views import is_painting_file

BY_MOUSE = "gotTheKeyboardByMouse"


class _Hand(QObject):
    """Tells of a press of the mouse that leaves the keyboard where it is."""

    pressed = Signal()


HAND = _Hand()


def note_focus(widget: QWidget, before: QWidget | None) -> None:
    """Remember how a widget got the keyboard; a window that is come back to has it where it was, and how.

    What is switched off or hidden hands the keyboard on, in Qt's order and after the mouse is let go: the next one has
    it as that had.
    """
    if before is not None:
        handed_on = not (before.isEnabled() and before.isVisible())
        widget.setProperty(BY_MOUSE, bool(QApplication.mouseButtons()) or (handed_on and came_by_mouse(before)))


def came_by_mouse(widget: QWidget) -> bool:
    """Whether a press of the mouse has given a widget the keyboard."""
    return bool(widget.property(BY_MOUSE))


def note_press() -> None:
    """A button that leaves the keyboard where it is was pressed: by mouse, nobody looks for the keyboard's place."""
    widget = QApplication.focusWidget()
    if widget is not None and QApplication.mouseButtons():
        widget.setProperty(BY_MOUSE, True)
        widget.update()
        HAND.pressed.emit()


def rest_at(place: QWidget) -> None:
    """Where something in `place` has the keyboard and is about to be switched off or hidden: `place` has it then.

    Nothing is pressed there by chance, and Tab goes on from it; how it came is known as before.
    """
    widget = QApplication.focusWidget()
    if widget is not None and place.isAncestorOf(widget):
        by_mouse = came_by_mouse(widget)
        place.setFocus()
        place.setProperty(BY_MOUSE, by_mouse)


def paint_focus(widget: QWidget, painter: QPainter) -> None:
    """A frame around a widget that has the keyboard, unless a press of the mouse gave it that; in no saved picture."""
    if widget.hasFocus() and not came_by_mouse(widget) and not is_painting_file():
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
        HAND.pressed.connect(self._unmark)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is self._plane:
            note_focus(now, before)
        if self._plane in (before, now):
            self.marked.emit(now is self._plane and not came_by_mouse(self._plane))

    def _unmark(self) -> None:
        if self._plane.hasFocus():
            self.marked.emit(False)
