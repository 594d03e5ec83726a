"""The whole window with real mouse and key events: a batch to the plot, a click to an image, a stroke to the map."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QWidget,
)

from app.panels.digit_image import DigitImage, grey_image
from app.phase import Phase
from models.config import RunConfig
from models.latent_space import pca_projection
from models.sketch import to_mnist_format
from tests.app.dropping import drop, mime_of

SMALL = RunConfig(encoder=(32,), decoder=(32,), batch_size=100, epochs=2)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(borrowed_window):
    """The borrowed window, for tests that change nothing that others rely on."""
    return borrowed_window


@pytest.fixture
def own_window(qtbot, make_window, vae_file):
    made = make_window(vae_file)
    made.resize(1280, 800)
    made.show()
    session = made.session
    qtbot.waitUntil(lambda: session.torch_is_ready and session.data.dataset is not None, timeout=60_000)
    return made


def viewport_place(window, x, y):
    """Where a point of the plane lies on the map's viewport, by pyqtgraph's own mapping."""
    view = window.latent_map.view
    return view.mapFromScene(view.view_box.mapViewToScene(QPointF(x, y)))


def picture_of(window, name):
    """The pixels (28, 28) that a digit image shows."""
    picture = window.findChild(DigitImage, name).picture()
    return None if picture is None else np.array(
        [[picture.pixelColor(x, y).red() for x in range(28)] for y in range(28)], np.uint8
    )  # fmt: skip


def pixels_of(image):
    picture = grey_image(image)
    return np.array([[picture.pixelColor(x, y).red() for x in range(28)] for y in range(28)], np.uint8)


def press_map(window, x, y):
    QTest.mousePress(window.latent_map.view.viewport(), LEFT, pos=viewport_place(window, x, y))


def release_map(window, x, y):
    QTest.mouseRelease(window.latent_map.view.viewport(), LEFT, pos=viewport_place(window, x, y))


def last_message(window):
    return window.message_bar.messages[-1].text if window.message_bar.messages else ""


def place_between(window):
    """A place within the prior's second ring that is far from every point: a click there means no point."""
    x, y = np.mgrid[-1.4:1.4:15j, -1.4:1.4:15j]
    places = np.stack([x.ravel(), y.ravel()], axis=1)
    gaps = np.linalg.norm(places[:, None] - window.session.view.codes[None], axis=2).min(axis=1)
    return places[gaps.argmax()]


def test_a_click_on_the_map_shows_the_decoded_place(qtbot, window):
    x, y = place_between(window)
    press_map(window, x, y)
    release_map(window, x, y)
    code = window.session.look.pin.code
    scale = 1 / viewport_scale(window)
    assert np.abs(code - [x, y]).max() <= 1.5 * scale, "within a pixel and a half"
    expected = window.session.view.snapshot.decode(code[None])[0]
    np.testing.assert_array_equal(picture_of(window, "decodedImage"), pixels_of(expected))


def viewport_scale(window):
    """Pixels of the viewport to a unit of the plane."""
    return abs(viewport_place(window, 1, 0).x() - viewport_place(window, 0, 0).x())


def test_a_click_on_a_point_shows_its_original_and_error(qtbot, window, digits):
    codes = window.session.view.codes
    index = int(np.linalg.norm(codes - codes.mean(axis=0), axis=1).argmax())
    press_map(window, *codes[index])
    release_map(window, *codes[index])
    assert window.session.look.pin.index == index
    np.testing.assert_array_equal(pixels_of(digits.test_images[index]), shown_original(window))


def shown_original(window):
    picture = window.decoded_panel.original.image.picture()
    return np.array([[picture.pixelColor(x, y).red() for x in range(28)] for y in range(28)], np.uint8)


def test_a_drag_decodes_along_the_way(qtbot, window):
    seen = []
    window.session.look.decoded_shown.connect(lambda code, image, words: seen.append(code.copy()))
    press_map(window, -1, 0)
    for x in np.linspace(-0.9, 1, 20):
        QTest.mouseMove(window.latent_map.view.viewport(), viewport_place(window, x, 0))
        QApplication.processEvents()
    release_map(window, 1, 0)
    xs = [code[0] for code in seen]
    assert len(xs) >= 10 and xs[0] < -0.9 and xs[-1] > 0.9 and sorted(xs) == xs


