"""Points, pin, path, sketch and ground in the map's pixels, also while points glide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.exporting_views import MARGIN
from app.panels.latent.map import LatentMap
from tests.app.contrasts import strongest
from tests.app.latent_map.conftest import picture, pixel_of, rgb, signals, units_per_pixel
from tests.app.painted import Painted


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
            map_.show_pinned((0.5, 0.5))
            at = pixel_of(map_, 0.5, 0.5)
            box = np.s_[at.y() - 10 : at.y() + 11, at.x() - 10 : at.x() + 11]
            changed = picture(map_)[box]
            assert (changed != without[box]).any()
            assert changed.min() < 40 and (changed.min(axis=2) > 225).any()

    def test_moving_the_pin_paints_little_anew_and_leaves_no_trail(self, map_: LatentMap) -> None:
        map_.show_pinned((-1.0, 0.0))
        QApplication.processEvents()
        painted = Painted(map_.view.viewport())
        map_.show_pinned((1.0, 0.5))
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

    @pytest.mark.parametrize("place", [(0.0, 0.0), (2.0, 2.0)], ids=["the pin", "a point"])
    def test_a_file_gets_marks_and_points_as_sharp_as_its_own_pixels(
        self, map_: LatentMap, place: tuple[float, float], tmp_path: Path
    ) -> None:
        map_.show_pinned((0.0, 0.0))
        once = picture(map_)
        map_.save_picture_to(tmp_path / "map.png")
        whole = QImage(str(tmp_path / "map.png")).convertToFormat(QImage.Format.Format_RGB32)
        twice = whole.copy(2 * MARGIN, 2 * (MARGIN + map_.legend.height()), 2 * once.shape[1], 2 * once.shape[0])
        pixels = np.frombuffer(twice.constBits(), np.uint8).reshape(twice.height(), twice.width(), 4)[:, :, 2::-1]
        at = pixel_of(map_, *place)
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
        assert map_.empty.isVisible() and map_.empty.text() == "Train a model first."
        pixels = picture(map_)
        assert np.array_equal(pixels[5, 5], rgb(theme.colours().field))
        QTest.mouseMove(map_.view.viewport(), QPoint(50, 50))
        assert not hovered
        map_.show_codes(np.zeros((1, 2), np.float32), np.zeros(1))
        assert not map_.empty.isVisible()

    @pytest.mark.parametrize("choice", ["light", "dark"])
    def test_the_numbers_of_the_axes_can_be_read(self, qapp: QApplication, map_: LatentMap, choice: str) -> None:
        theme.apply(qapp, choice)
        image = map_.view.viewport().grab().toImage()
        field, strip = theme.colours().field, QRect(41, image.height() - 18, image.width() // 2, 12)
        theme.apply(qapp, "light")
        assert strongest(image, strip, field) >= 4.5

    @pytest.mark.parametrize("choice", ["light", "dark"])
    def test_before_a_number_no_line_is_seen_that_would_read_as_a_minus(
        self, qapp: QApplication, map_: LatentMap, choice: str
    ) -> None:
        theme.apply(qapp, choice)
        at = pixel_of(map_, 0.0, 0.0)
        from_the_field = np.abs(picture(map_).astype(int) - rgb(theme.colours().field)).max(axis=2)
        theme.apply(qapp, "light")
        line = from_the_field[at.y() - 1 : at.y() + 2].max(axis=0)
        assert line[60 : at.x() - 60].min() > 60, "that is the axis"
        assert line[:8].max() < 30 and line[8:26].max() > 90, "of which nothing is left before its 0"

    @pytest.mark.parametrize("zoom", [1.0, 2.0])
    def test_no_point_hides_what_the_axes_say(self, map_: LatentMap, zoom: float) -> None:
        """Between the words the same points are seen as they are."""
        places = np.random.default_rng(0).uniform(-2.5, 2.5, (60_000, 2)).astype(np.float32)
        map_.show_codes(places, np.zeros(len(places), np.uint8))
        map_.view.zoom(zoom)
        crowded = picture(map_).astype(int)
        map_.points.set_digit_visible(0, False)
        bare = picture(map_).astype(int)
        covered = np.abs(crowded - bare).max(axis=2)
        words = np.abs(bare - rgb(theme.colours().field)).max(axis=2) > 120
        height, width = words.shape
        for strip in (np.s_[9 : height - 40, 9:26], np.s_[height - 18 : height - 8, 60 : width - 9]):
            assert words[strip].sum() > 40, "numbers are written here"
            assert covered[strip][words[strip]].max() < 60
        assert np.quantile(covered[100:-100, 100:-100], 0.75) > 60
