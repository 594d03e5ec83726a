"""The cards of the plots whose points are runs: they say that a click opens one, while one can be opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.main_window import MainWindow
from app.panels.compression.view import Compression
from app.panels.rate.distortion import RateDistortion
from app.phase import Phase
from models.config import RunConfig
from tests.app.conftest import open_view
from tests.app.sweep_made_up import made_up

LONG = RunConfig(encoder=(8,), decoder=(8,), epochs=5000)
pytestmark = pytest.mark.usefixtures("no_runs")


@pytest.fixture
def held(qtbot, window: MainWindow) -> Iterator[MainWindow]:
    """A window whose training is under way, held so that nothing moves."""
    training = window.session.training
    window.training_panel.choose(LONG, "cpu")
    window.session.start_training()
    qtbot.waitUntil(lambda: training.phase is Phase.TRAINING)
    training.pause()
    yield window
    training.stop()
    qtbot.waitUntil(lambda: training.phase is Phase.IDLE)


def end_training(qtbot, window: MainWindow) -> None:
    window.session.training.stop()
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE)
    qtbot.waitUntil(lambda: not window.session.background.busy)


def point_at(canvas: QWidget, at: QPoint) -> None:
    """Move there from beside it: where the mouse is already, it would not move."""
    QApplication.processEvents()
    for place in (at + QPoint(80, 40), at):
        QTest.mouseMove(canvas, place)


def test_a_card_of_a_sweep_promises_no_run_in_training(qtbot, held: MainWindow) -> None:
    view = open_view(held, "rate")
    assert isinstance(view, RateDistortion)
    view.show_sweep(made_up((2, 0.5, 0, 7.0, 130.0), (2, 4.0, 0, 5.0, 140.0)))
    QApplication.processEvents()
    point_at(view.canvas.viewport(), view.canvas.position(0))
    assert view.card.isVisible() and "click" not in view.card.text()
    end_training(qtbot, held)
    assert view.card.isVisible() and "click opens it" in view.card.text(), "a card that stands follows"
    view.canvas.leaveEvent(None)
    view.show_phase(Phase.STARTING)
    assert not view.card.isVisible()


def test_a_card_of_a_shipped_run_promises_no_run_in_training(qtbot, held: MainWindow) -> None:
    view = open_view(held, "compression")
    assert isinstance(view, Compression)
    qtbot.waitUntil(lambda: any(each.path is not None for each in view.canvas.marks()))
    desk, fits = held.session.compression, held.session.fits
    qtbot.waitUntil(lambda: not desk._worker.busy and not fits.busy)

    def point_at_a_run() -> str:
        shipped = next(each for each in view.canvas.marks() if each.path is not None and each.dim == 16)
        point_at(view.canvas, view.canvas.position(shipped))
        assert view.card.isVisible() and shipped.name in view.card.text()
        return view.card.text()

    assert "click" not in point_at_a_run()
    end_training(qtbot, held)
    qtbot.waitUntil(lambda: not desk._worker.busy and not fits.busy)
    assert "click opens it" in point_at_a_run()
    view.show_phase(Phase.TRAINING)
    assert view.card.isVisible() and "click" not in view.card.text(), "a card that stands follows"
