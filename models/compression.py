"""Codes as bits: a uniform quantiser, what it costs in true pictures, and yardsticks. Numpy; nothing imports torch."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.chunks import chunks, flat_chunks, unit
from models.config import IMAGE_SIDE, PIXELS
from models.principal import Principal

PIXEL_BITS = 8
IMAGE_BITS = PIXELS * PIXEL_BITS
"""Bits of an image as it is stored: 28 x 28 pixels of 8 bits, 6,272."""

FEWEST_BITS, MOST_BITS = 1, 16
ALL_BITS = tuple(range(FEWEST_BITS, MOST_BITS + 1))
"""The numbers of bits an axis that can be chosen; `errors` arrays (16,) hold one error for each."""

WEIGHT_BITS = 32  # of a weight as it is stored, float32


@dataclass(frozen=True, eq=False)
class Quantiser:
    """A uniform quantiser for each axis of a code, over the range `low` (d,) to `high` (d,).

    With b bits an axis, d x b bits an image: step = (high - low) / 2^b, cell = floor((z - low) / step) held to
    0 .. 2^b - 1, and a cell is decoded as its midpoint, z' = low + (cell + 1/2) step. A code within the range moves by
    at most half a step on each axis; one beyond it is cut off.
    """

    low: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)

    @classmethod
    def over(cls, codes: np.ndarray) -> Quantiser:
        """The range of codes (N, d), from the smallest to the largest on each axis; ValueError where none is finite."""
        codes = np.asarray(codes, np.float64)
        finite = codes[np.isfinite(codes).all(axis=1)]
        if not len(finite):
            raise ValueError("No code is a finite number.")
        return cls(finite.min(axis=0), finite.max(axis=0))

    def cells(self, codes: np.ndarray, bits: int) -> np.ndarray:
        """The numbers (N, d) of the cells that codes (N, d) fall into: 0 .. 2^bits - 1 on each axis."""
        steps = self._steps(bits)
        places = (np.asarray(codes, np.float64) - self.low) / np.where(steps > 0, steps, 1.0)
        return np.clip(np.floor(np.nan_to_num(places)), 0, 2**bits - 1).astype(np.int64)

    def midpoints(self, cells: np.ndarray, bits: int) -> np.ndarray:
        """The codes (N, d) float32 in the middle of cells (N, d)."""
        return (self.low + (cells + 0.5) * self._steps(bits)).astype(np.float32)

    def quantise(self, codes: np.ndarray, bits: int) -> np.ndarray:
        """What is left of codes (N, d) at so many bits an axis, float32."""
        return self.midpoints(self.cells(codes, bits), bits)

    def _steps(self, bits: int) -> np.ndarray:
        return (self.high - self.low) / 2**bits


def entropy_bits(cells: np.ndarray) -> float:
    """The entropy of cells (N, d) in bits an image, axis by axis: what an ideal coder of each axis alone would need.

    From the cells' frequencies, so too low where there are not many times more images than cells.
    """
    total = 0.0
    for axis in cells.T:
        counts = np.bincount(axis)
        shares = counts[counts > 0] / len(axis)
        total -= float((shares * np.log2(shares)).sum())
    return total


def rate_bits(nats: float) -> float:
    """A VAE's rate in bits an image of its KL term in nats an image: KL / ln 2."""
    return nats / math.log(2.0)


def errors_per_pixel(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Squared error per pixel (N,) between images (N, 28, 28), uint8 or float 0..1."""
    return np.square(unit(images) - unit(others)).mean(axis=(1, 2), dtype=np.float64)


def error_of_codes(decode: Callable[[np.ndarray], np.ndarray], codes: np.ndarray, images: np.ndarray) -> float:
    """Mean squared error per pixel of what codes (N, d) of images (N, 28, 28) are decoded to."""
    parts = zip(chunks(codes), chunks(images), strict=True)
    return float(np.concatenate([errors_per_pixel(decode(code), part) for code, part in parts]).mean())


def png_bytes(images: np.ndarray) -> np.ndarray:
    """Bytes (N,) that images (N, 28, 28) uint8 take as PNG files, each packed as tightly as Pillow can."""
    from PIL import Image

    sizes = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(image, np.uint8)).save(file, "PNG", optimize=True)
        sizes.append(file.tell())
    return np.array(sizes, np.int64)


def decoder_weights(weights: Mapping[str, np.ndarray]) -> int:
    """How many of a network's weights are its decoder's, which whoever unpacks must have."""
    return sum(int(weight.size) for name, weight in weights.items() if name.startswith("decoder."))


@dataclass(frozen=True, eq=False)
class PrincipalCoder:
    """PCA as a coder: its coefficients are codes, quantised over the range of those of the held-out images.

    `left` (N,) is the squared length of each centred image, and `coefficients` (N, n), of images that errors are
    measured on; the quantiser's range is over all that it was made of.
    """

    principal: Principal = field(repr=False)
    quantiser: Quantiser
    coefficients: np.ndarray = field(repr=False)
    left: np.ndarray = field(repr=False)

    @classmethod
    def over(cls, principal: Principal, images: np.ndarray, every: int = 1) -> PrincipalCoder:
        """The coder whose range is that of images (N, 28, 28); errors are measured on every so manieth."""
        parts, lengths = [], []
        for part in flat_chunks(images):
            centred = part - principal.mean
            parts.append(centred @ principal.directions)
            lengths.append(np.square(centred).sum(axis=1, dtype=np.float64))
        coefficients = np.concatenate(parts)
        return cls(principal, Quantiser.over(coefficients), coefficients[::every], np.concatenate(lengths)[::every])

    def most(self) -> int:
        """As many components as there are."""
        return len(self.quantiser.low)

    def errors(self, components: int, bits: Sequence[int] = ALL_BITS) -> np.ndarray:
        """Mean squared errors per pixel (len(bits),) with so many components at so many bits each.

        The directions are orthonormal: what the components leave out and what quantising moves add up.
        """
        kept = self.coefficients[:, :components].astype(np.float64)
        left = self.left - np.square(kept).sum(axis=1)
        moved = [np.square(kept - self._quantised(kept, b)).sum(axis=1) for b in bits]
        return np.array([(left + each).mean() / PIXELS for each in moved])

    def code(self, images: np.ndarray, components: int, bits: int) -> np.ndarray:
        """What is left of images (N, 28, 28) with so many components at so many bits each; float32, not clipped."""
        directions = self.principal.first(components)
        kept = (unit(images).reshape(len(images), PIXELS) - self.principal.mean) @ directions
        flat = self.principal.mean + self._quantised(kept, bits) @ directions.T
        return flat.reshape(-1, IMAGE_SIDE, IMAGE_SIDE).astype(np.float32)

    def _quantised(self, kept: np.ndarray, bits: int) -> np.ndarray:
        components = kept.shape[1]
        return Quantiser(self.quantiser.low[:components], self.quantiser.high[:components]).quantise(kept, bits)
