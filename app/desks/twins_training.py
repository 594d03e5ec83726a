"""Training twins as the window sees it: one thread for both, its phase, its facts, drained 25 times a second."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing

from PySide6.QtCore import QObject, Signal

from app.desks.threaded_training import PROGRESS_SECONDS, ThreadedTraining
from app.phase import Phase
from app.training_thread import RunKept
from models.checkpoint import History
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.facts import CodesMoved, EpochDone, RunStarted, StepDone
from models.loss_record import LossRecord
from models.twins import SIDES, SideFact

PICTURES_PER_SECOND = 2.0
"""For each of the two."""


class TwinTraining(ThreadedTraining):
    """One training of two networks."""

    started = Signal(str, object)
    """side, RunStarted"""
    codes_moved = Signal(str, object)
    """side, list of CodesMoved, oldest first"""
    epoch_done = Signal(str, object)
    """side, EpochDone"""
    finished = Signal(str, object, str)
    """side, checkpoint.Run; where it has no file, why, in a sentence"""
    progressed = Signal(int, int, float, object, str)
    """epoch, epochs, fraction done of both, seconds left (None when not known), the side that is done, if one is"""
    ended = Signal(bool)
    """nothing is computed any more; whether both came to their end"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told: dict[str, LossRecord] = {}
        self._passed: dict[str, float] = {}  # epochs that each side has gone through
        self._epochs = dict.fromkeys(SIDES, 0)
        self._done: list[str] = []
        self._spent = dict.fromkeys(SIDES, 0.0)
        self._told_at = 0.0

    def start(
        self, configs: tuple[RunConfig, RunConfig], dataset: Dataset, hardware: Hardware, names: tuple[str, str]
    ) -> None:
        """Train both from their first weights; the first facts follow within a moment."""
        if self.phase is not Phase.IDLE:
            return
        from models.twins import train_together
        from models.warm_up import warm_up

        self._told, self._passed, self._done = {}, {}, []
        self._epochs = {side: config.epochs for side, config in zip(SIDES, configs, strict=True)}
        self._spent = spent = dict.fromkeys(SIDES, 0.0)
        self._told_at = 0.0

        def facts() -> Iterator[SideFact]:
            warm_up()
            return _timed(train_together(configs, dataset, hardware, PICTURES_PER_SECOND, names), spent)

        self._run(facts)

    def history(self, side: str) -> History:
        """The losses of a side's present or last training so far."""
        return self._told[side].history() if side in self._told else History()

    def drain(self) -> None:
        """Take all waiting facts."""
        if self._thread is None:
            return
        moved: dict[str, list[CodesMoved]] = {}
        while self._thread is not None and self._thread.facts:
            side, fact = self._thread.facts.popleft()
            if isinstance(fact, CodesMoved):
                moved.setdefault(side, []).append(fact)
            elif isinstance(fact, StepDone):
                self._told[side].add_steps([fact])
                self._passed[side] = fact.epoch
            else:
                self._tell_codes(moved)
                self._tell(side, fact)
        self._tell_codes(moved)
        self._tell_progress()

    def _tell(self, side: str, fact: object) -> None:
        if isinstance(fact, RunStarted):
            self._told[side], self._passed[side] = LossRecord(), 0.0
            if self.phase is Phase.STARTING:
                self._enter(Phase.TRAINING)
            self.started.emit(side, fact)
        elif isinstance(fact, EpochDone):
            self._told[side].add_epoch(fact)
            self.epoch_done.emit(side, fact)
        elif isinstance(fact, RunKept):
            self._done.append(side)
            self.finished.emit(side, fact.run, fact.refusal)

    def _tell_codes(self, moved: dict[str, list[CodesMoved]]) -> None:
        for side, facts in moved.items():
            self.codes_moved.emit(side, facts)
        moved.clear()

    def _tell_progress(self) -> None:
        now = time.perf_counter()
        if len(self._told) < len(SIDES) or self.phase is Phase.PAUSED or now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        left = seconds_left(self._spent, self._passed, self._epochs)
        longest = max(self._epochs.values())
        epoch = min(int(max(self._passed.values())) + 1, longest)
        fraction = sum(self._passed.values()) / sum(self._epochs.values())
        self.progressed.emit(epoch, longest, fraction, left, next(iter(self._done), ""))

    def _tell_end(self) -> None:
        self.ended.emit(len(self._done) == len(SIDES))


def seconds_left(spent: Mapping[str, float], passed: Mapping[str, float], epochs: Mapping[str, int]) -> float | None:
    """What is left, if an epoch of each side takes as long as it has so far; None before both have taken a step."""
    if not all(passed.values()):
        return None
    return sum(spent[side] / passed[side] * (epochs[side] - passed[side]) for side in passed)


def _timed(course: Iterator[SideFact], spent: dict[str, float]) -> Iterator[SideFact]:
    """Adds up the seconds that each side takes; those that whoever iterates waits in are nobody's."""
    with closing(course):  # type: ignore[type-var]
        began = time.perf_counter()
        for told in course:
            spent[told.side] += time.perf_counter() - began
            yield told
            began = time.perf_counter()
