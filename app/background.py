"""One function on a thread of its own, for what takes longer than a frame: importing torch, reading data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from PySide6.QtCore import QObject, QThread, QTimer, Signal

Given = ParamSpec("Given")
Found = TypeVar("Found")


def on_one_core(work: Callable[Given, Found]) -> Callable[Given, Found]:
    """For a worker's looks through a network: what it looks at is small, and the other cores belong to the training."""

    def looking(*given: Given.args, **named: Given.kwargs) -> Found:
        from models.warm_up import look_with_one_thread

        look_with_one_thread()
        return work(*given, **named)

    return looking


def cancelled() -> bool:
    """Whether the task that asks is to end: the window closes, or nobody wants its answer any more."""
    return QThread.currentThread().isInterruptionRequested()


class Refused(Exception):
    """An expected failure of a task; its text is one sentence for a person."""


@dataclass(frozen=True)
class _Task:
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[str], None]
    expected: tuple[type[BaseException], ...]


class _Worker(QThread):
    """Runs `work()`; its outcome waits in `result` or `error` until the thread has ended."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()  # no parent: a QThread with one crashed when it was stopped at once
        self._work = work
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error


class Background(QObject):
    """Tasks one after the other on worker threads; the answers come back on the window's thread."""

    progressed = Signal(float, str)
    """what a task tells of itself: the share that is done, words"""
    freed = Signal()
    """nothing runs and nothing waits any more"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: list[_Task] = []
        self._running: _Task | None = None
        self._worker: _Worker | None = None
        self._closing = False
        # Behind what is to be painted: while a worker's Python runs the painter waits for the interpreter at each call.
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._next)

    @property
    def busy(self) -> bool:
        """Whether a task is running or waiting."""
        return self._worker is not None or bool(self._queue)

    def submit(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
        expected: tuple[type[BaseException], ...] = (Refused,),
    ) -> None:
        """Run `work()` after the tasks before it.

        `done(result)` or, for an exception of an `expected` class, `failed(sentence)` is called on the window's
        thread. Any other exception goes to `sys.excepthook`, after `failed` has been told.
        """
        if not self._closing:
            self._queue.append(_Task(work, done, failed, expected))
            self._soon.start()

    def cancel(self) -> None:
        """Ask the running task to end; one that looks at `cancelled()` does so soon."""
        self._next()  # what is about to run counts as running
        if self._worker is not None:
            self._worker.requestInterruption()

    def finish(self) -> bool:
        """Wait for the running task and for all that wait, to their ends; each is answered. Whether none failed."""
        fine = True
        while self.busy:
            self._next()
            worker = self._worker
            assert worker is not None, "what waits has begun"
            worker.wait()
            fine = fine and worker.error is None
            self._finish()
        return fine

    def close(self) -> None:
        """Forget the waiting tasks, ask the running one to end and wait for it."""
        self._next()  # what is about to run counts as running: a file that is to be written is
        self._closing = True
        self._soon.stop()
        self._queue.clear()
        if self._worker is not None:
            self._worker.requestInterruption()
            self._worker.wait()
            self._worker = None

    def _next(self) -> None:
        if self._worker is not None or not self._queue:
            return
        self._running = self._queue.pop(0)
        self._worker = _Worker(self._running.work)
        self._worker.finished.connect(self._finish)  # a bound method, so that it is called on the window's thread
        self._worker.start()

    def _finish(self) -> None:
        worker, task = self._worker, self._running
        if worker is None or task is None:
            return  # closed in the meantime
        worker.wait()
        self._worker = self._running = None
        try:
            if worker.error is None:
                task.done(worker.result)
            elif isinstance(worker.error, task.expected):
                task.failed(str(worker.error))
            else:
                task.failed("Something unexpected went wrong; the report has the details.")
                sys.excepthook(type(worker.error), worker.error, worker.error.__traceback__)
        finally:
            self._soon.start()
            if not self.busy:
                self.freed.emit()
