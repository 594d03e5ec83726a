"""Figures, pictures and the plot against plain calculations, with mouse and keys, and their files."""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from torch.distributions import Normal, kl_divergence

from app import theme
from app.exporting_views import picture_size, run_shown
from app.main_window import MainWindow
from app.run_library import shipped_runs
from models.checkpoint import load_run, save_run
from models.compression import png_bytes
from models.datasets import Dataset
from tests.app.compression.conftest import (
    LEFT,
    error,
    figure,
    mark,
    midpoints,
    opened,
    seen_through,
    settled,
    turn_to,
    words,
)

# figures and pictures


def test_bits_in_bits_out_and_their_ratio(view) -> None:
    assert figure(view, "bitsIn") == "6,272, bits in: 28 × 28 × 8"
    assert figure(view, "bitsOut") == "8, bits out: 2 axes × 4"
    assert figure(view, "bitsRatio") == "784 : 1, ratio"
    turn_to(view, 3)
    assert (figure(view, "bitsOut"), figure(view, "bitsRatio")) == ("6, bits out: 2 axes × 3", "1,045 : 1, ratio")
    turn_to(view, 16)
    assert (figure(view, "bitsOut"), figure(view, "bitsRatio")) == ("32, bits out: 2 axes × 16", "196 : 1, ratio")


