"""The plot of bits an image against squared error per pixel, painted by hand: marks to point at, click and walk.

With a plot of pyqtgraph a step of the bits took about twice the time.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.panels.compression.labels import ABOVE, Label, along, places_for
from app.panels.compression.points import AE, GROUPS, OWN, PCA, VAE, Mark, colour, extent, marks
from app.panels.focus_mark import FRAME, LINE_FRAME, PICK_KEYS, paint_focus
from app.seen.compressed import Curves
from app.ticks import nice_step

LEAST_HEIGHT = 145  # pixels: in fewer the names find no places that are free of lines
TICK = 5  # pixels between a figure and its axis
REACH = 14  # pixels from a mark's centre within which it is meant
BESIDE = 0.3  # powers of two beside the outermost marks
MOST_STEPS = 5  # of the error's axis
CORNERS = {
    VAE: ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    AE: ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    PCA: ((0, -1.2), (1.15, 0.9), (-1.15, 0.9)),
}
"""Shapes of marks, in radii; those not named are discs."""
SMALL, MIDDLE, BIG = 2.5, 4.5, 6.0  # radii in pixels


class CompressionCanvas(QWidget):
    """Shows marks and lines; which groups are seen is chosen from outside."""

    pointed = Signal(object)
    """Mark, or None"""
    picked = Signal(object)
    """Mark"""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._curves = Curves()
        self._bits = 1
        self._seen = set(GROUPS)
        self._marks: list[Mark] = []
        self._current = -1
        self._ground = QRectF()
        self._labels: list[tuple[str, QRectF]] | None = None  # of the latent dimensions, once they have their places
        self._x, self._top = (1.0, 8.0), 0.1  # powers of two from left to right; the error at the upper edge
        theme.notifier().changed.connect(self.update)

    # in

    def show_curves(self, curves: Curves) -> None:
        """Draw these runs."""
        self._curves = curves
        fewest, most, error = extent(curves)
        self._x = math.log2(fewest) - BESIDE, math.log2(most) + BESIDE
        self._top = error
        self._mark_again()

    def show_bits(self, bits: int) -> None:
        """The number of bits an axis that is chosen."""
        if bits != self._bits:
            self._bits = bits
            self._mark_again()

    def show_groups(self, seen: set[str]) -> None:
        """Draw only these groups."""
        self._seen = seen
        self._mark_again()

    def marks(self) -> list[Mark]:
        """What can be pointed at."""
        return list(self._marks)

    def position(self, mark: Mark) -> QPoint:
        """Where a mark stands."""
        return self._place(mark.bits, mark.error).toPoint()

    def forget_pointer(self) -> None:
        """Nothing is pointed at any more."""
        self._point_at(-1)

    # inside

    def _mark_again(self) -> None:
        current = self._marks[self._current] if 0 <= self._current < len(self._marks) else None
        self._marks = [mark for mark in marks(self._curves, self._bits) if mark.group in self._seen]
        self._current = next((i for i, mark in enumerate(self._marks) if _same(mark, current)), -1)
        if current is not None:
            self.pointed.emit(self._marks[self._current] if self._current >= 0 else None)
        self._labels = None
        self.update()

    def _measure(self) -> None:
        """Find the room that the words around the plot leave."""
        metrics = QFontMetrics(theme.small_font(self))
        left = metrics.horizontalAdvance("0.000") + TICK
        above, below = metrics.height() + 2, 2 * metrics.height() + 3
        self._ground = QRectF(self.rect()).adjusted(left, above, -metrics.averageCharWidth(), -below)
        self._labels = None

    def _place(self, bits: float, error: float) -> QPointF:
        area, (first, last) = self._ground, self._x
        across = max(math.log2(bits) - first, 0.0) / (last - first)  # a rate of next to nothing stands at the edge
        return QPointF(area.left() + across * area.width(), area.bottom() - error / self._top * area.height())

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(0, LEAST_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is ready; only places for labels are looked for, when marks or room are other ones."""
        with QPainter(self) as painter:
            painter.setFont(theme.small_font(self))
            area = self._ground
            self._paint_axes(painter, area)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for group in (PCA, AE, VAE, OWN):
                self._paint_line(painter, group)
            self._paint_trail(painter)
            for mark in self._marks:
                self._paint_mark(painter, mark)
            if self._labels is None:
                self._labels = self._place_labels()
            ground = QColor(theme.colours().surface)
            ground.setAlpha(190)  # where a label can't but stand on a line it is read all the same
            painter.setPen(QColor(theme.colours().muted))
            for words, box in self._labels:
                painter.fillRect(box, ground)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, words)
            if self._current >= 0:
                painter.setPen(QPen(QColor(theme.colours().text), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                mark = self._marks[self._current]
                painter.drawEllipse(self._place(mark.bits, mark.error), BIG + 4, BIG + 4)
            paint_focus(self, painter)

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        now, height = theme.colours(), painter.fontMetrics().height()
        faint, muted = QPen(QColor(now.line), 1), QPen(QColor(now.muted))
        step = nice_step(max(self._top, 1e-9) / MOST_STEPS)
        for number in range(int(self._top / step) + 1):
            y = self._place(1.0, number * step).y()
            painter.setPen(faint)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(muted)
            box = QRectF(0, y - height / 2, area.left() - TICK, height)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, f"{number * step:g}")
        for power in range(math.ceil(self._x[0]), math.floor(self._x[1]) + 1):
            x = self._place(2.0**power, 0.0).x()
            painter.setPen(faint)
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(muted)
            box = QRectF(x - 40, area.bottom() + 1, 80, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{2.0**power:g}")
        painter.setPen(QPen(QColor(now.edge), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        painter.setPen(muted)
        below = QRectF(area.left(), area.bottom() + height - 1, area.width(), height)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "bits an image, each line twice as many")
        above = QRectF(FRAME, LINE_FRAME, area.width(), height)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft, "squared error per pixel")

    def _paint_line(self, painter: QPainter, group: str) -> None:
        style = Qt.PenStyle.DashLine if group == PCA else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colour(group)), 2.2 if group == OWN else 1.4, style))
        painter.drawPolyline(QPolygonF(self._line(group)))

    def _line(self, group: str) -> list[QPointF]:
        """The places that a group's line leads through."""
        of_group = [mark for mark in self._marks if mark.group == group and (mark.sets or group != OWN)]
        return [self._place(mark.bits, mark.error) for mark in sorted(of_group, key=lambda mark: mark.bits)]

    def _paint_trail(self, painter: QPainter) -> None:
        """Where the run in training has come by."""
        trail = self._curves.trail
        if OWN not in self._seen or not len(trail):
            return
        trail = trail[np.isfinite(trail).all(axis=1) & (trail[:, 0] > 0)]
        places = [self._place(bits, error) for bits, error in trail.tolist()]
        faint = QColor(colour(OWN))
        faint.setAlpha(150)
        painter.setPen(QPen(faint, 1.6, Qt.PenStyle.DotLine))
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint)
        for place in places:
            painter.drawEllipse(place, 1.8, 1.8)

    @staticmethod
    def _radius(mark: Mark) -> float:
        return BIG if mark.now else SMALL if mark.group == OWN else MIDDLE

    def _paint_mark(self, painter: QPainter, mark: Mark) -> None:
        now, place = theme.colours(), self._place(mark.bits, mark.error)
        radius = self._radius(mark)
        painter.setPen(QPen(QColor(now.text if mark.now else now.surface), 1))
        painter.setBrush(QColor(colour(mark.group)))
        corners = CORNERS.get(VAE if mark.group == OWN and not mark.sets else mark.group)
        if corners is None:
            painter.drawEllipse(place, radius, radius)
        else:
            painter.drawPolygon(QPolygonF([place + QPointF(*corner) * radius for corner in corners]))

    def _place_labels(self) -> list[tuple[str, QRectF]]:
        """The latent dimensions and where they stand. An AE's marks stand where PCA's do, and need no second ones."""
        metrics = QFontMetrics(theme.small_font(self))
        height, named = metrics.height() - 2, PCA if self._curves.pca and PCA in self._seen else AE
        labels = []
        for mark in self._marks:
            if mark.dim and mark.group in (named, VAE):
                words, at = f"{mark.dim}-D", self._place(mark.bits, mark.error)
                size = QSizeF(metrics.horizontalAdvance(words) + 2, height)
                labels.append(Label(words, at, size, MIDDLE + 1, (-1, 1) if mark.group == VAE else ABOVE))
        taken = [QRectF(each.geometry()) for each in self.children() if isinstance(each, QWidget)]  # the legend
        for mark in self._marks:
            radius = self._radius(mark)
            if radius == SMALL:
                continue  # those of the run's own line are many, and count as that line
            taken.append(QRectF(0, 0, 2 * radius, 2 * radius))
            taken[-1].moveCenter(self._place(mark.bits, mark.error))
        lines = np.concatenate([along(self._line(group)) for group in GROUPS])
        boxes = places_for(labels, taken, lines, self._ground.adjusted(0, -height, 0, 0))
        return [(label.words, box) for label, box in zip(labels, boxes, strict=True)]

    # mouse and keyboard

    def _nearest(self, at: QPointF) -> int:
        best, found = float(REACH), -1
        for index, mark in enumerate(self._marks):
            away = self._place(mark.bits, mark.error) - at
            distance = math.hypot(away.x(), away.y())
            if distance <= best:
                best, found = distance, index
        return found

    def _point_at(self, index: int) -> None:
        if index != self._current:
            self._current = index
            mark = self._marks[index] if index >= 0 else None
            hand = mark is not None and bool(mark.path or mark.sets)
            self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
            self.setAccessibleDescription(mark.in_words() if mark is not None else "")
            self.update()
            self.pointed.emit(mark)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._nearest(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._nearest(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._point_at(index)
            self.picked.emit(self._marks[index])

    def leaveEvent(self, event: QEvent) -> None:
        self.forget_pointer()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.forget_pointer()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk from left to right, Enter and Space pick."""
        forward = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if key in forward and self._marks:
            by_bits = sorted(range(len(self._marks)), key=lambda each: self._marks[each].bits)
            at = by_bits.index(self._current) + forward[key] if self._current >= 0 else 0
            self._point_at(by_bits[at % len(by_bits)])
        elif key in PICK_KEYS and self._current >= 0:
            self.picked.emit(self._marks[self._current])
        else:
            super().keyPressEvent(event)


def _same(mark: Mark, other: Mark | None) -> bool:
    """Whether two marks are the same thing, perhaps at another place."""
    if other is None:
        return False
    return (mark.group, mark.dim, mark.sets, mark.path) == (other.group, other.dim, other.sets, other.path)
