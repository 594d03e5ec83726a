"""How well something stands out from its ground, as WCAG 2.2 measures it."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def strongest(image: QImage, part: QRect, ground: str) -> float:
    """The contrast of the pixel of a part of a picture that stands out most: thin strokes of letters do so partly."""
    part = part.intersected(image.rect())
    inked = {
        image.pixelColor(x, y).name()
        for x in range(part.left(), part.right() + 1)
        for y in range(part.top(), part.bottom() + 1)
    }
    return max(contrast(each, ground) for each in inked)
