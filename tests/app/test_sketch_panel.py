"""The drawing panel: what it says of a reading, its tools, and the examples, by what a person would do and see."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSlider, QToolButton, QToolTip, QWidget

from app import theme
from app.panels.digit_image import DigitImage
from app.panels.draw.examples import ink_of, load_examples
from app.panels.draw.panel import SketchPanel
from app.panels.draw.words import amount, error_sentence
from app.seen.sketch import Neighbour, SketchReading
from models.evaluation import entropy_floors
from models.latent_space import vote
from models.sketch import raw_shrink, to_mnist_format


@pytest.fixture
def panel(qtbot) -> SketchPanel:
    theme.apply(QApplication.instance(), "light")
    widget = SketchPanel()
    qtbot.addWidget(widget)
    widget.resize(384, 340)
    widget.show()
    return widget


def find(panel: SketchPanel, kind: type, name: str):
    found = panel.findChild(kind, name)
    assert found is not None, name
    return found


def click(panel: SketchPanel, name: str) -> None:
    """Press the button of that name with the mouse."""
    button = panel.findChild(QPushButton, name) or find(panel, QToolButton, name)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def draw(panel: SketchPanel, x: int = 60) -> None:
    """Draw a vertical line with the mouse."""
    QTest.mousePress(panel.pad, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))
    QTest.mouseMove(panel.pad, QPoint(x, 70))
    QTest.mouseRelease(panel.pad, Qt.MouseButton.LeftButton, pos=QPoint(x, 110))


def reading(**other) -> SketchReading:
    seen = np.zeros((28, 28), np.uint8)
    seen[10:18, 13:15] = 255
    facts = {
        "seen": seen,
        "reconstruction": np.full((28, 28), 0.5, np.float32),
        "error": 71.26,
        "unit": "nats",
        "mean": np.array([0.524, -1.3], np.float32),
        "sigma": np.array([0.11, 0.09], np.float32),
        "percentile": 93.2,
        "neighbours": tuple(Neighbour(digit, 0.1 * n, None) for n, digit in enumerate((3, 3, 3, 5, 3), 1)),
        "vote": (3, 0.8),
    }
    return SketchReading(**{**facts, **other})


def text(panel: SketchPanel, name: str) -> str:
    return find(panel, QLabel, name).text()


# what is said


def test_a_reading_is_shown_in_plain_words(panel: SketchPanel) -> None:
    draw(panel)
    panel.show_reading(reading())
    expected = "Error 71.3 nats; for its ink harder to rebuild than 93\N{NO-BREAK SPACE}% of the held-out images."
    assert text(panel, "sketchError") == expected
    assert text(panel, "sketchVote") == "looks like a 3 (4 of 5)"
    tip = find(panel, QLabel, "sketchVote").toolTip()
    assert tip == "Nearest held-out images: 3 3 3 5 3, looks like a 3 (4 of 5)"
    assert text(panel, "sketchCode") == "z1 0.52 ± 0.11  z2 −1.30 ± 0.09"


def test_the_three_images_are_what_was_read(panel: SketchPanel) -> None:
    draw(panel)
    panel.show_reading(reading())
    seen = find(panel, DigitImage, "sketchSeen").picture()
    rebuilt = find(panel, DigitImage, "sketchReconstruction").picture()
    errors = find(panel, DigitImage, "sketchErrorMap").picture()
    assert [seen.pixelColor(13, 12).red(), seen.pixelColor(3, 3).red()] == [255, 0]
    assert rebuilt.pixelColor(3, 3).red() == 128
    missing, too_much = errors.pixelColor(13, 12), errors.pixelColor(3, 3)
    assert missing.blue() > missing.red() and too_much.red() > too_much.blue()


@pytest.mark.parametrize(
    ("percentile", "sentence"),
    [
        (None, "Error 71.3 nats."),
        (100.0, "Error 71.3 nats; for its ink harder to rebuild than all held-out images."),
        (99.9, "Error 71.3 nats; for its ink harder to rebuild than 99\N{NO-BREAK SPACE}% of the held-out images."),
        (98.7, "Error 71.3 nats; for its ink harder to rebuild than 98\N{NO-BREAK SPACE}% of the held-out images."),
        (50.0, "Error 71.3 nats; for its ink harder to rebuild than 50\N{NO-BREAK SPACE}% of the held-out images."),
        (20.0, "Error 71.3 nats; for its ink easier to rebuild than 80\N{NO-BREAK SPACE}% of the held-out images."),
        (0.0, "Error 71.3 nats; for its ink easier to rebuild than all held-out images."),
    ],
)
def test_the_percentile_in_words(percentile: float | None, sentence: str) -> None:
    assert error_sentence(reading(percentile=percentile)) == sentence


def test_the_percentile_among_some_of_the_held_out_images_says_so() -> None:
    said = error_sentence(reading(percentile=77.4, among=500))
    assert said.endswith("harder to rebuild than 77\N{NO-BREAK SPACE}% of 500 held-out images.")
    said = error_sentence(reading(percentile=0.0, among=1500))
    assert said.endswith("easier to rebuild than all of 1,500 held-out images.")


def test_the_squared_error_is_named() -> None:
    said = error_sentence(reading(unit="squared error", error=26.49, percentile=30.0))
    assert (
        said == "Squared error 26.5 per image; for its ink easier to rebuild than "
        "70\N{NO-BREAK SPACE}% of the held-out images."
    )


def test_numbers_keep_three_figures_that_matter() -> None:
    assert [amount(v) for v in (0.0338, 3.456, 71.26, 118.4, 227847.0)] == ["0.034", "3.46", "71.3", "118", "227,847"]
    assert amount(float("nan")) == "–"


def voted(labels: tuple[int, ...], **other) -> SketchReading:
    """A reading whose nearest held-out images have these labels, nearest first."""
    near = tuple(Neighbour(label, 0.1 * n, None) for n, label in enumerate(labels, 1))
    return reading(neighbours=near, vote=vote(np.array(labels)), **other)


@pytest.mark.parametrize(
    ("labels", "names", "sentence"),
    [
        ((8, 3, 8, 5, 8), tuple("0123456789"), "looks like an 8 (3 of 5)"),
        ((1, 1, 1, 1, 1), ("T-shirt", "Trouser", *"abcdefgh"), "looks like “Trouser” (5 of 5)"),
        ((3, 5, 8, 0, 1), tuple("0123456789"), "its neighbours disagree"),
        ((7, 8, 3, 3, 8), tuple("0123456789"), "looks like an 8 or a 3 (2 each)"),
        ((3, 3, 8, 0, 1), tuple("0123456789"), "looks like a 3 (2 of 5)"),
        ((6,), tuple("0123456789"), "looks like a 6 (1 of 1)"),
    ],
)
def test_the_vote_in_words(panel: SketchPanel, labels: tuple, names: tuple, sentence: str) -> None:
    draw(panel)
    panel.show_reading(voted(labels, class_names=names))
    assert find(panel, QLabel, "sketchVote").toolTip().endswith(f", {sentence}")
    assert text(panel, "sketchVote") == sentence


def test_an_ae_has_no_sigma(panel: SketchPanel) -> None:
    draw(panel)
    panel.show_reading(reading(sigma=None))
    assert text(panel, "sketchCode") == "z1 0.52  z2 −1.30"


def test_two_numbers_below_zero_are_shown_whole_in_a_window_of_1280(panel: SketchPanel) -> None:
    panel.resize(384, 311)
    draw(panel)
    panel.show_reading(reading(mean=np.array([-1.16, -0.12], np.float32), sigma=np.array([0.04, 0.02], np.float32)))
    assert text(panel, "sketchCode") == "z1 −1.16±0.04  z2 −0.12±0.02"
    panel.show_reading(reading(mean=np.array([-0.004, 0.5], np.float32), sigma=None))
    assert text(panel, "sketchCode") == "z1 0.00  z2 0.50"


def test_long_codes_are_cut_and_whole_in_the_tooltip(panel: SketchPanel) -> None:
    draw(panel)
    sigma = np.array([*np.ones(14), 9e-4, 1.0], np.float32)
    panel.show_reading(reading(mean=np.arange(16, dtype=np.float32), sigma=sigma))
    label = find(panel, QLabel, "sketchCode")
    assert label.text().startswith("z1 0.00 ± 1.00") and label.text().endswith(" …")
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert "z15 14.00 ± 0.0009   z16 15.00 ± 1.00" in label.toolTip()


def test_a_neighbour_s_tooltip_says_how_near_it_is_and_whether_it_is_the_original(panel: SketchPanel) -> None:
    draw(panel)
    white = np.full((28, 28), 255, np.uint8)
    panel.show_reading(reading(neighbours=(Neighbour(3, 0.1, white), Neighbour(5, 3e-4, white, True)), vote=(3, 0.5)))
    row = find(panel, QWidget, "sketchNeighbours")
    words = []
    for at in (QPoint(5, 5), QPoint(40, 5)):
        QApplication.sendEvent(row, QHelpEvent(QEvent.Type.ToolTip, at, row.mapToGlobal(at)))
        words.append(QToolTip.text())
    rebuilt = "(rebuilt from its code: the original is not loaded)"
    assert words[0] == "Held-out image labelled 3, 0.10 away in latent space"
    assert words[1] == f"Held-out image labelled 5, 0.0003 away in latent space\n{rebuilt}"


def test_neighbours_show_their_images_over_their_colours(panel: SketchPanel) -> None:
    draw(panel)
    white = np.full((28, 28), 255, np.uint8)
    panel.show_reading(reading(neighbours=(Neighbour(3, 0.1, white), Neighbour(5, 0.2, white)), vote=(3, 0.5)))
    row = find(panel, QWidget, "sketchNeighbours")
    QApplication.processEvents()
    screen = row.grab().toImage()
    assert screen.pixelColor(14, 14).name() == screen.pixelColor(44, 14).name() == "#ffffff"
    assert screen.pixelColor(14, 30).name() == theme.DIGIT_COLOURS[3]
    assert screen.pixelColor(44, 30).name() == theme.DIGIT_COLOURS[5]


# drawing and clearing


def test_drawing_is_told_and_clearing_empties_all(panel: SketchPanel, qtbot) -> None:
    inks: list[np.ndarray] = []
    panel.sketched.connect(inks.append)
    draw(panel)
    assert inks and inks[-1].max() == 255
    panel.show_reading(reading())
    with qtbot.waitSignal(panel.cleared):
        click(panel, "sketchClear")
    for name in ("sketchSeen", "sketchReconstruction", "sketchErrorMap"):
        assert find(panel, DigitImage, name).is_empty()
    assert text(panel, "sketchVote") == text(panel, "sketchCode") == find(panel, QLabel, "sketchVote").toolTip() == ""
    assert text(panel, "sketchError").startswith("Draw, drop or paste an image")
    assert not find(panel, QPushButton, "sketchUseAsA").isEnabled()


def test_a_reading_that_comes_late_does_not_fill_a_blank_canvas(panel: SketchPanel) -> None:
    panel.show_reading(reading())
    assert find(panel, DigitImage, "sketchReconstruction").is_empty()


def test_undo_redo_and_eraser_buttons(panel: SketchPanel) -> None:
    undo, redo = find(panel, QToolButton, "sketchUndo"), find(panel, QToolButton, "sketchRedo")
    assert not undo.isEnabled() and not redo.isEnabled()
    draw(panel)
    drawn = panel.pad.ink()
    click(panel, "sketchUndo")
    assert panel.pad.sheet.is_blank() and redo.isEnabled() and not undo.isEnabled()
    click(panel, "sketchRedo")
    assert np.array_equal(panel.pad.ink(), drawn)
    click(panel, "sketchEraser")
    draw(panel)
    assert panel.pad.sheet.is_blank()
    QTest.keyClick(panel.pad, Qt.Key.Key_E)
    assert not find(panel, QToolButton, "sketchEraser").isChecked()


def test_the_slider_sets_the_brush_and_follows_the_keys(panel: SketchPanel, qtbot) -> None:
    slider = find(panel, QSlider, "sketchBrush")
    with qtbot.waitSignal(panel.brush_size_changed) as told:
        QTest.keyClick(slider, Qt.Key.Key_End)
    assert told.args[0] == pytest.approx(25.0)
    panel.show_brush_size(8.0)
    assert slider.value() == 80 and panel.pad.sheet.brush() == pytest.approx(0.08)
    QTest.keyClick(panel.pad, Qt.Key.Key_BracketRight)
    assert slider.value() == 92


def test_the_format_switch_and_the_ends(panel: SketchPanel) -> None:
    told: list[object] = []
    panel.format_changed.connect(told.append)
    panel.end_requested.connect(told.append)
    click(panel, "sketchUseAsA")
    assert told == [], "nothing drawn, nothing to use"
    click(panel, "sketchRawCanvas")
    click(panel, "sketchRawCanvas")
    click(panel, "sketchMnistFormat")
    draw(panel)
    panel.show_reading(reading())
    click(panel, "sketchUseAsA")
    click(panel, "sketchUseAsB")
    assert told == [False, True, "A", "B"]


def test_words_on_buttons_follow_the_width_and_the_panel_fits_its_column(panel: SketchPanel) -> None:
    button = find(panel, QPushButton, "sketchUseAsA")
    assert button.text() == "A"
    panel.resize(540, 460)
    assert button.text() == "Use as A"
    hint = panel.minimumSizeHint()
    assert hint.width() <= 320 and hint.height() <= 315


# examples


def test_examples_are_ten_digits_and_three_strangers() -> None:
    examples = load_examples()
    assert [each.title for each in examples if each.is_digit] == list("0123456789")
    assert [each.title for each in examples if not each.is_digit] == ["letter A", "question mark", "stick figure"]
    for example in examples:
        points = np.array([point for stroke in example.strokes for point in stroke])
        assert points[:, :2].min() > 0.05 and points[:, :2].max() < 0.95, example.name
        assert points[:, 2].min() > 0.0 and points[:, 2].max() <= 1.0, example.name


def test_examples_are_as_grey_as_mnists_images() -> None:
    images = np.stack([to_mnist_format(ink_of(each)) for each in load_examples()])
    assert entropy_floors(images).mean() == pytest.approx(45.5, abs=3), "a box filter leaves 40 nats, a bilinear one 56"


@pytest.mark.parametrize("name", ["3", "stick-figure"])
def test_an_example_draws_itself_with_a_pens_strokes(panel: SketchPanel, qtbot, name: str) -> None:
    example = next(each for each in load_examples() if each.name == name)
    with qtbot.waitSignal(panel.pad.sketched):
        panel.play_example(example, instant=True)
    instant = panel.pad.ink()
    assert 0.03 < instant.mean() / 255 < 0.3
    for _ in example.strokes:
        panel.pad.sheet.undo()
    assert panel.pad.sheet.is_blank(), "stroke by stroke"
    told: list[np.ndarray] = []
    panel.sketched.connect(told.append)
    panel.play_example(example)
    qtbot.waitUntil(lambda: len(told) > 4 and np.array_equal(told[-1], instant), timeout=5000)
    assert told[1].sum() < 0.7 * instant.sum(), "it grows before your eyes"


def test_an_example_keeps_the_persons_brush(panel: SketchPanel) -> None:
    panel.show_brush_size(20.0)
    panel.play_example(load_examples()[1], instant=True)
    assert panel.pad.sheet.brush() == pytest.approx(0.2)


def at_left_edge(panel: SketchPanel) -> float:
    """The most ink in the left eighth of the canvas, where no example goes, 0 to 1."""
    ink = panel.pad.ink()
    return float(ink[:, : ink.shape[1] // 8].max() / 255)


def test_a_person_who_draws_stops_the_example(panel: SketchPanel, qtbot) -> None:
    panel.play_example(load_examples()[8])
    qtbot.waitUntil(lambda: not panel.pad.sheet.is_blank())
    draw(panel, x=10)
    assert at_left_edge(panel) == 1.0
    assert not panel._replay.is_running()
    panel.pad.sheet.undo()
    assert at_left_edge(panel) == 0.0, "my line was a stroke of its own"


def test_undo_in_the_middle_stops_the_example(panel: SketchPanel, qtbot) -> None:
    panel.play_example(load_examples()[0])
    qtbot.waitUntil(lambda: not panel.pad.sheet.is_blank())
    click(panel, "sketchUndo")
    qtbot.waitUntil(lambda: not panel._replay.is_running(), timeout=300)
    assert panel.pad.sheet.is_blank()


def test_the_picker_draws_what_is_clicked(panel: SketchPanel, qtbot) -> None:
    click(panel, "sketchExamples")
    button = find(panel, QToolButton, "example-7")
    assert button.isVisible() and button.accessibleName() == "Draw a 7"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not button.isVisible()
    expected = next(each for each in load_examples() if each.name == "7")
    other = SketchPanel()
    qtbot.addWidget(other)
    other.play_example(expected, instant=True)
    qtbot.waitUntil(lambda: np.array_equal(panel.pad.ink(), other.pad.ink()), timeout=5000)


def test_the_picker_is_used_with_the_keyboard(panel: SketchPanel, qtbot) -> None:
    def press(key: Qt.Key) -> str:
        popup = QApplication.activePopupWidget()
        QTest.keyClick(popup.focusWidget(), key)
        return popup.focusWidget().objectName()

    panel.open_examples()
    assert press(Qt.Key.Key_Right) == "example-1"
    assert press(Qt.Key.Key_Down) == "example-6"
    press(Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None and panel.pad.sheet.is_blank()
    panel.open_examples()
    press(Qt.Key.Key_Return)
    assert QApplication.activePopupWidget() is None
    qtbot.waitUntil(lambda: not panel._replay.is_running() and not panel.pad.sheet.is_blank(), timeout=5000)


def test_a_drawn_digit_comes_out_with_mnists_ink(panel: SketchPanel) -> None:
    """MNIST's strokes are 2 to 3 pixels thick; a 1 that fills three quarters of the canvas measures its own."""
    one = next(each for each in load_examples() if each.name == "1")
    panel.play_example(one, instant=True)
    seen = to_mnist_format(panel.pad.ink())
    widths = seen[8:20].sum(axis=1) / 255.0
    assert 2.0 < widths.mean() < 3.5
    assert np.any(seen != raw_shrink(panel.pad.ink()))


@pytest.mark.parametrize("width", [384, 440, 520])
def test_the_reconstruction_is_called_so_wherever_there_is_room(panel, width: int) -> None:
    """Smaller pictures rather than other words."""
    panel.resize(width, 420)
    QApplication.processEvents()
    assert [label.text() for label in panel.stage.labels] == ["The network sees", "Reconstruction", "Error map"]
    for image, label in zip(panel.stage.images, panel.stage.labels, strict=True):
        assert image.width() >= 42 and label.geometry().right() < panel.stage.width()
        assert label.fontMetrics().horizontalAdvance("Reconstruction") <= label.width()
