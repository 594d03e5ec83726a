"""MNIST fetched from the window, by torchvision's own code, from a server on this machine."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QProgressBar, QPushButton

import models.datasets
from app.main_window import MainWindow
from models.datasets import KNOWN, fingerprint_of, is_downloaded, load_downloaded
from models.downloads import fetch
from models.idx import IMAGES_MAGIC, LABELS_MAGIC
from tests.app.conftest import made_ready

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def small_mnist(server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """MNIST is 20 and 10 images here, on our server, and goes to a data folder of this test's own."""
    folder = tmp_path / "data home"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    size = sum(map(len, server.files.values()))
    small = replace(KNOWN["mnist"], train_count=20, test_count=10, download_bytes=size)
    monkeypatch.setitem(KNOWN, "mnist", small)
    held_out = np.frombuffer(server.plain("t10k-images-idx3-ubyte.gz")[16:], np.uint8)
    monkeypatch.setattr(models.datasets, "MNIST_FINGERPRINT", fingerprint_of(held_out))
    monkeypatch.setattr(models.datasets, "fetch", partial(fetch, command=server.command(tmp_path)))


@pytest.fixture
def window(qtbot, make_window, vae_file, small_mnist) -> MainWindow:
    return made_ready(qtbot, make_window(vae_file))


