"""What is known of each dataset before it is loaded, and where downloads are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.idx import DatasetError
from models.own_folders import own_folder

DIGITS = tuple("0123456789")
DIGITS_HELD_OUT = 297


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a dataset before it is loaded."""

    name: str
    title: str
    train_count: int
    test_count: int
    sentence: str
    folder: str = ""  # torchvision's class, and its folder inside the data folder; empty for what is built in
    download_bytes: int = 0
    class_names: tuple[str, ...] = DIGITS


KNOWN: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            "digits",
            "Built-in digits",
            1500,
            DIGITS_HELD_OUT,
            "1,797 real handwritten digits that come with scikit-learn (8x8, brought to MNIST's format); no download.",
        ),
        DatasetInfo(
            "mnist",
            "MNIST",
            60_000,
            10_000,
            "The classic: 70,000 handwritten digits.",
            "MNIST",
            11_594_722,
        ),
        DatasetInfo(
            "fashion-mnist",
            "Fashion-MNIST",
            60_000,
            10_000,
            "70,000 small pictures of clothes in ten classes.",
            "FashionMNIST",
            30_878_645,
            ("T-shirt", "Trousers", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        DatasetInfo(
            "kmnist",
            "KMNIST",
            60_000,
            10_000,
            "70,000 characters of old Japanese cursive in ten classes.",
            "KMNIST",
            21_240_888,
            ("お o", "き ki", "す su", "つ tsu", "な na", "は ha", "ま ma", "や ya", "れ re", "を wo"),
        ),
        DatasetInfo(
            "emnist-digits",
            "EMNIST digits",
            240_000,
            40_000,
            "280,000 handwritten digits by many more writers.",
            "EMNIST",
            561_753_746,
        ),
    )
}


def data_folder() -> Path:
    """Where downloads go: the user's own data folder for this program, never the checkout.

    Raises DatasetError for an account without a home, such as a container's bare number.
    """
    folder = own_folder("data")
    if folder is None:
        raise DatasetError("This account has no home folder to keep images in: set HOME, or name a folder.")
    return folder / "datasets"
