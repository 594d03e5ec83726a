"""Strokes of mouse and keys: the ink they leave and take, on the screen, and when it is told."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.draw.ink import SIDE, Stroke, blank_ink
from app.panels.draw.pad import Sketchpad
from tests.app.mouse_moves import press_and_lose_the_release
from tests.app.sketchpad.conftest import LEFT, RIGHT, at, drag, thickness


def test_a_stroke_leaves_ink_where_the_mouse_went(pad: Sketchpad, told: list) -> None:
    drag(pad, (40, 100), (100, 100), (160, 100))
    ink = told[-1]
    assert ink.shape == (SIDE, SIDE) and ink.dtype == np.uint8
    assert ink.min() == 0 and ink.max() == 255
    assert at(ink, 40, 100) == at(ink, 100, 100) == at(ink, 160, 100) == 1.0
    assert at(ink, 100, 150) == 0.0
    assert thickness(ink) == pytest.approx(pad.sheet.brush() * 200, abs=0.6)
    assert np.array_equal(ink, pad.ink())


def test_a_stroke_whose_release_is_lost_ends_where_the_button_was_up(pad: Sketchpad, told: list) -> None:
    press_and_lose_the_release(pad, QPoint(40, 100), QPoint(160, 100))
    assert at(pad.ink(), 40, 100) == 1.0 and at(pad.ink(), 100, 100) == 0.0
    drag(pad, (40, 50), (160, 50))
    assert at(pad.ink(), 100, 50) == 1.0, "the next stroke begins anew"
    pad.sheet.undo()
    assert at(pad.ink(), 40, 50) == 0.0 and at(pad.ink(), 40, 100) == 1.0


@pytest.mark.parametrize("erasing", [False, True])
def test_a_straight_stroke_covers_what_lies_nearer_to_it_than_its_radius(
    erasing: bool, rng: np.random.Generator
) -> None:
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    for start, end in rng.uniform(-30, SIDE + 30, (12, 2, 2)):
        ink = np.full((SIDE, SIDE), 255 * erasing, np.uint8)
        stroke = Stroke(ink, *start, 9.3, erasing)
        stroke.line_to(*end, 9.3)
        stroke.finish()
        way = end - start
        along = np.clip(((x - start[0]) * way[0] + (y - start[1]) * way[1]) / (way @ way), 0, 1)
        distance = np.hypot(x - start[0] - along * way[0], y - start[1] - along * way[1])
        covered = 255 * np.clip(9.3 + 0.5 - distance, 0, 1)
        assert np.abs(ink - (255 - covered if erasing else covered)).max() < 1.1


def test_a_stroke_begins_with_a_dot_and_grows_evenly_as_wide_as_the_pen_is_pressed() -> None:
    ink = blank_ink()
    stroke = Stroke(ink, 50.0, 150.0, 4.0)
    assert ink.sum() / 255 == pytest.approx(np.pi * 4.0**2, rel=0.02)
    stroke.line_to(250.0, 150.0, 12.0)
    stroke.finish()
    assert ink[:, 60:250].sum(axis=0) / 255 == pytest.approx(
        2 * (4.0 + 8.0 * (np.arange(60, 250) - 49.5) / 200), abs=0.1
    )


def test_a_stroke_tells_where_the_canvas_may_have_changed(rng: np.random.Generator) -> None:
    ink = blank_ink()
    stroke = Stroke(ink, 168.0, 168.0, 3.0)
    for x, y, radius in rng.uniform((20, 20, 2), (SIDE - 20, SIDE - 20, 15), (30, 3)):
        ink[:] = 0
        left, top, right, bottom = stroke.line_to(x, y, radius)
        rows, columns = np.nonzero(ink)
        assert left <= columns.min() + 0.5 and columns.max() + 0.5 <= right
        assert top <= rows.min() + 0.5 and rows.max() + 0.5 <= bottom


def test_ink_is_on_the_screen(pad: Sketchpad) -> None:
    drag(pad, (40, 100), (160, 100))
    screen = pad.grab().toImage()
    assert screen.pixelColor(100, 100) == QColor("white")
    assert screen.pixelColor(100, 150) == QColor("black")


def test_what_a_stroke_shows_is_what_the_whole_canvas_would_show(pad: Sketchpad, rng: np.random.Generator) -> None:
    def on_screen() -> np.ndarray:
        QApplication.processEvents()
        image = pad.screen().grabWindow(pad.winId()).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : image.width()].astype(int)

    QTest.mousePress(pad, LEFT, pos=QPoint(50, 50))
    for x, y in rng.integers(5, 195, (25, 2)).tolist():
        QTest.mouseMove(pad, QPoint(x, y))
        drawn_so_far = on_screen()
        pad.repaint()
        assert np.abs(on_screen() - drawn_so_far).max() <= 1
    assert on_screen().std() > 30, "there is something to see"


def test_a_stroke_is_a_smooth_curve_not_a_polygon(pad: Sketchpad, told: list) -> None:
    drag(pad, (40, 160), (100, 40), (160, 160))
    assert at(told[-1], 100, 40) == 0.0, "the curve rounds the corner"
    assert at(told[-1], 100, 70) == 1.0, "Bezier from midpoint to midpoint: (100 + 2 * 40 + 100) / 4"
    assert at(told[-1], 40, 160) == at(told[-1], 160, 160) == 1.0, "but reaches both ends"


def test_edges_are_antialiased(pad: Sketchpad, told: list) -> None:
    drag(pad, (40, 60), (160, 140))
    between = (told[-1] > 12) & (told[-1] < 243)
    assert between.sum() > 100


def test_the_hint_vanishes_with_the_first_stroke(pad: Sketchpad) -> None:
    def hint_pixels() -> int:
        row = pad.grab().toImage().copy(20, 90, 160, 20)
        return sum(row.pixelColor(x, y).lightness() > 60 for x in range(160) for y in range(20))

    assert hint_pixels() > 50
    drag(pad, (30, 30), (35, 30))
    pad.event(QEvent(QEvent.Type.Leave))
    assert hint_pixels() == 0


def test_the_right_button_erases(pad: Sketchpad, told: list) -> None:
    drag(pad, (40, 100), (160, 100))
    drag(pad, (100, 60), (100, 140), button=RIGHT)
    assert at(told[-1], 100, 100) == 0.0
    assert at(told[-1], 60, 100) == 1.0


def test_the_eraser_tool_erases_with_the_left_button(pad: Sketchpad, told: list) -> None:
    drag(pad, (40, 100), (160, 100))
    QTest.keyClick(pad, Qt.Key.Key_E)
    drag(pad, (100, 60), (100, 140))
    assert at(told[-1], 100, 100) == 0.0
    QTest.keyClick(pad, Qt.Key.Key_E)
    drag(pad, (100, 60), (100, 140))
    assert at(told[-1], 100, 100) == 1.0


def test_erasing_all_ink_clears(pad: Sketchpad, told: list) -> None:
    drag(pad, (100, 100), (101, 100))
    pad.sheet.set_brush(0.25)
    drag(pad, (95, 100), (105, 100), button=RIGHT)
    assert told[-1] == "cleared"
    assert pad.sheet.is_blank()


def test_brackets_change_the_brush_within_limits(pad: Sketchpad, told: list) -> None:
    before = pad.sheet.brush()
    QTest.keyClick(pad, Qt.Key.Key_BracketRight)
    assert pad.sheet.brush() > before
    for _ in range(60):
        QTest.keyClick(pad, Qt.Key.Key_BracketLeft)
    assert pad.sheet.brush() == pytest.approx(0.02)
    drag(pad, (40, 100), (160, 100))
    assert thickness(told[-1]) == pytest.approx(4.0, abs=0.5)


# news


def test_news_come_at_most_eighty_times_a_second(pad: Sketchpad, told: list, qtbot) -> None:
    from time import perf_counter

    begun = perf_counter()
    QTest.mousePress(pad, LEFT, pos=QPoint(20, 100))
    moves = 0
    while perf_counter() - begun < 0.5:
        for _ in range(5):  # a hand is quicker than a slow machine's painting
            moves += 1
            QTest.mouseMove(pad, QPoint(20 + moves % 160, 100 + moves % 7))
        QApplication.processEvents()
    while_moving = len(told)
    seconds = perf_counter() - begun
    QTest.mouseRelease(pad, LEFT, pos=QPoint(100, 30))
    assert moves > 2 * while_moving, "the mouse moved more often than that"
    assert 3 <= while_moving <= 1 + 80 * seconds
    assert while_moving < len(told) <= while_moving + 2, "for the last movement and the end of the stroke"
    assert at(told[-1], 100, 30) == 1.0, "with the newest ink"
    with qtbot.assertNotEmitted(pad.sketched, wait=120):
        pass  # nothing more is told when nothing moves


def test_what_is_told_is_a_copy(pad: Sketchpad, told: list) -> None:
    drag(pad, (40, 100), (160, 100))
    told[-1][:] = 0
    assert not pad.sheet.is_blank() and pad.ink().max() == 255


# keys


def test_the_keyboard_draws_with_arrows_while_space_is_held(pad: Sketchpad, told: list) -> None:
    QTest.keyClick(pad, Qt.Key.Key_Left)
    assert told == []
    QTest.keyPress(pad, Qt.Key.Key_Space)
    for _ in range(10):
        QTest.keyClick(pad, Qt.Key.Key_Down)
    QTest.keyRelease(pad, Qt.Key.Key_Space)
    QTest.keyClick(pad, Qt.Key.Key_Down)
    ink = told[-1]
    assert at(ink, 95, 100) == at(ink, 95, 150) == 1.0
    assert at(ink, 95, 170) == 0.0
