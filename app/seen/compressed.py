"""Held-out images through quantised codes, and where runs stand between bits and errors. Numpy in, numpy out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.amounts import counted
from models.compression import ALL_BITS, IMAGE_BITS, WEIGHT_BITS, errors_per_pixel

START_BITS = 4
ENTROPY_BITS = 8
"""Up to so many bits an axis the cells' frequencies tell something: 256 cells for thousands of images."""


@dataclass(frozen=True, eq=False)
class Costs:
    """What the ratio leaves out. `png_bytes` is the mean of the images shown, None where they are not loaded.

    `entropy` is in bits an image, None where there are too many cells to tell; `range_images` says of how many
    held-out codes the range is.
    """

    decoder_weights: int
    range_images: int
    png_bytes: float | None = None
    entropy: float | None = None

    @property
    def decoder_bits(self) -> int:
        """Bits of the decoder as it is stored."""
        return self.decoder_weights * WEIGHT_BITS


@dataclass(frozen=True, eq=False)
class Compressed:
    """Some held-out images (N, 28, 28) as they come back; where the originals are not loaded, they and PCA are None.

    `rate` is a VAE's rate in bits an image, None for an AE or where it is not known.
    """

    network: str  # "AE" or "VAE"
    latent_dim: int
    bits: int  # an axis
    indices: np.ndarray
    names: tuple[str, ...]
    cells: np.ndarray  # (N, latent_dim)
    decoded: np.ndarray = field(repr=False)
    quantised: np.ndarray = field(repr=False)
    originals: np.ndarray | None = field(repr=False)
    pca: np.ndarray | None = field(repr=False)
    costs: Costs
    rate: float | None = None

    @property
    def bits_out(self) -> int:
        """Bits of a code."""
        return self.latent_dim * self.bits

    @property
    def ratio(self) -> float:
        """Bits in for a bit out."""
        return IMAGE_BITS / self.bits_out

    def rows(self) -> list[tuple[str, np.ndarray, np.ndarray | None]]:
        """What stands below each other: name, images (N, 28, 28), squared errors per pixel (N,).

        Errors are against the originals; without them, against what comes back unquantised.
        """
        reference = self.decoded if self.originals is None else self.originals
        rows: list[tuple[str, np.ndarray | None]] = [
            ("original", self.originals),
            ("unquantised", self.decoded),
            (counted(self.bits, "bit"), self.quantised),
            ("PCA", self.pca),
        ]
        return [
            (name, images, None if images is reference else errors_per_pixel(images, reference))
            for name, images in rows
            if images is not None
        ]


@dataclass(frozen=True, eq=False)
class Curve:
    """A run between bits and errors: `errors` (16,) at 1 to 16 bits an axis, NaN where not measured.

    `rate` is a VAE's in bits an image, `error` the squared error per pixel of its mean codes, unquantised. `path` is
    the run's file, if it has one.
    """

    name: str
    kind: str
    latent_dim: int
    rate: float | None = None
    error: float | None = None
    errors: np.ndarray = field(default_factory=lambda: np.full(len(ALL_BITS), np.nan), repr=False)
    path: Path | None = None


@dataclass(frozen=True, eq=False)
class Curves:
    """All that the plot shows. `trail` (T, 2): bits and errors that the run in training came by; `note`: a warning."""

    own: Curve | None = None
    shipped: tuple[Curve, ...] = ()
    pca: dict[int, np.ndarray] = field(default_factory=dict, repr=False)
    trail: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)), repr=False)
    images: int = 0
    note: str = ""


def one_of_each(labels: np.ndarray, draw: int) -> np.ndarray:
    """Held-out images, one of each class, drawn at random; the same for every network that has the same images."""
    generator = np.random.default_rng(draw)
    order = generator.permutation(len(labels))
    firsts = np.unique(labels[order], return_index=True)[1]
    return order[firsts]
