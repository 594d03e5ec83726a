"""The device of the last start: what the picker shows is where the session trains, whatever is there by now."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.main_window import MainWindow
from app.phase import Phase
from app.settings import AppSettings
from models.config import RunConfig
from models.devices import DeviceChoice
from tests.app.conftest import PATIENCE, made_ready

ABSENT = "mps" if not torch.backends.mps.is_available() else "cuda"
SMALL = RunConfig(encoder=(8,), decoder=(8,), epochs=1)
pytestmark = pytest.mark.usefixtures("no_runs")


def keep_device(folder: Path, name: str) -> None:
    """As an earlier start has left its settings."""
    settings = AppSettings(folder / "settings.ini")
    settings.device = name
    assert settings.save()


def shown_and_used(window: MainWindow) -> tuple[str, str]:
    """What the picker shows, and where the session would train."""
    return window.training_panel.device_picker.currentData(), window.session.device


def test_a_device_that_is_there_again_is_shown_and_used(make_window, vae_file: Path, tmp_path: Path) -> None:
    keep_device(tmp_path, "cuda")
    window = make_window(vae_file)
    cuda = DeviceChoice("cuda", "CUDA (NVIDIA H200)", True)
    window.session.torch_ready.emit([DeviceChoice("cpu", "CPU", True), cuda])
    assert shown_and_used(window) == ("cuda", "cuda")
    assert window.training_panel.device_picker.currentText() == "CUDA"


def test_where_the_kept_device_is_gone_the_cpu_trains_as_the_picker_shows(
    qtbot, make_window, vae_file: Path, tmp_path: Path
) -> None:
    keep_device(tmp_path, ABSENT)
    window = made_ready(qtbot, make_window(vae_file))
    picker = window.training_panel.device_picker
    qtbot.waitUntil(lambda: picker.count() > 1, timeout=PATIENCE)
    assert shown_and_used(window) == ("cpu", "cpu")
    assert window.settings.device == ABSENT, "the person has chosen no other: with the device it comes back"
    window.training_panel.show_config(SMALL)
    window.session.edit_config(SMALL)
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and window.session.training.phase is Phase.IDLE)
    assert said[-1].text.startswith("Training is done: "), said[-1].text
    assert window.session.view.run.report["device"] == "cpu"
