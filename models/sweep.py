"""A sweep: the same training over a grid of latent dimension, beta and seed. Its plan, its cells, what came of them.

Nothing here imports torch: the window shows sweeps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.checkpoint import Run
from models.config import RunConfig
from models.settings import ConfigError, settings_of

FORMAT = 1
GRID = ("latent_dim", "beta", "seed")
FIGURES = ("rate", "distortion", "loss", "seconds")
DAMAGE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""what it raises to make sense of a damaged file's values: the last two for endless numbers and depths"""


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
    def file(self) -> str:
        """The name of its run's file."""
        return f"{self.name}.safetensors"

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
        """The name of its run's file."""
        return self.cell.file

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


def _plain(number: float) -> str:
    return repr(float(number)).removesuffix(".0")


def _listed(value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return ",".join(_plain(each) for each in value) or "none"