def test_leaving_the_map_brings_the_pinned_image_back(qtbot, window):
    press_map(window, 1.0, 1.0)
    release_map(window, 1.0, 1.0)
    pinned = picture_of(window, "decodedImage")
    viewport = window.latent_map.view.viewport()
    QTest.mouseMove(viewport, viewport_place(window, -1.0, -1.0))
    qtbot.waitUntil(lambda: (picture_of(window, "decodedImage") != pinned).any())
    QTest.mouseMove(window.message_bar, QPoint(5, 5))
    qtbot.waitUntil(lambda: (picture_of(window, "decodedImage") == pinned).all())


def draw_a_one(window):
    pad = window.findChild(QWidget, "sketchpad")
    rect = pad.canvas_rect() if callable(pad.canvas_rect) else pad.rect()
    x = int(rect.center().x())
    top, bottom = int(rect.top() + 0.2 * rect.height()), int(rect.top() + 0.8 * rect.height())
    QTest.mousePress(pad, LEFT, pos=QPoint(x, top))
    for y in range(top, bottom, 4):
        QTest.mouseMove(pad, QPoint(x, y))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(x, bottom))


def test_a_stroke_lands_on_the_map_and_is_rebuilt(qtbot, window):
    placed, readings = [], []
    window.session.sketch.placed.connect(lambda *args: placed.append(args))
    window.session.sketch.read.connect(readings.append)
    draw_a_one(window)
    seen = to_mnist_format(window.sketch_panel.pad.ink())
    qtbot.waitUntil(lambda: bool(readings) and np.array_equal(readings[-1].seen, seen))
    snapshot = window.session.view.snapshot
    mean = snapshot.encode(seen[None])
    np.testing.assert_allclose(placed[-1][:2], mean[0], atol=1e-6)
    np.testing.assert_array_equal(picture_of(window, "sketchReconstruction"), pixels_of(snapshot.decode(mean)[0]))
    column = seen.sum(axis=0)
    assert column.argmax() in (13, 14), "the stroke is brought to the middle"
    QTest.keyClick(window.findChild(QWidget, "sketchpad"), Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.session.sketch.code is None)
    assert picture_of(window, "sketchReconstruction") is None


def test_a_batch_reaches_the_plot_and_the_map_moves(qtbot, own_window):
    before = own_window.session.view.codes.copy()
    own_window.session.edit_config(SMALL)
    steps = []
    own_window.session.training.steps_done.connect(lambda numbers, *_: steps.extend(numbers))
    QTest.mouseClick(own_window.findChild(QPushButton, "startButton"), LEFT)
    qtbot.waitUntil(lambda: own_window.session.training.phase is not Phase.IDLE)
    qtbot.waitUntil(lambda: own_window.session.training.phase is Phase.IDLE, timeout=60_000)
    assert steps == list(range(1, 31))
    assert (own_window.session.view.codes != before).any()
    assert last_message(own_window).startswith("Training is done: ")


def test_stop_by_its_button_leaves_a_network_to_look_through(qtbot, own_window):
    own_window.session.edit_config(SMALL.replace(epochs=2000))
    QTest.mouseClick(own_window.findChild(QPushButton, "startButton"), LEFT)
    qtbot.waitUntil(lambda: own_window.session.training.phase is Phase.TRAINING, timeout=30_000)
    QTest.mouseClick(own_window.findChild(QPushButton, "pauseButton"), LEFT)
    assert own_window.session.training.phase is Phase.PAUSED
    QTest.mouseClick(own_window.findChild(QPushButton, "stopButton"), LEFT)
    qtbot.waitUntil(lambda: own_window.session.training.phase is Phase.IDLE, timeout=2_000)
    press_map(own_window, 0.3, 0.3)
    release_map(own_window, 0.3, 0.3)
    assert picture_of(own_window, "decodedImage") is not None


def test_closing_in_the_middle_of_training_ends_the_thread(qtbot, own_window):
    own_window.session.edit_config(SMALL.replace(epochs=2000))
    own_window.message_bar.show_message("The training form has these settings now: press Train.")
    QTest.mouseClick(own_window.findChild(QPushButton, "startButton"), LEFT)
    qtbot.waitUntil(lambda: own_window.session.training.phase is Phase.TRAINING, timeout=30_000)
    assert own_window.findChild(QLabel, "messageText").text() == "", "to press Train is past"
    told = []
    training, kept = own_window.session.training, own_window.settings.path
    own_window.closing.connect(
        lambda: told.append((own_window.isVisible(), training.phase, "geometry" in kept.read_text()))
    )
    own_window.close()
    assert told == [(False, Phase.TRAINING, True)], "it is out of sight, and remembers, before it waits for the thread"


