"""The manifold as one finds it at first, what is seen there, and codes decoded directly to compare it with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.panels.manifold.view import Manifold
from models.checkpoint import Run
from models.snapshot import Snapshot
from tests.app.conftest import made_ready

LEFT = Qt.MouseButton.LeftButton
LIMIT = 20_000  # milliseconds


@pytest.fixture
def window(qtbot, borrowed_window: MainWindow) -> MainWindow:
    """The borrowed window at the manifold of a VAE, as one finds it at first."""
    return at_first(qtbot, borrowed_window)


@pytest.fixture
def own_window(qtbot, make_window, vae_file: Path) -> MainWindow:
    """The same, for a test that changes what the borrowed one has to keep."""
    return at_first(qtbot, made_ready(qtbot, make_window(vae_file)))


def at_first(qtbot, window: MainWindow) -> MainWindow:
    """The window at its manifold, opened with keys: an image pinned, points shown, all in view, no tile of before."""
    window.session.look.pick(0.0, 0.0, 0)
    place = window.views.names().index("manifold")
    QTest.keyClick(window, Qt.Key(Qt.Key.Key_1 + place), Qt.KeyboardModifier.ControlModifier)
    view = manifold(window)
    view.tools.points.setChecked(True)
    view.points.setVisible(True)
    view.tiles.clear()
    view.tools.fit.click()
    view._ask()
    wait(qtbot, window)
    return window


def manifold(window: MainWindow) -> Manifold:
    made = window.views.made("manifold")
    assert isinstance(made, Manifold) and made.isVisible()
    return made


def whole(window: MainWindow) -> bool:
    """Whether nothing is waited for: neither a look at the view nor a batch of tiles."""
    view, desk = manifold(window), window.session.manifold
    return not (view._asking.isActive() or desk._decoding.busy or desk._next is not None or view.tiles.missing())


def wait(qtbot, window: MainWindow) -> None:
    QApplication.processEvents()
    qtbot.waitUntil(lambda: whole(window), timeout=LIMIT)
    QApplication.processEvents()


def view_range(window: MainWindow) -> tuple[float, float, float, float]:
    """left, right, bottom, top by pyqtgraph's own account."""
    (left, right), (bottom, top) = manifold(window).view.view_box.viewRange()
    return left, right, bottom, top


def picture(window: MainWindow) -> np.ndarray:
    """The view's pixels (H, W, 3), with neither points nor marks over the tiles."""
    view = manifold(window)
    view.points.setVisible(False)
    for item in (*view.plane.layer._items, *view.view.axis_words):
        item.setVisible(False)
    image = view.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    for item in (*view.plane.layer._items, *view.view.axis_words):
        item.setVisible(True)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return data[:, :, 2::-1].astype(int)


def show_exactly(qtbot, window: MainWindow, pixels: int, left: float, top: float) -> None:
    """Show half a unit as so many pixels, with a corner at whole tiles."""
    view = manifold(window).view
    size, unit = view.viewport().size(), 2 * pixels
    view.view_box.setRange(
        xRange=(left, left + size.width() / unit), yRange=(top - size.height() / unit, top), padding=0
    )
    wait(qtbot, window)


def decoded_at(run: Run, code: np.ndarray) -> np.ndarray:
    """The image (28, 28) of a code as 0..255, by a network of its own."""
    image = Snapshot.from_weights(run.config, run.weights).decode(np.asarray(code, np.float32)[None])[0]
    return np.round(np.clip(image, 0, 1) * 255)
