"""The marks above the points: path, sketch with its posterior, pin, and the point under the pointer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import is_

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.amounts import signed
from app.exporting_views import is_painting_file
from app.panels.latent.frame import Frame
from app.panels.latent.overlays import Layer
from app.plotting import pyqtgraph as pg

STAR = 11  # radius of the sketch's mark in pixels


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
    point_radius: float = 3.0
    focused: bool = False


def pin_in_words(titles: Sequence[str], place: tuple[float, float] | None) -> str:
    """Where the pin lies on axes with these titles, which may tell a share in brackets; "" where there is none."""
    if place is None:
        return ""
    named = zip((title.split(" (")[0] for title in titles), place, strict=True)
    return f"Pinned: {', '.join(f'{name} is {signed(value)}' for name, value in named if name)}."


class Mark(Layer):
    """One mark as an item of its own, no larger than it must be: when it moves, little is painted anew."""

    def __init__(self, view_box: QGraphicsItem, height: float, marks: Marks) -> None:
        super().__init__(view_box, height)
        self._marks = marks
        self._shown: tuple[object, ...] = ()
        self._frame: Frame | None = None
        self._area = QRectF()

    def what(self) -> tuple[object, ...]:
        """What of the marks is shown here; other objects are another mark."""
        raise NotImplementedError

    def area(self, frame: Frame) -> QRectF:
        """Where it is drawn, in the frame's pixels; empty when there is nothing to draw."""
        raise NotImplementedError

    def look_again(self, frame: Frame) -> None:
        """Measure and draw anew if the mark or the view has changed."""
        what = self.what()
        if frame == self._frame and all(map(is_, what, self._shown)):
            return
        self._frame, self._shown = frame, what
        self.renew()  # the place where it was
        self._area = self.area(frame).intersected(QRectF(0, 0, frame.width, frame.height))
        self.renew()

    def boundingRect(self) -> QRectF:
        return self._area


class Sprite(Mark):
    """A mark that looks the same wherever it is: drawn once, and then only moved, by whole pixels of the screen."""

    reach = 0.0
    """pixels that it takes on each side of its place"""

    def __init__(self, view_box: QGraphicsItem, height: float, marks: Marks) -> None:
        super().__init__(view_box, height, marks)
        self._picture = QImage()
        self._pictured: tuple[object, ...] = ()

    def place(self) -> tuple[float, float] | None:
        """Where it is on the plane."""
        raise NotImplementedError

    def draw_at(self, painter: QPainter, at: QPointF) -> None:
        """Draw it about a place in pixels."""
        raise NotImplementedError

    def what(self) -> tuple[object, ...]:
        return (self.place(),)

    def area(self, frame: Frame) -> QRectF:
        place = self.place()
        return QRectF() if place is None else _around(frame.to_pixels(np.array([place])), margin=self.reach)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        place = self.place()
        if place is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw_at(painter, _pixel(frame, place))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        place = self.place()
        if widget is None or place is None or is_painting_file():
            super().paint(painter, option, widget)
            return
        scale = painter.device().devicePixelRatioF() * painter.worldTransform().m11()
        at, reach = _pixel(Frame.of(self._view_box), place), math.ceil(self.reach)
        x, y = round(at.x() * scale) / scale, round(at.y() * scale) / scale
        painter.drawImage(QPointF(x - reach, y - reach), self._picture_at(scale, reach))

    def _picture_at(self, scale: float, reach: int) -> QImage:
        pictured = (scale, theme.colours())
        if pictured != self._pictured:
            self._pictured = pictured
            side = math.ceil(2 * reach * scale)
            self._picture = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
            self._picture.setDevicePixelRatio(scale)
            self._picture.fill(Qt.GlobalColor.transparent)
            with QPainter(self._picture) as inside:
                inside.setRenderHint(QPainter.RenderHint.Antialiasing)
                self.draw_at(inside, QPointF(reach, reach))
        return self._picture


class EllipsesMark(Mark):
    """The sketch's posterior."""

    def what(self) -> tuple[object, ...]:
        return (self._marks.ellipses,)

    def area(self, frame: Frame) -> QRectF:
        return _around(*(frame.to_pixels(outline) for outline, _ in self._marks.ellipses), margin=4)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        now = theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for outline, sigma in self._marks.ellipses:
            style = Qt.PenStyle.SolidLine if sigma == 1 else Qt.PenStyle.DashLine
            tint = QColor(now.accent)
            tint.setAlpha(30)
            painter.setBrush(tint)
            polygon = _polygon(frame, outline)
            for colour, width in ((now.field, 4.0), (now.accent, 2.0)):
                painter.setPen(QPen(QColor(colour), width, style))
                painter.drawPolygon(polygon)
                painter.setBrush(Qt.BrushStyle.NoBrush)


