"""Training as the window sees it: the phase, the thread, and its facts, drained 25 times a second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desks.threaded_training import PROGRESS_SECONDS, ThreadedTraining
from app.phase import Phase
from app.training_thread import RunKept
from models.checkpoint import History
from models.config import Hardware, RunConfig
from models.cores import cores
from models.datasets import Dataset
from models.facts import CodesMoved, EpochDone, Fact, RunStarted, StepDone
from models.loss_record import LossRecord

if TYPE_CHECKING:
    from models.training import Dials

PICTURES_PER_SECOND = 4.0
RATE_WINDOW_SECONDS = 2.0
MOST_THREADS = 8
"""More would gain little, as only a part of a step is split among them, and all wait for the one that is last."""


class TrainingControl(ThreadedTraining):
    """One training, which can also be taken step by step, in slow motion, and be turned at."""

    started = Signal(object)
    """RunStarted: the first codes follow at once; of what ends before them nothing is seen"""
    steps_done = Signal(object, object, object, object)
    """step numbers, total, reconstruction, KL: arrays (S,), nats per image"""
    epoch_done = Signal(object)
    """EpochDone"""
    codes_moved = Signal(object)
    """list of CodesMoved, oldest first"""
    finished = Signal(object, str)
    """checkpoint.Run of a training that came to its end; where it has no file, why, in a sentence"""
    stopped = Signal()
    """the training ended before its last epoch, because a person said so"""
    memory_ran_out = Signal()
    """the training that has just failed needed more than there is"""
    progressed = Signal(int, int, float, float, object)
    """epoch, epochs, fraction done, images per second, seconds left (None when not known)"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dials: Dials | None = None
        self._held: RunConfig | None = None  # in a pause: the settings of the last step
        self._config = RunConfig()
        self._start_fact: RunStarted | None = None
        self._is_seen = False
        self._step = 0
        self._slow = False
        self._completed = self._broken = False
        self._rate_marks: deque[tuple[float, int]] = deque()
        self._progress_told_at = 0.0
        self._record = LossRecord()

    # what a person can do ---------------------------------------------------------------------------------------

    def start(self, config: RunConfig, dataset: Dataset, hardware: Hardware, name: str) -> None:
        """Train from the configuration's initial weights; the first facts follow within a moment."""
        if self.phase is not Phase.IDLE:
            return
        from models.training import Dials, train
        from models.warm_up import warm_up

        self._config, self._dials, self._held = config, Dials(config), None
        self._start_fact, self._is_seen, self._step = None, False, 0
        self._completed = self._broken = False
        self._rate_marks.clear()
        self._record = LossRecord()
        dials = self._dials
        self._watch_steps()

        def facts() -> Iterator[Fact]:
            warm_up()  # waits where that is still under way behind the window
            return train(config, dataset, hardware, dials=dials, pictures_per_second=PICTURES_PER_SECOND, name=name)

        self._run(facts, self._slow)

    def step(self) -> None:
        """One more step while paused."""
        if self.phase is Phase.PAUSED and self._thread and self._dials:
            self._held = self._dials.config
            self._thread.grant_step()

    def set_slow_motion(self, slow: bool) -> None:
        """A pause after each step, now and in later trainings."""
        self._slow = slow
        self._rate_marks.clear()
        self._watch_steps()
        if self._thread:
            self._thread.set_slow(slow)

    def set_learning_rate(self, value: float) -> None:
        """The schedule's largest learning rate, from the next step on; the optimiser's moments are kept."""
        if self._dials is not None and self._learns():
            self._dials.learning_rate = value

    @property
    def beta(self) -> float | None:
        """The KL weight of the training that is under way."""
        return None if self._dials is None or self.phase is Phase.IDLE else self._dials.beta

    def set_beta(self, value: float) -> None:
        """The KL weight, from the next step on."""
        if self._dials is not None and self._learns():
            self._dials.beta = value

    def _learns(self) -> bool:
        """Whether a dial that is turned now will have had its part in what is learned."""
        return self.phase in (Phase.STARTING, Phase.TRAINING, Phase.PAUSED)

    def config_at_end(self) -> RunConfig:
        """The settings of the present or last training, its dials as they stand or stood at its end.

        A dial that is turned in a pause counts from the next step on: nothing was learned with it yet.
        """
        return self._held or (self._config if self._dials is None else self._dials.config)

    def history(self) -> History:
        """The losses of the present or last training so far."""
        return self._record.history()

    # what comes back ---------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Take all waiting facts: every step's loss, all moved codes."""
        if self._thread is None:
            return
        facts = self._thread.facts
        steps: list[StepDone] = []
        moved: list[CodesMoved] = []
        while facts:
            fact = facts.popleft()
            if isinstance(fact, StepDone):
                steps.append(fact)
            elif isinstance(fact, CodesMoved):
                moved.append(fact)
            else:
                self._tell_codes(moved)
                self._tell_steps(steps)
                self._tell(fact)
        self._tell_codes(moved)
        self._tell_steps(steps)

    def _tell(self, fact: object) -> None:
        if isinstance(fact, RunStarted):
            self._start_fact = fact
            if self.phase is Phase.STARTING:
                self._enter(Phase.TRAINING)
        elif isinstance(fact, EpochDone):
            self._record.add_epoch(fact)
            self.epoch_done.emit(fact)
        elif isinstance(fact, RunKept):
            self._completed = True
            self.finished.emit(fact.run, fact.refusal)

    def _tell_steps(self, steps: list[StepDone]) -> None:
        if not steps:
            return
        self._step, new = steps[-1].step, slice(len(self._record), None)
        self._record.add_steps(steps)
        steps.clear()
        told = self._record.history()
        self.steps_done.emit(told.steps[new], told.total[new], told.reconstruction[new], told.kl[new])
        self._tell_progress()

    def _tell_codes(self, moved: list[CodesMoved]) -> None:
        if moved:
            if not self._is_seen:
                self._is_seen = True
                self.started.emit(self._start_fact)
            self.codes_moved.emit(list(moved))
            moved.clear()

    def _tell_progress(self) -> None:
        if self._start_fact is None:
            return
        start = self._start_fact
        now = time.perf_counter()
        self._rate_marks.append((now, self._step))
        while now - self._rate_marks[0][0] > RATE_WINDOW_SECONDS and len(self._rate_marks) > 2:
            self._rate_marks.popleft()
        quick = self.phase is Phase.TRAINING and self._step < start.total_steps
        if quick and now - self._progress_told_at < PROGRESS_SECONDS:
            return
        self._progress_told_at = now
        then, step_then = self._rate_marks[0]
        rate = (self._step - step_then) / (now - then) if now > then else 0.0
        left = (start.total_steps - self._step) / rate if rate > 0 else None
        epoch = min(self._config.epochs, (max(self._step, 1) - 1) // start.steps_per_epoch + 1)
        images_per_second = rate * start.images / start.steps_per_epoch
        self.progressed.emit(epoch, self._config.epochs, self._step / start.total_steps, images_per_second, left)

    def _watch_steps(self) -> None:
        """Single steps and slow ones are each followed by their codes; at full speed the clock decides."""
        if self._dials is not None:
            self._dials.show_every_step = self._slow or self.phase is Phase.PAUSED

    def _fail(self, sentence: str, kind: type[BaseException]) -> None:
        from models.devices import OutOfMemory

        self._broken = True
        super()._fail(sentence, kind)
        if issubclass(kind, OutOfMemory):
            self.memory_ran_out.emit()

    def _tell_end(self) -> None:
        if not (self._completed or self._broken):
            self.stopped.emit()

    def _enter(self, phase: Phase) -> None:
        if phase is Phase.PAUSED and self._dials:
            self._held = self._dials.config
        elif phase is Phase.TRAINING:
            self._held = None
            self._rate_marks.clear()
        super()._enter(phase)
        if phase in (Phase.TRAINING, Phase.PAUSED):
            self._watch_steps()


def training_threads() -> int:
    """All cores but one, which is the window's, up to `MOST_THREADS`."""
    return min(max(1, cores() - 1), MOST_THREADS)
