"""The regularity of a network that learns or has been stopped, and none while nobody looks."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.panels.regularity.figures import RegularityFigures, caption, note, times
from app.phase import Phase
from app.seen.regularity import Figures, Measured
from models.datasets import Dataset
from models.regularity import Completeness, Continuity
from models.regularity import Regularity as Found
from tests.app.regularity.conftest import LIMIT, plain_near, plain_round_trip, regularity, wait


def test_nothing_is_computed_while_nobody_looks(qtbot, own_window: MainWindow) -> None:
    session, desk = own_window.session, own_window.session.regularity
    own_window.views.show_view("map")
    told: list[object] = []
    for signal in (desk.holes.begun, desk.figures.shown, desk.draws.shown, desk.draws.missing):
        signal.connect(lambda *values: told.append(values))
    session.look.pick(0.0, 0.0, 5)
    session.reset()
    qtbot.waitUntil(lambda: "first weights" in session.view.name, timeout=LIMIT)
    assert told == [] and not desk.holes._background.busy and not desk.figures._background.busy
    own_window.views.show_view("regularity")
    wait(qtbot, own_window)
    assert len(told) >= 3


def test_a_vaes_hardly_used_axes_are_counted_behind_the_window(
    qtbot, own_window: MainWindow, ae4_file: Path, vae_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 70,000 images with 64 numbers that takes a tenth of a second, and each figure that came counted again."""
    counted: list[bool] = []

    def count(log_variances: np.ndarray) -> int:
        counted.append(threading.current_thread() is threading.main_thread())
        return 1

    monkeypatch.setattr("app.desks.regularity_figures.unused_axes", count)
    for path in (ae4_file, vae_file):
        assert own_window.session.open_run(path)
        wait(qtbot, own_window)
    told: list[Figures] = []
    own_window.session.regularity.figures.shown.connect(told.append)
    own_window.views.show_view("map")
    own_window.views.show_view("regularity")
    wait(qtbot, own_window)
    assert told[-1].mine.unused == 1 and not any(counted)


def test_the_heat_comes_with_pytorch(qtbot, make_window, vae_file: Path) -> None:
    made, held = make_window(vae_file), threading.Event()
    made.session.background.submit(lambda: held.wait(), lambda _: None, lambda _: None)
    made.show()  # PyTorch comes after that task
    made.views.show_view("regularity")
    view = regularity(made)
    assert view.plane.empty.text() == "Loading the network…"
    try:
        qtbot.waitUntil(lambda: view.plane.points.isVisible() and not view._asking.isActive())
        assert not made.session.torch_is_ready and view.heat.finest() is None
    finally:
        held.set()
    qtbot.waitUntil(lambda: made.session.torch_is_ready)
    wait(qtbot, made)
    assert view.heat.finest() is not None and not view.plane.empty.isVisible()