def test_the_entropy_is_that_of_so_many_codes_at_most(view, vae_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told anew at each turn of the slider: of 70,000 codes of 64 numbers that would take a tenth of a second."""
    codes = load_run(vae_file).codes
    monkeypatch.setattr("app.desks.compression.COUNTED", 99)
    turn_to(view, 3)
    some = np.arange(99) * len(codes) // 99
    shares = [np.unique(axis, return_counts=True)[1] / 99 for axis in midpoints(codes[some], codes, 3).T]
    assert view._shown.costs.entropy == pytest.approx(-sum((share * np.log2(share)).sum() for share in shares))


def test_the_rate_is_the_kl_of_torchs_distributions_in_bits(view, vae_file: Path, digits: Dataset) -> None:
    mean, log_variance = seen_through(vae_file).posterior(digits.test_images)
    posterior = Normal(torch.from_numpy(mean), torch.from_numpy(log_variance).div(2).exp())
    nats = float(kl_divergence(posterior, Normal(0.0, 1.0)).sum(dim=1).mean())
    assert view._shown.rate == pytest.approx(nats / math.log(2), rel=1e-4)
    assert figure(view, "rateBits").startswith(f"{nats / math.log(2):.1f}, ")


@pytest.mark.parametrize("bits", [1, 4, 7])
def test_pictures_and_errors_are_those_of_plain_calculations(
    view, vae_file, digits: Dataset, peer_pca, bits: int
) -> None:
    turn_to(view, bits)
    shown, snapshot, codes = view._shown, seen_through(vae_file), load_run(vae_file).codes
    originals = digits.test_images[shown.indices]
    assert sorted(digits.test_labels[shown.indices]) == list(range(10)), "one of each digit"
    quantised = snapshot.decode(midpoints(codes[shown.indices], codes, bits))
    peer = peer_pca(2)
    all_ = peer.transform(digits.test_images.reshape(-1, 784) / 255)
    pca = peer.inverse_transform(midpoints(all_[shown.indices], all_, bits)).reshape(-1, 28, 28)
    rows = {name: (images, errors) for name, images, errors in shown.rows()}
    names = ["original", "unquantised", "1 bit" if bits == 1 else f"{bits} bits", "PCA"]
    assert list(rows) == names
    for name, expected in zip(
        names, (originals / 255, snapshot.decode(codes[shown.indices]), quantised, pca), strict=True
    ):
        images, errors = rows[name]
        np.testing.assert_allclose(images, expected, atol=2e-4)
        if name != "original":
            assert errors == pytest.approx(error(expected, originals), rel=2e-3)
    written = view.rows._rows[2][2][0]
    assert written == (f"{rows[names[2]][1][0]:.4f}"[1:], f"{10 * math.log10(1 / rows[names[2]][1][0]):.1f}")


def test_the_pictures_degrade_as_bits_are_taken_away(view) -> None:
    means = []
    for bits in (8, 3, 1):
        turn_to(view, bits)
        means.append(float(view._shown.rows()[2][2].mean()))
    assert means[0] < means[1] < means[2]


def test_slider_and_number_follow_each_other(view) -> None:
    turn_to(view, 6)
    assert view.spin.value() == 6
    view.spin.setFocus()
    view.spin.selectAll()
    QTest.keyClicks(view.spin, "11")
    QTest.keyClick(view.spin, Qt.Key.Key_Return)
    assert view.slider.value() == view._shown.bits == 11
    groove = QPoint(view.slider.width() - 3, view.slider.height() // 2)
    QTest.mouseClick(view.slider, LEFT, pos=groove)
    assert view._shown.bits == view.spin.value() == 13, "a page further"


def test_what_the_ratio_does_not_say(view, vae_file: Path, digits: Dataset) -> None:
    said = view.findChild(QLabel, "compressionFinePrint").text()
    shown, run = view._shown, load_run(vae_file)
    weights = 2 * 32 + 32 + 32 * 784 + 784
    assert f"{weights:,} weights = {32 * weights:,} bits" in said
    assert f"what {math.ceil(32 * weights / (6272 - 8)):,} images save" in said
    assert "2<sup>8</sup> = 256 pictures" in said
    mean = float(shown.rows()[2][2].mean())
    assert f"mean error {mean:.4f}, {-10 * math.log10(mean):.1f} dB over 10 images." in said
    assert f"taken from these very codes, {len(run.codes)} held-out ones" in said
    png = round(png_bytes(digits.test_images[shown.indices]).mean())
    assert f"<b>PNG</b> loses nothing: {png} bytes = {8 * png:,} bits, {6272 / 8 / png:.1f} : 1" in said, "as it says"
    turn_to(view, 6)
    assert view._shown.costs.entropy is not None
    for bits in (7, 12):
        turn_to(view, bits)
        assert "entropy coding." in view.findChild(QLabel, "compressionFinePrint").text(), "too few images to tell"


def test_the_dice_draws_others_of_each_class(view, digits: Dataset) -> None:
    before = set(view._shown.indices)
    QTest.mouseClick(view.dice, LEFT)
    after = set(view._shown.indices)
    assert before != after and sorted(digits.test_labels[list(after)]) == list(range(10))


def test_mouse_and_keys_pin_an_images_code(borrowed_window, view) -> None:
    index = int(view._shown.indices[3])
    at = view.rows.column(3).center()
    QTest.mouseMove(view.rows, at)
    said = view.rows.accessibleDescription()
    assert said.startswith(f"Held-out image {index}: ") and "PSNR" in said
    QTest.mouseClick(view.rows, LEFT, pos=at)
    assert borrowed_window.session.look.pin.index == index and view.rows._pinned == index
    view.rows.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Return):
        QTest.keyClick(view.rows, key)
    assert borrowed_window.session.look.pin.index == view._shown.indices[view.rows._current]


def test_held_out_images_that_are_not_there(borrowed_window, view, vae_file: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    path = tmp_path / "elsewhere.safetensors"
    save_run(replace(load_run(vae_file), fingerprint="0" * 16), path)
    borrowed_window.session.open_run(path)
    assert words(view, "compressionNeedNote") == (
        "Errors are against the unquantised picture: the originals that PCA and the curves need are not among those "
        "of Built-in digits as they are loaded."
    )
    assert not view.findChild(QPushButton, "compressionNeedGet").isVisible()


# the plot


def test_the_run_s_curve_is_measured_at_all_bits(view, vae_file: Path, digits: Dataset) -> None:
    snapshot, codes = seen_through(vae_file), load_run(vae_file).codes
    for bits in (1, 5, 16):
        name = f"This run, {bits} bit{'s' if bits > 1 else ''} an axis"
        found = mark(view, name)
        expected = error(snapshot.decode(midpoints(codes, codes, bits)), digits.test_images).mean()
        assert (found.bits, found.error) == (2 * bits, pytest.approx(expected, rel=1e-3))
    rate = mark(view, "This run's rate, KL / ln 2")
    assert rate.bits == pytest.approx(view._shown.rate)
    assert rate.error == pytest.approx(error(snapshot.decode(codes), digits.test_images).mean(), rel=1e-4)
    assert rate.note == "error of the mean codes, over 297 held-out images"


def test_pca_s_points_are_scikit_learns(view, digits: Dataset, peer_pca) -> None:
    held_out = digits.test_images.reshape(-1, 784) / 255
    for dim in (2, 4, 16):
        peer = peer_pca(dim)
        codes = peer.transform(held_out)
        expected = ((peer.inverse_transform(midpoints(codes, codes, 4)) - held_out) ** 2).mean()
        found = mark(view, f"PCA, {dim} axes of 4 bits")
        assert (found.bits, found.error) == (4 * dim, pytest.approx(expected, rel=1e-3))


def test_shipped_vaes_stand_at_their_reports_and_say_whose_images_these_were(view) -> None:
    vaes = [entry for entry in shipped_runs() if entry.path.stem in ("vae-2", "vae-4", "vae-16")]
    assert len(vaes) == 3
    for entry in vaes:
        report = load_run(entry.path).report
        found = mark(view, f"{entry.title}: KL / ln 2")
        assert found.bits == pytest.approx(report["test_kl"] / math.log(2))
        assert found.error == report["test_mse_per_pixel"]
    assert words(view, "compressionNote") == "The shipped runs were measured on MNIST, this one on Built-in digits."


def test_pointing_tells_a_name_and_numbers_and_a_click_opens_a_shipped_run(qtbot, borrowed_window, view) -> None:
    found = next(each for each in view.canvas.marks() if each.path is not None and each.dim == 16)
    at = view.canvas.position(found)
    QTest.mouseMove(view.canvas, at)
    assert view.card.isVisible() and found.name in view.card.text() and f"{found.error:.4f}" in view.card.text()
    assert f"{-10 * math.log10(found.error):.1f} dB" in view.card.text() and "click opens it" in view.card.text()
    assert view.canvas.accessibleDescription().startswith(found.name)
    QTest.mouseClick(view.canvas, LEFT, pos=at)
    assert borrowed_window.session.view.run.path == found.path
    settled(qtbot, borrowed_window)
    assert figure(view, "bitsOut") == "64, bits out: 16 axes × 4"


def test_a_click_on_the_own_curve_chooses_its_bits(view) -> None:
    at = view.canvas.position(mark(view, "This run, 1 bit an axis"))
    QTest.mouseMove(view.canvas, at)
    assert "mean over 297 held-out images; click: so many bits" in view.card.text()
    QTest.mouseClick(view.canvas, LEFT, pos=at)
    assert view._shown.bits == view.slider.value() == 1
    QTest.mouseMove(view.canvas, QPoint(2, 2))
    assert view.card.isHidden()


def test_arrow_keys_walk_by_bits_and_enter_picks(view) -> None:
    view.canvas.setFocus()
    bits = []
    for _ in range(4):
        QTest.keyClick(view.canvas, Qt.Key.Key_Right)
        bits.append(view.canvas.marks()[view.canvas._current].bits)
    assert bits == sorted(bits) and view.card.isVisible()
    view.canvas._point_at(view.canvas.marks().index(mark(view, "This run, 9 bits an axis")))
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    assert view._shown.bits == 9


def test_chips_hide_what_they_name(view) -> None:
    QTest.mouseClick(view.chips["pca"], LEFT)
    assert {each.group for each in view.canvas.marks()} == {"own", "vae"}
    QTest.mouseClick(view.chips["own"], LEFT, Qt.KeyboardModifier.ShiftModifier)
    assert {each.group for each in view.canvas.marks()} == {"own"}


@pytest.mark.parametrize("dark", [False, True])
def test_the_run_is_drawn_in_the_accent_colour_of_the_theme(qapp, view, dark: bool) -> None:
    theme.apply(qapp, "dark" if dark else "light")
    at = view.canvas.position(mark(view, "This run, 4 bits an axis"))
    picture = view.canvas.grab().toImage()
    assert picture.pixelColor(at * picture.devicePixelRatio()).name() == theme.colours().accent


def test_no_point_stands_under_the_legend(view) -> None:
    legend = view.chips["own"].parentWidget().geometry()
    for bits in range(1, 17):
        turn_to(view, bits)
        assert not [each.name for each in view.canvas.marks() if legend.contains(view.canvas.position(each))]


# the window


def test_everything_has_its_words(borrowed_window, view) -> None:
    assert view.objectName() == "compression"
    names = (
        "compressionRows bitsPlot bitsSlider bitsBox bitsIn bitsOut bitsRatio rateBits drawCompressed "
        "compressionExport compressionFinePrint ownChip vaeChip aeChip pcaChip"
    )
    for widget in [view, *(view.findChild(QWidget, name) for name in names.split())]:
        assert widget.accessibleName(), widget.objectName()
    names = borrowed_window.views.names()
    assert names.index("compression") == names.index("rate") - 1


def test_all_of_it_stands_in_a_window_of_1280_x_800(view) -> None:
    QApplication.processEvents()
    assert view._scroll.verticalScrollBar().maximum() <= 8
    assert view.sheet.width() <= view._scroll.viewport().width()
    right = view.rows.picture(9, 0).right()
    assert right < view.rows.width()


def test_in_the_smallest_window_nothing_is_cut_off(qtbot, any_window: MainWindow, let_turns_pass) -> None:
    view, size = opened(qtbot, any_window), any_window.size()
    any_window.resize(any_window.minimumSize())
    let_turns_pass()
    right = view.rect().right() - 12  # the frame's
    tools = [view.slider, view.spin, view.dice, view.export]
    edges = [(each.mapTo(view, QPoint(0, 0)).x(), each.mapTo(view, each.rect().bottomRight()).x()) for each in tools]
    assert [edge for _, edge in edges if edge > right] == []
    assert all(before < after for (_, before), (after, _) in pairwise(edges)), "beside each other"
    few = len(view.rows.indices())
    assert 3 <= few < 10 and view.rows.width() >= view.rows.column(few - 1).right(), "as many pictures as find room"
    for each in (view.bits_in, view.bits_out, view.ratio, view.rate):
        assert each.number.width() >= each.number.fontMetrics().horizontalAdvance(each.number.text()), (
            each.number.text()
        )
    chips = view.chips["own"]
    assert chips.mapTo(view.sheet, chips.rect().bottomLeft()).y() <= view.canvas.y(), "the plot has its room alone"
    bar = view._scroll.horizontalScrollBar()
    assert not bar.isVisible() and view.sheet.width() == view._scroll.viewport().width()
    QTest.mouseClick(view.rows, LEFT, pos=view.rows.column(few - 1).center())
    assert any_window.session.look.pin.index == view.rows.indices()[few - 1]
    any_window.resize(1280, 800)
    let_turns_pass()
    assert not bar.isVisible() and view.sheet.width() == view._scroll.viewport().width()
    assert len(view.rows.indices()) == 10
    assert view.canvas.isAncestorOf(chips), "in its corner again"
    any_window.resize(size)


# files


def test_numbers_and_pictures_are_written(borrowed_window, view, tmp_path: Path) -> None:
    view.save_numbers_to(tmp_path / "images.csv")
    assert borrowed_window.message_bar.messages[-1].text == f"Saved as “{tmp_path / 'images.csv'}”."
    with open(tmp_path / "images.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = view._shown
    assert [int(row["held_out_image"]) for row in rows] == shown.indices.tolist()
    assert {(row["bits_an_axis"], row["bits"], row["reference"]) for row in rows} == {("4", "8", "original")}
    for name, (_, _, errors) in zip(("unquantised", "quantised", "pca"), shown.rows()[1:], strict=True):
        assert [float(row[f"{name}_squared_error_per_pixel"]) for row in rows] == pytest.approx(errors.tolist())
        decibels = [-10 * math.log10(each) for each in errors]
        assert [float(row[f"{name}_psnr_db"]) for row in rows] == pytest.approx(decibels)
    view.save_curves_to(tmp_path / "plot.csv")
    with open(tmp_path / "plot.csv", newline="") as file:
        points = list(csv.DictReader(file))
    own = [row for row in points if row["name"] == "this run" and row["bits_an_axis"]]
    assert [int(row["bits"]) for row in own] == [2 * bits for bits in range(1, 17)]
    assert [float(row["squared_error_per_pixel"]) for row in own] == pytest.approx(view._curves.own.errors.tolist())
    view.save_picture_to(tmp_path / "picture.png")
    assert QImage(str(tmp_path / "picture.png")).size() == picture_size(view.sheet, title=run_shown(view)) * 2
    view.save_picture_to(tmp_path / "picture.svg")
    tree = ElementTree.parse(tmp_path / "picture.svg")
    svg = "{http://www.w3.org/2000/svg}"
    texts = {"".join(each.itertext()).strip() for each in tree.iter(f"{svg}text")}
    assert {"original", "unquantised", "4 bits", "PCA", "6,272", "squared error per pixel", "16-D"} <= texts
    assert len(list(tree.iter(f"{svg}image"))) == 40


def test_what_cannot_be_written_is_one_sentence(borrowed_window, view, tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "numbers.csv"
    view.save_curves_to(nowhere)
    message = borrowed_window.message_bar.messages[-1]
    assert (message.text, message.kind) == (f"“{nowhere}” could not be written: no such file or directory.", "error")
