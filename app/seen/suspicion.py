"""What the anomalies view is told: scores of held-out images, marks beside them, pictures of some. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SCORES = ("ink", "plain")
"""The score normalised by ink (`evaluation.anomaly_scores`), and the plain reconstruction error."""
HIGHEST = 1e9  # for what is no number, as a network in trouble gives it


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of N held-out images, and which class counts as odd."""

    scores: dict[str, np.ndarray] = field(repr=False)  # (N,) for each of SCORES
    indices: np.ndarray = field(repr=False)  # (N,) among the held-out images
    labels: np.ndarray = field(repr=False)  # (N,)
    odd: int
    left_out: int  # the class that training went without, -1 for none
    class_names: tuple[str, ...]
    unit: str  # "nats" or "squared error"
    unfinished: bool = False  # in training, or stopped

    @property
    def is_odd(self) -> np.ndarray:
        """Which images count as odd, (N,) bool."""
        return self.labels == self.odd

    @property
    def odd_name(self) -> str:
        """The class that counts as odd, in words."""
        return self.class_names[self.odd]

    def kept_and_odd(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """One score of the ordinary and of the odd images."""
        values = self.scores[kind]
        return values[~self.is_odd], values[self.is_odd]


@dataclass(frozen=True, eq=False)
class Mark:
    """One image that is no held-out one, and its scores."""

    title: str
    image: np.ndarray = field(repr=False)  # (28, 28) uint8
    scores: dict[str, float]


@dataclass(frozen=True)
class Wanted:
    """Which images are to be seen: the "most" or "least" suspicious ones by a score, or those of a "bar"."""

    kind: str = "ink"
    order: str = "most"
    low: float = -np.inf
    high: float = np.inf


@dataclass(frozen=True, eq=False)
class Pictured:
    """Some held-out images; `total` is how many there are of the wanted kind.

    `missing` says why stand-ins are shown, and the dataset that has the originals, if it can be got; both empty: none.
    """

    wanted: Wanted
    total: int
    indices: np.ndarray  # (n,)
    images: np.ndarray = field(repr=False)  # (n, 28, 28) uint8
    names: tuple[str, ...]  # classes
    odd: np.ndarray  # (n,) bool
    scores: np.ndarray  # (n,)
    missing: tuple[str, str] = ("", "")


@dataclass(frozen=True, eq=False)
class Shrunken:
    """Digits at `share` of their size: ROC areas of small against normal ones by score, and a few of them."""

    share: float
    count: int
    areas: dict[str, float]
    images: np.ndarray = field(repr=False)  # (n, 3, 28, 28) float32: normal, small, what the network makes of it
    names: tuple[str, ...]
    scores: dict[str, np.ndarray] = field(repr=False)  # (n, 2) for each of SCORES: normal, small


def finite(scores: np.ndarray) -> np.ndarray:
    """What is no number counts as highly suspicious."""
    return np.nan_to_num(scores, nan=HIGHEST, posinf=HIGHEST, neginf=HIGHEST)
