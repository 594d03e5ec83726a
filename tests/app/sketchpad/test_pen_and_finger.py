"""A tablet's pen that presses and erases, and a finger."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEventPoint, QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent, QTouchEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.draw.ink import SIDE
from app.panels.draw.pad import Sketchpad
from tests.app.sketchpad.conftest import LEFT, at, drag, thickness

PEN, ERASER = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser


def pen_event(pad: Sketchpad, kind: QEvent.Type, x: float, y: float, pressure: float, tip=PEN) -> bool:
    """Send what a tablet's driver sends; a pen that moves without pressure is in the air."""
    device = QPointingDevice(
        "stylus", 7, QInputDevice.DeviceType.Stylus, tip,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 2,
    )  # fmt: skip
    released = kind == QEvent.Type.TabletRelease or pressure == 0
    place = QPointF(x, y)
    event = QTabletEvent(
        kind, device, place, pad.mapToGlobal(place), pressure, 0, 0, 0, 0, 0, Qt.KeyboardModifier.NoModifier,
        Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else LEFT,
        Qt.MouseButton.NoButton if released else LEFT,
    )  # fmt: skip
    event.ignore()
    QApplication.sendEvent(pad, event)
    return event.isAccepted()


def pen_line(pad: Sketchpad, y: float, pressure: float, tip=PEN) -> None:
    """Draw from left to right with a tablet pen."""
    pen_event(pad, QEvent.Type.TabletPress, 40, y, pressure, tip)
    for x in range(50, 161, 10):
        pen_event(pad, QEvent.Type.TabletMove, x, y, pressure, tip)
    pen_event(pad, QEvent.Type.TabletRelease, 160, y, 0.0, tip)


def test_a_pen_presses_thick_and_thin(pad: Sketchpad) -> None:
    pen_line(pad, 50, 0.1)
    pen_line(pad, 100, 0.5)
    pen_line(pad, 150, 1.0)
    ink = pad.ink()
    rows = [ink[round(y / 200 * SIDE) - 40 : round(y / 200 * SIDE) + 40] for y in (50, 100, 150)]
    light, even, heavy = (thickness(each) for each in rows)
    brush = pad.sheet.brush() * 200
    assert [light, even, heavy] == pytest.approx([0.6 * brush, brush, 1.5 * brush], abs=0.6)


def test_a_pen_whose_release_is_lost_draws_nothing_in_the_air(pad: Sketchpad) -> None:
    """It went to a dialog, or to another window: the pen came back in the air and drew on, and the mouse was deaf."""
    pen_event(pad, QEvent.Type.TabletPress, 40, 50, 0.5)
    pen_event(pad, QEvent.Type.TabletMove, 160, 50, 0.5)
    drawn = pad.ink()
    pen_event(pad, QEvent.Type.TabletMove, 100, 150, 0.0)
    assert not pad.sheet.is_drawing() and (pad.ink()[SIDE // 2 :] == 0).all()
    drag(pad, (40, 150), (160, 150))
    assert (pad.ink()[SIDE // 2 :] > 0).any() and (pad.ink() >= drawn).all()


def test_the_pens_other_end_erases(pad: Sketchpad) -> None:
    pen_line(pad, 100, 0.5)
    pen_line(pad, 100, 1.0, ERASER)
    assert pad.sheet.is_blank()


def test_pen_events_are_accepted_so_that_no_mouse_event_follows(pad: Sketchpad) -> None:
    assert pen_event(pad, QEvent.Type.TabletPress, 40, 40, 0.5)
    assert pen_event(pad, QEvent.Type.TabletMove, 60, 60, 0.5)
    assert pen_event(pad, QEvent.Type.TabletRelease, 60, 60, 0.0)


def test_mouse_events_made_from_the_pen_do_not_draw_twice(pad: Sketchpad) -> None:
    pen_line(pad, 100, 0.5)
    before = pad.ink()
    for kind, button in ((QEvent.Type.MouseButtonPress, LEFT), (QEvent.Type.MouseButtonRelease, LEFT)):
        place = QPointF(30, 30)
        buttons = LEFT if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        echo = QMouseEvent(
            kind, place, place, pad.mapToGlobal(place), button, buttons, Qt.KeyboardModifier.NoModifier,
            Qt.MouseEventSource.MouseEventSynthesizedBySystem,
        )  # fmt: skip
        QApplication.sendEvent(pad, echo)
    assert np.array_equal(pad.ink(), before)
    pad.sheet.undo()
    assert pad.sheet.is_blank(), "one stroke, one step"


def test_one_finger_draws_and_a_second_does_not(pad: Sketchpad) -> None:
    screen = QTest.createTouchDevice()
    QTest.touchEvent(pad, screen).press(0, QPoint(40, 100), pad).commit()
    QTest.touchEvent(pad, screen).move(0, QPoint(70, 100), pad).press(1, QPoint(40, 170), pad).commit()
    QTest.touchEvent(pad, screen).move(0, QPoint(160, 100), pad).move(1, QPoint(160, 170), pad).commit()
    QTest.touchEvent(pad, screen).release(0, QPoint(160, 100), pad).release(1, QPoint(160, 170), pad).commit()
    ink = pad.ink()
    assert at(ink, 40, 100) == at(ink, 110, 100) == at(ink, 160, 100) == 1.0
    assert at(ink, 110, 170) == 0.0
    pad.sheet.undo()
    assert pad.sheet.is_blank(), "one stroke, one step"


def rest_finger(pad: Sketchpad, kind: QEvent.Type, state: QEventPoint.State) -> None:
    """Send what Qt on a Mac makes of a finger on the trackpad."""
    can = QInputDevice.Capability
    trackpad = QPointingDevice(
        "trackpad", 9, QInputDevice.DeviceType.TouchPad, QPointingDevice.PointerType.Finger,
        can.Position | can.NormalizedPosition | can.MouseEmulation, 10, 0,
    )  # fmt: skip
    point = QEventPoint(0, state, QPointF(40, 100), QPointF(pad.mapToGlobal(QPoint(40, 100))))
    QApplication.sendEvent(pad, QTouchEvent(kind, trackpad, Qt.KeyboardModifier.NoModifier, [point]))


def test_a_finger_that_rests_on_a_macs_trackpad_draws_nothing_and_leaves_drawing_to_the_button(pad: Sketchpad) -> None:
    rest_finger(pad, QEvent.Type.TouchBegin, QEventPoint.State.Pressed)
    rest_finger(pad, QEvent.Type.TouchUpdate, QEventPoint.State.Updated)
    assert pad.sheet.is_blank()
    QTest.mousePress(pad, LEFT, pos=QPoint(40, 50))
    QTest.mouseMove(pad, QPoint(160, 50))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(160, 50))
    rest_finger(pad, QEvent.Type.TouchEnd, QEventPoint.State.Released)
    assert at(pad.ink(), 100, 50) == 1.0
    pad.sheet.undo()
    assert pad.sheet.is_blank(), "one stroke, one step"
