"""What the commands read and write: the data they are given, reports, arrays of images."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from models.checkpoint import CheckpointError, Run, save_run
from models.cli_arguments import UsageError
from models.config import IMAGE_SIDE
from models.datasets import KNOWN, Dataset, download, is_downloaded, last_held_out, resolve
from models.downloads import LOOKS_PER_SECOND
from models.files import is_stream, reason, write_whole

BAR = "{desc} {bar} {postfix}"


def data_for(text: str | None, quiet: bool = False) -> Dataset:
    """The dataset of --data, else of LATENTLAB_DATA, else the built-in digits; fetched first where that is needed.

    A folder in the current one that has a known dataset's name is taken before anything is fetched.
    """
    if text is not None and not text.strip():
        raise UsageError("--data names no dataset: its value is empty.")
    name = text or os.environ.get("LATENTLAB_DATA") or "digits"
    known = name.strip().lower()
    if known in KNOWN and not is_downloaded(known):
        if os.path.isdir(name):
            return resolve(f"./{name}")
        is_partner = os.environ.get("LOCAL_RANK", "0") != "0"  # of torchrun's processes here the first one fetches
        if is_partner:
            _wait_for(known)
        return _downloaded(known, quiet or is_partner)
    return resolve(name)


def _wait_for(name: str) -> None:
    """Until another process has fetched it, or long enough."""
    from models.parallel import LONGEST_WAIT, is_wanted

    until = time.monotonic() + LONGEST_WAIT.total_seconds()
    while is_wanted() and not is_downloaded(name) and time.monotonic() < until:
        time.sleep(1 / LOOKS_PER_SECOND)


def _downloaded(name: str, quiet: bool) -> Dataset:
    words = f"Downloading {KNOWN[name].title}"
    with tqdm(total=1.0, desc=words, disable=quiet, bar_format=BAR, leave=False) as bar:

        def progress(share: float, words: str) -> None:
            bar.set_postfix_str(words, refresh=False)
            bar.update(share - bar.n)

        return download(name, progress, lambda: False)


def without_last(dataset: Dataset, count: int) -> Dataset:
    """Held out are the last `count` training images instead of the test set, which stays unseen."""
    if not 1 <= count < len(dataset.train_images):
        raise UsageError(f"--validate takes 1 to {len(dataset.train_images) - 1} images here, not {count}.")
    return last_held_out(dataset, count)


def read_images(path: Path) -> np.ndarray:
    """Images (N, 28, 28) uint8 of a .npy file; raises UsageError."""
    try:
        if is_stream(path):  # to open a pipe may wait for ever
            raise UsageError(f"“{path}” is a pipe or a device, not a .npy file.")
        images = np.load(path, allow_pickle=False)
    except UsageError:
        raise
    except OSError as error:
        raise UsageError(f"“{path}” cannot be read: {reason(error)}.") from None
    except Exception:  # numpy reads the header with Python's own parser, which fails in many ways
        raise UsageError(f"“{path}” is not a .npy file of numbers.") from None
    if not isinstance(images, np.ndarray) or images.ndim != 3 or images.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        shape = getattr(images, "shape", "several arrays")
        raise UsageError(f"“{path}” must hold images of the shape (N, 28, 28), not {shape}.")
    if images.dtype != np.uint8:
        raise UsageError(f"“{path}” must hold pixels of type uint8 (0..255), not {images.dtype}.")
    if len(images) == 0:
        raise UsageError(f"“{path}” holds no images.")
    return images


def check_writable(paths: Sequence[Path | None], read: Sequence[Path | None] = ()) -> None:
    """Finds a folder that is missing or read-only before the hours of training, not after; raises UsageError.

    Nor may a path be named twice, or be one of those that are `read`.
    """
    taken = [os.path.realpath(each) for each in read if each is not None]
    for path in paths:
        if path is None:
            continue
        try:
            _check_writable(path)
            if is_stream(path):
                continue
        except OSError as error:  # even to ask whether something is there may be forbidden
            raise UsageError(f"“{path}” cannot be written: {reason(error)}.") from None
        if os.path.realpath(path) in taken:
            raise UsageError(f"“{path}” is named twice: what is written needs a file of its own.")
        taken.append(os.path.realpath(path))


def _check_writable(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"“{path}” is a folder: name a file to write.")
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise UsageError(f"“{path}” cannot be written: there is no folder “{folder}”.")
    if not os.access(path if is_stream(path) else folder, os.W_OK):
        raise UsageError(f"“{path}” cannot be written: permission denied.")


def save_trained(run: Run, path: Path) -> None:
    """Saves a run; where that fails after hours of training it is kept in the folder for temporary files.

    Raises CheckpointError in either case, which says where it is kept.
    """
    try:
        save_run(run, path)
    except CheckpointError as error:
        try:
            kept = Path(tempfile.gettempdir()) / f"latentlab-{os.getpid()}-{path.stem[:50]}.safetensors"
            save_run(run, kept)
        except (CheckpointError, OSError):  # to find a folder for temporary files is to write into it
            raise error from None
        raise CheckpointError(f"{error} It is kept as “{kept}” instead.") from None


def write_file(path: Path, content: bytes) -> None:
    """Writes whole or not at all; raises UsageError."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"“{path}” cannot be written: {reason(error)}.") from None


def write_report(path: Path | None, report: dict[str, Any]) -> None:
    """The report as one JSON object: to a file, or to standard output where none was named."""
    to_others = path is None and str(sys.stdout.encoding).lower() != "utf-8"  # Windows' code pages are no JSON
    text = json.dumps(report, indent=2, ensure_ascii=to_others)
    if path is not None:
        write_file(path, (text + "\n").encode("utf-8", "replace"))  # a folder's name need not be valid Unicode
        return
    try:
        print(text, flush=True)
    except OSError as error:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (or Python would try once more at its end)
        raise UsageError(f"The report cannot be written to the standard output: {reason(error)}.") from None
