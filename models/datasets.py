"""Images to train and to look at: the built-in digits, a folder of IDX files, or what was downloaded; one type for all.

Nothing here imports torch or scikit-learn.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from weakref import WeakKeyDictionary, WeakValueDictionary, ref

import numpy as np
from PIL import Image

from models.built_in import small_digits, stratified_split
from models.downloads import DownloadCancelled, fetch
from models.idx import DatasetError
from models.idx_folder import find_files
from models.known_data import DIGITS, DIGITS_HELD_OUT, KNOWN, DatasetInfo, data_folder
from models.settings import ConfigError
from models.sketch import to_mnist_format

__all__ = [
    "DIGITS",
    "KNOWN",
    "Dataset",
    "DatasetError",
    "DatasetInfo",
    "DownloadCancelled",
    "count_to_train_on",
    "data_folder",
    "download",
    "fingerprint_of",
    "held_out_images",
    "is_downloaded",
    "last_held_out",
    "load_digits",
    "load_downloaded",
    "load_folder",
    "origin_of",
    "resolve",
    "trained_on",
    "whole_title",
]

ENLARGED = 50  # pixels a side of a built-in digit before it is brought to MNIST's format
LAST = ", its last {:,} training images"
MNIST_FINGERPRINT = "6d87418db22cc802"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images (N, 28, 28) uint8 and labels (N,) uint8, for training and held out; `source` says where they came from."""

    name: str
    title: str
    train_images: np.ndarray = field(repr=False)
    train_labels: np.ndarray = field(repr=False)
    test_images: np.ndarray = field(repr=False)
    test_labels: np.ndarray = field(repr=False)
    source: str
    class_names: tuple[str, ...] = DIGITS
    fingerprint: str = ""

    def __post_init__(self) -> None:
        """Fills the fingerprint in."""
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", fingerprint_of(self.test_images))


def fingerprint_of(test_images: np.ndarray) -> str:
    """What tells two datasets apart: the first 16 hexadecimal digits of the SHA-256 of the held-out images' bytes."""
    return hashlib.sha256(np.ascontiguousarray(test_images).data).hexdigest()[:16]


def last_held_out(dataset: Dataset, count: int) -> Dataset:
    """The same images, but held out are the last `count` of training instead of the test set, which stays unseen."""
    images, labels = dataset.train_images, dataset.train_labels
    return Dataset(
        name=dataset.name,
        title=f"{dataset.title}{LAST.format(count)}",
        train_images=images[:-count],
        train_labels=labels[:-count],
        test_images=images[-count:],
        test_labels=labels[-count:],
        source=dataset.source,
        class_names=dataset.class_names,
    )


_WITHOUT: WeakKeyDictionary[Dataset, WeakValueDictionary[str, Dataset]] = WeakKeyDictionary()
_ORIGINS: WeakKeyDictionary[Dataset, tuple[ref[Dataset], str]] = WeakKeyDictionary()


def trained_on(dataset: Dataset, leave_out: str) -> Dataset:
    """The same without the training images of the class `leave_out` ("none", "0" to "9"); held-out ones all stay.

    Who asks again while somebody still uses it gets the same one: it is a copy of nearly all images, 42 MB of MNIST.
    Raises ConfigError where nothing would be left to train on.
    """
    if leave_out == "none":
        return dataset
    copies = _WITHOUT.setdefault(dataset, WeakValueDictionary())
    found = copies.get(leave_out)
    if found is None:
        kept = dataset.train_labels != int(leave_out)
        if not kept.any():
            raise ConfigError(f"Without class {leave_out} there is no image left to train on: leave out another one.")
        images, labels = dataset.train_images[kept], dataset.train_labels[kept]
        found = copies[leave_out] = replace(dataset, train_images=images, train_labels=labels)
        _ORIGINS[found] = ref(dataset), leave_out
    return found


def origin_of(dataset: Dataset) -> tuple[Dataset, str]:
    """What `trained_on` made a dataset from, and the class it left out; of any other the dataset itself and "none"."""
    whole, leave_out = _ORIGINS.get(dataset, (ref(dataset), "none"))
    found = whole()
    return (found, leave_out) if found is not None else (dataset, "none")


def count_to_train_on(dataset: Dataset, leave_out: str) -> int:
    """The number of images that `trained_on` leaves, without making them."""
    return len(dataset.train_labels) if leave_out == "none" else int((dataset.train_labels != int(leave_out)).sum())


def whole_title(title: str) -> tuple[str, int]:
    """The title of the dataset that a title of `last_held_out` was made from, and its count; 0 for any other title."""
    found = re.fullmatch(rf"(.+){LAST.replace('{:,}', '([0-9,]+)')}", title)
    return (found[1], int(found[2].replace(",", ""))) if found else (title, 0)


