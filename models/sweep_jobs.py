"""Trains a sweep's cells over local processes: each trains one cell after the other, on one thread.

On Linux they are copies of a server that has imported torch once, which saves 3 s of a core for each of them. Elsewhere
each begins from nothing: Windows makes no copies, and macOS' own libraries do not bear it. So it does where the server
cannot be started.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from models.config import Hardware
from models.datasets import Dataset
from models.files import reason, remove_half_written
from models.sweep import Cell, Plan, Result
from models.sweep_folder import SweepError
from models.sweep_worker import work

PATIENCE = 10.0  # seconds that an ended process is waited for
COPIED = sys.platform == "linux"


@dataclass(frozen=True)
class Progress:
    """`epoch` epochs of a cell's training are done (-1: not even begun); `loss` is the held-out one after the last."""

    cell: Cell
    epoch: int
    loss: float | None = None


def train_cells(
    plan: Plan, cells: Sequence[Cell], folder: Path, jobs: int, dataset: Dataset, hardware: Hardware
) -> Generator[Progress | Result]:
    """Trains cells on `jobs` processes and tells how each fares; closing the iterator ends all processes.

    A process that dies (killed, out of memory) makes its cell a failed one, and another takes its place. Raises
    SweepError where none can be started.
    """
    waiting = deque(cells)
    crew = [_Worker(plan, folder, dataset, hardware) for _ in range(min(jobs, len(cells)))]
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

    def __init__(self, plan: Plan, folder: Path, dataset: Dataset, hardware: Hardware) -> None:
        self.plan, self.folder, self.dataset, self.hardware = plan, folder, dataset, hardware
        self.cell: Cell | None = None
        self.connection: Connection
        self._process: BaseProcess | None = None

    def begin(self, cell: Cell) -> Progress:
        """Send it a cell."""
        if self._process is None or not self._process.is_alive():
            self.end()
            self._start()
        self.cell = cell
        with suppress(OSError):  # where it is dead already, hear() will find that out
            self.connection.send((cell, self.plan.config_of(cell), self.folder / cell.file))
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
        with suppress(OSError):
            remove_half_written(self.folder, process.name)
        return process.exitcode

    def _start(self) -> None:
        try:
            context = _context(self.hardware.threads)
            self.connection, other = context.Pipe()
        except OSError as error:
            raise SweepError(f"No process can be started that trains a cell: {reason(error)}.") from None
        process = context.Process(  # type: ignore[attr-defined]
            name=secrets.token_hex(8),  # the mark of what it writes
            target=work,
            args=(other, self.hardware),
            daemon=True,
        )
        try:
            _launch(process, context, self.hardware.threads)
            self._process = process
            self.connection.send(self.dataset)  # 0.1 s for MNIST; to read its files again would take 0.3 s
        except (OSError, EOFError):
            pass  # hear() will find out that nobody is there
        finally:
            other.close()  # so that the end of the process is the end of the pipe


def _launch(process: BaseProcess, context: BaseContext, threads: int) -> None:
    if context.get_start_method() == "forkserver":
        process.start()  # may wait for the server's imports; what Ctrl+C leaves half made finds nobody there, and ends
        return
    with _undisturbed(threads):
        process.start()


def _context(threads: int) -> BaseContext:
    """What makes processes: on Linux the server, where its socket finds a place; else each begins from nothing.

    A socket is a temporary file: there may be no room or no folder for it, or a path longer than a socket's may be.
    """
    if COPIED:
        with suppress(OSError):
            return _server(threads)
    return get_context("spawn")


def _server(threads: int) -> BaseContext:
    """It runs from then on, and ends with the last process that knows it; raises OSError."""
    from multiprocessing import forkserver, resource_tracker

    context = get_context("forkserver")
    context.set_forkserver_preload(["models.sweep_ahead"])
    resource_tracker.ensure_running()  # which lets Ctrl+C through again (before Python 3.12) where it is not yet there
    with _undisturbed(threads):
        forkserver.ensure_running()
    return context


def _in_words(exit_status: int | None) -> str:
    if exit_status is None:
        return "it could not be started"
    if exit_status >= 0:
        return f"exit status {exit_status}"
    known = {each.value: each.name for each in signal.Signals}
    name = known.get(-exit_status, str(-exit_status))
    return f"the signal {name} ended it" + (", perhaps because memory ran out" if name == "SIGKILL" else "")


@contextmanager
def _undisturbed(threads: int) -> Iterator[None]:
    """While an interpreter is started: Ctrl+C waits, and it gets its threads and our search path in its environment.

    numpy's and scikit-learn's libraries read the number of threads when they are loaded, before any of our code runs.
    A server that is handed no search path would look for our modules in the current folder first.
    """
    ours = {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONSAFEPATH": "1"}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    masked = hasattr(signal, "pthread_sigmask")
    if masked:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        if masked:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
