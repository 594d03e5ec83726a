"""The strip: real mouse and key events, positions from independent geometry, files read back with Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QSpinBox,
    QToolButton,
)

from app import theme
from app.panels.strip.panel import InterpolationStrip


def steps_of_grey(steps: int) -> np.ndarray:
    """Images of one grey each, so that a pixel of the screen names its step."""
    levels = np.linspace(20, 240, steps).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None], (steps, 28, 28)).copy()


@pytest.fixture
def strip(qtbot) -> InterpolationStrip:
    theme.apply(QApplication.instance(), "light")
    panel = InterpolationStrip()
    qtbot.addWidget(panel)
    panel.resize(1264, 136)
    panel.show()
    fill(panel, 10)
    QApplication.processEvents()
    return panel


def fill(panel: InterpolationStrip, steps: int) -> None:
    images = steps_of_grey(steps)
    panel.show_ends(images[0], images[-1], "a held-out 7", "your sketch")
    panel.show_strip(images, images[::-1].copy())


def screen(panel: InterpolationStrip) -> np.ndarray:
    """What the tiles show, (H, W, 3) uint8."""
    picture = panel.tiles.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).astype(int)


def column_of(panel: InterpolationStrip, step: int, images: np.ndarray, y: int = 30) -> int:
    """The middle of a step's image on the screen, found by its grey and not by the panel's own geometry."""
    row = screen(panel)[y]
    grey = (np.abs(row - int(images[step, 0, 0])).max(axis=1) <= 1).nonzero()[0]
    assert len(grey) > 10
    return int(grey.mean())


def centre(panel: InterpolationStrip, step: int) -> QPoint:
    return QPoint(column_of(panel, step, steps_of_grey(panel.tiles.steps)), 30)


def listen(signal) -> list:
    heard: list = []
    signal.connect(lambda *values: heard.append(values[0] if len(values) == 1 else values))
    return heard


def test_the_pointer_over_an_image_tells_its_step(strip, qtbot) -> None:
    places = {step: centre(strip, step) for step in range(10)}
    scrubbed = listen(strip.scrubbed)
    for step in (0, 4, 5, 9, 2):
        qtbot.mouseMove(strip.tiles, places[step])
        assert strip.tiles.current == step
    assert scrubbed == [0, 4, 5, 9, 2]


def test_moving_within_one_image_tells_once(strip, qtbot) -> None:
    place = centre(strip, 3)
    scrubbed = listen(strip.scrubbed)
    for dx in (0, 5, -5, 9):
        qtbot.mouseMove(strip.tiles, place + QPoint(dx, 0))
    assert scrubbed == [3]


@pytest.mark.parametrize(
    ("width", "height", "steps"), [(1264, 136, 25), (1904, 168, 10), (1264, 128, 3), (900, 136, 7)]
)
def test_the_step_under_the_pointer_is_right_at_every_size(strip, qtbot, width, height, steps) -> None:
    strip.resize(width, height)
    fill(strip, steps)
    QApplication.processEvents()
    places = [centre(strip, step) for step in range(steps)]
    scrubbed = listen(strip.scrubbed)
    for place in places:
        qtbot.mouseMove(strip.tiles, place)
    assert scrubbed == list(range(steps))


def test_all_images_are_on_the_screen_as_large_as_fits_and_centred(strip) -> None:
    strip.resize(1904, 136)
    QApplication.processEvents()
    row = screen(strip)[30]
    for step, image in enumerate(steps_of_grey(10)):
        seen = (np.abs(row - int(image[0, 0])).max(axis=1) <= 1).nonzero()[0]
        assert abs(len(seen) - strip.ends["A"].height()) <= 1, f"step {step} is as wide as the row is high"
    ends = strip.ends["B"]
    left = strip.path_label.mapTo(strip, QPoint(0, 0)).x() - strip.controls.geometry().right()
    right = strip.width() - ends.mapTo(strip, QPoint(ends.width(), 0)).x()
    assert left > 100, "the images do not fill this width"
    assert abs(left - right) <= 2 * theme.GAP


def test_the_lower_row_is_the_blend_and_can_be_hidden(strip, qtbot) -> None:
    images = steps_of_grey(10)
    place = centre(strip, 2)
    bottom = strip.tiles.height() - 14
    assert abs(screen(strip)[bottom, place.x()] - int(images[::-1][2, 0, 0])).max() <= 1
    box = strip.findChild(QCheckBox, "showBlend")
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert len(np.unique(screen(strip)[bottom], axis=0)) == 1, "nothing but the ground"
    assert not strip.blend_label.isVisible()
    assert centre(strip, 2) == place, "the upper row keeps its place"


def test_the_current_step_has_the_accent_colour_around_it(strip, qtbot) -> None:
    place = centre(strip, 6)
    accent = [int(theme.colours().accent[i : i + 2], 16) for i in (1, 3, 5)]

    def outlined() -> bool:
        column = screen(strip)[:, place.x()]
        return bool((np.abs(column - accent).max(axis=1) < 8).any())

    assert not outlined()
    strip.show_current(6)
    assert outlined()
    strip.show_current(-1)
    assert not outlined()


def test_leaving_without_a_click_says_so_and_a_click_pins(strip, qtbot) -> None:
    left, picked = listen(strip.scrub_left), listen(strip.step_picked)
    place = centre(strip, 4)
    qtbot.mouseMove(strip.tiles, place)
    qtbot.mouseMove(strip.tiles, QPoint(-5, -5))
    QApplication.sendEvent(strip.tiles, QEvent(QEvent.Type.Leave))
    assert (len(left), strip.tiles.current, picked) == (1, -1, [])
    qtbot.mouseClick(strip.tiles, Qt.MouseButton.LeftButton, pos=place)
    QApplication.sendEvent(strip.tiles, QEvent(QEvent.Type.Leave))
    assert (len(left), strip.tiles.current, picked) == (1, 4, [4])


def test_arrow_keys_home_and_end_step(strip, qtbot) -> None:
    scrubbed = listen(strip.scrubbed)
    strip.show_current(3)
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_Left, Qt.Key.Key_End)
    for key in keys:
        qtbot.keyClick(strip.tiles, key)
    assert scrubbed == [4, 5, 4, 0, 9]
    picked = listen(strip.step_picked)
    qtbot.keyClick(strip.tiles, Qt.Key.Key_Return)
    assert picked == [9]


def test_showing_tells_nobody(strip) -> None:
    heard = [
        listen(signal)
        for signal in (strip.scrubbed, strip.steps_changed, strip.shape_changed, strip.step_picked, strip.scrub_left)
    ]
    strip.show_current(4)
    fill(strip, 17)
    strip.show_empty()
    assert heard == [[], [], [], [], []]


def test_play_goes_there_and_back_again_and_pauses(strip, qtbot) -> None:
    fill(strip, 4)
    button = strip.findChild(QToolButton, "playStrip")
    scrubbed = listen(strip.scrubbed)
    order = [0, 1, 2, 3, 2, 1, 0, 1]
    checks = [lambda step, wanted=wanted: step == wanted for wanted in order]
    with qtbot.waitSignals([strip.scrubbed] * len(order), check_params_cbs=checks, order="strict", timeout=10_000):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert button.accessibleName() == "Pause the strip"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert scrubbed == order
    assert button.accessibleName() == "Play the strip"
    assert not strip.player.is_running()


def test_space_plays_from_the_current_step_and_the_hand_takes_over(strip, qtbot) -> None:
    strip.show_current(8)
    checks = [lambda step, wanted=wanted: step == wanted for wanted in (8, 9, 8)]
    strip.tiles.setFocus()
    with qtbot.waitSignals([strip.scrubbed] * 3, check_params_cbs=checks, order="strict", timeout=10_000):
        qtbot.keyClick(strip.tiles, Qt.Key.Key_Space)
    place = centre(strip, 1)
    qtbot.mouseMove(strip.tiles, place)
    assert strip.player.is_running(), "a pointer that only passes does not stop the play"
    qtbot.mouseClick(strip.tiles, Qt.MouseButton.LeftButton, pos=place)
    assert not strip.player.is_running()
    assert strip.tiles.current == 1


def test_a_press_on_the_image_that_is_played_just_now_stops_there_and_pins_it(strip, qtbot) -> None:
    picked = listen(strip.step_picked)
    strip.show_current(9)
    place = centre(strip, 9)
    with qtbot.waitSignal(strip.scrubbed, check_params_cb=lambda step: step == 9):
        strip.play_or_pause()
    qtbot.mousePress(strip.tiles, Qt.MouseButton.LeftButton, pos=place)
    assert not strip.player.is_running()
    qtbot.mouseRelease(strip.tiles, Qt.MouseButton.LeftButton, pos=place)
    assert picked == [9] and strip.tiles.current == 9


def test_hiding_or_emptying_the_strip_stops_the_play(strip) -> None:
    strip.play_or_pause()
    assert strip.player.is_running()
    strip.hide()
    assert not strip.player.is_running()
    strip.show()
    strip.play_or_pause()
    strip.show_ends(None, steps_of_grey(3)[0])
    assert not strip.player.is_running()


def test_an_empty_strip_says_what_to_do_and_does_nothing(strip, qtbot) -> None:
    strip.show_ends(None, None)
    heard = [listen(strip.scrubbed), listen(strip.step_picked), listen(strip.exported)]
    qtbot.mouseClick(strip.tiles, Qt.MouseButton.LeftButton, pos=QPoint(300, 30))
    qtbot.keyClick(strip.tiles, Qt.Key.Key_Right)
    qtbot.keyClick(strip.tiles, Qt.Key.Key_Space)
    strip.copy_picture()
    assert heard == [[], [], []]
    assert strip.tiles.accessibleDescription() == "Choose A and B: right-click on the map, or roll the dice."
    assert not strip.findChild(QToolButton, "playStrip").isEnabled()
    assert not strip.findChild(QToolButton, "exportStrip").isEnabled()
    assert len(np.unique(screen(strip).reshape(-1, 3), axis=0)) > 3, "there is text"


def test_steps_and_shape_are_told(strip, qtbot) -> None:
    steps, shapes, swaps = listen(strip.steps_changed), listen(strip.shape_changed), []
    strip.swap_requested.connect(lambda: swaps.append(True))
    spin = strip.findChild(QSpinBox, "stripSteps")
    assert (spin.minimum(), spin.maximum(), spin.value()) == (3, 25, 10)
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    qtbot.keyClick(strip.findChild(QComboBox, "stripShape"), Qt.Key.Key_Down)
    qtbot.mouseClick(strip.findChild(QToolButton, "swapEnds"), Qt.MouseButton.LeftButton)
    assert (steps, shapes, swaps) == ([11], ["sphere"], [True])


def test_dice_and_menus_ask_for_ends(strip, qtbot) -> None:
    rolled, asked = listen(strip.random_end_requested), listen(strip.end_requested)
    for name in "AB":
        qtbot.mouseClick(strip.findChild(QToolButton, f"random{name}"), Qt.MouseButton.LeftButton)
    assert rolled == ["A", "B"]
    for name in "BA":
        qtbot.mouseClick(strip.findChild(QToolButton, f"source{name}"), Qt.MouseButton.LeftButton)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        assert [each.text() for each in menu.actions()] == ["The pinned code", "My sketch", "A random held-out image"]
        for each in menu.actions()[:2]:
            if not menu.isVisible():
                menu.popup(QPoint(0, 0))
            qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(each).center())
    assert asked == [("B", "pinned"), ("B", "sketch"), ("A", "pinned"), ("A", "sketch")]


def test_a_source_that_is_not_there_cannot_be_chosen(strip) -> None:
    strip.show_sources(pinned=True, sketch=False)
    for end in strip.ends.values():
        assert [each.isEnabled() for each in end.menu.actions()] == [True, False, True]


def test_the_ends_say_what_they_are(strip) -> None:
    assert strip.ends["A"].heading.text() == "<b>A</b>  a held-out 7"
    assert strip.ends["B"].image.accessibleDescription() == "your sketch"
    np.testing.assert_array_equal(_pixels(strip.ends["B"].image.picture()), steps_of_grey(10)[-1])


def _pixels(picture: QImage) -> np.ndarray:
    picture = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : picture.width()].copy()


def test_the_saved_picture_holds_the_rows_that_are_shown(strip, qtbot, tmp_path: Path) -> None:
    images = steps_of_grey(10)
    with qtbot.waitSignal(strip.exported) as told:
        strip.save_png(tmp_path / "both.png")
    assert told.args == [f"Saved as “{tmp_path / 'both.png'}”."]
    strip.findChild(QCheckBox, "showBlend").setChecked(False)
    strip.save_png(tmp_path / "one.png")
    side = 28 * 8
    for name, rows in (("both.png", [images, images[::-1]]), ("one.png", [images])):
        with Image.open(tmp_path / name) as file:
            picture = np.asarray(file)
        assert picture.shape == (8 + len(rows) * (side + 8), 8 + 10 * (side + 8))
        for i, row in enumerate(rows):
            for j, image in enumerate(row):
                tile = picture[8 + i * (side + 8) :, 8 + j * (side + 8) :][:side, :side]
                assert (tile == image[0, 0]).all()


def test_the_export_menu_saves_an_animation_where_the_dialog_says(strip, qtbot, tmp_path: Path) -> None:
    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            QTimer.singleShot(10, answer)
            return
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(tmp_path / "walk"))
        save = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
        qtbot.mouseClick(save, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, answer)
    with qtbot.waitSignal(strip.exported) as told:
        strip.controls.save_gif.trigger()
    assert told.args == [f"Saved as “{tmp_path / 'walk.gif'}”."]
    with Image.open(tmp_path / "walk.gif") as file:
        greys = [int(np.asarray(frame.convert("L"))[100, 100]) for frame in ImageSequence.Iterator(file)]
    levels = steps_of_grey(10)[:, 0, 0].tolist()
    assert greys == levels + levels[8:0:-1]


def test_a_strip_in_which_nothing_moves_is_no_animation(strip, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    one = steps_of_grey(10)[:1].repeat(10, axis=0)
    strip.show_ends(one[0], one[0], "a held-out 7", "a held-out 7")
    strip.show_strip(one / np.float32(255) + np.float32(1e-4) * np.arange(10)[:, None, None], one)  # to the same bytes
    exported = listen(strip.exported)
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: asked.append(arguments) or ("", ""))
    with qtbot.waitSignal(strip.failed) as told:
        strip.controls.save_gif.trigger()
    assert told.args == ["From A to B all images are the same, so there is nothing to animate: choose other ends."]
    assert exported == [] and asked == []
    fill(strip, 10)
    strip.controls.save_gif.trigger()
    assert len(asked) == 1


def test_a_place_that_cannot_be_written_is_told_in_one_sentence(strip, qtbot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    path = tmp_path / "file" / "strip.png"
    exported = listen(strip.exported)
    with qtbot.waitSignal(strip.failed) as told:
        strip.save_png(path)
    assert told.args == [f"“{path}” could not be written: not a directory."]
    assert exported == []


def test_the_picture_is_copied(strip, qtbot) -> None:
    exported = listen(strip.exported)
    strip.tiles.setFocus()
    qtbot.keyClick(strip.tiles, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert exported == ["The strip is on the clipboard."]
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (8 + 10 * 232, 8 + 2 * 232)
    assert copied.pixelColor(8, 8).red() == 20
