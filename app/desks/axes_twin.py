"""What is laid over the axes: the twin in the Twins view, or else a shipped run of the other kind with as many axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.amounts import counted
from app.background import Background, on_one_core
from app.run_library import RunEntry, shipped_beside
from app.seen.axes import Twin
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, load_run
from models.datasets import whole_title
from models.latent_use import Spread, spread

if TYPE_CHECKING:
    from models.snapshot import Snapshot


READING = "The other network is still being read."


@dataclass(frozen=True, eq=False)
class TwinRun:
    """A network to lay over another one, ready to look through."""

    title: str
    kind: str
    fingerprint: str
    dataset_title: str
    codes: np.ndarray = field(repr=False)
    snapshot: Snapshot = field(repr=False)
    spread: Spread = field(repr=False)


class TwinDesk(QObject):
    """Finds the twin of what is looked at and makes it ready on a worker, once; shows it when that is wanted."""

    offered = Signal(str, bool, str, bool)
    """words for the button, whether there is a twin, in a sentence what it shows or why there is none, and whether the
    Twins view would help"""
    shown = Signal(object)
    """Twin, or None"""
    changed = Signal()
    """`chosen` is another one"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen: TwinRun | None = None
        self._beside: Viewpoint | None = None
        self._pair: Mapping[str, Viewpoint] = {}
        self._wanted = False
        self._read: dict[Path, TwinRun | str] = {}
        self._of_pair: tuple[Viewpoint, TwinRun] | None = None
        self._told: tuple[TwinRun | None, str] = (None, "")
        self._worker = Background(self)

    def show(self, wanted: bool) -> None:
        """Lay the twin over, or take it away."""
        self._wanted = wanted
        self._choose()

    def look_beside(self, view: Viewpoint) -> None:
        """Find the twin of another network."""
        self._beside = view
        self._prepare()

    def know_pair(self, pair: Mapping[str, Viewpoint]) -> None:
        """Other networks, none of them in training, stand in the Twins view."""
        self._pair = dict(pair)
        self._prepare()

    def close(self) -> None:
        """Wait for what is being made ready."""
        self._worker.close()

    # inside

    def _prepare(self) -> None:
        """Make ready what is to be laid over, unless that has been done."""
        view = self._beside
        if view is None:
            return
        member, entry = _member_beside(view, self._pair), shipped_beside(view.config)
        if member is not None:
            if self._of_pair is None or self._of_pair[0] is not member:
                self._take(member)
        elif entry is not None and entry.path not in self._read and view.snapshot is not None:
            self._fetch(entry)
        self._choose()

    def _take(self, member: Viewpoint) -> None:
        """Look through a network of the Twins view."""
        snapshot, codes = member.snapshot, member.codes.copy()
        if snapshot is None:
            return

        @on_one_core
        def work() -> TwinRun:
            about = member.title, member.config.kind, member.fingerprint, member.dataset_title
            return TwinRun(*about, codes, snapshot, spread(codes))

        def keep(found: TwinRun) -> None:
            self._of_pair = (member, found)
            self._prepare()  # meanwhile another one may have come

        if not self._worker.busy:
            self._worker.submit(work, keep, lambda sentence: None)

    def _fetch(self, entry: RunEntry) -> None:
        @on_one_core
        def work() -> TwinRun:
            from models.snapshot import Snapshot

            run = load_run(entry.path)
            network = Snapshot.from_weights(run.config, run.weights)
            about = entry.title, run.config.kind, run.fingerprint, run.dataset
            return TwinRun(*about, run.codes, network, spread(run.codes))

        def keep(found: TwinRun | str) -> None:
            self._read[entry.path] = found
            self._prepare()

        if not self._worker.busy:
            self._worker.submit(work, keep, keep, (CheckpointError, ValueError))

    def _choose(self) -> None:
        """Offer what there is, and lay it over if that is wanted."""
        view = self._beside
        if view is None:
            return
        member, found, whose = _member_beside(view, self._pair), None, ""
        if member is not None:
            found = self._of_pair[1] if self._of_pair is not None and self._of_pair[0] is member else None
            why_not, whose = "" if found is not None else READING, _whose(view, member, self._pair)
        else:
            entry = shipped_beside(view.config)
            read = self._read.get(entry.path) if entry is not None else None
            found, why_not = read if isinstance(read, TwinRun) else None, _why_not(view, entry, read)
            whose = found.title if found is not None else ""
        alike = member is not None and member.config.kind == view.config.kind
        words = "Show twin" if alike else f"Show {view.config.other_kind.upper()}"
        if why_not:
            found = None
        sentence = why_not or f"Lay the codes of {whose} over these: the same images, another network."
        self.offered.emit(words, found is not None, sentence, why_not not in ("", READING))
        chosen = found if self._wanted else None
        told = (chosen, whose if chosen is not None else "")
        if told != self._told:
            self.chosen, self._told = chosen, told
            self.shown.emit(None if chosen is None else Twin(chosen.title, whose, chosen.kind, chosen.spread))
            self.changed.emit()


def _fits(view: Viewpoint, member: Viewpoint) -> bool:
    """Whether a code of one has its twin on the other, on as many axes."""
    same = view.fingerprint == member.fingerprint and view.config.latent_dim == member.config.latent_dim
    return same and len(member.codes) >= len(view.codes) and member.snapshot is not None


def _member_beside(view: Viewpoint, pair: Mapping[str, Viewpoint]) -> Viewpoint | None:
    """The network of the Twins view that is this one's twin, else one of the other kind there that fits beside it."""
    members = list(pair.values())
    for member, other in zip(members, reversed(members), strict=True):
        if len(members) > 1 and view.is_same(member) and _fits(view, other) and not view.is_same(other):
            return other
    fitting = (each for each in members if each.config.kind != view.config.kind and _fits(view, each))
    return next(fitting, None)


def _whose(view: Viewpoint, member: Viewpoint, pair: Mapping[str, Viewpoint]) -> str:
    is_twin = any(view.is_same(each) for each in pair.values())
    return f"{'its twin' if is_twin else f'the {member.config.kind.upper()}'} in the Twins view, “{member.title}”"


def _why_not(view: Viewpoint, entry: RunEntry | None, found: TwinRun | str | None) -> str:
    other, dims = view.config.other_kind.upper(), view.config.latent_dim
    if entry is None:
        return (
            f"No {other} with {counted(dims, 'latent number')} is shipped that could be laid over this one: "
            "put one beside it in the Twins view."
        )
    if found is None:
        return READING
    if isinstance(found, str):
        return found
    if found.fingerprint != view.fingerprint:
        mine, its = whole_title(view.dataset_title)[0], whole_title(found.dataset_title)[0]
        return (
            f"The shipped {other} {dims}-D has other held-out images: it learned {its}, this one {mine}. "
            "Train both in the Twins view."
        )
    return ""
