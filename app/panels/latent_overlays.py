"""What lies under and over the points: the grid below; prior rings, path, sketch, pin and highlight above."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.panels.latent_frame import Frame

GRID_PX = 96  # pixels between grid lines, about
EDGE = 8  # pixels between the map's edge and what is written there


def nice_step(wanted: float) -> float:
    """The number of the form 1, 2 or 5 times a power of ten that is nearest above `wanted` (> 0)."""
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= wanted * 0.999))


def ticks(low: float, high: float, step: float) -> list[float]:
    """All multiples of `step` from low to high."""
    return [float(k) * step for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


class Layer(QGraphicsItem):
    """A graphics item that fills the map and paints in its pixels."""

    def __init__(self, view_box: QGraphicsItem, height: float) -> None:
        super().__init__(view_box)
        self._view_box = view_box
        self.setZValue(height)

    def view_changed(self) -> None:
        """The view box shows another part of the plane, or has another size."""
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._view_box.boundingRect()


class Backdrop:
    """Grid and axis names: there to be read, never to be looked at. The view keeps it as a picture until it moves."""

    def __init__(self) -> None:
        self.titles = ("z1", "z2")
        self.empty = True

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Fill the map and draw the grid, in the frame's pixels."""
        now = theme.colours()
        painter.fillRect(QRectF(0, 0, frame.width, frame.height), QColor(now.field))
        if self.empty:
            return
        painter.setFont(_small_font(painter))
        step = nice_step(GRID_PX / frame.scale_x)
        digits = max(0, int(np.ceil(-np.log10(step) - 1e-9)))
        metrics = QFontMetricsF(painter.font(), painter.device())
        fine, zero = QColor(now.line), QColor(now.edge)
        fine.setAlpha(150)
        last_x, first_y = frame.width - EDGE - metrics.horizontalAdvance(self.titles[0]) - 24, EDGE + 24
        for x in ticks(frame.left, frame.right, step):
            at = round((x - frame.left) * frame.scale_x) + 0.5
            painter.setPen(zero if x == 0 else fine)
            painter.drawLine(QPointF(at, 0), QPointF(at, frame.height))
            if 40 < at < last_x:
                painter.setPen(QColor(now.faint))
                painter.drawText(QPointF(at + 4, frame.height - EDGE), f"{x:.{digits}f}")
        for y in ticks(frame.bottom, frame.top, step) if self.titles[1] else []:  # in rows, heights mean nothing
            at = round((frame.top - y) * frame.scale_y) + 0.5
            painter.setPen(zero if y == 0 else fine)
            painter.drawLine(QPointF(0, at), QPointF(frame.width, at))
            if first_y + metrics.height() < at < frame.height - 32:
                painter.setPen(QColor(now.faint))
                painter.drawText(QPointF(EDGE, at - 4), f"{y:.{digits}f}")
        painter.setPen(QColor(now.muted))
        right = QRectF(EDGE, frame.height - EDGE - metrics.height(), frame.width - 2 * EDGE, metrics.height() + 3)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{self.titles[0]} →")
        if self.titles[1]:
            painter.drawText(QPointF(EDGE, EDGE + metrics.ascent()), f"↑ {self.titles[1]}")


