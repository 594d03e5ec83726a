"""A twin as a run that can be saved: a finished one as it is, one in training or stopped with what it has learned."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from app.background import Background
from app.run_library import shipped_runs
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, History, Run
from models.datasets import Dataset
from models.facts import EpochDone, StepDone
from models.twins import SIDES

Told = tuple[Sequence[StepDone], Sequence[EpochDone]]
"""What a training has told so far."""


class TwinKeeper(QObject):
    """Writes the sides' networks to files on workers: a stopped one's images must be encoded before, all of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = {side: Background(self) for side in SIDES}

    def is_busy(self, side: str) -> bool:
        """Whether a side's network is being written; it is never asked for a second time meanwhile."""
        return self._workers[side].busy

    def keep(
        self,
        side: str,
        view: Viewpoint,
        told: Told,
        dataset: Dataset | None,
        write: Callable[[Run], Path],
        kept: Callable[[Run], None],
        failed: Callable[[str], None],
    ) -> None:
        """Let `write` put a view's network, as it is now, into a file; then `kept(run)` or `failed(sentence)`.

        Whatever becomes of it, the network stays as it is and can be written again.
        """
        now = copy.copy(view)  # as it stands: the training may go on while it is written
        now.codes = view.codes.copy()
        images = view.held_out_images(dataset)

        def work(progress: object, cancelled: object) -> Run:
            if now.run is None:
                from models.warm_up import look_with_one_thread

                look_with_one_thread()
            run = run_of(now, told, images)
            return replace(run, path=write(run))

        self._workers[side].submit(work, kept, failed, (CheckpointError,))

    def close(self) -> None:
        """Wait for what is being written, to its end."""
        for worker in self._workers.values():
            worker.close()


def run_of(view: Viewpoint, told: Told, images: np.ndarray | None) -> Run:
    """What a view looks at, as a run; one without a file needs its network.

    The map of a network in training is renewed part by part: with all held-out `images` its codes are encoded anew.
    """
    if view.run is not None:
        return view.run
    assert view.snapshot is not None
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
        history=history_of(*told),
        report={"stopped": True},
    )


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
    path = view.run.path if view.run is not None else None
    return next((entry.title for entry in shipped_runs() if entry.path == path), view.name)
