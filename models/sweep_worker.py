"""One process of a sweep: it trains the cells that it is sent, one after the other, and tells how each one fares."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from models.checkpoint import CheckpointError, save_run
from models.cli_arguments import UsageError
from models.cli_files import data_for, without_last
from models.config import Hardware, RunConfig
from models.datasets import Dataset, DatasetError
from models.sweep import Cell, Result


def work(connection: Connection, data: str | None, validate: int | None, hardware: Hardware) -> None:
    """Answers each (cell, configuration, path) with ("epoch", k, loss), ..., and then ("ended", Result)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the sweep itself ends its processes
    try:
        dataset: Dataset | None = None
        while (task := connection.recv()) is not None:
            try:
                dataset = dataset or _dataset(data, validate)
                result = _trained(connection, dataset, hardware, *task)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                raise
            except Exception as error:
                result = Result(task[0], error=_sentence(error))
            connection.send(("ended", result))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the sweep is gone


def _dataset(data: str | None, validate: int | None) -> Dataset:
    whole = data_for(data, quiet=True)
    return whole if validate is None else without_last(whole, validate)


def _trained(
    connection: Connection, dataset: Dataset, hardware: Hardware, cell: Cell, config: RunConfig, path: Path
) -> Result:
    from models.evaluation import completed
    from models.facts import EpochDone, RunFinished, RunStarted
    from models.training import train
    from models.warm_up import look_with_one_thread

    look_with_one_thread()
    for fact in train(config, dataset, hardware, name=cell.title):
        match fact:
            case RunStarted():
                connection.send(("epoch", 0, None))
            case EpochDone():
                connection.send(("epoch", fact.epoch, fact.held_out.total))
            case RunFinished():
                run = completed(fact.run, dataset)
                save_run(run, path)
                return Result.of_run(cell, run)
    raise AssertionError("training ended without a run")


def _sentence(error: Exception) -> str:
    from models.training import DeviceError, Diverged

    expected: tuple[Any, ...] = (Diverged, DeviceError, CheckpointError, DatasetError, UsageError)
    if isinstance(error, expected):
        return str(error)
    return f"Something unexpected went wrong: {type(error).__name__}: {error}".splitlines()[0]
