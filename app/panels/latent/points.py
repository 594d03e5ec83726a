"""The codes on the map: coloured discs that glide to their new places, can be hidden by digit, and can be found."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QRectF, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.exporting_views import SCALE
from app.panels.digit_image import is_drawing
from app.panels.latent.frame import Frame
from app.panels.latent.index import GridIndex
from app.panels.latent.raster import PointRaster

GLIDE_SECONDS = 0.15
SHORTEST_FRAME_MS, LONGEST_FRAME_MS = 40, 120  # of a glide, for each of which the map is painted anew
FRAME_SHARE = 0.03  # of the time may go into drawing the points for them: training waits while the window works
MOST_GLIDING = 100_000  # points; above it a frame costs too much to be shown ten times for one move
SMALLEST, LARGEST = 0.9, 4.5  # radius of a disc in pixels
STILL_SHARE = 0.99  # of the points may not move by a pixel, or there is nothing to follow
HARDLY = 0.05  # of the cloud's side: codes that moved less on average are the same codes
UNKNOWN = QRectF(0, 0, -1, -1)
CLASSES = len(theme.DIGIT_COLOURS)


class PointsItem(QGraphicsObject):
    """All points of the map as one graphics item; child of a ViewBox that fills its view, drawn in pixels.

    The picture is made anew only when the points, the view or the hidden digits changed; any other repaint copies it.
    """

    moved = Signal()  # a frame of the glide is ready to be painted

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box)
        self._view_box = view_box
        self._raster = PointRaster(theme.DIGIT_COLOURS)
        self._drawn_as: tuple[object, ...] = ()
        self._version = 0
        self._visible = np.ones(CLASSES, dtype=bool)
        self._index: GridIndex | None = None
        self._bounds: QRectF | None = UNKNOWN
        self._glide = QTimer(self)
        self._glide.setInterval(SHORTEST_FRAME_MS)
        self._glide.timeout.connect(self._step)
        self.points: np.ndarray = np.empty((0, 2), np.float32)
        self.labels: np.ndarray = np.empty(0, np.uint8)
        self._now: np.ndarray = np.empty((2, 0), np.float32)  # x and y as drawn, in the order of drawing
        self._take(self.points, self.labels)

    # what is shown

    def show_points(self, points: np.ndarray, labels: np.ndarray, glide: bool) -> None:
        """Show (N, 2) points with labels 0..9; with `glide` they move there from where the same points were."""
        points = np.ascontiguousarray(points, dtype=np.float32)
        labels = np.asarray(labels, dtype=np.uint8) % CLASSES
        if glide and len(points) == len(self.points) and np.array_equal(labels, self.labels):
            self._go(points)
            return
        self._take(points, labels)

    def differ_from(self, points: np.ndarray, labels: np.ndarray) -> bool:
        """Tell whether these are other codes than those shown, not the same ones that have hardly moved."""
        if self._extent == 0 or len(points) != len(self.points) or not np.array_equal(labels, self.labels):
            return True
        return bool(np.nanmean(np.abs(points - self.points)) > HARDLY * np.sqrt(self._extent))

    def set_digit_visible(self, digit: int, visible: bool) -> None:
        """Hide or show one digit; hidden ones can't be found either."""
        if self._visible[digit] != visible:
            self._visible[digit] = visible
            self._choose_drawn()
            self._forget_what_was_found()
            self._renew()

    def is_gliding(self) -> bool:
        """Tell whether points are on their way."""
        return self._glide.isActive()

    # finding

    def nearest(self, x: float, y: float, reach_px: float) -> int:
        """Return the number of the visible point nearest to (x, y) within so many pixels, or -1."""
        if self._index is None:
            wanted = None if self._visible.all() else self._visible[self.labels]
            self._index = GridIndex(self.points, wanted)
        frame = Frame.of(self._view_box)
        return self._index.nearest(x, y, (reach_px / frame.scale_x, reach_px / frame.scale_y))

    def place(self, number: int) -> tuple[float, float]:
        """Where a point is drawn at this moment, on its way included."""
        x, y = self._now[:, self._rank[number]]
        return float(x), float(y)

    def bounds(self) -> QRectF | None:
        """The smallest rectangle around all visible points, or None when there is none."""
        if self._bounds is UNKNOWN:
            self._bounds = self._measure()
        return self._bounds

    def _measure(self) -> QRectF | None:
        x, y = self.points[:, 0], self.points[:, 1]
        wanted = self._wanted()
        if not wanted.all():
            x, y = x[wanted], y[wanted]
        if not len(x):
            return None
        left, bottom = float(x.min()), float(y.min())
        return QRectF(left, bottom, float(x.max()) - left, float(y.max()) - bottom)

    def outside(self, frame: Frame) -> int:
        """How many visible points lie outside the frame."""
        bounds = self.bounds()
        if bounds is None or frame.area().contains(bounds):
            return 0
        return int(np.count_nonzero(self._wanted() & ~frame.contains(self.points)))

    def radius(self, frame: Frame) -> float:
        """The discs' radius in pixels: smaller when many share the view, larger when one zooms in."""
        in_view = max(len(self.points), 1.0)
        if self._extent > 0:
            in_view *= min(1.0, frame.width / frame.scale_x * frame.height / frame.scale_y / self._extent)
        room = np.clip(np.sqrt(frame.width * frame.height) / 700, 0.75, 1.2)
        return float(np.clip((2.7 - 1.15 * np.log10(max(in_view, 1.0) / 10_000)) * room, SMALLEST, LARGEST))

    # drawing

    def view_changed(self) -> None:
        """The view box shows another part of the plane, or has another size."""
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._view_box.boundingRect()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        frame = Frame.of(self._view_box)
        drawing = is_drawing(painter)  # whose pixels are its reader's
        scale = SCALE * painter.worldTransform().m11() if drawing else painter.deviceTransform().m11()
        as_drawn = (frame, scale, self._version)
        if as_drawn != self._drawn_as:
            began = time.perf_counter()
            self._drawn_as = as_drawn
            x, y, labels = self._now[0], self._now[1], self._labels_ordered
            if self._drawn is not None:
                x, y, labels = x[self._drawn], y[self._drawn], labels[self._drawn]
            self._raster.draw(x, y, labels, frame, scale, self.radius(frame), fine=not self.is_gliding())
            if self.is_gliding():
                rest = 1000 * (time.perf_counter() - began) / FRAME_SHARE
                self._glide.setInterval(round(min(max(rest, SHORTEST_FRAME_MS), LONGEST_FRAME_MS)))
        self._raster.paint(painter)

    # inside

    def _wanted(self) -> np.ndarray:
        """Which points can be seen at all: finite ones of digits that are shown."""
        finite = np.isfinite(self.points[:, 0]) & np.isfinite(self.points[:, 1])
        return finite if self._visible.all() else finite & self._visible[self.labels]

    def _take(self, points: np.ndarray, labels: np.ndarray) -> None:
        self.points, self.labels = points, labels
        self._order = np.random.default_rng(0).permutation(len(points))  # so that no class lies on top of all others
        self._rank = np.empty(len(points), dtype=np.intp)
        self._rank[self._order] = np.arange(len(points))
        self._labels_ordered = labels[self._order]
        self._choose_drawn()
        self._settle(self._ordered(points))

    def _ordered(self, points: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(points.take(self._order, axis=0).T)

    def _choose_drawn(self) -> None:
        self._drawn = None if self._visible.all() else np.flatnonzero(self._visible[self._labels_ordered])

    def _go(self, points: np.ndarray) -> None:
        self.points = points
        self._forget_what_was_found()
        ordered = self._ordered(points)
        if len(points) > MOST_GLIDING or not self.isVisible() or self._stand_still(ordered):
            self._settle(ordered)
            return
        self._from, self._to = self._now, ordered
        self._started = time.perf_counter()
        if not self._glide.isActive():
            self._glide.start()

    def _stand_still(self, places: np.ndarray) -> bool:
        """Whether a way to `places` would hardly be seen."""
        frame = Frame.of(self._view_box)
        with np.errstate(invalid="ignore", over="ignore"):  # a diverging run's codes need not be finite
            far = np.abs(places - self._now) > np.array([[1 / frame.scale_x], [1 / frame.scale_y]], np.float32)
        return bool(np.count_nonzero(far.any(axis=0)) <= (1 - STILL_SHARE) * len(self.points))

    def _step(self) -> None:
        part = (time.perf_counter() - self._started) / GLIDE_SECONDS
        if part >= 1.0:
            self._settle(self._to)
        else:
            eased = np.float32(1.0 - (1.0 - part) ** 2)
            with np.errstate(invalid="ignore", over="ignore"):  # a diverging run's codes need not be finite
                self._now = self._from + (self._to - self._from) * eased
            self._renew()
        self.moved.emit()

    def _settle(self, places: np.ndarray) -> None:
        self._glide.stop()
        self._now = places
        self._forget_what_was_found()
        bounds = self.bounds()
        self._extent = bounds.width() * bounds.height() if bounds else 0.0
        self._renew()

    def _forget_what_was_found(self) -> None:
        self._index, self._bounds = None, UNKNOWN

    def _renew(self) -> None:
        self._version += 1
        self.update()
