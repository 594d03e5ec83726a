"""One process of a sweep: it trains the cells that it is sent, one after the other, and tells how each one fares."""

from __future__ import annotations

import signal
from multiprocessing import current_process
from multiprocessing.connection import Connection
from pathlib import Path

from models.checkpoint import CheckpointError, save_run
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.files import mark_half_written
from models.mending import explain_import_error, is_of_a_library
from models.settings import ConfigError
from models.sweep import Cell, Result


def work(connection: Connection, hardware: Hardware) -> None:
    """Trains on the dataset that comes first, and answers each (cell, configuration, path) after it.

    The answers are ("epoch", k, loss), ..., and then ("ended", Result).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the sweep itself ends its processes
    mark_half_written(current_process().name)
    try:
        dataset: Dataset = connection.recv()
        while (task := connection.recv()) is not None:
            try:
                result = _trained(connection, dataset, hardware, *task)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                raise
            except Exception as error:
                result = Result(task[0], error=_sentence(error))
            connection.send(("ended", result))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the sweep is gone


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
    if isinstance(error, (CheckpointError, ConfigError)):
        return str(error)
    if isinstance(error, ImportError) or (isinstance(error, OSError) and is_of_a_library(error)):
        return explain_import_error(error)
    from models.devices import OutOfMemory  # could be imported, or that would be the error
    from models.training import DeviceError, Diverged

    if isinstance(error, OutOfMemory):
        return f"{str(error).removesuffix('.')}, or train fewer cells at once (--jobs)."
    if isinstance(error, (Diverged, DeviceError)):
        return str(error)
    return f"Something unexpected went wrong: {type(error).__name__}: {error}".splitlines()[0]
