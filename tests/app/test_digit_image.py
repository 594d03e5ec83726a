"""The shared 28x28 image: what stands on the screen, pixel by pixel, and what copying and saving give."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage

from app.panels.digit_image import DigitImage, grey_image


@pytest.fixture
def place(qtbot) -> DigitImage:
    widget = DigitImage(140, "A digit")
    qtbot.addWidget(widget)
    widget.resize(140, 140)
    widget.show()
    return widget


def colour_at(widget: DigitImage, row: int, column: int) -> QColor:
    """The colour on the screen at the middle of one image pixel; 140 widget pixels show 28."""
    picture = widget.grab().toImage()
    scale = picture.width() / 28
    return picture.pixelColor(int((column + 0.5) * scale), int((row + 0.5) * scale))


def test_pixels_are_crisp_and_on_a_fixed_scale(place: DigitImage) -> None:
    image = np.zeros((28, 28))
    image[10, 12], image[10, 13] = 0.5, 0.25
    place.show_image(image)
    assert colour_at(place, 10, 12).red() == 128
    assert colour_at(place, 10, 13).red() == 64
    assert colour_at(place, 11, 12).red() == 0
    screen = place.grab().toImage()
    patch = {screen.pixelColor(x, y).red() for x in range(60, 65) for y in range(50, 55)}
    assert patch == {128}, "a pixel of the image is one flat square on the screen"


def test_bytes_and_shares_look_the_same(place: DigitImage, rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (28, 28)).astype(np.uint8)
    place.show_image(image)
    from_bytes = place.grab().toImage()
    place.show_image(image / 255.0)
    assert place.grab().toImage() == from_bytes


def test_values_beyond_the_scale_are_cut_not_stretched(place: DigitImage) -> None:
    image = np.zeros((28, 28))
    image[3, 3], image[3, 5], image[3, 7], image[3, 9] = 7.0, -2.0, np.nan, 0.2
    place.show_image(image)
    assert [colour_at(place, 3, column).red() for column in (3, 5, 7, 9)] == [255, 0, 0, 51]


def test_signed_map_is_orange_above_blue_below_and_black_at_zero(place: DigitImage) -> None:
    difference = np.zeros((28, 28))
    difference[5, 5], difference[5, 9] = 1.0, -1.0
    place.show_signed(difference)
    more, less, none = (colour_at(place, 5, column) for column in (5, 9, 15))
    assert more.red() > more.green() > more.blue()
    assert less.blue() > less.green() > less.red()
    assert (none.red(), none.green(), none.blue()) == (0, 0, 0)


def test_empty_place_shows_its_words_and_no_picture(place: DigitImage) -> None:
    place.show_image(np.ones((28, 28)))
    place.show_image(None)
    silent = place.grab().toImage()
    place.show_image(None, "Draw first")
    assert place.is_empty() and place.picture() is None
    assert place.grab().toImage() != silent


def test_the_picture_is_the_largest_square_above_its_caption(qtbot) -> None:
    widget = DigitImage(64, "A digit", caption="Original")
    qtbot.addWidget(widget)
    widget.resize(200, 100)
    square = widget.picture_rect()
    assert square.width() == square.height()
    assert abs(square.center().x() - 100) <= 1
    assert 0 < 100 - square.bottom() < 40
    assert widget.heightForWidth(64) == widget.sizeHint().height() > 64


def test_click_counts_only_when_pressed_and_released_inside(place: DigitImage, qtbot) -> None:
    clicks: list[int] = []
    place.clicked.connect(lambda: clicks.append(1))
    qtbot.mouseClick(place, Qt.MouseButton.LeftButton, pos=QPoint(70, 70))
    qtbot.mousePress(place, Qt.MouseButton.LeftButton, pos=QPoint(70, 70))
    qtbot.mouseRelease(place, Qt.MouseButton.LeftButton, pos=QPoint(70, 500))
    qtbot.mouseClick(place, Qt.MouseButton.RightButton, pos=QPoint(70, 70))
    assert len(clicks) == 1
    qtbot.keyClick(place, Qt.Key.Key_Space)
    assert len(clicks) == 1, "a picture that is no button ignores Space"
    place.set_clickable(True)
    qtbot.keyClick(place, Qt.Key.Key_Space)
    qtbot.keyClick(place, Qt.Key.Key_Return)
    assert len(clicks) == 3


def test_copy_and_save_give_the_enlarged_picture(place: DigitImage, tmp_path, qtbot, rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (28, 28)).astype(np.uint8)
    place.show_image(image)
    place.picture_menu().actions()[0].trigger()
    copied = QGuiApplication.clipboard().image()
    assert copied.width() == 280
    assert copied.pixelColor(105, 205).red() == image[20, 10]
    path = tmp_path / "digit.png"
    path.write_text("precious")
    (tmp_path / "linked.png").hardlink_to(path)
    with qtbot.waitSignal(place.exported) as told:
        place.save_image_to(path)
    assert told.args == [f"Saved as “{path}”."]
    assert (tmp_path / "linked.png").read_text() == "precious", "it is written beside and put in its place whole"
    assert QImage(str(path)).pixelColor(105, 205).red() == image[20, 10]


def test_a_file_that_cannot_be_written_is_told_in_one_sentence(place: DigitImage, tmp_path, qtbot) -> None:
    place.show_image(np.ones((28, 28)))
    path = tmp_path / "no such folder" / "digit.png"
    with qtbot.waitSignal(place.failed) as told:
        place.save_image_to(path)
    assert told.args == [f"“{path}” could not be written: no such file or directory."]


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="two dimensions, not 1"):
        grey_image(np.zeros(784))
