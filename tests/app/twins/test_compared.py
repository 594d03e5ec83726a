"""Two networks compared: draws, the table of figures and their files; and which two can be."""

from __future__ import annotations

import csv
import itertools
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.amounts import signed
from app.desks.twins_table import TwinTable as Measuring
from app.desks.twins_table import first_measures
from app.exporting_views import MARGIN, picture_size
from app.panels.twins.table import TwinTable
from app.panels.twins.view import Twins
from app.run_library import runs_folder
from app.viewpoint import Viewpoint
from models.checkpoint import Run, load_run, save_run
from models.config import MEAN_BOUND
from models.datasets import Dataset
from models.measuring import measure
from models.twins import SIDES
from tests.app.conftest import made_ready
from tests.app.twin_hands import choose, click, words
from tests.app.twins.conftest import LEFT, LIMIT, apart, lonely, pixel, runs_of, seen_through

# draws and figures


def test_draws_come_from_the_prior_and_for_the_ae_from_its_own_range(qtbot, view, vae_file, ae) -> None:
    runs = runs_of(vae_file, ae)
    click(view, "twinDraw")
    qtbot.waitUntil(lambda: all(group.landed is not None for group in view.draws.groups), timeout=LIMIT)
    kinds = [(group.side, group.is_own_range) for group in view.draws.groups]
    assert kinds == [("left", False), ("right", False), ("right", True)]
    prior, same, own = view.draws.groups
    np.testing.assert_array_equal(prior.codes, same.codes)
    assert len(prior.codes) == 25 and np.abs(prior.codes).max() < 6
    assert (own.codes >= ae.codes.min(axis=0)).all() and (own.codes <= ae.codes.max(axis=0)).all()
    for group in view.draws.groups:
        run = runs[group.side]
        np.testing.assert_allclose(group.images, seen_through(run).decode(group.codes), atol=1e-5)
    reach = np.percentile(apart(ae.codes, ae.codes, but_itself=True).min(axis=1), 95)
    for group in (same, own):
        hits = apart(group.codes, ae.codes).min(axis=1) <= reach
        assert group.landed.tolist() == hits.tolist()
    assert f"AE 2-D, own range: {int(own.landed.sum())}/25" in view.draws.accessibleDescription()
    QTest.mouseClick(view.draws, LEFT, pos=view.draws.tile(2, 7).center())
    assert view.maps["right"].marks.pinned == pytest.approx(own.codes[7].tolist())
    view.draws.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Return):
        QTest.keyClick(view.draws, key)
    assert view.maps["right"].marks.pinned == pytest.approx(own.codes[4].tolist()), "from 7 two to the right, one up"
    click(view, "twinDraw")
    assert not np.array_equal(view.draws.groups[0].codes, prior.codes), "25 others"


def test_the_table_says_that_figures_are_still_to_come(qtbot, ae: Run) -> None:
    table = TwinTable()
    qtbot.addWidget(table)
    for measures, head in (
        (first_measures(Viewpoint.of_run(ae)), "measuring…"),
        (measure(ae.config, ae.codes, None, ae.report, None, None), ""),
    ):
        table.show_measures("left", measures)
        assert table.horizontalHeaderItem(0).text() == head
        assert (table.item(5, 1).text() == "–") == bool(head)
    desk = Measuring()
    desk.measured.connect(table.show_measures)
    desk.follow("left", Viewpoint.of_run(ae), None, None)  # in its first epoch
    assert table.horizontalHeaderItem(0).text() == "after epoch 1"
    desk.close()


