"""Damage done to images on purpose: for training, which must undo it (Vincent et al. 2008), and at the window.

The same functions take numpy arrays and torch tensors; nothing here imports torch.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from models.config import IMAGE_SIDE, PIXELS

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    Images = TypeVar("Images", np.ndarray, Tensor)

PATCH_SIDE = 7
"""Pixels along a side of an erased patch: 16 of them cover an image."""
PATCHES = (IMAGE_SIDE // PATCH_SIDE) ** 2
BLUR_AT_FULL = 4.0
"""Standard deviation of the blur in pixels at level 1."""
UNDAMAGED = 100.0
"""Decibels from which on an image counts as its original: a single pixel that is a single shade off leaves 77."""


class _Kind(NamedTuple):
    """What a kind of corruption draws: so many numbers an image, from N(0, 1) or evenly from 0..1."""

    numbers: int
    normal: bool = False


KINDS = {
    "none": _Kind(0),
    "gaussian": _Kind(PIXELS, normal=True),
    "salt-and-pepper": _Kind(PIXELS),
    "patches": _Kind(PATCHES),
    "blur": _Kind(0),
}


def corrupt(images: Images, kind: str, level: float, drawn: Images | None) -> Images:
    """Images (N, 784) in 0..1, damaged and still in 0..1; level 0 leaves each as it is. New memory.

    The level, 0..1, means for

    - gaussian: the standard deviation of noise N(0, level^2) added to each pixel; what leaves 0..1 is clipped to it;
    - salt-and-pepper: the share of pixels that are replaced, half of them by 1 and half by 0;
    - patches: the share of the 16 squares of 7 x 7 pixels that are set to 0, each by a chance of its own;
    - blur: a Gaussian blur's standard deviation in units of 4 pixels; beyond the edge everything is 0.

    `drawn` (N, n) comes from `drawn` or `drawn_like`; with the same numbers a higher level damages more of the same.
    """
    if kind == "blur":
        return _blurred(images, level)
    if drawn is None:
        return images * 1.0
    if kind == "gaussian":
        return (images + level * drawn).clip(0.0, 1.0)
    if kind == "salt-and-pepper":
        salt = drawn >= 1.0 - 0.5 * level
        return images * ((drawn >= 0.5 * level) & ~salt) + salt
    side = IMAGE_SIDE // PATCH_SIDE
    squares = images.reshape(-1, side, PATCH_SIDE, side, PATCH_SIDE)
    kept = (drawn >= level).reshape(-1, side, 1, side, 1)
    return (squares * kept).reshape(-1, PIXELS)


def drawn(kind: str, count: int, generator: np.random.Generator) -> np.ndarray | None:
    """The random numbers (count, n) float32 of a corruption; None where it needs none."""
    numbers, normal = KINDS[kind]
    if not numbers:
        return None
    draw = generator.standard_normal if normal else generator.random
    return draw((count, numbers), np.float32)


def drawn_like(kind: str, images: Tensor, generator: torch.Generator) -> Tensor | None:
    """The same as a tensor (N, n) on the device of images (N, 784), from torch's generator there."""
    numbers, normal = KINDS[kind]
    if not numbers:
        return None
    room = images.new_empty(len(images), numbers)
    return room.normal_(generator=generator) if normal else room.uniform_(generator=generator)


def blur_matrix(level: float) -> np.ndarray:
    """(28, 28) float32: what a column of pixels is multiplied by; rows away from the edges sum to 1.

    A Gaussian of standard deviation 4 * level pixels, sampled at whole pixels.
    """
    sigma = BLUR_AT_FULL * level
    if sigma < 1e-3:
        return np.eye(IMAGE_SIDE, dtype=np.float32)
    reach = max(IMAGE_SIDE, math.ceil(8 * sigma))
    whole = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).sum()
    far = np.subtract.outer(np.arange(IMAGE_SIDE), np.arange(IMAGE_SIDE)) / sigma
    return (np.exp(-0.5 * far**2) / whole).astype(np.float32)


def psnr_of_error(error: float | np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio of squared errors per pixel, of pixels 0..1: 10 log10(1 / error)."""
    with np.errstate(divide="ignore"):
        return -10.0 * np.log10(np.asarray(error, np.float64))


def psnr(images: np.ndarray, originals: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio of each image in decibels, (N,).

    Infinite where an image is its original, or so near to it (`UNDAMAGED`) that rounding alone parts them.
    """
    count = len(originals)
    error = np.square(np.reshape(images, (count, -1)).astype(np.float64) - np.reshape(originals, (count, -1)))
    found = psnr_of_error(error.mean(axis=1))
    return np.where(found > UNDAMAGED, np.inf, found)


def mean_psnr(noisy: np.ndarray, restored: np.ndarray) -> tuple[float, float]:
    """Means of the decibels (N,) of damaged images and of what was made of them, over those that the damage changed.

    One that it left as it was has infinitely many: a single digit whose erased patches were paper anyway would make
    the mean infinite. Where nothing was changed the first mean is infinite, and the second is over all.
    """
    changed = np.isfinite(noisy)
    if not changed.any():
        return math.inf, float(np.mean(restored))
    return float(np.mean(noisy[changed])), float(np.mean(restored[changed]))


@lru_cache(maxsize=8)
def _tensor_of(level: float, device: torch.device) -> Tensor:
    """The matrix on a device, kept: a recorded step (`graphed.py`) may bring nothing there."""
    import torch

    return torch.from_numpy(blur_matrix(level)).to(device)


def _blurred(images: Any, level: float) -> Any:
    matrix: Any = blur_matrix(level) if isinstance(images, np.ndarray) else _tensor_of(level, images.device)
    return (matrix @ images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE) @ matrix).reshape(-1, PIXELS)
