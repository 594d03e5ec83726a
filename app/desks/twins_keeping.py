"""A twin as a run that can be saved: a finished one as it is, one in training or stopped with what it has learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.run_library import shipped_runs
from app.viewpoint import Viewpoint
from models.checkpoint import History, Run
from models.datasets import Dataset
from models.facts import EpochDone, StepDone


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


def run_of(view: Viewpoint, history: History, dataset: Dataset | None) -> Run | None:
    """What stands on a side, as a run; None before torch has made its network.

    The map of a network in training is renewed part by part: with its images loaded, all codes are encoded anew.
    """
    if view.run is not None or view.snapshot is None:
        return view.run
    images = view.held_out_images(dataset)
    codes, log_variances = (view.codes, None) if images is None else view.snapshot.posterior(images[: len(view.codes)])
    return Run(
        name=view.name,
        config=view.config,
        weights=view.snapshot.weights(),
        codes=codes,
        log_variances=log_variances,
        labels=np.asarray(view.labels, np.uint8),
        dataset=view.dataset_title,
        fingerprint=view.fingerprint,
        history=history,
        report={"stopped": True},
    )


def title_of(view: Viewpoint) -> str:
    """What a network is called: as in the list of runs."""
    path = view.run.path if view.run is not None else None
    return next((entry.title for entry in shipped_runs() if entry.path == path), view.name)