def test_the_table_s_figures_and_their_file(qtbot, view, vae_file, ae: Run, digits: Dataset, tmp_path: Path) -> None:
    runs = runs_of(vae_file, ae)
    click(view, "twinTablePage")
    measures = view.table.measures
    qtbot.waitUntil(lambda: all(s in measures and measures[s].knn_accuracy for s in SIDES), timeout=LIMIT)
    written = {view.table.item(line, 0).text(): [view.table.item(line, 1 + i).text() for i in (0, 1)]
               for line in range(view.table.rowCount())}  # fmt: skip
    reports = [runs[side].report for side in SIDES]
    vae, plain = reports
    assert written["Test reconstruction"] == [
        f"{vae['test_reconstruction']:.2f} nats", f"{plain['test_reconstruction']:.2f} squared error per image",
    ]  # fmt: skip
    assert written["KL"] == [f"{vae['test_kl']:.2f} nats", "–"]
    assert written["Squared error per pixel"] == [f"{each['test_mse_per_pixel']:.4f}" for each in reports]
    assert written["Code size"] == ["64 bits", "64 bits"]
    low, high = ae.codes.min(axis=0), ae.codes.max(axis=0)
    ends = [f"{signed(low[axis], 1)} … {signed(high[axis], 1)}" for axis in (0, 1)]
    assert written["Range of the axes"][1] == ",  ".join(ends) and ends[0].startswith("−")
    line = list(written).index("Range of the axes")
    assert f"bounds codes softly at ±{MEAN_BOUND:g}" in view.table.item(line, 0).toolTip()
    exact = "; ".join(f"z{i + 1}: {signed(low[i])} … {signed(high[i])}" for i in (0, 1))
    assert view.table.item(line, 2).toolTip().endswith(f"<p>{exact}</p>")
    far = apart(ae.codes, seen_through(ae).encode(digits.train_images))
    near = digits.train_labels[np.argsort(far, axis=1)[:, :5]]
    right = [np.bincount(each).argmax() == label for each, label in zip(near, digits.test_labels, strict=True)]
    assert float(written["5-NN accuracy"][1].split()[0]) == pytest.approx(100 * np.mean(right), abs=0.7), "but ties"
    assert written["Own range lands on data"][0] == "–" and written["Own range lands on data"][1].endswith(" %")
    assert all(view.table.item(line, 0).toolTip() for line in range(view.table.rowCount()))
    view.save_numbers_to(tmp_path / "twins.csv")
    rows = {row[0]: row[1:] for row in csv.reader((tmp_path / "twins.csv").open())}
    assert rows["figure"] == ["my VAE", "my AE"], "as in the window"
    assert float(rows["test_reconstruction"][0]) == vae["test_reconstruction"]
    assert [float(each) for each in rows["range_z2_max"]] == [float(runs[s].codes[:, 1].max()) for s in SIDES]
    assert rows["kl_nats"][1] == "" and rows["reconstruction_unit"] == ["nats", "squared error"]


def test_numbers_that_nobody_has_looked_at_are_measured_before_they_are_saved(
    qtbot, borrowed_window, view, tmp_path: Path
) -> None:
    path = tmp_path / "twins.csv"
    choose(view.pickers["right"], "AE 2-D (shipped)")
    view.save_numbers_to(path)
    assert borrowed_window.message_bar.messages[-1].text.startswith("The figures are being measured; then")
    qtbot.waitUntil(path.exists, timeout=LIMIT)
    rows = {row[0]: row[1:] for row in csv.reader(path.open())}
    assert rows["figure"] == ["my VAE", "AE 2-D (shipped)"]
    assert all(float(each) > 0 for each in rows["test_reconstruction"] + rows["draws_on_data"])
    assert borrowed_window.message_bar.messages[-1].text == f"Saved as “{path}”."


def test_a_file_that_waits_for_figures_of_a_network_that_goes_is_given_up(
    qtbot, borrowed_window, view, tmp_path: Path
) -> None:
    choose(view.pickers["right"], "AE 2-D (shipped)")
    view.save_numbers_to(tmp_path / "twins.csv")
    choose(view.pickers["right"], "my AE")
    qtbot.waitUntil(lambda: view.table.is_complete, timeout=LIMIT)
    assert "was not written: another network came" in borrowed_window.message_bar.messages[-1].text
    assert not (tmp_path / "twins.csv").exists()


