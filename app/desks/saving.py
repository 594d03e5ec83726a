"""A network as a run that can be saved: a finished one as it is, one in training or stopped with what it learned."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from app.background import Background
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, History, Run
from models.config import RunConfig
from models.datasets import Dataset


class Keeper(QObject):
    """Writes a network to a file on a worker: one without a file has its images encoded before, all of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Background(self)

    @property
    def busy(self) -> bool:
        """Whether a network is being written; no other is asked for meanwhile."""
        return self._worker.busy

    def keep(
        self,
        view: Viewpoint,
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
            run = run_of(now, images)
            return replace(run, path=write(run))

        self._worker.submit(work, kept, failed, (CheckpointError,))

    def finish(self) -> None:
        """Wait for what is being written, to its end."""
        self._worker.finish()

    def close(self) -> None:
        """Wait for what is being written; nobody is told any more."""
        self._worker.close()


def run_of(view: Viewpoint, images: np.ndarray | None = None) -> Run:
    """What a view looks at, as a run; one without a file needs its network.

    The map of a network in training is renewed part by part: with all held-out `images` its codes are encoded anew.
    """
    if view.run is not None:
        return view.run
    assert view.snapshot is not None
    codes, log_variances = view.codes, view.log_variances
    if images is not None:
        codes, log_variances = view.snapshot.posterior(images[: len(codes)])
    return Run(
        name=view.name,
        config=view.config,
        weights=view.snapshot.weights(),
        codes=codes,
        log_variances=log_variances,
        labels=np.asarray(view.labels, np.uint8),
        dataset=view.dataset_title,
        fingerprint=view.fingerprint,
        history=view.history or History(),
        report={} if view.history is None else {"stopped": True},
    )


def as_it_learns(view: Viewpoint, config: RunConfig, history: History) -> Viewpoint:
    """A view's network with the settings and the losses that its training has come to; the view stays as it is."""
    now = copy.copy(view)
    now.config, now.history = config, history
    return now
