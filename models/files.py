"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LONGEST_START = 50  # characters of a name that the file beside it begins with, so that its own is not too long


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside `path` and renames: either all of `content` is there or nothing has changed. Raises OSError.

    A link is followed. A pipe or a device, such as /dev/stdout, cannot be replaced: it is written into.
    """
    if is_stream(path):
        path.write_bytes(content)
        return
    path = Path(os.path.realpath(path))
    beside = path.with_name(f".{path.name[:LONGEST_START]}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def is_stream(path: Path) -> bool:
    """Whether a pipe or a device is there; raises OSError."""
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
    return kind not in (stat.S_IFREG, stat.S_IFDIR)
