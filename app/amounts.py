"""Numbers as a person reads them: with a real minus sign, and in figures that fit their place, wild ones too."""

from __future__ import annotations

import math

LARGE = 1_000_000
MINUS = "\N{MINUS SIGN}"
SQUARED_ERROR_SHORT = "sq. err./pixel"
"""What “squared error per pixel” is called where there is no room for it; the tip there says it in full."""


def real_minus(number: str) -> str:
    """A written number with a real minus sign, and with none before nothing but zeros: −0.50, 0.00, 1e−05."""
    return number.replace("-", MINUS) if number.strip("-0.,") else number.lstrip("-")


def signed(value: float, decimals: int = 2) -> str:
    """A number that may be below zero, with so many decimals: 1.25, −0.50."""
    return real_minus(f"{value:.{decimals}f}")


def extent(value: float, decimals: int = 2) -> str:
    """A width or a distance with so many decimals, or where they would tell it as 0, its first figure: 0.52, 0.0009."""
    return figures(value, 1) if 0 < abs(value) < 0.5 * 10.0**-decimals else signed(value, decimals)


def figures(value: float, count: int = 3, zeros: bool = False) -> str:
    """The same with so many figures that matter: 12.3, −0.00123; with `zeros` those at its end too: 0.500."""
    return real_minus(f"{value:#.{count}g}".rstrip(".") if zeros else f"{value:.{count}g}")


def amount(value: float, decimals: int = 1) -> str:
    """Write a loss or an error with so many decimals; from a million on in powers of ten: 92.4; 227,847.0; 1.1e34."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else real_minus("∞" if value > 0 else "-∞")
    if abs(value) < LARGE:
        return real_minus(f"{value:,.{decimals}f}")
    figure, power = f"{value:.1e}".split("e")
    return real_minus(f"{figure}e{int(power)}")


def per_pixel(error: float, decimals: int = 4, short: bool = False) -> str:
    """A squared error per pixel: 0.0412, 1.2340; or where there is little room, in so many figures: .0412, 1.234."""
    if not short or not error < LARGE:
        return amount(error, decimals)
    words = amount(error, decimals)
    if words.startswith("0."):
        return words[1:]
    return amount(error, max(0, decimals - len(words.partition(".")[0])))


def percent(share: float, decimals: int = 0) -> str:
    """A share 0..1, never 0 or 100 % where it is not: 86 %, or with a decimal 86.3 %; 99.5 %, < 0.1 %."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.{1 if 0 < share < 0.01 or 0.99 < share < 1 else decimals}f} %"


def counted(count: int, noun: str) -> str:
    """So many of something: 1 image, 2,000 images."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
