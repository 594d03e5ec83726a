"""Which networks stand on the twins' two sides: saved runs that are opened, and two that are trained together."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.desks.opening import RunReader, comes_alive
from app.desks.saving import Keeper, as_it_learns, to_file
from app.desks.settling import settle_codes
from app.desks.training import training_threads
from app.desks.twins_table import Epoch
from app.desks.twins_training import TwinTraining
from app.phase import Phase
from app.run_library import keep_run, kept_in_words, shipped_runs
from app.seen.twin_pair import TwinPair, said
from app.viewpoint import Viewpoint
from models.checkpoint import Run
from models.config import Hardware, RunConfig
from models.facts import CodesMoved, EpochDone, RunStarted
from models.latent_space import pca_projection
from models.settings import ConfigError
from models.twin_settings import twin_of
from models.twins import SIDES

if TYPE_CHECKING:
    from app.session import Session
    from models.datasets import Dataset

EVERY = 4  # codes of a network in training, for its plane
SAID_BY_SIZE = ("kind", "latent_dim")
STOPPED = "Stopped. What the twins have learned so far stays; the menus above the maps save it."
DEFAULTS = {"left": "vae-2", "right": "ae-2"}
"""The shipped runs that stand here until others are chosen."""


class TwinRuns(QObject):
    """Puts networks into the pair and says so."""

    put = Signal(str, bool)
    """side, and whether its points may glide: another network stands there"""
    moved = Signal(str)
    """side: its network has learned, and its codes are elsewhere"""
    ended = Signal()
    """a training is over, whatever way; names may be others"""
    message = Signal(str, str)
    runs_changed = Signal()
    loading_changed = Signal(str, bool)
    """what is being read behind the window, in words, and whether it still is"""

    def __init__(self, session: Session, pair: TwinPair) -> None:
        super().__init__(session)
        self._session, self._pair = session, pair
        self.training = TwinTraining(self)
        self._readers = {side: RunReader(session, self) for side in SIDES}
        for reader in self._readers.values():
            reader.loading_changed.connect(self.loading_changed)
        self._keepers, self._settler = {side: Keeper(self) for side in SIDES}, Background(self)
        self.epochs: dict[str, Epoch] = {}
        """the last epoch of each side's training"""
        self._done: dict[str, EpochDone] = {}
        self._dataset: Dataset | None = None
        self._names: dict[str, str] = {}
        self._kept_as: dict[str, str] = {}  # what came to its end, by its name in the list of runs
        self._starting: set[str] = set()
        self._broken = False
        self.training.started.connect(self._forget_epochs)
        self.training.codes_moved.connect(self._codes_moved)
        self.training.epoch_done.connect(self._epoch_done)
        self.training.finished.connect(self._finished)
        self.training.failed.connect(self._failed)
        self.training.ended.connect(self._ended)

    @property
    def busy(self) -> bool:
        """Whether twins are being trained."""
        return self.training.phase is not Phase.IDLE

    def open_first(self) -> None:
        """The shipped twins, where nothing stands yet."""
        entries = {entry.path.stem: entry.path for entry in shipped_runs()}
        for side in SIDES:
            if side not in self._pair.sides and DEFAULTS[side] in entries:
                self.open_run(side, entries[DEFAULTS[side]])

    def open_run(self, side: str, path: Path) -> None:
        """Put a saved run on one side, a large one when it has been read; what cannot be leaves it as it is."""
        if self.busy:
            self.message.emit("Stop the twins' training before opening another run here.", "warning")
            return

        def failed(sentence: str) -> None:
            self.message.emit(sentence, "error")
            self.runs_changed.emit()  # it may be gone

        self._readers[side].read(path, lambda view: self._opened(side, view), failed)

    def _opened(self, side: str, view: Viewpoint) -> None:
        if self._session.torch_is_ready and not comes_alive(view, self.message.emit):
            return  # torch came while it was read
        self._put(side, view)

    def come_alive(self) -> None:
        """Torch is there: make the networks of their weights."""
        for view in self._pair.sides.values():
            comes_alive(view, self.message.emit)

    def train(self, changes: Mapping[str, object]) -> None:
        """Train the configuration of the form on the left and, on the right, the same with some settings changed."""
        session, config = self._session, self._session.config
        dataset = session.data.dataset
        try:
            other = twin_of(config, changes)
        except ConfigError as error:
            self.message.emit(str(error), "warning")
            return
        if not session.may_train() or dataset is None:
            return
        self._forget_readings()
        self._dataset, self._broken, self._kept_as = dataset, False, {}
        stamp = f"twin, {dataset.title}, {datetime.now():%d %b %H.%M}"
        configs = (config, other)
        self._names = {s: f"{_name(c, changes)}, {stamp}" for s, c in zip(SIDES, configs, strict=True)}
        hardware = Hardware(session.device, threads=training_threads())
        self.training.start(configs, dataset, hardware, (self._names["left"], self._names["right"]))

    def save(self, side: str, path: Path) -> None:
        """Save what stands on a side as one file, beside `path` and then renamed, behind the window."""

        def saved(_: Run) -> None:
            self.message.emit(f"Saved as “{path}”.", "good")
            self.runs_changed.emit()

        view = self._pair.sides.get(side)
        if view is None:
            self.message.emit("There is no network to save yet.", "warning")
        else:
            self._keep(side, view, to_file(path), saved)

    def open_in_window(self, side: str) -> None:
        """Let the whole window look at what stands on a side; one that has no file is kept among the runs first."""
        view = self._pair.sides.get(side)
        if self.busy:
            self.message.emit("Stop the twins' training before opening one of them in the window.", "warning")
        elif view is None:
            self.message.emit("There is no network to look at yet.", "warning")
        else:
            self._session.opener.forget()
            if view.run is not None and view.run.path is not None:
                self._look_at(view.run, view.title)
            else:
                self._keep(side, view, keep_run, partial(self._kept, side, view, self._session.view))

    def _keep(self, side: str, view: Viewpoint, write: Callable[[Run], Path], kept: Callable[[Run], None]) -> None:
        if self._keepers[side].busy:
            self.message.emit(f"The {side} twin is still being saved: wait for a moment.", "info")
            return
        if view.run is None:
            self.message.emit(f"Saving the {side} twin: its codes are made anew first…", "info")
        if view.run is None and view.history is None:
            view = as_it_learns(view, view.config, self.training.history(side))
        dataset = self._session.data.dataset
        self._keepers[side].keep(view, dataset, write, kept, lambda words: self.message.emit(words, "error"))

    def _kept(self, side: str, before: Viewpoint, seen: Viewpoint | None, run: Run) -> None:
        """A twin has a file among the runs now: it stands there from then on.

        The window looks at it, unless a person has wanted something else than what was `seen` meanwhile.
        """
        if self._pair.sides[side].codes is before.codes:  # as every look at the same network has them
            self._put(side, self._seen_as_before(run, before), glide=True)
        self.runs_changed.emit()
        if self._session.stays_at(seen):
            self._look_at(run, run.name)
        else:
            self.message.emit(kept_in_words(run), "good")

    def _look_at(self, run: Run, title: str) -> None:
        if self._session.look_at_run(run):
            self.message.emit(f"The window looks at “{title}” now.", "good")

    def finish_saving(self) -> bool:
        """Wait for the twins that are being written; whether all are in their files."""
        return all([*(keeper.finish() for keeper in self._keepers.values()), self.training.finish_saving()])

    def close(self) -> None:
        """Stop the training, and wait for what is being written."""
        self.training.close()
        for reader in self._readers.values():
            reader.close()
        for keeper in self._keepers.values():
            keeper.close()
        self._settler.close()

    # what comes back ---------------------------------------------------------------------------------------------

    def _put(self, side: str, view: Viewpoint, glide: bool = False) -> None:
        self._pair.sides[side] = view
        self.put.emit(side, glide)

    def _forget_readings(self) -> None:
        for reader in self._readers.values():
            reader.forget()

    def _forget_epochs(self, side: str, start: RunStarted) -> None:
        self.epochs.pop(side, None)
        self._done.pop(side, None)
        self._starting.add(side)

    def _codes_moved(self, side: str, facts: Sequence[CodesMoved]) -> None:
        first, last = facts[0], facts[-1]
        if side in self._starting and self._dataset is not None:
            self._starting.remove(side)
            self._put(side, Viewpoint.of_training(self._names[side], last.snapshot, first.codes.copy(), self._dataset))
        view = self._pair.sides[side]
        for fact in facts:
            view.codes[fact.indices] = fact.codes
            self._note_epoch(side, fact)
        view.snapshot = last.snapshot
        self.moved.emit(side)

    def project(self, side: str) -> None:
        """Lay the plane anew through a network's moving codes: through a part of them, which takes a fraction of it."""
        view = self._pair.sides[side]
        if view.config.latent_dim > 2:
            view.projection = pca_projection(view.codes[::EVERY], like=view.projection)

    def _epoch_done(self, side: str, done: EpochDone) -> None:
        self._done[side] = done

    def _note_epoch(self, side: str, fact: CodesMoved) -> None:
        """The codes that follow the end of an epoch come with the network as it was then."""
        done = self._done.get(side)
        if done is not None and done.step == fact.step:
            self.epochs[side] = Epoch(done, fact.snapshot)

    def _finished(self, side: str, run: Run, refusal: str) -> None:
        if refusal:
            self.message.emit(refusal, "warning")
        if run.path is not None:
            self._kept_as[side] = run.path.stem
        self._put(side, self._seen_as_before(run, self._pair.sides[side]), glide=True)
        self.runs_changed.emit()

    def _seen_as_before(self, run: Run, before: Viewpoint) -> Viewpoint:
        """A run on the plane on which it has learned."""
        view = Viewpoint.of_run(run)
        view.look_through_weights()
        view.adopt_plane(before)
        return view

    def _failed(self, sentence: str) -> None:
        self._broken = True
        self.message.emit(sentence, "error")

    def _settle(self, side: str, view: Viewpoint) -> None:
        """A stopped network's codes came part by part: all are made anew."""

        def settled() -> None:
            if self._pair.sides[side] is view:
                self._put(side, copy.copy(view), glide=True)  # another one for all who know the old codes

        if self._dataset is not None and not self._broken:
            settle_codes(view, self._dataset, self._settler, settled)

    def _ended(self, whole: bool) -> None:
        for side, view in self._pair.sides.items():
            if view.run is None and view.name == self._names[side]:
                view.name = f"{view.name}, stopped"
                view.history = self.training.history(side)  # the next training tells of its own
                self._settle(side, view)
        self._dataset = None  # it may be large, and no longer in use
        self.ended.emit()
        self.runs_changed.emit()
        if whole:
            kind = "good" if len(self._kept_as) == len(SIDES) else "warning"
            self.message.emit(f"Both twins are trained; {_kept_in_words(self._kept_as)}", kind)
        elif not self._broken:
            learned = any(len(self.training.history(side).steps) for side in SIDES)
            self.message.emit(STOPPED if learned else "Stopped before the first step.", "info")


def _kept_in_words(kept_as: Mapping[str, str]) -> str:
    """Which of two trained twins are in the list of runs, by their names there."""
    if len(kept_as) == len(SIDES):
        return f"they are in the list of runs as “{kept_as['left']}” and “{kept_as['right']}”."
    for side, name in kept_as.items():
        other = "the right one" if side == "left" else "the left one"
        kept = f"the {side} one is in the list of runs as “{name}”"
        return f"{kept}, {other} could not be saved: the menu above its map saves it elsewhere."
    return "neither could be saved: the menus above the maps save them elsewhere."


def _name(config: RunConfig, settings: Iterable[str]) -> str:
    """Kind and size, and the settings that differ where they do not say them."""
    return ", ".join([config.short_name, *(said(config, name) for name in settings if name not in SAID_BY_SIZE)])
