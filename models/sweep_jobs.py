"""Trains a sweep's cells over local processes: each trains one cell after the other, on one thread."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from models.config import Hardware
from models.sweep import Cell, Plan, Result
from models.sweep_worker import work

PATIENCE = 10.0  # seconds that an ended process is waited for


@dataclass(frozen=True)
class Progress:
    """`epoch` epochs of a cell's training are done (-1: not even begun); `loss` is the held-out one after the last."""

    cell: Cell
    epoch: int
    loss: float | None = None


@dataclass(frozen=True)
class Source:
    """What each process needs to load the images itself: --data and --validate as they were given."""

    data: str | None
    validate: int | None


def train_cells(
    plan: Plan, cells: Sequence[Cell], folder: Path, jobs: int, source: Source, hardware: Hardware
) -> Generator[Progress | Result]:
    """Trains cells on `jobs` processes and tells how each fares; closing the iterator ends all processes.

    A process that dies (killed, out of memory) makes its cell a failed one, and another takes its place.
    """
    waiting = deque(cells)
    crew = [_Worker(plan, folder, source, hardware) for _ in range(min(jobs, len(cells)))]
    try:
        while True:
            for worker in crew:
                if worker.cell is None and waiting:
                    yield worker.begin(waiting.popleft())
            busy = [worker for worker in crew if worker.cell is not None]
            if not busy:
                return
            ready = wait([worker.connection for worker in busy])
            for worker in busy:
                if worker.connection in ready:
                    yield worker.hear()
    finally:
        for worker in crew:
            worker.end()


class _Worker:
    """One process and the cell that it is training; the process is started with its first cell, and after a death."""

    def __init__(self, plan: Plan, folder: Path, source: Source, hardware: Hardware) -> None:
        self.plan, self.folder, self.source, self.hardware = plan, folder, source, hardware
        self.cell: Cell | None = None
        self.connection: Connection
        self._process: SpawnProcess | None = None

    def begin(self, cell: Cell) -> Progress:
        """Send it a cell."""
        if self._process is None or not self._process.is_alive():
            self.end()
            self._start()
        self.cell = cell
        with suppress(OSError):  # where it is dead already, hear() will find that out
            self.connection.send((cell, self.plan.config_of(cell), self.folder / f"{cell.name}.safetensors"))
        return Progress(cell, -1)

    def hear(self) -> Progress | Result:
        """What it says, or that it is dead."""
        assert self.cell is not None
        cell = self.cell
        try:
            kind, *news = self.connection.recv()
        except (EOFError, OSError):
            self.cell = None
            return Result(cell, error=f"Its process ended before its time: {_in_words(self.end())}.")
        if kind == "epoch":
            return Progress(cell, *news)
        self.cell = None
        return news[0]

    def end(self) -> int | None:
        """End the process, at once if it is busy, and take away what it had half written; returns its exit status."""
        process, self._process = self._process, None
        if process is None:
            return None
        if self.cell is not None:
            process.terminate()
        self.connection.close()  # an idle one ends when nobody is there to send it a cell
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
        for left in self.folder.glob(f".*.{process.pid}.part"):
            left.unlink(missing_ok=True)
        return process.exitcode

    def _start(self) -> None:
        context = get_context("spawn")
        self.connection, other = context.Pipe()
        arguments = (other, self.source.data, self.source.validate, self.hardware)
        self._process = context.Process(target=work, args=arguments, daemon=True)
        with _undisturbed(self.hardware.threads):
            self._process.start()
        other.close()  # so that the end of the process is the end of the pipe


def _in_words(exit_status: int | None) -> str:
    if exit_status is None or exit_status >= 0:
        return f"exit status {exit_status}"
    known = {each.value: each.name for each in signal.Signals}
    name = known.get(-exit_status, str(-exit_status))
    return f"the signal {name} ended it" + (", perhaps because memory ran out" if name == "SIGKILL" else "")


@contextmanager
def _undisturbed(threads: int) -> Iterator[None]:
    """While a process is made: Ctrl+C waits, and the new process gets its number of threads in its environment.

    numpy's and scikit-learn's libraries read that number when they are loaded, before any of our code runs there.
    """
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    masked = hasattr(signal, "pthread_sigmask")
    if masked:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
        if masked:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
