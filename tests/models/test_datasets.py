"""Data from files: every layout that people have, and every way in which a file can be wrong, by its sentence."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from models.datasets import (
    KNOWN,
    Dataset,
    DatasetError,
    data_folder,
    fingerprint_of,
    is_downloaded,
    load_downloaded,
    load_folder,
    resolve,
)

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
ROOT = Path(__file__).resolve().parents[2]


def idx_images(images: np.ndarray) -> bytes:
    return struct.pack(">4i", 2051, *images.shape) + images.tobytes()


def idx_labels(labels: np.ndarray) -> bytes:
    return struct.pack(">2i", 2049, len(labels)) + labels.tobytes()


@pytest.fixture
def files(rng: np.random.Generator) -> dict[str, bytes]:
    """The four files of a small dataset: 12 images to train on, 5 held out."""
    return {
        TRAIN_IMAGES: idx_images(rng.integers(0, 256, (12, 28, 28), np.uint8)),
        TRAIN_LABELS: idx_labels(np.arange(12, dtype=np.uint8) % 10),
        TEST_IMAGES: idx_images(rng.integers(0, 256, (5, 28, 28), np.uint8)),
        TEST_LABELS: idx_labels(np.array([3, 1, 4, 1, 5], np.uint8)),
    }


def write(folder: Path, files: dict[str, bytes], packed: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / (name + ".gz" if packed else name)).write_bytes(gzip.compress(content) if packed else content)
    return folder


def pixels(content: bytes) -> np.ndarray:
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)


def sentence_of(path: Path | str) -> str:
    with pytest.raises(DatasetError) as caught:
        load_folder(path)
    return str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("inner", ["", "raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw"])
def test_every_layout_gives_the_same_images(tmp_path: Path, files: dict[str, bytes], inner: str, packed: bool) -> None:
    write(tmp_path / inner, files, packed)
    data = load_folder(tmp_path)
    assert np.array_equal(data.train_images, pixels(files[TRAIN_IMAGES]))
    assert np.array_equal(data.test_images, pixels(files[TEST_IMAGES]))
    assert data.train_labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert data.test_labels.tolist() == [3, 1, 4, 1, 5]
    assert data.train_images.dtype == data.test_labels.dtype == np.uint8
    assert data.source == str(tmp_path / inner)


def test_the_folder_inside_torchvisions_layout_and_one_of_the_files_are_good_too(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    raw = write(tmp_path / "MNIST" / "raw", files, packed=True)
    for path in (tmp_path / "MNIST", raw, raw / f"{TEST_LABELS}.gz"):
        assert load_folder(path).test_labels.tolist() == [3, 1, 4, 1, 5]


def test_names_with_dots_are_read(tmp_path: Path, files: dict[str, bytes]) -> None:
    write(tmp_path, {name.replace("-idx", ".idx"): content for name, content in files.items()})
    assert len(load_folder(tmp_path).train_images) == 12


def test_emnist_is_turned_upright_and_its_other_sets_are_left_alone(tmp_path: Path, files: dict[str, bytes]) -> None:
    named = {f"emnist-digits-{name.replace('t10k', 'test')}": content for name, content in files.items()}
    other = {f"emnist-letters-{name.replace('t10k', 'test')}": b"not looked at" for name in files}
    write(tmp_path / "EMNIST" / "raw", named | other, packed=True)
    data = load_folder(tmp_path)
    assert np.array_equal(data.train_images, pixels(files[TRAIN_IMAGES]).transpose(0, 2, 1))
    assert np.array_equal(data.test_images, pixels(files[TEST_IMAGES]).transpose(0, 2, 1))
    assert data.title == "Folder “EMNIST”"


def test_labels_of_letters_are_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    files[TRAIN_LABELS] = idx_labels(np.arange(12, dtype=np.uint8) + 15)
    write(tmp_path, {f"emnist-letters-{name.replace('t10k', 'test')}": content for name, content in files.items()})
    path = tmp_path / "emnist-letters-train-labels-idx1-ubyte"
    assert sentence_of(tmp_path) == f"“{path}” holds the label 26, but only the ten classes 0 to 9 can be used."


def test_a_folder_is_called_mnist_only_if_it_is(tmp_path: Path, files: dict[str, bytes]) -> None:
    data = load_folder(write(tmp_path / "MNIST", files))
    assert (data.name, data.title) == ("Folder “MNIST”", "Folder “MNIST”")
    assert data.fingerprint == fingerprint_of(pixels(files[TEST_IMAGES]))
    few = load_folder(write(tmp_path / "FashionMNIST" / "raw", files))
    assert (few.title, few.class_names[9]) == ("Folder “FashionMNIST”", "9")


def test_a_relative_is_called_by_its_name_with_as_many_images(tmp_path: Path) -> None:
    images, labels = np.zeros((60_000, 28, 28), np.uint8), np.zeros(60_000, np.uint8)
    files = {TRAIN_IMAGES: idx_images(images), TRAIN_LABELS: idx_labels(labels)}
    files |= {TEST_IMAGES: idx_images(images[:10_000]), TEST_LABELS: idx_labels(labels[:10_000])}
    data = load_folder(write(tmp_path / "FashionMNIST" / "raw", files))
    assert (data.name, data.title, data.class_names[9]) == ("fashion-mnist", "Fashion-MNIST", "Ankle boot")


def test_where_a_relative_folder_lies_is_said_in_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, bytes]
) -> None:
    write(tmp_path / "mine", files)
    monkeypatch.chdir(tmp_path)
    assert load_folder("mine").source == str(tmp_path / "mine")


def test_a_name_means_the_download_even_beside_a_folder_of_that_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, bytes]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(write(tmp_path / "mnist", files).parent)
    with pytest.raises(DatasetError, match=r"^MNIST is not on this machine yet"):
        resolve("mnist")
    assert resolve("./mnist").title == "Folder “mnist”"


@pytest.mark.mnist
def test_mnists_held_out_images_alone_do_not_make_mnist(mnist: Dataset, tmp_path: Path) -> None:
    files = {
        TRAIN_IMAGES: idx_images(mnist.train_images[:20]), TRAIN_LABELS: idx_labels(mnist.train_labels[:20]),
        TEST_IMAGES: idx_images(mnist.test_images), TEST_LABELS: idx_labels(mnist.test_labels),
    }  # fmt: skip
    assert load_folder(write(tmp_path / "some", files)).title == "Folder “some”"


@pytest.mark.mnist
def test_the_real_mnist_is_recognised(mnist: Dataset) -> None:
    assert (mnist.name, mnist.title) == ("mnist", "MNIST")
    assert mnist.train_images.shape == (60_000, 28, 28)
    assert mnist.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert round(float(mnist.train_images.mean()) / 255, 4) == 0.1307


# What can be wrong with a file: how it is spoilt, and the sentence behind its name.
def cut(content: bytes) -> bytes:
    return content[: 16 + 784 * 3 + 100]


WRONG = {
    "truncated": (TEST_IMAGES, cut, "is truncated: its header promises 5 images, but only 3 are there."),
    "header only half": (TEST_IMAGES, lambda c: c[:9], "is truncated: it ends within its 16-byte header."),
    "empty": (TEST_IMAGES, lambda c: b"", "is truncated: it ends within its 16-byte header."),
    "swapped": (
        TRAIN_LABELS,
        lambda c: idx_images(np.zeros((12, 28, 28), np.uint8)),
        "holds images where labels are expected: are two files swapped?",
    ),
    "swapped the other way": (
        TRAIN_IMAGES,
        lambda c: idx_labels(np.zeros(12, np.uint8)),
        "holds labels where images are expected: are two files swapped?",
    ),
    "wrong magic": (
        TRAIN_IMAGES,
        lambda c: b"PNG!" + c[4:],
        "is not an IDX file of images: it starts with the number 1347307297 instead of 2051.",
    ),
    "wrong size": (
        TRAIN_IMAGES,
        lambda c: idx_images(np.zeros((12, 32, 32), np.uint8)),
        "holds images of 32x32 pixels, but 28x28 are needed.",
    ),
    "no images": (
        TRAIN_IMAGES,
        lambda c: idx_images(np.zeros((0, 28, 28), np.uint8)),
        "is damaged: it claims to hold 0 images.",
    ),
    "absurd count": (
        TRAIN_IMAGES,
        lambda c: struct.pack(">4i", 2051, 2**31 - 1, 28, 28) + c[16:],
        "is damaged: it claims to hold 2147483647 images.",
    ),
    "trailing bytes": (
        TRAIN_IMAGES,
        lambda c: c + b"more",
        "is damaged: there are bytes after the 12 images of its header.",
    ),
    "label above nine": (
        TEST_LABELS,
        lambda c: c[:-1] + b"\x0a",
        "holds the label 10, but only the ten classes 0 to 9 can be used.",
    ),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_named_with_what_is_wrong(
    tmp_path: Path, files: dict[str, bytes], case: str, packed: bool
) -> None:
    name, spoil, sentence = WRONG[case]
    write(tmp_path, files | {name: spoil(files[name])}, packed)
    path = tmp_path / (name + ".gz" if packed else name)
    assert sentence_of(tmp_path) == f"“{path}” {sentence}"


def test_labels_of_another_set_are_noticed(tmp_path: Path, files: dict[str, bytes]) -> None:
    write(tmp_path, files | {TRAIN_LABELS: idx_labels(np.zeros(7, np.uint8))})
    expected = f"“{tmp_path / TRAIN_LABELS}” does not belong to “{TRAIN_IMAGES}”: 7 labels for 12 images."
    assert sentence_of(tmp_path) == expected


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda packed: packed[: len(packed) // 2], "is truncated: its gzip stream ends early."),
        (lambda packed: b"not gzip at all", "is named .gz but is not a gzip file."),
        (lambda packed: packed[:10] + b"\xff" * 40 + packed[50:], "is damaged: its gzip stream cannot be unpacked."),
        (lambda packed: packed[:-8] + b"\0" * 8, "is damaged: its gzip stream cannot be unpacked."),
    ],
)
def test_a_damaged_gzip_file_is_named(tmp_path: Path, files: dict[str, bytes], spoil, sentence: str) -> None:
    write(tmp_path, files, packed=True)
    path = tmp_path / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(spoil(path.read_bytes()))
    assert sentence_of(tmp_path) == f"“{path}” {sentence}"


def test_a_missing_file_is_named(tmp_path: Path, files: dict[str, bytes]) -> None:
    del files[TEST_LABELS]
    assert sentence_of(write(tmp_path, files)) == (
        f"“{tmp_path}” lacks t10k-labels: expected are the files {TRAIN_IMAGES}, {TRAIN_LABELS}, {TEST_IMAGES}, "
        f"{TEST_LABELS}, raw or .gz."
    )


def test_an_empty_folder_a_missing_one_and_a_stranger_are_named(tmp_path: Path) -> None:
    stranger = tmp_path / "holiday.jpg"
    stranger.write_bytes(b"jpeg")
    assert sentence_of(tmp_path).startswith(f"“{tmp_path}” holds no dataset: expected are the files {TRAIN_IMAGES}")
    assert sentence_of(tmp_path / "gone") == f"There is no folder “{tmp_path / 'gone'}”."
    assert sentence_of(tmp_path / "g\0ne") == f"There is no folder “{tmp_path}/g\0ne”.", "out of damaged settings"
    expected = f"“{stranger}” is not named like an IDX file, such as train-images-idx3-ubyte.gz."
    assert sentence_of(stranger) == expected


@pytest.mark.skipif(os.name == "nt", reason="permissions are another matter on Windows")
def test_an_unreadable_file_is_named(tmp_path: Path, files: dict[str, bytes]) -> None:
    write(tmp_path, files)
    (tmp_path / TRAIN_IMAGES).chmod(0)
    code = (
        "import os, sys\n"
        "from models.datasets import DatasetError, load_folder\n"
        "os.chdir(sys.argv[1])\n"
        "if os.getuid() == 0: os.setuid(65534)\n"  # root may read everything
        "try: load_folder('.')\n"
        "except DatasetError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == tmp_path.owner() and folder.name.startswith(("pytest-", "popen-", "test_")):
            folder.chmod(0o755)
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    assert result.stdout.strip() == f"“{TRAIN_IMAGES}” cannot be read: permission denied."


@pytest.mark.parametrize("place", ["/" + 300 * "a", "~/" + 300 * "a"])
def test_a_place_where_the_system_does_not_let_us_look_is_named(place: str) -> None:
    """Even the question whether a file is there is an error, for a name too long as for a folder closed to us."""
    for ask in (resolve, load_folder):
        with pytest.raises(DatasetError) as caught:
            ask(place)
        assert str(caught.value) == f"“{os.path.expanduser(place)}” cannot be read: file name too long."


def test_the_home_folder_of_nobody_is_no_folder() -> None:
    with pytest.raises(DatasetError, match=r"^There is no folder “~nobody called so/mnist”\.$"):
        resolve("~nobody called so/mnist")


def test_a_long_word_is_no_dataset() -> None:
    with pytest.raises(DatasetError, match=r"^There is no dataset or folder “a{300}”; the known names are "):
        resolve(300 * "a")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path, files: dict[str, bytes]) -> None:
    del files[TRAIN_IMAGES]
    write(tmp_path, files)
    os.mkfifo(tmp_path / TRAIN_IMAGES)
    assert sentence_of(tmp_path) == f"“{tmp_path / TRAIN_IMAGES}” is a pipe or a device, not a file."


@pytest.mark.parametrize("packed", [False, True])
def test_a_header_that_promises_gigabytes_gets_no_memory_for_them(
    tmp_path: Path, files: dict[str, bytes], packed: bool
) -> None:
    promise = struct.pack(">4i", 2051, 9_999_999, 28, 28)
    write(tmp_path, files | {TRAIN_IMAGES: promise + files[TRAIN_IMAGES][16:]}, packed)
    tracemalloc.start()
    try:
        sentence = sentence_of(tmp_path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sentence.endswith("is truncated: its header promises 9999999 images, but only 12 are there.")
    assert most < 100e6


def test_a_file_that_is_a_folder_is_named(tmp_path: Path, files: dict[str, bytes]) -> None:
    del files[TRAIN_IMAGES]
    write(tmp_path, files)
    (tmp_path / TRAIN_IMAGES).mkdir()
    assert sentence_of(tmp_path) == f"“{tmp_path / TRAIN_IMAGES}” cannot be read: is a directory."


def test_the_built_in_digits_look_like_mnist(digits: Dataset) -> None:
    images = np.concatenate([digits.train_images, digits.test_images])
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    assert images.shape == (1797, 28, 28)
    assert len(digits.test_images) == 297
    assert np.bincount(digits.test_labels).min() >= 29  # every digit has its share
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images.max(axis=(1, 2)).min() == 255
    assert 95 < images.sum() / 255 / len(images) < 115  # MNIST's images have 104 pixels of ink
    rows, columns = np.nonzero((images > 64).any(axis=0))
    assert rows.min() >= 2 and rows.max() <= 26 and columns.min() >= 2 and columns.max() <= 26


def test_the_built_in_digits_are_the_same_every_time(digits: Dataset) -> None:
    again = resolve("digits")
    assert again.fingerprint == digits.fingerprint
    assert np.array_equal(again.train_images, digits.train_images)
    assert digits.title == "Built-in digits"


def test_known_counts_are_true(digits: Dataset) -> None:
    info = KNOWN["digits"]
    assert (info.train_count, info.test_count) == (len(digits.train_images), len(digits.test_images))


def test_what_was_not_downloaded_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert not is_downloaded("kmnist")
    with pytest.raises(DatasetError, match=r"^KMNIST is not on this machine yet: download it, or choose a folder"):
        resolve("kmnist")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep the data folder elsewhere")
def test_a_download_of_before_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, bytes]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    write(data_folder() / "KMNIST" / "raw", files)
    assert is_downloaded("kmnist")
    assert load_downloaded("kmnist").title == "KMNIST"
    assert resolve("KMNIST").class_names[0] == "お o"


def test_a_name_that_is_neither_known_nor_a_folder_is_said() -> None:
    with pytest.raises(DatasetError) as caught:
        resolve("mnits")
    assert str(caught.value) == (
        "There is no dataset or folder “mnits”; the known names are digits, mnist, fashion-mnist, kmnist, "
        "emnist-digits."
    )


def test_what_the_window_needs_at_once_imports_no_torch() -> None:
    names = ("datasets", "sketch", "checkpoint", "latent_space", "cli", "__main__")
    code = f"import sys, {', '.join(f'models.{name}' for name in names)}; print(sorted({{'torch', 'torchvision', "
    code += "'sklearn'} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240, check=True
    )
    assert result.stdout.strip() == "[]"
