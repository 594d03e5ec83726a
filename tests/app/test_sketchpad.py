"""The canvas with real events: mouse, pen, finger, keys, drag and drop, clipboard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QInputDevice,
    QMouseEvent,
    QPainter,
    QPen,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.digit_image import grey_image
from app.panels.draw.ink import SIDE
from app.panels.draw.pad import Sketchpad

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PEN, ERASER = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser


@pytest.fixture
def pad(qtbot) -> Sketchpad:
    widget = Sketchpad()
    qtbot.addWidget(widget)
    widget.resize(200, 200)
    widget.show()
    widget.setFocus()
    return widget


@pytest.fixture
def told(pad: Sketchpad) -> list[np.ndarray | str]:
    """Everything the canvas tells: inks, "cleared", and sentences."""
    news: list[np.ndarray | str] = []
    pad.sketched.connect(news.append)
    pad.cleared.connect(lambda: news.append("cleared"))
    pad.failed.connect(news.append)
    return news


def drag(pad: Sketchpad, *points: tuple[int, int], button: Qt.MouseButton = LEFT) -> None:
    """Press, move and release the mouse."""
    QTest.mousePress(pad, button, pos=QPoint(*points[0]))
    for point in points[1:]:
        at = QPointF(*point)
        everywhere = pad.mapToGlobal(at)
        move = QMouseEvent(
            QEvent.Type.MouseMove, at, everywhere, Qt.MouseButton.NoButton, button, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(pad, move)
    QTest.mouseRelease(pad, button, pos=QPoint(*points[-1]))


def at(ink: np.ndarray, x: int, y: int) -> float:
    """The ink under a place of the 200-pixel widget, 0 to 1."""
    return float(ink[round(y / 200 * SIDE), round(x / 200 * SIDE)] / 255)


def pen_event(pad: Sketchpad, kind: QEvent.Type, x: float, y: float, pressure: float, tip=PEN) -> bool:
    """Send what a tablet's driver sends."""
    device = QPointingDevice(
        "stylus", 7, QInputDevice.DeviceType.Stylus, tip,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 2,
    )  # fmt: skip
    released = kind == QEvent.Type.TabletRelease
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


def thickness(ink: np.ndarray, x: int = 100) -> float:
    """The line's thickness at a column, in pixels of the 200-pixel widget."""
    return float(ink[:, round(x / 200 * SIDE)].sum()) / 255 * 200 / SIDE


# drawing


def test_a_stroke_leaves_ink_where_the_mouse_went(pad: Sketchpad, told: list) -> None:
    drag(pad, (40, 100), (100, 100), (160, 100))
    ink = told[-1]
    assert ink.shape == (SIDE, SIDE) and ink.dtype == np.uint8
    assert ink.min() == 0 and ink.max() == 255
    assert at(ink, 40, 100) == at(ink, 100, 100) == at(ink, 160, 100) == 1.0
    assert at(ink, 100, 150) == 0.0
    assert thickness(ink) == pytest.approx(pad.sheet.brush() * 200, abs=0.6)
    assert np.array_equal(ink, pad.ink())


def test_ink_is_on_the_screen(pad: Sketchpad) -> None:
    drag(pad, (40, 100), (160, 100))
    screen = pad.grab().toImage()
    assert screen.pixelColor(100, 100) == QColor("white")
    assert screen.pixelColor(100, 150) == QColor("black")


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


# undo


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


# pen and finger


def test_a_pen_presses_thick_and_thin(pad: Sketchpad) -> None:
    pen_line(pad, 50, 0.1)
    pen_line(pad, 100, 0.5)
    pen_line(pad, 150, 1.0)
    ink = pad.ink()
    rows = [ink[round(y / 200 * SIDE) - 40 : round(y / 200 * SIDE) + 40] for y in (50, 100, 150)]
    light, even, heavy = (thickness(each) for each in rows)
    brush = pad.sheet.brush() * 200
    assert [light, even, heavy] == pytest.approx([0.6 * brush, brush, 1.5 * brush], abs=0.6)


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


# pictures


