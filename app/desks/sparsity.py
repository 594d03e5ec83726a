"""How the units of the code are used: measured over the held-out codes, and the images that excite one most."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background, on_one_core
from app.desks.originals import where_they_are
from app.pace import Pace
from app.run_library import shipped_run
from app.seen.sparse import Exciting, Sparse, look_at_units
from app.viewpoint import Viewpoint
from models.activations import most_exciting
from models.datasets import Dataset

SPARSE_RUN = "ae-64-sparse"
WITHOUT = "These are reconstructions: the images are"
REFRESH_MS = 500
"""The least time between two looks while training."""
APART_MS = 20
"""So much later than the charts come the unit's images: what is painted at once takes 15 ms."""


class SparsityDesk(QObject):
    """Owns the chosen unit. All units are measured on a worker, and only while somebody looks."""

    shown = Signal(object)
    """Sparse"""
    unit_shown = Signal(object)
    """Exciting: of the chosen unit"""
    missing = Signal(str)
    """a sentence that says why there is nothing to see"""
    originals_missing = Signal(str, str)
    """a sentence that says why reconstructions stand for images, and the dataset to get; both empty: they do not"""
    trained_shown = Signal(object)
    """RunConfig of the network"""
    run_wanted = Signal(Path)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.unit = -1
        self._visible = False
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._seen: Sparse | None = None
        self._worker = Background(self)
        self._pace = Pace(self._look, REFRESH_MS, self, self._worker)

    # what a person can do ---------------------------------------------------------------------------------------

    def choose_unit(self, unit: int) -> None:
        """Show what excites a unit."""
        self.unit = unit
        self._tell_unit()

    def open_sparse_run(self) -> None:
        """Look at the shipped sparse run."""
        self.run_wanted.emit(shipped_run(SPARSE_RUN))

    def set_visible(self, visible: bool) -> None:
        """Whether somebody looks."""
        self._visible = visible
        if visible:
            self._tell_training()
            self._look()

    def close(self) -> None:
        """Stop looking, and wait for what is being computed."""
        self._pace.stop()
        self._worker.close()

    # what the session tells -------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        another, self._view, self._dataset = view is not self._view, view, dataset
        if another:
            self.unit, self._seen = -1, None
            self._tell_training()
            self._look()
        elif self._visible:
            self._pace.soon()

    def _tell_training(self) -> None:
        if self._view is not None:
            self.trained_shown.emit(self._view.config)

    # units ------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Have all units measured; who asks while that is being done is answered after it."""
        view = self._view
        if not self._visible or view is None:
            return
        if self._worker.busy:
            self._pace.soon()
            return
        decoder = view.decoder
        if decoder is None:
            self.missing.emit(view.why_asleep)
            return
        self._pace.begin()
        config, codes = view.config, view.codes.copy()  # training goes on writing into the codes

        def work() -> Sparse:
            return look_at_units(config.kind.upper(), config.sparsity, config.sparsity_target, codes, decoder)

        looking = work if view.snapshot is None else on_one_core(work)  # PyTorch may be missing
        self._worker.submit(looking, lambda seen: self._show(view, seen), self.missing.emit)

    def _show(self, view: Viewpoint, seen: Sparse) -> None:
        """An answer about another network is dropped; the right one is on its way."""
        if view is not self._view:
            self._look()
            return
        self._seen = seen
        if not 0 <= self.unit < seen.units:
            self.unit = int(np.abs(seen.levels).argmax())
        self.shown.emit(seen)
        QTimer.singleShot(APART_MS, self, self._tell_unit)

    def _tell_unit(self) -> None:
        view, seen = self._view, self._seen
        if view is None or seen is None or not 0 <= self.unit < seen.units:
            return
        indices = most_exciting(seen.codes, self.unit)
        originals = view.held_out_images(self._dataset)
        images = originals[indices] / np.float32(255) if originals is not None else view.decode(seen.codes[indices])
        if images is None:
            return
        names = tuple(view.class_name(int(index)) for index in indices)
        values = seen.codes[indices, self.unit]
        self.unit_shown.emit(Exciting(self.unit, indices, names, values, images, originals is not None))
        missing = ("", "") if originals is not None else where_they_are(WITHOUT, view, self._dataset)
        self.originals_missing.emit(*missing)
