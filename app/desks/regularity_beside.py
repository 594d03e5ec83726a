"""What stands beside the run looked at: its twin in the Twins view, or else the shipped run of the other kind."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.amounts import counted
from app.background import Background, on_one_core
from app.desks.looking import Pin
from app.run_library import RunEntry, shipped_beside
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, load_run

if TYPE_CHECKING:
    from app.desks.looking import LookDesk


READING = "The other run is being read…"


@dataclass(frozen=True, eq=False)
class Beside:
    """A run that stands beside another one; `view` is None while it is read, and for good where a sentence says why."""

    title: str
    kind: str
    view: Viewpoint | None = None
    sentence: str = ""


class BesideDesk(QObject):
    """Finds what stands beside, reads it on a worker while somebody looks, and knows where the pin is there."""

    changed = Signal()
    """`found` is another one"""
    shown = Signal(object)
    """the Viewpoint that stands beside, or None"""
    missing = Signal(str, bool)
    """why nothing stands beside, in a sentence; and whether that is for good"""
    pin_shown = Signal(object)
    """(x, y) on the other's plane, or None"""

    def __init__(self, look: LookDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._background = Background(self)
        self.found: Beside | None = None
        self.why_alone = ""
        self.pin: Pin | None = None
        self._mine: Viewpoint | None = None
        self._pair: dict[str, Viewpoint] = {}
        self._read: dict[Path, Beside] = {}
        self._of_member: tuple[Viewpoint, Beside] | None = None
        self._picked: tuple[Pin, np.ndarray] | None = None
        self._among: tuple[object, ...] = ()
        self._told: tuple[object, ...] = ()
        self._watched = False
        look.pin_shown.connect(self._follow_pin)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is being read."""
        return not self._background.busy

    # what a person can do ----------------------------------------------------------------------------------------

    def pick(self, x: float, y: float, index: int) -> None:
        """Pin the picture of a place on the other's plane: of a held-out image that both have, or the decoded one."""
        mine, other = self._mine, self.found.view if self.found is not None else None
        if mine is None or other is None or mine.snapshot is None or other.snapshot is None:
            return
        if index >= 0 and mine.has_image(index, other):
            self._look.pick(0.0, 0.0, index)
            return
        code = other.codes[index] if index >= 0 else self._code_at(other, x, y)
        self._look.set_code(mine.snapshot.encode(other.snapshot.decode(code[None]))[0])
        if self._look.pin is not None:
            self._picked = self._look.pin, code  # it stays where it was put, wherever its picture's code may lie
            self._follow_pin()

    def hover(self, x: float, y: float) -> None:
        """The pointer is at a place of the other's plane: show what the other decodes there."""
        found = self.found
        if found is not None and found.view is not None and found.view.snapshot is not None:
            code = self._code_at(found.view, x, y)
            self._look.hover_elsewhere(code, found.view.snapshot.decode(code[None])[0], found.title)

    def _code_at(self, other: Viewpoint, x: float, y: float) -> np.ndarray:
        """The code (d,) at a place of the other's plane."""
        return other.lift(x, y, self.pin.code if self.pin is not None else _origin(other))

    # what the session tells --------------------------------------------------------------------------------------

    def watch(self, watched: bool) -> None:
        """Whether somebody looks; nothing is read otherwise."""
        self._watched = watched
        if watched:
            self._told = ()
            self._find()

    def look_through(self, view: Viewpoint) -> None:
        """Another network to stand beside, the same one after some steps, or on another plane."""
        self._mine = view
        self._find()

    def know_pair(self, pair: Mapping[str, Viewpoint]) -> None:
        """Other networks, none of them in training, stand in the Twins view."""
        self._pair = dict(pair)
        self._find()

    def close(self) -> None:
        """Wait for what is being read."""
        self._watched = False
        self._background.close()

    # inside

    def _find(self) -> None:
        mine = self._mine
        if mine is None or not self._watched:
            return
        among = mine, mine.snapshot is None, *self._pair.values()
        if among != self._among:  # a network in training asks again and again
            self._among = among
            before, (self.found, self.why_alone) = self.found, self._choose(mine)
            if self.found is not before:
                self.changed.emit()
        if self.found is not None and self.found.view is not None:
            _lay_like(self.found.view, mine)
        self._tell()

    def _tell(self) -> None:
        """Tell what is another one now, or on another plane."""
        found = self.found
        other = found.view if found is not None else None
        why = "" if other is not None else self.why_alone if found is None else found.sentence or READING
        told = other, None if other is None else other.projection, why
        if told == self._told:
            return
        self._told = told
        self.shown.emit(other)
        if why:
            self.missing.emit(why, why != READING)
        self._follow_pin()

    def _choose(self, mine: Viewpoint) -> tuple[Beside | None, str]:
        """What stands beside a network, or why nothing does."""
        member = _twin_of(mine, self._pair)
        if member is not None:
            if self._of_member is None or self._of_member[0] is not member:
                its = copy.copy(member)  # its plane may be another than in the Twins view
                self._of_member = member, Beside(member.title, member.config.kind, its)
            return self._of_member[1], ""
        entry, kind = shipped_beside(mine.config), mine.config.other_kind
        if entry is None:
            numbers = counted(mine.config.latent_dim, "latent number")
            return None, f"No {kind.upper()} with {numbers} is shipped to stand beside it."
        if mine.snapshot is None:
            return Beside(entry.title, kind, sentence=mine.failure), ""
        if entry.path not in self._read:
            self._read[entry.path] = Beside(entry.title, kind)
            self._fetch(entry)
        return self._read[entry.path], ""

    def _fetch(self, entry: RunEntry) -> None:
        @on_one_core
        def work() -> Viewpoint:
            view = Viewpoint.of_run(load_run(entry.path))
            view.look_through_weights()
            return view

        waiting = self._read[entry.path]

        def done(view: Viewpoint) -> None:
            self._keep(entry.path, Beside(waiting.title, waiting.kind, view))

        def failed(sentence: str) -> None:
            self._keep(entry.path, Beside(waiting.title, waiting.kind, sentence=sentence))

        self._background.submit(work, done, failed, (CheckpointError, ValueError))

    def _keep(self, path: Path, read: Beside) -> None:
        self._read[path] = read
        self._among = ()
        self._find()

    def _follow_pin(self, *_: object) -> None:
        """Where the pinned image, or the picture of the pinned code, lies beside."""
        mine, other = self._mine, self.found.view if self.found is not None else None
        if not self._watched or other is None or mine is None:
            return
        self.pin = self._pin_beside(mine, other)
        self.pin_shown.emit(None if self.pin is None else tuple(other.place(self.pin.code)[0].tolist()))

    def _pin_beside(self, mine: Viewpoint, other: Viewpoint) -> Pin | None:
        pin = self._look.pin
        if pin is None or len(pin.code) != mine.config.latent_dim:
            return None
        if self._picked is not None and self._picked[0] is pin and len(self._picked[1]) == other.config.latent_dim:
            return Pin(self._picked[1])
        if other.has_image(pin.index, mine):
            return Pin(other.codes[pin.index], pin.index)
        image = mine.decode(pin.code)
        if image is None or other.snapshot is None:
            return None
        return Pin(other.snapshot.encode(image)[0])


def _origin(view: Viewpoint) -> np.ndarray:
    return np.zeros(view.config.latent_dim, np.float32)


def _lay_like(other: Viewpoint, mine: Viewpoint) -> None:
    """Show the other's codes on the same axes, or each on its own plane of PCA."""
    if mine.projection.kind == "axes" and other.projection.axis_titles != mine.projection.axis_titles:
        i, j = np.abs(mine.projection.axes).argmax(axis=1).tolist()
        other.choose_projection(f"axes:{i},{j}")
    elif mine.projection.kind == "pca" and other.projection.kind == "axes":
        other.choose_projection("pca")


def _twin_of(mine: Viewpoint, pair: Mapping[str, Viewpoint]) -> Viewpoint | None:
    """The network that stands beside this one in the Twins view, if it has as many latent numbers."""
    for side, member in pair.items():
        if member.is_same(mine):
            others = [each for name, each in pair.items() if name != side and each is not member]
            fitting = (each for each in others if each.snapshot is not None and not each.is_same(mine))
            return next((each for each in fitting if each.config.latent_dim == mine.config.latent_dim), None)
    return None
