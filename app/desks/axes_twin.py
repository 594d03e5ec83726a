"""The shipped run that is laid over the axes: the other kind with as many latent dimensions, of the same images."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.run_library import shipped_runs
from app.seen.axes import Twin
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, Run, load_run
from models.datasets import whole_title
from models.latent_use import Spread, spread

if TYPE_CHECKING:
    from models.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class TwinRun:
    """A run to lay over another one, ready to look through."""

    title: str
    run: Run = field(repr=False)
    snapshot: Snapshot = field(repr=False)
    spread: Spread = field(repr=False)


class TwinDesk(QObject):
    """Finds the twin of what is looked at and reads it on a worker, once; shows it when that is wanted."""

    offered = Signal(str, bool, str)
    """words for the button, whether there is a twin, and in a sentence what it shows or why there is none"""
    shown = Signal(object)
    """Twin, or None"""
    changed = Signal()
    """`chosen` is another one"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen: TwinRun | None = None
        self._beside: Viewpoint | None = None
        self._wanted = False
        self._read: dict[Path, TwinRun | str] = {}
        self._worker = Background(self)

    def show(self, wanted: bool) -> None:
        """Lay the twin over, or take it away."""
        self._wanted = wanted
        self._choose()

    def look_beside(self, view: Viewpoint) -> None:
        """Find the twin of another network."""
        self._beside = view
        path = _path_beside(view)
        if path is not None and path not in self._read and view.snapshot is not None:
            self._fetch(path)
        self._choose()

    def close(self) -> None:
        """Wait for what is being read."""
        self._worker.close()

    def _fetch(self, path: Path) -> None:
        title = next(entry.title for entry in shipped_runs() if entry.path == path)

        def work(progress: object, cancelled: object) -> TwinRun:
            from models.snapshot import Snapshot
            from models.warm_up import look_with_one_thread

            look_with_one_thread()
            run = load_run(path)
            return TwinRun(title, run, Snapshot.from_weights(run.config, run.weights), spread(run.codes))

        def keep(found: TwinRun | str) -> None:
            self._read[path] = found
            self._choose()

        if not self._worker.busy:
            self._worker.submit(work, keep, keep, (CheckpointError, ValueError))

    def _choose(self) -> None:
        """Offer what there is, and lay it over if that is wanted."""
        view = self._beside
        if view is None:
            return
        path = _path_beside(view)
        found = self._read.get(path) if path is not None else None
        why_not = _why_not(view, path, found)
        words = f"Show {_other(view)}"
        twin = found if isinstance(found, TwinRun) and not why_not else None
        if twin is None:
            self.offered.emit(words, False, why_not)
        else:
            self.offered.emit(
                words, True, f"Lay the codes of {twin.title} over these: the same images, another network."
            )
        chosen = twin if self._wanted else None
        if chosen is not self.chosen:
            self.chosen = chosen
            self.shown.emit(None if chosen is None else Twin(chosen.title, chosen.run.config.kind, chosen.spread))
            self.changed.emit()


def _other(view: Viewpoint) -> str:
    return "AE" if view.config.kind == "vae" else "VAE"


def _path_beside(view: Viewpoint) -> Path | None:
    stem = f"{_other(view).lower()}-{view.config.latent_dim}"
    return next((entry.path for entry in shipped_runs() if entry.path.stem == stem), None)


def _why_not(view: Viewpoint, path: Path | None, found: TwinRun | str | None) -> str:
    other, dims = _other(view), view.config.latent_dim
    if path is None:
        numbers = "1 latent number" if dims == 1 else f"{dims} latent numbers"
        return f"No {other} with {numbers} is shipped that could be laid over this one."
    if found is None:
        return "The other network is still being read."
    if isinstance(found, str):
        return found
    if found.run.fingerprint != view.fingerprint:
        mine, its = whole_title(view.dataset_title)[0], whole_title(found.run.dataset)[0]
        return f"The shipped {other} {dims}-D has other held-out images: it learned {its}, this one {mine}."
    return ""
