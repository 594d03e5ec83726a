"""When tiles are decoded: anew while a network learns, none while nobody looks or before the decoder is there."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.panels.manifold.view import Manifold
from app.phase import Phase
from tests.app.manifold.conftest import LIMIT, manifold, wait


def test_nothing_is_decoded_while_nobody_looks(qtbot, own_window: MainWindow) -> None:
    session, view = own_window.session, manifold(own_window)
    own_window.views.show_view("map")
    number = view.tiles._number
    session.look.set_code(np.array([1, 1], np.float32))
    session.reset()
    qtbot.waitUntil(lambda: "first weights" in session.view.name, timeout=LIMIT)
    assert view.tiles._number == number and not session.manifold._decoding.busy
    own_window.views.show_view("manifold")
    wait(qtbot, own_window)
    assert view.tiles._number > number


def test_it_follows_a_training(qtbot, own_window: MainWindow) -> None:
    session, view = own_window.session, manifold(own_window)
    begun: list[tuple] = []
    session.manifold.begun.connect(lambda *values: begun.append(values))
    own_window.training_panel.start_requested.emit()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=LIMIT)
    qtbot.waitUntil(lambda: len(begun) >= 3 and begun[-1][1], timeout=60_000)
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=LIMIT)
    qtbot.waitUntil(lambda: not session.background.busy, timeout=LIMIT)  # all codes are made anew, and looked at
    wait(qtbot, own_window)
    block, (_, image) = next(iter(view.tiles._kept.items()))
    kept = np.frombuffer(image.constBits(), np.uint8).reshape(112, 112)[:28, :28].astype(int)
    now = session.view.snapshot.decode(block.centres()[:1].astype(np.float32))[0]
    assert np.abs(kept - np.round(now * 255)).max() <= 1, "the last weights are those that are seen"


def test_before_the_decoder_is_there_it_says_so(qtbot, qapp: QApplication) -> None:
    view = Manifold()
    view.resize(500, 500)
    with qtbot.waitActive(view):
        view.show()
    view.show_empty("Loading the decoder…")
    assert view.plane.empty.isVisible() and view.plane.empty.text() == "Loading the decoder…"
    wanted: list[object] = []
    view.tiles_wanted.connect(wanted.append)
    view.view.zoom(2)
    QApplication.processEvents()
    assert wanted == []
    view.begin_tiles(1, False)
    assert not view.plane.empty.isVisible() and len(wanted) == 1
    view.close()
    view.deleteLater()


def test_after_a_zoom_by_key_the_place_under_the_mouse_is_told_anew_but_a_pin_stays(qtbot, window: MainWindow) -> None:
    """The place that had been there was still called "under the pointer"."""
    look, surface = window.session.look, manifold(window).view
    told: list[tuple[np.ndarray, str]] = []
    look.decoded_shown.connect(lambda code, image, whence: told.append((code, whence)))
    at = QPoint(surface.viewport().width() // 4, surface.viewport().height() // 4)
    QTest.mouseMove(surface.viewport(), at)
    qtbot.waitUntil(lambda: bool(told) and "under the pointer" in told[-1][1])
    QTest.keyClick(surface, Qt.Key.Key_Plus)
    there = surface.frame().to_plane(at.x(), at.y())
    qtbot.waitUntil(lambda: told[-1][0] == pytest.approx(there, abs=1e-5))
    QTest.keyClick(surface, Qt.Key.Key_Right)
    QTest.keyClick(surface, Qt.Key.Key_Plus)
    qtbot.wait(100)
    assert "pinned" in told[-1][1]
    QApplication.sendEvent(surface, QEvent(QEvent.Type.Leave))
    wait(qtbot, window)
