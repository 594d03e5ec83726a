"""The map of the run that stands beside, next to that of the run looked at."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from sklearn.neighbors import NearestNeighbors

from app.exporting_views import picture_size, run_shown
from app.main_window import MainWindow
from app.panels.regularity.heat import colour_table
from app.panels.regularity.holes import HolePlane
from app.panels.regularity.view import Regularity
from app.run_library import shipped_run
from models.checkpoint import load_run, save_run
from models.datasets import Dataset
from models.regularity import Cells, near_distance
from tests.app.regularity.conftest import (
    LEFT,
    LIMIT,
    network_of,
    on_the_map,
    pixel_of,
    plain_round_trip,
    regularity,
    wait,
)
from tests.conftest import trained


def grey(picture: QImage) -> np.ndarray:
    """The ink (28, 28) of a digit's picture, 0..1."""
    return np.array([[picture.pixelColor(x, y).redF() for x in range(28)] for y in range(28)])


def wait_for_both(qtbot, window: MainWindow) -> None:
    """Until nothing is under way on either map."""
    desk = window.session.regularity
    wait(qtbot, window)
    qtbot.waitUntil(lambda: desk.beside.at_rest and desk.other_holes.at_rest and desk.figures.at_rest, timeout=LIMIT)
    QApplication.processEvents()


def colours_of(plane: HolePlane, cells: Cells) -> np.ndarray:
    """What is painted at the middles of squares (rows, columns, 3), nan outside the view and where a mark may lie."""
    for item in on_the_map(plane):
        item.setVisible(False)
    image = plane.surface.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    for item in on_the_map(plane):
        item.setVisible(True)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1]
    at = np.round(plane.surface.frame().to_pixels(cells.middles())).astype(int)
    inside = ((at >= 2) & (at < (image.width() - 2, image.height() - 2))).all(axis=1)
    found = np.full((len(at), 3), np.nan)
    found[inside] = data[at[inside, 1], at[inside, 0]]
    return found.reshape(cells.rows, cells.columns, 3)


