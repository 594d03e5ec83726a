"""Two networks under one cursor: what is pointed at, picked, drawn or walked stands on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton, QToolButton

from app.main_window import MainWindow
from app.panels.twins.view import Twins
from models.checkpoint import Run, load_run
from models.datasets import Dataset
from models.twins import SIDES
from tests.app.twin_hands import click, opened, words
from tests.app.twins.conftest import LEFT, lonely, pixel, runs_of, seen_through


def shown(image) -> np.ndarray:
    """A picture's pixels (28, 28), 0 to 255."""
    picture = image.picture().convertToFormat(QImage.Format.Format_Grayscale8)
    return np.array([[picture.pixelColor(x, y).red() for x in range(28)] for y in range(28)])


# at first


def test_nothing_is_loaded_before_the_first_look_and_then_the_shipped_twins(qtbot, window: MainWindow) -> None:
    desk = window.session.twins
    window.session.sketch.draw(np.ones((200, 200), np.float32))
    assert desk.pair.sides == {} and window.views.made("twins") is None
    view = opened(window)
    assert [view.pickers[side].currentText() for side in SIDES] == ["VAE 2-D (shipped)", "AE 2-D (shipped)"]
    for side in SIDES:
        run = desk.pair.sides[side].run
        assert run is not None and run.path is not None
        codes = load_run(run.path).codes
        np.testing.assert_array_equal(view.maps[side].points.points, codes)
        assert not view.pictures.decoded[side].is_empty()
    assert words(view, "twinNote") == "The originals are in MNIST, which is not loaded."
    assert view.pictures.get.text() == "Get MNIST"
    assert view.pictures.original.is_empty()
    assert view.accessibleName()


def test_everything_has_a_name_and_can_be_reached_with_tab(view: Twins) -> None:
    kinds = (QPushButton, QToolButton, QComboBox)
    touched: list[Any] = [each for kind in kinds for each in view.findChildren(kind) if each.isVisible()]
    assert len(touched) >= 11
    for each in touched:
        assert each.accessibleName() or each.text(), each.objectName()
        assert each.toolTip() and each.objectName(), each.accessibleName()
        group = each.group() if not isinstance(each, QComboBox) else None
        entered = each if group is None else group.checkedButton()  # from there arrow keys go on
        assert entered.focusPolicy() & Qt.FocusPolicy.TabFocus
    for map_ in view.maps.values():
        assert map_.view.focusPolicy() & Qt.FocusPolicy.TabFocus and "rrow keys" in map_.view.accessibleName()


# one cursor


def test_pointing_at_a_code_shows_the_same_image_on_the_other_map(qtbot, view, vae_file, ae: Run) -> None:
    runs = runs_of(vae_file, ae)
    for side, other in (SIDES, SIDES[::-1]):
        index = lonely(runs[side].codes)
        QTest.mouseMove(view.maps[side].view.viewport(), pixel(view.maps[side], runs[side].codes[index]))
        qtbot.waitUntil(lambda marks=view.maps[other].marks: marks.nearest is not None)
        assert view.maps[other].marks.nearest == pytest.approx(runs[other].codes[index].tolist())
        assert view.maps[side].marks.nearest == pytest.approx(runs[side].codes[index].tolist())
        for each in SIDES:
            decoded = seen_through(runs[each]).decode(runs[each].codes[index][None])[0]
            assert np.abs(shown(view.pictures.decoded[each]) - 255 * decoded).max() <= 1
        view.maps[side].view.left.emit()
        assert view.maps[other].marks.nearest is None, "the pointer has left"


def test_between_the_points_the_twin_is_the_code_of_the_picture(qtbot, view, vae_file, ae: Run) -> None:
    runs = runs_of(vae_file, ae)
    map_ = view.maps["left"]
    x, y = map_.view.frame().to_plane(6, 6)
    QTest.mouseMove(map_.view.viewport(), QPoint(6, 6))
    qtbot.waitUntil(lambda: view.maps["right"].marks.nearest is not None)
    picture = seen_through(runs["left"]).decode(np.array([[x, y]], np.float32))
    code = seen_through(runs["right"]).encode(picture)[0]
    assert view.maps["right"].marks.nearest == pytest.approx(code.tolist(), abs=1e-4)
    assert view.pictures.original.is_empty()
    QTest.mouseClick(map_.view.viewport(), LEFT, pos=QPoint(6, 6))
    assert map_.marks.pinned == pytest.approx((x, y))
    assert view.maps["right"].marks.pinned == pytest.approx(code.tolist(), abs=1e-4)


def test_a_click_picks_the_image_for_the_whole_window(
    borrowed_window, view, vae_file, ae: Run, digits: Dataset
) -> None:
    runs = runs_of(vae_file, ae)
    index = lonely(runs["right"].codes, 1)
    QTest.mouseClick(view.maps["right"].view.viewport(), LEFT, pos=pixel(view.maps["right"], ae.codes[index]))
    assert borrowed_window.session.look.pin.index == index
    np.testing.assert_array_equal(shown(view.pictures.original), digits.test_images[index])
    assert view.pictures.original._caption == f"original {digits.test_labels[index]}"
    for side in SIDES:
        assert view.maps[side].marks.pinned == pytest.approx(runs[side].codes[index].tolist())
        decoded = seen_through(runs[side]).decode(runs[side].codes[index][None])[0]
        assert np.abs(shown(view.pictures.decoded[side]) - 255 * decoded).max() <= 1
        error = np.square(decoded - digits.test_images[index] / 255).mean()
        assert view.pictures.decoded[side]._caption.endswith(f"{error:.3f}"[1:])
    borrowed_window.session.look.pick(0.0, 0.0, 17)
    assert view.maps["right"].marks.pinned == pytest.approx(ae.codes[17].tolist()), "picked elsewhere, picked here"
    click(view, "twinRandom")
    pin = borrowed_window.session.look.pin.index
    assert view.maps["left"].marks.pinned == pytest.approx(runs["left"].codes[pin].tolist())