def test_it_follows_a_training(qtbot, own_window: MainWindow) -> None:
    session, view = own_window.session, regularity(own_window)
    begun: list[tuple[int, bool]] = []
    session.regularity.holes.begun.connect(lambda *values: begun.append(values))
    live: list[Figures] = []
    session.regularity.figures.shown.connect(live.append)
    session.edit_config(session.config.replace(epochs=500))
    own_window.training_panel.start_requested.emit()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=LIMIT)
    qtbot.waitUntil(lambda: len(begun) >= 3 and begun[-1][1], timeout=LIMIT)
    qtbot.waitUntil(lambda: any(each.learning for each in live), timeout=LIMIT)
    figures = next(each for each in live if each.learning)
    assert figures.mine.found.draws == 300 and "From 300 draws while it learns." in note(figures)
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=LIMIT)
    wait(qtbot, own_window)
    cells, network = view.heat.finest(), session.view.snapshot
    for row, column in ((0, 0), (cells.rows // 2, cells.columns // 3)):
        place = (cells.left + (column + 0.5) * cells.side, cells.top - (row + 0.5) * cells.side)
        assert cells.values[row, column] == pytest.approx(plain_round_trip(network, place), rel=1e-3, abs=1e-4)
    found = session.regularity.figures._measured
    assert found[0] is network and found[1] == 2000, "the last weights are measured with all draws"
    posterior = view.draws.posterior
    index = session.look.pin.index
    mean, log_variance = network.posterior(session.data.dataset.test_images[index][None])
    assert posterior.mean == pytest.approx(mean[0], abs=1e-5)
    assert posterior.sigma == pytest.approx(np.exp(log_variance[0] / 2), rel=1e-4)


FOUND = Found(
    0.5, 0.05, 2000, Completeness(0.9, 0.9), Completeness(0.8, 0.8), 0.77, Continuity(1.0, 13.4), Continuity(2.0, 13.0)
)


def test_while_it_learns_nothing_is_told_that_hangs_on_how_many_are_drawn(qtbot) -> None:
    """Beside another run's 2,000 draws, for with 300 less is reached and the largest change is smaller."""
    table = RegularityFigures()
    qtbot.addWidget(table)
    whole = Measured("an AE", "ae", found=FOUND)
    few = replace(whole, found=replace(FOUND, draws=300))
    table.show_figures(Figures(few, whole, learning=True))
    few_cells, whole_cells = (
        [table.cell(key, side).text() for key in ("completePrior", "reached", "continuityPrior", "continuityRange")]
        for side in (0, 1)
    )
    assert few_cells == ["90 %", "–", "–", "–"]
    assert whole_cells == ["90 %", "77 %", "13 ×", "6.5 ×"]
    assert caption(few, own=True).endswith("continuity –, own range –")
    assert caption(whole, own=False).endswith("continuity 13 ×, own range 6.5 ×")
    assert "77" not in note(Figures(few, None, learning=True))
    assert "77 %" in note(Figures(whole, None))
    assert "The largest of 2,000 draws: other draws move it by a fifth." in table.cell("continuityRange", 0).toolTip()


def test_a_shorter_note_gives_back_the_room_of_a_longer_one(qtbot) -> None:
    """What was told first left a gap below what was told after it, and a narrower column one in a wider."""
    table, rooms = RegularityFigures(), []
    qtbot.addWidget(table)
    table.show()
    for width, often in ((240, 1), (240, 9), (120, 9), (240, 9), (240, 1)):
        table.resize(width, table.height())
        table.show_figures(Figures(Measured("a VAE", "vae", found=FOUND), None, "No AE stands beside it. " * often))
        QApplication.processEvents()
        rooms.append(table.note.minimumHeight())
    assert rooms[0] == rooms[4] < rooms[1] == rooms[3] < rooms[2]


@pytest.mark.parametrize(("ratio", "words"), [(1.04, "1.0 ×"), (9.94, "9.9 ×"), (9.96, "10 ×"), (123.4, "123 ×")])
def test_a_ratio_that_is_known_to_a_fifth_has_no_decimals_above_ten(ratio: float, words: str) -> None:
    assert times(ratio) == words


def test_after_a_stop_they_are_those_of_the_network_as_it_stands(
    qtbot, own_window: MainWindow, digits: Dataset
) -> None:
    session = own_window.session
    session.edit_config(session.config.replace(epochs=2000, learning_rate=0.02))
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=LIMIT)
    for _ in range(3):
        with qtbot.waitSignal(session.training.codes_moved, timeout=LIMIT):
            pass
    session.view.codes[100:] += 1  # as if their part had come long ago
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE and not session.background.busy, timeout=LIMIT)
    wait(qtbot, own_window)
    view = session.view
    codes = view.snapshot.encode(digits.test_images[: len(view.codes)])
    np.testing.assert_allclose(view.codes, codes, atol=1e-5)
    assert regularity(own_window).figures.cell("near", 0).text() == f"{plain_near(codes):.3g}"
    pin = session.look.pin
    assert regularity(own_window).plane.marks.pinned == pytest.approx(tuple(view.place(codes[pin.index])[0]), abs=1e-4)
