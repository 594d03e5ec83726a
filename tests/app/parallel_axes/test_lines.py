"""The lines over the axes: the black one that is dragged, those of images and sketches, and the twin's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from scipy.stats import norm

from app import theme
from app.panels.axes.axes import ParallelAxes
from app.panels.draw.examples import ink_of, load_examples
from models.checkpoint import load_run, save_run
from tests.app.mouse_moves import press_and_lose_the_release
from tests.app.parallel_axes.conftest import (
    LEFT,
    LIMIT,
    SHIFT,
    drag,
    network,
    pinned,
    pixels,
    press,
    rgb,
    session_of,
    settle,
    window_of,
    words,
)
from tests.conftest import ROOT

SHIPPED = ROOT / "models" / "pretrained"


def shown_image(view: ParallelAxes) -> np.ndarray:
    picture = view.image.picture().convertToFormat(QImage.Format.Format_Grayscale8)
    return np.frombuffer(picture.constBits(), np.uint8).reshape(28, picture.bytesPerLine())[:, :28].astype(int)


def as_bytes(image: np.ndarray) -> np.ndarray:
    return np.round(np.clip(image, 0, 1) * 255).astype(int)


def between(view: ParallelAxes, key: str, place: int, share: float) -> QPoint:
    """A pixel of a line between an axis and the next."""
    line = next(line for line in view._lines if line.key == key)
    points = view.canvas.geometry_now().points(line.code[view.canvas.scene.order])
    return QPointF(*(points[place] + share * (points[place + 1] - points[place]))).toPoint()


# the black line


def test_a_dragged_handle_decodes_on_the_way_and_moves_the_pin(view, vae4_file: Path) -> None:
    before, at = pinned(view).copy(), view.canvas.geometry_now()
    place = 2
    axis, y = int(view.canvas.scene.order[place]), view.canvas.handle(place).toPoint().y()
    seen: list[np.ndarray] = []
    session_of(view).look.decoded_shown.connect(lambda code, image, words: seen.append(code))
    drag(view, place, 60)
    assert len(seen) >= 5, "it decodes while it is dragged"
    wanted = before.copy()
    shift = view.canvas.geometry_now().value(y + 60) - at.value(y)
    wanted[axis] += shift
    np.testing.assert_allclose(pinned(view), wanted, atol=2e-2)
    np.testing.assert_array_equal(np.delete(pinned(view), axis), np.delete(before, axis))
    decoded = network(vae4_file).decode(pinned(view)[None])[0]
    assert np.abs(shown_image(view) - as_bytes(decoded)).max() <= 1
    window = window_of(view)
    assert [field.value() for field in window.decoded_panel.editor.fields] == pytest.approx(
        pinned(view).tolist(), abs=6e-4
    )
    place_on_map = window.session.view.place(pinned(view))[0]
    assert window.latent_map.marks.pinned == pytest.approx(place_on_map.tolist())
    assert not view.cards.cards


def test_the_strip_can_begin_where_a_handle_was_left(view) -> None:
    drag(view, 0, -40)
    window = window_of(view)
    QTest.mouseClick(window.decoded_panel.original.end_buttons["A"], LEFT)
    np.testing.assert_array_equal(window.session.strip.ends["A"].code, pinned(view))


def test_a_handle_does_not_jump_when_it_is_gripped_beside_its_middle(view) -> None:
    before = pinned(view).copy()
    start = view.canvas.handle(1).toPoint() + QPoint(3, 4)
    QTest.mousePress(view.canvas, LEFT, pos=start)
    QTest.mouseMove(view.canvas, start + QPoint(5, 0))
    QTest.mouseRelease(view.canvas, LEFT, pos=start)
    np.testing.assert_allclose(pinned(view), before, atol=1e-3)


def test_a_handle_whose_release_is_lost_stays(view) -> None:
    before, start = pinned(view).copy(), view.canvas.handle(1).toPoint()
    press_and_lose_the_release(view.canvas, start, start + QPoint(0, 60))
    np.testing.assert_array_equal(pinned(view), before)


def test_a_handle_that_is_held_stays_that_of_its_number_when_the_axes_change_places(view) -> None:
    """As they do once a training is stopped."""
    press(view, "sortAxes")
    canvas, before, measured = view.canvas, pinned(view).copy(), view._measured
    start, axis = canvas.handle(0).toPoint(), int(canvas.scene.order[0])
    QTest.mousePress(canvas, LEFT, pos=start)
    canvas.show_measured(
        replace(measured, divergence=measured.divergence.max() - measured.divergence, has_stopped=True)
    )
    assert canvas.scene.order[-1] == axis
    QTest.mouseMove(canvas, start + QPoint(0, 40))
    QTest.mouseRelease(canvas, LEFT, pos=start + QPoint(0, 40))
    assert np.flatnonzero(pinned(view) != before).tolist() == [axis]


def test_a_handle_that_is_held_is_not_lost_when_its_training_comes_to_its_end(view) -> None:
    """The run that is kept is told as another network."""
    canvas, before, measured = view.canvas, pinned(view).copy(), view._measured
    start, axis = canvas.handle(2).toPoint(), int(canvas.scene.order[2])
    QTest.mousePress(canvas, LEFT, pos=start)
    canvas.show_measured(replace(measured, network=measured.network - 1))
    QTest.mouseMove(canvas, start + QPoint(0, 40))
    QTest.mouseRelease(canvas, LEFT, pos=start + QPoint(0, 40))
    assert np.flatnonzero(pinned(view) != before).tolist() == [axis]


def test_a_handle_stays_on_its_axis(view) -> None:
    low, high = view.canvas.visible_range()
    axis = int(view.canvas.scene.order[1])
    drag(view, 1, 2000)
    assert pinned(view)[axis] == pytest.approx(low)
    drag(view, 1, -2000)
    assert pinned(view)[axis] == pytest.approx(high)


@pytest.mark.parametrize("dark", [False, True])
def test_the_black_line_has_the_ink_s_colour(qapp, view, dark: bool) -> None:
    theme.apply(qapp, "dark" if dark else "light")
    at, code = view.canvas.geometry_now(), pinned(view)[view.canvas.scene.order]
    middle = at.points(code)[:2].mean(axis=0)
    around = pixels(view.canvas)[int(middle[1]) - 2 : int(middle[1]) + 4, int(middle[0])]
    assert np.abs(around - rgb(theme.colours().text)).max(axis=1).min() <= 12


def test_the_dice_draw_from_the_prior_clipped_to_what_is_visible(view) -> None:
    for _ in range(9):
        QTest.keyClick(view.canvas, Qt.Key.Key_Plus)
    low, high = view.canvas.visible_range()
    assert -1.5 < low < 0 < high < 1.5
    drawn = []
    for _ in range(150):
        press(view, "axesDice")
        drawn.append(pinned(view))
    drawn = np.array(drawn)
    assert drawn.min() == np.float32(low) and drawn.max() == np.float32(high), "none is beyond, some are clipped"
    assert np.mean(drawn == np.float32(high)) == pytest.approx(norm.sf(high), abs=0.08)
    inside = drawn[(drawn > low) & (drawn < high)]
    share = (norm.cdf(inside) - norm.cdf(low)) / (norm.cdf(high) - norm.cdf(low))
    assert np.mean(share) == pytest.approx(0.5, abs=0.08) and np.std(share) == pytest.approx(12**-0.5, abs=0.05)
    by_key = []
    for _ in range(8):  # clipped in all four numbers, one may well be the same as the next
        QTest.keyClick(view.canvas, Qt.Key.Key_D)
        by_key.append(pinned(view))
    assert len({tuple(each) for each in by_key}) > 1


def test_keys_go_from_axis_to_axis_and_move_the_handle(view, vae4_file: Path) -> None:
    canvas, before = view.canvas, pinned(view).copy()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert canvas.scene.current == 0
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert canvas.scene.current == 2 and canvas.hasFocus()
    axis = int(canvas.scene.order[2])
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    small = pinned(view)[axis] - before[axis]
    QTest.keyClick(canvas, Qt.Key.Key_Up, SHIFT)
    assert small > 0 and pinned(view)[axis] - before[axis] == pytest.approx(6 * small, rel=1e-3)
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    QTest.keyClick(canvas, Qt.Key.Key_PageDown)
    assert pinned(view)[axis] == pytest.approx(before[axis], abs=1e-4)
    QTest.keyClick(canvas, Qt.Key.Key_0)
    assert pinned(view)[axis] == 0
    assert np.abs(shown_image(view) - as_bytes(network(vae4_file).decode(pinned(view)[None])[0])).max() <= 1
    figure = view._measured.divergence[axis]
    assert canvas.accessibleDescription() == f"z{axis + 1} is 0.00; its KL is {figure:.2f}."
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.scene.current == 0
    QTest.keyClick(canvas, Qt.Key.Key_End)
    assert canvas.scene.current == 3
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert not canvas.hasFocus(), "Tab goes on from the last axis"


def test_a_handle_that_is_out_of_sight_is_moved_with_keys_and_offered_to_be_fitted(view) -> None:
    canvas, offer = view.canvas, view.findChild(QPushButton, "axesFitOffer")
    assert not offer.isVisible()
    canvas.setFocus()
    session_of(view).look.set_code(np.array([40.0, 0, 0, 0], np.float32))
    scale = canvas.visible_range()
    assert offer.isVisible() and scale[1] < 40, "nothing is rescaled silently"
    QTest.mouseClick(offer, LEFT)
    assert canvas.visible_range()[1] >= 40 and not offer.isVisible()
    QTest.keyClick(canvas, Qt.Key.Key_0)
    QTest.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.visible_range() == scale


# images and their lines


def test_a_random_held_out_image_becomes_a_line_that_is_snapped_to(view, vae4_file: Path, digits) -> None:
    press(view, "addRandomLine")
    press(view, "addRandomLine")
    line, other = view._lines
    index, run = int(line.key.removeprefix("held-out ")), load_run(vae4_file)
    assert line.key != other.key and line.title == f"held-out {digits.test_labels[index]}"
    np.testing.assert_array_equal(line.code, run.codes[index])
    np.testing.assert_array_equal(line.image, digits.test_images[index])
    np.testing.assert_allclose(line.rebuilt, network(vae4_file).decode(line.code[None])[0], atol=1e-6)
    where = [between(view, line.key, 1, share) for share in np.linspace(0.2, 0.8, 13)]
    where = [each for each in where if view.canvas.line_at(QPointF(each)) == line.key]
    QTest.mouseDClick(view.canvas, LEFT, pos=where[len(where) // 2])
    assert session_of(view).look.pin.index == index
    np.testing.assert_array_equal(pinned(view), run.codes[index])
    np.testing.assert_allclose(view.canvas.scene.code, line.code)
    assert not window_of(view).decoded_panel.original.image.is_empty(), "its original stands beside it"


def test_a_line_has_its_class_s_colour_and_a_second_one_is_dashed(view, digits) -> None:
    first, second = np.flatnonzero(digits.test_labels == 6)[:2]
    for index in (first, second):
        session_of(view).look.pick(0.0, 0.0, int(index))
        press(view, "addPickedLine")
    assert [line.label for line in view._lines] == [6, 6]
    styles = [card._style for card in view.cards.cards]
    assert [colour for colour, _ in styles] == [theme.DIGIT_COLOURS[6]] * 2
    assert [dashes for _, dashes in styles] == [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine]
    session_of(view).look.set_code(np.full(4, 3.0, np.float32))
    middle = between(view, view._lines[0].key, 0, 0.5)
    patch = pixels(view.canvas)[middle.y() - 2 : middle.y() + 3, middle.x()]
    assert np.abs(patch - rgb(theme.DIGIT_COLOURS[6])).max(axis=1).min() <= 12


def test_what_is_picked_on_the_map_can_be_added_and_a_bare_code_cannot(view) -> None:
    session_of(view).look.pick(0.0, 0.0, 5)
    press(view, "addPickedLine")
    press(view, "addPickedLine")
    assert [line.key for line in view._lines] == ["held-out 5"], "once"
    session_of(view).look.pick(0.1, 0.2, -1)
    button = view.findChild(QWidget, "addPickedLine")
    assert not button.isEnabled()
    assert button.toolTip() == "The pinned code is that of no held-out image: click on a point of the map."


def test_a_sketch_that_was_never_seen_becomes_a_line(view, vae4_file: Path) -> None:
    view.tools.sketch.menu().aboutToShow.emit()
    actions = {action.text(): action for action in view.tools.sketch.menu().actions()}
    assert len(actions) == 13
    assert {"A 3", "An 8", "A letter A"} < set(actions)
    actions["A stick figure"].trigger()
    line = view._lines[0]
    assert (line.title, line.label) == ("example: a stick figure", -1) and line.image.shape == (28, 28)
    np.testing.assert_allclose(line.code, network(vae4_file).encode(line.image[None])[0], atol=1e-5)
    QTest.mouseDClick(view.cards.cards[0], LEFT)
    np.testing.assert_allclose(pinned(view), line.code)
    assert session_of(view).look.pin.index == -1


def test_the_own_drawing_s_line_follows_the_pen(qtbot, view, vae4_file: Path) -> None:
    button, pad = view.findChild(QWidget, "addDrawingLine"), window_of(view).sketch_panel.pad
    assert not button.isEnabled() and button.toolTip() == "Nothing is drawn yet: draw something on the canvas."

    def stroke(x: int) -> None:
        top = pad.rect().center() + QPoint(x, -30)
        QTest.mousePress(pad, LEFT, pos=top)
        QTest.mouseMove(pad, top + QPoint(2, 30))
        QTest.mouseMove(pad, top + QPoint(0, 60))
        QTest.mouseRelease(pad, LEFT, pos=top + QPoint(0, 60))

    stroke(0)
    qtbot.waitUntil(button.isEnabled, timeout=LIMIT)
    press(view, "addDrawingLine")
    first = view._lines[0].code
    stroke(30)
    seen = session_of(view).sketch
    qtbot.waitUntil(lambda: np.array_equal(view._lines[0].image, seen.seen), timeout=LIMIT)
    assert not np.allclose(first, view._lines[0].code)
    np.testing.assert_allclose(view._lines[0].code, network(vae4_file).encode(seen.seen[None])[0], atol=1e-5)
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not view._lines and not button.isEnabled(), timeout=LIMIT)


def test_lines_are_taken_away_and_eight_are_the_most(view) -> None:
    for _ in range(9):
        press(view, "addRandomLine")
    assert len(view._lines) == 8
    message = window_of(view).message_bar.messages[-1]
    assert message.text == "8 lines are as many as one can tell apart: take one away first."
    first, second, third = (card.key for card in view.cards.cards[:3])
    QTest.mouseClick(view.cards.cards[0].close_button, LEFT)
    assert [line.key for line in view._lines][:2] == [second, third]
    view.cards.cards[0].setFocus()
    QTest.keyClick(view.cards.cards[0], Qt.Key.Key_Delete)
    assert view._lines[0].key == third and len(view._lines) == 6
    card = view.cards.cards[0]
    QTest.keyClick(card, Qt.Key.Key_Return)
    np.testing.assert_array_equal(pinned(view), view._lines[0].code)


def test_pointing_at_a_card_makes_its_line_stand_out(view) -> None:
    press(view, "addRandomLine")
    press(view, "addRandomLine")
    QApplication.processEvents()
    card = view.cards.cards[1]
    card.setFocus()
    assert view.canvas.scene.pointed == card.key and card._is_pointed and not view.cards.cards[0]._is_pointed
    view.canvas.setFocus()
    assert view.canvas.scene.pointed == ""


# the twin


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_the_twin_s_codes_are_laid_over(qtbot, open_axes, kind: str) -> None:
    view = open_axes(SHIPPED / f"{kind}-4.safetensors")
    other = "ae" if kind == "vae" else "vae"
    twin_run, own_run = load_run(SHIPPED / f"{other}-4.safetensors"), load_run(SHIPPED / f"{kind}-4.safetensors")
    session_of(view).look.pick(0.0, 0.0, 0)
    press(view, "addPickedLine")
    line = view._lines[0]
    assert line.image is None and line.rebuilt is not None, "the originals are not loaded, the codes are there"
    view.tools._fill_menu()
    view.tools.sketch.menu().actions()[4].trigger()
    before = view.canvas.visible_range()
    qtbot.waitUntil(view.tools.twin.isEnabled, timeout=LIMIT)
    assert view.tools.twin.text() == f"Show {other.upper()}"
    press(view, "showTwin")
    held_out, sketch = view._lines
    index = int(held_out.key.removeprefix("held-out "))
    np.testing.assert_array_equal(held_out.twin_code, twin_run.codes[index])
    twin = network(SHIPPED / f"{other}-4.safetensors")
    np.testing.assert_allclose(sketch.twin_code, twin.encode(sketch.image[None])[0], atol=1e-4)
    np.testing.assert_allclose(held_out.twin_rebuilt, twin.decode(held_out.twin_code[None])[0], atol=1e-5)
    low, high = view.canvas.visible_range()
    assert low <= twin_run.codes.min() and twin_run.codes.max() <= high
    assert words(view, "axesWhose") == (
        f"Filled and grey: this {kind.upper()}; outlined and coloured: {other.upper()} 4-D (shipped), whose axes are "
        "its own."
    )
    session_of(view).look.set_code(np.full(4, high, np.float32))
    at, picture = view.canvas.geometry_now(), pixels(view.canvas)
    order, colour = view.canvas.scene.order, rgb(theme.DIGIT_COLOURS[held_out.label])
    start, end = at.points(held_out.twin_code[order])[:2]
    spots = [(start + share * (end - start)).astype(int) for share in np.linspace(0.2, 0.8, 9)]  # lines cross here
    found = [np.abs(picture[y - 2 : y + 4, x] - colour).max(axis=1).min() <= 12 for x, y in spots]
    assert np.mean(found) > 0.5
    ours, others = at.points(held_out.twin_code[order]), at.points(sketch.twin_code[order])
    apart = int(np.abs(ours - others)[:, 1].argmax())  # on another axis both may go through the same pixel
    QTest.mouseDClick(view.canvas, LEFT, pos=QPointF(*ours[apart]).toPoint())
    np.testing.assert_array_equal(pinned(view), own_run.codes[index])
    press(view, "showTwin")
    assert view._twin is None and view._lines[0].twin_code is None and view.canvas.visible_range() == before


def test_a_run_of_other_images_has_no_line_of_these(qtbot, view, vae4_file: Path, tmp_path: Path) -> None:
    press(view, "addRandomLine")
    sketch = load_examples()[3]
    session_of(view).axes.add_sketch(sketch.name, sketch.title, 3, ink_of(sketch))
    save_run(replace(load_run(vae4_file), fingerprint="0" * 16), tmp_path / "others.safetensors")
    session_of(view).open_run(tmp_path / "others.safetensors")
    settle(qtbot, view)
    assert [line.key for line in view._lines] == [f"sketch {sketch.name}"]


def test_where_there_is_no_twin_the_button_says_why(view) -> None:
    assert not view.tools.twin.isEnabled()
    assert view.tools.twin.toolTip() == (
        "The shipped AE 4-D has other held-out images: it learned MNIST, this one Built-in digits. "
        "Train both in the Twins view."
    )
