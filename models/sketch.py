"""A sketch brought to MNIST's format, so that the network sees it as it saw its training images.

MNIST's rule (LeCun et al. 1998): the ink's bounding box is scaled to 20 pixels along its longest side with its aspect
ratio kept, anti-aliased, and put into 28x28 with its centre of mass in the middle. Filter and centre were chosen by
measurement on real pen strokes: Hamming's filter gives MNIST's share of grey (45.7 nats of entropy an image; 45.5 in
MNIST, 40 with a box), and MNIST's own centres of mass lie around (14.5, 14.5), half a pixel beside the geometric
middle (14, 14): a sketch put there is read as well as one midway, and worse at 14.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from models.config import IMAGE_SIDE

LONGEST_SIDE = 20
CENTRE = 14.25  # of mass, in pixels from the top left corner: midway between the picture's middle and MNIST's habit
INK = 0.1  # share of the darkest ink below which a pixel counts as paper (soft edges, noise of a photo)


def to_mnist_format(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W), uint8 or float 0..1 with 1 for ink, as a (28, 28) uint8 image in MNIST's format; blank stays zero.

    Strokes become wider or narrower with the scale, as in MNIST itself: a pen of about an eighth of the digit's size
    gives MNIST's 2 to 3 pixels. Ink is made as dark as MNIST's, whose darkest pixel is 255 in nine images of ten.
    """
    grey = _grey(ink)
    box = _bounding_box(grey)
    if box is None:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    top, bottom, left, right = box
    cropped = np.ascontiguousarray(grey[top:bottom, left:right])
    scale = max(cropped.shape) / LONGEST_SIDE  # pixels of the sketch in one of the image
    window = IMAGE_SIDE * scale
    y, x = (middle - CENTRE * scale for middle in _centre_of_mass(cropped))  # the window's corner beside the ink's
    whole_y, whole_x = math.floor(y), math.floor(x)
    paper = Image.new("L", (math.ceil(window) + 1,) * 2)
    paper.paste(Image.fromarray(cropped), (-whole_x, -whole_y))
    y, x = y - whole_y, x - whole_x
    frame = (x, y, x + window, y + window)
    small = paper.resize((IMAGE_SIDE,) * 2, Image.Resampling.HAMMING, frame, reducing_gap=6.0)
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
    grey = np.multiply(ink, 255, dtype=np.float32)
    np.fmax(grey, 0, out=grey)  # fmax and fmin also take NaN for paper
    np.fmin(grey, 255, out=grey)
    grey += 0.5
    return grey.astype(np.uint8)


def _bounding_box(grey: np.ndarray) -> tuple[int, int, int, int] | None:
    threshold = grey.max() * INK
    if threshold == 0:
        return None
    rows, columns = (np.flatnonzero(grey.max(axis=axis) > threshold) for axis in (1, 0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _centre_of_mass(grey: np.ndarray) -> tuple[float, float]:
    """Of the picture's area: the middle of its first pixel is at (0.5, 0.5)."""
    rows, columns = grey.sum(axis=1, dtype=np.uint32), grey.sum(axis=0, dtype=np.uint32)
    whole = rows.sum()
    return (
        float(rows @ (np.arange(len(rows)) + 0.5) / whole),
        float(columns @ (np.arange(len(columns)) + 0.5) / whole),
    )


def _darkened(image: np.ndarray) -> np.ndarray:
    return (image * (255 / max(1, image.max())) + 0.5).astype(np.uint8)
