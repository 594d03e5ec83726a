"""Finds the four IDX files of a dataset in a folder, however they are named or nested, and reads them as a whole."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.files import reason
from models.idx import DatasetError, read_images, read_labels

TORCHVISION_FOLDERS = ("MNIST", "FashionMNIST", "KMNIST", "EMNIST")
PARTS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
EXPECTED = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"
NAME = re.compile(r"(emnist-\w+-)?(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(\.gz)?", re.IGNORECASE)


@dataclass(frozen=True)
class FourFiles:
    """The files of one dataset; `emnist` says that their images lie transposed, as EMNIST's do."""

    folder: Path
    paths: dict[str, Path]
    emnist: bool

    def read(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Training images and labels, held-out images and labels, upright; raises DatasetError."""
        train_images, train_labels = self._pair("train")
        test_images, test_labels = self._pair("t10k")
        return train_images, train_labels, test_images, test_labels

    def _pair(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        images_path, labels_path = self.paths[f"{part}-images"], self.paths[f"{part}-labels"]
        images, labels = read_images(images_path), read_labels(labels_path)
        if len(images) != len(labels):
            raise DatasetError(
                f"“{labels_path}” does not belong to “{images_path.name}”: "
                f"{len(labels)} labels for {len(images)} images."
            )
        return (np.ascontiguousarray(images.transpose(0, 2, 1)) if self.emnist else images), labels


def find_files(path: Path | str) -> FourFiles:
    """The dataset's files in a folder, in its `raw` folder, in torchvision's layout, or beside a file of the set.

    Of several datasets side by side in torchvision's layout, MNIST comes first. Raises DatasetError.
    """
    root = Path(os.path.expanduser(path))
    try:
        os.stat(root)
        return _found_at(root)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last: a NUL, out of damaged settings
        raise DatasetError(f"There is no folder “{root}”.") from None
    except OSError as error:  # even to ask whether something is there may be forbidden
        raise DatasetError(f"“{root}” cannot be read: {reason(error)}.") from None


def _found_at(root: Path) -> FourFiles:
    if root.is_file():
        if not NAME.fullmatch(root.name):
            raise DatasetError(f"“{root}” is not named like an IDX file, such as train-images-idx3-ubyte.gz.")
        root = root.parent
    best: FourFiles | None = None
    for folder in (root, root / "raw", *(root / name / "raw" for name in TORCHVISION_FOLDERS)):
        found = _files_in(folder)
        if len(found.paths) == len(PARTS):
            return found
        if best is None or len(found.paths) > len(best.paths):
            best = found
    assert best is not None
    raise DatasetError(_missing(root, best))


def _missing(root: Path, best: FourFiles) -> str:
    if not best.paths:
        return f"“{root}” holds no dataset: expected are the files {EXPECTED}, raw or .gz."
    missing = ", ".join(part for part in PARTS if part not in best.paths)
    return f"“{best.folder}” lacks {missing}: expected are the files {EXPECTED}, raw or .gz."


def _files_in(folder: Path) -> FourFiles:
    """Of each prefix (EMNIST keeps several sets in one folder) the files found; the most complete prefix wins."""
    try:
        names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise DatasetError(f"The folder “{folder}” cannot be read: {reason(error)}.") from None
    sets: dict[str, dict[str, Path]] = {}
    for name in names:  # sorted: an unpacked file comes before its .gz and is quicker to read
        match = NAME.fullmatch(name)
        if match:
            prefix, part, what, _ = match.groups()
            part = "train" if part.lower() == "train" else "t10k"
            sets.setdefault((prefix or "").lower(), {}).setdefault(f"{part}-{what.lower()}", folder / name)
    if not sets:
        return FourFiles(folder, {}, False)
    preferred = ("", "emnist-digits-", "emnist-mnist-")
    prefix = max(sets, key=lambda each: (len(sets[each]), -preferred.index(each) if each in preferred else -9))
    return FourFiles(folder, sets[prefix], emnist=bool(prefix))
