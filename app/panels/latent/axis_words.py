"""The axes in numbers and names, over points, tiles and colours: under them nobody could read them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.amounts import signed
from app.panels.latent.frame import Frame
from app.panels.latent.overlays import EDGE, GRID_PX, Backdrop, Layer, paint_plate, ticks
from app.ticks import decimals, nice_step

NUMBERS_PX = 48  # pixels between numbers, at least, where no grid has its lines at them
ACROSS, HIGH = 112.0, 32.0
"""Pixels that the numbers beside the left edge may take across, and those at the foot upwards: only these strips are
kept as images and laid over the points, for a whole map would cost each frame of a glide twice as much."""
CORNER = 48  # pixels at the ends of the upright axis in which no number stands: there are its name, and the other axis


class AxisWords(Layer):
    """One axis of a backdrop in words, each on a ground of its own: at the foot, or `upright` at the left edge."""

    def __init__(self, view_box: QGraphicsItem, backdrop: Backdrop, upright: bool) -> None:
        super().__init__(view_box, height=6)  # over the points and the prior's rings, under all marks
        self._backdrop, self._upright = backdrop, upright

    def boundingRect(self) -> QRectF:
        whole = super().boundingRect()
        if self._upright:
            return QRectF(whole.left(), whole.top(), min(ACROSS, whole.width()), whole.height())
        high = min(HIGH, whole.height())
        return QRectF(whole.left(), whole.bottom() - high, whole.width(), high)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        title = self._backdrop.titles[self._upright]
        if self._backdrop.empty or not title:
            return  # in rows, heights mean nothing
        painter.setFont(theme.small_font(painter))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = nice_step((GRID_PX if self._backdrop.has_grid else NUMBERS_PX) / frame.scale_x)
        if self._upright:
            self._draw_upright(painter, frame, step, f"↑ {title}")
        else:
            self._draw_across(painter, frame, step, f"{title} →")

    def _draw_across(self, painter: QPainter, frame: Frame, step: float, name: str) -> None:
        width, height = _size(painter, name)
        foot, last = frame.height - EDGE / 2, frame.width - EDGE - width
        self._write(painter, last, foot - height, name)
        for x in ticks(frame.left, frame.right, step):
            at, words = (x - frame.left) * frame.scale_x, signed(x, decimals(step))
            half = _size(painter, words)[0] / 2
            if at - half > EDGE / 2 and at + half < last - EDGE:
                self._write(painter, at - half, foot - height, words)
                self._mark(painter, QPointF(at, foot), QPointF(at, frame.height))

    def _draw_upright(self, painter: QPainter, frame: Frame, step: float, name: str) -> None:
        left = EDGE / 2 + 2
        for y in ticks(frame.bottom, frame.top, step):
            at, words = (frame.top - y) * frame.scale_y, signed(y, decimals(step))
            if CORNER < at < frame.height - CORNER:
                self._write(painter, left, at - _size(painter, words)[1] / 2, words)
                self._mark(painter, QPointF(0, at), QPointF(EDGE / 2, at))
        self._write(painter, left, left, name)

    def _write(self, painter: QPainter, left: float, top: float, words: str) -> None:
        box = QRectF(QPointF(left, top), QSizeF(*_size(painter, words)))
        ground = QRectF(box)
        if self._upright and self._backdrop.has_grid:
            ground.setLeft(-EDGE)  # what is left of a grid line before a number would read as its minus
        paint_plate(painter, ground)
        now = theme.colours()
        painter.setPen(QColor(now.muted if self._backdrop.has_grid else now.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _mark(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        if not self._backdrop.has_grid:
            painter.setPen(QPen(QColor(theme.colours().field), 2))
            painter.drawLine(start, end)


def _size(painter: QPainter, words: str) -> tuple[float, float]:
    """Width and height of words with their plate."""
    metrics = QFontMetricsF(painter.font(), painter.device())
    return metrics.horizontalAdvance(words) + 8, metrics.height() + 2
