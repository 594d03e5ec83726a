"""Reads IDX files, the format of MNIST and its relatives: raw or gzip-compressed, checked before anything is kept."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.config import IMAGE_SIDE
from models.files import is_stream, reason

IMAGES_MAGIC = 0x00000803  # unsigned bytes, three axes
LABELS_MAGIC = 0x00000801  # unsigned bytes, one axis
MOST_ITEMS = 10_000_000
PIECE = 1 << 22  # bytes
GZIP_START = b"\x1f\x8b"


class DatasetError(Exception):
    """Data that cannot be used; the text is one sentence for a person that names the file and what is wrong."""


def read_images(path: Path) -> np.ndarray:
    """The images of one IDX file, (N, 28, 28) uint8; raises DatasetError."""
    return _read(path, IMAGES_MAGIC, "images", axes=3)


def read_labels(path: Path) -> np.ndarray:
    """The labels of one IDX file, (N,) uint8 from 0 to 9; raises DatasetError."""
    labels = _read(path, LABELS_MAGIC, "labels", axes=1)
    if labels.max() > 9:
        raise DatasetError(f"“{path}” holds the label {labels.max()}, but only the ten classes 0 to 9 can be used.")
    return labels


def _read(path: Path, magic: int, what: str, axes: int) -> np.ndarray:
    try:
        if is_stream(path):  # to open a pipe may wait for ever
            raise DatasetError(f"“{path}” is a pipe or a device, not a file.")
        with open(path, "rb") as file:
            start = file.read(len(GZIP_START))
            file.seek(0)
            if start == GZIP_START:
                with gzip.open(file) as unpacked:
                    return _parse(unpacked, path, magic, what, axes)  # type: ignore[arg-type]
            if path.suffix == ".gz":
                raise DatasetError(f"“{path}” is named .gz but is not a gzip file.")
            return _parse(file, path, magic, what, axes)
    except EOFError:
        raise DatasetError(f"“{path}” is truncated: its gzip stream ends early.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise DatasetError(f"“{path}” is damaged: its gzip stream cannot be unpacked.") from None
    except OSError as error:
        raise DatasetError(f"“{path}” cannot be read: {reason(error)}.") from None


def _parse(file: BinaryIO, path: Path, magic: int, what: str, axes: int) -> np.ndarray:
    header = file.read(4 + 4 * axes)
    if len(header) >= 4:
        _check_magic(int.from_bytes(header[:4], "big"), path, magic, what)
    if len(header) < 4 + 4 * axes:
        raise DatasetError(f"“{path}” is truncated: it ends within its {4 + 4 * axes}-byte header.")
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4")[1:])
    if axes == 3 and shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        raise DatasetError(f"“{path}” holds images of {shape[1]}x{shape[2]} pixels, but 28x28 are needed.")
    if not 1 <= shape[0] <= MOST_ITEMS:
        raise DatasetError(f"“{path}” is damaged: it claims to hold {shape[0]} {what}.")
    wanted = int(np.prod(shape))
    body = _body(file, wanted + 1)  # one byte more: finds trailing bytes, and lets gzip check its own sum
    if len(body) < wanted:
        raise DatasetError(
            f"“{path}” is truncated: its header promises {shape[0]} {what}, but only "
            f"{len(body) * shape[0] // wanted} are there."
        )
    if len(body) > wanted:
        raise DatasetError(f"“{path}” is damaged: there are bytes after the {shape[0]} {what} of its header.")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _body(file: BinaryIO, most: int) -> bytearray:
    """At most that many bytes, piece by piece: what a damaged header promises may be more than there is memory.

    As a bytearray, so that torch may share it.
    """
    body = bytearray()
    while piece := file.read(min(PIECE, most - len(body))):
        body += piece
    return body


def _check_magic(found: int, path: Path, magic: int, what: str) -> None:
    if found == magic:
        return
    others = {IMAGES_MAGIC: "images", LABELS_MAGIC: "labels"}
    if found in others:
        raise DatasetError(f"“{path}” holds {others[found]} where {what} are expected: are two files swapped?")
    raise DatasetError(f"“{path}” is not an IDX file of {what}: it starts with the number {found} instead of {magic}.")
