"""How a network uses the units of its code, ready to be shown. Numpy in, numpy out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models import activations
from models.activations import Decoder

BINS = 60


@dataclass(frozen=True, eq=False)
class Sparse:
    """All units of a code over N held-out images."""

    network: str  # "AE" or "VAE"
    sparsity: str  # the setting
    target: float  # mean activation that KL sparsity pulls towards
    codes: np.ndarray  # (N, d), a copy
    counts: np.ndarray  # (bins,) of all activations
    edges: np.ndarray  # (bins + 1,)
    threshold: float  # |z| above which a unit is active
    active: np.ndarray  # (N,) share of units active in each image
    per_image: np.ndarray  # (d + 1,) images with so many active units
    means: np.ndarray  # (d,) mean |z| of each unit
    shares: np.ndarray  # (d,) share of images in which each unit is active
    levels: np.ndarray  # (d,) the activation of each unit in the image that excites it most
    alone: np.ndarray  # (d, 28, 28) what each unit draws alone at that level
    nothing: np.ndarray  # (28, 28) what the decoder draws of the code 0

    @property
    def units(self) -> int:
        """The width of the code."""
        return len(self.means)


@dataclass(frozen=True, eq=False)
class Exciting:
    """The images that excite one unit most, the most exciting first."""

    unit: int
    indices: np.ndarray  # (n,) among the held-out images
    names: tuple[str, ...]
    values: np.ndarray  # (n,) the unit's activation in each
    images: np.ndarray  # (n, 28, 28)
    originals: bool  # or else reconstructions from their codes


def look_at_units(network: str, sparsity: str, target: float, codes: np.ndarray, decoder: Decoder) -> Sparse:
    """Measure all units of codes (N, d)."""
    counts, edges = activations.histogram(codes, BINS)
    above = activations.threshold(codes)
    is_active = np.abs(codes) > above
    units = codes.shape[1]
    strongest = np.abs(codes).argmax(axis=0)
    levels = codes[strongest, np.arange(units)]
    drawn = decoder.decode(np.concatenate([np.diag(levels), np.zeros((1, units))]).astype(np.float32))
    return Sparse(
        network,
        sparsity,
        target,
        codes,
        counts,
        edges,
        above,
        is_active.mean(axis=1),
        np.bincount(is_active.sum(axis=1), minlength=units + 1),
        activations.mean_activations(codes),
        is_active.mean(axis=0),
        levels,
        drawn[:-1],
        drawn[-1],
    )
