"""The axes' numbers and names over a plane that is filled with pictures or colours, where a grid would not be seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.amounts import signed
from app.panels.latent.frame import Frame
from app.panels.latent.overlays import EDGE, Layer, paint_plate, small_font, ticks
from app.ticks import decimals, nice_step

NUMBERS_PX = 48  # pixels between numbers, at least: no grid stands between them


class AxesLayer(Layer):
    """The axes' numbers and names at the edges, on grounds of their own: under the tiles nobody would see them."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box, height=8)
        self.titles = ("z1", "z2")

    def draw(self, painter: QPainter, frame: Frame) -> None:
        painter.setFont(small_font(painter))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(painter.font())
        step = nice_step(NUMBERS_PX / frame.scale_x)
        digits = decimals(step)
        height = metrics.height() + 2
        last = frame.width - EDGE - metrics.horizontalAdvance(f"{self.titles[0]} →") - 40
        bottom = frame.height - EDGE / 2 - height
        for x in ticks(frame.left, frame.right, step):
            at = (x - frame.left) * frame.scale_x
            if 56 < at < last:
                self._write(painter, at, bottom, signed(x, digits), middle=True)
                self._mark(painter, QPointF(at, frame.height - EDGE / 2), QPointF(at, frame.height))
        for y in ticks(frame.bottom, frame.top, step) if self.titles[1] else []:
            at = (frame.top - y) * frame.scale_y
            if 48 < at < frame.height - 48:
                self._write(painter, EDGE / 2 + 2, at - height / 2, signed(y, digits))
                self._mark(painter, QPointF(0, at), QPointF(EDGE / 2, at))
        name = f"{self.titles[0]} →"
        self._write(painter, frame.width - EDGE - metrics.horizontalAdvance(name) - 8, bottom, name)
        if self.titles[1]:
            self._write(painter, EDGE / 2 + 2, EDGE / 2 + 2, f"↑ {self.titles[1]}")

    def _write(self, painter: QPainter, x: float, y: float, words: str, middle: bool = False) -> None:
        metrics = QFontMetricsF(painter.font())
        width = metrics.horizontalAdvance(words) + 8
        box = QRectF(x - width / 2 if middle else x, y, width, metrics.height() + 2)
        paint_plate(painter, box)
        painter.setPen(QColor(theme.colours().text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _mark(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        painter.setPen(QPen(QColor(theme.colours().field), 2))
        painter.drawLine(start, end)
