"""The anomalies view as one finds it at first, on a run that has never seen a 4, and a person who clicks and reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.main_window import MainWindow
from app.panels.anomalies.view import Anomalies
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="session")
def without_fours(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved 4-D VAE of the built-in digits that has never seen a 4."""
    path = tmp_path_factory.mktemp("runs") / "without-4.safetensors"
    save_run(trained(digits, kind="vae", latent_dim=4, epochs=20, leave_out="4"), path)
    return path


@pytest.fixture(scope="module")
def lent_run(without_fours: Path) -> Path:
    return without_fours


@pytest.fixture
def view(qtbot, any_window: MainWindow, without_fours: Path) -> Anomalies:
    """The view on the run without 4s, with all that is computed, as one finds it at first."""
    if any_window.session.view.run.path != without_fours:
        any_window.session.open_run(without_fours)
    any_window.sketch_panel.pad.sheet.clear()
    any_window.views.show_view("anomalies")
    made = any_window.views.made("anomalies")
    assert isinstance(made, Anomalies)
    qtbot.waitUntil(lambda: made._shown is not None and made.parts.small._shown is not None, timeout=20_000)
    made.odd_chosen.emit(4)
    made.choose_score("ink")
    made.parts.orders["most"].click()
    made.parts.best.click()
    made.parts.suspects.point_at(-1)
    return made


def run_of(path: Path) -> tuple[Run, np.ndarray]:
    """The saved run, and which of its held-out images are 4s."""
    run = load_run(path)
    return run, run.labels == 4


def click(view: Anomalies, name: str) -> None:
    QTest.mouseClick(view.findChild(QWidget, name), LEFT)


def words(view: QWidget, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.accessibleName() or label.text() if label.isVisible() else ""
