"""Where the original of a point comes from: the held-out images of its run, or a sentence that says what they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from app.main_window import MainWindow
from models.__main__ import main
from models.checkpoint import load_run, save_run
from models.datasets import KNOWN, Dataset
from models.idx import IMAGES_MAGIC, LABELS_MAGIC


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the command line that was measured on the last 200 training images of the built-in digits."""
    path = tmp_path_factory.mktemp("validated") / "run.safetensors"
    layers = ["--encoder", "16", "--decoder", "16", "--epochs", "1"]
    assert main(["train", *layers, "--data", "digits", "--validate", "200", "--quiet", "--out", str(path)]) == 0
    return path


@pytest.fixture
def window(qtbot, validated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_window) -> MainWindow:
    """Looks at that run, with a folder of other images in use."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))  # no MNIST there
    other = write(tmp_path / "other", np.zeros((20, 28, 28), np.uint8))
    made = make_window(validated, str(other))
    made.show()
    qtbot.waitUntil(lambda: made.session.data.dataset is not None and made.session.torch_is_ready, timeout=60_000)
    return made


def write(folder: Path, images: np.ndarray) -> Path:
    folder.mkdir()
    for part in ("train", "t10k"):
        head = np.array([IMAGES_MAGIC, len(images), 28, 28], ">u4").tobytes()
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        labels = np.array([LABELS_MAGIC, len(images)], ">u4").tobytes() + bytes(len(images))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    return folder


def note(window: MainWindow) -> str:
    label = window.findChild(QLabel, "originalNote")
    return label.text() if label.isVisible() else ""


def get(window: MainWindow) -> QPushButton:
    return window.findChild(QPushButton, "getDataset")


def test_the_last_training_images_are_named_fetched_and_shown(qtbot, window, digits: Dataset) -> None:
    window.session.look.pick(0, 0, 7)
    assert note(window) == (
        "The original is among the last 200 training images of Built-in digits, which is not loaded."
    )
    choose = "They come with the program: nothing is downloaded."
    assert get(window).toolTip() == f"{note(window)}\n{choose}"
    QTest.mouseClick(get(window), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.data.dataset.name == "digits", timeout=20_000)
    assert note(window) == "" and all("folder of yours" not in each.text for each in window.message_bar.messages)
    picture = window.decoded_panel.original.image.picture()
    shown = np.frombuffer(picture.constBits(), np.uint8).reshape(28, picture.bytesPerLine())[:, :28]
    np.testing.assert_array_equal(shown, digits.train_images[-200:][7])
    assert "Error " in window.findChild(QLabel, "originalError").text()


def test_while_images_are_read_none_are_fetched(qtbot, window, tmp_path: Path) -> None:
    data, changed = window.session.data, []
    data.dataset_changed.connect(changed.append)
    window.session.look.pick(0, 0, 7)
    data.choose(str(tmp_path / "other"))
    QTest.mouseClick(get(window), Qt.MouseButton.LeftButton)
    assert window.message_bar.messages[-1].text == "Images are being read just now; the originals may be among them."
    qtbot.waitUntil(lambda: not window.session.background.busy)
    assert [each.source for each in changed] == [str(tmp_path / "other")]


def another_run(path: Path, validated: Path, **changes: str) -> Path:
    save_run(replace(load_run(validated), **changes), path)
    return path


def test_a_relative_of_mnist_is_fetched_by_its_own_name(qtbot, window, validated, tmp_path: Path) -> None:
    title = "Fashion-MNIST, its last 200 training images"
    window.open_path(another_run(tmp_path / "fashion.safetensors", validated, dataset=title))
    window.session.look.pick(0, 0, 7)
    assert note(window) == "The original is among the last 200 training images of Fashion-MNIST, which is not loaded."
    assert window.session.view.class_names == KNOWN["fashion-mnist"].class_names


def test_a_folders_last_images_are_said_to_be_in_that_folder(qtbot, window, validated, tmp_path: Path) -> None:
    title = "Folder “mine”, its last 200 training images"
    window.open_path(another_run(tmp_path / "own.safetensors", validated, dataset=title))
    window.session.look.pick(0, 0, 7)
    assert note(window) == "The original is among the last 200 training images of Folder “mine”, which is not loaded."
    QTest.mouseClick(get(window), Qt.MouseButton.LeftButton)
    assert window.message_bar.messages[-1].text == (
        "The originals are in Folder “mine”, a folder of yours: open it from the File menu."
    )


def test_images_that_are_not_in_the_loaded_data_are_not_promised(qtbot, window, validated, tmp_path: Path) -> None:
    window.session.data.choose("digits")
    qtbot.waitUntil(lambda: window.session.data.dataset.name == "digits", timeout=20_000)
    for dataset in ("Built-in digits", "Built-in digits, its last 200 training images"):
        run = another_run(tmp_path / "run.safetensors", validated, dataset=dataset, fingerprint="f" * 16)
        window.open_path(run)
        window.session.look.pick(0, 0, 7)
        assert note(window) == "The original is not among those of Built-in digits as they are loaded."
        assert not get(window).isVisible()
