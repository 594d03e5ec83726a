"""What a twin is saved with: the losses that its training has told, and its name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app import run_library
from app.viewpoint import Viewpoint
from models.checkpoint import History
from models.facts import EpochDone, StepDone

Told = tuple[Sequence[StepDone], Sequence[EpochDone]]
"""What a training has told so far."""


def history_of(steps: Sequence[StepDone], epochs: Sequence[EpochDone]) -> History:
    """The losses of a training so far."""
    told, held = [each.losses for each in steps], [each.held_out for each in epochs]
    return History(
        steps=np.array([each.step for each in steps], np.int64),
        total=np.array([each.total for each in told], np.float32),
        reconstruction=np.array([each.reconstruction for each in told], np.float32),
        kl=np.array([each.kl for each in told], np.float32),
        epoch_steps=np.array([each.step for each in epochs], np.int64),
        held_out_total=np.array([each.total for each in held], np.float32),
        held_out_reconstruction=np.array([each.reconstruction for each in held], np.float32),
        held_out_kl=np.array([each.kl for each in held], np.float32),
    )


def title_of(view: Viewpoint) -> str:
    """What a network is called: as in the list of runs."""
    return run_library.title_of(view.name, view.run.path if view.run is not None else None)
