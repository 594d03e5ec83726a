"""How regular two networks are, in figures: the run looked at, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background, cancelled, on_one_core
from app.desks.regularity_beside import BesideDesk
from app.seen.regularity import Figures, Measured
from app.viewpoint import Viewpoint
from models.datasets import whole_title
from models.regularity import DRAWS, measure, unused_axes
from models.stopping import Stopped

if TYPE_CHECKING:
    from models.snapshot import Snapshot

LIVE_DRAWS = 300  # while it learns
LIVE_MS, SETTLED_MS = 2500, 1500


class FiguresDesk(QObject):
    """Measures on a worker, while somebody looks; a network that learns with few draws, at last with all."""

    shown = Signal(object)
    """Figures"""

    def __init__(self, beside: BesideDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._beside = beside
        self._background = Background(self)
        self._view: Viewpoint | None = None
        self._told: Viewpoint | None = None
        self._measured: tuple[Snapshot | None, int, Measured] | None = None  # of what, with how many draws
        self._others: WeakKeyDictionary[Viewpoint, Measured] = WeakKeyDictionary()  # a trained twin goes with its view
        self._watched = self._busy = False
        self._rest = QTimer(self, interval=LIVE_MS, singleShot=True)
        self._rest.timeout.connect(lambda: self._measure(LIVE_DRAWS))
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(lambda: self._measure(DRAWS))
        beside.changed.connect(self._look_beside)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        waits = self._rest.isActive() or self._settled.isActive()
        return self._beside.at_rest and not (self._busy or waits)

    def look_at(self, view: Viewpoint) -> None:
        """Another network, or the same one after some steps."""
        another = view is not self._view
        self._view = view
        if not self._watched or (not another and not self._is_stale()):
            return  # nothing has been learned since
        if another:
            self._measured = None
            self._background.cancel()
            self._tell()
        if self._measured is None:
            self._measure(DRAWS if view.run is not None else LIVE_DRAWS)
        if view.run is None:
            self._settled.start()
            if not self._rest.isActive():
                self._rest.start()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks."""
        self._watched = watched
        if watched and self._view is not None:
            if self._told is not self._view:
                self._measured = None
            self._tell()
            self._measure(DRAWS)
        elif not watched:
            for timer in (self._rest, self._settled):
                timer.stop()
            self._background.cancel()

    def close(self) -> None:
        """Give up what is under way."""
        self.watch(False)
        self._background.close()

    # measuring ---------------------------------------------------------------------------------------------------

    def _is_stale(self, draws: int = DRAWS) -> bool:
        view, measured = self._view, self._measured
        if view is None or view.snapshot is None:
            return False
        return measured is None or measured[0] is not view.snapshot or measured[1] < draws

    def _measure(self, draws: int) -> None:
        """The network looked at, if that is not done; then the other one."""
        view = self._view
        if self._busy or not self._watched or view is None or view.snapshot is None:
            return
        if not self._is_stale(draws):
            self._measure_other()
            return
        snapshot, codes, about = view.snapshot, view.codes.copy(), _unmeasured(view)
        log_variances = view.log_variances

        def keep(found: Measured | None) -> None:
            if found is not None and self._view is view:
                self._measured = snapshot, draws, found
                self._told = view
                self._tell()
            if self._view is view and self._settled.isActive():
                self._measure_other()
            else:
                self._measure(DRAWS)

        self._submit(lambda: _measured(about, snapshot, codes, log_variances, draws), keep)

    def _look_beside(self) -> None:
        """Another run stands beside, or it has been read."""
        self._tell()
        if self._view is not None and not self._is_stale():
            self._measure_other()

    def _measure_other(self) -> None:
        beside = self._beside.found
        other = beside.view if beside is not None else None
        if beside is None or other is None or other.snapshot is None or other in self._others or self._busy:
            return
        snapshot, codes = other.snapshot, other.codes.copy()
        about, log_variances = replace(_unmeasured(other), title=beside.title), other.log_variances

        def keep(found: Measured | None) -> None:
            if found is not None:
                self._others[other] = found
                self._tell()
            self._measure(DRAWS)

        self._submit(lambda: _measured(about, snapshot, codes, log_variances, DRAWS), keep)

    def _submit(self, work: Callable[[], Measured], keep: Callable[[Measured | None], None]) -> None:
        @on_one_core
        def working() -> Measured | None:
            try:
                return work()
            except Stopped:
                return None

        def done(found: Measured | None) -> None:
            self._busy = False
            keep(found)

        def failed(sentence: str) -> None:
            self._busy = False

        self._busy = True
        self._background.submit(working, done, failed)

    def _tell(self) -> None:
        view = self._view
        if view is None or not self._watched:
            return
        mine = _unmeasured(view) if self._measured is None else self._measured[2]
        learning = self._measured is not None and self._measured[1] < DRAWS
        beside = self._beside.found
        if beside is None:
            self.shown.emit(Figures(mine, None, self._beside.why_alone, learning))
            return
        unknown = Measured(beside.title, beside.kind, sentence=beside.sentence)
        other = unknown if beside.view is None else self._others.get(beside.view, unknown)
        self.shown.emit(Figures(mine, other, learning=learning))


def _unmeasured(view: Viewpoint) -> Measured:
    config = view.config
    data = whole_title(view.dataset_title)[0]
    about = view.title, config.kind, data
    return Measured(*about, sentence=view.failure, dims=config.latent_dim)


def _measured(
    about: Measured, network: Snapshot, codes: np.ndarray, log_variances: np.ndarray | None, draws: int
) -> Measured:
    """Variances are not known while a network learns, and after that only once its codes have been settled."""
    unused = 0 if log_variances is None else unused_axes(log_variances)
    try:
        return replace(about, unused=unused, found=measure(network, codes, draws, cancelled=cancelled))
    except ValueError as error:
        return replace(about, sentence=str(error))
