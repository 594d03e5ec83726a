"""Which point is nearest to the pointer: a grid of cells over the points, so that a million are searched in no time."""

from __future__ import annotations

import numpy as np

POINTS_PER_CELL = 4
MOST_CELLS = 256  # a side; 256 * 256 cell numbers fit 16 bits, which numpy sorts by radix


class GridIndex:
    """Finds the nearest of (N, 2) points within a distance; points that are not finite are never found."""

    def __init__(self, points: np.ndarray, wanted: np.ndarray | None = None) -> None:
        """`wanted` (N,) bool, if given, says which points may be found."""
        x, y = np.ascontiguousarray(points[:, 0], np.float32), np.ascontiguousarray(points[:, 1], np.float32)
        findable = np.isfinite(x) & np.isfinite(y)
        if wanted is not None:
            findable &= wanted
        self._numbers = np.flatnonzero(findable)
        if len(self._numbers) < len(x):
            x, y = x[self._numbers], y[self._numbers]
        self._side = int(np.clip(np.sqrt(len(x) / POINTS_PER_CELL), 1, MOST_CELLS))
        self._low, self._cell = np.zeros(2), np.ones(2)
        if len(x):
            self._low = np.array((x.min(), y.min()), dtype=np.float64)
            span = np.array((x.max(), y.max()), dtype=np.float64) - self._low
            self._cell = np.maximum(span / self._side, 1e-12)
        cell = self._cells(y, 1)
        cell *= self._side
        cell += self._cells(x, 0)
        order = np.argsort(cell, kind="stable")
        self._numbers, self._x, self._y = self._numbers[order], x[order], y[order]
        counts = np.bincount(cell, minlength=self._side**2)
        self._starts = np.concatenate(([0], np.cumsum(counts)))

    def nearest(self, x: float, y: float, reach: tuple[float, float]) -> int:
        """Return the number of the point nearest to (x, y) inside an ellipse with half-axes `reach`, or -1.

        Nearness is measured in units of the half-axes, so with a reach in pixels it is nearness on the screen.
        """
        here = np.array((x, y))
        radius = np.array(reach)
        first = np.floor(np.clip((here - radius - self._low) / self._cell, 0, self._side - 1)).astype(int)
        last = np.floor(np.clip((here + radius - self._low) / self._cell, 0, self._side - 1)).astype(int)
        best, best_distance = -1, 1.0
        for row in range(first[1], last[1] + 1):
            start = self._starts[row * self._side + first[0]]
            end = self._starts[row * self._side + last[0] + 1]
            if start == end:
                continue
            across, up = (self._x[start:end] - x) / radius[0], (self._y[start:end] - y) / radius[1]
            distances = across**2 + up**2
            candidate = int(distances.argmin())
            if distances[candidate] < best_distance or (best < 0 and distances[candidate] <= 1.0):
                best, best_distance = int(self._numbers[start + candidate]), float(distances[candidate])
        return best

    def _cells(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Column (axis 0) or row (axis 1) of each value; made by the same formula as in `nearest`, monotonous in it."""
        steps = (values.astype(np.float64) - self._low[axis]) / self._cell[axis]
        return np.clip(steps, 0, self._side - 1).astype(np.uint16)
