"""Draws many small discs into an image with numpy: tens of thousands of points in a few milliseconds.

The points are cut into a few layers. Within a layer the discs are opaque to each other and are stamped pixel by pixel
(one scattered write for all points at once); the half-transparent layers are laid over each other by Qt, so that dense
places read as dense. Points come in random order, so that no class always lies on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.panels.digit_image import paint_part
from app.panels.latent.frame import Frame

PAD = 40  # device pixels around the picture, so that no disc has to be clipped
REACH = 20  # device pixels from a disc's centre that a stamp may touch
FINE_UP_TO = 20_000  # points; above it discs sit on whole pixels, below on halves
MERGE_FROM = 150_000  # points; from here on points on the same pixel are drawn once
LAYERS = 2
OPACITY = 0.78
LEVELS = 16  # steps of coverage at a disc's edge
FAINTEST = 3  # level that is drawn where discs sit on whole pixels: the corners below it are a third of all writes
Stamp = tuple[tuple[int, tuple[tuple[int, int], ...]], ...]  # (coverage level, pixel offsets), faintest first


@lru_cache(maxsize=256)
def disc_stamp(radius: float, shift_x: float, shift_y: float, faintest: int = 1) -> Stamp:
    """The pixels of a disc whose centre lies at (shift_x, shift_y) inside pixel (0, 0), with their coverage."""
    reach = int(np.ceil(radius + 1))
    fine = (np.arange(8) + 0.5) / 8
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    x = dx[..., None, None] + fine - shift_x
    y = dy[..., None, None] + fine[:, None] - shift_y
    coverage = (x**2 + y**2 <= radius**2).mean(axis=(-1, -2))
    level = np.round(coverage * LEVELS).astype(int)
    found = np.unique(level[level >= faintest]).tolist()
    return tuple((k, tuple(zip(dx[level == k].tolist(), dy[level == k].tolist(), strict=True))) for k in found)


def colour_table(colours: Sequence[str], opacity: float) -> np.ndarray:
    """(LEVELS + 1, classes) premultiplied ARGB values, by coverage level and class."""
    dyes = [QColor(colour) for colour in colours]
    rgb = np.array([(dye.red(), dye.green(), dye.blue()) for dye in dyes], dtype=np.float64)
    alpha = np.arange(LEVELS + 1)[:, None] / LEVELS * opacity
    red, green, blue = (np.round(rgb[:, i] * alpha).astype(np.uint32) for i in range(3))
    return np.round(255 * alpha).astype(np.uint32) << 24 | red << 16 | green << 8 | blue


class PointRaster:
    """The picture of the points in one frame; `draw` renews it, `paint` only copies it to the screen."""

    def __init__(self, colours: Sequence[str]) -> None:
        self._colours = colour_table(colours, OPACITY)
        self._buffers: list[np.ndarray] = []
        self._images: list[QImage] = []
        self._size = (0, 0)
        self._scale = 1.0

    def draw(
        self,
        x: np.ndarray,
        y: np.ndarray,
        labels: np.ndarray,
        frame: Frame,
        scale: float,
        radius: float,
        fine: bool = True,
    ) -> None:
        """Draw points (x, y) float32 with class numbers `labels`, later ones on top.

        `scale` is device pixels per pixel of the frame; `radius` the discs' radius in the frame's pixels.
        `fine` places few points to half a pixel, at twice the time; points in motion do not need it.
        """
        self._prepare(frame, scale, layers=LAYERS)
        width, height = self._size
        stride = width + 2 * PAD
        u = x * np.float32(frame.scale_x * scale)
        u += np.float32(PAD - frame.left * frame.scale_x * scale)
        v = y * np.float32(-frame.scale_y * scale)
        v += np.float32(PAD + frame.top * frame.scale_y * scale)
        radius = round(min(radius * scale, REACH - 4), 1)
        edge = radius + 1.5
        low, right, bottom = PAD - edge, PAD + width + edge, PAD + height + edge
        inside = (u > low) & (u < right) & (v > low) & (v < bottom)  # False for points that are not finite
        if not inside.all():
            u, v, labels = u[inside], v[inside], labels[inside]
        column, row = u.astype(np.int32), v.astype(np.int32)
        places = row.astype(np.intp) * stride + column
        if len(places) >= MERGE_FROM:
            places, labels = self._merge(places, labels)
        parts = len(self._buffers)
        for part, buffer in enumerate(self._buffers):
            buffer.fill(0)
            here = slice(part * len(places) // parts, (part + 1) * len(places) // parts)
            if not fine or len(places) > FINE_UP_TO:
                self._stamp(buffer, places[here], labels[here], disc_stamp(radius, 0.5, 0.5, FAINTEST), stride)
                continue
            quarter = ((u[here] - column[here]) * 2).astype(np.int8) + 2 * ((v[here] - row[here]) * 2).astype(np.int8)
            for q in range(4):
                chosen = quarter == q
                stamp = disc_stamp(radius, 0.25 + 0.5 * (q % 2), 0.25 + 0.5 * (q // 2))
                self._stamp(buffer, places[here][chosen], labels[here][chosen], stamp, stride)

    def paint(self, painter: QPainter) -> None:
        """Lay the layers over what is there; the painter's origin is the frame's top left corner."""
        width, height = self._size
        place, seen = QRectF(0, 0, width / self._scale, height / self._scale), QRect(PAD, PAD, width, height)
        for image in self._images:
            paint_part(painter, place, image, seen)  # without its rim: an SVG file has nothing that would hide it

    def _prepare(self, frame: Frame, scale: float, layers: int) -> None:
        size = (int(np.ceil(frame.width * scale)), int(np.ceil(frame.height * scale)))
        if size == self._size and scale == self._scale and layers == len(self._buffers):
            return
        self._size, self._scale = size, scale
        width, height = size[0] + 2 * PAD, size[1] + 2 * PAD
        self._images = []
        self._buffers = [np.zeros(width * height, dtype=np.uint32) for _ in range(layers)]
        for buffer in self._buffers:
            image = QImage(buffer.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
            image.setDevicePixelRatio(scale)
            self._images.append(image)

    def _merge(self, places: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the points on one pixel keep only the last."""
        numbers = np.arange(len(places), dtype=np.int32)
        last = np.empty(len(self._buffers[0]), dtype=np.int32)
        last[places] = numbers
        kept = last[places] == numbers
        return places[kept], labels[kept]

    def _stamp(self, buffer: np.ndarray, places: np.ndarray, labels: np.ndarray, stamp: Stamp, stride: int) -> None:
        """Write one pixel of every disc at a time, faint edges first, so that no edge cuts into another disc."""
        if not len(places):
            return
        reach = REACH * (stride + 1)
        corner = places - reach
        for level, offsets in stamp:
            colours = self._colours[level].take(labels)
            for dx, dy in offsets:
                buffer[reach + dy * stride + dx :][corner] = colours
