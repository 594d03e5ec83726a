"""What part of the plane is in view: zoomed, panned, fitted, and what is said of points outside."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.latent.map import LatentMap
from tests.app.latent_map.conftest import (
    LEFT,
    MIDDLE,
    RIGHT,
    drag,
    picture,
    pixel_of,
    plane_of_pca,
    signals,
    units_per_pixel,
    view_range,
    wheel,
)


class TestView:
    def test_the_wheel_zooms_around_the_pointer(self, map_: LatentMap) -> None:
        at = pixel_of(map_, 1, 1)
        before = units_per_pixel(map_)
        wheel(map_, at, 3)
        assert units_per_pixel(map_) < 0.7 * before
        assert (pixel_of(map_, 1, 1) - at).manhattanLength() <= 2
        wheel(map_, at, -3)
        assert units_per_pixel(map_) == pytest.approx(before, rel=1e-6)

    def test_at_the_end_of_the_zoom_the_view_stays_where_it_is(self, map_: LatentMap) -> None:
        for notches in (-80, 160):
            wheel(map_, QPoint(20, 20), notches)
            (left, right), _ = before = view_range(map_)
            wheel(map_, QPoint(20, 20), notches)
            assert np.abs(view_range(map_) - before).max() <= 1e-6 * (right - left)

    @pytest.mark.parametrize("button", [MIDDLE, RIGHT])
    def test_middle_and_right_drag_pan(self, map_: LatentMap, button: Qt.MouseButton) -> None:
        picked, start = signals(map_.picked), pixel_of(map_, 0, 0)
        drag(map_, button, start, start + QPoint(80, -40))
        assert (pixel_of(map_, 0, 0) - start - QPoint(80, -40)).manhattanLength() <= 2
        assert not picked

    def test_space_and_drag_pan(self, map_: LatentMap) -> None:
        picked, start = signals(map_.picked), pixel_of(map_, 0, 0)
        QTest.keyPress(map_.view, Qt.Key.Key_Space)
        drag(map_, LEFT, start, start + QPoint(-60, 20))
        QTest.keyRelease(map_.view, Qt.Key.Key_Space)
        assert (pixel_of(map_, 0, 0) - start - QPoint(-60, 20)).manhattanLength() <= 2
        assert not picked
        QTest.mouseClick(map_.view.viewport(), LEFT, pos=start)
        assert len(picked) == 1

    def test_both_axes_have_one_scale(self, map_: LatentMap) -> None:
        for size in ((640, 600), (900, 500), (420, 700)):
            map_.resize(*size)
            QApplication.processEvents()
            (left, right), (bottom, top) = map_.view.view_box.viewRange()
            room = map_.view.viewport().size()
            assert (right - left) / room.width() == pytest.approx((top - bottom) / room.height(), rel=1e-6)
            assert left < -2 and right > 2 and bottom < -2 and top > 2, "what was in view stays in view"

    def test_codes_that_move_out_do_not_rescale_but_offer_to_fit(self, map_: LatentMap) -> None:
        before = view_range(map_)
        assert not map_.fit_hint.isVisible()
        map_.show_codes(np.array([[-9, -2], [12, 0], [2, 2], [-2, 9]], np.float32), np.arange(4), glide=True)
        assert np.array_equal(view_range(map_), before)
        assert map_.fit_hint.isVisible() and "3 points are outside" in map_.fit_hint.text()
        QTest.mouseClick(map_.fit_hint, LEFT)
        assert not map_.fit_hint.isVisible()
        (left, right), (bottom, top) = view_range(map_)
        assert left < -9 and right > 12 and bottom < -2 and top > 9
        many = np.zeros((2000, 2), np.float32)
        many[:1500] = 99
        for codes, offer in ((np.array([[-99, 0], [0, 1]]), "1 point is outside"), (many, "1,500 points are outside")):
            map_.show_codes(codes.astype(np.float32), np.zeros(len(codes), int), glide=True)
            assert map_.fit_hint.text().startswith(offer)

    def test_a_zoom_by_hand_is_not_commented_until_nothing_is_left(self, map_: LatentMap) -> None:
        wheel(map_, pixel_of(map_, 1.5, 1.5), 5)
        assert not map_.fit_hint.isVisible()
        for _ in range(4):
            drag(map_, MIDDLE, QPoint(500, 300), QPoint(20, 300))
        assert map_.fit_hint.isVisible()

    def test_another_run_is_fitted_but_the_end_of_a_training_leaves_the_view(self, map_: LatentMap) -> None:
        wheel(map_, pixel_of(map_, 0, 0), 1)
        before = view_range(map_)
        near = map_.points.points + np.float32(0.01)
        map_.show_codes(near, np.arange(4), glide=False)
        assert np.array_equal(view_range(map_), before)
        map_.show_codes(near * 10, np.arange(4), glide=False)
        assert not np.allclose(view_range(map_), before)
        assert not map_.fit_hint.isVisible()

    def test_the_map_has_the_keyboard_after_its_offer_to_fit_was_taken(self, map_: LatentMap, qtbot) -> None:
        """The button goes, and would hand it on to the legend, which had a frame that nobody asked for."""
        map_.activateWindow()
        map_.show_codes(np.array([[-9, -2], [12, 0], [2, 2], [-2, 9]], np.float32), np.arange(4), glide=True)
        map_.fit_hint.setFocus()
        QTest.mouseClick(map_.fit_hint, LEFT)
        qtbot.waitUntil(lambda: not map_.fit_hint.isVisible())
        assert QApplication.focusWidget() is map_.view

    def test_learned_codes_that_stay_in_a_heap_are_offered_to_fit(self, map_: LatentMap) -> None:
        heap, labels = np.random.default_rng(3).normal(0, 0.05, (50, 2)), np.arange(50) % 10
        map_.show_room(8.0)
        map_.show_codes(heap, labels)
        assert not map_.fit_hint.isVisible(), "before training a heap is what is to be expected"
        map_.show_room(0.0)
        map_.show_codes(heap + 0.001, labels)
        assert map_.fit_hint.isVisible() and map_.fit_hint.text() == "All points lie close together here · Fit"
        QTest.mouseClick(map_.fit_hint, LEFT)
        assert not map_.fit_hint.isVisible()
        assert view_range(map_)[0][1] < 0.5

    def test_an_untrained_network_has_room_to_grow_and_fit_still_fits(self, map_: LatentMap) -> None:
        small, labels = np.random.default_rng(3).normal(0, 0.05, (50, 2)), np.arange(50) % 10
        map_.show_room(8.0)
        map_.show_codes(small, labels)
        assert map_.view.frame().area().contains(QRectF(-8, -8, 16, 16))
        map_.show_codes(small * 30, labels, glide=True)
        assert not map_.fit_hint.isVisible()
        map_.fit()
        assert not map_.view.frame().area().contains(QRectF(-8, -8, 16, 16))

    def test_an_untrained_vae_has_room_for_codes_outside_the_rings(self, map_: LatentMap) -> None:
        map_.show_prior(True)
        map_.show_room(4.5)
        map_.show_codes(np.random.default_rng(3).normal(0, 0.05, (50, 2)), np.arange(50) % 10)
        assert map_.view.frame().area().contains(QRectF(-4.5, -4.5, 9, 9))
        assert not map_.view.frame().area().contains(QRectF(-8, -8, 16, 16))

    def test_fit_shows_the_priors_rings_too(self, map_: LatentMap) -> None:
        map_.show_prior(True)
        map_.show_codes(np.zeros((4, 2), np.float32) + 0.1, np.arange(4))
        (left, right), (bottom, top) = view_range(map_)
        assert min(-left, right, -bottom, top) > 3

    def test_the_priors_rings_lie_about_the_code_0_and_fit_shows_them_there(self, map_: LatentMap) -> None:
        map_.show_prior(True)
        map_.show_projection(plane_of_pca(origin=(-1.5, 0.5, 0, 0)), 4)
        map_.fit()
        (left, right), (bottom, top) = view_range(map_)
        assert left < -1.5 and right > 4.5 and bottom < -3.5 and top > 2.5
        shown = picture(map_)
        QTest.mouseClick(map_.tools.rings, LEFT)
        rows, columns = np.nonzero(np.abs(picture(map_) - shown).max(axis=2) > 8)
        middle, edge = pixel_of(map_, 1.5, -0.5), pixel_of(map_, 4.5, 2.5)
        assert (columns.min() + columns.max()) / 2 == pytest.approx(middle.x(), abs=1.5)
        assert (rows.min() + rows.max()) / 2 == pytest.approx(middle.y(), abs=1.5)
        assert (columns.max(), rows.min()) == pytest.approx((edge.x(), edge.y()), abs=2), "the widest at three sigma"


def test_fit_area_is_wholly_in_view(map_: LatentMap) -> None:
    for area in (QRectF(-1, -1, 2, 2), QRectF(0, 0, 30, 0), QRectF(5, 5, 0, 0)):
        map_.view.fit(area)
        assert map_.view.frame().area().contains(area.center())
        seen = map_.view.frame().area()
        assert seen.left() <= area.left() and seen.right() >= area.right()
        assert seen.top() <= area.top() and seen.bottom() >= area.bottom()