def mime_of_file(path: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime


def drop(pad: Sketchpad, mime: QMimeData) -> bool:
    """Send what the window system sends; tell whether the canvas wanted it."""
    buttons, keys = LEFT, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(100, 100), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(pad, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(pad, QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, mime, buttons, keys))
    return True


def cross(paper: str, ink: str, width: int = 300, height: int = 150) -> QImage:
    """A thick cross in the middle of a sheet twice as wide as it is high."""
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(QColor(paper))
    painter = QPainter(image)
    painter.setPen(QPen(QColor(ink), 12))
    painter.drawLine(width // 2, 20, width // 2, height - 20)
    painter.drawLine(width // 2 - 40, height // 2, width // 2 + 40, height // 2)
    painter.end()
    return image


@pytest.mark.parametrize(
    ("paper", "ink"), [("white", "black"), ("black", "white"), ("#e6e0d2", "#202040"), ("transparent", "black")]
)
def test_a_dropped_file_becomes_ink_whatever_its_paper(pad: Sketchpad, told: list, tmp_path, paper, ink) -> None:
    path = tmp_path / "cross.png"
    cross(paper, ink).save(str(path))
    assert drop(pad, mime_of_file(path))
    assert at(told[-1], 100, 100) > 0.8
    assert at(told[-1], 10, 100) == 0.0 and at(told[-1], 60, 80) == 0.0
    rows = np.flatnonzero(told[-1].max(axis=1) > 127)
    columns = np.flatnonzero(told[-1].max(axis=0) > 127)
    assert (np.ptp(rows) + 1) / (np.ptp(columns) + 1) == pytest.approx((110 + 12) / (80 + 12), rel=0.08)


def test_the_shadow_and_grain_of_a_photograph_are_not_ink(pad: Sketchpad, told: list, tmp_path, rng) -> None:
    light = np.linspace(165, 220, 300) + rng.normal(0, 5, (300, 300))
    light[60:240, 140:160] = 50
    grey_image(light.clip(0, 255).astype(np.uint8)).save(str(tmp_path / "photo.png"))
    assert drop(pad, mime_of_file(tmp_path / "photo.png"))
    rows, columns = np.nonzero(told[-1])
    assert (np.ptp(rows) + 1) / SIDE == pytest.approx(180 / 300, abs=0.02)
    assert (np.ptp(columns) + 1) / SIDE == pytest.approx(20 / 300, abs=0.02)


def test_of_several_pictures_the_first_is_taken(pad: Sketchpad, told: list, tmp_path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("cross.png", "torn.png")])
    cross("white", "black").save(str(tmp_path / "cross.png"))
    (tmp_path / "torn.png").write_bytes(b"no picture")
    assert drop(pad, mime)
    assert at(told[-1], 100, 100) > 0.8


def test_dropped_image_data_without_a_file(pad: Sketchpad, told: list) -> None:
    mime = QMimeData()
    mime.setImageData(cross("white", "black"))
    assert drop(pad, mime)
    assert at(told[-1], 100, 100) > 0.8


def test_a_pasted_image_replaces_the_sketch_and_can_be_undone(pad: Sketchpad, told: list, qtbot) -> None:
    drag(pad, (20, 180), (40, 180))
    before = pad.ink()
    QGuiApplication.clipboard().setImage(cross("white", "black"))
    QTest.keyClick(pad, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: at(told[-1], 100, 100) > 0.8)
    assert at(pad.ink(), 30, 180) == 0.0
    QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(pad.ink(), before)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.png", b"no picture at all", "notes.png is not an image that can be read."),
        ("torn.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "torn.png is not an image that can be read."),
        ("empty.jpg", b"", "empty.jpg is not an image that can be read."),
    ],
)
def test_a_bad_file_is_told_and_the_sketch_stays(pad: Sketchpad, told: list, tmp_path, name, content, sentence) -> None:
    drag(pad, (40, 100), (160, 100))
    before = pad.ink()
    (tmp_path / name).write_bytes(content)
    assert drop(pad, mime_of_file(tmp_path / name))
    assert told[-1] == sentence
    assert np.array_equal(pad.ink(), before)
    pad.sheet.undo()
    assert pad.sheet.is_blank(), "the bad file is no step"


def test_a_picture_beyond_the_limit_of_memory_is_told(pad: Sketchpad, told: list, tmp_path) -> None:
    Image.new("1", (12_000, 6_000)).save(tmp_path / "map.png")
    assert drop(pad, mime_of_file(tmp_path / "map.png"))
    assert told == ["map.png is too large, 12,000 x 6,000 pixels: make it smaller."]


def test_a_picture_without_ink_is_told(pad: Sketchpad, told: list, tmp_path) -> None:
    blank = QImage(50, 50, QImage.Format.Format_RGB32)
    blank.fill(QColor("white"))
    blank.save(str(tmp_path / "blank.png"))
    drop(pad, mime_of_file(tmp_path / "blank.png"))
    assert told == ["blank.png shows nothing that stands out from its background."]


def test_pasting_text_is_told(pad: Sketchpad, told: list) -> None:
    QGuiApplication.clipboard().setText("7")
    QTest.keyClick(pad, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert told == ["The clipboard holds no image."]


def test_pasting_from_an_empty_clipboard_is_told(pad: Sketchpad, told: list) -> None:
    QGuiApplication.clipboard().clear()
    QTest.keyClick(pad, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert told == ["The clipboard holds no image."]


@pytest.mark.parametrize("name", ["run.safetensors", "train-images-idx3-ubyte.gz", "folder"])
def test_what_is_no_picture_is_left_to_the_window(pad: Sketchpad, told: list, tmp_path, name) -> None:
    path = tmp_path / name
    if path.suffix:
        path.write_bytes(b"\x1f\x8b no picture")
    else:
        path.mkdir()
    assert not drop(pad, mime_of_file(path))
    assert told == []


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
