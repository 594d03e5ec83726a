"""The command `sweep`: trains a grid of configurations over local processes, and goes on where it stopped."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from models.cli_arguments import UsageError, config_from, hardware_from
from models.cli_files import data_for, without_last
from models.cores import cores
from models.datasets import Dataset, fingerprint_of
from models.exit_status import CELL_FAILED, INTERRUPTED
from models.sweep import Cell, Plan, Result
from models.sweep_folder import INDEX, claim_folder, finished, keep_results
from models.sweep_jobs import train_cells
from models.sweep_table import Table


def sweep(arguments: argparse.Namespace) -> int:
    """Trains the cells of a grid that are not finished yet; the exit status is 1 when one of them failed."""
    jobs = _jobs(arguments.jobs)
    part, parts = _shard(arguments.shard)
    hardware = hardware_from(arguments)
    plan = _plan(arguments)  # before the images are read: its errors are quick to find
    dataset = data_for(arguments.data, arguments.quiet)
    if arguments.validate is not None:
        dataset = without_last(dataset, arguments.validate)
    plan = _plan(arguments, dataset)
    folder: Path = arguments.out
    claim_folder(folder, plan)
    cells = plan.cells()[part - 1 :: parts]
    table = Table(cells, plan.base.epochs, sys.stdout, arguments.quiet)
    results = _kept(folder, plan, cells, table)
    left = [cell for cell in cells if cell not in results]
    try:
        with closing(train_cells(plan, left, folder, jobs, dataset, hardware)) as news:
            table.redraw()
            for each in news:
                if isinstance(each, Result):
                    results[each.cell] = each
                    keep_results(folder, plan, each)
                table.show(each)
                table.redraw()
    except KeyboardInterrupt:
        done = sum(not each.error for each in results.values())
        words = f"Interrupted: {done} of {len(cells)} cells are finished; the same command goes on from there."
        print(f"\n{words}", file=sys.stderr)
        return INTERRUPTED
    return _told(folder, cells, results, table)


def _plan(arguments: argparse.Namespace, dataset: Dataset | None = None) -> Plan:
    base = config_from(arguments)
    if base.kind == "ae" and arguments.betas is not None:
        raise UsageError("An AE has no KL term: leave --betas out.")
    dims = arguments.latent_dims if arguments.latent_dims is not None else (base.latent_dim,)
    betas = arguments.betas if arguments.betas is not None else (base.beta,)
    seeds = arguments.seeds if arguments.seeds is not None else (base.seed,)
    if dataset is None:
        return Plan.of(base, dims, betas, seeds)
    training = (len(dataset.train_images), fingerprint_of(dataset.train_images))
    return Plan.of(base, dims, betas, seeds, dataset.title, dataset.fingerprint, training)


def _kept(folder: Path, plan: Plan, cells: Sequence[Cell], table: Table) -> dict[Cell, Result]:
    """The cells that were finished before; what of them the index lacks is written."""
    results = {}
    for cell in cells:
        result = finished(folder, plan, cell)
        if result is not None:
            results[cell] = result
            table.show_kept(result)
        elif (folder / cell.file).exists():
            table.show_damaged(cell)
    keep_results(folder, plan, *results.values())
    return results


def _told(folder: Path, cells: Sequence[Cell], results: dict[Cell, Result], table: Table) -> int:
    failed = [each for each in results.values() if each.error]
    for each in failed:
        print(f"{each.cell.name}: {each.error}", file=sys.stderr)
    table.show_end(
        f"{len(cells) - len(failed)} of {len(cells)} cells are finished. Open {folder / INDEX} in the window."
    )
    return CELL_FAILED if failed else 0


def _jobs(wanted: int | None) -> int:
    if wanted is not None and wanted < 1:
        raise UsageError(f"--jobs takes at least 1 process, not {wanted}.")
    return wanted or max(1, cores() - 1)


def _shard(text: str) -> tuple[int, int]:
    """`i/n`: this call trains every n-th cell, beginning with the i-th."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise UsageError(f"--shard takes i/n with i from 1 to n, such as 1/4, not “{text}”.")
    return int(part), int(parts)
