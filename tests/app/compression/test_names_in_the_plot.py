"""Names in the plot cover neither each other nor marks, whatever the bits."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPoint, QRectF, QSizeF

from app.panels.compression.canvas import LEAST_HEIGHT, CompressionCanvas
from app.panels.compression.points import GROUPS
from app.seen.compressed import Curve, Curves

AES = {2: (0.087, 0.032), 4: (0.099, 0.023), 16: (0.070, 0.0065)}
"""Squared errors per pixel at 1 and at 16 bits an axis of AEs by their latent dimensions, much as on MNIST."""
VAES = {2: (10.7, 0.033), 4: (16.2, 0.023), 16: (32.3, 0.0072)}
"""Rates in bits and errors of VAEs."""
MOST_ON_LINES = {LEAST_HEIGHT: 60, 300: 10}
"""Pixels of lines that all labels together may lie on, by the plot's height: where it is low there is no other room."""


def levels(first: float, last: float) -> np.ndarray:
    """Errors at 1 to 16 bits, made up: each further bit takes away half of what bits can take away."""
    return last + (first - last) * 0.5 ** np.arange(16)


@pytest.mark.parametrize("height", [LEAST_HEIGHT, 300])
@pytest.mark.parametrize("dim", [2, 16])
def test_names_of_latent_dimensions_cover_neither_each_other_nor_marks(qapp, height: int, dim: int) -> None:
    """With errors much as MNIST has them, at all bits; the least height is what a window of 1280 x 800 leaves."""
    aes = [Curve(f"AE {d}", "ae", d, errors=levels(*error)) for d, error in AES.items()]
    vaes = [Curve(f"VAE {d}", "vae", d, rate, error) for d, (rate, error) in VAES.items()]
    own = Curve("own", "vae", dim, *VAES[dim], errors=levels(0.103, VAES[dim][1]))
    canvas = CompressionCanvas()
    canvas.resize(538, height)
    canvas.show_curves(
        Curves(
            own, (*aes, *vaes), {2: levels(0.063, 0.056), 4: levels(0.063, 0.048), 16: levels(0.066, 0.027)}, images=9
        )
    )
    for bits in range(1, 17):
        canvas.show_bits(bits)
        canvas.grab()
        boxes = [box for _, box in canvas._labels]
        assert sorted(words for words, _ in canvas._labels) == sorted(["2-D", "4-D", "16-D"] * 2), bits
        marks = [QRectF(canvas.position(mark), QSizeF()).adjusted(-3, -3, 3, 3) for mark in canvas.marks() if mark.dim]
        for place, box in enumerate(boxes):
            assert QRectF(canvas.rect()).contains(box), bits
            ink = box.adjusted(1, 1, -1, -1)
            assert not any(ink.intersects(other) for other in (*boxes[:place], *marks)), (bits, place)
        assert sum(pixels_under(box, canvas) for box in boxes) <= MOST_ON_LINES[height], bits


def test_a_name_stands_nearest_to_its_own_mark(qapp) -> None:
    """Of images on which PCA's mark lies over a VAE's: its “4-D” stood below that of a run with three numbers."""
    vaes = [Curve(f"VAE {d}", "vae", d, rate, error) for d, (rate, error) in VAES.items()]
    pca = {2: levels(0.055, 0.031), 3: levels(0.055, 0.0265), 4: levels(0.055, 0.0225), 16: levels(0.05, 0.0085)}
    canvas = CompressionCanvas()
    canvas.resize(590, LEAST_HEIGHT)
    canvas.show_curves(Curves(Curve("own", "ae", 3, errors=levels(0.103, 0.0155)), tuple(vaes), pca, images=9))
    for bits in range(1, 17):
        canvas.show_bits(bits)
        canvas.grab()
        named = [mark for mark in canvas.marks() if mark.dim]
        others = [mark for mark in canvas.marks() if mark.dim or mark.now]
        for mark, (words, box) in zip(named, canvas._labels, strict=True):
            assert words == f"{mark.dim}-D"
            far = {other: distance(box, canvas.position(other)) for other in others if other.dim != mark.dim}
            assert distance(box, canvas.position(mark)) <= min(far.values()) + 8, (bits, words)


def distance(box: QRectF, place: QPoint) -> float:
    """Pixels from a box to a place outside it."""
    across = max(box.left() - place.x(), place.x() - box.right(), 0)
    return math.hypot(across, max(box.top() - place.y(), place.y() - box.bottom(), 0))


def pixels_under(box: QRectF, canvas: CompressionCanvas) -> int:
    """How many pixels of a canvas's lines a box covers."""
    covered = 0
    for group in GROUPS:
        for start, end in itertools.pairwise(canvas._line(group)):
            line = QLineF(start, end)
            steps = int(line.length()) + 1
            covered += sum(box.contains(line.pointAt(step / steps)) for step in range(steps))
    return covered
