"""Where runs are found: the shipped ones in models/pretrained, a person's own in the user's data folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import models
from models.datasets import data_folder

SHIPPED_ORDER = ("vae-2", "ae-2", "vae-4", "ae-4", "vae-16", "ae-16")


@dataclass(frozen=True)
class RunEntry:
    """A run that can be opened: its title in the picker, its file, and whether it came with the program."""

    title: str
    path: Path
    shipped: bool


def shipped_runs() -> list[RunEntry]:
    """The runs that come with the program, the one to open first in front."""
    folder = Path(models.__file__).parent / "pretrained"
    found = {path.stem: path for path in folder.glob("*.safetensors")}
    ordered = [stem for stem in SHIPPED_ORDER if stem in found] + sorted(set(found) - set(SHIPPED_ORDER))
    return [RunEntry(_shipped_title(stem), found[stem], True) for stem in ordered]


def own_runs() -> list[RunEntry]:
    """The runs of this person, the newest first."""
    paths = sorted(runs_folder().glob("*.safetensors"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [RunEntry(path.stem, path, False) for path in paths]


def runs_folder() -> Path:
    """Where finished trainings are kept; it may not exist yet."""
    return data_folder().parent / "runs"


def new_run_path(name: str) -> Path:
    """A file name in the runs folder that is not taken, made from a run's name."""
    stem = re.sub(r"[^\w .,()+-]", "-", name).strip() or "run"
    path, number = runs_folder() / f"{stem}.safetensors", 2
    while path.exists():
        path, number = runs_folder() / f"{stem} ({number}).safetensors", number + 1
    return path


def _shipped_title(stem: str) -> str:
    kind, _, dimension = stem.partition("-")
    return f"{kind.upper()} {dimension}-D (shipped)" if dimension.isdigit() else f"{stem} (shipped)"
