"""The map's surface: pan, zoom and fit, and the mouse turned into places on the plane."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)

from app.panels.latent.axis_words import AxisWords
from app.panels.latent.frame import Frame
from app.panels.latent.overlays import Backdrop
from app.plotting import pyqtgraph as pg

HOVER_MS = 16  # at most one hover in this time: more could not be shown
WHEEL_ZOOM = 1.0016  # for each eighth of a degree
KEY_ZOOM = 1.25
STILL_PX = 4  # a press that moves less is a click: the left one means its point, the right one opens the menu
FIT_MARGIN = 0.06
NARROWEST, WIDEST = 1e-5, 1e6  # extent of the view in plane units
CLOSEST, FARTHEST = 1e-4, 1e5  # extent that a zoom leads to: at the view box's own limits its place would run away


class MapView(pg.GraphicsView):
    """A pyqtgraph view with one ViewBox of equal aspect that fills it; all positions it tells are on the plane.

    The left button points, the right and middle ones (or any with Space held) move the view, the wheel zooms.
    """

    pressed = Signal(float, float)
    dragged = Signal(float, float)
    hovered = Signal(float, float)
    left = Signal()
    menu_wanted = Signal(QPoint)  # on the screen
    view_changed = Signal()
    moved_by_hand = Signal()

    def __init__(self) -> None:
        super().__init__(useOpenGL=False, background=None)
        self.view_box = pg.ViewBox(enableMouse=False, enableMenu=False, lockAspect=1.0, defaultPadding=0)
        self.view_box.disableAutoRange()
        self.view_box.setLimits(minXRange=NARROWEST, maxXRange=WIDEST, minYRange=NARROWEST, maxYRange=WIDEST)
        self.setCentralItem(self.view_box)
        self.backdrop = Backdrop()
        self.axis_words = [AxisWords(self.view_box, self.backdrop, upright) for upright in (False, True)]
        self.view_box.sigRangeChanged.connect(self._tell_view)
        self.view_box.sigResized.connect(self._tell_view)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.pointer = QPointF()  # where the mouse was last, in pixels
        self.menu_place: tuple[float, float] | None = None  # on the plane: where the keyboard's menu opens
        self._panning: Qt.MouseButton | None = None
        self._pan_length = 0.0
        self._space = False
        self._pointing = False
        self._dragging = False
        self._pressed_at = QPointF()
        self._hover_new = False
        self._hover_rest = QTimer(self, interval=HOVER_MS, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._hover_rest.timeout.connect(self._tell_hover)
        self._drag_turn = QTimer(self, interval=0, singleShot=True)
        self._drag_turn.timeout.connect(self._tell_drag)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.recolour()

    def recolour(self) -> None:
        """Take the theme's colours."""
        self._renew_backdrop()
        self.scene().update()

    def show_axes(self, shown: bool) -> None:
        """Draw a grid, where there is one, and write the axes' numbers and names; or neither."""
        if self.backdrop.empty == shown:
            self.backdrop.empty = not shown
            self._renew_backdrop()

    def name_axes(self, titles: tuple[str, str]) -> None:
        """Call the axes so."""
        if self.backdrop.titles != titles:
            self.backdrop.titles = titles
            self._renew_backdrop()

    def frame(self) -> Frame:
        """What is in view now."""
        return Frame.of(self.view_box)

    def fit(self, area: QRectF) -> None:
        """Show this part of the plane whole, with a margin, as large as it goes."""
        side = max(area.width(), area.height(), 1e-3)
        width, height = max(area.width(), 0.05 * side), max(area.height(), 0.05 * side)
        middle, grow = area.center(), 0.5 + FIT_MARGIN
        self.view_box.setRange(
            xRange=(middle.x() - grow * width, middle.x() + grow * width),
            yRange=(middle.y() - grow * height, middle.y() + grow * height),
            padding=0,
        )

    def fit_room(self, room: float) -> None:
        """Show all that lies no farther than `room` from 0 along either axis."""
        self.fit(QRectF(-room, -room, 2 * room, 2 * room))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge by `factor`, within limits; the place under `at` (pixels; the middle if None) stays where it is."""
        at = at or QPointF(self.viewport().rect().center())
        area = self.frame().area()
        closest, farthest = min(area.width(), area.height()) / CLOSEST, max(area.width(), area.height()) / FARTHEST
        factor = max(min(factor, max(closest, 1.0)), min(farthest, 1.0))
        x, y = self.frame().to_plane(at.x(), at.y())
        self.view_box.scaleBy((1 / factor, 1 / factor), center=(x, y))
        self.moved_by_hand.emit()

    def pan(self, by: QPointF) -> None:
        """Move the picture by so many pixels."""
        frame = self.frame()
        self.view_box.translateBy(x=-by.x() / frame.scale_x, y=by.y() / frame.scale_y)
        self.moved_by_hand.emit()

    def hover_again(self) -> bool:
        """Tell soon what the mouse hovers over, for another place lies under it now; not while a button is held."""
        if self._panning is not None or self._pointing:
            return False
        self._hover_new = True
        if not self._hover_rest.isActive():
            self._hover_rest.start()
        return True

    # Qt's events

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        self.backdrop.paint(painter, self.frame())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointer = event.position()
        button = event.button()
        event.accept()
        if button == Qt.MouseButton.LeftButton and not self._space:
            self._pointing, self._dragging, self._pressed_at = True, False, event.position()
            self._hover_rest.stop()
            self._hover_new = False
            self.pressed.emit(*self._place(self.pointer))
        elif button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._panning = button
            self._pan_length = 0.0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        by = event.position() - self.pointer
        self.pointer = event.position()
        event.accept()
        if self._panning is not None:
            self._pan_length += by.manhattanLength()
            if self._panning != Qt.MouseButton.RightButton or self._pan_length >= STILL_PX:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.pan(by)
        elif self._pointing:
            self._dragging |= (self.pointer - self._pressed_at).manhattanLength() >= STILL_PX
            if self._dragging:
                self._drag_turn.start()
        else:
            self._hover_new = True
            if not self._hover_rest.isActive():
                self._tell_hover()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == self._panning:
            self._panning = None
            self._show_cursor()
            if event.button() == Qt.MouseButton.RightButton and self._pan_length < STILL_PX:
                self.pointer = event.position()
                self.menu_wanted.emit(event.globalPosition().toPoint())
        elif event.button() == Qt.MouseButton.LeftButton and self._pointing:
            if self._drag_turn.isActive():
                self._tell_drag()
            self._pointing = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        self.zoom(WHEEL_ZOOM**delta, event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(max(0.1, 1 + event.value()), event.position())
            return True
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()  # the mouse's menu opens on release, when it is known that no pan was meant
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.pointer = self._menu_pixel()
            self.menu_wanted.emit(self.viewport().mapToGlobal(self.pointer.toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover_rest.stop()
        self._hover_new = False
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._space = True
            self._show_cursor()
            event.accept()
        else:
            event.ignore()  # the map that holds this view knows the other keys

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
            event.accept()
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self._show_cursor()
        super().focusOutEvent(event)

    # inside

    def _place(self, at: QPointF) -> tuple[float, float]:
        frame = self.frame()
        return frame.to_plane(min(max(at.x(), 0.0), frame.width), min(max(at.y(), 0.0), frame.height))

    def _menu_pixel(self) -> QPointF:
        """The middle, where the place meant for the menu is not in view."""
        frame = self.frame()
        if self.menu_place is not None and frame.area().contains(QPointF(*self.menu_place)):
            return QPointF(*frame.to_pixels(np.array([self.menu_place]))[0])
        return QPointF(self.viewport().rect().center())

    def _renew_words(self) -> None:
        for each in self.axis_words:
            each.renew()

    def _renew_backdrop(self) -> None:
        self._renew_words()
        self.resetCachedContent()
        self.viewport().update()

    def _tell_view(self, *_: object) -> None:
        self._renew_words()
        self.resetCachedContent()
        self.view_changed.emit()

    def _tell_hover(self) -> None:
        if self._hover_new:
            self._hover_new = False
            self._hover_rest.start()
            self.hovered.emit(*self._place(self.pointer))

    def _tell_drag(self) -> None:
        self._drag_turn.stop()
        self.dragged.emit(*self._place(self.pointer))

    def _show_cursor(self) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.CrossCursor)
