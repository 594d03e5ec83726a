"""Qt's offscreen display with room for our window; Qt's own has 800x800 pixels."""

from __future__ import annotations

import shutil
from pathlib import Path

SCREEN = Path(__file__).with_name("screen.json")


def platform(folder: Path) -> str:
    """The value for QT_QPA_PLATFORM, with a copy of the screen in a temporary folder, or with the checkout's own.

    The checkout's folder can be one that Qt cannot read there; then the temporary one seldom is, too.
    """
    copy = Path(shutil.copy(SCREEN, folder))
    return f"offscreen:configfile={copy if can_be_read(copy) else SCREEN}"


def can_be_read(path: Path) -> bool:
    """Whether Qt can: it takes the variable for Latin-1, and splits it at these two."""
    return str(path).isascii() and not {":", ";"} & set(str(path))
