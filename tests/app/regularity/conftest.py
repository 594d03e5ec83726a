"""The regularity view as one finds it at first, and the plain calculations that it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QGraphicsItem
from sklearn.neighbors import NearestNeighbors

from app.main_window import MainWindow
from app.panels.regularity.holes import HolePlane
from app.panels.regularity.view import Regularity
from models.checkpoint import Run, load_run
from models.snapshot import Snapshot
from tests.app.conftest import TURNS, made_ready

LEFT = Qt.MouseButton.LeftButton
LIMIT = 60_000  # milliseconds


@pytest.fixture
def open_window(qtbot, make_window) -> Callable[[Path], MainWindow]:
    """Opens a window that looks at the regularity of a run, all of which has been computed."""

    def made(run: Path) -> MainWindow:
        return at_first(qtbot, made_ready(qtbot, make_window(run)))

    return made


@pytest.fixture
def window(qtbot, borrowed_window: MainWindow) -> MainWindow:
    """The borrowed window at the regularity of a VAE, as one finds it at first."""
    return at_first(qtbot, borrowed_window)


@pytest.fixture
def own_window(open_window, vae_file: Path) -> MainWindow:
    """The same, for a test that changes what the borrowed one has to keep."""
    return open_window(vae_file)


def at_first(qtbot, window: MainWindow) -> MainWindow:
    """The window at its regularity: one map with all that is on it, an image pinned and one code drawn, in view."""
    window.views.show_view("regularity")
    view = regularity(window)
    view.tools.both.setChecked(False)
    if view.tools.layer() != "round":
        view.tools.next_layer()
    view.tools.points.setChecked(True)
    for item in on_the_map(view.plane):
        item.setVisible(True)
    for index in (1, 0):  # another image begins anew
        window.session.look.pick(0.0, 0.0, index)
    view.draws.slider.setValue(20)  # one sigma
    view.tools.fit.click()
    wait(qtbot, window)
    return window


def on_the_map(plane: HolePlane) -> tuple[QGraphicsItem, ...]:
    """All that lies over the heat."""
    return (plane.points, plane.rings, *plane.surface.axis_words, plane.drawn, *plane.layer._items)


def regularity(window: MainWindow) -> Regularity:
    made = window.views.made("regularity")
    assert isinstance(made, Regularity) and made.isVisible()
    return made


def wait(qtbot, window: MainWindow) -> None:
    """Until nothing is under way and nothing waits."""
    desk, view = window.session.regularity, regularity(window)
    QApplication.processEvents()
    qtbot.waitUntil(lambda: not view._asking.isActive() and desk.holes.at_rest and desk.figures.at_rest, timeout=LIMIT)
    for _ in range(TURNS):  # the last figures' note is longer: each layout around it asks the next one for a turn
        QApplication.processEvents()


def pixel_of(window: MainWindow, x: float, y: float) -> QPointF:
    """Where a place of the plane must lie, worked out from pyqtgraph's account of the view's range alone."""
    (left, right), (bottom, top) = regularity(window).view.view_box.viewRange()
    size = regularity(window).view.viewport().size()
    return QPointF((x - left) / (right - left) * size.width(), (top - y) / (top - bottom) * size.height())


def network_of(path: Path) -> tuple[Run, Snapshot]:
    """A network of its own."""
    run = load_run(path)
    return run, Snapshot.from_weights(run.config, run.weights)


def plain_round_trip(network: Snapshot, code: np.ndarray) -> float:
    z = np.asarray(code, np.float32)
    return float(np.linalg.norm(network.encode(network.decode(z[None]))[0] - z))


def plain_near(codes: np.ndarray) -> float:
    """The median distance to the nearest hundredth of all other codes (fewer than 500 of them: all are asked)."""
    rank = max(1, round(0.01 * len(codes)))
    distances = NearestNeighbors(n_neighbors=rank + 1, algorithm="brute").fit(codes).kneighbors(codes)[0]
    return float(np.median(distances[:, rank]))
