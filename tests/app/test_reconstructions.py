"""Reconstructions in the window: shown against plain calculations, chosen with mouse and keys, while it learns."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QStyle, QStyleOptionComboBox, QWidget
from torch.distributions import Bernoulli

from app import theme
from app.exporting_views import picture_size, run_shown
from app.main_window import MainWindow
from app.panels.reconstructions.view import Reconstructions
from app.phase import Phase
from app.seen.reconstructed import Reconstructed
from models.checkpoint import load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.presets import PRESETS
from models.snapshot import Snapshot
from tests.app.conftest import open_view

LEFT = Qt.MouseButton.LeftButton
SMALL = RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100)
LINEAR = PRESETS["linear-ae"].config.replace(batch_size=100, epochs=60)


@pytest.fixture
def view(qtbot, any_window: MainWindow) -> Reconstructions:
    """The view, opened with a click on its tab, as one finds it at first, but perhaps for the images drawn."""
    desk, looked_at = any_window.session.reconstructions, any_window.views.made("reconstructions")
    if looked_at is not None:  # in the borrowed window, by a test before
        looked_at.pca.setChecked(False)
        looked_at.orders["random"].setChecked(True)
        looked_at.label.setCurrentIndex(0)
        desk.choose("random")
        desk.show_label(-1)
        any_window.session.look.set_code(np.zeros(2))
    with qtbot.waitSignal(desk.shown, timeout=20_000):
        made = open_view(any_window, "reconstructions")
    assert isinstance(made, Reconstructions)
    made.grid.point_at(-1)
    return made


def settled(qtbot, window: MainWindow, view: Reconstructions, do: Callable[[], object]) -> Reconstructed:
    """Do something and wait for the answer to it."""
    with qtbot.waitSignal(window.session.reconstructions.shown, timeout=20_000):
        do()
    assert view._shown is not None
    return view._shown


def click(view: Reconstructions, name: str) -> None:
    QTest.mouseClick(view.findChild(QWidget, name), LEFT)


def words(view: QWidget, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def _option(box: QComboBox) -> QStyleOptionComboBox:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    return option


def seen_through(path: Path) -> Snapshot:
    run = load_run(path)
    return Snapshot.from_weights(run.config, run.weights)


# what is shown


def test_images_reconstructions_and_numbers_are_the_networks(view, vae_file: Path, digits: Dataset) -> None:
    shown, snapshot = view._shown, seen_through(vae_file)
    images = digits.test_images[shown.indices]
    assert len(images) == 20 and len(set(shown.indices)) == 20
    np.testing.assert_allclose(shown.originals, images / 255, atol=1e-6)
    np.testing.assert_allclose(shown.rebuilt, snapshot.reconstruct(images), atol=1e-5)
    errors = [((a - b / 255) ** 2).sum() / 784 for a, b in zip(shown.rebuilt, images, strict=True)]
    assert shown.errors == pytest.approx(errors, rel=1e-4)
    logits = torch.from_numpy(snapshot.logits(snapshot.encode(images)))
    unit = torch.from_numpy(images / np.float32(255))
    nats = -Bernoulli(logits=logits, validate_args=False).log_prob(unit).sum(dim=(1, 2))
    assert shown.nats == pytest.approx(nats.numpy(), rel=1e-4)
    assert [int(name) for name in shown.names] == digits.test_labels[shown.indices].tolist()
    mean = f"Mean sq. err./pixel: VAE {np.mean(errors):.4f}; {float(nats.mean()):.1f} nats"
    assert words(view, "reconstructionSummary") == mean
    assert dict(view.grid._numbers)["nats"] == [f"{each:.0f}" for each in nats]
    assert dict(view.grid._numbers)["sq. err./pixel"][0] == f"{errors[0]:.4f}"[1:]


@pytest.mark.parametrize("dark", [False, True])
def test_the_error_s_colours_have_one_scale_in_both_themes(qapp, view, dark: bool) -> None:
    theme.apply(qapp, "dark" if dark else "light")
    shown, picture = view._shown, view.grid.grab().toImage()
    signed = shown.rebuilt - shown.originals
    for place in (0, 19):
        for sign in (1, -1):
            y, x = np.unravel_index((sign * signed[place]).argmax(), (28, 28))
            colour, size = colour_of(view, picture, place, 2, x, y), abs(signed[place, y, x])
            expected = np.array([255, 150, 40] if sign > 0 else [70, 150, 255]) * size
            assert np.abs(np.array(colour.getRgb()[:3]) - expected).max() <= 2
        grey = colour_of(view, picture, place, 0, 14, 14)
        assert abs(grey.red() - 255 * shown.originals[place, 14, 14]) <= 1 and grey.red() == grey.blue()


def colour_of(view: Reconstructions, picture: QImage, place: int, row: int, x: int, y: int) -> QColor:
    box = view.grid.places.picture(place, row)
    ratio = picture.width() / view.grid.width()
    at = [ratio * (left + (each + 0.5) * box.width() / 28) for left, each in ((box.left(), x), (box.top(), y))]
    return picture.pixelColor(int(at[0]), int(at[1]))


def test_pca_is_the_third_row_one_click_away(qtbot, borrowed_window, view, digits: Dataset, peer_pca) -> None:
    shown = settled(qtbot, borrowed_window, view, lambda: click(view, "showPca"))
    if shown.pca is None:
        qtbot.waitUntil(lambda: view._shown.pca is not None, timeout=20_000)
        shown = view._shown
    assert [name for name, _ in view.grid._strips] == ["original", "VAE", "PCA", "VAE error", "PCA error"]
    theirs = peer_pca(2)
    flat = digits.test_images[shown.indices].reshape(-1, 784) / 255
    expected = theirs.inverse_transform(theirs.transform(flat))
    np.testing.assert_allclose(shown.pca.reshape(20, 784), expected, atol=1e-3)
    assert shown.pca_errors == pytest.approx(((expected - flat) ** 2).mean(axis=1), rel=1e-3)
    assert f", PCA {shown.pca_errors.mean():.4f};" in words(view, "reconstructionSummary")
    assert view.grid.places.height <= view._scroll.viewport().height(), "all stands in a window of 1280 x 800"
    shown = settled(qtbot, borrowed_window, view, lambda: click(view, "showPca"))
    assert shown.pca is None and len(view.grid._strips) == 3


# which images


def test_the_worst_are_those_with_the_largest_error(qtbot, borrowed_window, view, vae_file, digits: Dataset) -> None:
    shown = settled(qtbot, borrowed_window, view, lambda: click(view, "worstImages"))
    errors = ((seen_through(vae_file).reconstruct(digits.test_images) - digits.test_images / 255) ** 2).mean((1, 2))
    assert shown.indices.tolist() == np.argsort(-errors)[:20].tolist()
    assert (np.diff(shown.errors) <= 1e-6).all()


def test_the_dice_draws_others_and_every_network_gets_the_same(qtbot, borrowed_window, view, ae4_file: Path) -> None:
    first = view._shown.indices
    settled(qtbot, borrowed_window, view, lambda: click(view, "worstImages"))
    second = settled(qtbot, borrowed_window, view, lambda: click(view, "drawImages")).indices
    assert set(first) != set(second) and view.orders["random"].isChecked()
    shown = settled(qtbot, borrowed_window, view, lambda: borrowed_window.session.open_run(ae4_file))
    assert shown.indices.tolist() == second.tolist() and shown.network == "AE"
    assert shown.nats is None and [name for name, _ in view.grid._numbers] == ["sq. err./pixel"]


def test_a_class_alone_by_list_and_by_key(qtbot, borrowed_window, view, digits: Dataset) -> None:
    view.grid.setFocus()
    shown = settled(qtbot, borrowed_window, view, lambda: QTest.keyClick(view.grid, Qt.Key.Key_7))
    assert set(digits.test_labels[shown.indices]) == {7} and view.label.currentText() == "7"
    shown = settled(qtbot, borrowed_window, view, lambda: click(view, "worstImages"))
    assert set(digits.test_labels[shown.indices]) == {7} and len(shown.indices) == 20
    shown = settled(qtbot, borrowed_window, view, lambda: QTest.keyClick(view.grid, Qt.Key.Key_7))
    assert len(set(digits.test_labels[shown.indices])) > 1 and view.label.currentText() == "All classes"
    view.label.setFocus()
    shown = settled(qtbot, borrowed_window, view, lambda: QTest.keyClick(view.label, Qt.Key.Key_Down))
    assert set(digits.test_labels[shown.indices]) == {0}


def test_a_class_with_no_image_is_one_sentence(qtbot, window, view) -> None:
    window.session.view.labels = np.where(window.session.view.labels == 3, 8, window.session.view.labels)
    QTest.keyClick(view.grid, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: words(view, "reconstructionsEmptyNote") == "None of the held-out images is a 3.")
    assert not view.findChild(QPushButton, "reconstructionsEmptyGet").isVisible() and not view.export.isEnabled()


# pointing and pinning


def test_a_click_pins_the_image_s_code(borrowed_window, view) -> None:
    index = int(view._shown.indices[13])
    at = view.grid.column(13).center()
    QTest.mouseMove(view.grid, at)
    assert view.grid.accessibleDescription().startswith(f"Held-out image {index}: ")
    QTest.mouseClick(view.grid, Qt.MouseButton.RightButton, pos=at)
    assert borrowed_window.session.look.pin.index != index
    QTest.mouseClick(view.grid, LEFT, pos=at)
    pin = borrowed_window.session.look.pin
    assert pin.index == index and pin.code.tolist() == borrowed_window.session.view.codes[index].tolist()
    assert view.grid._pinned == index, "it is marked"
    borrowed_window.session.look.set_code(np.zeros(2))
    assert view.grid._pinned == -1
    QTest.mouseClick(view.grid, LEFT, pos=QPoint(2, 2))
    assert borrowed_window.session.look.pin.index == -1, "beside the images there is nothing to pin"


def test_arrow_keys_walk_and_enter_pins(borrowed_window, view) -> None:
    view.grid.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Up):
        QTest.keyClick(view.grid, key)
    assert view.grid._current == view.grid.places.columns - 1, "above the first band there is nothing"
    QTest.keyClick(view.grid, Qt.Key.Key_Return)
    assert borrowed_window.session.look.pin.index == view._shown.indices[view.grid._current]


def test_everything_has_its_words(borrowed_window, view) -> None:
    assert view.objectName() == "reconstructionsView"
    names = ("reconstructionGrid", "randomImages", "worstImages", "drawImages", "classShown", "showPca", "errorScale")
    for widget in [view, *(view.findChild(QWidget, name) for name in names)]:
        assert widget.accessibleName(), widget.objectName()
    assert borrowed_window.views.tabs.tabToolTip(borrowed_window.views.tabs.currentIndex()).endswith(
        f"(Ctrl+{borrowed_window.views.tabs.currentIndex() + 1})"
    )


# while it learns


def test_it_is_refreshed_at_a_modest_pace_and_only_while_it_is_seen(qtbot, window, view) -> None:
    session, times = window.session, []
    session.edit_config(SMALL)
    indices = view._shown.indices.tolist()
    first = view._shown
    session.reconstructions.shown.connect(lambda _: times.append(time.monotonic()))
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=30_000)
    qtbot.waitUntil(lambda: len(times) >= 6, timeout=30_000)
    assert np.median(np.diff(times[1:])) > 0.4, "at most about twice a second"
    assert view._shown.indices.tolist() == indices, "the same images, so that one sees them get better"
    assert np.abs(view._shown.rebuilt - first.rebuilt).max() > 0.05
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not session.reconstructions._worker.busy, timeout=10_000)
    before = len(times)
    for _ in range(4):
        with qtbot.waitSignal(session.training.codes_moved, timeout=10_000):
            pass
    assert len(times) == before, "nobody looks"
    window.views.show_view("reconstructions")
    qtbot.waitUntil(lambda: len(times) > before, timeout=10_000)
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=30_000)


def test_the_worst_stay_while_it_learns_until_they_are_asked_for_again(qtbot, window, view, digits: Dataset) -> None:
    session = window.session
    session.edit_config(SMALL)
    session.start_training()
    qtbot.waitUntil(lambda: session.view.run is None, timeout=30_000)
    shown = settled(qtbot, window, view, lambda: click(view, "worstImages"))
    qtbot.waitUntil(lambda: view._shown.errors.mean() < 0.9 * shown.errors.mean(), timeout=30_000)
    assert view._shown.indices.tolist() == shown.indices.tolist()
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=30_000)
    qtbot.waitUntil(lambda: not session.reconstructions._worker.busy, timeout=10_000)
    QTest.mouseClick(view.orders["worst"], LEFT)
    errors = ((session.view.snapshot.reconstruct(digits.test_images) - digits.test_images / 255) ** 2).mean((1, 2))
    expected = np.argsort(-errors)[:20].tolist()
    qtbot.waitUntil(lambda: view._shown.indices.tolist() == expected, timeout=10_000)


# what cannot be shown


def test_without_the_originals_it_shows_what_the_codes_draw_and_gets_them(
    qtbot, window, view, vae_file, tmp_path, server
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in server.files:
        (other / name.removesuffix(".gz")).write_bytes(server.plain(name))
    run, snapshot = load_run(vae_file), seen_through(vae_file)
    window.session.data.choose(str(other))
    qtbot.waitUntil(lambda: words(view, "originalsNeedNote") != "", timeout=20_000)
    assert words(view, "originalsNeedNote") == (
        "No originals, no PCA: these are drawn from the kept codes, and the images are in Built-in digits, which is "
        "not loaded."
    )
    shown = view._shown
    assert [name for name, _ in view.grid._strips] == ["VAE"] and shown.originals is None and shown.signed is None
    np.testing.assert_allclose(shown.rebuilt, snapshot.decode(run.codes[shown.indices]), atol=1e-6)
    assert words(view, "reconstructionSummary") == f"Mean: VAE {run.errors[shown.indices].mean():.1f} nats"
    worst = settled(qtbot, window, view, lambda: click(view, "worstImages"))
    assert worst.indices.tolist() == np.argsort(-run.errors, kind="stable")[:20].tolist()
    view.save_numbers_to(tmp_path / "kept.csv")
    with open(tmp_path / "kept.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["bernoulli_nats"]) for row in rows] == pytest.approx(run.errors[worst.indices], rel=1e-5)
    button = view.findChild(QPushButton, "originalsNeedGet")
    assert button.text() == "Get Built-in digits" and button.isVisible() and view.export.isEnabled()
    shown = settled(qtbot, window, view, lambda: QTest.mouseClick(button, LEFT))
    assert len(shown.indices) == 20 and shown.originals is not None and words(view, "originalsNeedNote") == ""


def test_an_ae_s_kept_errors_are_told_per_pixel(qtbot, borrowed_window, view, ae4_file, tmp_path) -> None:
    from dataclasses import replace

    path, run = tmp_path / "elsewhere.safetensors", load_run(ae4_file)
    save_run(replace(run, fingerprint="0" * 16), path)
    shown = settled(qtbot, borrowed_window, view, lambda: borrowed_window.session.open_run(path))
    assert words(view, "originalsNeedNote") == (
        "No originals, no PCA: these are drawn from the kept codes, and the images are not among those of Built-in "
        "digits as they are loaded."
    )
    assert not view.findChild(QPushButton, "originalsNeedGet").isVisible()
    assert run.config.loss == "mse" and shown.errors == pytest.approx(run.errors[shown.indices] / 784)


def test_before_the_decoder_is_there_it_says_so(qtbot, make_window, vae_file: Path) -> None:
    made = make_window(vae_file)
    made.views.show_view("reconstructions")
    made.show()
    view = made.views.made("reconstructions")
    assert words(view, "reconstructionsEmptyNote") == "Loading the network…"
    qtbot.waitUntil(lambda: view._shown is not None, timeout=60_000)
    assert words(view, "reconstructionsEmptyNote") == "" and view.grid.isVisible()


# exports


def test_numbers_and_picture_are_written(qtbot, borrowed_window, view, tmp_path: Path) -> None:
    shown = settled(qtbot, borrowed_window, view, lambda: click(view, "showPca"))
    qtbot.waitUntil(lambda: view._shown.pca is not None, timeout=20_000)
    shown = view._shown
    view.save_numbers_to(tmp_path / "numbers.csv")
    assert borrowed_window.message_bar.messages[-1].text == f"Saved as “{tmp_path / 'numbers.csv'}”."
    with open(tmp_path / "numbers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["held_out_image"]) for row in rows] == shown.indices.tolist()
    assert [row["label"] for row in rows] == list(shown.names)
    columns = {"squared_error_per_pixel": shown.errors, "bernoulli_nats": shown.nats}
    for name, numbers in (columns | {"pca_squared_error_per_pixel": shown.pca_errors}).items():
        assert [float(row[name]) for row in rows] == pytest.approx(numbers.tolist())
    view.save_picture_to(tmp_path / "picture.png")
    assert QImage(str(tmp_path / "picture.png")).size() == picture_size(view.sheet, title=run_shown(view)) * 2
    view.save_picture_to(tmp_path / "picture.svg")
    tree = ElementTree.parse(tmp_path / "picture.svg")
    svg = "{http://www.w3.org/2000/svg}"
    texts = {"".join(each.itertext()).strip() for each in tree.iter(f"{svg}text")}
    assert {"original", "VAE", "PCA", "VAE error", "PCA error", "VAE nats", "ink missing", "too much"} <= texts
    assert len(list(tree.iter(f"{svg}image"))) == 101, "five pictures an image, and the scale"


def test_what_cannot_be_written_is_one_sentence(borrowed_window, view, tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "numbers.csv"
    view.save_numbers_to(nowhere)
    message = borrowed_window.message_bar.messages[-1]
    assert (message.text, message.kind) == (f"“{nowhere}” could not be written: no such file or directory.", "error")


# in a small window


def test_in_a_small_window_the_buttons_have_shorter_words(qtbot, borrowed_window, view) -> None:
    orders = view.orders
    assert [orders[order].text() for order in ("random", "worst")] == ["Random 20", "Worst 20"]
    borrowed_window.resize(960, 640)
    QApplication.processEvents()
    assert [orders[order].text() for order in ("random", "worst")] == ["Random", "Worst"]
    room = view.label.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, _option(view.label), QStyle.SubControl.SC_ComboBoxEditField, view.label
    )
    assert view.label.fontMetrics().horizontalAdvance(view.label.currentText()) <= room.width()
    widgets = [*orders.values(), view.dice, view.label, view.pca]

    def in_a_row() -> bool:
        edges = [(at.mapTo(view, QPoint(0, 0)).x(), at.mapTo(view, QPoint(at.width(), 0)).x()) for at in widgets]
        return all(left[1] <= right[0] for left, right in pairwise(edges)) and edges[-1][1] < view.width()

    qtbot.waitUntil(in_a_row, timeout=2000)


def test_a_low_window_scrolls_to_what_the_keys_come_to(qtbot, borrowed_window, view) -> None:
    settled(qtbot, borrowed_window, view, lambda: click(view, "showPca"))
    qtbot.waitUntil(lambda: view._shown.pca is not None, timeout=20_000)
    borrowed_window.resize(960, 640)
    qtbot.waitUntil(lambda: view._scroll.verticalScrollBar().maximum() > 0, timeout=5000)
    view.grid.setFocus()
    for _ in range(1 + 20 // view.grid.places.columns):
        QTest.keyClick(view.grid, Qt.Key.Key_Down)
    assert view._scroll.verticalScrollBar().value() > 0