def test_a_run_dropped_on_the_window_is_opened(qtbot, window, ae4_file):
    assert drop(window, mime_of(ae4_file))
    assert window.session.view.config.latent_dim == 4
    assert window.findChild(QComboBox, "modelPicker").placeholderText() == "ae4"


def test_a_picture_dropped_beside_the_canvas_or_pasted_from_the_menu_is_drawn(window, tmp_path):
    picture = QImage(40, 60, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFF)
    for y in range(10, 50):
        picture.setPixel(20, y, 0)
    path = tmp_path / "one.png"
    assert picture.save(str(path))
    canvas = window.sketch_panel.pad
    assert drop(window, mime_of(path))
    dropped = canvas.ink()
    assert dropped.any() and window.session.sketch.code is not None
    canvas.sheet.clear()
    QApplication.clipboard().setImage(picture)
    entry = next(each for each in window.findChildren(QAction) if each.text() == "Paste a picture to draw on")
    entry.trigger()
    assert np.abs(canvas.ink().astype(int) - dropped).max() <= 5


def test_a_bad_folder_dropped_is_one_sentence_and_the_dataset_stays(qtbot, window, tmp_path):
    before = window.session.data.dataset
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"nonsense")
    assert drop(window, mime_of(tmp_path))
    qtbot.waitUntil(lambda: str(tmp_path) in last_message(window) or "train-images" in last_message(window))
    assert "\n" not in last_message(window)
    assert window.session.data.dataset is before
    assert window.findChild(QComboBox, "datasetPicker").currentText() == "Built-in digits (1,500)"


def test_a_damaged_run_dropped_is_one_sentence_and_the_run_stays(qtbot, window, vae_file, tmp_path):
    torn = tmp_path / "torn.safetensors"
    shutil.copy(vae_file, torn)
    torn.write_bytes(torn.read_bytes()[:-100])
    view = window.session.view
    assert drop(window, mime_of(torn))
    assert "torn.safetensors" in last_message(window)
    assert window.session.view is view


def test_every_main_widget_has_its_name_and_plain_words(window):
    for name in (
        "trainingPanel", "startButton", "pauseButton", "stopButton", "trainingProgress", "lossPlot", "latentMap",
        "decodedImage", "sketchpad", "sketchReconstruction", "interpolationStrip", "modelPicker", "datasetPicker",
        "deviceStatus", "messageBar",
    ):  # fmt: skip
        widget = window.findChild(QWidget, name)
        assert widget is not None, name
        assert widget.accessibleName(), name


def test_tab_goes_once_around_the_window_and_leaves_nothing_out(window):
    def name(widget):
        return widget.objectName() or widget.accessibleName()

    reached = []
    while window.focusWidget() not in reached:
        reached.append(window.focusWidget())
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    tab = Qt.FocusPolicy.TabFocus
    wanted = {
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & tab and widget.focusProxy() is None
        if not (isinstance(widget, QAbstractButton) and widget.group() and not widget.isChecked())  # arrow keys do
    }
    assert {name(widget) for widget in wanted - set(reached)} == set()
    names = [name(widget) for widget in reached]
    start = names.index("modelPicker")
    names = names[start:] + names[:start]
    landmarks = ("modelPicker", "startButton", "Show total", "mapCloser", "mapPlane", "showClass9")
    landmarks += ("useAsB", "z1", "z2", "sketchEraser", "sketchpad", "playStrip", "stripTiles")
    places = [names.index(landmark) for landmark in landmarks]
    assert places == sorted(places)


def test_the_training_menu_shows_the_buttons_keys_and_mirrors_them(window):
    menu = next(each for each in window.menu_bar.findChildren(QMenu) if each.title() == "&Training")
    menu.aboutToShow.emit()
    entries = {action.text().partition("\t")[0]: action for action in menu.actions()}
    stop = entries["Stop"]
    assert stop.text().partition("\t")[2] == "Ctrl+." and not stop.isEnabled(), "nothing is to be stopped"
    assert entries["Train, or go on"].isEnabled()


