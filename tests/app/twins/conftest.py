"""The Twins view with a VAE and an AE chosen, and plain calculations to compare it with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.main_window import MainWindow
from app.panels.twins.map import TwinMap
from app.panels.twins.view import Twins
from app.run_library import runs_folder
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.app.twin_hands import choose, click, opened
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
LIMIT = 30_000  # milliseconds


@pytest.fixture(scope="session")
def ae(digits: Dataset) -> Run:
    return trained(digits, kind="ae", loss="mse", epochs=5)


@pytest.fixture(scope="module", autouse=True)
def my_runs(vae_file: Path, ae: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A VAE and an AE of the built-in digits are the person's own runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data home")))
        runs_folder().mkdir(parents=True)
        save_run(load_run(vae_file), runs_folder() / "my VAE.safetensors")
        save_run(ae, runs_folder() / "my AE.safetensors")
        yield


@pytest.fixture
def view(borrowed_window: MainWindow) -> Iterator[Twins]:
    """The view with its pictures, opened with a click on its tab, and both runs chosen with the keyboard."""
    made = opened(borrowed_window)
    if not made.segments["pictures"].isChecked():
        click(made, "twinPicturesPage")
    for side, name in (("left", "my VAE"), ("right", "my AE")):
        choose(made.pickers[side], name)
    for map_ in made.maps.values():
        map_.fit()
    yield made
    for digit in range(10):
        if not made.legend.chips[digit].isChecked():
            made.legend.toggle(digit)


def pixel(map_: TwinMap, place: np.ndarray) -> QPoint:
    """Where a place of the plane lies on the screen, worked out from the view's range alone."""
    (left, right), (bottom, top) = map_.view.view_box.viewRange()
    size = map_.view.viewport().size()
    x, y = (place[0] - left) / (right - left) * size.width(), (top - place[1]) / (top - bottom) * size.height()
    return QPoint(round(x), round(y))


def apart(some: np.ndarray, others: np.ndarray, but_itself: bool = False) -> np.ndarray:
    """Distances (n, m) of points from others, by subtraction; with `but_itself` none is its own neighbour."""
    far = np.linalg.norm(some[:, None].astype(np.float64) - others[None], axis=2)
    if but_itself:
        np.fill_diagonal(far, np.inf)
    return far


def lonely(points: np.ndarray, but: int = 0) -> int:
    """The point that lies farthest from all others, so that the pointer means no other one."""
    return int(np.argsort(-apart(points, points, but_itself=True).min(axis=1))[but])


def seen_through(run: Run) -> Snapshot:
    return Snapshot.from_weights(run.config, run.weights)


def runs_of(vae_file: Path, ae: Run) -> dict[str, Run]:
    return {"left": load_run(vae_file), "right": ae}
