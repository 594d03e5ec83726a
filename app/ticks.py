"""Round numbers along an axis."""

from __future__ import annotations

import math

ALMOST = 1e-9  # of a step: what rounding may lack


def nice_step(rough: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is not below `rough` (> 0)."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= rough * (1 - ALMOST))


def decimals(step: float) -> int:
    """How many decimals multiples of a nice step are written with."""
    return max(0, math.ceil(-math.log10(step) - ALMOST))
