"""The latent map, used as a person uses it: real mouse and key events in, signals and pixels out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPaintEvent, QRegion, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app import theme
from app.panels.latent.index import GridIndex
from app.panels.latent.map import LatentMap
from models.latent_space import Projection, axes_projection, identity_projection

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
PIXEL = 1.01  # of a pixel: mouse events come on whole pixels


@pytest.fixture
def map_(qtbot: Any) -> Iterator[LatentMap]:
    """A map of 640x600 pixels, on the screen, with four far points: digits 0, 1, 2 and 3."""
    theme.apply(QApplication.instance(), "light")
    made = LatentMap()
    made.resize(640, 600)
    made.show()
    qtbot.waitExposed(made)
    made.show_codes(np.array([[-2, -2], [2, -2], [2, 2], [-2, 2]], np.float32), np.arange(4))
    QApplication.processEvents()
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else every switch of the theme dresses it too


def plane_of_pca(origin: tuple[float, ...] = (0, 0, 0, 0), explained: tuple[float, float] = (0.4, 0.2)) -> Projection:
    return Projection("pca", np.array(origin), np.eye(4)[:2], ("PC 1", "PC 2"), explained)


def signals(signal: Any) -> list[tuple[Any, ...]]:
    caught: list[tuple[Any, ...]] = []
    signal.connect(lambda *values: caught.append(values))
    return caught


def pixel_of(map_: LatentMap, x: float, y: float) -> QPoint:
    """Where a plane point must lie, worked out from the view's range alone."""
    (left, right), (bottom, top) = map_.view.view_box.viewRange()
    size = map_.view.viewport().size()
    return QPoint(int((x - left) / (right - left) * size.width()), int((top - y) / (top - bottom) * size.height()))


def units_per_pixel(map_: LatentMap) -> float:
    (left, right), _ = map_.view.view_box.viewRange()
    return (right - left) / map_.view.viewport().width()


def view_range(map_: LatentMap) -> np.ndarray:
    return np.array(map_.view.view_box.viewRange())


def picture(map_: LatentMap) -> np.ndarray:
    """The map's pixels as (H, W, 3)."""
    image = map_.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert image.devicePixelRatioF() == 1.0
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return data[:, :, 2::-1].astype(int)


