"""An account without a home, such as a container's bare number: the window opens, trains, and says what is not kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton, QWidget

from app import crash_report, desktop_entry
from app.main_window import MainWindow
from app.phase import Phase
from app.run_library import keep_run, own_runs, runs_folder, shipped_runs
from app.settings import AppSettings
from models.checkpoint import CheckpointError, load_run
from models.config import RunConfig
from models.datasets import load_folder
from tests.app.test_choosing_data import write_dataset

SMALL = RunConfig(encoder=(8,), decoder=(8,), epochs=1)
NOT_KEPT = "The run could not be kept because this account has no home folder: set HOME."


@pytest.fixture(autouse=True)
def homeless(no_home: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home, in a folder that must stay empty."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def test_there_is_neither_a_runs_folder_nor_a_log(vae_file: Path) -> None:
    assert runs_folder() is None and own_runs() == []
    assert crash_report.start_log() is None
    with pytest.raises(CheckpointError) as caught:
        keep_run(load_run(vae_file))
    assert str(caught.value) == NOT_KEPT
    assert os.listdir() == [], "nor a folder called ~ where we are"


def test_choices_last_as_long_as_the_program_runs() -> None:
    settings = AppSettings()
    settings.theme = "dark"
    assert not settings.save() and settings.theme == "dark"
    assert not settings.path.exists() and os.listdir() == []


def test_the_window_opens_with_the_shipped_runs_and_trains(qtbot, window: MainWindow, tmp_path: Path) -> None:
    picker = window.findChild(QComboBox, "modelPicker")
    listed = [picker.itemData(row) for row in range(picker.count())]
    opened = window.session.view.path
    assert [path for path in listed if isinstance(path, Path)] == [*(each.path for each in shipped_runs()), opened]
    window.training_panel.choose(SMALL, "cpu")
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and window.session.training.phase is Phase.IDLE)
    assert said[-1].text.startswith("Training is done: ") and said[-1].kind == "warning"
    assert said[-1].text.endswith(f" {NOT_KEPT} File > Save the run keeps it elsewhere.")
    window.session.save_run(tmp_path / "elsewhere.safetensors")
    qtbot.waitUntil(lambda: said[-1].text.startswith("Saved as "))
    assert load_run(tmp_path / "elsewhere.safetensors").config == SMALL and os.listdir() == []


@pytest.mark.parametrize(("keys", "asks"), [("O", "getOpenFileName"), ("S", "getSaveFileName")])
def test_dialogs_begin_at_the_root(window: MainWindow, keys: str, asks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(parent: QWidget, title: str, place: str, *kinds: str) -> tuple[str, str]:
        asked.append(place)
        return "", ""

    monkeypatch.setattr(QFileDialog, asks, answer)
    QTest.keyClick(window, getattr(Qt.Key, f"Key_{keys}"), Qt.KeyboardModifier.ControlModifier)
    assert [Path(place).parent for place in asked] == [Path(os.sep)]


def test_mnist_is_refused_in_words(qtbot, window: MainWindow) -> None:
    window.session.data.choose("mnist")
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said))
    assert said[-1].text == "This account has no home folder to keep images in: set HOME, or name a folder."


def test_a_folder_that_is_called_as_a_download_is_read(tmp_path: Path) -> None:
    assert load_folder(write_dataset(tmp_path / "KMNIST", 20, 10)).title == "Folder “KMNIST”"


def test_the_menu_entry_is_refused_in_words() -> None:
    with pytest.raises(desktop_entry.DesktopEntryError) as caught:
        desktop_entry.install()
    assert str(caught.value) == "This account has no home folder to keep a menu entry in: set HOME."
