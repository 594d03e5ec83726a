"""The folders of a person's account that this program keeps things in. An account may have none: a container's number.

Each release of platformdirs meets such an account in its own way: it raises, or its answer begins with a `~` that
would become a folder of this name in the current one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from platformdirs import PlatformDirs

Kept = Literal["data", "config", "log"]


def own_folder(kept: Kept) -> Path | None:
    """Where this program keeps a person's images and runs, their choices or its log; None without a home."""
    folders = PlatformDirs("latentlab", appauthor=False)
    try:
        folder = Path(getattr(folders, f"user_{kept}_dir"))
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None


def home() -> Path:
    """The home folder; the root of all folders for an account without one, so that a dialog can begin somewhere."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.sep)
