"""Losses and errors in figures that fit their place, those of a network that has run wild too."""

from __future__ import annotations

import math

LARGE = 1_000_000


def amount(value: float, decimals: int = 1) -> str:
    """Write a loss or an error with so many decimals; from a million on in powers of ten: 92.4; 227,847.0; 1.1e34."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞"
    if abs(value) < LARGE:
        return f"{value:,.{decimals}f}"
    figures, power = f"{value:.1e}".split("e")
    return f"{figures}e{int(power)}"


def per_pixel(error: float, decimals: int = 4, short: bool = False) -> str:
    """A squared error per pixel: 0.0412, 1.2340; or where there is little room, in so many figures: .0412, 1.234."""
    if not short or not error < LARGE:
        return amount(error, decimals)
    words = amount(error, decimals)
    if words.startswith("0."):
        return words[1:]
    return amount(error, max(0, decimals - len(words.partition(".")[0])))
