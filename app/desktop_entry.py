"""Latent Lab in the user's own menu (freedesktop.org): an entry and its icons, put in and taken out again."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from app.resources import resource_path
from models.files import reason

ENTRY = Path("applications", "latentlab.desktop")
ICONS = Path("icons", "hicolor")
ICON_SIDES = (16, 24, 32, 48, 64, 128, 256, 512)


class DesktopEntryError(Exception):
    """The menu entry could not be written or removed; the text is one sentence for a person."""


def install() -> str:
    """Write the entry and its icons into the user's data folder, and say in one sentence where."""
    home = _data_home()
    entry = home / ENTRY
    try:
        for source, target in _icons(home):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(_entry_text(), encoding="utf-8")
    except OSError as error:
        place = error.filename or home
        raise DesktopEntryError(f"The menu entry could not be written to “{place}”: {reason(error)}.") from error
    return f"Latent Lab is in the menu now ({entry})."


def remove() -> str:
    """Take the entry and its icons out again, and say so in one sentence."""
    home = _data_home()
    files = [home / ENTRY, *(target for _, target in _icons(home))]
    was_there = False
    for file in files:
        try:
            file.unlink()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise DesktopEntryError(f"The menu entry “{file}” could not be removed: {reason(error)}.") from error
        was_there = True
    return "Latent Lab is out of the menu again." if was_there else "Latent Lab was not in the menu."


def _data_home() -> Path:
    if not sys.platform.startswith("linux"):
        raise DesktopEntryError("Menu entries of this kind exist on Linux only.")
    named = os.environ.get("XDG_DATA_HOME", "")
    try:
        return Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "share"
    except RuntimeError:
        raise DesktopEntryError("This account has no home folder to keep a menu entry in: set HOME.") from None


def _icons(home: Path) -> list[tuple[Path, Path]]:
    """Each icon file of ours with its place in the user's icon theme."""
    pairs = [
        (resource_path("app_icon", f"latentlab-{side}.png"), home / ICONS / f"{side}x{side}" / "apps" / "latentlab.png")
        for side in ICON_SIDES
    ]
    return [*pairs, (resource_path("app_icon", "latentlab.svg"), home / ICONS / "scalable" / "apps" / "latentlab.svg")]


def _entry_text() -> str:
    """The entry that starts this very installation: its Python, in the folder that holds its packages."""
    folder = Path(__file__).resolve().parent.parent
    template = resource_path("latentlab.desktop").read_text(encoding="utf-8")
    command = f"{_quoted(sys.executable)} -m app"
    return template.replace("@EXEC@", _escaped(command)).replace("@PATH@", _escaped(str(folder)))


def _quoted(argument: str) -> str:
    """One argument of `Exec`, quoted as the Desktop Entry Specification asks; % stands for itself only when doubled."""
    for character in '\\"`$':
        argument = argument.replace(character, "\\" + character)
    return f'"{argument}"'.replace("%", "%%")


def _escaped(value: str) -> str:
    """A value of type string: the file format itself takes one level of backslashes away."""
    return value.replace("\\", "\\\\")
