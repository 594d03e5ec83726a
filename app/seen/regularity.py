"""What the regularity view shows: figures of two networks, and a posterior with codes drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.regularity import Regularity

LAYERS = ("round", "nearest")
"""What the map of holes may show: the round trip, or the distance to the nearest held-out code."""

MOST_DRAWS = 12
LARGEST_SCALE = 4.0


@dataclass(frozen=True)
class Measured:
    """One network's figures; `found` is None while they are not known, and `sentence` says why if that is for good."""

    title: str
    kind: str
    data: str = ""
    """what it learned"""
    found: Regularity | None = None
    sentence: str = ""
    dims: int = 0
    unused: int = 0
    """axes of a VAE that are hardly used, where that is known"""


@dataclass(frozen=True)
class Figures:
    """The run looked at, and what stands beside it or in a sentence why nothing does."""

    mine: Measured
    other: Measured | None
    why_alone: str = ""
    learning: bool = False


@dataclass(frozen=True, eq=False)
class Draw:
    """One code z = mu + scale * sigma * eps, where it falls on the plane, and its decoded image or None."""

    eps: np.ndarray
    code: np.ndarray
    place: tuple[float, float]
    image: np.ndarray | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Posterior:
    """What a VAE says of one image; `sigma` (d,) is not scaled, ellipses (outline (n, 2), how many sigma) are."""

    title: str
    mean: np.ndarray
    sigma: np.ndarray
    scale: float
    place: tuple[float, float]
    image: np.ndarray | None = field(repr=False)
    """the decoded mean"""
    ellipses: Sequence[tuple[np.ndarray, int]] = field(repr=False)
    draws: Sequence[Draw] = field(repr=False)
    """the newest first"""
