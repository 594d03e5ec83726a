"""The thread that runs one training: it iterates over facts, and can be held, stepped, slowed and stopped.

What comes to its end is written into the list of runs here, too: a large network takes a second, for which the window
would stand still.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QThread, Signal

from app.free_memory import give_back
from app.run_library import keep_run
from models.checkpoint import CheckpointError, Run
from models.facts import CodesMoved, RunFinished, StepDone
from models.twins import SideFact

SLOW_MOTION_SECONDS = 0.25
"""Pause after each step in slow motion."""


@dataclass(frozen=True)
class RunKept:
    """A run has come to its end. It has its file; or else none, and `refusal` says in a sentence why."""

    run: Run
    refusal: str = ""


class TrainingThread(QThread):
    """Runs one training iterator, of one network or of twins. Facts wait in `facts`, which the window empties.

    They are those of the iterator, but for RunFinished, in whose place RunKept stands once the run is in its file.

    `failed` carries one sentence and the error's class. The iterator is made, advanced and closed on this thread alone.
    """

    failed = Signal(str, object)

    def __init__(
        self, make_facts: Callable[[], Iterator[Any]], expected: Callable[[], tuple[type[BaseException], ...]]
    ) -> None:
        super().__init__()  # no parent: a QThread with one crashed when it was stopped at once
        self.facts: deque[Any] = deque()
        self._make_facts = make_facts
        self._expected = expected
        self._told: dict[str, int] = {}  # the last step of each side
        self._gate = threading.Condition()
        self._held = False
        self._steps_granted = 0
        self._slow = False
        self._writing = threading.Lock()
        self._abandoned = False

    def hold(self) -> None:
        """Wait after the step that is being computed."""
        with self._gate:
            self._held = True

    def release(self) -> None:
        """Go on."""
        with self._gate:
            self._held = False
            self._steps_granted = 0
            self._gate.notify_all()

    def grant_step(self) -> None:
        """While held: compute one more step."""
        with self._gate:
            self._steps_granted += 1
            self._gate.notify_all()

    def set_slow(self, slow: bool) -> None:
        """Slow motion: a pause after each step, so that a person can follow it."""
        with self._gate:
            self._slow = slow
            self._gate.notify_all()

    def stop(self) -> None:
        """Ask the training to end after the step that is being computed; returns at once."""
        self.requestInterruption()
        with self._gate:
            self._gate.notify_all()

    def finish_writing(self) -> bool:
        """Wait for a run that is being written, to its end: then it waits among the facts; False where one has no file.

        Of runs that were taken out of `facts` before nothing is said: their refusals have been told.
        """
        with self._writing:
            waiting = list(self.facts)
        bare = (fact.fact if isinstance(fact, SideFact) else fact for fact in waiting)
        return not any(isinstance(fact, RunKept) and fact.refusal for fact in bare)

    def abandon(self) -> None:
        """Stop, and begin to write nothing more: the window closes."""
        self._abandoned = True
        self.stop()

    def run(self) -> None:
        iterator: Iterator[Any] | None = None
        try:
            iterator = self._make_facts()
            for fact in iterator:
                side, bare = fact if isinstance(fact, SideFact) else ("", fact)
                if isinstance(bare, RunFinished):
                    self._keep(side, bare.run)
                    continue
                self.facts.append(fact)
                if not self._is_told_whole(side, bare):
                    continue  # steps that are done already: what is told and what is shown shall be one network
                if isinstance(bare, StepDone):
                    self._wait_at_gate()
                if self.isInterruptionRequested():
                    break
        except self._expected() as error:
            self.failed.emit(str(error), type(error))
        except BaseException as error:
            words = "Training was stopped by an unexpected error; the report has the details."
            self.failed.emit(words, type(error))
            raise  # reaches sys.excepthook on this thread, which writes the report
        finally:
            if iterator is not None:
                iterator.close()  # type: ignore[attr-defined]
                give_back()

    def _keep(self, side: str, run: Run) -> None:
        with self._writing:
            if self._abandoned:
                return
            try:
                kept = RunKept(replace(run, path=keep_run(run)))
            except CheckpointError as error:
                kept = RunKept(run, str(error))
            self.facts.append(SideFact(side, kept) if side else kept)  # type: ignore[arg-type]

    def _is_told_whole(self, side: str, fact: Any) -> bool:
        """Whether all that the network has learned is told by now."""
        if isinstance(fact, StepDone):
            self._told[side] = fact.step
            return not fact.ahead
        return not isinstance(fact, CodesMoved) or fact.step == self._told.get(side, 0)

    def _wait_at_gate(self) -> None:
        with self._gate:
            if self._slow and not self._held:
                self._gate.wait_for(self._waking, timeout=SLOW_MOTION_SECONDS)
            self._gate.wait_for(lambda: not self._held or self._steps_granted > 0 or self.isInterruptionRequested())
            if self._held and self._steps_granted:
                self._steps_granted -= 1

    def _waking(self) -> bool:
        return self._held or not self._slow or self.isInterruptionRequested()