class Painted(QObject):
    """What of a widget is painted from now on."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.region = QRegion()
        widget.installEventFilter(self)

    @property
    def pixels(self) -> int:
        """How many pixels these are."""
        return sum(each.width() * each.height() for each in self.region)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return False


def rgb(colour: str) -> np.ndarray:
    made = QColor(colour)
    return np.array((made.red(), made.green(), made.blue()))


def wheel(map_: LatentMap, at: QPoint, notches: int) -> None:
    place = QPointF(at)
    event = QWheelEvent(
        place,
        map_.view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(map_.view.viewport(), event)


def drag(map_: LatentMap, button: Qt.MouseButton, start: QPoint, end: QPoint) -> None:
    viewport = map_.view.viewport()
    QTest.mousePress(viewport, button, pos=start)
    for part in (0.25, 0.5, 0.75, 1.0):
        QTest.mouseMove(viewport, start + (end - start) * part)
        QApplication.processEvents()
    QTest.mouseRelease(viewport, button, pos=end)


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
        assert 1 <= len(picked) <= 20
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

    def test_learned_codes_that_stay_in_a_heap_are_offered_to_fit(self, map_: LatentMap) -> None:
        heap, labels = np.random.default_rng(3).normal(0, 0.05, (50, 2)), np.arange(50) % 10
        map_.show_young(True)
        map_.show_codes(heap, labels)
        assert not map_.fit_hint.isVisible(), "before training a heap is what is to be expected"
        map_.show_young(False)
        map_.show_codes(heap + 0.001, labels)
        assert map_.fit_hint.isVisible() and map_.fit_hint.text() == "All points lie close together here · Fit"
        QTest.mouseClick(map_.fit_hint, LEFT)
        assert not map_.fit_hint.isVisible()
        assert view_range(map_)[0][1] < 0.5

    def test_an_untrained_network_has_room_to_grow_and_fit_still_fits(self, map_: LatentMap) -> None:
        small, labels = np.random.default_rng(3).normal(0, 0.05, (50, 2)), np.arange(50) % 10
        map_.show_young(True)
        map_.show_codes(small, labels)
        assert map_.view.frame().area().contains(QRectF(-8, -8, 16, 16))
        map_.show_codes(small * 30, labels, glide=True)
        assert not map_.fit_hint.isVisible()
        map_.fit()
        assert not map_.view.frame().area().contains(QRectF(-8, -8, 16, 16))

    def test_an_untrained_vae_has_room_for_codes_outside_the_rings(self, map_: LatentMap) -> None:
        map_.show_prior(True)
        map_.show_young(True)
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


class TestDrawing:
    def test_points_have_their_digits_colour_at_their_place(self, map_: LatentMap) -> None:
        pixels = picture(map_)
        ground = rgb(theme.colours().field)
        for digit, (x, y) in enumerate([(-2, -2), (2, -2), (2, 2), (-2, 2)]):
            at = pixel_of(map_, x, y)
            seen = pixels[at.y(), at.x()]
            wanted = rgb(theme.DIGIT_COLOURS[digit])
            assert np.abs(seen - wanted).max() <= 0.3 * np.abs(ground - wanted).max() + 2  # slightly transparent
            assert np.abs(seen - ground).max() > 60

    def test_the_disc_is_centred_on_its_point(self, map_: LatentMap) -> None:
        ground, dye = rgb(theme.colours().field), rgb(theme.DIGIT_COLOURS[2])
        at = pixel_of(map_, 2, 2)
        patch = picture(map_)[at.y() - 9 : at.y() + 10, at.x() - 9 : at.x() + 10]
        coverage = np.clip((patch - ground) @ (dye - ground) / ((dye - ground) ** 2).sum(), 0, 1)
        coverage[coverage < 0.05] = 0  # grid lines
        rows, columns = np.mgrid[-9:10, -9:10]
        (left, right), (_, top) = map_.view.view_box.viewRange()
        scale = map_.view.viewport().width() / (right - left)
        true_x, true_y = (2 - left) * scale, (top - 2) * scale
        assert at.x() + (columns * coverage).sum() / coverage.sum() + 0.5 == pytest.approx(true_x, abs=0.5)
        assert at.y() + (rows * coverage).sum() / coverage.sum() + 0.5 == pytest.approx(true_y, abs=0.5)

    def test_points_far_away_and_not_finite_ones_do_no_harm(self, map_: LatentMap, qtbot: Any) -> None:
        far = np.array([[np.nan, 0], [np.inf, 1], [1e30, -1e30], [0.0, 0.0]], np.float32)
        map_.show_codes(far, np.arange(4), glide=True)
        qtbot.waitUntil(lambda: not map_.points.is_gliding(), timeout=3000)
        at = pixel_of(map_, 0, 0)
        seen = picture(map_)[at.y(), at.x()]
        assert np.abs(seen - rgb(theme.DIGIT_COLOURS[3])).max() < 60

    def test_a_glide_ends_exactly_at_the_place(self, map_: LatentMap, qtbot: Any) -> None:
        places = np.array([[-1.5, -1], [1, -1.25], [1.1, 1.3], [-1, 1]], np.float32)
        map_.show_codes(places, np.arange(4), glide=True)
        assert map_.points.is_gliding()
        assert map_.points.place(0) == (-2, -2), "it starts where it was"
        qtbot.waitUntil(lambda: not map_.points.is_gliding(), timeout=3000)
        for index, place in enumerate(places):
            assert map_.points.place(index) == tuple(map(float, place))
            at = pixel_of(map_, *map(float, place))
            assert np.abs(picture(map_)[at.y(), at.x()] - rgb(theme.DIGIT_COLOURS[index])).max() < 60

    def test_nothing_glides_while_the_map_is_hidden(self, map_: LatentMap) -> None:
        map_.hide()
        map_.show_codes(map_.points.points + np.float32((2.0, 2.5)), np.arange(4), glide=True)
        assert not map_.points.is_gliding()
        assert map_.points.place(0) == (0.0, 0.5)

    def test_the_pin_reads_light_and_dark_on_any_ground(self, map_: LatentMap) -> None:
        for scheme in ("light", "dark"):
            theme.apply(QApplication.instance(), scheme)
            map_.show_pinned(None)
            without = picture(map_)
            map_.show_pinned(0.5, 0.5)
            at = pixel_of(map_, 0.5, 0.5)
            box = np.s_[at.y() - 10 : at.y() + 11, at.x() - 10 : at.x() + 11]
            changed = picture(map_)[box]
            assert (changed != without[box]).any()
            assert changed.min() < 40 and (changed.min(axis=2) > 225).any()

    def test_moving_the_pin_paints_little_anew_and_leaves_no_trail(self, map_: LatentMap) -> None:
        map_.show_pinned(-1.0, 0.0)
        QApplication.processEvents()
        painted = Painted(map_.view.viewport())
        map_.show_pinned(1.0, 0.5)
        QApplication.processEvents()
        size = map_.view.viewport().size()
        assert 0 < painted.pixels < 0.03 * size.width() * size.height()
        for x, y in ((-1.0, 0.0), (1.0, 0.5)):  # where it was, and where it is
            assert painted.region.contains(pixel_of(map_, x, y))

    def test_a_move_of_less_than_a_pixel_is_no_glide(self, map_: LatentMap) -> None:
        places = map_.points.points + np.float32(0.3 * units_per_pixel(map_))
        map_.show_codes(places, np.arange(4), glide=True)
        assert not map_.points.is_gliding()
        assert map_.points.place(2) == tuple(map(float, places[2]))

    def test_a_file_gets_marks_as_sharp_as_its_own_pixels(self, map_: LatentMap) -> None:
        map_.show_pinned(0.0, 0.0)
        once = picture(map_)
        twice = map_.view.picture(2.0).convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(twice.constBits(), np.uint8).reshape(twice.height(), twice.width(), 4)[:, :, 2::-1]
        at = pixel_of(map_, 0.0, 0.0)
        box = pixels[2 * at.y() - 40 : 2 * at.y() + 40, 2 * at.x() - 40 : 2 * at.x() + 40].astype(int)
        enlarged = once[at.y() - 20 : at.y() + 20, at.x() - 20 : at.x() + 20].repeat(2, axis=0).repeat(2, axis=1)
        assert np.abs(box - enlarged).max() > 60, "not the screen's pixels, enlarged"
        assert np.abs(box.mean(axis=(0, 1)) - enlarged.mean(axis=(0, 1))).max() < 6, "but the same picture"

    def test_path_sketch_and_ellipses_are_drawn_and_cleared(self, map_: LatentMap) -> None:
        bare = picture(map_)
        turn = np.linspace(0, 2 * np.pi, 64)
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * 0.5
        map_.show_sketch(0.0, 0.0, ring, 2 * ring)
        map_.show_path(np.array([[-1, -1.5], [0, -1.5], [1, -1.5]]), 1)
        marked = picture(map_)
        for x, y in ((0, 0), (0.5, 0), (0, 1), (0, -1.5), (-1, -1.5)):
            at = pixel_of(map_, x, y)
            box = np.s_[at.y() - 3 : at.y() + 4, at.x() - 3 : at.x() + 4]
            assert (marked[box] != bare[box]).any(), (x, y)
        map_.clear_sketch()
        map_.show_path(None)
        assert np.array_equal(picture(map_), bare)

    def test_a_switch_of_the_theme_recolours_the_ground_and_keeps_the_data(self, map_: LatentMap) -> None:
        at, empty = pixel_of(map_, 2, 2), pixel_of(map_, 0.7, 0.7)
        for scheme in ("dark", "light"):
            theme.apply(QApplication.instance(), scheme)
            QApplication.processEvents()
            pixels = picture(map_)
            assert np.array_equal(pixels[empty.y(), empty.x()], rgb(theme.colours().field))
            assert np.abs(pixels[at.y(), at.x()] - rgb(theme.DIGIT_COLOURS[2])).max() < 60

    def test_the_empty_map_says_what_to_do(self, map_: LatentMap, qtbot: Any) -> None:
        hovered = signals(map_.hovered)
        map_.show_empty("Train a model first.")
        assert map_._empty.isVisible() and map_._empty.text() == "Train a model first."
        pixels = picture(map_)
        assert np.array_equal(pixels[5, 5], rgb(theme.colours().field))
        QTest.mouseMove(map_.view.viewport(), QPoint(50, 50))
        assert not hovered
        map_.show_codes(np.zeros((1, 2), np.float32), np.zeros(1))
        assert not map_._empty.isVisible()


class TestLegend:
    def test_a_click_hides_a_digit_which_then_cannot_be_picked(self, map_: LatentMap) -> None:
        picked, at = signals(map_.picked), pixel_of(map_, 2, 2)
        QTest.mouseClick(map_.legend.chips[2], LEFT)
        assert np.abs(picture(map_)[at.y(), at.x()] - rgb(theme.colours().field)).max() < 35  # a grid line at most
        QTest.mouseClick(map_.view.viewport(), LEFT, pos=at)
        assert picked[-1][2] == -1
        QTest.mouseClick(map_.legend.chips[2], LEFT)
        QTest.mouseClick(map_.view.viewport(), LEFT, pos=at)
        assert picked[-1][2] == 2

    @pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier])
    def test_shift_or_alt_click_shows_one_alone_and_again_all(
        self, map_: LatentMap, modifier: Qt.KeyboardModifier
    ) -> None:
        QTest.mouseClick(map_.legend.chips[1], LEFT, modifier)
        assert [chip.isChecked() for chip in map_.legend.chips] == [digit == 1 for digit in range(10)]
        QTest.mouseClick(map_.legend.chips[1], LEFT, modifier)
        assert all(chip.isChecked() for chip in map_.legend.chips)

    def test_a_double_click_shows_one_alone(self, map_: LatentMap) -> None:
        QTest.mouseClick(map_.legend.chips[3], LEFT)
        QTest.mouseDClick(map_.legend.chips[3], LEFT)
        assert [chip.isChecked() for chip in map_.legend.chips] == [digit == 3 for digit in range(10)]

    def test_digit_keys_switch_digits(self, map_: LatentMap) -> None:
        QTest.keyClick(map_.view, Qt.Key.Key_0)
        assert not map_.legend.chips[0].isChecked()
        QTest.keyClick(map_.view, Qt.Key.Key_0)
        QTest.keyClick(map_.view, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
        assert [chip.isChecked() for chip in map_.legend.chips] == [digit == 4 for digit in range(10)]

    def test_class_names_replace_the_digits_and_all_chips_stay_inside(self, map_: LatentMap) -> None:
        names = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
        map_.show_class_names(names)
        for width in (640, 420):
            map_.resize(width, 600)
            QApplication.processEvents()
            room = map_.legend.rect()
            assert [chip.text() for chip in map_.legend.chips] == names
            assert all(room.contains(chip.geometry()) for chip in map_.legend.chips)
        assert map_.legend.chips[9].accessibleName() == "Show Ankle boot"


class TestKeysAndTools:
    def test_arrow_keys_move_the_pin(self, map_: LatentMap) -> None:
        map_.show_pinned(0.5, 0.25)
        picked = signals(map_.picked)
        QTest.keyClick(map_.view, Qt.Key.Key_Right)
        QTest.keyClick(map_.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
        assert picked[0][0] > 0.5 and picked[0][1:] == (0.25, -1)
        assert picked[1][0] == 0.5 and picked[1][1] - 0.25 > 2 * (picked[0][0] - 0.5)

    def test_plus_minus_and_f(self, map_: LatentMap) -> None:
        before = units_per_pixel(map_)
        QTest.keyClick(map_.view, Qt.Key.Key_Plus)
        assert units_per_pixel(map_) < before
        QTest.keyClick(map_.view, Qt.Key.Key_Minus)
        QTest.keyClick(map_.view, Qt.Key.Key_Minus)
        assert units_per_pixel(map_) > before
        QTest.keyClick(map_.view, Qt.Key.Key_F)
        assert units_per_pixel(map_) == pytest.approx(before)

    def test_the_toolbar_zooms_and_fits(self, map_: LatentMap) -> None:
        before = units_per_pixel(map_)
        QTest.mouseClick(map_.tools.closer, LEFT)
        assert units_per_pixel(map_) < before
        QTest.mouseClick(map_.tools.fit, LEFT)
        assert units_per_pixel(map_) == pytest.approx(before)

    def test_the_plane_is_chosen_only_above_two_dimensions(self, map_: LatentMap) -> None:
        chooser = map_.tools.projection
        map_.show_projection(identity_projection(), 2)
        assert not chooser.isVisible()
        map_.show_projection(plane_of_pca(explained=(0.41, 0.22)), 4)
        assert chooser.isVisible() and chooser.plane.currentText() == "PCA plane (63 % of the variance)"
        asked = signals(map_.projection_requested)
        QTest.keyClick(chooser.plane, Qt.Key.Key_Down)
        assert asked == [("axes:0,1",)]
        map_.show_projection(axes_projection(0, 1, 4), 4)
        assert chooser.across.isVisible()
        QTest.keyClick(chooser.up, Qt.Key.Key_End)
        assert asked[-1] == ("axes:0,3",)
        QTest.keyClick(chooser.across, Qt.Key.Key_End)
        across, up = asked[-1][0].removeprefix("axes:").split(",")
        assert across == "3" and up != "3", "two different axes"

    def test_the_menu_sets_the_strips_ends(self, map_: LatentMap) -> None:
        asked = signals(map_.end_requested)
        for which, letter in enumerate("AB"):
            QTest.mouseClick(map_.view.viewport(), RIGHT, pos=pixel_of(map_, -2, 2))
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[which]).center())
            end, x, y, index = asked[-1]
            assert (end, index) == (letter, 3)
            assert (x, y) == pytest.approx((-2, 2), abs=PIXEL * units_per_pixel(map_))

    def test_the_menu_key_means_the_pinned_place(self, map_: LatentMap) -> None:
        asked = signals(map_.end_requested)
        for x, expected in ((1.25, (1.25, -0.5)), (99, map_.view.frame().area().center().toTuple())):
            map_.show_pinned(x, -0.5)
            keyboard = QContextMenuEvent.Reason.Keyboard
            QApplication.sendEvent(map_.view.viewport(), QContextMenuEvent(keyboard, QPoint(), QPoint()))
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            QTest.keyClick(menu, Qt.Key.Key_Down)
            QTest.keyClick(menu, Qt.Key.Key_Return)
            assert asked[-1][1:3] == pytest.approx(expected, abs=PIXEL * units_per_pixel(map_))

    def test_the_picture_is_written_sharp_and_trouble_is_told(self, map_: LatentMap, tmp_path: Path) -> None:
        told = signals(map_.exported)
        map_.save_picture_to(tmp_path / "map.png")
        assert told == [(f"Saved as “{tmp_path / 'map.png'}”.",)]
        image = QImage(str(tmp_path / "map.png"))
        assert image.width() == 2 * map_.view.viewport().width()
        at = pixel_of(map_, 2, 2) * 2
        seen = image.pixelColor(at)
        assert np.abs(np.array((seen.red(), seen.green(), seen.blue())) - rgb(theme.DIGIT_COLOURS[2])).max() < 60
        map_.save_picture_to(tmp_path / "map.svg")
        assert "<svg" in (tmp_path / "map.svg").read_text()[:400]
        drawn = list(ElementTree.parse(tmp_path / "map.svg").iter("{http://www.w3.org/2000/svg}image"))
        assert drawn and all(float(each.get("x")) >= 0 for each in drawn), "no point beside the map"
        failed = signals(map_.failed)
        for missing in (tmp_path / "nowhere" / "map.png", tmp_path / "nowhere" / "map.svg"):
            map_.save_picture_to(missing)
            assert failed[-1] == (f"“{missing}” could not be written: no such file or directory.",)

    def test_all_that_can_be_used_has_a_name_and_a_tooltip(self, map_: LatentMap) -> None:
        assert map_.objectName() == "latentMap"
        assert map_.accessibleName() == map_.view.accessibleName() == "Map of the latent space"
        tools = map_.tools
        for widget in (*map_.legend.chips, tools.closer, tools.farther, tools.fit, tools.rings, tools.projection.plane):
            assert widget.accessibleName() and widget.toolTip()


class TestIndex:
    @pytest.mark.parametrize("count", [0, 1, 7, 300, 20_000])
    def test_it_finds_what_looking_at_all_points_finds(self, count: int) -> None:
        random = np.random.default_rng(count)
        points = (random.standard_normal((count, 2)) * (3, 0.5)).astype(np.float32)
        points[::17] = np.nan
        wanted = random.random(count) < 0.8
        index = GridIndex(points, wanted)
        for reach in ((0.02, 0.02), (0.3, 0.1), (50.0, 50.0)):
            for x, y in random.uniform(-6, 6, (60, 2)):
                far = ((points - (x, y)) / reach) ** 2
                distance = np.where(wanted, far.sum(axis=1), np.inf)
                distance[~np.isfinite(distance)] = np.inf
                best = distance.min(initial=np.inf)
                found = index.nearest(x, y, reach)
                if best > 1:
                    assert found == -1
                else:
                    assert distance[found] == pytest.approx(best, rel=1e-4, abs=1e-9)

    def test_points_on_one_spot_or_one_line_are_found(self) -> None:
        spot = GridIndex(np.ones((50, 2), np.float32))
        assert spot.nearest(1.0, 1.0, (0.1, 0.1)) >= 0
        line = GridIndex(np.stack([np.arange(100), np.zeros(100)], axis=1).astype(np.float32))
        assert line.nearest(41.2, 0.3, (1.0, 1.0)) == 41
        assert line.nearest(41.5, 3.0, (1.0, 1.0)) == -1


def test_fit_area_is_wholly_in_view(map_: LatentMap) -> None:
    for area in (QRectF(-1, -1, 2, 2), QRectF(0, 0, 30, 0), QRectF(5, 5, 0, 0)):
        map_.view.fit(area)
        assert map_.view.frame().area().contains(area.center())
        seen = map_.view.frame().area()
        assert seen.left() <= area.left() and seen.right() >= area.right()
        assert seen.top() <= area.top() and seen.bottom() >= area.bottom()
