"""Twins in the window: two networks under one cursor, with mouse and keys; numbers against plain calculations."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton, QToolButton

from app.desks.twins_table import TwinTable as Measuring
from app.desks.twins_table import first_measures
from app.exporting_views import picture_size
from app.main_window import MainWindow
from app.panels.twins.map import TwinMap
from app.panels.twins.table import TwinTable
from app.panels.twins.view import Twins
from app.run_library import runs_folder
from app.viewpoint import Viewpoint
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from models.snapshot import Snapshot
from models.twins import SIDES, measure
from tests.app.twin_hands import choose, click, opened, words
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
LIMIT = 30_000  # milliseconds


@pytest.fixture(scope="module")
def ae(digits: Dataset) -> Run:
    return trained(digits, kind="ae", loss="mse", epochs=5)


@pytest.fixture(scope="module", autouse=True)
def my_runs(vae_file: Path, ae: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A VAE and an AE of the built-in digits are the person's own runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data home")))
        runs_folder().mkdir(parents=True)
        save_run(load_run(vae_file), runs_folder() / "my VAE.safetensors")
        save_run(ae, runs_folder() / "my AE.safetensors")
        yield


@pytest.fixture
def view(borrowed_window: MainWindow) -> Iterator[Twins]:
    """The view with its pictures, opened with a click on its tab, and both runs chosen with the keyboard."""
    made = opened(borrowed_window)
    if not made.segments["pictures"].isChecked():
        click(made, "twinPicturesPage")
    for side, name in (("left", "my VAE"), ("right", "my AE")):
        choose(made.pickers[side], name)
    for map_ in made.maps.values():
        map_.fit()
    yield made
    for digit in range(10):
        if not made.legend.chips[digit].isChecked():
            made.legend.toggle(digit)


def pixel(map_: TwinMap, place: np.ndarray) -> QPoint:
    """Where a place of the plane lies on the screen, worked out from the view's range alone."""
    (left, right), (bottom, top) = map_.view.view_box.viewRange()
    size = map_.view.viewport().size()
    x, y = (place[0] - left) / (right - left) * size.width(), (top - place[1]) / (top - bottom) * size.height()
    return QPoint(round(x), round(y))


def apart(some: np.ndarray, others: np.ndarray, but_itself: bool = False) -> np.ndarray:
    """Distances (n, m) of points from others, by subtraction; with `but_itself` none is its own neighbour."""
    far = np.linalg.norm(some[:, None].astype(np.float64) - others[None], axis=2)
    if but_itself:
        np.fill_diagonal(far, np.inf)
    return far


def lonely(points: np.ndarray, but: int = 0) -> int:
    """The point that lies farthest from all others, so that the pointer means no other one."""
    return int(np.argsort(-apart(points, points, but_itself=True).min(axis=1))[but])


def seen_through(run: Run) -> Snapshot:
    return Snapshot.from_weights(run.config, run.weights)


def runs_of(vae_file: Path, ae: Run) -> dict[str, Run]:
    return {"left": load_run(vae_file), "right": ae}


def shown(image) -> np.ndarray:
    """A picture's pixels (28, 28), 0 to 255."""
    picture = image.picture().convertToFormat(QImage.Format.Format_Grayscale8)
    return np.array([[picture.pixelColor(x, y).red() for x in range(28)] for y in range(28)])


# at first


def test_nothing_is_loaded_before_the_first_look_and_then_the_shipped_twins(qtbot, window: MainWindow) -> None:
    desk = window.session.twins
    window.session.sketch.draw(np.ones((200, 200), np.float32))
    assert desk.pair.sides == {} and window.views.made("twins") is None
    view = opened(window)
    assert [view.pickers[side].currentText() for side in SIDES] == ["VAE 2-D (shipped)", "AE 2-D (shipped)"]
    for side in SIDES:
        run = desk.pair.sides[side].run
        assert run is not None and run.path is not None
        codes = load_run(run.path).codes
        np.testing.assert_array_equal(view.maps[side].points.points, codes)
        assert not view.pictures.decoded[side].is_empty()
    assert words(view, "twinNote") == "The originals are in MNIST, which is not loaded."
    assert view.pictures.get.text() == "Get MNIST…"
    assert view.pictures.original.is_empty()
    assert view.accessibleName()


