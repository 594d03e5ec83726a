"""The decoded panel: what it shows, what editing tells, and that showing tells nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLabel, QPushButton, QScrollArea, QWidget

from app import theme
from app.amounts import signed
from app.panels.decoded.panel import DecodedPanel
from app.panels.digit_image import DigitImage

CONTROL = Qt.KeyboardModifier.ControlModifier
NOTE = "The original is in MNIST, which is not on this computer."


@pytest.fixture
def panel(qtbot) -> DecodedPanel:
    theme.apply(QApplication.instance(), "light")
    made = DecodedPanel()
    qtbot.addWidget(made)
    made.resize(340, 330)
    made.show()
    return made


@pytest.fixture
def image(rng) -> np.ndarray:
    return rng.random((28, 28), dtype=np.float32)


def listen(signal) -> list:
    heard: list = []
    signal.connect(heard.append)
    return heard


def field(panel: DecodedPanel, dimension: int) -> QDoubleSpinBox:
    found = panel.findChild(QDoubleSpinBox, f"z{dimension}")
    assert found is not None
    return found


def pixels(widget: DigitImage) -> np.ndarray:
    picture = widget.picture().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : picture.width()].copy()


def inside(panel: DecodedPanel, widget: QWidget) -> bool:
    corner = widget.mapTo(panel, QPoint(0, 0))
    return panel.rect().contains(corner) and panel.rect().contains(
        corner + QPoint(widget.width() - 1, widget.height() - 1)
    )


def test_a_decoded_code_is_shown_with_its_numbers_and_where_it_comes_from(panel, image) -> None:
    edited = listen(panel.code_edited)
    panel.show_decoded(np.array([1.25, -0.5], np.float32), image, "under the pointer")
    shown = panel.findChild(DigitImage, "decodedImage")
    np.testing.assert_array_equal(pixels(shown), np.round(image * 255))
    assert [field(panel, 1).value(), field(panel, 2).value()] == [1.25, -0.5]
    assert panel.findChild(QLabel, "decodedCaption").text() == "under the pointer"
    assert edited == [], "showing tells nobody"


def test_without_a_decoder_the_code_stands_there_and_no_image(panel, image) -> None:
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_decoded(np.ones(2, np.float32), None, "Loading the decoder…")
    assert panel.findChild(DigitImage, "decodedImage").is_empty()
    assert field(panel, 2).value() == 1.0
    assert panel.findChild(QLabel, "decodedCaption").text() == "Loading the decoder…"


def test_typing_a_number_tells_the_whole_code_at_every_key(panel, image, qtbot) -> None:
    panel.show_decoded(np.array([0.0, 1 / 3], np.float32), image, "pinned")
    edited = listen(panel.code_edited)
    panel.code_edited.connect(lambda code: panel.show_decoded(code, image, "pinned"))
    first = field(panel, 1)
    first.selectAll()
    qtbot.keyClicks(first, "-1.5")
    told = [code[0] for code in edited]
    assert told == [-1.0, -1.5], "the sign alone is no number; the point changes nothing"
    assert all(code.dtype == np.float32 and code.shape == (2,) for code in edited)
    assert {float(code[1]) for code in edited} == {float(np.float32(1 / 3))}, "hidden digits are kept"
    assert first.text() == f"-1{first.locale().decimalPoint()}5", "what is being typed is not rewritten"


@pytest.fixture
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("written", "number"),
    [("-2.5", -2.5), ("−2.5", -2.5), ("-2,5", -2.5), ("3.1415926", 3.141), ("-0,81324", -0.813), ("nonsense", 0.5)],
)
def test_a_number_may_be_written_with_a_comma_and_have_more_decimals_anywhere(german, panel, image, written, number):
    panel.show_decoded(np.array([0.5, 1.5]), image, "pinned")
    edited, edit = listen(panel.code_edited), field(panel, 1)
    ways = [lambda: QTest.keyClicks(edit, written), lambda: QTest.keyClick(edit, "v", CONTROL)]
    for put_in in ways if written.isascii() else ways[1:]:  # QTest has no key for a true minus
        panel.show_decoded(np.array([0.5, 1.5]), image, "pinned")
        QApplication.clipboard().setText(written)
        edit.selectAll()
        put_in()
        QTest.keyClick(edit, Qt.Key.Key_Return)
        assert edit.value() == pytest.approx(number) and edit.text() == signed(number, 3), "as elsewhere"
        assert number == 0.5 or edited[-1].tolist() == pytest.approx([number, 1.5])


def test_arrow_keys_step_by_a_tenth(panel, image, qtbot) -> None:
    panel.show_decoded(np.array([0.5, 2.0], np.float32), image, "pinned")
    edited = listen(panel.code_edited)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down):
        qtbot.keyClick(field(panel, 2), key)
    np.testing.assert_allclose(np.array(edited), [[0.5, 2.1], [0.5, 2.2], [0.5, 2.1]], rtol=1e-6)


def test_a_code_farther_out_than_the_usual_range_is_shown_as_it_is(panel, image) -> None:
    panel.show_decoded(np.array([2.0], np.float32), image, "pinned")
    assert (field(panel, 1).minimum(), field(panel, 1).maximum()) == (-30.0, 30.0)
    panel.show_decoded(np.array([-71.25], np.float32), image, "pinned")
    assert field(panel, 1).value() == -71.25


@pytest.mark.parametrize("dimensions", [1, 2, 3, 4])
def test_a_few_dimensions_all_fit_into_the_panel(panel, image, dimensions) -> None:
    panel.show_decoded(np.arange(dimensions, dtype=np.float32), image, "pinned")
    QApplication.processEvents()
    assert len(panel.findChildren(QDoubleSpinBox)) == dimensions
    assert all(inside(panel, field(panel, i + 1)) and field(panel, i + 1).height() >= 24 for i in range(dimensions))
    shown = panel.findChild(DigitImage, "decodedImage")
    assert inside(panel, shown) and shown.width() == shown.height() >= 180
    labels = {each.text(): each.buddy() for each in panel.findChildren(QLabel) if each.buddy() is not None}
    assert labels == {f"z{i + 1}": field(panel, i + 1) for i in range(dimensions)}


def test_many_dimensions_scroll_and_each_can_be_edited(panel, image, qtbot, rng) -> None:
    code = rng.normal(size=64).astype(np.float32)
    panel.show_decoded(code, image, "pinned")
    qtbot.waitUntil(lambda: len(panel.editor.fields) == 64)
    QApplication.processEvents()
    area = panel.findChild(QScrollArea)
    assert inside(panel, area) and area.height() >= 60
    assert area.horizontalScrollBar().maximum() == 0
    assert area.verticalScrollBar().maximum() > 0
    assert panel.findChild(DigitImage, "decodedImage").width() >= 180
    edited = listen(panel.code_edited)
    last = field(panel, 64)
    last.setFocus()
    area.ensureWidgetVisible(last)
    assert inside(panel, last)
    last.selectAll()
    qtbot.keyClicks(last, "7")
    np.testing.assert_array_equal(edited[-1][:63], code[:63])
    assert edited[-1][63] == 7.0


def test_fields_of_many_dimensions_are_made_in_turns_between_which_the_window_answers(panel, image, qtbot, rng) -> None:
    codes = rng.normal(size=(2, 64)).astype(np.float32)
    answered: list[int] = []
    panel.show_decoded(codes[0], image, "pinned")
    seen = [each for each in panel.editor.fields if inside(panel, each)]
    assert len(seen) >= 6 and len(panel.editor.fields) < 64, "those in sight are there at once"
    QTimer.singleShot(0, lambda: answered.append(len(panel.editor.fields)))
    panel.show_decoded(codes[1], image, "pinned")  # another code meanwhile
    qtbot.waitUntil(lambda: len(panel.editor.fields) == 64)
    assert answered[0] < 64
    np.testing.assert_allclose([each.value() for each in panel.editor.fields], codes[1], atol=5e-4)
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_decoded(codes[0], image, "pinned")
    panel.show_decoded(np.zeros(3, np.float32), image, "pinned")
    QApplication.processEvents()
    assert len(panel.editor.fields) == 3, "of a code that has gone no fields come later"


def test_the_wheel_turns_a_number_only_with_the_keyboard_on_it(panel, image) -> None:
    panel.show_decoded(np.zeros(64, np.float32), image, "pinned")
    QApplication.processEvents()
    panel.activateWindow()
    edited = listen(panel.code_edited)
    first, second = field(panel, 1), field(panel, 2)
    first.setFocus()

    def turn(target: QDoubleSpinBox) -> None:
        place = target.mapTo(panel, target.rect().center())
        QTest.wheelEvent(panel.windowHandle(), QPointF(place), QPoint(0, -120))

    scrolled = panel.findChild(QScrollArea).verticalScrollBar()
    turn(first)
    assert [round(float(code[0]), 3) for code in edited] == [-0.1]
    assert scrolled.value() == 0
    turn(second)
    assert len(edited) == 1 and scrolled.value() > 0


def test_another_number_of_dimensions_replaces_the_fields(panel, image, qtbot) -> None:
    for dimensions in (2, 16, 3):
        panel.show_decoded(np.full(dimensions, 0.25, np.float32), image, "pinned")
        qtbot.waitUntil(lambda dimensions=dimensions: len(panel.editor.fields) == dimensions)
        QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
        assert [each.value() for each in panel.findChildren(QDoubleSpinBox)] == [0.25] * dimensions
    assert panel.findChild(QScrollArea) is None


def test_the_original_stands_beside_with_its_label_and_error(panel, image) -> None:
    original = (image[::-1] * 255).astype(np.uint8)
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_original(original, "7", 92.42, "nats")
    QApplication.processEvents()
    shown = panel.findChild(DigitImage, "originalImage")
    assert shown.isVisible()
    np.testing.assert_array_equal(pixels(shown), original)
    assert shown.mapTo(panel, QPoint(0, 0)).x() >= panel.findChild(DigitImage, "decodedImage").geometry().right()
    assert panel.findChild(QLabel, "originalLabel").text() == "Original: 7"
    assert panel.findChild(QLabel, "originalError").text() == "Error 92.4 nats"
    panel.show_original(original, "7", 21.34, "squared error")
    assert panel.findChild(QLabel, "originalError").text() == "Squared error 21.3 per image"


def test_a_code_without_an_original_takes_the_former_one_away(panel, image) -> None:
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_original(image, "7", 92.4, "nats")
    panel.show_original(None)
    assert panel.findChild(DigitImage, "originalImage").is_empty()
    assert panel.findChild(QLabel, "originalLabel").text() == ""
    assert panel.findChild(QLabel, "originalError").text() == ""


def test_a_missing_original_says_how_to_get_it(panel, image, qtbot) -> None:
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_original(None, "7", 92.4, "nats", NOTE, "MNIST")
    QApplication.processEvents()
    note, button = panel.findChild(QLabel, "originalNote"), panel.findChild(QPushButton, "getDataset")
    assert note.isVisible() and note.text() == NOTE
    assert note.height() >= note.heightForWidth(note.width()), "the whole sentence can be read"
    assert button.isVisible() and button.text() == "Get MNIST" and inside(panel, button)
    assert "downloads it" in button.toolTip() and "Choose" not in button.toolTip(), "no choice follows"
    assert panel.findChild(QLabel, "originalError").text() == "Error 92.4 nats"
    with qtbot.waitSignal(panel.dataset_wanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel.show_original(image, "7", 92.4, "nats")
    assert not note.isVisible() and not button.isVisible()


def test_a_long_name_of_a_dataset_leaves_a_button_that_can_be_read(panel, image) -> None:
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_original(None, "coat", None, "nats", "The original is in Fashion-MNIST.", "Fashion-MNIST")
    button = panel.findChild(QPushButton, "getDataset")
    assert button.text() == "Get it" and "Fashion-MNIST" in button.toolTip()
    panel.resize(600, 500)
    QApplication.processEvents()
    assert button.text() == "Get Fashion-MNIST"
    panel.show_original(None, "7", None, "nats", "The original is in Folder “mine”.", "Folder “mine”")
    assert "download" not in button.toolTip() and "File > Open a folder of images" in button.toolTip()


def test_where_a_missing_original_has_little_room_its_button_says_where_it_is(panel, image) -> None:
    panel.resize(320, 194)
    panel.show_decoded(np.zeros(4, np.float32), image, "pinned")
    panel.show_original(None, "7", None, "", NOTE, "MNIST")
    QApplication.processEvents()
    button, label = panel.findChild(QPushButton, "getDataset"), panel.findChild(QLabel, "originalLabel")
    assert not panel.findChild(QLabel, "originalNote").isVisible() and button.toolTip().startswith(NOTE)
    assert button.mapTo(panel, QPoint(0, button.sizeHint().height())).y() <= label.mapTo(panel, QPoint(0, 0)).y()


def test_a_place_between_the_points_has_no_original(panel, image) -> None:
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_original(None, "", None, "", "")
    assert panel.findChild(DigitImage, "originalImage").isVisible()
    assert panel.findChild(DigitImage, "originalImage").is_empty()
    assert not panel.findChild(QLabel, "originalNote").isVisible()


def test_where_the_square_of_an_original_is_too_small_for_its_words_they_stand_without_it(panel, image) -> None:
    square, note = panel.findChild(DigitImage, "originalImage"), panel.findChild(QLabel, "originalNote")
    panel.show_decoded(np.zeros(16, np.float32), image, "pinned")
    panel.show_original(None)
    for size, framed in (((340, 330), True), ((340, 200), False), ((340, 330), True), ((340, 200), False)):
        panel.resize(*size)
        QApplication.processEvents()
        assert (square.isVisible(), note.isVisible()) == (framed, not framed), "in the frame they were cut"
    assert note.text() == "Click on a point to see its original" and inside(panel, note)
    assert note.height() >= note.heightForWidth(note.width()), "the whole sentence can be read"
    assert not panel.findChild(QPushButton, "getDataset").isVisible()
    panel.show_original(image, "7", 92.4, "nats")
    assert square.isVisible() and not note.isVisible()
    panel.show_original(None)
    assert note.isVisible() and not square.isVisible()
    panel.show_original(None, "7", None, "", NOTE, "MNIST")
    assert note.text() == NOTE


def test_fields_of_another_size_of_code_take_the_place_of_those_before_at_once(panel, image, qtbot) -> None:
    def names() -> list[str]:
        return [label.text() for label in panel.editor.findChildren(QLabel) if label.isVisible()]

    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_decoded(np.zeros(16, np.float32), image, "pinned")
    QApplication.processEvents()
    assert len(names()) == len(set(names())), "none of those before"
    qtbot.waitUntil(lambda: sorted(names()) == sorted(f"z{i}" for i in range(1, 17)))


def test_the_code_is_offered_to_the_strip(panel, image, qtbot) -> None:
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    wanted = listen(panel.end_requested)
    for name in "BA":
        button = panel.findChild(QPushButton, f"useAs{name}")
        assert button.accessibleName() == f"Use as {name}"
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted == ["B", "A"]


def test_an_empty_panel_says_what_to_do(panel, image) -> None:
    panel.show_decoded(np.zeros(2, np.float32), image, "pinned")
    panel.show_empty()
    shown = panel.findChild(DigitImage, "decodedImage")
    picture = shown.grab().toImage()
    colours = {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}
    assert shown.is_empty() and len(colours) > 4, "there is text"
    assert shown.accessibleDescription() == "Click on the map to decode a code."
    assert not panel.findChild(QPushButton, "useAsA").isVisible()
    assert panel.findChildren(QDoubleSpinBox) == [] or not field(panel, 1).isVisible()