class TestBothMaps:
    """The map of the run that stands beside, next to that of the run looked at."""

    def open(self, qtbot, window: MainWindow) -> Regularity:
        view = regularity(window)
        QTest.mouseClick(view.tools.both, LEFT)
        wait_for_both(qtbot, window)
        return view

    def test_the_holes_of_the_ae_stand_beside_those_of_the_vae(self, qtbot, window: MainWindow) -> None:
        view = self.open(qtbot, window)
        run, network = network_of(shipped_run("ae-2"))
        cells = view.other.heat.finest()
        middles, values = cells.middles(), cells.values.ravel()
        for place in (0, len(values) // 3, len(values) // 2, len(values) - 1):
            assert values[place] == pytest.approx(plain_round_trip(network, middles[place]), rel=1e-3, abs=1e-4)
        assert view.other.heat.near() == pytest.approx(near_distance(run.codes))
        assert view.other.points.bounds() is not None and view.other.surface.frame().area().width() > 6

    def test_one_scale_of_colours_in_multiples_of_near(self, qtbot, window: MainWindow, vae_file: Path) -> None:
        view = self.open(qtbot, window)
        nears = near_distance(load_run(vae_file).codes), near_distance(load_run(shipped_run("ae-2")).codes)
        assert nears[1] > 1.5 * nears[0], "in numbers they differ"
        assert view.bar.numbers() == ["0", "near", "2 × near", "≥ 3 × near"]
        assert view.bar.accessibleDescription().endswith(f"near is VAE {nears[0]:.3g}, AE {nears[1]:.3g}")
        for plane, near in zip((view.plane, view.other), nears, strict=True):
            where = plane.heat.finest()
            pixels = colours_of(plane, where)
            shares = np.clip(where.values / (3 * near), 0, 1)
            expected = colour_table(False)[np.round(shares * 255).astype(int)]
            assert np.median(np.abs(pixels - expected)[np.isfinite(pixels)]) <= 2
        assert view.plane.width() == pytest.approx(view.other.width(), abs=1)
        assert view.plane.geometry().top() == view.other.geometry().top() and view.plane.height() == view.other.height()
        QTest.mouseClick(view.tools.both, LEFT)
        QApplication.processEvents()
        assert view.plane.width() == view.bar.width(), "alone it has all of the room"
        assert view.bar.numbers()[1] == f"near {nears[0]:.3g}" and "VAE" not in view.bar.accessibleDescription()

    def test_the_two_figures_stand_over_the_maps(self, qtbot, window: MainWindow) -> None:
        view = self.open(qtbot, window)
        for number, name in enumerate(("ownCaption", "otherCaption")):
            words = view.findChild(QLabel, name).text()
            for title, key in (("completeness", "complete"), ("continuity", "continuity")):
                prior, own = (view.figures.cell(key + whence, number).text() for whence in ("Prior", "Range"))
                assert f"{title} {prior}, own range {own}" in words
        assert "AE 2-D (shipped)" in words
        assert not view.figures.isVisible() and view.other.width() >= 240, "in 1280 x 800 both maps need the room"
        window.resize(1920, 1080)
        assert view.figures.isVisible() and view.draws.isVisible() and view.other.isVisible()

    def test_in_the_smallest_window_no_tool_is_cut_off(self, qtbot, window: MainWindow) -> None:
        view = self.open(qtbot, window)
        window.resize(window.minimumSize())
        QApplication.processEvents()
        for button in (*view.tools.layers.values(), view.tools.both, view.tools.points, view.tools.export):
            assert button.width() >= button.minimumSizeHint().width(), button.text()
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()) + 8, button.text()
            assert view.rect().contains(QRect(button.mapTo(view, QPoint()), button.size())), button.text()

    def test_in_the_smallest_window_both_maps_are_seen_whole(self, qtbot, window: MainWindow) -> None:
        view = self.open(qtbot, window)
        window.resize(window.minimumSize())
        QApplication.processEvents()
        assert not view.scrolling.horizontalScrollBar().isVisible()
        room = view.scrolling.viewport().rect()
        for plane in (view.plane, view.other):
            surface = plane.surface
            assert room.contains(QRect(surface.mapTo(view.scrolling.viewport(), QPoint()), surface.size()))

    def test_in_the_smallest_window_the_figures_and_the_dice_can_be_scrolled_to(
        self, qtbot, window: MainWindow
    ) -> None:
        view = regularity(window)
        wait(qtbot, window)
        window.resize(window.minimumSize())
        QApplication.processEvents()
        bar = view.scrolling.verticalScrollBar()
        assert bar.isVisible() and not view.scrolling.horizontalScrollBar().isVisible(), "they stand below the map"
        first = view.figures.cell("head", 0)
        assert view.plane.height() >= 160 and not first.visibleRegion().isEmpty(), "of them the first line is seen"
        for each in (view.figures.cell("near", 1), view.draws.dice, view.draws.slider, view.draws.zoom):
            view.scrolling.ensureWidgetVisible(each)
            corner = each.mapTo(view.scrolling.viewport(), each.rect().bottomRight())
            assert view.scrolling.viewport().rect().contains(corner), each.objectName()
        window.resize(1280, 800)
        qtbot.waitUntil(lambda: not bar.isVisible() and view.sheet.size() == view.scrolling.viewport().size())

    def test_it_is_reached_by_a_key_and_computed_only_when_seen(self, qtbot, own_window: MainWindow) -> None:
        view, desk = regularity(own_window), own_window.session.regularity
        assert not view.other.isVisible() and desk.other_holes._number == 0
        QTest.keyClick(view.view, Qt.Key.Key_B)
        assert view.other.isVisible() and view.tools.both.isChecked()
        wait_for_both(qtbot, own_window)
        number = desk.other_holes._number
        assert number > 0
        QTest.keyClick(view.view, Qt.Key.Key_B)
        assert not view.other.isVisible() and view.figures.isVisible()
        QTest.mouseClick(view.tools.layers["nearest"], LEFT)
        wait(qtbot, own_window)
        assert not desk.other_holes._background.busy and not desk.other_holes._passes
        QTest.keyClick(view.view, Qt.Key.Key_B)
        wait_for_both(qtbot, own_window)
        run, cells = load_run(shipped_run("ae-2")), view.other.heat.finest()
        nearest = NearestNeighbors(n_neighbors=1).fit(run.codes).kneighbors(cells.middles())[0][:, 0]
        assert cells.values.ravel() == pytest.approx(nearest, rel=1e-4, abs=1e-5)

    def test_zoom_fit_points_and_digits_are_for_both(self, qtbot, window: MainWindow) -> None:
        view = self.open(qtbot, window)
        before = view.other.surface.frame().scale_x
        QTest.keyClick(view.view, Qt.Key.Key_Plus)
        assert view.other.surface.frame().scale_x > before
        QTest.mouseClick(view.tools.fit, LEFT)
        assert view.other.surface.frame().scale_x == pytest.approx(before)
        QTest.keyClick(view.view, Qt.Key.Key_P)
        assert not view.other.points.isVisible()

    def test_the_pointer_on_the_other_map_shows_what_its_run_decodes_there(self, qtbot, window: MainWindow) -> None:
        view, panel, session = self.open(qtbot, window), window.decoded_panel, window.session
        run, ae = network_of(shipped_run("ae-2"))
        at = QPoint(40, 60)
        place = np.array([view.other.surface.frame().to_plane(at.x() + 0.5, at.y() + 0.5)], np.float32)

        def is_shown() -> bool:
            code = np.array([field.value() for field in panel.editor.fields])
            away = np.abs(code - place[0]).max() * view.other.surface.frame().scale_x
            drawn = ae.decode(code[None].astype(np.float32))[0]
            return away < 1.5 and np.allclose(grey(panel.image.picture()), drawn, atol=0.03)

        QTest.mouseMove(view.other.surface.viewport(), at)
        qtbot.waitUntil(is_shown, timeout=LIMIT)
        assert window.findChild(QLabel, "decodedCaption").text() == "under the pointer: AE 2-D (shipped)"
        session.look.look_through(session.view, session.data.dataset)  # as after a step of a training
        assert is_shown()
        QTest.mouseMove(view.tools.both)
        qtbot.waitUntil(lambda: window.findChild(QLabel, "decodedCaption").text() == "pinned", timeout=LIMIT)

    def test_the_twin_stands_beside_and_one_pin_is_on_both(
        self, qtbot, own_window: MainWindow, vae_file: Path, digits: Dataset, tmp_path: Path
    ) -> None:
        path = tmp_path / "ae-twin.safetensors"
        save_run(trained(digits, kind="ae", latent_dim=2, epochs=2), path)
        session, twins = own_window.session, own_window.session.twins.runs
        twins.open_run("left", vae_file)
        twins.open_run("right", path)
        view = self.open(qtbot, own_window)
        assert path.stem in view.findChild(QLabel, "otherCaption").text()
        run, network = network_of(path)
        x, y = session.view.place(session.view.codes[17])[0].tolist()
        QTest.mouseClick(view.view.viewport(), LEFT, pos=pixel_of(own_window, x, y).toPoint())
        pinned = session.look.pin.index
        assert pinned >= 0 and view.other.marks.pinned == pytest.approx(tuple(run.codes[pinned]))
        at = QPointF(*view.other.surface.frame().to_pixels(run.codes[40:41])[0].tolist())
        QTest.mouseClick(view.other.surface.viewport(), LEFT, pos=at.toPoint())
        clicked = session.look.pin.index
        assert clicked >= 0 and clicked != pinned and np.linalg.norm(run.codes[clicked] - run.codes[40]) < 1
        assert view.plane.marks.pinned == pytest.approx(tuple(session.view.codes[clicked]))
        QTest.mouseClick(view.tools.points, LEFT)
        corner = QPoint(12, 12)
        QTest.mouseClick(view.other.surface.viewport(), LEFT, pos=corner)
        place = view.other.surface.frame().to_plane(12, 12)
        assert view.other.marks.pinned == pytest.approx(place, abs=1e-4), "it is where it was put"
        its = network.decode(np.array([place], np.float32))
        mine = network_of(vae_file)[1].encode(its)[0]
        assert session.look.pin.code == pytest.approx(mine, abs=1e-3) and session.look.pin.index == -1

    def test_where_nothing_stands_beside_it_says_what_helps(
        self, qtbot, open_window, digits: Dataset, tmp_path: Path
    ) -> None:
        path = tmp_path / "vae-3.safetensors"
        save_run(trained(digits, kind="vae", latent_dim=3, epochs=1), path)
        window = open_window(path)
        view = self.open(qtbot, window)
        assert view.other.empty.text() == "No AE with 3 latent numbers is shipped to stand beside it."
        button = view.findChild(QPushButton, "openTwins")
        assert button.isVisible()
        QTest.mouseClick(button, LEFT)
        assert window.views.current() == "twins"

    def test_where_nothing_stands_beside_only_the_sentence_is_left(
        self, qtbot, window: MainWindow, digits: Dataset, tmp_path: Path
    ) -> None:
        path, first = tmp_path / "vae-3.safetensors", window.session.view.run.path
        save_run(trained(digits, kind="vae", latent_dim=3, epochs=1), path)
        view = self.open(qtbot, window)
        window.session.look.pick(0.0, 0.0, 3)
        other = view.other
        assert other.marks.pinned is not None
        window.session.open_run(path)
        wait_for_both(qtbot, window)
        assert other.empty.text().startswith("No AE with 3 latent numbers")
        picture, sentence = other.surface.viewport().grab().toImage(), other.empty.geometry()
        inside = [(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)]
        beside = {picture.pixel(x, y) for x, y in inside if not sentence.contains(x, y)}
        assert len(beside) == 1, "no ring, no axis, no pin"
        window.session.open_run(first)
        wait_for_both(qtbot, window)
        assert other.marks.pinned is not None and other.rings.isVisible() and not other.surface.backdrop.empty

    def test_names_of_rings_that_lie_close_do_not_cover_each_other(self, qtbot, window: MainWindow) -> None:
        view = self.open(qtbot, window)
        view.other.surface.fit(QRectF(-3, -3, 6, 6))
        assert view.other.rings.labelled(view.other.surface.frame()) == (1, 2, 3)
        view.other.surface.fit(QRectF(-30, -30, 60, 60))
        assert view.other.rings.labelled(view.other.surface.frame()) == (3,)

    def test_files_have_both(self, qtbot, window: MainWindow, tmp_path: Path) -> None:
        view = self.open(qtbot, window)
        view.save_table_to("map", tmp_path / "map.csv")
        rows = list(csv.DictReader((tmp_path / "map.csv").open(newline="")))
        found = {run: [row for row in rows if row["run"] == run] for run in ("VAE", "AE")}
        for run, heat in (("VAE", view.heat), ("AE", view.other.heat)):
            assert [float(row["round_trip"]) for row in found[run]] == pytest.approx(heat.finest().values.ravel())
        view.save_picture_to(tmp_path / "both.svg")
        tree = ElementTree.parse(tmp_path / "both.svg")
        words = " ".join("".join(each.itertext()).strip() for each in tree.iter("{http://www.w3.org/2000/svg}text"))
        assert "AE 2-D (shipped)" in words and "≥ 3 × near" in words and words.count("completeness") == 2
        view.save_picture_to(tmp_path / "both.png")
        assert QImage(str(tmp_path / "both.png")).size() == picture_size(view.sheet, title=run_shown(view)) * 2
