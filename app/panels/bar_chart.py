"""A small histogram painted by hand, with counts on a plain or a logarithmic scale and lines across it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.amounts import figures
from app.panels.focus_mark import FRAME, LINE_FRAME, paint_focus

LEAST_HEIGHT = 96
LEAST_COUNT = 0.5
"""Where a logarithmic scale begins, so that a bar of one can be seen."""


class Mark(NamedTuple):
    """A dashed line at a place of the horizontal axis, with its words."""

    at: float
    words: str


class BarChart(QWidget):
    """Counts between edges; the bar under the pointer, or where the arrow keys have come to, tells its numbers."""

    def __init__(self, logarithmic: bool, in_words: Callable[[float, float, int], str]) -> None:
        """`in_words(low, high, count)` tells of one bar."""
        super().__init__()
        self.logarithmic = logarithmic
        self._in_words = in_words
        self.edges, self.counts = np.array([0.0, 1.0]), np.zeros(1, int)
        self._marks: Sequence[Mark] = ()
        self._titles: Sequence[str] = ("",)
        self._margin = 0.0
        self.current = -1  # the bar that tells its numbers
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, LEAST_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        theme.notifier().changed.connect(self.update)

    def show_bars(
        self,
        edges: np.ndarray,
        counts: np.ndarray,
        marks: Sequence[Mark],
        titles: Sequence[str],
        margin: float = 0.0,
    ) -> None:
        """Show counts (n,) between edges (n + 1,); of the titles, which say what is counted, the first one that fits.

        The axis is labelled so far inside of its ends as the `margin` says.
        """
        self.edges, self.counts, self._marks, self._titles, self._margin = edges, counts, marks, titles, margin
        self.current = min(self.current, len(counts) - 1)
        self._describe()
        self.update()

    # places

    def box(self) -> QRectF:
        """Where the bars stand."""
        line = self._small_line()
        left, top = 34.0, line + 4 + LINE_FRAME
        return QRectF(left, top, max(self.width() - left - 8, 10), max(self.height() - top - line - 4, 10))

    def top(self) -> float:
        """The count at the upper edge."""
        most = float(self.counts.max(initial=1))
        return 10.0 ** math.ceil(math.log10(max(most, 10.0))) if self.logarithmic else max(most, 1.0)

    def height_of(self, count: float) -> float:
        """A count's height in pixels."""
        return float(self._heights(np.array(count), self.box()))

    def _heights(self, counts: np.ndarray, box: QRectF) -> np.ndarray:
        """The same of many, within `box`."""
        shares = counts / self.top()
        if self.logarithmic:
            shares = np.log(np.maximum(counts, LEAST_COUNT) / LEAST_COUNT) / math.log(self.top() / LEAST_COUNT)
        heights: np.ndarray = box.height() * shares
        return heights

    def x_of(self, value: float) -> float:
        """Where a value of the horizontal axis lies."""
        box, (low, high) = self.box(), (self.edges[0], self.edges[-1])
        return box.left() + box.width() * (value - low) / (high - low)

    def bar_at(self, x: float) -> int:
        """The bar at a horizontal place, -1 beside the chart."""
        box = self.box()
        if not box.left() <= x < box.right():
            return -1
        value = self.edges[0] + (self.edges[-1] - self.edges[0]) * (x - box.left()) / box.width()
        return int(np.clip(np.searchsorted(self.edges, value, "right") - 1, 0, len(self.counts) - 1))

    def words_of(self, bar: int) -> str:
        """What a bar tells."""
        return self._in_words(float(self.edges[bar]), float(self.edges[bar + 1]), int(self.counts[bar]))

    def _point_at(self, bar: int) -> None:
        if bar != self.current:
            self.current = bar
            self._describe()
            self.update()

    def _describe(self) -> None:
        words = [self._titles[0], *(mark.words for mark in self._marks if mark.words)]
        self.setAccessibleDescription("; ".join(words) if self.current < 0 else self.words_of(self.current))

    # Qt's names

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.bar_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk over the bars, Home and End go to the first and the last."""
        last, key = len(self.counts) - 1, Qt.Key(event.key())
        to = {
            Qt.Key.Key_Left: max(self.current - 1, 0),
            Qt.Key.Key_Right: min(self.current + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if key not in to:
            super().keyPressEvent(event)
            return
        self._point_at(to[key])
        middle = (self.edges[self.current] + self.edges[self.current + 1]) / 2
        at = QPoint(round(self.x_of(middle)), round(self.box().top()))
        QToolTip.showText(self.mapToGlobal(at), self.words_of(self.current), self)

    def sizeHint(self) -> QSize:
        return QSize(240, LEAST_HEIGHT + 16)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            bar = self.bar_at(event.pos().x())
            words = self.toolTip()
            if bar >= 0:
                words = f"{self.words_of(bar)}\n{words}"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, box = theme.colours(), self.box()
        with QPainter(self) as painter:
            painter.setFont(theme.small_font(self))
            painter.setPen(QColor(now.text))
            title = QRectF(FRAME, LINE_FRAME, self.width() - 2 * FRAME, box.top())
            painter.drawText(title, Qt.AlignmentFlag.AlignLeft, self._fitting(painter))
            self._paint_scale(painter, box)
            painter.setPen(Qt.PenStyle.NoPen)
            lefts = (
                box.left() + box.width() * (self.edges - self.edges[0]) / (self.edges[-1] - self.edges[0])
            ).tolist()
            heights = self._heights(self.counts, box).tolist()
            gap = 1.0 if (lefts[1] - lefts[0]) > 4 else 0.0
            for bar, (left, right, height) in enumerate(zip(lefts, lefts[1:], heights, strict=False)):
                if self.counts[bar]:
                    painter.setBrush(QColor(now.text if bar == self.current else now.accent))
                    painter.drawRect(QRectF(left, box.bottom() - height, max(right - left - gap, 1.0), height))
            self._paint_marks(painter, box)
            paint_focus(self, painter)

    def _fitting(self, painter: QPainter) -> str:
        """The longest title that there is room for; the shortest one is cut if it must be."""
        metrics, room = painter.fontMetrics(), self.width() - 2 * FRAME
        fitting = (each for each in self._titles if metrics.horizontalAdvance(each) <= room)
        return next(fitting, metrics.elidedText(self._titles[-1], Qt.TextElideMode.ElideRight, room))

    def _ends(self) -> tuple[str, str]:
        """What stands below the axis at its ends."""
        return figures(self.edges[0] + self._margin), figures(self.edges[-1] - self._margin)

    def _paint_scale(self, painter: QPainter, box: QRectF) -> None:
        now = theme.colours()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for count, words in self._ticks():
            y = box.bottom() - self.height_of(count)
            painter.setPen(QPen(QColor(now.line), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QColor(now.muted))
            painter.drawText(QRectF(0, y - 8, box.left() - 4, 16), right, words)
        painter.setPen(QColor(now.muted))
        below = QRectF(box.left(), box.bottom() + 2, box.width(), self._small_line())
        for words, flag in zip(self._ends(), (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight), strict=True):
            painter.drawText(below, flag, words)

    def _ticks(self) -> list[tuple[float, str]]:
        top = self.top()
        if not self.logarithmic:
            return [(0.0, "0"), (top, f"{top:.0f}" if top < 1000 else f"{top / 1000:.1f}k")]
        powers = range(round(math.log10(top)) + 1)
        step = 1 if len(powers) <= 4 else 2
        names = {0: "1", 1: "10", 2: "100", 3: "1k", 4: "10k", 5: "100k", 6: "1M", 7: "10M"}
        return [(10.0**power, names.get(power, f"1e{power}")) for power in powers if power % step == 0]

    def _paint_marks(self, painter: QPainter, box: QRectF) -> None:
        now, advance = theme.colours(), painter.fontMetrics().horizontalAdvance
        below, (low, high) = box.bottom() + 2, self._ends()
        first, last = box.left() + advance(low), box.right() - advance(high)
        for mark in self._marks:
            x = self.x_of(mark.at)
            painter.setPen(QPen(QColor(now.text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            width = advance(mark.words) + 8
            if width <= last - first:  # else the numbers at the ends are there alone: the tip tells of the line too
                left = min(max(x - width / 2, first), last - width)
                place = QRectF(left, below, width, self._small_line())
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, mark.words)

    def _small_line(self) -> float:
        return float(self.fontMetrics().height())