class PriorRings(Layer):
    """Where the prior N(0, I) expects codes: rings at 1, 2 and 3 sigma, fine enough to lie over the points."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box, height=5)
        self.as_line = False  # one latent dimension: the bounds are upright lines

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        frame, now = Frame.of(self._view_box), theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(_small_font(painter))
        middle = QPointF(-frame.left * frame.scale_x, frame.top * frame.scale_y)
        line = QColor(now.text)
        for sigma in (1, 2, 3):
            line.setAlpha(130 - 25 * sigma)
            painter.setPen(QPen(line, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            across, up = sigma * frame.scale_x, sigma * frame.scale_y
            if self.as_line:
                for at in (middle.x() - across, middle.x() + across):
                    painter.drawLine(QPointF(at, 0), QPointF(at, frame.height))
                label = QPointF(middle.x() + across, EDGE + 10)
            else:
                painter.drawEllipse(middle, across, up)
                label = middle + QPointF(0.7071 * across, -0.7071 * up)
            self._paint_label(painter, label, f"{sigma}σ", now)

    def _paint_label(self, painter: QPainter, at: QPointF, words: str, now: theme.Colours) -> None:
        ground = QColor(now.field)
        ground.setAlpha(215)
        box = QRectF(at.x() - 13, at.y() - 9, 26, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 9, 9)
        painter.setPen(QColor(now.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


@dataclass
class Marks:
    """What is marked on the map, in plane coordinates."""

    pinned: tuple[float, float] | None = None
    sketch: tuple[float, float] | None = None
    ellipses: list[tuple[np.ndarray, int]] = field(default_factory=list)  # outline (n, 2) and its sigma
    path: np.ndarray | None = None  # (S, 2)
    step: int = -1
    nearest: tuple[float, float] | None = None  # the point under the pointer
    nearest_colour: str = ""
    nearest_name: str = ""
    point_radius: float = 3.0
    focused: bool = False


class MarksLayer(Layer):
    """Draws the marks so that they read on every colour: light strokes on dark ones."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box, height=10)
        self.marks = Marks()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        frame, now, marks = Frame.of(self._view_box), theme.colours(), self.marks
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for outline, sigma in marks.ellipses:
            self._paint_outline(painter, _polygon(frame, outline), sigma, now)
        if marks.path is not None and len(marks.path):
            self._paint_path(painter, _polygon(frame, marks.path), now)
        if marks.nearest is not None:
            self._paint_nearest(painter, _pixel(frame, marks.nearest), now)
        if marks.sketch is not None:
            paint_star(painter, _pixel(frame, marks.sketch), 11, QColor(now.accent))
        if marks.pinned is not None:
            paint_pin(painter, _pixel(frame, marks.pinned))
        if marks.focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawRoundedRect(QRectF(1, 1, frame.width - 2, frame.height - 2), 4, 4)

    def _paint_outline(self, painter: QPainter, outline: QPolygonF, sigma: int, now: theme.Colours) -> None:
        style = Qt.PenStyle.SolidLine if sigma == 1 else Qt.PenStyle.DashLine
        tint = QColor(now.accent)
        tint.setAlpha(30)
        painter.setBrush(tint)
        for colour, width in ((now.field, 4.0), (now.accent, 2.0)):
            painter.setPen(QPen(QColor(colour), width, style))
            painter.drawPolygon(outline)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_path(self, painter: QPainter, path: QPolygonF, now: theme.Colours) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((now.field, 5.0), (now.text, 2.0)):
            painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPolyline(path)
        painter.setPen(QPen(QColor(now.field), 1.5))
        painter.setBrush(QColor(now.text))
        for at in path.toList()[1:-1]:
            painter.drawEllipse(at, 4, 4)
        for letter, at in (("A", path.first()), ("B", path.last())):
            self._paint_letter(painter, at, letter, now)
        if 0 <= self.marks.step < path.size():
            at = path.at(self.marks.step)
            painter.setPen(QPen(QColor(now.field), 2))
            painter.setBrush(QColor(now.accent))
            painter.drawEllipse(at, 7, 7)

    def _paint_letter(self, painter: QPainter, at: QPointF, letter: str, now: theme.Colours) -> None:
        painter.setPen(QPen(QColor(now.field), 1.5))
        painter.setBrush(QColor(now.text))
        painter.drawEllipse(at, 10, 10)
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(now.field))
        painter.drawText(QRectF(at.x() - 10, at.y() - 10, 20, 20), Qt.AlignmentFlag.AlignCenter, letter)

    def _paint_nearest(self, painter: QPainter, at: QPointF, now: theme.Colours) -> None:
        radius = self.marks.point_radius + 2.5
        painter.setPen(QPen(QColor(now.field), 5))
        painter.setBrush(QColor(self.marks.nearest_colour))
        painter.drawEllipse(at, radius, radius)
        painter.setPen(QPen(QColor(now.text), 2))
        painter.drawEllipse(at, radius, radius)


def paint_pin(painter: QPainter, at: QPointF) -> None:
    """The pinned place: a ring with cross hairs, white on black so that it reads on every colour."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (("#000000", 5.0), ("#ffffff", 2.0)):
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawEllipse(at, 8, 8)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(at + QPointF(8 * dx, 8 * dy), at + QPointF(13 * dx, 13 * dy))
    painter.setPen(QPen(QColor("#000000"), 1.5))
    painter.setBrush(QColor("#ffffff"))
    painter.drawEllipse(at, 2.5, 2.5)


def paint_star(painter: QPainter, at: QPointF, radius: float, colour: QColor) -> None:
    """The sketch's place: a five-pointed star with a white rim and a dark one."""
    turns = np.pi * (np.arange(10) / 5 - 0.5)
    reach = np.where(np.arange(10) % 2 == 0, radius, radius * 0.45)
    corners = [at + QPointF(r * np.cos(t), r * np.sin(t)) for r, t in zip(reach, turns, strict=True)]
    path = QPainterPath()
    path.addPolygon(QPolygonF(corners))
    path.closeSubpath()
    for pen, width in (("#000000", 5.5), ("#ffffff", 3.0)):
        painter.setPen(
            QPen(QColor(pen), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.setBrush(colour)
        painter.drawPath(path)
    painter.fillPath(path, colour)


def _small_font(painter: QPainter) -> QFont:
    font = QFont(painter.font())
    font.setPointSizeF(theme.small_points(font.pointSizeF()))
    return font


def _pixel(frame: Frame, point: tuple[float, float]) -> QPointF:
    x, y = frame.to_pixels(np.array([point]))[0]
    return QPointF(float(x), float(y))


def _polygon(frame: Frame, points: np.ndarray) -> QPolygonF:
    return QPolygonF([QPointF(float(x), float(y)) for x, y in frame.to_pixels(points)])
