"""Where runs are found: the shipped ones in models/pretrained, a person's own in the user's data folder."""

from __future__ import annotations

import os
import re
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import models
from models.checkpoint import CheckpointError, Run, save_run
from models.config import RunConfig
from models.files import reason
from models.own_folders import home, own_folder

SHIPPED_ORDER = (
    "vae-2",
    "ae-2",
    "vae-4",
    "ae-4",
    "vae-16",
    "ae-16",
    "vae-16-without-4",
    "ae-16-denoising",
    "ae-64-sparse",
)
SHIPPED_TITLES = {
    "vae-16-without-4": "VAE 16-D without 4s",
    "ae-16-denoising": "AE 16-D, denoising",
    "ae-64-sparse": "AE 64-D, sparse",
}

LONGEST_STEM = 200
"""Bytes; most file systems allow 255 for the whole of a name."""

_naming = threading.Lock()  # from the choice of a name until its file is there: two threads would choose the same


@dataclass(frozen=True)
class RunEntry:
    """A run that can be opened: its title in the picker and its file."""

    title: str
    path: Path


def shipped_runs() -> list[RunEntry]:
    """The runs that come with the program, the one to open first in front."""
    found = {path.stem: path for path in shipped_folder().glob("*.safetensors") if path.is_file()}
    ordered = [stem for stem in SHIPPED_ORDER if stem in found] + sorted(set(found) - set(SHIPPED_ORDER))
    return [RunEntry(_shipped_title(stem), found[stem]) for stem in ordered]


def own_runs() -> list[RunEntry]:
    """The runs of this person, the newest first; none where the folder is closed to them, or where there is none."""
    folder = runs_folder()
    if folder is None:
        return []
    times: dict[Path, float] = {}
    with suppress(OSError):
        for name in os.listdir(folder):
            path = folder / name
            with suppress(OSError):  # a file may go while we look, and a link may lead nowhere
                if path.suffix.lower() == ".safetensors" and stat.S_ISREG((about := path.stat()).st_mode):
                    times[path] = about.st_mtime
    return [RunEntry(path.stem, path) for path in sorted(times, key=lambda path: times[path], reverse=True)]


def as_listed(path: Path) -> Path:
    """A run's path as the lists have it, whichever way leads to its folder."""
    for folder in (shipped_folder(), runs_folder()):
        if folder is not None and os.path.realpath(folder) == os.path.realpath(path.parent):
            return folder / path.name
    return path


def is_listed(path: Path) -> bool:
    """Whether a run's file stands in the lists as long as it is there."""
    return path.suffix.lower() == ".safetensors" and path.parent in (shipped_folder(), runs_folder())


def shipped_folder() -> Path:
    """Where the runs are that come with the program."""
    return Path(models.__file__).parent / "pretrained"


def runs_folder() -> Path | None:
    """Where finished trainings are kept, it may not exist yet; None for an account without a home."""
    folder = own_folder("data")
    return folder and folder / "runs"


def place_to_look() -> Path:
    """Where a dialog begins that asks for a run or for a place for one: among the runs, else at home."""
    folder = runs_folder()
    return folder if folder is not None and os.path.isdir(folder) else home()  # no error where it is closed to us


def keep_run(run: Run) -> Path:
    """Save a run among this person's own, under a name that is not taken; from any thread. Raises CheckpointError.

    Another window of the program may train the same at the same time, and take a name between our look and our file.
    """
    folder = runs_folder()
    if folder is None:
        raise CheckpointError("The run could not be kept because this account has no home folder: set HOME.")
    with _naming:
        while True:
            path = new_run_path(folder, run.name)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CheckpointError(f"The run could not be saved to “{path}”: {reason(error)}.") from None
            with suppress(FileExistsError):
                save_run(run, path, new=True)
                return path


def shipped_beside(config: RunConfig) -> RunEntry | None:
    """The shipped run of the other kind with as many latent dimensions, if there is one."""
    stem = f"{config.other_kind}-{config.latent_dim}"
    return next((entry for entry in shipped_runs() if entry.path.stem == stem), None)


def name_now(config: RunConfig, dataset: str) -> str:
    """What a training that begins now is called: its kind and size, the images' title, and the time."""
    return f"{config.short_name}, {dataset}, {datetime.now():%d %b %H.%M}"


def new_run_path(folder: Path, name: str) -> Path:
    """A file name in the folder that is not taken, made from a run's name."""
    letters = re.sub(r"[^\w .,()+-]", "-", name).encode()
    stem = letters[:LONGEST_STEM].decode(errors="ignore").strip() or "run"
    path, number = folder / f"{stem}.safetensors", 2
    while os.path.lexists(path):  # which is no error where the folder is closed to us; a link that leads nowhere counts
        path, number = folder / f"{stem} ({number}).safetensors", number + 1
    return path


def shipped_run(stem: str) -> Path:
    """Where a run is that comes with the program, by its file's name without its ending."""
    return shipped_folder() / f"{stem}.safetensors"


def title_of(name: str, path: Path | None) -> str:
    """What a network is called: as in the list of runs, one from elsewhere as its file, one without a file by `name`.

    A person who saved it under a name of their own looks for that one, not for the date that it was trained on.
    """
    shipped = next((entry.title for entry in shipped_runs() if entry.path == path), "")
    return shipped or name_of_copy(name, path)


def name_of_copy(name: str, path: Path | None) -> str:
    """What a file is called at first that a network is saved to: never as a shipped run, which it would pass for."""
    return path.stem if path is not None else name


def kept_in_words(run: Run) -> str:
    """Where a run is found that has just been kept."""
    return f"Kept as “{title_of(run.name, run.path)}” in the list of runs."


def _shipped_title(stem: str) -> str:
    kind, _, dimension = stem.partition("-")
    plain = f"{kind.upper()} {dimension}-D" if dimension.isdigit() else stem
    return f"{SHIPPED_TITLES.get(stem, plain)} (shipped)"
