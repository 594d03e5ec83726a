"""The images between A and B, painted in one widget: scrub with the mouse or the arrow keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.panels.digit_image import grey_image, paint_part
from app.panels.strip.layout import TILE_GAP, StripLayout
from app.panels.titled import NO_LIMIT


class StripTiles(QWidget):
    """Shows S decoded images in a row and, smaller beneath, the blend of the ends' pixels."""

    scrubbed = Signal(int)
    """The pointer or an arrow key has gone to another step, or one is pressed."""
    scrub_left = Signal()
    """The pointer has left the images without a click."""
    step_picked = Signal(int)
    """A step was clicked."""
    row_height_changed = Signal(int)
    """The height that is there for the upper row, in pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: np.ndarray | None = None
        self._blend: np.ndarray | None = None
        self._blend_visible = True
        self._empty_text = ""
        self._current = -1
        self._hovering = False
        self._ready: tuple[tuple[float, ...], QImage, QImage | None] | None = None
        self.mouse_scrubs = True
        self.setObjectName("stripTiles")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # or the panel behind is painted with each look
        self.setAccessibleName("Images on the way from A to B")
        self.setToolTip(
            "Move over the images to look at each step; click to pin one. Then arrow keys step, Space plays."
        )
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_strip(self, images: np.ndarray, blend: np.ndarray | None) -> None:
        """Show images (S, 28, 28), uint8 or float 0..1, and their blend of the same shape."""
        self._images, self._blend, self._ready = images, blend, None
        self._empty_text = ""
        self.show_current(self._current)
        self._limit_width()
        self.update()

    def show_empty(self, text: str) -> None:
        """Show no images but a sentence that says what to do."""
        self._images = self._blend = self._ready = None
        self._empty_text, self._current, self._hovering = text, -1, False
        self.setAccessibleDescription(text)
        self._limit_width()
        self.update()

    def show_current(self, step: int) -> None:
        """Mark a step; -1 marks none."""
        self._current = step if 0 <= step < self.steps else -1
        self.setAccessibleDescription(f"Step {self._current + 1} of {self.steps}" if self._current >= 0 else "")
        self.update()

    def show_blend(self, visible: bool) -> None:
        """Show or hide the lower row; the upper one keeps its place."""
        self._blend_visible = visible
        self.update()

    @property
    def steps(self) -> int:
        """How many images are shown."""
        return 0 if self._images is None else len(self._images)

    @property
    def current(self) -> int:
        """The marked step, or -1."""
        return self._current

    def layout_now(self) -> StripLayout:
        """Where the images lie at the present size."""
        return StripLayout(self.width(), self.height(), max(self.steps, 1), self.devicePixelRatioF())

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(720, 108)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 60)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().height() != event.oldSize().height():
            self._limit_width()
            self.row_height_changed.emit(round(self.layout_now().row_height))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        dragging = bool(event.buttons() & Qt.MouseButton.LeftButton)
        inside = self.layout_now().contains(event.position().x())
        if self._images is None or not (self.mouse_scrubs or dragging):
            return
        if inside or dragging:
            self._hovering = True
            self._scrub(self.layout_now().step_at(event.position().x()))
        else:
            self._leave()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if event.button() != Qt.MouseButton.LeftButton or not self.steps or not self.layout_now().contains(x):
            return
        self._hovering = True
        self.show_current(self.layout_now().step_at(x))
        self.scrubbed.emit(self._current)  # also where it is played just now, or it would go on

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._hovering and self._current >= 0:
            self._hovering = False
            self.step_picked.emit(self._current)

    def leaveEvent(self, event: QEvent) -> None:
        self._leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        goal = {
            Qt.Key.Key_Left: max(self._current - 1, 0),
            Qt.Key.Key_Right: min(self._current + 1, self.steps - 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self.steps - 1,
        }.get(Qt.Key(event.key()))
        if self._images is not None and goal is not None:
            self._scrub(goal)
        elif self._current >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step_picked.emit(self._current)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), QColor(theme.colours().surface))
            if self._images is None:
                painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.rect(), int(flags), self._empty_text)
                return
            layout = self.layout_now()
            upper, lower = self._scaled(layout)
            for step in range(self.steps):
                _draw(painter, layout.tile(step), upper, step, self.steps)
                if lower is not None and self._blend_visible:
                    _draw(painter, layout.blend_tile(step), lower, step, self.steps)
            self._paint_marks(painter, layout)

    def _limit_width(self) -> None:
        """Take no more width than the images can fill, so that A and B stand beside them."""
        most = int(self.steps * (self.layout_now().row_height + TILE_GAP)) if self.steps else NO_LIMIT
        if most != self.maximumWidth():
            self.setMaximumWidth(most)

    def _paint_marks(self, painter: QPainter, layout: StripLayout) -> None:
        """An outline around the current step, and a fine line around the row that has the keyboard."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        if self.hasFocus():
            row = layout.tile(0).united(layout.tile(self.steps - 1))
            soft = QColor(accent)
            soft.setAlpha(140)
            painter.setPen(QPen(soft, 1))
            painter.drawRect(row.adjusted(-1.5, -1.5, 1.5, 1.5))
        if self._current >= 0:
            painter.setPen(QPen(accent, 3))
            painter.drawRect(layout.tile(self._current).adjusted(0.5, 0.5, -0.5, -0.5))
            if self._blend is not None and self._blend_visible:
                painter.setPen(QPen(accent, 2))
                painter.drawRect(layout.blend_tile(self._current))

    def _scaled(self, layout: StripLayout) -> tuple[QImage, QImage | None]:
        """Both rows at the screen's resolution; made again only for new images or another size."""
        key = (layout.side, layout.blend_side, layout.ratio)
        if self._ready is None or self._ready[0] != key:
            assert self._images is not None
            upper = _row_image(self._images, round(layout.side * layout.ratio))
            lower = None if self._blend is None else _row_image(self._blend, round(layout.blend_side * layout.ratio))
            self._ready = (key, upper, lower)
        return self._ready[1], self._ready[2]

    def _scrub(self, step: int) -> None:
        if step != self._current:
            self.show_current(step)
            self.scrubbed.emit(step)

    def _leave(self) -> None:
        if self._hovering:
            self._hovering = False
            self.show_current(-1)
            self.scrub_left.emit()


def _row_image(images: np.ndarray, side: int) -> QImage:
    """S images side by side in one QImage, each `side` device pixels wide.

    Whole multiples keep the pixels as they are; for sizes between, every pixel is first enlarged and the whole then
    smoothly shrunk, so that pixels stay crisp squares of equal size.
    """
    steps, height, width = images.shape
    row = grey_image(np.asarray(images).transpose(1, 0, 2).reshape(height, steps * width))
    times = -(-side // width)
    large = row.scaled(row.width() * times, row.height() * times)
    if side == times * width:
        return large
    smooth = Qt.TransformationMode.SmoothTransformation
    return large.scaled(steps * side, side, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def _draw(painter: QPainter, square: QRectF, row: QImage, step: int, steps: int) -> None:
    side = row.width() // steps
    paint_part(painter, square, row, QRect(step * side, 0, side, row.height()))
