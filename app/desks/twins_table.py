"""The figures of the twins' table: what a run's report says at once, the rest computed behind the window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import ref

from PySide6.QtCore import QObject, Signal

from app.background import Background, cancelled, on_one_core
from app.viewpoint import Viewpoint
from models.datasets import Dataset
from models.facts import EpochDone
from models.measuring import BITS_PER_NUMBER, Measures, axis_ranges, measure, measure_in_training
from models.stopping import Stopped

if TYPE_CHECKING:
    from models.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class Epoch:
    """The end of an epoch, and the network as it was then."""

    done: EpochDone
    snapshot: Snapshot


class TwinTable(QObject):
    """Owns the measures of both sides; an answer about a network that has gone is dropped."""

    measured = Signal(str, object)
    """side, Measures"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.measures: dict[str, Measures] = {}
        self._worker = Background(self)
        self._measured: dict[str, tuple[object, ...]] = {}
        self._young: dict[str, tuple[Epoch, Measures]] = {}
        self._followed: dict[str, tuple[Viewpoint, Epoch | None, Dataset | None]] = {}

    def want(self, side: str, view: Viewpoint, dataset: Dataset | None) -> None:
        """Measure what stands on a side, unless that has been done; `dataset` is what is loaded, its own or not."""
        own = dataset if dataset is not None and dataset.fingerprint == view.fingerprint else None
        key = (view, view.snapshot, own and ref(own))  # images that are not in use any more may be large
        if self._measured.get(side) == key:
            return
        self._measured[side] = key
        self._followed.pop(side, None)
        if side not in self.measures:
            self._tell(side, first_measures(view))
        snapshot, report = view.snapshot, {} if view.run is None else view.run.report

        def work() -> Measures:
            gone = lambda: self._measured.get(side) != key or cancelled()  # noqa: E731
            return measure(view.config, view.codes, view.log_variances, report, snapshot, own, gone)

        def done(found: Measures) -> None:
            if self._measured.get(side) == key:
                self._tell(side, found)

        # without a network nothing here needs PyTorch, which may be missing
        self._worker.submit(work if snapshot is None else on_one_core(work), done, lambda sentence: None, (Stopped,))

    def follow(self, side: str, view: Viewpoint, epoch: Epoch | None, dataset: Dataset | None) -> None:
        """What can be said of a network in training: its codes' range, and how it was after its last epoch.

        Its losses are of all held-out images, the rest of some of them, which a worker looks at.
        """
        self._measured.pop(side, None)
        self._followed[side] = view, epoch, dataset
        found, young = first_measures(view, None if epoch is None else epoch.done), self._young.get(side)
        if young is not None:
            told = replace(young[1], ranges=found.ranges, places=found.places)
            if young[0] is not epoch:  # the next epoch's are on their way
                told = replace(told, reconstruction=found.reconstruction, kl=found.kl)
            found = told
        self._tell(side, replace(found, pending="after epoch 1") if epoch is None else found)
        if epoch is not None and dataset is not None and (young is None or young[0] is not epoch):
            self._measure_epoch(side, view, epoch, dataset)

    def _measure_epoch(self, side: str, view: Viewpoint, epoch: Epoch, dataset: Dataset) -> None:
        if self._worker.busy or dataset.fingerprint != view.fingerprint:
            return
        losses, number = epoch.done.held_out, epoch.done.epoch

        @on_one_core
        def work() -> Measures:
            return measure_in_training(epoch.snapshot, losses, number, dataset, cancelled)

        def done(found: Measures) -> None:
            if side in self._followed and self._followed[side][0] is view:
                self._young[side] = (epoch, found)
            for each in sorted(self._followed, key=lambda each: each == side):  # the other one's turn first
                self.follow(each, *self._followed[each])

        self._worker.submit(work, done, lambda sentence: None, (Stopped,))

    def forget(self, side: str) -> None:
        """Another network stands on this side."""
        self._measured.pop(side, None)
        self.measures.pop(side, None)
        self._young.pop(side, None)
        self._followed.pop(side, None)

    def close(self) -> None:
        """Give up what is being measured."""
        self._measured.clear()
        self._worker.close()

    def _tell(self, side: str, found: Measures) -> None:
        self.measures[side] = found
        self.measured.emit(side, found)


def first_measures(view: Viewpoint, last: EpochDone | None = None) -> Measures:
    """What needs no computing: figures that the run reports, or those of its last epoch."""
    report = {} if view.run is None else view.run.report
    reconstruction, kl = report.get("test_reconstruction"), report.get("test_kl")
    if last is not None:
        reconstruction, kl = last.held_out.reconstruction, last.held_out.kl
    return Measures(
        reconstruction=reconstruction,
        kl=kl if view.config.kind == "vae" else None,
        squared_error=report.get("test_mse_per_pixel"),
        ranges=axis_ranges(view.codes),
        knn_accuracy=report.get("knn_accuracy"),
        landing_prior=None,
        landing_range=None,
        covered=None,
        places=view.codes[:0],
        reach=0.0,
        bits=BITS_PER_NUMBER * view.config.latent_dim,
        pending="measuring…",
    )
