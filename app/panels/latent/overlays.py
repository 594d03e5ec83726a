"""What lies under and over the points: the grid below, the prior's rings above; marks have a file of their own."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.exporting_views import is_painting_file
from app.panels.latent.frame import Frame
from app.ticks import nice_step

GRID_PX = 72  # pixels between grid lines, about
LABEL = 26, 18  # width and height of a ring's name
EDGE = 8  # pixels between the map's edge and what is written there


def ticks(low: float, high: float, step: float) -> list[float]:
    """All multiples of `step` from low to high."""
    return [float(k) * step for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def paint_plate(painter: QPainter, box: QRectF, radius: float = 4.0) -> None:
    """A ground for words over points, which lets hardly anything through."""
    ground = QColor(theme.colours().field)
    ground.setAlpha(215)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, radius, radius)


class Layer(QGraphicsItem):
    """A graphics item that paints in the map's pixels.

    What it shows is drawn once and kept as an image, because the map is repainted many times a second while points
    glide under it. Files get it drawn anew, at their own resolution.
    """

    def __init__(self, view_box: QGraphicsItem, height: float) -> None:
        super().__init__(view_box)
        self._view_box = view_box
        self._image = QImage()
        self._drawn_as: tuple[object, ...] = ()
        self.setZValue(height)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        """Draw in the frame's pixels, inside the bounding rectangle."""
        raise NotImplementedError

    def renew(self) -> None:
        """What is shown has changed."""
        self._drawn_as = ()
        self.prepareGeometryChange()
        self.update()

    view_changed = renew  # the view box shows another part of the plane, or has another size

    def boundingRect(self) -> QRectF:
        return self._view_box.boundingRect()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        frame, area = Frame.of(self._view_box), self.boundingRect()
        if area.isEmpty():
            return
        if widget is None or is_painting_file():  # a widget is given where all of a view is rendered
            self.draw(painter, frame)
            return
        scale = painter.device().devicePixelRatioF() * painter.worldTransform().m11()
        left, top = math.floor(area.left() * scale), math.floor(area.top() * scale)  # whole pixels, or it would blur
        as_drawn = (frame, area, scale, theme.colours(), painter.font())
        if as_drawn != self._drawn_as:
            self._drawn_as = as_drawn
            size = QSize(math.ceil(area.right() * scale) - left, math.ceil(area.bottom() * scale) - top)
            self._image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(scale)
            self._image.fill(Qt.GlobalColor.transparent)
            with QPainter(self._image) as inside:
                inside.setFont(painter.font())
                inside.translate(-left / scale, -top / scale)
                self.draw(inside, frame)
        painter.drawImage(QPointF(left / scale, top / scale), self._image)


class Backdrop:
    """The grid: there to be read, never to be looked at. The view keeps it as a picture until it moves.

    What the axes are called is kept here; it is written over the points (`axis_words.py`).
    """

    def __init__(self) -> None:
        self.titles = ("z1", "z2")
        self.empty = self.has_grid = True

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Fill the map and draw the grid, in the frame's pixels."""
        now = theme.colours()
        painter.fillRect(QRectF(0, 0, frame.width, frame.height), QColor(now.field))
        if self.empty or not self.has_grid:
            return
        step = nice_step(GRID_PX / frame.scale_x)
        fine, zero = QColor(now.line), QColor(now.edge)
        fine.setAlpha(150)
        for x in ticks(frame.left, frame.right, step):
            at = round((x - frame.left) * frame.scale_x) + 0.5
            painter.setPen(zero if x == 0 else fine)
            painter.drawLine(QPointF(at, 0), QPointF(at, frame.height))
        for y in ticks(frame.bottom, frame.top, step) if self.titles[1] else []:  # in rows, heights mean nothing
            at = round((frame.top - y) * frame.scale_y) + 0.5
            painter.setPen(zero if y == 0 else fine)
            painter.drawLine(QPointF(0, at), QPointF(frame.width, at))


class PriorRings(Layer):
    """Where the prior N(0, I) expects codes: rings at 1, 2 and 3 sigma, fine enough to lie over the points."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box, height=5)
        self.as_line = False  # one latent dimension: the bounds are upright lines
        self.centre = QPointF()  # where the code 0 falls

    def lie(self, as_line: bool, centre: QPointF) -> None:
        """Lie on another plane."""
        if (as_line, centre) != (self.as_line, self.centre):
            self.as_line, self.centre = as_line, centre
            self.renew()

    def area(self) -> QRectF:
        """What the widest ring takes of the plane."""
        up = 0 if self.as_line else 3
        return QRectF(self.centre.x() - 3, self.centre.y() - up, 6, 2 * up)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        now = theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.small_font(painter))
        centre = self.centre
        middle = QPointF((centre.x() - frame.left) * frame.scale_x, (frame.top - centre.y()) * frame.scale_y)
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
            if sigma in self.labelled(frame):
                self._paint_label(painter, label, f"{sigma}σ", now)

    def labelled(self, frame: Frame) -> tuple[int, ...]:
        """Which rings are named: where they lie so close that their names would cover each other, the widest alone."""
        apart = frame.scale_x if self.as_line else 0.7071 * frame.scale_x
        return (1, 2, 3) if apart >= LABEL[1] else (3,)

    def _paint_label(self, painter: QPainter, at: QPointF, words: str, now: theme.Colours) -> None:
        width, height = LABEL
        box = QRectF(at.x() - width / 2, at.y() - height / 2, width, height)
        paint_plate(painter, box, height / 2)
        painter.setPen(QColor(now.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
