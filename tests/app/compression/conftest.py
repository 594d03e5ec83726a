"""The compression view as one finds it at first, a person at it, and plain calculations to compare it with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.main_window import MainWindow
from app.panels.compression.points import Mark
from app.panels.compression.view import Compression
from app.seen.compressed import START_BITS
from models.checkpoint import load_run
from models.snapshot import Snapshot

LEFT = Qt.MouseButton.LeftButton


def opened(qtbot, window: MainWindow) -> Compression:
    """The view, when all that can be measured is."""
    window.views.show_view("compression")
    made = window.views.made("compression")
    assert isinstance(made, Compression)
    settled(qtbot, window)
    return made


def settled(qtbot, window: MainWindow) -> None:
    """Wait until nothing more is measured."""
    desk, fits = window.session.compression, window.session.fits
    qtbot.waitUntil(lambda: desk._shipped is not None and not desk._worker.busy and not fits.busy, timeout=120_000)


@pytest.fixture
def view(qtbot, any_window: MainWindow) -> Compression:
    """The view as one finds it at first, but perhaps for the images drawn."""
    made = opened(qtbot, any_window)
    made.slider.setValue(START_BITS)
    for chip in made.chips.values():
        chip.setChecked(True)
    QTest.mouseMove(made.canvas, QPoint(2, 2))  # where it is already, a later move would not be one
    made.canvas.forget_pointer()
    return made


def words(view: QWidget, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def figure(view: Compression, name: str) -> str:
    return view.findChild(QWidget, name).accessibleDescription()


def turn_to(view: Compression, bits: int) -> None:
    """Turn the slider with the keyboard."""
    view.slider.setFocus()
    QTest.keyClick(view.slider, Qt.Key.Key_Home)
    for _ in range(bits - 1):
        QTest.keyClick(view.slider, Qt.Key.Key_Right)


def midpoints(codes: np.ndarray, over: np.ndarray, bits: int) -> np.ndarray:
    """What is left of codes (N, d): numpy's digitize over the range of `over`, an axis at a time."""
    left = np.zeros(codes.shape)
    for axis in range(codes.shape[1]):
        edges = np.linspace(*(float(f(over[:, axis])) for f in (np.min, np.max)), 2**bits + 1)
        left[:, axis] = ((edges[:-1] + edges[1:]) / 2)[np.digitize(codes[:, axis].astype(float), edges[1:-1])]
    return left.astype(np.float32)


def seen_through(path: Path) -> Snapshot:
    run = load_run(path)
    return Snapshot.from_weights(run.config, run.weights)


def error(images: np.ndarray, originals: np.ndarray) -> np.ndarray:
    return ((images - originals / 255) ** 2).sum(axis=(1, 2)) / 784


def mark(view: Compression, name: str) -> Mark:
    return next(each for each in view.canvas.marks() if each.name == name)
