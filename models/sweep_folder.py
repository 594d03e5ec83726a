"""The folder that a sweep is kept in: claimed, read, and written to by any number of processes.

It holds one run file a cell, `cells/NAME.json` with what came of each cell, and `sweep.json`: the grid, the common
configuration, the dataset and all cells' results. Shards on several machines may write into one folder. Each cell's
file is written by the one process that trained it, and `sweep.json` is only put together from those files, so there is
nothing to lock (locks are unreliable on the network file systems of clusters): whoever has written it looks again and
writes once more if a cell has ended meanwhile, hence whoever writes last has seen every cell.

Nothing here imports torch: the window reads sweeps.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from models.checkpoint import CheckpointError, load_run
from models.files import is_stream, reason, write_whole
from models.sweep import DAMAGE, FORMAT, Cell, Plan, Result, Sweep

INDEX = "sweep.json"
CELLS = "cells"


class SweepError(Exception):
    """A sweep that cannot be read or written; the text is one sentence for a person that names the folder or file."""


class DamagedSweep(SweepError):
    """A sweep.json that makes no sense."""


def read_sweep(path: Path | str) -> Sweep:
    """The sweep of a folder or of its sweep.json; raises SweepError for one that is damaged, newer or not there."""
    path = Path(path)
    index = path / INDEX if os.path.isdir(path) else path  # unlike Path's own question it never raises
    values = _read_json(index)
    version = values.get("latentlab_sweep") if isinstance(values, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise SweepError(f"“{index}” was written by a newer Latent Lab (format {version}; this one reads {FORMAT}).")
    try:
        if version != FORMAT:
            raise ValueError
        results = tuple(sorted((Result.from_dict(each) for each in values["cells"]), key=lambda each: each.cell))
        return Sweep(index.parent, Plan.from_dict(values), results)
    except DAMAGE:
        raise DamagedSweep(f"“{index}” is damaged or is not a sweep of Latent Lab.") from None


def claim_folder(folder: Path, plan: Plan) -> None:
    """Makes the folder, or finds the same sweep there; raises SweepError where it holds anything else.

    A sweep that has lost its sweep.json gets another one, for its runs tell all that is in there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = [each.name for each in folder.iterdir() if not each.name.startswith(".")]
        if CELLS in names and not (folder / CELLS).is_dir():
            raise SweepError(
                f"“{folder / CELLS}” is a file where a folder must be: take it away, or name another folder."
            )
        if (folder / INDEX).exists():  # looked for last: another shard that starts just now writes it before all else
            _check_same(folder, plan, names)
        elif foreign := _foreign(folder, plan, names):
            raise SweepError(foreign)
        else:
            assemble(folder, plan)
        (folder / CELLS).mkdir(exist_ok=True)
    except FileExistsError:
        raise SweepError(f"“{folder}” is a file: name a folder.") from None
    except OSError as error:
        raise SweepError(f"“{folder}” cannot be used: {reason(error)}.") from None


def _check_same(folder: Path, plan: Plan, names: list[str]) -> None:
    try:
        difference = plan.difference(read_sweep(folder).plan)
    except DamagedSweep as error:
        if names == [INDEX] or _foreign(folder, plan, names):
            raise
        raise SweepError(
            f"{str(error).removesuffix('.')}: delete it and give the same command again, which keeps the cells that "
            "are finished."
        ) from None
    if difference:
        raise SweepError(
            f"“{folder}” holds another sweep ({difference}): name another folder, or repeat that sweep's command."
        )


def _foreign(folder: Path, plan: Plan, names: list[str]) -> str:
    """Why a folder that holds these is not this sweep's, in a sentence; empty where it may be."""
    cells = {cell.file: cell for cell in plan.cells()}
    if not {INDEX, CELLS, *cells}.issuperset(names):
        return f"“{folder}” holds other files: name a new or an empty folder."
    for name, cell in cells.items():
        if name in names and finished(folder, plan, cell) is None:
            return (
                f"“{folder / name}” is damaged or of another training, and no {INDEX} tells which: take it away, or "
                "name another folder."
            )
    return ""


def finished(folder: Path, plan: Plan, cell: Cell) -> Result | None:
    """What a cell's file says, if it is whole and was trained as planned on the same images."""
    try:
        run = load_run(folder / cell.file)
        if run.config != plan.config_of(cell) or run.fingerprint != plan.fingerprint:
            return None
        return Result.of_run(cell, run)
    except (CheckpointError, *DAMAGE):
        return None


def keep_results(folder: Path, plan: Plan, *results: Result) -> None:
    """Writes what came of cells, and sweep.json anew; raises SweepError."""
    try:
        for result in results:
            content = _as_json(result.to_dict())
            path = folder / CELLS / f"{result.cell.name}.json"
            if not path.exists() or path.read_bytes() != content:
                write_whole(path, content)
        assemble(folder, plan)
    except OSError as error:
        raise SweepError(f"The results in “{folder}” cannot be written: {reason(error)}.") from None


def assemble(folder: Path, plan: Plan) -> None:
    """Writes sweep.json from the cells' files, again if one has come or changed meanwhile; raises OSError."""
    results = _results(folder, plan)
    while True:
        _write_index(folder, plan, results)
        now = _results(folder, plan)
        if now == results:
            return
        results = now


def _results(folder: Path, plan: Plan) -> list[dict[str, Any]]:
    found = []
    for cell in plan.cells():
        try:
            values = _read_json(folder / CELLS / f"{cell.name}.json")
            Result.from_dict(values)
            _as_json({"cells": [values]})  # what can be read may still be too deep to be written
        except (SweepError, *DAMAGE):
            continue
        found.append(values)
    return found


def _write_index(folder: Path, plan: Plan, results: list[dict[str, Any]]) -> None:
    write_whole(folder / INDEX, _as_json(plan.to_dict() | {"cells": results}))


def _as_json(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _read_json(path: Path) -> Any:
    try:
        if is_stream(path):  # to open a pipe may wait for ever
            raise SweepError(f"“{path}” is a pipe or a device, not a sweep.")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path.name == INDEX and path.parent.is_dir():
            raise SweepError(f"There is no sweep in “{path.parent}”: it holds no {INDEX}.") from None
        raise SweepError(f"There is no file “{path}”.") from None
    except OSError as error:
        raise SweepError(f"“{path}” cannot be read: {reason(error)}.") from None
    except (ValueError, RecursionError):
        raise DamagedSweep(f"“{path}” is damaged or is not a sweep of Latent Lab.") from None