def test_everything_has_a_name_and_can_be_reached_with_tab(view: Twins) -> None:
    kinds = (QPushButton, QToolButton, QComboBox)
    touched: list[Any] = [each for kind in kinds for each in view.findChildren(kind) if each.isVisible()]
    assert len(touched) >= 11
    for each in touched:
        assert each.accessibleName() or each.text(), each.objectName()
        assert each.toolTip() and each.objectName(), each.accessibleName()
        assert each.focusPolicy() & Qt.FocusPolicy.TabFocus
    for map_ in view.maps.values():
        assert map_.view.focusPolicy() & Qt.FocusPolicy.TabFocus and map_.accessibleDescription()


# one cursor


def test_pointing_at_a_code_shows_the_same_image_on_the_other_map(qtbot, view, vae_file, ae: Run) -> None:
    runs = runs_of(vae_file, ae)
    for side, other in (SIDES, SIDES[::-1]):
        index = lonely(runs[side].codes)
        QTest.mouseMove(view.maps[side].view.viewport(), pixel(view.maps[side], runs[side].codes[index]))
        qtbot.waitUntil(lambda marks=view.maps[other].marks: marks.nearest is not None)
        assert view.maps[other].marks.nearest == pytest.approx(runs[other].codes[index].tolist())
        assert view.maps[side].marks.nearest == pytest.approx(runs[side].codes[index].tolist())
        for each in SIDES:
            decoded = seen_through(runs[each]).decode(runs[each].codes[index][None])[0]
            assert np.abs(shown(view.pictures.decoded[each]) - 255 * decoded).max() <= 1
        view.maps[side].view.left.emit()
        assert view.maps[other].marks.nearest is None, "the pointer has left"


def test_between_the_points_the_twin_is_the_code_of_the_picture(qtbot, view, vae_file, ae: Run) -> None:
    runs = runs_of(vae_file, ae)
    map_ = view.maps["left"]
    x, y = map_.view.frame().to_plane(6, 6)
    QTest.mouseMove(map_.view.viewport(), QPoint(6, 6))
    qtbot.waitUntil(lambda: view.maps["right"].marks.nearest is not None)
    picture = seen_through(runs["left"]).decode(np.array([[x, y]], np.float32))
    code = seen_through(runs["right"]).encode(picture)[0]
    assert view.maps["right"].marks.nearest == pytest.approx(code.tolist(), abs=1e-4)
    assert view.pictures.original.is_empty()
    QTest.mouseClick(map_.view.viewport(), LEFT, pos=QPoint(6, 6))
    assert map_.marks.pinned == pytest.approx((x, y))
    assert view.maps["right"].marks.pinned == pytest.approx(code.tolist(), abs=1e-4)


def test_a_click_picks_the_image_for_the_whole_window(
    borrowed_window, view, vae_file, ae: Run, digits: Dataset
) -> None:
    runs = runs_of(vae_file, ae)
    index = lonely(runs["right"].codes, 1)
    QTest.mouseClick(view.maps["right"].view.viewport(), LEFT, pos=pixel(view.maps["right"], ae.codes[index]))
    assert borrowed_window.session.look.pin.index == index
    np.testing.assert_array_equal(shown(view.pictures.original), digits.test_images[index])
    assert view.pictures.original._caption == f"original {digits.test_labels[index]}"
    for side in SIDES:
        assert view.maps[side].marks.pinned == pytest.approx(runs[side].codes[index].tolist())
        decoded = seen_through(runs[side]).decode(runs[side].codes[index][None])[0]
        assert np.abs(shown(view.pictures.decoded[side]) - 255 * decoded).max() <= 1
        error = np.square(decoded - digits.test_images[index] / 255).mean()
        assert view.pictures.decoded[side]._caption.endswith(f"{error:.3f}"[1:])
    borrowed_window.session.look.pick(0.0, 0.0, 17)
    assert view.maps["right"].marks.pinned == pytest.approx(ae.codes[17].tolist()), "picked elsewhere, picked here"
    click(view, "twinRandom")
    pin = borrowed_window.session.look.pin.index
    assert view.maps["left"].marks.pinned == pytest.approx(runs["left"].codes[pin].tolist())


