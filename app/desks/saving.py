"""A network as a run that can be saved: a finished one as it is, one in training or stopped with what it learned."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.background import Background, on_one_core
from app.exporting import ExportError
from app.exporting_views import IMAGE_COLUMNS, save_table
from app.run_library import keep_run
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, History, Run, save_run
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

        def work() -> Run:
            run = run_of(now, images)
            return replace(run, path=write(run))

        looking = work if now.run is not None else on_one_core(work)  # a file is copied without PyTorch
        self._worker.submit(looking, kept, failed, (CheckpointError,))

    def finish(self) -> bool:
        """Wait for what is being written, to its end; whether it is in its file."""
        return self._worker.finish()

    def close(self) -> None:
        """Wait for what is being written; nobody is told any more."""
        self._worker.close()


class SaveDesk(QObject):
    """Saves a network of the window's as one file, or in the list of runs, or its codes as a table."""

    message = Signal(str, str)
    saved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keeper = Keeper(self)
        self._tables = Background(self)

    def save_codes(self, view: Viewpoint | None, path: Path) -> None:
        """Write a view's codes with all their numbers as CSV, behind the window: a million numbers take a second."""
        if view is None:
            self.message.emit("There are no codes to save yet.", "warning")
            return
        codes, names = view.codes.copy(), [view.class_name(index) for index in range(len(view.codes))]

        def work() -> None:
            header = [*IMAGE_COLUMNS, *(f"z{i + 1}" for i in range(codes.shape[1]))]
            rows = ([i, name, *code.tolist()] for i, (name, code) in enumerate(zip(names, codes, strict=True)))
            save_table(header, rows, path)

        def written(_: None) -> None:
            self.message.emit(f"Saved as “{path}”.", "good")

        self._tables.submit(work, written, lambda sentence: self.message.emit(sentence, "error"), (ExportError,))

    def save(self, view: Viewpoint | None, dataset: Dataset | None, path: Path) -> None:
        """Write a view's network beside `path` and rename it, behind the window."""

        def saved(run: Run) -> None:
            self.message.emit(f"Saved as “{path}”.", "good")
            self.saved.emit()

        self._write(view, dataset, to_file(path), saved)

    def keep(self, view: Viewpoint, dataset: Dataset | None, kept: Callable[[Run], None]) -> None:
        """Put a view's network into the list of runs, behind the window; then `kept(run)`."""

        def saved(run: Run) -> None:
            self.saved.emit()
            kept(run)

        self._write(view, dataset, keep_run, saved)

    def _write(
        self,
        view: Viewpoint | None,
        dataset: Dataset | None,
        write: Callable[[Run], Path],
        written: Callable[[Run], None],
    ) -> None:
        if view is None or (view.run is None and view.snapshot is None):
            self.message.emit("There is no network to save yet.", "warning")
        elif self._keeper.busy:
            self.message.emit("Another network is still being saved: wait for a moment.", "info")
        else:
            self._keeper.keep(view, dataset, write, written, lambda sentence: self.message.emit(sentence, "error"))

    def finish(self) -> bool:
        """Wait for what is being written, to its end; whether it is in its files."""
        return all([self._keeper.finish(), self._tables.finish()])

    def close(self) -> None:
        """Wait for what is being written; nobody is told any more."""
        for each in (self._keeper, self._tables):
            each.close()


def to_file(path: Path) -> Callable[[Run], Path]:
    """What writes a run beside `path` and renames it."""

    def write(run: Run) -> Path:
        save_run(run, path)
        return path

    return write


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
