"""Writing files: asking where, whole or not at all; the strip as a PNG picture or a GIF animation."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.last_places import last_place, note_place
from app.plain_words import as_written
from models.files import reason, write_whole
from models.own_folders import home

SCALE = 8  # a 28-pixel image is too small for a slide
GAP = 8  # white pixels between two images and around them
FRAME_MILLISECONDS = 80  # a GIF counts in hundredths of a second
HOLD_MILLISECONDS = 480  # how long an animation rests at either end, so that the eye finds it


class _Asking:
    """Whether a person is being asked where to save something; one process has one window."""

    now = False


def is_asking() -> bool:
    """Whether a person is being asked where to save what is seen, under its name: it is to stay until then."""
    return _Asking.now


class ExportError(Exception):
    """A picture could not be written; the text is one sentence for a person."""


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Turn ink of any shape, uint8 or float 0..1 (clipped, never stretched), into uint8."""
    if images.dtype == np.uint8:
        return images
    return (np.clip(np.nan_to_num(images), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def ping_pong(steps: int) -> list[int]:
    """Return the order of an animation there and back again, neither end twice: 0, 1, .., steps-1, .., 1."""
    return [*range(steps), *range(steps - 2, 0, -1)]


def stands_still(images: np.ndarray) -> bool:
    """Tell whether all images (S, h, w) would be the same in a file."""
    content = to_bytes(np.asarray(images))
    return bool((content == content[:1]).all())


def strip_picture(rows: Sequence[np.ndarray], scale: int = SCALE, gap: int = GAP) -> np.ndarray:
    """Lay rows of S images (each (S, h, w)) out as one (H, W) uint8 picture on white, crisp pixels."""
    tiles = [to_bytes(np.asarray(row)).repeat(scale, axis=1).repeat(scale, axis=2) for row in rows]
    steps, height, width = tiles[0].shape
    picture = np.full((gap + len(tiles) * (height + gap), gap + steps * (width + gap)), 255, dtype=np.uint8)
    for i, row in enumerate(tiles):
        for j, tile in enumerate(row):
            top, left = gap + i * (height + gap), gap + j * (width + gap)
            picture[top : top + height, left : left + width] = tile
    return picture


def save_strip_png(rows: Sequence[np.ndarray], path: str | Path) -> None:
    """Write rows of S images (each (S, 28, 28)) side by side as a PNG; raises ExportError."""
    content = io.BytesIO()
    Image.fromarray(strip_picture(rows)).save(content, "PNG")
    write_file(Path(path), content.getvalue())


def save_strip_gif(images: np.ndarray, path: str | Path) -> None:
    """Write S images (S, 28, 28) as an endless GIF, there and back again, crisp pixels; raises ExportError."""
    enlarged = to_bytes(np.asarray(images)).repeat(SCALE, axis=1).repeat(SCALE, axis=2)
    order = ping_pong(len(enlarged))
    ends = (0, len(enlarged) - 1)
    frames = [Image.fromarray(enlarged[i]) for i in order]
    durations = [HOLD_MILLISECONDS if i in ends else FRAME_MILLISECONDS for i in order]
    content = io.BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    write_file(Path(path), content.getvalue())


def strip_qimage(rows: Sequence[np.ndarray]) -> QImage:
    """Return the picture of `save_strip_png` for the clipboard."""
    picture = strip_picture(rows)
    height, width = picture.shape
    return QImage(picture.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def ask_path(parent: QWidget | None, title: str, suggested: str, filters: str) -> Path | None:
    """Ask where to save a file; None when the person cancels.

    `suggested` is a file name, for the folder that was taken last, or a whole path; `filters` are written as Qt does:
    "PNG picture (*.png);;...". A name with none of their suffixes gets that of the chosen filter; a file that is there
    under the whole name is replaced only when the person says so.
    """
    start = Path(suggested)
    named = start.is_absolute()
    if not named:
        pictures = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
        start = last_place(parent, "exports", pictures) / suggested
    if not os.path.isdir(start.parent):
        start = home() / start.name
    _Asking.now = True
    try:
        path = _ask(parent, title, start, filters)
    finally:
        _Asking.now = False
    if path is not None and not named:
        note_place(parent, "exports", path.parent)
    return path


def _ask(parent: QWidget | None, title: str, start: Path, filters: str) -> Path | None:
    while True:
        chosen, kind = QFileDialog.getSaveFileName(parent, title, str(start), filters)
        if not chosen:
            return None
        path = Path(chosen)
        if path.suffix.lower() in _suffixes(filters):
            return path  # the dialog itself has asked
        path = path.with_name(path.name + (_suffixes(kind) or _suffixes(filters))[0])  # names may hold other dots
        if not os.path.exists(path) or _may_replace(parent, title, path):
            return path
        start = path


def _suffixes(filters: str) -> list[str]:
    return re.findall(r"\*(\.\w+)", filters)


def _may_replace(parent: QWidget | None, title: str, path: Path) -> bool:
    question = f"“{path.name}” is there already. Replace it?"
    return QMessageBox.question(parent, title, as_written(question)) == QMessageBox.StandardButton.Yes


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raises ExportError."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise ExportError(f"“{path}” could not be written: {reason(error)}.") from error
