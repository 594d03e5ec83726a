"""How the units of a code are used: how many are active in an image, which images excite one, what it draws alone."""

from __future__ import annotations

from typing import Protocol

import numpy as np

ACTIVE_ABOVE = 0.1
"""A unit is active in an image when its size exceeds this share of the largest one."""
MOST_EXCITING = 20


class Decoder(Protocol):
    """Anything that decodes."""

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Images (N, 28, 28) of codes (N, d)."""


def mean_activations(codes: np.ndarray) -> np.ndarray:
    """Mean size |z| of each unit over codes (N, d): (d,) float64."""
    return np.abs(codes).mean(axis=0, dtype=np.float64)


def threshold(codes: np.ndarray) -> float:
    """The size above which a unit is active: a tenth of the largest |z| of codes (N, d), so that scale is no matter."""
    return ACTIVE_ABOVE * float(np.abs(codes).max(initial=0.0))


def active_per_image(codes: np.ndarray, above: float) -> np.ndarray:
    """Share of units that are active in each image, (N,) in 0..1."""
    return (np.abs(codes) > above).mean(axis=1)


def histogram(codes: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """How many of all activations (N, d) fall between edges: counts (bins,) and edges (bins + 1,)."""
    lowest, highest = float(codes.min(initial=0.0)), float(codes.max(initial=0.0))
    return np.histogram(codes, bins, (lowest, highest if highest > lowest else lowest + 1.0))


def most_exciting(codes: np.ndarray, unit: int) -> np.ndarray:
    """The images whose activation of a unit is the largest in size, the largest first."""
    return np.argsort(-np.abs(codes[:, unit]), kind="stable")[:MOST_EXCITING]
