"""The histogram of a score for ordinary and for odd images, with a threshold to drag and marks of never-seen things."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from app import theme
from app.panels.anomalies.chart import KEPT, ODD, Chart, ticks
from app.panels.anomalies.words import bar_in_words, number
from app.panels.digit_image import grey_image
from app.panels.focus_mark import paint_focus
from app.seen.suspicion import Mark

BINS = 40
SHOWN_SHARE = 99.5  # percentile of the scores that the axis reaches; the last bar holds what lies beyond
ROOM_FOR_MARKS = 1.6  # times that, at most, so that marks beyond it are still in the picture
PICTURE = 28  # side of a mark's picture in pixels
REACH = 6  # pixels from the threshold within which it is meant
FINE, COARSE = 200, 20  # steps of the threshold over the axis


class AnomalyHistogram(Chart):
    """Bars as shares of each kind, in the same bins. The threshold is dragged or moved with the arrow keys."""

    threshold_moved = Signal(float)
    bar_picked = Signal(float, float)
    """scores from and below which the images of a bar have; the last bar has no end"""

    def __init__(self) -> None:
        super().__init__()
        self.head = PICTURE + 12
        self.edges = np.linspace(0.0, 1.0, BINS + 1)
        self.counts = np.zeros((2, BINS), int)
        self.threshold = 0.5
        self.bar = -1
        self.marks: list[tuple[Mark, float]] = []
        self._values = (np.zeros(0), np.zeros(0))
        self._title = self._odd_name = ""
        self._dragging = False
        self._under = -1

    # in

    def show_scores(self, kept: np.ndarray, odd: np.ndarray, title: str, odd_name: str) -> None:
        """Draw scores of the ordinary (N,) and the odd images (M,); the title stands below the axis."""
        self._values, self._title, self._odd_name = (kept, odd), title, odd_name
        self._count()

    def show_marks(self, marks: Sequence[tuple[Mark, float]]) -> None:
        """Mark single images at their scores."""
        self.marks = sorted(marks, key=lambda each: each[1])
        self._count()

    def show_threshold(self, threshold: float) -> None:
        """Put the line there."""
        self.threshold = threshold
        self.update()

    def show_bar(self, low: float) -> None:
        """Mark the bar that begins at a score; NaN for none."""
        found = np.flatnonzero(np.isclose(self.edges[:-1], low))
        self.bar = int(found[0]) if len(found) else -1
        self.update()

    def bar_range(self, bar: int) -> tuple[float, float]:
        """Scores from and below which the images of a bar have: the first and the last have no end."""
        low = -np.inf if bar == 0 else float(self.edges[bar])
        return low, np.inf if bar == BINS - 1 else float(self.edges[bar + 1])

    def point_away(self) -> None:
        """No bar is pointed at."""
        self._under = -1
        self.update()

    # inside

    def _count(self) -> None:
        both = np.concatenate(self._values)
        if not len(both):
            return
        low, high = np.percentile(both, (0.1, SHOWN_SHARE))
        beyond = [score for _, score in self.marks if score > high]
        high = max([high, *(min(score, ROOM_FOR_MARKS * high) for score in beyond)])
        low = 0.0 if low < 0.3 * high else low - 0.05 * (high - low)
        room = 0.02 * (high - low) if high > low else max(1.0, 0.01 * low)  # 1 beside a huge number is nothing
        self.low, self.high = float(low), float(high + room)
        self.edges = np.linspace(self.low, self.high, BINS + 1)
        inside = [np.clip(values, self.low, np.nextafter(self.high, self.low)) for values in self._values]
        self.counts = np.stack([np.histogram(values, self.edges)[0] for values in inside])
        self.top = max(1.08 * float(self.shares().max()), 0.01)
        self.update()

    def shares(self) -> np.ndarray:
        """The bars' heights (2, BINS): shares of the ordinary and of the odd images."""
        heights: np.ndarray = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        return heights

    def _bar_at(self, at: QPointF) -> int:
        area = self.area()
        if not area.contains(at):
            return -1
        return min(int((at.x() - area.left()) / area.width() * BINS), BINS - 1)

    def _move(self, to: float) -> None:
        self.threshold_moved.emit(float(np.clip(to, self.low, self.high)))

    def _pick(self, bar: int) -> None:
        if self.counts[:, bar].any():
            self.bar_picked.emit(*self.bar_range(bar))

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(360, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 140)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            now, area = theme.colours(), self.area()
            line = self.place(self.threshold, 0).x()
            if line < area.right():
                tint = QColor(now.tint)
                tint.setAlpha(130)
                painter.fillRect(
                    QRectF(max(line, area.left()), area.top(), area.right() - max(line, area.left()), area.height()),
                    tint,
                )
            across = [(value, number(value)) for value in ticks(self.low, self.high, max(2, int(area.width() / 60)))]
            self.paint_axes(painter, self._title, ticks(0, self.top, 4), across)
            for bar, colour in ((self._under, now.hover), (self.bar, now.pressed)):
                if bar >= 0:
                    painter.fillRect(self._column(bar), QColor(colour))
            for heights, colour in zip(self.shares(), (KEPT, ODD), strict=True):
                self._paint_bars(painter, heights, colour)
            self._paint_marks(painter)
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawLine(QPointF(line, area.top()), QPointF(line, area.bottom() + 4))
            painter.setBrush(QColor(now.accent))
            painter.drawEllipse(QPointF(line, area.bottom()), 4.5, 4.5)
            self._paint_side(painter, line)
            paint_focus(self, painter)

    def _column(self, bar: int) -> QRectF:
        left, right = (self.place(self.edges[bar + side], 0).x() for side in (0, 1))
        area = self.area()
        return QRectF(left, area.top(), right - left, area.height())

    def _paint_bars(self, painter: QPainter, heights: np.ndarray, colour: str) -> None:
        """An outline of steps, filled so that the other kind is seen through it."""
        corners = np.repeat(self.edges, 2)
        outline = self.line(corners, np.concatenate([[0.0], np.repeat(heights, 2), [0.0]]))
        fill = QColor(colour)
        fill.setAlpha(95)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(colour), 1.4))
        painter.drawPolygon(outline)

    def _paint_side(self, painter: QPainter, line: float) -> None:
        """Which side of the line is flagged."""
        area, words = self.area(), "flagged →"
        painter.setFont(theme.small_font(self))
        painter.setPen(QColor(theme.colours().accent))
        box = painter.fontMetrics().boundingRect(words).toRectF().adjusted(-3, 0, 5, 0)
        box.moveTopLeft(QPointF(line + 3, area.top() + 1))
        if box.right() < area.right():
            painter.fillRect(box, QColor(theme.colours().surface))  # over the lines of marks
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def mark_places(self) -> list[QRectF]:
        """Where the pictures of the marks stand: at their scores, pushed apart where they would overlap."""
        area = self.area()
        lefts = [min(self.place(score, 0).x(), area.right()) - PICTURE / 2 for _, score in self.marks]
        for i in range(1, len(lefts)):
            lefts[i] = max(lefts[i], lefts[i - 1] + PICTURE + 3)
        edge = self.width() - PICTURE - 2.0
        for i in reversed(range(len(lefts))):
            lefts[i] = min(lefts[i], edge)
            edge = lefts[i] - PICTURE - 3
        return [QRectF(left, 2, PICTURE, PICTURE) for left in lefts]

    def _paint_marks(self, painter: QPainter) -> None:
        now, area = theme.colours(), self.area()
        for (mark, score), box in zip(self.marks, self.mark_places(), strict=True):
            colour = QColor(now.error if score >= self.threshold else now.good)
            x = min(self.place(score, 0).x(), area.right())
            painter.setPen(QPen(colour, 1.2))
            painter.drawLine(QPointF(box.center().x(), box.bottom()), QPointF(x, area.top() + 6))
            painter.drawLine(QPointF(x, area.top() + 6), QPointF(x, area.bottom()))
            if score > self.high:  # it lies further out than the axis reaches
                painter.drawText(QPointF(area.right() - 2, area.top() + 18), "›")
            painter.drawImage(box, grey_image(mark.image))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, 2))
            painter.drawRoundedRect(box, 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        if abs(at.x() - self.place(self.threshold, 0).x()) <= REACH and at.y() >= self.head:
            self._dragging = True
        elif (bar := self._bar_at(at)) >= 0:
            self._pick(bar)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self._dragging &= bool(event.buttons() & Qt.MouseButton.LeftButton)  # its release may have gone elsewhere
        if self._dragging:
            self._move(self.value_at(at.x()))
            return
        near = abs(at.x() - self.place(self.threshold, 0).x()) <= REACH and at.y() >= self.head
        self._under = -1 if near else self._bar_at(at)
        shapes = Qt.CursorShape
        self.setCursor(
            shapes.SplitHCursor if near else shapes.PointingHandCursor if self._under >= 0 else shapes.ArrowCursor
        )
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def leaveEvent(self, event: QEvent) -> None:
        self.point_away()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tip(self, at: QPointF) -> str:
        for (mark, score), box in zip(self.marks, self.mark_places(), strict=True):
            if box.contains(at):
                return f"{mark.title}: {number(score)}, {'flagged' if score >= self.threshold else 'passes'}"
        bar = self._bar_at(at)
        if bar < 0:
            return self.toolTip()
        return bar_in_words(*self.bar_range(bar), self.counts[:, bar], self._odd_name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, span = Qt.Key(event.key()), self.high - self.low
        walk = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        steps = walk | {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}
        pages = {Qt.Key.Key_PageDown: -1, Qt.Key.Key_PageUp: 1}
        if key in walk and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._walk(walk[key])
        elif key in steps:
            self._move(self.threshold + steps[key] * span / FINE)
        elif key in pages:
            self._move(self.threshold + pages[key] * span / COARSE)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move(self.low if key == Qt.Key.Key_Home else self.high)
        else:
            super().keyPressEvent(event)

    def _walk(self, step: int) -> None:
        """To the next bar that holds images, from the present one or from the threshold."""
        start = self.bar if self.bar >= 0 else int((self.threshold - self.low) / (self.high - self.low) * BINS) - step
        there = np.flatnonzero(self.counts.any(axis=0))
        ahead = there[there > start] if step > 0 else there[there < start][::-1]
        if len(ahead):
            self._pick(int(ahead[0]))
