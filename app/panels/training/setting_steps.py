"""What one step up or down means for each numeric setting: plus one, a doubling, or the next of 1, 2, 5, 10, 20, …"""

from __future__ import annotations

import math

from models.settings import Setting

SMALLEST = {"learning_rate": 1e-7, "beta": 0.01, "weight_decay": 1e-5, "gradient_clip": 1.0, "sparsity_weight": 0.01}
"""Settings that step through 1, 2, 5, 10, …, each with the smallest value above 0 that is worth a step."""

DOUBLING = {"batch_size"}
SHARE_STEP = 0.05
"""One step of a share between 0 and 1."""


def is_share(name: str, about: Setting) -> bool:
    """Whether a setting runs evenly from 0 to 1 or somewhat less."""
    return about.minimum == 0.0 and about.maximum is not None and about.maximum <= 1.0 and name not in SMALLEST


def stepped(name: str, about: Setting, now: float, steps: int, whole: bool) -> float | int:
    """`now` after so many steps, within the setting's limits."""
    new = now
    for _ in range(abs(steps)):
        new = _one_step(name, new, math.copysign(1, steps), whole)
    low, high = about.minimum or 0.0, about.maximum if about.maximum is not None else math.inf
    new = min(max(new, low), high)
    return int(new) if whole else float(f"{new:.10g}")


def _one_step(name: str, now: float, direction: float, whole: bool) -> float:
    if name in DOUBLING:
        exponent = math.log2(max(now, 1))
        return 2 ** (math.floor(exponent) + 1 if direction > 0 else max(math.ceil(exponent) - 1, 0))
    if name in SMALLEST:
        return _next_in_series(now, direction, SMALLEST[name])
    return now + direction * (1 if whole else SHARE_STEP)


def _next_in_series(now: float, direction: float, smallest: float) -> float:
    """The neighbour of `now` in 1, 2, 5, 10, …; below `smallest` comes 0."""
    if now < smallest * (1 - 1e-9):
        return smallest if direction > 0 else 0.0
    decade = math.floor(math.log10(now))
    series = [float(f"{digit}e{power}") for power in range(decade - 1, decade + 2) for digit in (1, 2, 5)]
    if direction > 0:
        return min(each for each in series if each > now * (1 + 1e-9))
    lower = max(each for each in series if each < now * (1 - 1e-9))
    return lower if lower >= smallest * (1 - 1e-9) else 0.0