def test_the_walk_begins_as_it_was_left(own_window, make_window, vae_file):
    steps, shape = own_window.strip.controls.steps, own_window.strip.controls.shape
    QTest.keyClick(steps, Qt.Key.Key_Up)
    QTest.keyClick(shape, Qt.Key.Key_Down)
    own_window.close()
    again = make_window(vae_file)
    assert (again.strip.controls.steps.value(), again.strip.controls.shape.currentText()) == (11, "Spherical")
    assert (again.session.strip.steps, again.session.strip.shape) == (11, "sphere"), "it walks as it says"


def drag_splitter(handle, far):
    middle = handle.rect().center()
    QTest.mousePress(handle, LEFT, pos=middle)
    QTest.mouseMove(handle, middle + QPoint(far, 0))
    QTest.mouseRelease(handle, LEFT, pos=middle + QPoint(far, 0))


def test_who_presses_train_too_early_is_told_when_it_can_start(qtbot, make_window, vae_file):
    window = make_window(vae_file)
    window.show()
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), LEFT)
    told = window.message_bar.messages
    assert told[-1].text.endswith("training can start in a moment.")
    qtbot.waitUntil(lambda: told[-1].text == "All is loaded: training can start now.")
    assert window.session.may_train() and sum("All is loaded" in each.text for each in told) == 1


def test_sizes_are_kept_and_reset(own_window, make_window, vae_file):
    columns = own_window._splitters["columns"]
    before = columns.sizes()
    own_window.resize(1600, 900)
    assert all(wide > narrow for wide, narrow in zip(columns.sizes(), before, strict=True)), "all grow until touched"
    own_window.resize(1280, 800)
    assert columns.sizes() == before
    drag_splitter(columns.handle(1), 60)
    moved = columns.sizes()
    assert moved[0] >= before[0] + 50
    own_window.close()
    again = make_window(vae_file)
    again.show()
    assert again._splitters["columns"].sizes() == moved
    again.reset_layout()
    assert again._splitters["columns"].sizes() != moved


@pytest.mark.parametrize("ends", ["at the form", "in a lesson"])
def test_lessons_leave_the_sizes_of_the_left_column_as_they_were(own_window, make_window, vae_file, ends):
    """They were a third part of it, and a next start gave their room to the form and the form's to the loss plot."""
    left = own_window._splitters["left"]
    before, show_lessons = left.sizes(), own_window.lessons.toggle
    for _ in range(2):
        show_lessons()
        QApplication.processEvents()
    own_window.reset_layout()
    assert left.sizes() == before
    QTest.mousePress(left.handle(1), LEFT)
    QTest.mouseMove(left.handle(1), left.handle(1).rect().center() + QPoint(0, 40))
    QTest.mouseRelease(left.handle(1), LEFT)
    moved = left.sizes()
    assert moved[0] > before[0] + 20
    show_lessons()
    QApplication.processEvents()
    if ends == "at the form":
        show_lessons()
        QApplication.processEvents()
        assert left.sizes() == moved
    own_window.close()
    again = make_window(vae_file)
    again.show()
    assert again._splitters["left"].sizes() == moved


def test_a_large_window_shows_the_whole_form(window):
    bar = window.training_panel.findChild(QScrollArea, "settingsScroll").verticalScrollBar()
    window.resize(1920, 1080)
    QApplication.processEvents()
    assert bar.maximum() == 0, "nothing of the usual settings is to be scrolled to"


def test_the_prior_s_rings_lie_about_the_code_0_of_the_plane_shown(own_window):
    plane = pca_projection(np.random.default_rng(0).normal((0, 2, -3), (1, 2, 3), (50, 3)))
    own_window.session.projection_shown.emit(plane, 3)
    centre = own_window.latent_map.rings.centre
    assert (centre.x(), centre.y()) == pytest.approx(plane.to_plane(np.zeros((1, 3)))[0], abs=1e-5)
    assert max(abs(centre.x()), abs(centre.y())) > 0.5


def test_a_stopped_training_s_words_go_with_its_network(qtbot, own_window, ae4_file):
    session, words = own_window.session, own_window.training_panel.progress.words
    session.edit_config(SMALL.replace(epochs=5000))
    session.start_training()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=30_000)
    qtbot.waitUntil(lambda: len(session.training.history().steps) > 0, timeout=30_000)  # else nothing was learned
    session.training.stop()
    qtbot.waitUntil(lambda: words.text().startswith("Stopped in epoch "), timeout=5_000)
    session.open_run(ae4_file)
    assert words.text() == "No training is in progress."
