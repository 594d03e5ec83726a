"""The legend's digits, the map's keys, its toolbar and menu, and its picture in a file."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from scipy.stats import chi2

from app import theme
from app.exporting_views import MARGIN, name_run, picture_size
from app.panels.latent.map import LatentMap
from models.latent_space import axes_projection, identity_projection, line_projection
from tests.app.drawings import shapes
from tests.app.latent_map.conftest import (
    LEFT,
    PIXEL,
    RIGHT,
    picture,
    pixel_of,
    plane_of_pca,
    rgb,
    signals,
    units_per_pixel,
)


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
        map_.show_pinned((0.5, 0.25))
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
        map_.show_projection(plane_of_pca(explained=(0.9969, 0.0028)), 4)
        assert chooser.plane.currentText() == "PCA plane (> 99.9 % of the variance)"
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
            map_.show_pinned((x, -0.5))
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
        assert image.size() == 2 * picture_size(map_.legend, map_.view)
        above = map_.legend.height()
        at = (pixel_of(map_, 2, 2) + QPoint(MARGIN, MARGIN + above)) * 2
        seen = image.pixelColor(at)
        assert np.abs(np.array((seen.red(), seen.green(), seen.blue())) - rgb(theme.DIGIT_COLOURS[2])).max() < 60
        map_.save_picture_to(tmp_path / "map.svg")
        read = QImage(image.size(), QImage.Format.Format_RGB32)
        with QPainter(read) as painter:
            QSvgRenderer(str(tmp_path / "map.svg")).render(painter)
        seen = read.pixelColor(at)
        assert np.abs(np.array((seen.red(), seen.green(), seen.blue())) - rgb(theme.DIGIT_COLOURS[2])).max() < 60
        drawn = list(ElementTree.parse(tmp_path / "map.svg").iter("{http://www.w3.org/2000/svg}image"))
        assert drawn and all(float(each.get("x")) >= 0 for each in drawn), "no point beside the map"
        content = b64decode(drawn[0].get("{http://www.w3.org/1999/xlink}href").partition(",")[2])
        assert QImage.fromData(content).width() == 2 * map_.view.width(), "as fine as the PNG picture"
        texts = ElementTree.parse(tmp_path / "map.svg").iter("{http://www.w3.org/2000/svg}text")
        words = ["".join(each.itertext()).strip() for each in texts]
        assert words[:10] == [str(digit) for digit in range(10)] and "z1 →" in words[10:], "the legend is above the map"
        failed = signals(map_.failed)
        for missing in (tmp_path / "nowhere" / "map.png", tmp_path / "nowhere" / "map.svg"):
            map_.save_picture_to(missing)
            assert failed[-1] == (f"“{missing}” could not be written: no such file or directory.",)

    def test_in_a_drawing_what_lies_beyond_the_view_is_clipped(self, map_: LatentMap, tmp_path: Path) -> None:
        map_.show_prior(True)
        for _ in range(6):
            map_.view.zoom(1.25)
        map_.save_picture_to(tmp_path / "map.svg")
        wide = [
            clipped
            for tag, shape, clipped in shapes(tmp_path / "map.svg")
            if tag in ("circle", "ellipse") and float(shape.get("r", shape.get("rx", 0))) > map_.view.width() / 2
        ]
        assert wide and all(wide), "rings over the legend and the margin"

    def test_the_copied_picture_is_the_saved_one_with_legend_and_run(self, map_: LatentMap, tmp_path: Path) -> None:
        name_run(map_.window(), "My run")
        told = signals(map_.exported)
        map_.save_picture_to(tmp_path / "map.png")
        QTest.mouseClick(map_.view.viewport(), RIGHT, pos=pixel_of(map_, -2, 2))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        copy = next(each for each in menu.actions() if each.text() == "Copy picture")
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(copy).center())
        form = QImage.Format.Format_RGB32
        saved = QImage(str(tmp_path / "map.png")).convertToFormat(form)
        assert QApplication.clipboard().image().convertToFormat(form) == saved
        assert told[-1] == ("The map is on the clipboard.",)
        name_run(map_.window(), "")

    def test_how_much_of_the_prior_lies_inside_goes_by_the_dimensions(self, map_: LatentMap) -> None:
        for projection, dim in ((identity_projection(), 2), (line_projection(), 1), (plane_of_pca(), 4)):
            map_.show_projection(projection, dim)
            told = [float(each) for each in re.findall(r"([\d.]+) %", map_.tools.rings.toolTip())]
            assert told == pytest.approx([100 * chi2.cdf(sigma**2, min(dim, 2)) for sigma in (1, 2, 3)], abs=0.5)
            assert map_.tools.rings.toolTip().startswith("Lines" if dim == 1 else "Rings")

    def test_all_that_can_be_used_has_a_name_and_a_tooltip(self, map_: LatentMap) -> None:
        assert map_.objectName() == "latentMap"
        assert map_.accessibleName() == "Map of the latent space"
        assert map_.view.accessibleName().startswith("Map of the latent space. Arrow keys")
        tools = map_.tools
        for widget in (*map_.legend.chips, tools.closer, tools.farther, tools.fit, tools.rings, tools.projection.plane):
            assert widget.accessibleName() and widget.toolTip()
