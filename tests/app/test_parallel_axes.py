"""The parallel axes as a person uses them: real drags, clicks and keys; numbers against independent calculations."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollBar, QWidget
from scipy.stats import norm
from sklearn.neighbors import KernelDensity
from torch.distributions import Normal, kl_divergence

from app import theme
from app.background import Background
from app.exporting_views import picture_size
from app.main_window import MainWindow
from app.panels.axes.axes import ParallelAxes
from app.panels.axes.scene import VIOLIN, WIDEST_VIOLIN
from app.run_library import shipped_run
from app.settings import AppSettings
from models.checkpoint import Run, load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.conftest import ROOT, trained

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LIMIT = 20_000  # milliseconds
SHIPPED = ROOT / "models" / "pretrained"


@pytest.fixture(scope="session")
def vae4_file(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved 4-D VAE of the built-in digits."""
    path = tmp_path_factory.mktemp("runs") / "vae4.safetensors"
    save_run(trained(digits, kind="vae", latent_dim=4, epochs=5), path)
    return path


@pytest.fixture(scope="session")
def wide_run(digits: Dataset) -> Run:
    """A 64-D VAE whose held-out codes are made up: nine units carry something, in no order."""
    run = trained(digits, kind="vae", latent_dim=64, epochs=1)
    random = np.random.default_rng(1)
    scale = np.full(64, 0.01)
    scale[[3, 60, 17, 22, 9, 41, 35, 50, 28]] = np.linspace(1.2, 0.8, 9)
    codes = (random.standard_normal(run.codes.shape) * scale).astype(np.float32)
    carries = np.where(scale > 0.5, -3.0, -0.0002)
    return replace(run, codes=codes, log_variances=np.broadcast_to(carries, codes.shape).astype(np.float32).copy())


@pytest.fixture(scope="module")
def window(qapp: QApplication, vae4_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """One window at the built-in digits for all these tests."""
    theme.apply(qapp, "light")
    settings = AppSettings(tmp_path_factory.mktemp("settings") / "settings.ini")
    made = MainWindow(data="digits", run_path=vae4_file, settings=settings)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


@pytest.fixture
def open_axes(qtbot, qapp: QApplication, window: MainWindow) -> Iterator[Callable[[Path], ParallelAxes]]:
    """Looks at the axes of a run, chosen with the key of their tab, as they are at first."""

    def opened(run: Path) -> ParallelAxes:
        theme.apply(qapp, "light")
        window.resize(1280, 800)
        window.activateWindow()
        session = window.session
        qtbot.waitUntil(lambda: session.torch_is_ready and session.data.dataset is not None, timeout=60_000)
        session.sketch.clear()
        session.data.choose("digits")
        for source in list(session.axes._sources):
            session.axes.remove(source.key)
        session.axes.twin.show(False)
        session.look.pin = None  # or it would stay at a code that another test has left
        session.open_run(run)
        qtbot.waitUntil(lambda: session.data.dataset.name == "digits", timeout=LIMIT)
        QTest.keyClick(window, Qt.Key.Key_1, CTRL)
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_1 + window.views.names().index("axes")), CTRL)
        view = window.views.made("axes")
        assert isinstance(view, ParallelAxes)
        view.canvas._is_sorted = None
        qtbot.waitUntil(lambda: view._measured is not None and view._measured.network == session.axes._network)
        settle(qtbot, view)
        return view

    yield opened
    desks = window.session.findChildren(Background)
    qtbot.waitUntil(lambda: not any(desk.busy for desk in desks), timeout=60_000)


@pytest.fixture
def view(open_axes, vae4_file: Path) -> ParallelAxes:
    return open_axes(vae4_file)


def settle(qtbot, view: ParallelAxes) -> None:
    desk = session_of(view).axes
    qtbot.waitUntil(lambda: view._measured is not None and not desk._worker.busy, timeout=LIMIT)
    qtbot.waitUntil(lambda: not (desk.twin._worker.busy or session_of(view).background.busy), timeout=60_000)
    QApplication.processEvents()


