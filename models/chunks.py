"""Images as numbers 0..1, a chunk at a time: all of them as floats would take 190 MB."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.config import PIXELS

CHUNK = 2000  # images turned to float at a time, 6 MB: what passes through at once is what the process grows by


def chunks(images: np.ndarray) -> list[np.ndarray]:
    """Views of images (N, 28, 28), at most 2000 each."""
    return [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]


def flat_chunks(images: np.ndarray) -> Iterator[np.ndarray]:
    """The same as float32 0..1, each (n, 784)."""
    return (unit(part).reshape(len(part), PIXELS) for part in chunks(images))


def evenly(count: int, most: int) -> np.ndarray:
    """Indices of at most `most` of `count` images, spread over all: the first ones are not like the others.

    MNIST's first 5,000 test images are harder than its last.
    """
    taken = min(count, most)
    return np.arange(taken) * count // max(taken, 1)


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Pixels 0..1 as uint8, as a picture file stores them: clipped and rounded; what is uint8 stays as it is."""
    return images if images.dtype == np.uint8 else np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8)


def unit(images: np.ndarray) -> np.ndarray:
    """Pixels as float32 0..1, where uint8 ones run to 255."""
    return images.astype(np.float32) / 255.0 if images.dtype == np.uint8 else images.astype(np.float32)