def test_pictures_are_saved_or_a_sentence_says_why_not(qtbot, borrowed_window, view, tmp_path: Path) -> None:
    view.save_picture_to(tmp_path / "twins.png")
    view.save_picture_to(tmp_path / "twins.svg")
    picture = QImage(str(tmp_path / "twins.png"))
    assert picture.size() == picture_size(view.legend, view.sheet) * 2, "colours are nothing without a legend"
    drawing = ElementTree.parse(tmp_path / "twins.svg").getroot()
    words = ["".join(each.itertext()).strip() for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert words.count("z1 →") == len(SIDES) and "3σ" in words, "grids and rings are drawn, not pictures of the screen"
    assert {"my VAE", "my AE"} < set(words)
    box = view.pickers["left"]
    edge = box.mapTo(view.sheet, QPoint(0, box.height() // 2)) + QPoint(MARGIN, MARGIN + view.legend.height())
    assert picture.pixelColor(2 * edge) == QColor(theme.colours().surface), "no box around a name: there is no list"
    assert borrowed_window.message_bar.messages[-1].text == f"Saved as “{tmp_path / 'twins.svg'}”."
    click(view, "twinTablePage")
    qtbot.waitUntil(lambda: view.table.is_complete, timeout=LIMIT)
    view.save_numbers_to(tmp_path / "no such folder" / "twins.csv")
    assert borrowed_window.message_bar.messages[-1].kind == "error"


def test_in_a_window_that_was_never_wide_the_legend_takes_the_room_of_its_names(
    qtbot, make_window, vae_file: Path, tmp_path: Path
) -> None:
    window = made_ready(qtbot, make_window(vae_file))
    window.resize(window.minimumSizeHint())
    QApplication.processEvents()
    window.views.show_view("twins")
    view = window.views.made("twins")
    assert isinstance(view, Twins) and view.legend.isHidden()
    view.save_picture_to(tmp_path / "twins.png")
    widest = max(view.sheet.width(), view.legend.sizeHint().width())
    assert QImage(str(tmp_path / "twins.png")).width() <= 2 * (widest + 2 * MARGIN)
    assert all(view.legend.rect().contains(chip.geometry()) for chip in view.legend.chips)


def test_pictures_in_a_drawing_are_those_of_the_screen(qtbot, view, tmp_path: Path) -> None:
    """Qt's drawings take whole pictures: what is a part of one on the screen would be all of it, pressed together."""
    click(view, "twinDraw")
    for page, least in (("twinDrawsPage", 50), ("twinStripsPage", 2)):
        click(view, page)
        view.save_picture_to(tmp_path / "twins.svg")
        drawn = list(ElementTree.parse(tmp_path / "twins.svg").iter("{http://www.w3.org/2000/svg}image"))
        assert len(drawn) > least
        for each in drawn:
            content = b64decode(each.get("{http://www.w3.org/1999/xlink}href").partition(",")[2])
            size = QImage.fromData(content).size()
            shown = float(each.get("width")) / float(each.get("height"))
            assert size.width() / size.height() == pytest.approx(shown, rel=0.01)


# which networks


def test_above_two_dimensions_a_map_shows_the_plane_of_pca(view, ae4_file: Path) -> None:
    run = load_run(ae4_file)
    save_run(run, runs_folder() / "my 4-D.safetensors")
    view.watched.emit(True)  # it lists the runs again
    choose(view.pickers["right"], "my 4-D")
    centred = run.codes - run.codes.mean(axis=0)
    theirs = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    ours = view.maps["right"].points.points
    for axis in (0, 1):
        assert abs(np.corrcoef(theirs[:, axis], ours[:, axis])[0, 1]) == pytest.approx(1, abs=1e-4)
    click(view, "twinDraw")
    assert [group.codes.shape for group in view.draws.groups] == [(25, 2), (25, 4), (25, 4)]


def test_words_for_classes_stand_in_rows_of_their_own(let_turns_pass, view, ae: Run) -> None:
    save_run(replace(ae, dataset="Fashion-MNIST"), runs_folder() / "my clothes.safetensors")
    view.watched.emit(True)
    for side in SIDES:
        choose(view.pickers[side], "my clothes")
    let_turns_pass()
    assert view.legend.name(9) == "Ankle boot"
    inside = view.sheet.rect()
    for chip in view.legend.chips:
        assert chip.visibleRegion().boundingRect() == chip.rect(), "each is seen whole"
        assert inside.contains(chip.mapTo(view.sheet, QPoint()))
    choose(view.pickers["left"], "my AE")
    let_turns_pass()
    assert view.legend.name(9) == "9" and view.legend.height() < 30


def test_runs_of_different_images_have_no_twins_and_a_sentence_says_so(qtbot, view, vae_file: Path) -> None:
    choose(view.pickers["right"], "AE 2-D (shipped)")
    sentence = "These two are of different images (Built-in digits, MNIST): a code of one has no twin."
    assert words(view, "twinTrouble") == sentence
    codes = load_run(vae_file).codes
    index = lonely(codes)
    QTest.mouseClick(view.maps["left"].view.viewport(), LEFT, pos=pixel(view.maps["left"], codes[index]))
    assert view.maps["left"].marks.pinned == pytest.approx(codes[index].tolist())
    assert view.maps["right"].marks.pinned is None and view.pictures.decoded["right"].is_empty()
    choose(view.pickers["right"], "my AE")
    assert words(view, "twinTrouble") == "" and not view.pictures.decoded["right"].is_empty()


def test_a_run_that_cannot_be_read_leaves_what_stands_there(borrowed_window, view) -> None:
    (runs_folder() / "broken.safetensors").write_bytes(b"no run")
    view.watched.emit(True)
    before = borrowed_window.session.twins.pair.sides["left"]
    box = view.pickers["left"]
    box.activated.emit(box.findText("broken"))
    assert borrowed_window.message_bar.messages[-1].text.endswith("is damaged or is not a saved run of Latent Lab.")
    assert borrowed_window.session.twins.pair.sides["left"] is before and box.currentText() == "my VAE"


def test_in_the_smallest_window_no_word_is_cut(qtbot, let_turns_pass, borrowed_window, view) -> None:
    window, size = borrowed_window, borrowed_window.size()
    window.session.twins.pick("left", 0.0, 0.0, 0)  # an image, whatever was picked before: it has an error
    window.resize(960, 640)
    qtbot.waitUntil(lambda: view.width() < 460)
    let_turns_pass()
    for image in (view.pictures.original, *view.pictures.decoded.values()):
        room = image.width()
        assert image.isVisible() and image.fontMetrics().horizontalAdvance(image._caption) <= room, image._caption
    assert not view.pictures.seen.isVisible(), "nothing is drawn"
    click(view, "twinTablePage")
    qtbot.waitUntil(lambda: all(s in view.table.measures and view.table.measures[s].knn_accuracy for s in SIDES))
    let_turns_pass()
    for line in range(view.table.rowCount()):
        for column in range(3):
            text, wide = view.table.item(line, column).text(), view.table.columnWidth(column)
            assert view.table.fontMetrics().horizontalAdvance(text) + 4 <= wide, text
    assert view.table.verticalScrollBar().maximum() == 0, "all lines are seen"
    click(view, "twinDraw")
    qtbot.waitUntil(lambda: all(group.landed is not None for group in view.draws.groups), timeout=LIMIT)
    pad = window.sketch_panel.pad
    click(view, "twinPicturesPage")
    QTest.mousePress(pad, LEFT, pos=QPoint(30, 20))
    QTest.mouseMove(pad, QPoint(30, 60))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(30, 60))
    qtbot.waitUntil(lambda: view.pictures.seen.isVisible() and not view.pictures.rebuilt["right"].is_empty())
    qtbot.waitUntil(lambda: view.pictures.decoded["left"]._caption.startswith("."), timeout=LIMIT)
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    window.resize(size)


def test_in_a_narrow_window_the_names_of_the_pages_keep_apart(borrowed_window, view: Twins, let_turns_pass) -> None:
    size = borrowed_window.size()
    for width in (960, 1024):
        borrowed_window.resize(width, 700)
        let_turns_pass()
        buttons = list(view.segments.values())
        for button, following in itertools.pairwise(buttons):
            assert button.geometry().right() < following.geometry().left(), button.text()
        for button in buttons:
            bold = QFont(button.font())
            bold.setWeight(QFont.Weight.DemiBold)
            assert button.width() >= QFontMetrics(bold).horizontalAdvance(button.text()) + 12
        row = buttons[-1].parentWidget()
        assert row.geometry().right() < view.draw.geometry().left() and view.draw.geometry().right() < view.width()
    borrowed_window.resize(size)
