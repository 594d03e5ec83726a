"""What the parallel axes show: the codes that are lines, how all codes spread, and what each dimension carries."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.latent_use import Spread, is_active

MOST_LINES = 8
"""More can't be told apart."""
MEASURING = "Measuring the codes…"


@dataclass(frozen=True, eq=False)
class Line:
    """One image whose code is a line.

    `label` is its class, -1 where it has none; `image` (28, 28) is None where the original is not loaded; `code` (d,)
    and `rebuilt` (28, 28) are None while there is no network; those of the twin where there is none.
    """

    key: str
    title: str
    label: int
    image: np.ndarray | None = field(repr=False)
    code: np.ndarray | None = field(repr=False)
    rebuilt: np.ndarray | None = field(repr=False)
    twin_code: np.ndarray | None = field(default=None, repr=False)
    twin_rebuilt: np.ndarray | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Measured:
    """How a network uses its latent dimensions (d,) over `images` held-out images.

    `network` tells one network from another, not one step of it from the next; `room` tells how far from 0 the
    codes of one that is still to learn may come, and is 0 for others. `divergence` (d,), in nats, is None for an AE,
    and where it can't be told: then `note` says in a sentence why, and `dataset` names what has to be loaded for it, if
    that would help. `has_stopped` says that its training was stopped, and that these are its last figures.
    """

    network: int
    kind: str
    room: float
    spread: Spread = field(repr=False)
    means: np.ndarray
    variances: np.ndarray
    divergence: np.ndarray | None
    images: int
    note: str = ""
    dataset: str = ""
    has_stopped: bool = False

    @property
    def dims(self) -> int:
        """Latent dimensions."""
        return len(self.variances)

    @property
    def is_learning(self) -> bool:
        """Whether it is still to learn."""
        return self.room > 0

    @property
    def figures(self) -> np.ndarray:
        """What the bars show (d,): the KL of each dimension in nats, or else its variance."""
        return self.variances if self.divergence is None else self.divergence

    @property
    def active(self) -> np.ndarray:
        """Which units are active (d,)."""
        return is_active(self.variances)

    def order(self) -> np.ndarray:
        """The dimensions (d,), those first that carry most."""
        return np.argsort(-np.nan_to_num(self.figures, nan=-1.0), kind="stable")


@dataclass(frozen=True, eq=False)
class Twin:
    """The network that is laid over this one: its name, whose it is in a sentence, its kind, how its codes spread."""

    name: str
    whose: str
    kind: str
    spread: Spread = field(repr=False)

    @property
    def dims(self) -> int:
        """Latent dimensions."""
        return len(self.spread.low)
