"""How regular two networks are, in figures: the run looked at, and the shipped run of the other kind beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background
from app.run_library import shipped_runs
from app.seen.regularity import Figures, Measured
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, load_run
from models.datasets import whole_title
from models.regularity import DRAWS, measure
from models.twins import Stopped

if TYPE_CHECKING:
    from models.snapshot import Snapshot

LIVE_DRAWS = 300  # while it learns
LIVE_MS, SETTLED_MS = 2500, 1500


class FiguresDesk(QObject):
    """Measures on a worker, while somebody looks; a network that learns with few draws, at last with all."""

    shown = Signal(object)
    """Figures"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._view: Viewpoint | None = None
        self._told: Viewpoint | None = None
        self._measured: tuple[Snapshot | None, int, Measured] | None = None  # of what, with how many draws
        self._others: dict[Path, Measured] = {}
        self._watched = self._busy = False
        self._rest = QTimer(self, interval=LIVE_MS, singleShot=True)
        self._rest.timeout.connect(lambda: self._measure(LIVE_DRAWS))
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(lambda: self._measure(DRAWS))

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not (self._busy or self._rest.isActive() or self._settled.isActive())

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
            self._measure_other(view)
            return
        snapshot, codes, about = view.snapshot, view.codes.copy(), _unmeasured(view)

        def keep(found: Measured | None) -> None:
            if found is not None and self._view is view:
                self._measured = snapshot, draws, found
                self._told = view
                self._tell()
            if self._view is view and self._settled.isActive():
                self._measure_other(view)
            else:
                self._measure(DRAWS)

        self._submit(lambda cancelled: _measured(about, snapshot, codes, draws, cancelled), keep)

    def _measure_other(self, view: Viewpoint) -> None:
        path, title = _beside(view)
        if path is None or path in self._others:
            return
        kind = path.stem.partition("-")[0]

        def work(cancelled: Callable[[], bool]) -> Measured:
            from models.snapshot import Snapshot

            try:
                run = load_run(path)
                network = Snapshot.from_weights(run.config, run.weights)
            except (CheckpointError, ValueError) as error:
                return Measured(title, kind, sentence=str(error))
            about = Measured(title, kind, whole_title(run.dataset)[0])
            return _measured(about, network, run.codes, DRAWS, cancelled)

        def keep(found: Measured | None) -> None:
            if found is not None:
                self._others[path] = found
                self._tell()
            self._measure(DRAWS)

        self._submit(work, keep)

    def _submit(self, work: Callable[[Callable[[], bool]], Measured], keep: Callable[[Measured | None], None]) -> None:
        def working(progress: object, cancelled: Callable[[], bool]) -> Measured | None:
            from models.warm_up import look_with_one_thread

            look_with_one_thread()
            try:
                return work(cancelled)
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
        path, title = _beside(view)
        if path is None:
            dims = view.config.latent_dim
            numbers = "1 latent number" if dims == 1 else f"{dims} latent numbers"
            self.shown.emit(Figures(mine, None, f"No {title} with {numbers} is shipped to stand beside it."))
            return
        other = self._others.get(path, Measured(title, path.stem.partition("-")[0]))
        learning = self._measured is not None and self._measured[1] < DRAWS
        self.shown.emit(Figures(mine, other, learning=learning))


def _beside(view: Viewpoint) -> tuple[Path | None, str]:
    """The shipped run of the other kind with as many latent dimensions and its title; or None and that kind."""
    other = "ae" if view.config.kind == "vae" else "vae"
    stem = f"{other}-{view.config.latent_dim}"
    found = next((entry for entry in shipped_runs() if entry.path.stem == stem), None)
    return (None, other.upper()) if found is None else (found.path, found.title)


def _unmeasured(view: Viewpoint) -> Measured:
    return Measured(view.name, view.config.kind, whole_title(view.dataset_title)[0])


def _measured(
    about: Measured, network: Snapshot, codes: np.ndarray, draws: int, cancelled: Callable[[], bool]
) -> Measured:
    try:
        return replace(about, found=measure(network, codes, draws, cancelled=cancelled))
    except ValueError as error:
        return replace(about, sentence=str(error))