def window_of(view: ParallelAxes) -> MainWindow:
    window = view.window()
    assert isinstance(window, MainWindow)
    return window


def session_of(view: ParallelAxes):
    return window_of(view).session


def press(view: ParallelAxes, name: str) -> None:
    button = view.findChild(QWidget, name)
    assert button.isEnabled(), name
    QTest.mouseClick(button, LEFT)


def words(view: ParallelAxes, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def pinned(view: ParallelAxes) -> np.ndarray:
    return session_of(view).look.pin.code


def network(path: Path) -> Snapshot:
    run = load_run(path)
    return Snapshot.from_weights(run.config, run.weights)


def shown_image(view: ParallelAxes) -> np.ndarray:
    picture = view.image.picture().convertToFormat(QImage.Format.Format_Grayscale8)
    return np.frombuffer(picture.constBits(), np.uint8).reshape(28, picture.bytesPerLine())[:, :28].astype(int)


def as_bytes(image: np.ndarray) -> np.ndarray:
    return np.round(np.clip(image, 0, 1) * 255).astype(int)


def drag(view: ParallelAxes, place: int, pixels: int, steps: int = 6) -> None:
    """Take a handle and move it down so many pixels."""
    start = view.canvas.handle(place).toPoint()
    QTest.mousePress(view.canvas, LEFT, pos=start)
    for step in range(1, steps + 1):
        QTest.mouseMove(view.canvas, start + QPoint(0, round(pixels * step / steps)))
        QApplication.processEvents()
    QTest.mouseRelease(view.canvas, LEFT, pos=start + QPoint(0, pixels))


def between(view: ParallelAxes, key: str, place: int, share: float) -> QPoint:
    """A pixel of a line between an axis and the next."""
    line = next(line for line in view._lines if line.key == key)
    points = view.canvas.geometry_now().points(line.code[view.canvas.scene.order])
    return QPointF(*(points[place] + share * (points[place + 1] - points[place]))).toPoint()


def pixels(widget: QWidget) -> np.ndarray:
    """The widget's pixels (H, W, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1].astype(int)


def rgb(colour: str) -> np.ndarray:
    return np.array(QColor(colour).getRgb()[:3])


# what is measured


def test_violins_are_the_density_of_the_held_out_codes(view, vae4_file: Path) -> None:
    codes, spread = load_run(vae4_file).codes.astype(float), view._measured.spread
    view.canvas.clearFocus()
    picture, at, order = pixels(view.canvas), view.canvas.geometry_now(), view.canvas.scene.order
    for place in range(4):
        axis = int(order[place])
        quarters = np.percentile(codes[:, axis], [25, 75])
        width = 0.9 * min(codes[:, axis].std(ddof=1), np.diff(quarters)[0] / 1.34) * len(codes) ** -0.2
        plain = KernelDensity(bandwidth=width).fit(codes[:, axis, None])
        wanted = np.exp(plain.score_samples(spread.levels[axis][:, None]))
        assert np.abs(spread.densities[axis] - wanted).max() < 0.01 * wanted.max()
        for value in np.percentile(codes[:, axis], [10, 30, 80]):
            density = np.exp(plain.score_samples([[value]]))[0]
            half = min(VIOLIN * at.spacing, WIDEST_VIOLIN) * density / wanted.max()
            row, middle = picture[round(at.y(value))], at.x(place)
            tinted = np.flatnonzero((np.abs(row - rgb(theme.colours().tint)) <= 3).all(axis=1))
            tinted = tinted[np.abs(tinted - middle) < at.spacing / 2]
            if half > 6 and len(tinted):  # elsewhere the black line may lie over it
                assert np.abs(tinted - middle).max() == pytest.approx(half, abs=3)


def test_bars_are_the_kl_of_each_dimension(view, vae4_file: Path) -> None:
    run, at = load_run(vae4_file), view.canvas.geometry_now()
    posterior = Normal(torch.from_numpy(run.codes), torch.from_numpy(run.log_variances).div(2).exp())
    wanted = kl_divergence(posterior, Normal(0.0, 1.0)).double().mean(dim=0).numpy()
    np.testing.assert_allclose(view._measured.divergence, wanted, rtol=1e-4)
    active = (run.codes.astype(float).var(axis=0) > 0.01).sum()
    assert words(view, "axesSummary") == (
        f"{active} of 4 units active. KL {wanted.sum():.2f} nats an image, over 297 held-out images."
    )
    picture, colour = pixels(view.canvas), rgb(theme.colours().accent)
    for place, axis in enumerate(view.canvas.scene.order):
        column = picture[at.bars_top : at.height - 2, round(at.x(place))]
        height = (np.abs(column - colour) <= 3).all(axis=1).sum()
        assert height == pytest.approx(at.bars * wanted[axis] / wanted.max(), abs=2.5)
    view.canvas.show_measured(replace(view._measured, divergence=wanted / wanted.max() / 1000))
    tall = pixels(view.canvas)[at.bars_top + at.line : at.height - 4, round(at.x(0))]
    view.canvas.show_measured(view._measured)
    assert not (np.abs(tall - colour) <= 3).all(axis=1).any(), "what hardly tells anything has no bar that looks full"


def test_an_ae_shows_variances_and_says_that_it_has_no_kl(open_axes, ae4_file: Path) -> None:
    view, codes = open_axes(ae4_file), load_run(ae4_file).codes.astype(float)
    assert words(view, "axesSummary") == (
        "An AE has no KL: the bars show each number's variance over 297 held-out images."
    )
    np.testing.assert_allclose(view._measured.figures, codes.var(axis=0), rtol=1e-6)
    press(view, "sortAxes")
    assert view.canvas.scene.order.tolist() == np.argsort(-codes.var(axis=0)).tolist()
    press(view, "sortAxes")
    assert view.canvas.scene.order.tolist() == [0, 1, 2, 3]
    assert words(view, "axesWarning") == ""


def test_collapsed_units_are_told_in_plain_words(qtbot, open_axes, wide_run: Run, tmp_path: Path) -> None:
    def opened(run: Run) -> str:
        save_run(run, tmp_path / "run.safetensors")
        session_of(view).open_run(tmp_path / "run.safetensors")
        settle(qtbot, view)
        return words(view, "axesWarning")

    save_run(wide_run, tmp_path / "wide.safetensors")
    view = open_axes(tmp_path / "wide.safetensors")
    assert words(view, "axesSummary").startswith("9 of 64 units active. KL ")
    assert words(view, "axesWarning") == (
        "Posterior collapse: 55 of its 64 units carry next to nothing, whatever the image; the decoder does without."
    )
    two = wide_run.codes.copy()
    two[:, np.setdiff1d(np.arange(64), [4, 6])] = two[:, [3]] + 1
    assert opened(replace(wide_run, codes=two)) == (
        "Posterior collapse: z5 and z7 carry next to nothing, whatever the image; the decoder does without."
    )
    assert opened(replace(wide_run, codes=0.01 * two)).startswith(
        "Posterior collapse: no unit tells anything about an image"
    )


def test_kl_that_is_not_stored_is_computed_from_the_images(open_axes, vae4_file: Path, digits, tmp_path: Path) -> None:
    path = tmp_path / "bare.safetensors"
    save_run(replace(load_run(vae4_file), log_variances=None), path)
    view = open_axes(path)
    mean, log_variance = network(vae4_file).posterior(digits.test_images)
    posterior = Normal(torch.from_numpy(mean), torch.from_numpy(log_variance).div(2).exp())
    wanted = kl_divergence(posterior, Normal(0.0, 1.0)).mean(dim=0).numpy()
    np.testing.assert_allclose(view._measured.divergence, wanted, rtol=1e-4)
    assert words(view, "axesNote") == ""


def test_kl_that_cannot_be_told_says_what_is_needed_and_gets_it(
    qtbot, open_axes, vae4_file: Path, server, tmp_path: Path
) -> None:
    path, other = tmp_path / "bare.safetensors", tmp_path / "other"
    save_run(replace(load_run(vae4_file), log_variances=None), path)
    other.mkdir()
    for name in server.files:
        (other / name.removesuffix(".gz")).write_bytes(server.plain(name))
    view = open_axes(path)
    session_of(view).data.choose(str(other))
    qtbot.waitUntil(lambda: words(view, "axesNote") != "", timeout=LIMIT)
    assert words(view, "axesNote") == (
        "This file holds no log-variances, so that KL has to be computed from its held-out images; those are in "
        "Built-in digits, which is not loaded."
    )
    assert words(view, "axesSummary") == "4 of 4 units active. The bars show how much each mean varies (its variance)."
    button = view.findChild(QPushButton, "axesGet")
    assert button.text() == "Get Built-in digits…"
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: words(view, "axesNote") == "", timeout=LIMIT)
    assert view._measured.divergence is not None and not button.isVisible()


def test_two_numbers_need_a_map_and_one_click_opens_the_run_with_four(qtbot, open_axes) -> None:
    view = open_axes(shipped_run("ae-2"))
    assert words(view, "axesNote") == "The map shows two numbers at once; axes are for codes of more."
    button = view.findChild(QPushButton, "axesGet")
    assert button.text() == button.accessibleName() == "Open the AE 4-D"
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: view._measured.dims == 4, timeout=LIMIT)
    assert session_of(view).view.run.path == shipped_run("ae-4") and not button.isVisible()


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
    assert window.latent_map._marks.pinned == pytest.approx(place_on_map.tolist())
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
    actions["A stick figure"].trigger()
    line = view._lines[0]
    assert (line.title, line.label) == ("sketch: a stick figure", -1) and line.image.shape == (28, 28)
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


# dice


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
    QTest.keyClick(view.canvas, Qt.Key.Key_D)
    assert not np.array_equal(pinned(view), drawn[-1])


# keyboard


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


# many dimensions, and few


def test_64_axes_stand_by_their_kl_and_are_scrolled(open_axes, wide_run: Run, tmp_path: Path) -> None:
    save_run(wide_run, tmp_path / "wide.safetensors")
    view = open_axes(tmp_path / "wide.safetensors")
    canvas, bar = view.canvas, view.findChild(QScrollBar, "axesScroll")
    divergence = view._measured.divergence
    assert (np.diff(divergence[canvas.scene.order]) <= 0).all() and view.tools.sorting.isChecked()
    assert set(canvas.scene.order[:9]) == {3, 60, 17, 22, 9, 41, 35, 50, 28}
    at = canvas.geometry_now()
    assert at.spacing >= 36 and bar.isVisible() and bar.maximum() == at.hidden > 0
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_End)
    assert 0 < canvas.handle(63).x() < canvas.width() and bar.value() == bar.maximum()
    drag(view, 63, 30)
    assert pinned(view)[canvas.scene.order[63]] != 0
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    assert bar.value() == 0
    where = QPointF(200, 100)
    event = QWheelEvent(
        where,
        canvas.mapToGlobal(where),
        QPoint(),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)
    assert bar.value() == 120
    press(view, "sortAxes")
    assert canvas.scene.order.tolist() == list(range(64))


def test_one_dimension_works_too(qtbot, open_axes, digits, tmp_path: Path) -> None:
    save_run(trained(digits, kind="vae", latent_dim=1), tmp_path / "one.safetensors")
    view = open_axes(tmp_path / "one.safetensors")
    press(view, "addRandomLine")
    code = view._lines[0].code
    at = view.canvas.geometry_now()
    QTest.mouseDClick(view.canvas, LEFT, pos=QPointF(*at.points(code)[0]).toPoint())
    np.testing.assert_array_equal(pinned(view), code)
    drag(view, 0, -50)
    assert pinned(view)[0] > code[0]
    assert view.tools.twin.toolTip() == (
        "No AE with 1 latent number is shipped that could be laid over this one: put one beside it in the Twins view."
    )


def test_another_run_gets_its_own_axes_and_keeps_the_images(qtbot, view, ae4_file: Path, vae_file: Path) -> None:
    press(view, "addRandomLine")
    index = int(view._lines[0].key.removeprefix("held-out "))
    for path, dims in ((ae4_file, 4), (vae_file, 2)):
        session_of(view).open_run(path)
        qtbot.waitUntil(lambda dims=dims, path=path: view._measured.dims == dims, timeout=LIMIT)
        settle(qtbot, view)
        np.testing.assert_array_equal(view._lines[0].code, load_run(path).codes[index])
        assert len(view.canvas.scene.order) == dims and view.canvas.scene.has_code()


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
    QTest.mouseDClick(view.canvas, LEFT, pos=QPointF(*at.points(held_out.twin_code[order])[3]).toPoint())
    np.testing.assert_array_equal(pinned(view), own_run.codes[index])
    press(view, "showTwin")
    assert view._twin is None and view._lines[0].twin_code is None and view.canvas.visible_range() == before


def test_where_there_is_no_twin_the_button_says_why(view) -> None:
    assert not view.tools.twin.isEnabled()
    assert view.tools.twin.toolTip() == (
        "The shipped AE 4-D has other held-out images: it learned MNIST, this one Built-in digits. "
        "Train both in the Twins view."
    )


# while it learns


def test_the_axes_follow_a_training_and_are_not_rescaled(qtbot, view) -> None:
    window, session = window_of(view), session_of(view)
    press(view, "addRandomLine")
    config = RunConfig(encoder=(32,), decoder=(32,), latent_dim=3, epochs=2000, batch_size=100)
    window.training_panel.show_config(config)
    session.edit_config(config)
    shown, lines, scales, orders = [], [], set(), set()
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: view._measured.dims == 3, timeout=60_000)

    def note(measured) -> None:
        shown.append(measured.spread.densities.copy())
        scales.add(view.canvas.visible_range())
        orders.add(tuple(view.canvas.scene.order.tolist()))

    session.axes.measured.connect(note)
    session.axes.lines_shown.connect(lambda told: lines.extend(line.code for line in told))
    qtbot.waitUntil(lambda: len(shown) >= 3 and len(lines) >= 5, timeout=60_000)
    assert not np.allclose(shown[0], shown[-1]) and not np.allclose(lines[0], lines[-1])
    assert len(scales) == 1 and len(orders) == 1
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase.name == "IDLE", timeout=30_000)
    qtbot.waitUntil(lambda: not session.axes._settled.isActive() and not session.axes._worker.busy, timeout=LIMIT)
    mean, log_variance = session.view.snapshot.posterior(session.data.dataset.test_images)
    posterior = Normal(torch.from_numpy(mean), torch.from_numpy(log_variance).div(2).exp())
    wanted = kl_divergence(posterior, Normal(0.0, 1.0)).mean(dim=0).numpy()
    np.testing.assert_allclose(view._measured.divergence, wanted, rtol=1e-4)
    QTest.keyClick(window, Qt.Key.Key_1, CTRL)
    told = len(lines)
    session.axes.look_through(session.view, session.data.dataset)
    assert not view.isVisible() and len(lines) == told, "nobody looks"


# files


def test_picture_and_numbers_are_written(view, tmp_path: Path) -> None:
    press(view, "addRandomLine")
    press(view, "addRandomLine")
    view.save_codes_to(tmp_path / "codes.csv")
    assert window_of(view).message_bar.messages[-1].text == f"Saved as “{tmp_path / 'codes.csv'}”."
    with open(tmp_path / "codes.csv", newline="") as file:
        header, black, *rows = list(csv.reader(file))
    assert header == ["line", "z1", "z2", "z3", "z4"] and black[0] == "reconstruction line"
    assert [float(each) for each in black[1:]] == pinned(view).tolist()
    for row, line in zip(rows, view._lines, strict=True):
        assert row[0] == f"{line.title} (image {line.key.removeprefix('held-out ')})"
        assert [float(each) for each in row[1:]] == line.code.tolist()
    view.save_dimensions_to(tmp_path / "dimensions.csv")
    with open(tmp_path / "dimensions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["kl_nats"]) for row in rows] == view._measured.divergence.tolist()
    assert [float(row["variance_of_mean"]) for row in rows] == view._measured.variances.tolist()
    assert [row["active"] for row in rows] == [str(each) for each in view._measured.active]
    QApplication.processEvents()
    view.save_picture_to(tmp_path / "axes.png")
    assert QImage(str(tmp_path / "axes.png")).size() == picture_size(view.sheet) * 2
    view.save_picture_to(tmp_path / "axes.svg")
    svg = "{http://www.w3.org/2000/svg}"
    tree = ElementTree.parse(tmp_path / "axes.svg")
    texts = {"".join(each.itertext()).strip() for each in tree.iter(f"{svg}text")}
    assert {"z1", "z2", "z3", "z4", "KL,", *(line.title for line in view._lines)} <= texts


def test_what_cannot_be_written_is_one_sentence(view, tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "codes.csv"
    view.save_codes_to(nowhere)
    message = window_of(view).message_bar.messages[-1]
    assert (message.text, message.kind) == (f"“{nowhere}” could not be written: no such file or directory.", "error")


# names


def test_all_parts_have_names_and_words(view) -> None:
    named = ("parallelAxes", "parallelCanvas", "axesDice", "axesFit", "axesExport", "showTwin", "sortAxes")
    for name in (*named, "addRandomLine", "addPickedLine", "addDrawingLine", "addSketchLine", "parallelDecoded"):
        part = window_of(view).findChild(QWidget, name)
        assert part is not None and part.accessibleName(), name


def test_in_a_small_window_nothing_lies_over_another(view) -> None:
    window_of(view).resize(960, 640)
    QApplication.processEvents()
    tools = view.tools
    row = [each for each in tools.findChildren(QWidget) if each.isVisible() and each.parent() is tools]
    edges = sorted((each.x(), each.x() + each.width()) for each in row)
    assert all(right <= left for (_, right), (left, _) in zip(edges, edges[1:], strict=False))
    assert edges[-1][1] <= tools.width() and view.canvas.width() >= 120
    assert all(each.width() >= each.sizeHint().width() for each in row), "no word is cut"
    entries = {action.text(): action for action in tools.add.menu().actions()}
    assert tools.add.isVisible() and set(entries) == {"Random", "Pinned", "Drawing", "Sketch"}
    tools.add.menu().aboutToShow.emit()
    assert entries["Random"].isEnabled() and not entries["Drawing"].isEnabled()
    entries["Random"].trigger()
    assert len(view._lines) == 1


def test_the_smallest_window_shows_six_axes_and_the_pictures_below_them(qtbot, open_axes, wide_run, tmp_path) -> None:
    save_run(wide_run, tmp_path / "wide.safetensors")
    view = open_axes(tmp_path / "wide.safetensors")
    beside = view.image.mapTo(view, QPoint())
    window_of(view).resize(960, 640)
    qtbot.waitUntil(lambda: view.width() < 480)
    press(view, "sortAxes")
    entries = {action.text(): action for action in view.tools.add.menu().actions()}
    for _ in range(2):
        entries["Random"].trigger()
    QApplication.processEvents()
    at = view.canvas.geometry_now()
    assert sum(at.x(place) + 18 < view.canvas.width() for place in range(64)) >= 6
    assert view.image.mapTo(view, QPoint()).y() > beside.y() + 100, "they stood beside the axes"
    assert view.image.mapTo(view, QPoint()).y() >= view.canvas.mapTo(view, view.canvas.rect().bottomLeft()).y()
    for card in view.cards.cards:
        assert card.visibleRegion().boundingRect().height() == card.height(), "not cut"
    assert words(view, "axesSummary").startswith("9 of 64 active, KL ")
    assert "held-out images" in view.findChild(QLabel, "axesSummary").toolTip()
    window_of(view).resize(1280, 800)
    qtbot.waitUntil(lambda: view.width() >= 480)
    QApplication.processEvents()
    assert view.image.mapTo(view, QPoint()).x() > view.canvas.mapTo(view, view.canvas.rect().topRight()).x()
