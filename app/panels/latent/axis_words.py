"""The map's axes in numbers and names, over the points: under them nobody could read them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.amounts import signed
from app.panels.latent.frame import Frame
from app.panels.latent.overlays import EDGE, GRID_PX, Backdrop, Layer, paint_plate, small_font, ticks
from app.ticks import decimals, nice_step

ACROSS, HIGH = 112.0, 32.0
"""Pixels that the numbers beside the left edge may take across, and those at the foot upwards: only these strips are
kept as images and laid over the points, for a whole map would cost each frame of a glide twice as much."""
PLATE = 2.0  # pixels of ground around words


class AxisWords(Layer):
    """One axis of a backdrop in words, each on a ground of its own: at the foot, or `upright` at the left edge."""

    def __init__(self, view_box: QGraphicsItem, backdrop: Backdrop, upright: bool) -> None:
        super().__init__(view_box, height=6)  # over the points and the prior's rings, under all marks
        self._backdrop, self._upright = backdrop, upright
        self.setVisible(False)

    def renew(self) -> None:
        """The backdrop has changed, or the part of the plane that is in view."""
        self.setVisible(not self._backdrop.empty)
        super().renew()

    view_changed = renew

    def boundingRect(self) -> QRectF:
        whole = super().boundingRect()
        if self._upright:
            return QRectF(whole.left(), whole.top(), min(ACROSS, whole.width()), whole.height())
        high = min(HIGH, whole.height())
        return QRectF(whole.left(), whole.bottom() - high, whole.width(), high)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        painter.setFont(small_font(painter))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = nice_step(GRID_PX / frame.scale_x)
        digits = decimals(step)
        if self._upright:
            self._draw_upright(painter, frame, step, digits)
        else:
            self._draw_across(painter, frame, step, digits)

    def _draw_across(self, painter: QPainter, frame: Frame, step: float, digits: int) -> None:
        metrics, foot = QFontMetricsF(painter.font(), painter.device()), frame.height - EDGE
        name = f"{self._backdrop.titles[0]} →"
        last = frame.width - EDGE - metrics.horizontalAdvance(name)
        _write(painter, QPointF(last, foot), name)
        for x in ticks(frame.left, frame.right, step):
            at, words = round((x - frame.left) * frame.scale_x) + 0.5, signed(x, digits)
            if 40 < at < last - 8 - metrics.horizontalAdvance(words):
                _write(painter, QPointF(at + 4, foot), words)

    def _draw_upright(self, painter: QPainter, frame: Frame, step: float, digits: int) -> None:
        metrics, first = QFontMetricsF(painter.font(), painter.device()), EDGE + 24
        if not self._backdrop.titles[1]:
            return  # in rows, heights mean nothing
        for y in ticks(frame.bottom, frame.top, step):
            at = round((frame.top - y) * frame.scale_y) + 0.5
            if first + metrics.height() < at < frame.height - HIGH:
                _write(painter, QPointF(EDGE, at - 4), signed(y, digits))
        _write(painter, QPointF(EDGE, EDGE + metrics.ascent()), f"↑ {self._backdrop.titles[1]}")


def _write(painter: QPainter, at: QPointF, words: str) -> None:
    """Words whose line begins at a place, on a plate."""
    metrics = QFontMetricsF(painter.font(), painter.device())
    box = QRectF(at.x(), at.y() - metrics.ascent(), metrics.horizontalAdvance(words), metrics.height())
    paint_plate(painter, box.adjusted(-PLATE, 0, PLATE, 0))
    painter.setPen(QColor(theme.colours().muted))
    painter.drawText(at, words)
