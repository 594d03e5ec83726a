"""The frozen messages that training yields; whoever iterates decides when to pause and when to stop.

Nothing here imports torch, so the window can know these types before torch is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.checkpoint import Run
    from models.snapshot import Snapshot

MAP_IMAGES = 10_000  # held-out images whose codes are told while a run is in progress


@dataclass(frozen=True)
class Losses:
    """Averages over images, in nats per image (squared error per image where that is the reconstruction loss)."""

    total: float
    reconstruction: float
    kl: float
    sparsity: float = 0.0


@dataclass(frozen=True)
class RunStarted:
    """A run is ready to take its first step; `snapshot` holds the initial weights."""

    parameters: int
    steps_per_epoch: int
    total_steps: int
    images: int
    snapshot: Snapshot


@dataclass(frozen=True)
class StepDone:
    """One batch was learned; `losses` are those of the batch, before the step. Steps count from 1.

    On a device whose work runs ahead of us losses are read seldom: the network is then `ahead` by so many steps, which
    are told next. To look at what this step did, ask for every step (`Dials.show_every_step`).
    """

    step: int
    epoch: float
    losses: Losses
    learning_rate: float
    beta: float
    ahead: int = 0


@dataclass(frozen=True)
class CodesMoved:
    """New codes (n, latent_dim) float32 of held-out images `indices` (n,), and the network that gave them."""

    step: int
    indices: np.ndarray
    codes: np.ndarray
    snapshot: Snapshot


@dataclass(frozen=True)
class EpochDone:
    """Every training image was seen once more; `seconds` is the run's training time so far, evaluation left out."""

    epoch: int
    step: int
    held_out: Losses
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class RunFinished:
    """The last fact of a run that came to its end."""

    run: Run


Fact = RunStarted | StepDone | CodesMoved | EpochDone | RunFinished
