"""What the twins' desk tells its view: frozen messages, numpy and plain numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

DRAWN = 25
"""Codes drawn at a time."""


@dataclass(frozen=True, eq=False)
class TwinTitle:
    """Which network stands on a side, and how its plane is called."""

    name: str  # of the run
    short: str  # "VAE 2-D"
    path: Path | None  # of its file, if there is one
    has_prior: bool
    room: float  # how far from 0 it may put its codes while it learns; else 0
    plane: str  # a Projection's kind
    axes: tuple[str, str]
    prior_centre: tuple[float, float]  # where the code 0 falls on the plane
    class_names: tuple[str, ...]
    unit: str  # of its loss's reconstruction term


@dataclass(frozen=True, eq=False)
class TwinSpot:
    """One code on a side: where it lies, what it decodes to, and what that is, in words."""

    place: tuple[float, float]
    image: np.ndarray | None  # (28, 28) float 0..1; None before torch is there
    words: str
    squared_error: float | None = None  # per pixel against the original, where that is known
    outlines: tuple[np.ndarray | None, np.ndarray | None] = (None, None)  # of a sketch's posterior, 1 and 2 sigma


@dataclass(frozen=True, eq=False)
class DrawnGroup:
    """Codes drawn at random on a side, decoded."""

    side: str
    words: str  # "VAE 2-D, N(0, I)"
    is_own_range: bool
    codes: np.ndarray  # (n, d)
    points: np.ndarray  # (n, 2)
    images: np.ndarray  # (n, 28, 28)
    landed: np.ndarray | None  # (n,) bool: where there is data; None while that is not known
