"""Choosing images in the window: what is in use stays shown, downloads hold nothing up, and folders are remembered."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton

from app.background import Background
from app.desks.data import DataDesk
from app.panels.top_bar import OPEN_FOLDER
from models.idx import IMAGES_MAGIC, LABELS_MAGIC


def write_dataset(folder: Path, train: int, held_out: int) -> Path:
    """Blank images in IDX files."""
    folder.mkdir(parents=True)
    for part, count in (("train", train), ("t10k", held_out)):
        images = np.array([IMAGES_MAGIC, count, 28, 28], ">u4").tobytes() + bytes(count * 784)
        labels = np.array([LABELS_MAGIC, count], ">u4").tobytes() + bytes(count)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(images)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    return folder


@pytest.fixture
def window(qtbot, make_window, vae_file):
    made = make_window(vae_file)
    made.show()
    qtbot.waitUntil(lambda: made.session.data.dataset is not None, timeout=60_000)
    return made


@pytest.fixture
def silent_server(monkeypatch: pytest.MonkeyPatch):
    """All that is fetched goes to a server that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.getsockname()[1]}")
        yield


def picker(window) -> QComboBox:
    return window.findChild(QComboBox, "datasetPicker")


def shown(window) -> str:
    return picker(window).currentText() or picker(window).placeholderText()


def choose(window, data: str) -> None:
    """Walk to an entry of the open list with the keyboard, and take it."""
    box = picker(window)
    box.showPopup()
    box.view().setCurrentIndex(box.model().index(box.findData(data), 0))
    QTest.keyClick(box.view(), Qt.Key.Key_Return)


def hint(window, data: str) -> str:
    """What an entry of the list says under the pointer."""
    return picker(window).itemData(picker(window).findData(data), Qt.ItemDataRole.ToolTipRole)


def last_message(window):
    return window.message_bar.messages[-1]


def test_while_fetching_the_images_in_use_stay_shown_and_others_can_be_read(qtbot, window, tmp_path, silent_server):
    cancel = next(each for each in window.top_bar.findChildren(QPushButton) if each.text() == "Cancel")
    assert not cancel.isVisible()
    choose(window, "mnist")
    assert shown(window) == "Built-in digits (1,500)"
    qtbot.waitUntil(cancel.isVisible, timeout=10_000)
    choose(window, "kmnist")
    assert last_message(window).text == "A download is already running."
    window.open_path(write_dataset(tmp_path / "mine", 20, 10))
    qtbot.waitUntil(lambda: shown(window) == "Folder “mine” (20)", timeout=20_000)
    qtbot.waitUntil(cancel.isVisible, timeout=10_000)
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "cancelled" in last_message(window).text, timeout=10_000)
    assert last_message(window).text == "The download of MNIST was cancelled; nothing of it was kept."
    assert last_message(window).kind == "info"
    assert shown(window) == "Folder “mine” (20)" and not cancel.isVisible()


def test_closing_ends_a_download(qtbot, window, silent_server):
    cancel = next(each for each in window.top_bar.findChildren(QPushButton) if each.text() == "Cancel")
    choose(window, "mnist")
    qtbot.waitUntil(cancel.isVisible, timeout=10_000)
    window.close()  # the fixture of all tests finds a thread that is left


def test_no_folder_chosen_leaves_the_picker_where_it_was(window, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *arguments: "")
    choose(window, OPEN_FOLDER)
    assert shown(window) == "Built-in digits (1,500)"


def test_a_name_with_dots_is_saved_under_the_whole_of_it(qtbot, window, monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: (str(tmp_path / "at 03.05"), ""))
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil((tmp_path / "at 03.05.safetensors").is_file)


def test_a_known_dataset_in_a_folder_is_found_there_again(qtbot, window, tmp_path):
    clothes = "70,000 small pictures of clothes in ten classes."
    assert hint(window, "fashion-mnist") == f"{clothes} A download of 31 MB."
    folder = write_dataset(tmp_path / "FashionMNIST" / "raw", 60_000, 10_000)
    window.open_path(tmp_path)
    qtbot.waitUntil(lambda: shown(window) == "Fashion-MNIST (60,000)", timeout=20_000)
    assert hint(window, "fashion-mnist") == f"{clothes} It is on this computer."
    assert hint(window, "mnist") == "The classic: 70,000 handwritten digits. A download of 12 MB."
    assert hint(window, "digits").endswith("; no download.")
    assert window.settings.last_dataset == str(folder)
    choose(window, "digits")
    qtbot.waitUntil(lambda: shown(window) == "Built-in digits (1,500)", timeout=20_000)
    assert window.settings.last_dataset == "digits"
    choose(window, "fashion-mnist")
    qtbot.waitUntil(lambda: shown(window) == "Fashion-MNIST (60,000)", timeout=20_000)


