"""What a path is that a person wants to have opened: dropped on the window, or named on the command line."""

from __future__ import annotations

import os
from enum import Enum, auto
from pathlib import Path

from models.idx_folder import NAME as IDX_NAME
from models.sweep_folder import INDEX as SWEEP


class Opened(Enum):
    """What the window can open."""

    RUN = auto()
    SWEEP = auto()
    """its folder, or the sweep.json in it"""
    IMAGES = auto()
    """a folder of IDX files, or one of those files; whatever is nothing else is told to be none"""
    NOTHING = auto()
    """a file that is none of these"""


def what_is(path: Path) -> Opened:
    """By its name, and for a folder by whether it holds a sweep; where nothing is there, nothing is opened."""
    if path.suffix.lower() == ".safetensors":
        return Opened.RUN
    if path.name == SWEEP or os.path.isfile(path / SWEEP):
        return Opened.SWEEP
    return Opened.NOTHING if os.path.isfile(path) and not IDX_NAME.fullmatch(path.name) else Opened.IMAGES


def none_of_ours(path: Path) -> str:
    """Says of a file that cannot be opened what can."""
    return (
        f"“{path.name}” is nothing that Latent Lab opens: it opens runs (.safetensors), sweeps ({SWEEP}), "
        "folders of images in MNIST's format, and pictures to draw on."
    )
