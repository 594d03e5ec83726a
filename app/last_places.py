"""Where a person was last in a window, for each kind of file: the next dialog for one begins there."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QWidget


def last_place(widget: QWidget | None, kind: str, usual: Path) -> Path:
    """The folder of the last file of a kind in a widget's window, if it is there still, else the `usual` one."""
    last = None if widget is None else widget.window().property(_name(kind))
    return Path(last) if last and os.path.isdir(last) else usual


def note_place(widget: QWidget | None, kind: str, folder: Path) -> None:
    """The next file of a kind is looked for there."""
    if widget is not None:
        widget.window().setProperty(_name(kind), str(folder))


def _name(kind: str) -> str:
    return f"last place of {kind}"
