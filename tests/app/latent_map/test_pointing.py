"""What a mouse that presses, drags or hovers picks on the map, and the card beside the pointer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.latent.map import LatentMap
from tests.app.latent_map.conftest import LEFT, PIXEL, drag, pixel_of, signals, units_per_pixel, view_range


class TestPointing:
    def test_a_press_between_points_picks_that_place_at_once(self, map_: LatentMap) -> None:
        picked = signals(map_.picked)
        QTest.mousePress(map_.view.viewport(), LEFT, pos=pixel_of(map_, 0.5, -0.75))
        assert len(picked) == 1, "on press, not on release"
        x, y, index = picked[0]
        assert (x, y) == pytest.approx((0.5, -0.75), abs=PIXEL * units_per_pixel(map_))
        assert index == -1
        QTest.mouseRelease(map_.view.viewport(), LEFT, pos=pixel_of(map_, 0.5, -0.75))
        assert len(picked) == 1

    def test_a_press_on_a_point_names_it(self, map_: LatentMap) -> None:
        picked = signals(map_.picked)
        for index, (x, y) in enumerate([(-2, -2), (2, -2), (2, 2), (-2, 2)]):
            QTest.mouseClick(map_.view.viewport(), LEFT, pos=pixel_of(map_, x, y))
            assert picked[-1][2] == index

    def test_a_hand_that_trembles_still_means_the_point(self, map_: LatentMap) -> None:
        picked, at = signals(map_.picked), pixel_of(map_, 2, 2)
        QTest.mousePress(map_.view.viewport(), LEFT, pos=at)
        for trembling in (QPoint(1, 0), QPoint(1, -2)):
            QTest.mouseMove(map_.view.viewport(), at + trembling)
            QApplication.processEvents()
        QTest.mouseRelease(map_.view.viewport(), LEFT, pos=at + QPoint(1, -2))
        assert [index for _, _, index in picked] == [2]

    def test_a_drag_picks_continuously_and_does_not_pan(self, map_: LatentMap) -> None:
        picked, before = signals(map_.picked), view_range(map_)
        drag(map_, LEFT, pixel_of(map_, -1, 0), pixel_of(map_, 1, 1))
        assert len(picked) >= 4
        assert {index for _, _, index in picked} == {-1}
        assert picked[-1][:2] == pytest.approx((1, 1), abs=PIXEL * units_per_pixel(map_))
        assert np.array_equal(view_range(map_), before)

    def test_many_moves_in_one_turn_of_the_event_loop_give_one_pick_the_newest(self, map_: LatentMap) -> None:
        QTest.mousePress(map_.view.viewport(), LEFT, pos=pixel_of(map_, 0, 0))
        picked = signals(map_.picked)
        for step in range(1, 21):
            QTest.mouseMove(map_.view.viewport(), pixel_of(map_, 0, 0) + QPoint(step, 0))
        QApplication.processEvents()
        assert len(picked) == 1
        expected = 20 * units_per_pixel(map_)
        assert picked[-1][0] == pytest.approx(expected, abs=2 * PIXEL * units_per_pixel(map_))
        QTest.mouseRelease(map_.view.viewport(), LEFT, pos=pixel_of(map_, 0, 0))

    def test_hover_finds_the_point_within_reach_and_leaving_tells(self, map_: LatentMap, qtbot: Any) -> None:
        hovered, left = signals(map_.hovered), signals(map_.hover_left)
        QTest.mouseMove(map_.view.viewport(), pixel_of(map_, 2, 2) + QPoint(4, 3))
        qtbot.waitUntil(lambda: bool(hovered) and hovered[-1][2] == 2)
        QTest.mouseMove(map_.view.viewport(), pixel_of(map_, 0, 0))
        qtbot.waitUntil(lambda: hovered[-1][2] == -1)
        QApplication.sendEvent(map_.view, QEvent(QEvent.Type.Leave))
        assert len(left) == 1

    def test_hovers_come_at_most_once_a_frame_and_end_with_the_newest(self, map_: LatentMap, qtbot: Any) -> None:
        hovered = signals(map_.hovered)
        start = pixel_of(map_, -1, 0)
        for step in range(60):
            QTest.mouseMove(map_.view.viewport(), start + QPoint(step, 0))
        end = -1 + 59 * units_per_pixel(map_)
        qtbot.waitUntil(lambda: abs(hovered[-1][0] - end) <= 2 * units_per_pixel(map_))
        assert len(hovered) < 30

    def test_after_a_zoom_the_place_that_is_under_the_mouse_now_is_hovered(self, map_: LatentMap, qtbot: Any) -> None:
        """It was still called "under the pointer" where the keyboard had moved another place there."""
        viewport, at = map_.view.viewport(), pixel_of(map_, 2, 2) + QPoint(2, 0)
        hovered = signals(map_.hovered)
        QTest.mouseMove(viewport, at)
        qtbot.waitUntil(lambda: bool(hovered) and hovered[-1][2] == 2)
        map_.show_hover(np.eye(28), "held-out 2", np.ones((28, 28)), "decoded here")
        QTest.keyClick(map_.view, Qt.Key.Key_Plus)
        there = map_.view.frame().to_plane(at.x(), at.y())
        qtbot.waitUntil(lambda: hovered[-1] == (pytest.approx(there[0]), pytest.approx(there[1]), -1))
        assert map_.card.isVisible() and map_.marks.nearest is None

    def test_what_was_pinned_with_a_key_stays_when_the_view_changes_under_a_resting_mouse(
        self, map_: LatentMap, qtbot: Any
    ) -> None:
        """A zoom by key hovered again, and the decoded image was that under the mouse instead of the pin's."""
        hovered = signals(map_.hovered)
        QTest.mouseMove(map_.view.viewport(), pixel_of(map_, 1, 1))
        qtbot.waitUntil(lambda: bool(hovered))
        qtbot.wait(50)
        hovered.clear()
        QTest.keyClick(map_.view, Qt.Key.Key_Right)
        QTest.keyClick(map_.view, Qt.Key.Key_Plus)
        qtbot.wait(100)
        assert hovered == []

    def test_the_card_shows_both_images_beside_the_pointer_inside_the_map(self, map_: LatentMap, qtbot: Any) -> None:
        room = map_.view.viewport().rect()
        for corner in (room.topLeft(), room.topRight(), room.bottomLeft(), room.bottomRight(), room.center()):
            hovered = signals(map_.hovered)
            QTest.mouseMove(map_.view.viewport(), corner)
            qtbot.waitUntil(lambda caught=hovered: bool(caught))
            map_.show_hover(np.eye(28), "nearest: 4", np.ones((28, 28)), "decoded here")
            card = map_.card.geometry()
            assert map_.card.isVisible() and room.contains(card)
            assert not card.adjusted(-10, -10, 10, 10).contains(corner)
        QApplication.sendEvent(map_.view, QEvent(QEvent.Type.Leave))
        assert not map_.card.isVisible()
        map_.show_hover(np.eye(28), "late", None, "")
        assert not map_.card.isVisible(), "an answer that comes too late is dropped"
