"""A sweep: the same training over a grid of latent dimension, beta and seed, kept in one folder.

The folder holds one run file a cell, `cells/NAME.json` with what came of each cell, and `sweep.json`: the grid, the
common configuration, the dataset and all cells' results. Shards on several machines may write into one folder. Each
cell's file is written by the one process that trained it, and `sweep.json` is only put together from those files, so
there is nothing to lock (locks are unreliable on the network file systems of clusters): whoever has written it looks
again and writes once more if a cell has ended meanwhile, hence whoever writes last has seen every cell.

Nothing here imports torch: the window reads sweeps.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.checkpoint import CheckpointError, Run, load_run
from models.config import RunConfig
from models.files import is_stream, reason, write_whole
from models.settings import ConfigError, settings_of

FORMAT = 1
INDEX = "sweep.json"
CELLS = "cells"
GRID = ("latent_dim", "beta", "seed")
FIGURES = ("rate", "distortion", "loss", "seconds")
DAMAGE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""what it raises to make sense of a damaged file's values: the last two for endless numbers and depths"""


class SweepError(Exception):
    """A sweep that cannot be read or written; the text is one sentence for a person that names the folder or file."""


class DamagedSweep(SweepError):
    """A sweep.json that makes no sense."""


@dataclass(frozen=True, order=True)
class Cell:
    """One place of the grid; `beta` is None for an AE, which has no KL term."""

    latent_dim: int
    beta: float | None
    seed: int

    @property
    def name(self) -> str:
        """Its file's name without the suffix: vae-2d-beta0.5-seed0, ae-2d-seed0."""
        weight = "" if self.beta is None else f"-beta{_plain(self.beta)}"
        return f"{'ae' if self.beta is None else 'vae'}-{self.latent_dim}d{weight}-seed{self.seed}"

    @property
    def title(self) -> str:
        """What the window calls its run."""
        weight = "" if self.beta is None else f", beta {_plain(self.beta)}"
        return f"{'AE' if self.beta is None else 'VAE'} {self.latent_dim}-D{weight}, seed {self.seed}"


@dataclass(frozen=True)
class Result:
    """What came of one cell: its figures, or in `error` one sentence that says why there are none.

    `rate` is the held-out KL, `distortion` the held-out reconstruction, `loss` what was made small (all in nats per
    image, or the squared error per image where that is the reconstruction loss); `report` is the run's own.
    """

    cell: Cell
    rate: float = math.nan
    distortion: float = math.nan
    loss: float = math.nan
    seconds: float = math.nan
    report: dict[str, Any] = field(default_factory=dict, hash=False)
    error: str = ""

    @property
    def file(self) -> str:
        """The name of its run file."""
        return f"{self.cell.name}.safetensors"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        where = {"name": self.cell.name, **{name: getattr(self.cell, name) for name in GRID}}
        if self.cell.beta is None:
            del where["beta"]
        if self.error:
            return where | {"state": "failed", "error": self.error}
        figures = {name: getattr(self, name) for name in FIGURES}
        return where | {"state": "done", "file": self.file, **figures, "report": self.report}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Result:
        """What `to_dict` described; raises one of `DAMAGE` for anything else."""
        config = RunConfig(**{name: values[name] for name in GRID if name != "beta" or values.get(name) is not None})
        cell = Cell(config.latent_dim, None if values.get("beta") is None else config.beta, config.seed)
        if values["state"] == "failed":
            return cls(cell, error=str(values["error"]))
        report = values["report"]
        rate, distortion, loss, seconds = (float(values[name]) for name in FIGURES)
        if not isinstance(report, dict) or not math.isfinite(rate + distortion + loss + seconds):
            raise ValueError
        return cls(cell, rate, distortion, loss, seconds, report)

    @classmethod
    def of_run(cls, cell: Cell, run: Run) -> Result:
        """The figures of a cell's finished run; KeyError where its report lacks one."""
        report = run.report
        kl, reconstruction, loss = (float(report[f"test_{name}"]) for name in ("kl", "reconstruction", "loss"))
        return cls(cell, kl, reconstruction, loss, float(report["train_seconds"]), report)


