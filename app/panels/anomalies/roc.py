"""The ROC curve of the chosen score, the other one's faintly behind it, and the threshold's point on it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from app import theme
from app.panels.anomalies.chart import Chart
from app.panels.focus_mark import FRAME, paint_focus
from models.roc import Roc

FINEST = 100  # steps along either axis that a drawing can show


class AnomalyRoc(Chart):
    """Hits against false alarms over all thresholds; a press or drag takes the threshold of the nearest point."""

    threshold_moved = Signal(float)
    key_pressed = Signal(QKeyEvent)
    """a key that may move the threshold"""

    def __init__(self) -> None:
        super().__init__()
        self.head = 20
        self.curve: Roc | None = None
        self.point = (0.0, 0.0)
        self._corners: list[np.ndarray] = []  # (n, 2) of either curve
        self._words: tuple[str, str] = ("", "")

    def show_curves(self, curve: Roc, other: Roc, words: tuple[str, str]) -> None:
        """Draw the chosen score's curve and the other one's; `words` name both areas."""
        self.curve, self._words = curve, words
        self._corners = [_corners(curve), _corners(other)]
        self.update()

    def show_point(self, false_alarms: float, hits: float) -> None:
        """Mark the threshold's shares 0..1."""
        self.point = (false_alarms, hits)
        self.update()

    def _take(self, at: QPointF) -> None:
        """The threshold of the point of the curve that is nearest in pixels."""
        if self.curve is None:
            return
        area = self.area()
        x = area.left() + self.curve.false_alarms * area.width()
        y = area.bottom() - self.curve.hits * area.height()
        nearest = int(np.hypot(x - at.x(), y - at.y())[1:].argmin()) + 1  # the first threshold is infinite
        self.threshold_moved.emit(float(self.curve.thresholds[nearest]))

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(240, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(170, 140)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.curve is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            now, area = theme.colours(), self.area()
            quarters = [0.0, 0.25, 0.5, 0.75, 1.0]
            across = [
                (share, f"{100 * share:.0f} %") for share in (quarters[1:] if area.width() > 220 else quarters[2::2])
            ]
            self.paint_axes(painter, "false alarms", quarters, across)
            painter.setPen(QPen(QColor(now.edge), 1, Qt.PenStyle.DotLine))
            painter.drawLine(area.bottomLeft(), area.topRight())
            painter.setPen(QPen(QColor(now.faint), 1.4, Qt.PenStyle.DashLine))
            painter.drawPolyline(self.line(*self._corners[1].T))
            painter.setPen(QPen(QColor(now.text), 2))
            painter.drawPolyline(self.line(*self._corners[0].T))
            painter.setPen(QPen(QColor(now.surface), 1.5))
            painter.setBrush(QColor(now.accent))
            painter.drawEllipse(self.place(*self.point), 6, 6)
            self._paint_words(painter)
            paint_focus(self, painter)

    def _paint_words(self, painter: QPainter) -> None:
        now, area = theme.colours(), self.area()
        painter.setFont(theme.small_font(self))
        line = painter.fontMetrics().height()
        painter.setPen(QColor(now.muted))
        painter.drawText(QPointF(FRAME, painter.fontMetrics().ascent() + 4), "hits")
        for row, (words, colour) in enumerate(zip(reversed(self._words), (now.muted, now.text), strict=True)):
            painter.setPen(QColor(colour))
            width = painter.fontMetrics().horizontalAdvance(words)
            at = QPointF(area.right() - width - 5, area.bottom() - 6 - row * line)
            painter.drawText(at, words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._take(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._take(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        self.key_pressed.emit(event)
        if not event.isAccepted():
            super().keyPressEvent(event)


def _corners(curve: Roc) -> np.ndarray:
    """The points of a curve that differ in a drawing, (n, 2)."""
    points = np.stack([curve.false_alarms, curve.hits], axis=1)
    keep = np.append(True, (np.diff(np.rint(points * FINEST), axis=0) != 0).any(axis=1))
    keep[-1] = True
    corners: np.ndarray = points[keep]
    return corners
