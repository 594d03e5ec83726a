"""A sketch brought to MNIST's format, so that the network sees it as it saw its training images.

MNIST's rule (LeCun et al. 1998): the ink's bounding box is scaled to 20 pixels along its longest side with its aspect
ratio kept, anti-aliased, and put into 28x28 with its centre of mass in the middle.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from models.config import IMAGE_SIDE

LONGEST_SIDE = 20
INK = 0.1  # share of the darkest ink below which a pixel counts as paper (soft edges, noise of a photo)


def to_mnist_format(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W), uint8 or float 0..1 with 1 for ink, as a (28, 28) uint8 image in MNIST's format; blank stays zero.

    The strokes become wider or narrower with the scale, as in MNIST itself: a pen of about a tenth of the digit's size
    gives MNIST's 2 to 3 pixels. Ink is made as dark as MNIST's, whose darkest pixel is nearly always 255.
    """
    grey = _grey(ink)
    box = _bounding_box(grey)
    if box is None:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    top, bottom, left, right = box
    cropped = grey[top:bottom, left:right]
    side = max(cropped.shape)
    window = side * IMAGE_SIDE / LONGEST_SIDE  # what becomes the 28 pixels, in pixels of the sketch
    centre_y, centre_x = _centre_of_mass(cropped)
    margin = int(np.ceil(window / 2)) + 1
    paper = Image.new("L", (cropped.shape[1] + 2 * margin, cropped.shape[0] + 2 * margin))
    paper.paste(Image.fromarray(cropped), (margin, margin))
    x, y = centre_x + margin - window / 2, centre_y + margin - window / 2
    small = paper.resize((IMAGE_SIDE,) * 2, Image.Resampling.BOX, box=(x, y, x + window, y + window))
    return _darkened(np.asarray(small))


def raw_shrink(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W), uint8 or float 0..1, straight to (28, 28) uint8 by area: what the network sees without the format."""
    small = Image.fromarray(_grey(ink)).resize((IMAGE_SIDE,) * 2, Image.Resampling.BOX)
    return np.asarray(small).copy()


def _grey(ink: np.ndarray) -> np.ndarray:
    ink = np.asarray(ink)
    if ink.ndim != 2 or 0 in ink.shape:
        raise ValueError(f"A sketch is an array of height and width, not of shape {ink.shape}.")
    if ink.dtype == np.uint8:
        return np.ascontiguousarray(ink)
    return (np.clip(np.nan_to_num(ink.astype(np.float32)), 0, 1) * 255 + 0.5).astype(np.uint8)


def _bounding_box(grey: np.ndarray) -> tuple[int, int, int, int] | None:
    threshold = grey.max() * INK
    if threshold == 0:
        return None
    inked = grey > threshold
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _centre_of_mass(grey: np.ndarray) -> tuple[float, float]:
    """Of the picture's area: the middle of its first pixel is at (0.5, 0.5)."""
    rows, columns = grey.sum(axis=1, dtype=np.float64), grey.sum(axis=0, dtype=np.float64)
    whole = rows.sum()
    return (
        float(rows @ (np.arange(len(rows)) + 0.5) / whole),
        float(columns @ (np.arange(len(columns)) + 0.5) / whole),
    )


def _darkened(image: np.ndarray) -> np.ndarray:
    return (image * (255 / image.max()) + 0.5).astype(np.uint8)
