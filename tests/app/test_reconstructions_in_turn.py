"""Reconstructions and what else is looked at: no answer is of another choice or network, and the pin says the same."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.main_window import MainWindow
from app.panels.reconstructions.view import Reconstructions
from models import principal
from models.checkpoint import load_run, save_run
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.app.conftest import PATIENCE, open_view


def worst(path: Path, digits: Dataset, label: int) -> list[int]:
    """Of all images, or of one class, those that a run redraws the worst."""
    run = load_run(path)
    rebuilt = Snapshot.from_weights(run.config, run.weights).reconstruct(digits.test_images)
    errors = ((rebuilt - digits.test_images / 255) ** 2).mean(axis=(1, 2))
    members = np.flatnonzero((digits.test_labels == label) | (label < 0))
    return members[np.argsort(-errors[members], kind="stable")][:20].tolist()


def test_the_worst_are_those_of_the_class_and_of_the_network_that_are_looked_at(
    qtbot, window, vae_file: Path, ae4_file: Path, digits: Dataset
) -> None:
    session, told = window.session, []
    desk = session.reconstructions
    view = open_view(window, "reconstructions")
    assert isinstance(view, Reconstructions)
    qtbot.waitUntil(lambda: view._shown is not None and not desk._worker.busy, timeout=20_000)
    desk.shown.connect(lambda shown: told.append((shown.indices.tolist(), desk.choice.label, session.view.run.path)))

    def answered() -> list[int]:
        qtbot.waitUntil(lambda: bool(told) and not (desk._worker.busy or desk._pace._timer.isActive()), timeout=20_000)
        for indices, label, path in told:
            assert indices == worst(path, digits, label)
        told.clear()
        return view._shown.indices.tolist()

    desk.choose("worst")
    desk.show_label(3)  # while all are ranked
    assert answered() == worst(vae_file, digits, 3)
    desk.show_label(-1)
    assert answered() == worst(vae_file, digits, -1)
    session.open_run(ae4_file)
    assert answered() == worst(ae4_file, digits, -1)
    desk.choose("worst")
    session.open_run(vae_file)  # while those of the other network are ranked
    assert answered() == worst(vae_file, digits, -1)


def test_that_pca_is_fitted_is_told_until_it_has_come_and_to_nobody_who_has_not_asked(
    qtbot, monkeypatch: pytest.MonkeyPatch, window: MainWindow
) -> None:
    """The images of the same look took the line's place; and a fit for another view was told here too."""
    session, come, real, told = window.session, threading.Event(), principal.fit_of, []
    monkeypatch.setattr(principal, "fit_of", lambda data: real(data) if come.wait(PATIENCE / 1000) else None)
    session.fits.of(session.view, session.data.dataset)
    session.reconstructions.busy.connect(told.append)
    view = open_view(window, "reconstructions")
    assert isinstance(view, Reconstructions)
    looked = session.reconstructions._worker.freed
    qtbot.waitUntil(lambda: view._shown is not None)
    unasked, line = set(told), view.findChild(QLabel, "reconstructionSummary")
    with qtbot.waitSignal(looked):
        view.pca.click()
    asked = line.text()
    come.set()
    qtbot.waitUntil(lambda: view._shown.pca is not None)
    assert unasked == {""} and asked == "Fitting PCA to the training images…" and "PCA" in line.text() != asked


@pytest.fixture
def coarse(make_window, vae_file: Path, tmp_path: Path) -> MainWindow:
    """A window on a run whose kept codes are rounded, and differ from those that its network makes."""
    run = load_run(vae_file)
    path = tmp_path / "coarse.safetensors"
    save_run(replace(run, codes=run.codes.round(1)), path)
    window = make_window(path)
    window.show()
    return window


def test_an_image_s_figures_are_those_of_its_pin(qtbot, coarse: MainWindow) -> None:
    """Of a code kept in 16 bits, as the shipped runs', the pin said 451.4 nats and the grid 452."""
    view = open_view(coarse, "reconstructions")
    qtbot.waitUntil(lambda: view._shown is not None and view._shown.originals is not None, timeout=60_000)
    told: list[float] = []
    coarse.session.look.original_shown.connect(lambda image, label, error, *_: told.append(error))
    QTest.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=view.grid.places.picture(3, 0).center())
    assert told and view._shown.nats[3] == pytest.approx(told[-1], rel=1e-5)


def test_the_worst_stand_in_the_order_of_the_figures_below_them(qtbot, coarse: MainWindow) -> None:
    """Ranked by codes made anew and measured by the kept ones, of two neighbours the second had the larger error."""
    view = open_view(coarse, "reconstructions")
    qtbot.waitUntil(lambda: view._shown is not None and view._shown.errors is not None, timeout=60_000)
    told: list[np.ndarray] = []
    coarse.session.reconstructions.shown.connect(lambda shown: told.append(shown.errors))
    coarse.session.reconstructions.choose("worst")
    qtbot.waitUntil(lambda: bool(told), timeout=60_000)
    assert (np.diff(told[-1]) < 1e-7).all()