def test_keys_move_zoom_fit_and_hide(view) -> None:
    map_ = view.maps["right"]
    map_.view.setFocus()
    before, scale = map_.marks.pinned, map_.view.frame().scale_x
    QTest.keyClick(map_.view, Qt.Key.Key_Right)
    assert map_.marks.pinned[0] == pytest.approx(before[0] + 8 / scale, rel=1e-4)
    assert map_.marks.pinned[1] == pytest.approx(before[1], abs=1e-4)
    QTest.keyClick(map_.view, Qt.Key.Key_Plus)
    assert map_.view.frame().scale_x > 1.2 * scale
    assert view.maps["left"].view.frame().scale_x != pytest.approx(map_.view.frame().scale_x), "each by itself"
    QTest.keyClick(map_.view, Qt.Key.Key_F)
    assert map_.view.frame().scale_x == pytest.approx(scale)
    QTest.keyClick(map_.view, Qt.Key.Key_3)
    for each in view.maps.values():
        place = each.points.points[np.flatnonzero(each.points.labels == 3)[0]]
        found = each.points.nearest(*place.tolist(), 3.0)
        assert found < 0 or each.points.labels[found] != 3, "hidden on both"
    QTest.keyClick(map_.view, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert [chip.isChecked() for chip in view.legend.chips] == [digit == 3 for digit in range(10)]
    QTest.keyClick(map_.view, Qt.Key.Key_D)
    assert view.segments["draws"].isChecked() and len(view.draws.groups) == 3


# one sketch, one strip


def test_one_sketch_stands_on_both_maps_and_both_rebuild_it(qtbot, borrowed_window, view, vae_file, ae: Run) -> None:
    runs, window = runs_of(vae_file, ae), borrowed_window
    pad = window.sketch_panel.pad
    assert all(view.maps[side].marks.sketch is None for side in SIDES)
    QTest.mousePress(pad, LEFT, pos=QPoint(60, 30))
    for y in range(30, 120, 6):
        QTest.mouseMove(pad, QPoint(60, y))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(60, 120))
    qtbot.waitUntil(lambda: not view.pictures.rebuilt["right"].is_empty() and window.session.sketch.seen is not None)
    qtbot.waitUntil(lambda: np.array_equal(shown(view.pictures.seen), window.session.sketch.seen))
    seen = window.session.sketch.seen
    for side in SIDES:
        snapshot = seen_through(runs[side])
        code = snapshot.encode(seen[None])[0]
        assert view.maps[side].marks.sketch == pytest.approx(code.tolist(), abs=1e-4)
        assert np.abs(shown(view.pictures.rebuilt[side]) - 255 * snapshot.decode(code[None])[0]).max() <= 1
    assert len(view.maps["left"].marks.ellipses) == 2 and view.maps["right"].marks.ellipses == []
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: view.maps["right"].marks.sketch is None)
    assert all(image.is_empty() for image in (view.pictures.seen, *view.pictures.rebuilt.values()))


def test_one_pair_of_ends_makes_a_strip_on_each_side(
    qtbot, let_turns_pass, borrowed_window, view, vae_file, ae: Run
) -> None:
    runs, window = runs_of(vae_file, ae), borrowed_window
    click(view, "twinStripsPage")
    window.session.ends.choose_place("A", 0.0, 0.0, 5)
    window.session.ends.choose_place("B", 0.0, 0.0, 9)
    window.session.strip.set_steps(7)
    qtbot.waitUntil(lambda: view.strips.rows["right"].steps == 7)
    for side in SIDES:
        codes = np.linspace(runs[side].codes[5], runs[side].codes[9], 7)
        np.testing.assert_allclose(view.maps[side].marks.path, codes, atol=1e-5)
        images = seen_through(runs[side]).decode(codes.astype(np.float32))
        np.testing.assert_allclose(view.strips.rows[side]._images, images, atol=1e-5)
    let_turns_pass()  # the rows take their new width
    row = view.strips.rows["right"]
    at = row.layout_now().tile(3).center().toPoint()
    QTest.mouseMove(row, at)
    qtbot.waitUntil(lambda: window.session.strip.current == 3)
    assert [view.strips.rows[side].current for side in SIDES] == [3, 3]
    assert [view.maps[side].marks.step for side in SIDES] == [3, 3], "one step on both maps"
    QTest.mouseClick(row, LEFT, pos=at)
    assert view.maps["right"].marks.pinned == pytest.approx(view.maps["right"].marks.path[3].tolist(), abs=1e-5)
    click(view, "twinPicturesPage")
    assert view.maps["right"].marks.path is None, "the way is seen with its page"
