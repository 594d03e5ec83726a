"""What both charts of the anomalies view share: colours, places in pixels, ticks, small letters."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app import theme
from app.panels.focus_mark import FRAME
from app.ticks import nice_step

KEPT, ODD = "#3f90da", "#ffa90e"
"""Colours of the ordinary and of the odd images: data colours, the same in both themes."""
GAP = 4


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round numbers (steps of 1, 2 or 5 times a power of ten) from low to high."""
    if not high > low or most < 1:
        return []
    step = nice_step((high - low) / most)
    while not _fits(low, high, step, most):  # both ends may be round numbers
        step = nice_step(1.5 * step)
    return [float(step * number) for number in range(int(np.ceil(low / step - 1e-9)), int(high / step + 1e-9) + 1)]


def _fits(low: float, high: float, step: float, most: int) -> bool:
    return bool(np.floor(high / step + 1e-9) - np.ceil(low / step - 1e-9) + 1 <= most)


class Chart(QWidget):
    """A plot area with two axes, painted by hand; `low` to `high` runs across, 0 to `top` upwards."""

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high, self.top = 0.0, 1.0, 1.0
        self.head = 0  # pixels above the plot area
        self._letters: tuple[int, int] | None = None  # width of the widest share, height of a line
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.notifier().changed.connect(self.update)

    def area(self) -> QRectF:
        """Where the data stand, in pixels."""
        if self._letters is None:  # asked for at every point that is drawn
            metrics = QFontMetrics(theme.small_font(self))
            self._letters = (metrics.horizontalAdvance("100 %"), metrics.height())
        left, foot = self._letters[0] + 2 * GAP, 2 * self._letters[1] + 2 + GAP
        width, height = self.width() - left - 2 * GAP, self.height() - self.head - GAP - foot
        return QRectF(left, self.head + GAP, max(width, 1), max(height, 1))

    def place(self, x: float, y: float) -> QPointF:
        """Where a value stands, in pixels."""
        area = self.area()
        across = (x - self.low) / (self.high - self.low)
        return QPointF(area.left() + across * area.width(), area.bottom() - y / self.top * area.height())

    def line(self, across: np.ndarray, upwards: np.ndarray) -> QPolygonF:
        """The places of many values, to be joined."""
        area = self.area()
        x = area.left() + (across - self.low) / (self.high - self.low) * area.width()
        y = area.bottom() - upwards / self.top * area.height()
        return QPolygonF([QPointF(*each) for each in zip(x.tolist(), y.tolist(), strict=True)])

    def value_at(self, x: float) -> float:
        """The value across at a pixel."""
        area = self.area()
        return self.low + (x - area.left()) / area.width() * (self.high - self.low)

    def paint_axes(self, painter: QPainter, title: str, upwards: list[float], across: list[tuple[float, str]]) -> None:
        """Grid, ticks and the title below; `upwards` are shares of 1."""
        now, area, metrics = theme.colours(), self.area(), QFontMetrics(theme.small_font(self))
        painter.setFont(theme.small_font(self))
        line = metrics.height()
        for share in upwards:
            y = self.place(self.low, share).y()
            painter.setPen(QPen(QColor(now.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(now.muted))
            box = QRectF(0, y - line / 2, area.left() - GAP, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{100 * share:.3g} %")
        painter.setPen(QPen(QColor(now.edge), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(now.muted))
        for value, words in across:
            x = self.place(value, 0).x()
            width = metrics.horizontalAdvance(words)
            left = min(max(x - width / 2, FRAME), self.width() - FRAME - width)
            painter.drawText(QRectF(left, area.bottom() + 2, width + 1, line), Qt.AlignmentFlag.AlignCenter, words)
        foot = QRectF(area.left(), area.bottom() + 2 + line, area.width(), line)
        words = metrics.elidedText(title, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._letters = None
            self.update()
