"""Writes a file whole or not at all; and says in a few words why one cannot be read or written."""

from __future__ import annotations

import os
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

OPEN_ELSEWHERE = (5, 32)  # Windows' numbers, the first of which stands for a lack of rights, too
HELD_SECONDS = 1.0  # that another program may have a file open which is replaced
TRIES_PER_SECOND = 20
LONGEST_START = 50  # characters of a name that the file beside it begins with, so that its own is not too long

_mark = ""  # of this process's half-written files


def write_whole(path: Path, content: bytes, new: bool = False) -> None:
    """Writes beside `path` and renames: either all of `content` is there or nothing has changed. Raises OSError.

    A link is followed, and a file that is replaced keeps its mode. A pipe or a device, such as /dev/stdout, cannot be
    replaced: it is written into. A `new` file replaces nothing: FileExistsError where the name is taken by then.
    """
    if is_stream(path):
        path.write_bytes(content)
        return
    path = Path(os.path.realpath(path))
    once = _mark + secrets.token_hex(8)  # not the process's number: two machines' processes may have the same
    beside = path.with_name(f".{path.name[:LONGEST_START]}.{once}.part")
    try:
        with open(beside, "wb") as file:
            _keep_mode(file.fileno(), path)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            _give_free_name(beside, path)
        else:
            put_in_place(beside, path, HELD_SECONDS)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def put_in_place(new: Path, path: Path, patience: float) -> None:
    """Renames a file or a folder to `path`, whatever is there; raises OSError.

    Windows refuses while any program has either open, if only to read it: a window that looks at a sweep, or the guard
    against viruses. So it is tried again, for `patience` seconds.
    """
    end = time.monotonic() + patience
    while True:
        try:
            os.replace(new, path)
            return
        except OSError as error:
            if getattr(error, "winerror", None) not in OPEN_ELSEWHERE or time.monotonic() >= end:
                raise
        time.sleep(1 / TRIES_PER_SECOND)


def _give_free_name(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)  # unlike a rename it replaces nothing, whatever another process does just now
    except FileExistsError:
        raise
    except OSError:  # a file system without such links, as sticks have
        if os.name == "posix":  # where a rename replaces: an empty file takes the name first
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        os.rename(beside, path)
    else:
        beside.unlink()


def _keep_mode(descriptor: int, replaced: Path) -> None:
    """Before anything is written: nobody is to read there what they could not read before."""
    if os.name == "posix":
        with suppress(OSError):  # nothing is replaced, or the file system keeps no modes
            os.fchmod(descriptor, stat.S_IMODE(os.stat(replaced).st_mode))


def mark_half_written(mark: str) -> None:
    """From now on what this process has half written has `mark` in its name: whoever kills it can take that away."""
    global _mark
    _mark = mark


def remove_half_written(folder: Path, mark: str) -> None:
    """Takes away what a process of that mark, which has ended, left half written in a folder; raises OSError."""
    for left in folder.glob(f".*.{mark}*.part"):
        left.unlink(missing_ok=True)


def is_stream(path: Path) -> bool:
    """Whether a pipe or a device is there; raises OSError."""
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
    return kind not in (stat.S_IFREG, stat.S_IFDIR)


def reason(error: OSError) -> str:
    """The operating system's reason in lower case, such as “permission denied”."""
    if getattr(error, "winerror", None) in OPEN_ELSEWHERE:
        return "permission denied, or another program has it open"
    text = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
