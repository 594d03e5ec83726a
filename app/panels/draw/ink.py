"""The brush: lays smooth, antialiased ink of changing width into a uint8 buffer, and takes it away again."""

from __future__ import annotations

import math

import numpy as np

SIDE = 336  # 12 ink pixels for each pixel of a 28x28 image: sharp on screen, still cheap to read 80 times a second
Area = tuple[float, float, float, float]  # left, top, right, bottom in ink pixels
FAINT = 16  # ink below this (of 255) is what an eraser leaves behind, not a sketch


def blank_ink() -> np.ndarray:
    """Return an empty canvas: (SIDE, SIDE) uint8, 0 is paper and 255 is ink."""
    return np.zeros((SIDE, SIDE), dtype=np.uint8)


def is_blank(ink: np.ndarray) -> bool:
    """Tell whether no ink worth reading is left."""
    return int(ink.max()) < FAINT


class Stroke:
    """One movement of the pen, drawn while it happens; coordinates and radii are in ink pixels."""

    def __init__(self, ink: np.ndarray, x: float, y: float, radius: float, erasing: bool = False) -> None:
        """Touch the buffer `ink` (changed in place) at one point: a dot."""
        self._ink = ink
        self._erasing = erasing
        self._last = (x, y, radius)
        self._reached = self._last  # where the ink has got to: a midpoint, half a step behind the pen
        self._segment(self._last, self._last)

    def line_to(self, x: float, y: float, radius: float) -> Area:
        """Go on to a point: a quadratic curve between midpoints with the former point as its control point.

        Returns what of the buffer it may have changed; a step too short to draw changes nothing.
        """
        if math.hypot(x - self._last[0], y - self._last[1]) < 0.5:
            return x, y, x, y
        new = (x, y, radius)
        middle = _between(self._last, new, 0.5)
        ways_x, ways_y, radii = zip(self._reached, self._last, middle, strict=True)
        reach = max(radii) + 1.0
        self._curve(self._reached, self._last, middle)
        self._reached, self._last = middle, new
        return min(ways_x) - reach, min(ways_y) - reach, max(ways_x) + reach, max(ways_y) + reach

    def finish(self) -> None:
        """Lift the pen: the ink catches up with the last point."""
        self._segment(self._reached, self._last)

    def _curve(self, start: tuple, control: tuple, end: tuple) -> None:
        length = math.hypot(control[0] - start[0], control[1] - start[1])
        length += math.hypot(end[0] - control[0], end[1] - control[1])
        pieces = max(1, min(48, round(length / 6.0)))
        before = start
        for piece in range(1, pieces + 1):
            t = piece / pieces
            point = _between(_between(start, control, t), _between(control, end, t), t)
            self._segment(before, point)
            before = point

    def _segment(self, a: tuple, b: tuple) -> None:
        """Cover the pixels nearer to the segment than its radius; the edge fades over one pixel.

        The maximum is kept, not the sum, so overlapping segments leave no seams. About 40 microseconds.
        """
        reach = max(a[2], b[2]) + 1.0
        height, width = self._ink.shape
        left, right = max(0, math.floor(min(a[0], b[0]) - reach)), min(width, math.ceil(max(a[0], b[0]) + reach))
        top, bottom = max(0, math.floor(min(a[1], b[1]) - reach)), min(height, math.ceil(max(a[1], b[1]) + reach))
        if left >= right or top >= bottom:
            return
        x = np.arange(left, right, dtype=np.float32)[None, :] + (0.5 - a[0])
        y = np.arange(top, bottom, dtype=np.float32)[:, None] + (0.5 - a[1])
        dx, dy = b[0] - a[0], b[1] - a[1]
        square = dx * dx + dy * dy
        if square > 0.0:
            along = np.clip((x * dx + y * dy) / square, 0.0, 1.0)
            distance = np.hypot(x - along * dx, y - along * dy)
            radius = a[2] + (b[2] - a[2]) * along
        else:
            distance, radius = np.hypot(x, y), a[2]
        coverage = (np.clip(radius - distance + 0.5, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        region = self._ink[top:bottom, left:right]
        if self._erasing:
            np.minimum(region, 255 - coverage, out=region)
        else:
            np.maximum(region, coverage, out=region)


def _between(a: tuple, b: tuple, t: float) -> tuple[float, float, float]:
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)