def test_keys_move_zoom_fit_and_hide(view) -> None:
    map_ = view.maps["right"]
    map_.view.setFocus()
    before, scale = map_.marks.pinned, map_.view.frame().scale_x
    QTest.keyClick(map_.view, Qt.Key.Key_Right)
    assert map_.marks.pinned[0] == pytest.approx(before[0] + 8 / scale, rel=1e-4)
    assert map_.marks.pinned[1] == pytest.approx(before[1], abs=1e-4)
    QTest.keyClick(map_.view, Qt.Key.Key_Plus)
    assert map_.view.frame().scale_x > 1.2 * scale
    assert view.maps["left"].view.frame().scale_x != pytest.approx(map_.view.frame().scale_x), "each by itself"
    QTest.keyClick(map_.view, Qt.Key.Key_F)
    assert map_.view.frame().scale_x == pytest.approx(scale)
    QTest.keyClick(map_.view, Qt.Key.Key_3)
    for each in view.maps.values():
        place = each.points.points[np.flatnonzero(each.points.labels == 3)[0]]
        found = each.points.nearest(*place.tolist(), 3.0)
        assert found < 0 or each.points.labels[found] != 3, "hidden on both"
    QTest.keyClick(map_.view, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert [chip.isChecked() for chip in view.legend.chips] == [digit == 3 for digit in range(10)]
    QTest.keyClick(map_.view, Qt.Key.Key_D)
    assert view.segments["draws"].isChecked() and len(view.draws.groups) == 3


# one sketch, one strip


def test_one_sketch_stands_on_both_maps_and_both_rebuild_it(qtbot, borrowed_window, view, vae_file, ae: Run) -> None:
    runs, window = runs_of(vae_file, ae), borrowed_window
    pad = window.sketch_panel.pad
    assert all(view.maps[side].marks.sketch is None for side in SIDES)
    QTest.mousePress(pad, LEFT, pos=QPoint(60, 30))
    for y in range(30, 120, 6):
        QTest.mouseMove(pad, QPoint(60, y))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(60, 120))
    qtbot.waitUntil(lambda: not view.pictures.rebuilt["right"].is_empty() and window.session.sketch.seen is not None)
    qtbot.waitUntil(lambda: np.array_equal(shown(view.pictures.seen), window.session.sketch.seen))
    seen = window.session.sketch.seen
    for side in SIDES:
        snapshot = seen_through(runs[side])
        code = snapshot.encode(seen[None])[0]
        assert view.maps[side].marks.sketch == pytest.approx(code.tolist(), abs=1e-4)
        assert np.abs(shown(view.pictures.rebuilt[side]) - 255 * snapshot.decode(code[None])[0]).max() <= 1
    assert len(view.maps["left"].marks.ellipses) == 2 and view.maps["right"].marks.ellipses == []
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: view.maps["right"].marks.sketch is None)
    assert all(image.is_empty() for image in (view.pictures.seen, *view.pictures.rebuilt.values()))


