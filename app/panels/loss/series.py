"""The numbers behind the loss plot: growing buffers, thinning that keeps peaks, and a range that ignores the start."""

from __future__ import annotations

import numpy as np

START_SHARE = 0.03  # of a run's steps, at its start, whose high losses must not flatten the rest
LEAST_START = 10
HARDLY = 0.03  # of the range: a smaller change of it would only make the axis flicker


class Series:
    """Values over steps, appended in blocks at amortised constant cost."""

    def __init__(self) -> None:
        self._steps = np.empty(1024, dtype=np.float64)
        self._values = np.empty(1024, dtype=np.float64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def steps(self) -> np.ndarray:
        """The steps so far (a view)."""
        return self._steps[: self._length]

    @property
    def values(self) -> np.ndarray:
        """The values so far (a view)."""
        return self._values[: self._length]

    def append(self, steps: np.ndarray, values: np.ndarray) -> None:
        """Append blocks of equal length; steps must grow."""
        end = self._length + len(steps)
        if end > len(self._steps):
            room = max(end, 2 * len(self._steps))
            self._steps = np.resize(self._steps, room)
            self._values = np.resize(self._values, room)
        self._steps[self._length : end] = steps
        self._values[self._length : end] = values
        self._length = end

    def at(self, step: float) -> tuple[float, float] | None:
        """The (step, value) nearest to a step, or None when there is nothing yet."""
        if not self._length:
            return None
        right = int(np.searchsorted(self.steps, step))
        near = [i for i in (right - 1, right) if 0 <= i < self._length]
        best = min(near, key=lambda i: abs(self._steps[i] - step))
        return float(self._steps[best]), float(self._values[best])

    def until(self, step: float) -> tuple[float, float] | None:
        """The last (step, value) at or before a step, or None when there is none yet."""
        count = int(np.searchsorted(self.steps, step, side="right"))
        return (float(self._steps[count - 1]), float(self._values[count - 1])) if count else None

    def thinned(self, bins: int) -> tuple[np.ndarray, np.ndarray]:
        """At most about 2 * bins (steps, values): the smallest and largest of every block, in their order of time."""
        steps, values = self.steps, self.values
        block = self._length // bins
        if block <= 2:
            return steps.copy(), values.copy()
        whole = self._length // block * block
        blocks = values[:whole].reshape(-1, block)
        chosen = np.stack([blocks.argmin(axis=1), blocks.argmax(axis=1)], axis=1)
        chosen.sort(axis=1)
        chosen += np.arange(0, whole, block)[:, None]
        picked = np.concatenate([chosen.ravel(), np.arange(whole, self._length)])
        return steps[picked], values[picked]


def settled(values: np.ndarray) -> np.ndarray:
    """The finite values after the start of a run; all of them while the run is young."""
    start = max(LEAST_START, int(START_SHARE * len(values)))
    values = values[start:] if len(values) > 2 * start else values
    return values[np.isfinite(values)]


def value_range(curves: list[np.ndarray], marks: list[float], from_zero: bool, log: bool) -> tuple[float, float]:
    """The (lowest, highest) value to show: high starts and rare spikes of `curves` are cut off, `marks` never.

    In a logarithmic plot only positive values count. With nothing to show it is (0, 1), or (0.1, 1) for `log`.
    """
    lows, highs = [], []
    for curve in curves:
        values = settled(curve)
        if log:
            values = values[values > 0]
        if len(values):
            values = np.sort(values)
            lows.append(_percentile(values, 2) if log else float(values[0]))
            highs.append(_percentile(values, 99.5))
    lows += [mark for mark in marks if mark > 0 or not log]
    highs += [mark for mark in marks if mark > 0 or not log]
    if not highs:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = min(lows), max(highs)
    if log:
        return low / 1.15, max(high * 1.15, low * 1.5)
    if from_zero and low >= 0:
        return 0.0, high * 1.06 if high > 0 else 1.0
    room = max((high - low) * 0.08, abs(high) * 1e-3, 1e-9)
    return low - room, high + room


def _percentile(ordered: np.ndarray, percent: float) -> float:
    """What np.percentile says of values in ascending order, in a seventh of its time on a curve as it is drawn."""
    return float(np.interp(percent / 100 * (len(ordered) - 1), np.arange(len(ordered)), ordered))


def steady(before: tuple[float, float] | None, wanted: tuple[float, float]) -> tuple[float, float]:
    """The (lowest, highest) value to show: the range before, if the wanted one hardly differs from it."""
    if before is not None and max(abs(before[0] - wanted[0]), abs(before[1] - wanted[1])) < HARDLY * (
        before[1] - before[0]
    ):
        return before
    return wanted


def grown_end(end: float, least: float) -> float:
    """The first of 1, 2, 3, 4, 6, 8, 12, 16, 24, ... times `least` that is not below `end`."""
    powers = (least * 2.0**power for power in range(64))
    return next(each for power in powers for each in (power, 1.5 * power) if each >= end and each != 1.5 * least)
