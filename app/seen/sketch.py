"""What the session read out of a network and the panels show: frozen messages, numpy and plain numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Neighbour(NamedTuple):
    """A held-out image whose code lies near: its digit, how far, and its image, if only rebuilt."""

    digit: int
    distance: float
    image: np.ndarray | None = None  # (28, 28) uint8
    is_rebuilt: bool = False  # the image is the decoder's, the original is not there


@dataclass(frozen=True, eq=False)
class SketchReading:
    """What the network makes of a sketch."""

    seen: np.ndarray  # (28, 28) uint8: the image as the encoder got it
    reconstruction: np.ndarray  # (28, 28) float 0..1: decoded from the posterior mean
    error: float  # reconstruction error, in `unit`
    unit: str  # "nats" or "squared error"
    mean: np.ndarray  # (d,) float32: the code, or the posterior mean
    sigma: np.ndarray | None = None  # (d,) float32: the posterior's standard deviation; None for an AE
    score: float | None = None  # how odd it is: `evaluation.anomaly_scores`
    percentile: float | None = None  # 0..100: the share of held-out images that are easier to rebuild, ink for ink
    among: int = 0  # of so many of them; 0: of all
    neighbours: tuple[Neighbour, ...] = ()  # nearest first
    vote: tuple[int, float] | None = None  # the neighbours' most common digit and its share 0..1
    class_names: tuple[str, ...] = tuple("0123456789")  # what the labels mean
    noise: str = ""  # what was done to `seen`, in words; empty where nothing was
    clean: np.ndarray | None = None  # (28, 28) uint8: what the reconstruction is held to, where `seen` is noisy
    psnr: tuple[float, float] | None = None  # of `seen` and of the reconstruction against `clean`, in decibels