def test_one_pair_of_ends_makes_a_strip_on_each_side(
    qtbot, let_turns_pass, borrowed_window, view, vae_file, ae: Run
) -> None:
    runs, window = runs_of(vae_file, ae), borrowed_window
    click(view, "twinStripsPage")
    window.session.ends.choose_place("A", 0.0, 0.0, 5)
    window.session.ends.choose_place("B", 0.0, 0.0, 9)
    window.session.strip.set_steps(7)
    qtbot.waitUntil(lambda: view.strips.rows["right"].steps == 7)
    for side in SIDES:
        codes = np.linspace(runs[side].codes[5], runs[side].codes[9], 7)
        np.testing.assert_allclose(view.maps[side].marks.path, codes, atol=1e-5)
        images = seen_through(runs[side]).decode(codes.astype(np.float32))
        np.testing.assert_allclose(view.strips.rows[side]._images, images, atol=1e-5)
    let_turns_pass()  # the rows take their new width
    row = view.strips.rows["right"]
    at = row.layout_now().tile(3).center().toPoint()
    QTest.mouseMove(row, at)
    qtbot.waitUntil(lambda: window.session.strip.current == 3)
    assert [view.strips.rows[side].current for side in SIDES] == [3, 3]
    assert [view.maps[side].marks.step for side in SIDES] == [3, 3], "one step on both maps"
    QTest.mouseClick(row, LEFT, pos=at)
    assert view.maps["right"].marks.pinned == pytest.approx(view.maps["right"].marks.path[3].tolist(), abs=1e-5)
    click(view, "twinPicturesPage")
    assert view.maps["right"].marks.path is None, "the way is seen with its page"


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
        f"{vae['test_reconstruction']:.2f} nats", f"{plain['test_reconstruction']:.2f} squared error",
    ]  # fmt: skip
    assert written["KL"] == [f"{vae['test_kl']:.2f} nats", "–"]
    assert written["Squared error a pixel"] == [f"{each['test_mse_per_pixel']:.4f}" for each in reports]
    assert written["Code size"] == ["64 bits", "64 bits"]
    low, high = ae.codes.min(axis=0), ae.codes.max(axis=0)
    assert written["Range of the axes"][1] == f"{low[0]:.1f} … {high[0]:.1f},  {low[1]:.1f} … {high[1]:.1f}"
    far = apart(ae.codes, seen_through(ae).encode(digits.train_images))
    near = digits.train_labels[np.argsort(far, axis=1)[:, :5]]
    right = [np.bincount(each).argmax() == label for each, label in zip(near, digits.test_labels, strict=True)]
    assert float(written["5-NN accuracy"][1].split()[0]) == pytest.approx(100 * np.mean(right), abs=0.7), "but ties"
    assert written["Own range lands on data"][0] == "–" and written["Own range lands on data"][1].endswith(" %")
    assert all(view.table.item(line, 0).toolTip() for line in range(view.table.rowCount()))
    view.save_numbers_to(tmp_path / "twins.csv")
    rows = {row[0]: row[1:] for row in csv.reader((tmp_path / "twins.csv").open())}
    assert rows["figure"] == [load_run(vae_file).name, ae.name]
    assert float(rows["test_reconstruction"][0]) == vae["test_reconstruction"]
    assert [float(each) for each in rows["range_z2_max"]] == [float(runs[s].codes[:, 1].max()) for s in SIDES]
    assert rows["kl_nats"][1] == "" and rows["reconstruction_unit"] == ["nats", "squared error"]


def test_pictures_are_saved_or_a_sentence_says_why_not(borrowed_window, view, tmp_path: Path) -> None:
    view.save_picture_to(tmp_path / "twins.png")
    view.save_picture_to(tmp_path / "twins.svg")
    picture = QImage(str(tmp_path / "twins.png"))
    assert picture.size() == picture_size(view.legend, view.sheet) * 2, "colours are nothing without a legend"
    assert len(ElementTree.parse(tmp_path / "twins.svg").getroot().findall(".//*")) > 20
    assert borrowed_window.message_bar.messages[-1].text == f"Saved as “{tmp_path / 'twins.svg'}”."
    view.save_numbers_to(tmp_path / "no such folder" / "twins.csv")
    assert borrowed_window.message_bar.messages[-1].kind == "error"


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