def held_out_images(dataset: Dataset, title: str, fingerprint: str) -> np.ndarray | None:
    """The images (N, 28, 28) that were held out under this title, if they are in `dataset`: its last, or its test set.

    The fingerprint is what decides; that of training images takes milliseconds.
    """
    if fingerprint == dataset.fingerprint:
        return dataset.test_images
    count = whole_title(title)[1]
    last = dataset.train_images[-count:]
    return last if 0 < count == len(last) and fingerprint_of(last) == fingerprint else None


@functools.cache  # bringing them to MNIST's format takes half a second, keeping them 1.4 MB
def load_digits() -> Dataset:
    """scikit-learn's 1,797 digits in MNIST's format, split by digit and seed into 1,500 and 297 held out."""
    small, digits = small_digits()
    padded = np.pad(small, ((0, 0), (1, 1), (1, 1))).astype(np.float32)  # strokes at the edge may fade out
    images = np.stack([_in_mnist_format(image) for image in padded])
    train, test = stratified_split(digits, DIGITS_HELD_OUT, seed=0)
    labels = digits.astype(np.uint8)
    info = KNOWN["digits"]
    return Dataset(info.name, info.title, images[train], labels[train], images[test], labels[test], "scikit-learn")


def load_folder(path: Path | str) -> Dataset:
    """The dataset in a folder of IDX files, raw or .gz, flat or in torchvision's layout; raises DatasetError.

    It is called MNIST only when its held-out images are MNIST's, bit by bit; one of MNIST's relatives by its place in
    torchvision's layout and the number of its images; any other by its folder's name.
    """
    files = find_files(path)
    train_images, train_labels, test_images, test_labels = files.read()
    fingerprint = fingerprint_of(test_images)
    name, title, class_names = _called(files.folder, fingerprint, (len(train_images), len(test_images)))
    return Dataset(
        name,
        title,
        train_images,
        train_labels,
        test_images,
        test_labels,
        str(files.folder.absolute()),
        class_names,
        fingerprint,
    )


def _called(folder: Path, fingerprint: str, counts: tuple[int, int]) -> tuple[str, str, tuple[str, ...]]:
    mnist = KNOWN["mnist"]
    if fingerprint == MNIST_FINGERPRINT and counts[0] == mnist.train_count:
        return mnist.name, mnist.title, mnist.class_names
    folder = folder.resolve()
    own = folder.parent if folder.name == "raw" else folder
    for info in KNOWN.values():
        if own.name != info.folder or info is mnist:
            continue
        if counts == (info.train_count, info.test_count) or _is_ours(own.parent):
            return info.name, info.title, info.class_names
    title = f"Folder “{own.name}”"
    return title, title, DIGITS


def _is_ours(folder: Path) -> bool:
    """Whether it is where downloads go; no folder is for an account without a home."""
    try:
        return folder == data_folder().resolve()
    except DatasetError:
        return False


def is_downloaded(name: str) -> bool:
    """Whether a known dataset can be loaded without the network."""
    info = KNOWN[name]
    if not info.folder:
        return True
    try:
        find_files(data_folder() / info.folder)
    except DatasetError:
        return False
    return True


def load_downloaded(name: str) -> Dataset:
    """A known dataset that is built in or was downloaded before; raises DatasetError when it is not there."""
    info = KNOWN[name]
    if not info.folder:
        return load_digits()
    if not is_downloaded(name):
        raise DatasetError(f"{info.title} is not on this machine yet: download it, or choose a folder that holds it.")
    return load_folder(data_folder() / info.folder)


def download(name: str, progress: Callable[[float, str], None], cancelled: Callable[[], bool]) -> Dataset:
    """Fetches a known dataset with torchvision's downloader, once, and loads it.

    `progress(share, words)` is told several times a second; when `cancelled()` is true nothing of the download stays
    and DownloadCancelled is raised. Raises DatasetError where it cannot be fetched or written.
    """
    if not is_downloaded(name):
        fetch(KNOWN[name], data_folder(), progress, cancelled)
    return load_downloaded(name)


def resolve(text: str) -> Dataset:
    """The dataset that a command line or LATENTLAB_DATA names: one of `KNOWN`, or a folder; raises DatasetError."""
    name = text if os.path.exists(os.path.expanduser(text)) else text.strip()  # a folder's name may end in a space
    if name.lower() in KNOWN:
        return load_downloaded(name.lower())
    if "/" not in name and not os.path.exists(os.path.expanduser(name)):
        raise DatasetError(f"There is no dataset or folder “{name}”; the known names are {', '.join(KNOWN)}.")
    return load_folder(name)


def _in_mnist_format(image: np.ndarray) -> np.ndarray:
    """A small digit (0..16) as (28, 28) uint8: enlarged smoothly, its edges sharpened to MNIST's share of grey.

    Ink between 0.4 and 0.8 becomes the edge: that leaves 103 pixels of ink an image (MNIST has 104), and a network
    trained on MNIST reads 90 % of them.
    """
    smooth = Image.fromarray(image).resize((ENLARGED, ENLARGED), Image.Resampling.LANCZOS)
    return to_mnist_format((np.asarray(smooth) / 16 - 0.4) / 0.4)
