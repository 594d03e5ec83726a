"""The canvas: brings mouse, pen, finger, keys and dropped pictures onto the sheet, and shows the sheet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QKeyCombination, QMimeData, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QEventPoint,
    QFocusEvent,
    QGuiApplication,
    QInputDevice,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.dropping import take_copy
from app.panels.digit_image import grey_image
from app.panels.draw.ink import SIDE, Area
from app.panels.draw.pictures import PictureError, ink_from_mime, may_hold_picture
from app.panels.draw.sheet import EVEN_PRESSURE, Sheet

BRUSH_STEP = 1.15
KEY_STEP = 0.025
RADIUS = 6.0
POINTER_LINE = 3.0  # pixels beyond the brush's circle that its outline takes
HINT = "Draw a digit here"
HINT_MARGIN = 8  # pixels: on a low screen the canvas is hardly wider than the words
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
REDO_TOO = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_Y)
TOUCHES = (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel)
PENS_OWN_BUTTONS = Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton


class Sketchpad(QWidget):
    """A square sheet of white ink on black that listens to every pointing device, and to keys."""

    sketched = Signal(object)  # (SIDE, SIDE) uint8, 255 is ink; at most 80 times a second
    cleared = Signal()  # the sheet has become blank
    failed = Signal(str)  # one sentence: a dropped or pasted picture cannot be used
    touched = Signal()  # a person begins to draw or brings a picture (an animated example gives way)

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(self)
        self.sheet.sketched.connect(self.sketched)
        self.sheet.cleared.connect(self.cleared)
        self.sheet.changed.connect(self._draw_anew)
        self._owner = ""  # the input device that draws the present stroke: one at a time
        self._finger = -1
        self._knows_direct_input = False
        self._pointer: QPointF | None = None
        self._crosshair: tuple[float, float] | None = None
        self._set_up_widget()

    def _set_up_widget(self) -> None:
        self.setObjectName("sketchpad")
        self.setAccessibleName("Drawing canvas")
        self.setAccessibleDescription("Arrow keys move a crosshair, holding Space draws, Delete clears.")
        self.setToolTip(
            "Draw with the mouse, a pen or a finger; the right button erases.\n"
            "Drop or paste an image here. Keys: arrows and Space draw, E eraser, [ and ] brush, N noise, Delete clears."
        )
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # or the panel behind is painted with each stroke
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def ink(self) -> np.ndarray:
        """Return a copy of the ink, (SIDE, SIDE) uint8, 255 is ink."""
        return self.sheet.ink()

    def paste(self) -> None:
        """Put the clipboard's image onto the canvas."""
        self.take_picture(QGuiApplication.clipboard().mimeData())

    # the pen, whoever moves it

    def _pen_down(self, owner: str, position: QPointF, pressure: float = EVEN_PRESSURE, erasing: bool = False) -> None:
        self.touched.emit()
        self._owner = owner
        self.sheet.begin_stroke(*self._share(position), pressure=pressure, erasing=erasing)

    def _pen_up(self) -> None:
        self._owner, self._finger = "", -1
        self.sheet.end_stroke()

    def canvas_rect(self) -> QRectF:
        """Return the square that is drawn on, in widget coordinates."""
        side = float(min(self.width(), self.height()))
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _share(self, position: QPointF) -> tuple[float, float]:
        square = self.canvas_rect()
        return (position.x() - square.left()) / square.width(), (position.y() - square.top()) / square.height()

    def _place(self, x: float, y: float) -> QPointF:
        square = self.canvas_rect()
        return QPointF(square.left() + x * square.width(), square.top() + y * square.height())

    def _hover(self, position: QPointF | None) -> None:
        before, self._pointer = self._pointer, position
        if before is None or position is None or self._crosshair is not None:
            self._crosshair = None
            self.update()
            return
        reach = self.sheet.tip() * self.canvas_rect().width() / 2 + POINTER_LINE
        for place in (before, position):
            self.update(QRectF(place, QSizeF()).adjusted(-reach, -reach, reach, reach).toAlignedRect())

    def _draw_anew(self, area: Area | None) -> None:
        """Only what a stroke touched, where that is known: the whole canvas takes three times as long."""
        if area is None:
            self.update()
            return
        left, top, right, bottom = (each / SIDE for each in area)
        touched = QRectF(self._place(left, top), self._place(right, bottom))
        self.update(touched.adjusted(-1, -1, 1, 1).toAlignedRect())

    def _is_echo(self, event: QMouseEvent) -> bool:
        """Tell whether this mouse event only repeats a pen or a finger that has already drawn by itself."""
        synthesised = event.source() != Qt.MouseEventSource.MouseEventNotSynthesized
        return (synthesised and self._knows_direct_input) or self._owner in ("pen", "touch")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Draw with the left button, erase with the right one."""
        if self._is_echo(event) or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        if self.canvas_rect().contains(event.position()) and self._owner != "mouse":
            self._hover(event.position())
            self._pen_down("mouse", event.position(), erasing=event.button() == Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the stroke and move the brush's circle."""
        if self._is_echo(event):
            return
        self._hover(event.position())
        if self._owner == "mouse" and not event.buttons() & PENS_OWN_BUTTONS:
            self._pen_up()  # the release went elsewhere: to a dialog, or to another window
        if self._owner == "mouse":
            self.sheet.continue_stroke(*self._share(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke when the last button is up."""
        if self._owner == "mouse" and not event.buttons() & PENS_OWN_BUTTONS:
            self.sheet.continue_stroke(*self._share(event.position()))
            self._pen_up()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with the pen's pressure; its eraser end and its upper button erase. Accepted: no mouse events follow."""
        self._knows_direct_input = True
        feels = event.device().hasCapability(QInputDevice.Capability.Pressure)
        position, pressure = event.position(), event.pressure() if feels else EVEN_PRESSURE
        self._hover(position)
        if event.type() == QEvent.Type.TabletPress and self.canvas_rect().contains(position):
            eraser_end = event.pointerType() == QPointingDevice.PointerType.Eraser
            erasing = eraser_end or event.button() == Qt.MouseButton.RightButton
            self._pen_down("pen", position, pressure, erasing)
        elif event.type() == QEvent.Type.TabletMove and self._owner == "pen":
            if not pressure and not event.buttons() & PENS_OWN_BUTTONS:
                self._pen_up()  # in the air: the release went elsewhere, as a mouse's may
            self.sheet.continue_stroke(*self._share(position), pressure=pressure)
        elif event.type() == QEvent.Type.TabletRelease and self._owner == "pen":
            self._pen_up()
        event.accept()

    def _touch(self, event: QTouchEvent) -> None:
        """Let the first finger draw; further fingers (and a resting palm beside a pen) do nothing."""
        self._knows_direct_input = True
        event.accept()
        if event.type() == QEvent.Type.TouchBegin and self._owner != "pen":
            first = event.points()[0]
            self._hover(None)
            self._pen_down("touch", first.position())
            self._finger = first.id()
        elif self._owner == "touch":
            ended = event.type() in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel)
            for point in event.points():
                if point.id() == self._finger:
                    self.sheet.continue_stroke(*self._share(point.position()))
                    ended = ended or point.state() == QEventPoint.State.Released
            if ended:
                self._pen_up()

    def event(self, event: QEvent) -> bool:
        """Sort out touch, and keep the canvas's keys from the window's shortcuts while it has the focus."""
        kind = event.type()
        if isinstance(event, QTouchEvent) and kind in TOUCHES and _is_on_screen(event):
            self._touch(event)
            return True
        if isinstance(event, QKeyEvent) and kind == QEvent.Type.ShortcutOverride and self._key_action(event):
            event.accept()
            return True
        if kind == QEvent.Type.Leave:
            self._pointer = None
            self.update()
        return super().event(event)

    # keys

    def _key_action(self, event: QKeyEvent) -> Callable[[], None] | None:
        """Return what a key does here; None for a key that is not ours."""
        standard = QKeySequence.StandardKey
        if event.matches(standard.Undo):
            return self.sheet.undo
        if event.matches(standard.Redo) or event.keyCombination() == REDO_TOO:
            return self.sheet.redo
        if event.matches(standard.Paste):
            return self.paste
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            return None
        if event.key() in ARROWS:
            return lambda: self._move_crosshair(*ARROWS[Qt.Key(event.key())])
        return {
            Qt.Key.Key_Space: self._key_pen_down,
            Qt.Key.Key_Delete: self.sheet.clear,
            Qt.Key.Key_Backspace: self.sheet.clear,
            Qt.Key.Key_E: lambda: self.sheet.set_eraser(not self.sheet.eraser()),
            Qt.Key.Key_BracketLeft: lambda: self.sheet.set_brush(self.sheet.brush() / BRUSH_STEP),
            Qt.Key.Key_BracketRight: lambda: self.sheet.set_brush(self.sheet.brush() * BRUSH_STEP),
        }.get(Qt.Key(event.key()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._key_action(event)
        if action is None:
            super().keyPressEvent(event)
        elif event.key() in ARROWS or not event.isAutoRepeat():
            action()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Lift the keyboard's pen with Space."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat() and self._owner == "keys":
            self._pen_up()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Lift the keyboard's pen: its release would go elsewhere."""
        if self._owner == "keys":
            self._pen_up()
        self._crosshair = None
        super().focusOutEvent(event)
        self.update()

    def _move_crosshair(self, right: int, down: int) -> None:
        x, y = self._crosshair or (0.5, 0.5)
        self._crosshair = (min(max(x + right * KEY_STEP, 0.0), 1.0), min(max(y + down * KEY_STEP, 0.0), 1.0))
        if self._owner == "keys":
            self.sheet.continue_stroke(*self._crosshair)
        self.update()

    def _key_pen_down(self) -> None:
        self._crosshair = self._crosshair or (0.5, 0.5)
        self._pen_down("keys", self._place(*self._crosshair))

    # pictures

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take images and single files; folders and the rest are left to the window."""
        if may_hold_picture(event.mimeData()):
            take_copy(event)
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        take_copy(event)
        self.take_picture(event.mimeData())

    def take_picture(self, mime: QMimeData) -> None:
        """Draw what was dropped, pasted or named; `failed` says why it cannot be."""
        try:
            ink = ink_from_mime(mime)
        except PictureError as error:
            self.failed.emit(str(error))
        else:
            self.touched.emit()
            self.sheet.put_ink(ink)

    # looks

    def sizeHint(self) -> QSize:
        return QSize(200, 200)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size that can still be drawn on."""
        return QSize(120, 120)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ink, the hint on a blank sheet, and where the pen is."""
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), QColor(theme.colours().surface))
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            square = self.canvas_rect()
            brush = QBrush(grey_image(self.sheet.pixels()))
            scale = square.width() / SIDE
            brush.setTransform(QTransform(scale, 0, 0, scale, square.left(), square.top()))
            focused = self.hasFocus()
            line = self.palette().color(QPalette.ColorRole.Highlight if focused else QPalette.ColorRole.Mid)
            painter.setPen(QPen(line, 2.0 if focused else 1.0))
            painter.setBrush(brush)
            inset = 1.0 if focused else 0.5
            painter.drawRoundedRect(square.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if self.sheet.is_blank() and not self._owner:
                painter.setPen(QColor(150, 150, 150))
                words = square.adjusted(HINT_MARGIN, 0, -HINT_MARGIN, 0)
                painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), HINT)
            self._paint_pointer(painter, square)

    def _paint_pointer(self, painter: QPainter, square: QRectF) -> None:
        centre = self._place(*self._crosshair) if self._crosshair else self._pointer
        if centre is None:
            return
        painter.setClipRect(square)
        radius = self.sheet.tip() * square.width() / 2
        erasing = self.sheet.erases()
        for colour, width in ((QColor(0, 0, 0, 160), 2.5), (QColor(255, 190, 90) if erasing else QColor("white"), 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(centre, radius, radius)
            if self._crosshair:
                painter.drawLine(centre - QPointF(radius + 6, 0), centre + QPointF(radius + 6, 0))
                painter.drawLine(centre - QPointF(0, radius + 6), centre + QPointF(0, radius + 6))


def _is_on_screen(event: QTouchEvent) -> bool:
    """Not on a trackpad: on a Mac each finger that rests on one is told, beside the pointer that it moves."""
    return event.device().type() == QInputDevice.DeviceType.TouchScreen
