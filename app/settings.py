"""What the program remembers from one start to the next: sizes, last choices, the form; never anything of a run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QByteArray, QSettings

from app.magnification import SIZES
from app.theme import CHOICES
from models.config import RunConfig
from models.own_folders import own_folder
from models.settings import ConfigError

T = TypeVar("T")
Number = TypeVar("Number", int, float)

NOWHERE = Path(os.devnull)
"""No folder, nor can it become one: Qt keeps what was to be written there in memory."""


class _Kept(Generic[T]):
    """One remembered value. It is kept as text; text that `read` refuses with ValueError counts as the default."""

    def __init__(self, key: str, default: T, read: Callable[[str], T], write: Callable[[T], str] = str) -> None:
        self._key = key
        self._default = default
        self._read = read
        self._write = write

    def __get__(self, owner: AppSettings, kind: type | None = None) -> T:
        text = owner.text(self._key)
        try:
            return self._default if text is None else self._read(text)
        except ValueError:
            return self._default

    def __set__(self, owner: AppSettings, value: T) -> None:
        owner.keep(self._key, self._write(value))


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return read


def _between(kind: type[Number], low: Number, high: Number) -> Callable[[str], Number]:
    def read(text: str) -> Number:
        number = kind(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    return read


def _size(text: str) -> int:
    return int(_one_of(*map(str, SIZES))(text))


def _yes_or_no(text: str) -> bool:
    return _one_of("yes", "no")(text) == "yes"


def _say_yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _config_from(text: str) -> RunConfig | None:
    try:
        values = json.loads(text)
    except RecursionError:
        raise ConfigError("The kept configuration is nested too deeply.") from None
    if not isinstance(values, dict):
        raise ConfigError("The kept configuration is not a table of settings.")
    return RunConfig.from_dict(values)


def _config_as_text(config: RunConfig | None) -> str:
    return "" if config is None else json.dumps(config.to_dict())


class AppSettings:
    """The remembered choices, one attribute each; a damaged or unwritable file means the defaults, never an error.

    `path` is the INI file; without one it lies in the user's configuration folder. An account without a home has none:
    its choices last as long as the program runs.
    """

    theme = _Kept("look/theme", "system", _one_of(*CHOICES))
    size = _Kept[int]("look/size", 100, _size)
    """of everything that is drawn, in percent: one of SIZES"""
    last_dataset = _Kept("last/dataset", "", str)
    """name of a known dataset, a folder's path, or "" """
    device = _Kept("training/device", "cpu", _one_of("cpu", "cuda", "mps"))
    config = _Kept[RunConfig | None]("training/config", None, _config_from, _config_as_text)
    """the training form as it was left, or None"""
    more_settings = _Kept("training/more_settings", False, _yes_or_no, _say_yes_or_no)
    """whether the folded settings were open"""
    brush_size = _Kept[float | None]("drawing/brush_size", None, _between(float, 0.1, 200.0))
    """as the canvas measures it, or None"""
    strip_steps = _Kept("strip/steps", 10, _between(int, 3, 25))
    strip_shape = _Kept("strip/shape", "straight", _one_of("straight", "sphere"))
    show_blend = _Kept("strip/show_blend", True, _yes_or_no, _say_yes_or_no)

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or (own_folder("config") or NOWHERE) / "settings.ini"
        self._file = QSettings(str(self.path), QSettings.Format.IniFormat)

    def lessons_done(self) -> set[str]:
        """Names of the lessons that were answered."""
        return set((self.text("lessons/done") or "").split())

    def keep_lessons(self, done: set[str]) -> None:
        """Remember the lessons that were answered, by name."""
        self.keep("lessons/done", " ".join(sorted(done)))

    @property
    def geometry(self) -> QByteArray | None:
        """Place and size of the window, for `restoreGeometry`."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._keep_bytes("window/geometry", value)

    def splitter(self, name: str) -> QByteArray | None:
        """The sizes of the splitter `name`, for `restoreState`."""
        return self._bytes(f"splitters/{name}")

    def keep_splitter(self, name: str, state: QByteArray) -> None:
        """Remember the sizes of the splitter `name`."""
        self._keep_bytes(f"splitters/{name}", state)

    def reset_layout(self) -> None:
        """Forget the window's place and all sizes; other choices stay."""
        self._file.remove("window")
        self._file.remove("splitters")

    def save(self) -> bool:
        """Write to disk now (Qt also does so by itself from time to time); False when the file cannot be written."""
        self._file.sync()
        return self._file.status() != QSettings.Status.AccessError

    def text(self, key: str) -> str | None:
        """The text kept under `key`, or None."""
        kept: Any = self._file.value(key)
        return kept if isinstance(kept, str) else None

    def keep(self, key: str, text: str) -> None:
        """Remember `text` under `key`."""
        self._file.setValue(key, text)

    def _bytes(self, key: str) -> QByteArray | None:
        text = self.text(key)
        if not text:
            return None
        found = QByteArray.fromBase64(text.encode("utf-8"))
        return found if not found.isEmpty() else None

    def _keep_bytes(self, key: str, value: QByteArray) -> None:
        self.keep(key, bytes(value.toBase64().data()).decode("ascii"))