class PathMark(Mark):
    """The strip's way from A to B."""

    def what(self) -> tuple[object, ...]:
        return self._marks.path, self._marks.step

    def area(self, frame: Frame) -> QRectF:
        path = self._marks.path
        return QRectF() if path is None else _around(frame.to_pixels(path), margin=12)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if self._marks.path is None:
            return
        now, path = theme.colours(), _polygon(frame, self._marks.path)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((now.field, 5.0), (now.text, 2.0)):
            painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPolyline(path)
        painter.setPen(QPen(QColor(now.field), 1.5))
        painter.setBrush(QColor(now.text))
        for at in path.toList()[1:-1]:
            painter.drawEllipse(at, 4, 4)
        for letter, at in (("A", path.first()), ("B", path.last())):
            _paint_letter(painter, at, letter, now)
        if 0 <= self._marks.step < path.size():
            at = path.at(self._marks.step)
            painter.setPen(QPen(QColor(now.field), 2))
            painter.setBrush(QColor(now.accent))
            painter.drawEllipse(at, 7, 7)


class NearestMark(Mark):
    """The point under the pointer."""

    def what(self) -> tuple[object, ...]:
        return self._marks.nearest, self._marks.nearest_colour, self._marks.point_radius

    def area(self, frame: Frame) -> QRectF:
        return _about(frame, self._marks.nearest, self._marks.point_radius + 6)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if self._marks.nearest is None:
            return
        now, at, radius = theme.colours(), _pixel(frame, self._marks.nearest), self._marks.point_radius + 2.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(now.field), 5))
        painter.setBrush(QColor(self._marks.nearest_colour))
        painter.drawEllipse(at, radius, radius)
        painter.setPen(QPen(QColor(now.text), 2))
        painter.drawEllipse(at, radius, radius)


class SketchMark(Sprite):
    """Where the sketch lies."""

    reach = 16

    def place(self) -> tuple[float, float] | None:
        return self._marks.sketch

    def draw_at(self, painter: QPainter, at: QPointF) -> None:
        _paint_star(painter, at)


class PinMark(Sprite):
    """The pinned place."""

    reach = 17

    def place(self) -> tuple[float, float] | None:
        return self._marks.pinned

    def draw_at(self, painter: QPainter, at: QPointF) -> None:
        paint_pin(painter, at)


class FocusMark(Mark):
    """The line around the map that has the keyboard."""

    def what(self) -> tuple[object, ...]:
        return (self._marks.focused,)

    def area(self, frame: Frame) -> QRectF:
        return QRectF(0, 0, frame.width, frame.height) if self._marks.focused else QRectF()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if is_painting_file():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.colours().accent), 2))
        painter.drawRoundedRect(QRectF(1, 1, frame.width - 2, frame.height - 2), 4, 4)


class MarksLayer:
    """All marks; they read on every colour: light strokes on dark ones."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        self.marks = Marks()
        self._view_box = view_box
        kinds = (EllipsesMark, PathMark, NearestMark, SketchMark, PinMark, FocusMark)
        self._items = [kind(view_box, 10 + order, self.marks) for order, kind in enumerate(kinds)]

    def update(self) -> None:
        """Show the marks as they are now."""
        frame = Frame.of(self._view_box)
        for item in self._items:
            item.look_again(frame)

    view_changed = update


def _paint_letter(painter: QPainter, at: QPointF, letter: str, now: theme.Colours) -> None:
    painter.setPen(QPen(QColor(now.field), 1.5))
    painter.setBrush(QColor(now.text))
    painter.drawEllipse(at, 10, 10)
    font = QFont(painter.font())
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(QColor(now.field))
    painter.drawText(QRectF(at.x() - 10, at.y() - 10, 20, 20), Qt.AlignmentFlag.AlignCenter, letter)


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


def _paint_star(painter: QPainter, at: QPointF) -> None:
    """The sketch's place: a five-pointed star with a white rim and a dark one."""
    path, colour = _star().translated(at), QColor(theme.colours().accent)
    painter.setBrush(colour)
    for pen, width in (("#000000", 5.5), ("#ffffff", 3.0)):
        painter.setPen(
            QPen(QColor(pen), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.drawPath(path)
    painter.fillPath(path, colour)


@lru_cache
def _star() -> QPainterPath:
    """A star about the origin; its corners, one by one, take longer than to paint it."""
    turns = np.pi * (np.arange(10) / 5 - 0.5)
    reach = np.where(np.arange(10) % 2 == 0, STAR, STAR * 0.45)
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(r * np.cos(t), r * np.sin(t)) for r, t in zip(reach, turns, strict=True)]))
    path.closeSubpath()
    return path


def _pixel(frame: Frame, point: tuple[float, float]) -> QPointF:
    x, y = frame.to_pixels(np.array([point]))[0]
    return QPointF(float(x), float(y))


def _polygon(frame: Frame, points: np.ndarray) -> QPolygonF:
    x, y = frame.to_pixels(points).T
    return pg.functions.arrayToQPolygonF(x, y)  # point by point it takes half a millisecond


def _around(*polygons: np.ndarray, margin: float) -> QRectF:
    """The rectangle around polygons (n, 2) with a margin; empty where a corner is not finite."""
    corners = np.concatenate(polygons) if polygons else np.empty((0, 2))
    if not len(corners) or not np.isfinite(corners).all():
        return QRectF()
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return QRectF(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)


def _about(frame: Frame, place: tuple[float, float] | None, reach: float) -> QRectF:
    return QRectF() if place is None else _around(frame.to_pixels(np.array([place])), margin=reach)
