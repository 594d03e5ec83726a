"""Strokes undone and done again, one by one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.panels.draw.pad import Sketchpad
from tests.app.sketchpad.conftest import RIGHT, drag


def test_undo_and_redo_go_stroke_by_stroke(pad: Sketchpad) -> None:
    states = [pad.ink()]
    for y in (50, 100, 150):
        drag(pad, (40, y), (160, y))
        states.append(pad.ink())
    for state in reversed(states[:-1]):
        QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert np.array_equal(pad.ink(), state)
    QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert pad.sheet.is_blank()
    for state in states[1:]:
        QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert np.array_equal(pad.ink(), state)


def test_undoing_the_only_stroke_clears_and_redo_tells_again(pad: Sketchpad, told: list, qtbot) -> None:
    drag(pad, (40, 100), (160, 100))
    before = pad.ink()
    QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: isinstance(told[-1], str))
    assert told[-1] == "cleared"
    QTest.keyClick(pad, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: isinstance(told[-1], np.ndarray))
    assert np.array_equal(told[-1], before)


def test_a_new_stroke_forgets_what_was_undone(pad: Sketchpad) -> None:
    drag(pad, (40, 50), (160, 50))
    pad.sheet.undo()
    drag(pad, (40, 150), (160, 150))
    after = pad.ink()
    pad.sheet.redo()
    assert np.array_equal(pad.ink(), after)


def test_delete_clears_once_and_can_be_undone(pad: Sketchpad, told: list, qtbot) -> None:
    drag(pad, (40, 100), (160, 100))
    before = pad.ink()
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.sheet.is_blank()
    qtbot.waitUntil(lambda: "cleared" in [each for each in told if isinstance(each, str)])
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    pad.sheet.undo()
    assert np.array_equal(pad.ink(), before), "clearing a blank sheet is no step"


def test_an_eraser_that_meets_no_ink_is_no_step(pad: Sketchpad) -> None:
    can: list[tuple[bool, bool]] = []
    pad.sheet.history_changed.connect(lambda undo, redo: can.append((undo, redo)))
    drag(pad, (40, 100), (160, 100), button=RIGHT)
    assert can[-1] == (False, False), "there was nothing on the canvas"
    drag(pad, (40, 50), (160, 50))
    drawn = pad.ink()
    drag(pad, (40, 180), (160, 180), button=RIGHT)
    pad.sheet.undo()
    assert pad.sheet.is_blank() and can[-1] == (False, True)
    drag(pad, (40, 180), (160, 180), button=RIGHT)
    pad.sheet.redo()
    assert np.array_equal(pad.ink(), drawn), "what was undone is kept"
    pad.sheet.put_ink(drawn)
    pad.sheet.undo()
    assert pad.sheet.is_blank(), "the same picture once more is no step either"