def test_a_known_dataset_whose_folder_is_gone_is_fetched_again(qtbot, window, tmp_path, silent_server):
    write_dataset(tmp_path / "FashionMNIST" / "raw", 60_000, 10_000)
    window.open_path(tmp_path)
    qtbot.waitUntil(lambda: shown(window) == "Fashion-MNIST (60,000)", timeout=20_000)
    shutil.rmtree(tmp_path / "FashionMNIST")
    choose(window, "digits")
    qtbot.waitUntil(lambda: shown(window) == "Built-in digits (1,500)", timeout=20_000)
    assert hint(window, "fashion-mnist").endswith(" A download of 31 MB.")
    count = len(window.message_bar.messages)
    choose(window, "fashion-mnist")
    cancel = next(each for each in window.top_bar.findChildren(QPushButton) if each.text() == "Cancel")
    qtbot.waitUntil(lambda: cancel.isVisible() or len(window.message_bar.messages) > count, timeout=20_000)
    assert [each.text for each in list(window.message_bar.messages)[count:]] == []
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("/nowhere/at/all", "There is no folder “/nowhere/at/all”."),
        ("mnits", "There is no dataset or folder “mnits”; the known names are digits, mnist, fashion-mnist, kmnist, "
         "emnist-digits."),
        ("mnist", "MNIST is not on this computer yet: choose it above to fetch it."),
    ],
)  # fmt: skip
def test_nonsense_asked_for_is_said_and_the_built_in_digits_are_used(qtbot, make_window, vae_file, wanted, sentence):
    made = make_window(vae_file, wanted)
    made.show()
    qtbot.waitUntil(lambda: made.session.data.dataset is not None, timeout=60_000)
    assert shown(made) == "Built-in digits (1,500)"
    assert [each.text for each in made.message_bar.messages] == [sentence]


@pytest.fixture
def desk(qtbot):
    """The images' desk at a start: nothing is in use yet."""
    background = Background()
    made = DataDesk(background)
    made.said = []
    made.message.connect(lambda sentence, kind: made.said.append(sentence))
    yield made
    made.close()
    background.close()


def test_images_that_a_person_chooses_at_the_start_are_not_replaced_by_the_fallback(qtbot, desk, tmp_path):
    mine = write_dataset(tmp_path / "mine", 20, 10)
    desk.choose_first(None, str(tmp_path / "gone"))
    desk.choose(str(mine))
    qtbot.waitUntil(lambda: not desk._background.busy)
    assert desk.dataset.title == "Folder “mine”"
    assert desk.said == [
        f"There is no folder “{tmp_path / 'gone'}”.",
        "Folder “mine”: 20 images to train on and 10 held out.",
    ]


def test_where_what_a_person_chooses_at_the_start_cannot_be_read_either_the_built_in_digits_are_used(
    qtbot, desk, tmp_path
):
    desk.choose_first(None, str(tmp_path / "gone"))
    desk.choose(str(tmp_path / "nor here"))
    qtbot.waitUntil(lambda: not desk._background.busy)
    assert desk.dataset.title == "Built-in digits"
    assert desk.said == [f"There is no folder “{tmp_path / name}”." for name in ("gone", "nor here")]


def test_what_is_still_being_read_is_told_until_the_last_has_come(qtbot, desk, tmp_path):
    """Two choices in quick succession; the first one's end told that nothing was read any more."""
    told, words = [], []
    desk.loading_changed.connect(words.append)
    desk.dataset_changed.connect(lambda data: told.append((data.title, words[-1], desk.is_reading)))
    for name in ("one", "two"):
        desk.choose(str(write_dataset(tmp_path / name, 20, 10)))
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == [("Folder “one”", f"Reading {tmp_path / 'two'}…", True), ("Folder “two”", "", False)]


def test_a_download_stays_in_sight_when_other_images_have_been_read(qtbot, desk, tmp_path, silent_server):
    told, words = [], []
    desk.loading_changed.connect(words.append)
    desk.download_progressed.connect(lambda share, of: words.append(of))
    desk.choose("mnist")
    qtbot.waitUntil(lambda: words[-1].startswith("MNIST: "))
    desk.choose(str(write_dataset(tmp_path / "mine", 20, 10)))
    desk.dataset_changed.connect(lambda data: told.append((data.title, words[-1], desk.is_reading)))
    qtbot.waitUntil(lambda: len(told) > 0)
    ((title, shown, reading),) = told
    assert title == "Folder “mine”" and shown.startswith("MNIST: ") and not reading


def test_while_images_are_fetched_that_were_chosen_at_the_start_the_built_in_digits_are_used(
    qtbot, desk, tmp_path, silent_server
):
    desk.choose_first(None, str(tmp_path / "gone"))
    desk.choose("mnist")
    qtbot.waitUntil(lambda: not desk._background.busy)
    assert desk.dataset.title == "Built-in digits"