@dataclass(frozen=True)
class Plan:
    """What a sweep trains; `base` is the configuration of its first cell, `betas` is empty for an AE.

    `fingerprint` is that of the held-out images; `training` says how many training images there are, and theirs. It is
    None, for unknown, in sweeps of the time when it was not kept.
    """

    base: RunConfig
    latent_dims: tuple[int, ...]
    betas: tuple[float, ...]
    seeds: tuple[int, ...]
    dataset: str
    fingerprint: str
    training: tuple[int, str] | None = None

    @classmethod
    def of(
        cls,
        base: RunConfig,
        latent_dims: tuple[Any, ...],
        betas: tuple[Any, ...],
        seeds: tuple[Any, ...],
        dataset: str = "",
        fingerprint: str = "",
        training: tuple[int, str] | None = None,
    ) -> Plan:
        """A plan whose values have all been looked at, sorted; raises ConfigError."""
        grid: dict[str, tuple[Any, ...]] = {
            "latent_dim": latent_dims,
            "beta": () if base.kind == "ae" else betas,
            "seed": seeds,
        }
        for name, values in grid.items():
            checked = {getattr(base.replace(**{name: value}), name) for value in values}
            if not checked and not (name == "beta" and base.kind == "ae"):
                raise ConfigError(f"A sweep needs at least one value of {settings_of(RunConfig)[name].label}.")
            grid[name] = tuple(sorted(checked))
        first = base.replace(**{name: values[0] for name, values in grid.items() if values})
        return cls(first, grid["latent_dim"], grid["beta"], grid["seed"], dataset, fingerprint, training)

    def cells(self) -> list[Cell]:
        """All places of the grid, in the order in which they are trained."""
        betas: tuple[float | None, ...] = self.betas or (None,)
        return [Cell(dim, beta, seed) for dim in self.latent_dims for beta in betas for seed in self.seeds]

    def config_of(self, cell: Cell) -> RunConfig:
        """The configuration of one cell; raises ConfigError."""
        weight = {} if cell.beta is None else {"beta": cell.beta}
        return self.base.replace(latent_dim=cell.latent_dim, seed=cell.seed, **weight)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        grid = {"latent_dim": list(self.latent_dims), "beta": list(self.betas), "seed": list(self.seeds)}
        grid = {name: values for name, values in grid.items() if values}
        common = {name: value for name, value in self.base.to_dict().items() if name not in grid}
        described = {
            "latentlab_sweep": FORMAT,
            "grid": grid,
            "common": common,
            "dataset": self.dataset,
            "fingerprint": self.fingerprint,
        }
        if self.training is not None:
            described["training"] = {"count": self.training[0], "fingerprint": self.training[1]}
        return described

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Plan:
        """What `to_dict` described; raises one of `DAMAGE` (ConfigError is a ValueError) for anything else."""
        dims, betas, seeds = (tuple(values["grid"].get(name, ())) for name in GRID)
        base = RunConfig.from_dict(values["common"])
        known = values.get("training")
        training = None if known is None else (int(known["count"]), str(known["fingerprint"]))
        return cls.of(base, dims, betas, seeds, str(values["dataset"]), str(values["fingerprint"]), training)

    def difference(self, other: Plan) -> str:
        """How another plan differs from this one, in a few words; empty where it does not."""
        grids = (
            ("latent dimensions", self.latent_dims, other.latent_dims),
            ("betas", self.betas, other.betas),
            ("seeds", self.seeds, other.seeds),
        )
        settings = [
            (about.label, getattr(self.base, name), getattr(other.base, name))
            for name, about in settings_of(RunConfig).items()
            if name not in GRID or (name == "beta" and not self.betas)
        ]
        for label, mine, others in (*settings, *grids):
            if mine != others:
                return f"{label}: {_listed(others)}, not {_listed(mine)}"
        if self.fingerprint != other.fingerprint:
            return f"images: {other.dataset}, not {self.dataset}"
        if self.training is None or other.training is None or self.training == other.training:
            return ""
        mine, others = self.training[0], other.training[0]
        return "training images: " + (f"{others:,} other ones" if mine == others else f"{others:,}, not {mine:,}")


@dataclass(frozen=True)
class Sweep:
    """A sweep as it was read: its plan and what came of its cells so far."""

    folder: Path
    plan: Plan
    results: tuple[Result, ...]

    @property
    def done(self) -> tuple[Result, ...]:
        """The cells that have figures."""
        return tuple(each for each in self.results if not each.error)

    @property
    def failed(self) -> tuple[Result, ...]:
        """The cells that ended with an error."""
        return tuple(each for each in self.results if each.error)


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
    cells = {f"{cell.name}.safetensors": cell for cell in plan.cells()}
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
        run = load_run(folder / f"{cell.name}.safetensors")
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


def _plain(number: float) -> str:
    return repr(float(number)).removesuffix(".0")


def _listed(value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return ",".join(_plain(each) for each in value) or "none"
