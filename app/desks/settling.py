"""The codes of a network that was stopped: while it learned they came part by part, so that many are older than it."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from app.background import Background, on_one_core
from app.viewpoint import Viewpoint
from models.datasets import Dataset


def settle_codes(view: Viewpoint, dataset: Dataset, background: Background, settled: Callable[[], object]) -> None:
    """Encode all held-out images of a view as its network does now, on a worker; then call `settled`."""
    snapshot, images = view.snapshot, dataset.test_images[: len(view.codes)]
    if snapshot is None:
        return

    @on_one_core
    def work() -> tuple[np.ndarray, np.ndarray | None]:
        return snapshot.posterior(images)

    def done(posterior: tuple[np.ndarray, np.ndarray | None]) -> None:
        if view.snapshot is snapshot:
            view.codes[:], view.log_variances = posterior
            view.snapshot = copy.copy(snapshot)  # those who remember what they measured measure again
            view.project_again()
            settled()

    background.submit(work, done, lambda sentence: None)