class Seen:
    """What a person sees of a download, and does about it."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.picker = window.findChild(QComboBox, "datasetPicker")
        self.bar = window.top_bar.findChild(QProgressBar)
        self.cancel = next(each for each in window.top_bar.findChildren(QPushButton) if each.text() == "Cancel")
        self.action = window.findChild(QPushButton, "messageAction")

    def choose(self, name: str) -> None:
        self.picker.showPopup()
        self.picker.view().setCurrentIndex(self.picker.model().index(self.picker.findData(name), 0))
        QTest.keyClick(self.picker.view(), Qt.Key.Key_Return)

    @property
    def in_use(self) -> str:
        return self.picker.currentText() or self.picker.placeholderText()

    @property
    def words(self) -> str:
        return " ".join(each.text() for each in self.window.top_bar.findChildren(QLabel) if each.isVisible())

    @property
    def said(self) -> tuple[str, str]:
        messages = self.window.message_bar.messages
        return (messages[-1].text, messages[-1].kind) if messages else ("", "")

    def half_way(self) -> bool:
        return self.bar.isVisible() and 0.5 < self.bar.value() / self.bar.maximum() < 1


@pytest.fixture
def seen(window) -> Seen:
    return Seen(window)


HERE = "MNIST: 20 images to train on and 10 held out."


def write_blank(folder: Path) -> Path:
    folder.mkdir()
    for part in ("train", "t10k"):
        images = np.array([IMAGES_MAGIC, 12, 28, 28], ">u4").tobytes() + bytes(12 * 784)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(images)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(np.array([LABELS_MAGIC, 12], ">u4").tobytes() + bytes(12))
    return folder


def choose_other_images_in_vain(qtbot, seen: Seen, folder: Path) -> None:
    """Choices that failed or were taken back: what is being fetched is still what is wanted."""
    seen.window.open_path(folder / "nowhere")
    qtbot.waitUntil(lambda: seen.said[1] == "error", timeout=20_000)
    seen.window.open_path(write_blank(folder / "mine"))
    qtbot.waitUntil(lambda: seen.in_use == "Folder “mine” (12)", timeout=20_000)
    seen.choose("mnist")
    assert seen.said == ("MNIST is being downloaded; it will be used as soon as it is here.", "info")
    seen.window.open_path(folder / "nowhere")
    qtbot.waitUntil(lambda: seen.said[1] == "error", timeout=20_000)


def test_mnist_is_cancelled_in_the_middle_and_then_fetched_to_the_end(
    qtbot, server, seen: Seen, tmp_path: Path
) -> None:
    server.held = True
    height = seen.window.top_bar.height()
    seen.choose("mnist")
    qtbot.waitUntil(seen.half_way, timeout=60_000)
    assert seen.window.top_bar.height() == height, "the window does not move"
    qtbot.waitUntil(lambda: "MNIST: 0.0 of 0.0 MB" in seen.words, timeout=10_000)  # when the bar has its new places
    assert seen.in_use == "Built-in digits (1,500)" and seen.cancel.isVisible()
    QTest.mouseClick(seen.cancel, LEFT)
    qtbot.waitUntil(lambda: not seen.cancel.isVisible(), timeout=10_000)
    assert seen.said == ("The download of MNIST was cancelled; nothing of it was kept.", "info")
    assert not seen.bar.isVisible() and not is_downloaded("mnist")
    assert list(models.datasets.data_folder().iterdir()) == []

    seen.choose("mnist")
    qtbot.waitUntil(seen.half_way, timeout=60_000)
    choose_other_images_in_vain(qtbot, seen, tmp_path)
    server.release.set()
    qtbot.waitUntil(lambda: seen.in_use == "MNIST (20)", timeout=60_000)
    assert seen.said == (HERE, "good")
    assert not seen.bar.isVisible() and not seen.cancel.isVisible() and is_downloaded("mnist")
    hint = seen.picker.itemData(seen.picker.findData("mnist"), Qt.ItemDataRole.ToolTipRole)
    assert hint == "The classic: 70,000 handwritten digits. It is on this computer."
    fetched = load_downloaded("mnist")
    assert np.array_equal(seen.window.session.data.dataset.train_images, fetched.train_images)
    assert fetched.train_images.tobytes() == server.plain("train-images-idx3-ubyte.gz")[16:]
    assert seen.window.settings.last_dataset == fetched.source


def test_images_that_come_and_are_wanted_still_are_not_replaced_by_a_folder_that_was_wanted_before(
    qtbot, server, seen: Seen, tmp_path: Path
) -> None:
    """A large folder may take longer to read than the rest of a download."""
    server.held = True
    seen.choose("mnist")
    qtbot.waitUntil(seen.half_way, timeout=60_000)
    background, may_read = seen.window.session.background, threading.Event()
    background.submit(may_read.wait, lambda _: None, lambda _: None)
    seen.window.open_path(write_blank(tmp_path / "mine"))
    seen.choose("mnist")
    server.release.set()
    qtbot.waitUntil(lambda: seen.in_use == "MNIST (20)", timeout=60_000)
    may_read.set()
    qtbot.waitUntil(lambda: not background.busy)
    assert seen.in_use == "MNIST (20)" and seen.said == (HERE, "good") and "Reading" not in seen.words


def test_other_images_that_were_chosen_meanwhile_stay_in_use_until_the_new_ones_are_asked_for(
    qtbot, server, seen: Seen, tmp_path: Path
) -> None:
    """Nor does a choice in vain that ends after that other one take it back: the last choice holds."""
    server.held = True
    seen.choose("mnist")
    qtbot.waitUntil(seen.half_way, timeout=60_000)
    mine = write_blank(tmp_path / "mine")
    seen.window.open_path(tmp_path / "nowhere")
    seen.window.open_path(mine)  # while that one is still being looked for
    assert seen.said[1] != "error"
    qtbot.waitUntil(lambda: seen.in_use == "Folder “mine” (12)", timeout=20_000)
    assert [each.text for each in seen.window.message_bar.messages][-2:] == [
        f"There is no folder “{tmp_path / 'nowhere'}”.",
        "Folder “mine”: 12 images to train on and 12 held out.",
    ]
    server.release.set()
    qtbot.waitUntil(lambda: "MNIST is here" in seen.said[0], timeout=60_000)
    assert seen.said == ("MNIST is here: 20 images to train on and 10 held out.", "good")
    assert seen.in_use == "Folder “mine” (12)" and not seen.cancel.isVisible()
    assert seen.action.isVisible() and seen.action.text() == "Use it"
    QTest.mouseClick(seen.action, LEFT)
    qtbot.waitUntil(lambda: seen.in_use == "MNIST (20)", timeout=20_000)
    assert seen.said == (HERE, "good")
