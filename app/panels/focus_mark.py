"""Where the keyboard is: a frame in the accent's colour around what is drawn by hand, on the screen alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.exporting_views import is_painting_file

COMING_BACK = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)


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
        self._by_mouse = False
        plane.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            assert isinstance(event, QFocusEvent)
            if event.gotFocus() and event.reason() not in COMING_BACK:
                pressed = bool(QApplication.mouseButtons())  # on a tab, say, whose view then gets the keyboard
                self._by_mouse = pressed or event.reason() == Qt.FocusReason.MouseFocusReason
            self.marked.emit(event.gotFocus() and not self._by_mouse)
        return False
