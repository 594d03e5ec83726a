"""Where the parallel axes stand: pixels of values and values of pixels, the scale, what a line is near to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.ticks import nice_step

NARROWEST = 37  # pixels between two axes; where there is less room they are scrolled
WIDEST = 190
GUTTER = 38  # for the scale's numbers
TOP = 14
TINY = 1e-3


@dataclass(frozen=True)
class Geometry:
    """Axes of `dims` dimensions from `low` to `high`, in a widget of so many pixels, moved left by `offset`.

    An axis is counted by its place from the left. Below the axes are lines of `line` pixels for names and figures.
    """

    width: int
    height: int
    dims: int
    low: float
    high: float
    offset: int
    line: int

    @cached_property
    def spacing(self) -> float:
        """Pixels from one axis to the next."""
        return min(max((self.width - GUTTER) / max(self.dims, 1), NARROWEST), WIDEST)

    @cached_property
    def hidden(self) -> int:
        """Pixels that do not fit: the largest offset."""
        return max(0, math.ceil(self.dims * self.spacing - (self.width - GUTTER)))

    @cached_property
    def bars(self) -> int:
        """Pixels of the highest bar."""
        return min(max(self.height // 10, 24), 64)

    @cached_property
    def names_top(self) -> int:
        """Where the axes' names begin."""
        return self.bars_top - self.line - 4

    @cached_property
    def bars_top(self) -> int:
        """Where the figures above the bars begin."""
        return self.height - self.bars - self.line - 3

    @cached_property
    def bottom(self) -> int:
        """Pixel of the lowest value."""
        return max(self.names_top - 8, TOP + 20)

    def x(self, place: float) -> float:
        """The middle of an axis."""
        margin = max(0.0, (self.width - GUTTER - self.dims * self.spacing) / 2)
        return GUTTER + margin + (place + 0.5) * self.spacing - min(self.offset, self.hidden)

    def place(self, x: float) -> int:
        """The nearest axis."""
        return min(max(int((x - self.x(-0.5)) // self.spacing), 0), self.dims - 1)

    def y(self, value: float) -> float:
        """The pixel of a value."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - TOP)

    def heights(self, values: np.ndarray) -> np.ndarray:
        """The pixels of many values; what is not a number lies at 0."""
        scale = (self.bottom - TOP) / (self.high - self.low)
        return self.bottom - (np.nan_to_num(values, nan=0.0) - self.low) * scale

    def value(self, y: float) -> float:
        """The value at a pixel, no farther than the axes go."""
        inside = min(max(y, TOP), self.bottom)
        return self.low + (self.bottom - inside) / (self.bottom - TOP) * (self.high - self.low)

    def shown(self) -> range:
        """Places of the axes that are in sight, and of one more on either side."""
        first = math.floor((GUTTER - self.x(0)) / self.spacing)
        last = math.ceil((self.width - self.x(0)) / self.spacing)
        return range(max(first, 0), min(last + 1, self.dims))

    def points(self, code: np.ndarray) -> np.ndarray:
        """Pixels (d, 2) of a code (d,) in the axes' order; values out of sight, or none at all, stay at the edge."""
        x = self.x(0) + self.spacing * np.arange(self.dims)
        return np.stack([x, np.clip(self.heights(code), TOP - 6, self.bottom + 6)], axis=1)

    def ticks(self) -> np.ndarray:
        """Values that the scale names: about one in 48 pixels."""
        step = nice_step((self.high - self.low) / max(2, (self.bottom - TOP) / 48))
        return np.arange(math.ceil(self.low / step - 1e-6), math.floor(self.high / step + 1e-6) + 1) * step


def scale_of(kind: str, room: float, extents: Sequence[np.ndarray]) -> tuple[float, float]:
    """The lowest and the highest value of axes on which all values of `extents` are in sight."""
    finite = np.concatenate([np.ravel(each) for each in extents] + [np.zeros(1)])
    finite = finite[np.isfinite(finite)]
    low, high = float(finite.min()), float(finite.max())
    if kind == "vae":
        low, high = min(low, -3.0), max(high, 3.0)
    low, high = min(low, -room), max(high, room)
    step = nice_step(max(high - low, TINY) / 16)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    return low, high if high > low else low + step


def distance(points: np.ndarray, x: float, y: float) -> float:
    """Pixels from a place to a line through points (d, 2), or to a single point."""
    at, starts, ends = np.array([x, y]), points[:-1], points[1:]
    if not len(starts):
        return float(np.hypot(*(points[0] - at)))
    along = ends - starts
    share = np.clip(((at - starts) * along).sum(axis=1) / np.maximum(np.square(along).sum(axis=1), 1e-9), 0, 1)
    return float(np.linalg.norm(starts + share[:, None] * along - at, axis=1).min())
