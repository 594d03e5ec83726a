"""The parallel axes' drawing surface: handles that are dragged or moved with keys, lines that are snapped to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import amounts, theme
from app.panels.axes.geometry import GUTTER, Geometry, distance, scale_of
from app.panels.axes.scene import HANDLE, Ground, Scene, paint_black_line, paint_ground, short
from app.panels.digit_image import is_drawing
from app.seen.axes import Line, Measured, Twin
from app.ticks import nice_step

HANDLE_REACH = 8.0  # pixels beyond a handle's rim that still grip it
LINE_REACH = 7.0
STEPS = 60  # of a key over the whole scale
ZOOM = 1.25
FASTER = 5
KEPT_IN_SIGHT = 1  # axes beside the current one
SORTED_FROM = 5  # dimensions: fewer stand in their own order


class ParallelCanvas(QWidget):
    """Shows codes as lines over parallel axes. Values are told by `code_edited`; nothing moves by itself."""

    code_edited = Signal(object)
    """the whole code (d,) float32, at every movement of a handle"""
    snap_wanted = Signal(str)
    """key of the line that the black one is to lie on"""
    line_pointed = Signal(str)
    """key of the line under the pointer, or nothing"""
    dice_wanted = Signal()
    scrolled = Signal(int, int)
    """offset and its largest value, in pixels"""
    scale_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # or the card's round corners are painted each time
        self.scene: Scene | None = None
        self._lines: Sequence[Line] = ()
        self._twin: Twin | None = None
        self._code: np.ndarray | None = None
        self._low, self._high, self._offset = -3.0, 3.0, 0
        self._is_sorted: bool | None = None
        self._order_key: tuple[object, ...] = ()
        self._ground = Ground()
        self._grip: float | None = None  # pixels from the pointer to the middle of the handle that it holds
        theme.notifier().changed.connect(self.update)
        self.scale_changed.connect(self.update)

    # in

    def show_measured(self, measured: Measured) -> None:
        """Show how all codes spread; another network gets another scale and order, the same one keeps both.

        A training that comes to its end is told as another one: where there are as many axes, a held handle stays held.
        """
        order, before = self._order_of(measured), self.scene
        is_same = before is not None and before.measured.network == measured.network
        is_held = self._grip is not None and before is not None and before.measured.dims == measured.dims
        if before is not None and (is_same or is_held):
            before.measured = measured
            before.rearrange(order)
        else:
            self.scene, self._grip = Scene(measured, order), None
        self._offset = self._offset if is_same else 0
        self._changed()
        if not is_same:
            self.fit()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these codes as lines."""
        self._lines = lines
        self._changed()

    def show_code(self, code: np.ndarray) -> None:
        """Lay the black line on a code (d,)."""
        self._code = np.asarray(code, np.float32)
        self._changed()

    def show_twin(self, twin: Twin | None) -> None:
        """Lay another network's codes over these, or take them away; the scale follows."""
        self._twin = twin
        self._changed()
        self.fit()

    def point_at(self, key: str) -> None:
        """Make one line stand out; an empty key, none."""
        if self.scene is not None and self.scene.pointed != key:
            self.scene.pointed = key
            self.line_pointed.emit(key)
            self.update()

    def sort(self, wanted: bool) -> None:
        """Let the dimensions stand by what they carry now, or by their numbers."""
        self._is_sorted, self._order_key = wanted, ()
        if self.scene is not None:
            self.scene.rearrange(self._order_of(self.scene.measured))
            self.update()

    def is_sorted(self) -> bool:
        """Whether the dimensions stand by what they carry."""
        return self.scene is not None and self._wants_sorted(self.scene.measured)

    def fit(self) -> None:
        """Bring all codes and lines into sight."""
        scene = self.scene
        if scene is not None:
            self._low, self._high = scale_of(scene.measured.kind, scene.measured.room, self._extents(scene))
            self.scale_changed.emit()

    def zoom(self, factor: float, y: float | None = None) -> None:
        """Make the scale so many times finer about a pixel, or about its middle."""
        at = self.geometry_now()
        value = (self._low + self._high) / 2 if y is None else at.value(y)
        span = (self._high - self._low) / factor
        if 1e-3 <= span <= 1e4:
            share = (value - self._low) / (self._high - self._low)
            self._low, self._high = value - share * span, value + (1 - share) * span
            self.scale_changed.emit()

    def scroll_to(self, offset: int) -> None:
        """Move the axes so many pixels to the left."""
        wanted = min(max(offset, 0), self.geometry_now().hidden)
        if wanted != self._offset:
            self._offset = wanted
            self._tell_scrolled()

    # what is seen

    def geometry_now(self) -> Geometry:
        """Where everything stands."""
        dims = self.scene.measured.dims if self.scene is not None else 1
        line = QFontMetrics(theme.small_font(self)).height()
        return Geometry(self.width(), self.height(), dims, self._low, self._high, self._offset, line)

    def visible_range(self) -> tuple[float, float]:
        """Lowest and highest value on the axes."""
        return self._low, self._high

    def is_all_in_sight(self) -> bool:
        """Whether no line and no code lies beyond the axes' ends."""
        if self.scene is None:
            return True
        slack = 1e-6 + 0.01 * (self._high - self._low)
        values = np.concatenate([np.ravel(each) for each in self._extents(self.scene)])
        return bool(((values >= self._low - slack) & (values <= self._high + slack)).all())

    def handle(self, place: int) -> QPointF:
        """The middle of the handle on an axis."""
        scene = self.scene
        assert scene is not None and scene.code is not None
        return QPointF(*self.geometry_now().points(scene.code[scene.order])[place].tolist())

    def line_at(self, where: QPointF) -> str:
        """Key of the nearest line within reach; a twin's line and the grey one both stand for their image."""
        scene, found = self.scene, (LINE_REACH, "")
        for line in scene.lines if scene is not None else ():
            for code in (line.code, line.twin_code if self._twin is not None else None):
                if scene is not None and code is not None and len(code) == scene.measured.dims:
                    points = self.geometry_now().points(code[scene.order])
                    found = min(found, (distance(points, where.x(), where.y()), line.key))
        return found[1]

    # inside

    def _extents(self, scene: Scene) -> list[np.ndarray]:
        spread, dims = scene.measured.spread, scene.measured.dims
        extents = [spread.low, spread.high]
        if self._twin is not None:
            extents += [self._twin.spread.low, self._twin.spread.high]
        codes = [line.code for line in self._lines] + [self._code]
        codes += [line.twin_code for line in self._lines if self._twin is not None]
        return extents + [code for code in codes if code is not None and len(code) == dims]

    def _order_of(self, measured: Measured) -> np.ndarray:
        """Chosen once for a network, and again when it has stopped: axes that changed places could not be read."""
        key = (measured.network, measured.divergence is None, measured.has_stopped)
        if self.scene is None or key != self._order_key or len(self.scene.order) != measured.dims:
            self._order_key = key
            return measured.order() if self._wants_sorted(measured) else np.arange(measured.dims)
        return self.scene.order

    def _wants_sorted(self, measured: Measured) -> bool:
        return measured.dims >= SORTED_FROM if self._is_sorted is None else self._is_sorted

    def _changed(self) -> None:
        scene = self.scene
        if scene is None:
            return
        scene.lay(self._lines, self._code, self._twin)
        scene.focused, scene.current = self.hasFocus(), min(scene.current, scene.measured.dims - 1)
        if scene.pointed not in {line.key for line in self._lines}:
            scene.pointed = ""
        self._describe()
        self._tell_scrolled()

    def _tell_scrolled(self) -> None:
        hidden = self.geometry_now().hidden
        self._offset = min(self._offset, hidden)
        self.scrolled.emit(self._offset, hidden)
        self.update()

    def _describe(self) -> None:
        scene = self.scene
        if scene is None or scene.code is None or not scene.has_code():
            self.setAccessibleDescription("")
            return
        dimension = int(scene.order[scene.current])
        what, figure = "variance" if scene.measured.divergence is None else "KL", scene.measured.figures[dimension]
        value = amounts.signed(scene.code[dimension])
        self.setAccessibleDescription(f"z{dimension + 1} is {value}; its {what} is {short(figure)}.")

    def _set_value(self, place: int, value: float) -> None:
        scene = self.scene
        if scene is not None and scene.code is not None and scene.has_code():
            code = scene.code.copy()
            code[scene.order[place]] = value
            self.code_edited.emit(code)

    def _handle_at(self, where: QPointF) -> int:
        """The axis whose handle is within reach; -1 for none."""
        if self.scene is None or not self.scene.has_code():
            return -1
        place = self.geometry_now().place(where.x())
        to_middle = self.handle(place) - where
        return place if np.hypot(to_middle.x(), to_middle.y()) <= HANDLE + HANDLE_REACH else -1

    def _go_to(self, place: int) -> None:
        """Make an axis the current one and bring it into sight."""
        scene = self.scene
        if scene is None:
            return
        scene.current = min(max(place, 0), scene.measured.dims - 1)
        scene.is_open = True
        at = self.geometry_now()
        x, room = at.x(scene.current), (KEPT_IN_SIGHT + 0.5) * at.spacing
        if x - room < GUTTER:
            self.scroll_to(self._offset + int(x - room - GUTTER))
        elif x + room > self.width():
            self.scroll_to(self._offset + int(x + room - self.width()))
        self._describe()
        self.update()

    # Qt's names

    def minimumSizeHint(self) -> QSize:
        return QSize(290, 180)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._tell_scrolled()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is ready; nothing is computed here."""
        scene, at, font = self.scene, self.geometry_now(), theme.small_font(self)
        with QPainter(self) as painter:
            if scene is None:
                painter.fillRect(self.rect(), QColor(theme.colours().surface))
                return
            if painter.deviceTransform().m11() == self.devicePixelRatioF() and not is_drawing(painter):
                painter.drawPixmap(0, 0, self._ground.picture(scene, at, font, self.devicePixelRatioF()))
            else:  # a picture for a file, which is finer or has no pixels, and no keyboard
                scene = replace(scene, focused=False, is_open=False)
                paint_ground(painter, scene, at, font)
            paint_black_line(painter, scene, at, font)

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.scene is None:
            return
        place = self._handle_at(event.position())
        self._go_to(place if place >= 0 else self.geometry_now().place(event.position().x()))
        if place >= 0:
            self._grip = event.position().y() - self.handle(place).y()
            self.setCursor(Qt.CursorShape.SizeVerCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        scene = self.scene
        if scene is None:
            return
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._grip = None  # its release may have gone elsewhere
        if self._grip is not None:
            self._set_value(scene.current, self.geometry_now().value(event.position().y() - self._grip))
            return
        place = self._handle_at(event.position())
        scene.is_open = place >= 0 or self.hasFocus()
        scene.current = place if place >= 0 and not self.hasFocus() else scene.current
        line = "" if place >= 0 else self.line_at(event.position())
        shapes = Qt.CursorShape
        self.setCursor(
            shapes.SizeVerCursor if place >= 0 else shapes.PointingHandCursor if line else shapes.ArrowCursor
        )
        self.point_at(line)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        line = self.line_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and line:
            self._grip = None
            self.snap_wanted.emit(line)
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at("")
        if self.scene is not None and not self.hasFocus():
            self.scene.is_open = False
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls, with Ctrl it zooms."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM ** (turned.y() / 120), event.position().y())
        elif self.geometry_now().hidden:
            self.scroll_to(self._offset - (turned.x() or turned.y()) // 2)
        else:
            event.ignore()

    # keyboard

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self.scene is not None:
            self.scene.focused = True
            if event.reason() == Qt.FocusReason.TabFocusReason:
                self._go_to(0)
            elif event.reason() == Qt.FocusReason.BacktabFocusReason:
                self._go_to(self.scene.measured.dims - 1)
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self.scene is not None:
            self.scene.focused = self.scene.is_open = False
        self.update()
        super().focusOutEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes from axis to axis, and on from the last one."""
        scene = self.scene
        place = -1 if scene is None else scene.current + (1 if forward else -1)
        if scene is not None and scene.focused and 0 <= place < scene.measured.dims:
            self._go_to(place)
            return True
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right change the axis, up and down move its handle, 0 puts it at 0; D throws, F fits, + - zoom."""
        scene, key = self.scene, Qt.Key(event.key())
        if scene is None or not self._act_on(scene, key, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)):
            super().keyPressEvent(event)

    def _act_on(self, scene: Scene, key: Qt.Key, fast: bool) -> bool:
        keys = Qt.Key
        places = {keys.Key_Left: scene.current - 1, keys.Key_Right: scene.current + 1}
        places |= {keys.Key_Home: 0, keys.Key_End: scene.measured.dims - 1}
        steps = {keys.Key_Up: 1, keys.Key_Down: -1, keys.Key_PageUp: FASTER, keys.Key_PageDown: -FASTER}
        if key in places:
            self._go_to(places[key])
        elif key in steps and scene.code is not None and scene.has_code():
            step = nice_step((self._high - self._low) / STEPS) * steps[key] * (FASTER if fast else 1)
            now = float(scene.code[scene.order[scene.current]])
            self._set_value(scene.current, min(max(now + step, min(self._low, now)), max(self._high, now)))
        elif key == keys.Key_0:
            self._set_value(scene.current, 0.0)
        elif key == keys.Key_D:
            self.dice_wanted.emit()
        elif key in (keys.Key_Plus, keys.Key_Equal, keys.Key_Minus):
            self.zoom(1 / ZOOM if key == keys.Key_Minus else ZOOM)
        elif key == keys.Key_F:
            self.fit()
        else:
            return False
        return True
