"""What one training and one of twins have in common: a thread at a time, its phase, and its facts, drained in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.phase import Phase
from app.training_thread import TrainingThread
from models.settings import ConfigError

DRAIN_MILLISECONDS = 40
PROGRESS_SECONDS = 0.3
"""Numbers that change faster can't be read, and laying them out anew costs the window time."""


class ThreadedTraining(QObject):
    """Starts, holds and stops one training at a time; a method that the phase does not allow does nothing."""

    phase_changed = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phase = Phase.IDLE
        self._thread: TrainingThread | None = None
        self._timer = QTimer(self, interval=DRAIN_MILLISECONDS)
        self._timer.timeout.connect(self.drain)

    def pause(self) -> None:
        """Hold after the present step."""
        if self.phase is Phase.TRAINING and self._thread:
            self._thread.hold()
            self._enter(Phase.PAUSED)

    def resume(self) -> None:
        """Go on after a pause."""
        if self.phase is Phase.PAUSED and self._thread:
            self._enter(Phase.TRAINING)
            self._thread.release()

    def stop(self) -> None:
        """End the training after the present step; what it has learned so far stays."""
        if self.phase in (Phase.STARTING, Phase.TRAINING, Phase.PAUSED) and self._thread:
            self._enter(Phase.STOPPING)
            self._thread.stop()

    def finish_saving(self) -> bool:
        """Wait for a run that is being written, to its end; False where it could not be, which is told."""
        if self._thread is None:
            return True
        kept = self._thread.finish_writing()
        self.drain()
        return kept

    def close(self) -> None:
        """Stop and wait for the thread; nothing is emitted any more."""
        self._timer.stop()
        if self._thread is not None:
            self.blockSignals(True)
            self._thread.abandon()
            self._thread.wait()
            self._thread = None

    def drain(self) -> None:
        """Take all waiting facts."""
        raise NotImplementedError

    # what subclasses use and know --------------------------------------------------------------------------------

    def _run(self, facts: Callable[[], Iterator[Any]], slow: bool = False) -> None:
        self._thread = TrainingThread(facts, _expected_errors)
        self._thread.set_slow(slow)
        self._thread.failed.connect(self._fail)
        self._thread.finished.connect(self._end)
        self._enter(Phase.STARTING)
        self._thread.start()
        self._timer.start()

    def _tell_end(self) -> None:
        """Nothing is computed any more, and all facts are told."""
        raise NotImplementedError

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.phase_changed.emit(phase)

    def _fail(self, sentence: str, kind: type[BaseException]) -> None:
        self.drain()
        self.failed.emit(sentence)

    def _end(self) -> None:
        if self._thread is None:
            return
        self._thread.wait()
        self.drain()
        self._timer.stop()
        self._thread = None
        self._enter(Phase.IDLE)
        self._tell_end()


def _expected_errors() -> tuple[type[BaseException], ...]:
    from models.training import DeviceError, Diverged

    return (Diverged, DeviceError, ConfigError)
