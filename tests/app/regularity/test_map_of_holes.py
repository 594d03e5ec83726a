"""The map of holes: its colours, its layers, a slice of more dimensions, mouse and keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from app.main_window import MainWindow
from app.panels.regularity.heat import colour_table
from app.panels.regularity.holes import HolePlane
from models.checkpoint import load_run, save_run
from models.datasets import Dataset
from models.latent_space import pca_projection
from models.regularity import Cells
from tests.app.mouse_wheel import turn_wheel
from tests.app.regularity.conftest import LEFT, network_of, on_the_map, plain_near, plain_round_trip, regularity, wait
from tests.conftest import trained


def picture(window: MainWindow) -> np.ndarray:
    """The map's pixels (H, W, 3) with the heat alone."""
    view = regularity(window)
    for item in on_the_map(view.plane):
        item.setVisible(False)
    image = view.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return data[:, :, 2::-1].astype(int)


class TestTheMapOfHoles:
    def test_each_square_has_the_colour_of_its_round_trip(self, qtbot, window: MainWindow, vae_file: Path) -> None:
        view, (run, network) = regularity(window), network_of(vae_file)
        size, unit = view.view.viewport().size(), 128.0  # squares of 8 pixels, a sixteenth of a unit
        left, top = -2.0, 3.0
        view.view.view_box.setRange(
            xRange=(left, left + size.width() / unit), yRange=(top - size.height() / unit, top), padding=0
        )
        wait(qtbot, window)
        near, seen, table = plain_near(run.codes), picture(window), colour_table(False).astype(float)
        rows, columns = size.height() // 8 - 1, size.width() // 8 - 1
        plain = np.array(
            [
                [plain_round_trip(network, (left + (c + 0.5) / 16, top - (r + 0.5) / 16)) for c in range(columns)]
                for r in range(rows)
            ]
        )
        assert plain.min() < near < plain.max(), "the line of what is near is on the map, too"
        levels = np.round(np.minimum(plain / (3 * near), 1.0) * 255).astype(int)
        middles = np.array(
            [
                [seen[8 * r + 3 : 8 * r + 5, 8 * c + 3 : 8 * c + 5].mean(axis=(0, 1)) for c in range(columns)]
                for r in range(rows)
            ]
        )

        def off(right: int, down: int) -> np.ndarray:
            """How far each square's colour is from that of the square so many beside it; nan near the line."""
            there = np.roll(levels, (-down, -right), axis=(0, 1))
            error = np.abs(middles - table[there]).max(axis=2)
            for r in range(rows):
                for c in range(columns):
                    around = plain[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2] > near
                    if around.any() != around.all():  # the line may cross it
                        error[r, c] = np.nan
            return error[1:-1, 1:-1]

        here = off(0, 0)
        assert np.isfinite(here).sum() > 100 and np.nanmax(here) < 8
        beside = [np.nanmean(off(*aside)) for aside in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        assert min(beside) > 1.5 * np.nanmean(here) and max(beside) > 2.5 * np.nanmean(here), "it is registered"

    def test_coarse_squares_come_first(self, qtbot, window: MainWindow) -> None:
        told: list[tuple[int, Cells, float]] = []
        window.session.regularity.holes.measured.connect(lambda *values: told.append(values))
        view = regularity(window)
        at = QPointF(120, 120)
        viewport = view.view.viewport()
        place = view.view.frame().to_plane(120, 120)
        turn_wheel(viewport, at, 2)
        assert view.view.frame().to_plane(120, 120) == pytest.approx(place)
        wait(qtbot, window)
        sides = [cells.side for _, cells, _ in told]
        assert sides == [4 * sides[-1], 2 * sides[-1], sides[-1]]
        assert 6 <= sides[-1] * view.view.frame().scale_x < 12
        shown = told[-1][1]
        area = view.view.frame().area()
        assert shown.left <= area.left() and shown.top >= area.bottom()
        assert shown.left + shown.columns * shown.side >= area.right()
        assert shown.top - shown.rows * shown.side <= area.top()

    def test_the_other_layer_is_the_distance_to_the_nearest_code(
        self, qtbot, window: MainWindow, vae_file: Path
    ) -> None:
        view, codes = regularity(window), load_run(vae_file).codes
        QTest.mouseClick(view.tools.layers["nearest"], LEFT)
        wait(qtbot, window)
        cells = view.heat.finest()
        places = np.array(
            [
                [cells.left + (c + 0.5) * cells.side, cells.top - (r + 0.5) * cells.side]
                for r in range(cells.rows)
                for c in range(cells.columns)
            ]
        )
        plain = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(codes).kneighbors(places)[0][:, 0]
        assert cells.values.ravel() == pytest.approx(plain, rel=1e-4, abs=1e-5)
        assert view.bar._words == "to the nearest held-out code, units of the axes"
        QTest.keyClick(view.view, Qt.Key.Key_H)
        wait(qtbot, window)
        assert view.tools.layer() == "round" and "encode(decode(z))" in view.bar._words

    def test_what_is_stale_is_dropped(self, qtbot, window: MainWindow, ae4_file: Path) -> None:
        session, view = window.session, regularity(window)
        desk, told = session.regularity.holes, []
        desk.measured.connect(lambda number, *_: told.append(number))
        desk.want(view.view.frame().area(), 40 * view.view.frame().scale_x)  # as if it were forty times as fine
        assert desk._background.busy
        before = desk._number
        session.open_run(ae4_file)
        assert desk._number > before
        wait(qtbot, window)
        assert told and before not in told
        kept = view.heat._kept
        view.show_heat(before, Cells(0, 0, 1, 1, 1, np.zeros((1, 1))), 1.0)
        assert view.heat._kept is kept


@pytest.mark.parametrize("dark", [False, True])
def test_lightness_alone_tells_the_colours_apart_to_colour_blind_people_too(dark: bool) -> None:
    linear = (colour_table(dark) / 255.0) ** 2.2
    seeing = {  # Machado, Oliveira & Fernandes 2009, severity 1
        "trichromat": np.eye(3),
        "protanope": [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        "deuteranope": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    }
    for matrix in seeing.values():
        luminance = np.clip(linear @ np.array(matrix).T, 0, 1) @ [0.2126, 0.7152, 0.0722]
        lightness = 116 * np.cbrt(luminance) - 16
        lightness = lightness if dark else lightness[::-1]
        assert np.diff(lightness).min() > -1e-6 and lightness[-1] - lightness[0] > 70
        assert np.abs(np.diff(lightness[::32])).min() > 3


class TestSlices:
    def test_the_window_says_that_it_is_a_slice_and_the_heat_is_that_of_it(
        self, qtbot, window: MainWindow, ae4_file: Path
    ) -> None:
        window.session.open_run(ae4_file)
        wait(qtbot, window)
        session, view, (run, network) = window.session, regularity(window), network_of(ae4_file)
        index = 3
        session.look.pick(0.0, 0.0, index)
        name = session.view.class_name(index)
        assert view.note.isVisible() and view.note.text() == (
            f"A slice of 4 dimensions: PC 1 and PC 2 vary, all else is as in image {index} (a {name})."
        )
        assert "z1 " in view.note.toolTip() and f"z4 {session.view.codes[index][3]:.3f}" in view.note.toolTip()
        session.choose_projection("axes:3,1")
        wait(qtbot, window)
        assert "z4 and z2 vary" in view.note.text()
        cells, code = view.heat.finest(), run.codes[index].astype(float)
        for row, column in ((0, 0), (3, 7), (cells.rows - 1, cells.columns - 2)):
            there = code.copy()
            there[3] = cells.left + (column + 0.5) * cells.side
            there[1] = cells.top - (row + 0.5) * cells.side
            assert cells.values[row, column] == pytest.approx(plain_round_trip(network, there), rel=1e-3, abs=1e-4)
        QTest.keyClick(view.view, Qt.Key.Key_H)
        wait(qtbot, window)
        cells = view.heat.finest()
        there = code.copy()
        there[3], there[1] = cells.left + 2.5 * cells.side, cells.top - 5.5 * cells.side
        assert cells.values[5, 2] == pytest.approx(np.linalg.norm(run.codes - there, axis=1).min(), rel=1e-4)

    def test_a_flat_space_is_no_slice(self, window: MainWindow) -> None:
        assert not regularity(window).note.isVisible() and not regularity(window).projection.isVisible()

    def test_one_latent_number_is_a_line(self, qtbot, window: MainWindow, digits: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "line.safetensors"
        save_run(trained(digits, kind="vae", latent_dim=1), path)
        window.session.open_run(path)
        wait(qtbot, window)
        view, (_, network) = regularity(window), network_of(path)
        cells = view.heat.finest()
        assert np.ptp(cells.values, axis=0).max() < 1e-4, "heights mean nothing"
        x = cells.left + 4.5 * cells.side
        assert cells.values[0, 4] == pytest.approx(plain_round_trip(network, np.array([x])), rel=1e-3, abs=1e-4)
        assert view.figures.note.text() == "No AE with 1 latent number is shipped to stand beside it."
        assert view.figures.cell("completePrior", 1).text() == ""
        window.session.look.pick(0.0, 0.0, 5)
        outline = view.plane.marks.ellipses[0][0]
        assert np.ptp(outline[:, 0]) == pytest.approx(2 * view.draws.posterior.sigma[0], rel=0.01)
        assert np.ptp(outline[:, 1]) < 1e-9


def test_it_is_reached_by_keyboard_and_its_tab_is_in_the_row(qtbot, window: MainWindow) -> None:
    view, bar = regularity(window), window.views.tabs
    assert view.objectName() == "regularity" and view.accessibleName() and view.view.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert not view.isVisible()
    menu = next(each for each in window.menu_bar.findChildren(QMenu) if each.title() == "&View")
    next(action for action in menu.actions() if action.text() == "Regularity").trigger()
    assert view.isVisible() and view.view.hasFocus()
    QApplication.processEvents()
    chosen = bar.tabRect(bar.currentIndex())
    assert bar.tabText(bar.currentIndex()) == "Regularity" and chosen.right() <= bar.width()
    tools, draws = view.tools, view.draws
    for each in (*tools.layers.values(), tools.points, tools.fit, tools.export, draws.dice, draws.slider, draws.zoom):
        assert each.objectName() and each.accessibleName() and each.toolTip()
    QTest.keyClick(view.view, Qt.Key.Key_P)
    assert not view.points.isVisible()
    fitted = view.view.frame()
    QTest.keyClick(view.view, Qt.Key.Key_Plus)
    assert view.view.frame().scale_x > fitted.scale_x
    QTest.keyClick(view.view, Qt.Key.Key_F)
    assert view.view.frame().scale_x == pytest.approx(fitted.scale_x)
    wait(qtbot, window)


def test_the_priors_rings_lie_about_the_code_0_on_a_plane_of_pca(qtbot, rng: np.random.Generator) -> None:
    codes = rng.normal(0.7, (2.0, 1.0, 0.1, 0.1), (500, 4)).astype(np.float32)
    plane = HolePlane("Holes", "holes")
    qtbot.addWidget(plane)
    plane.show_network(has_prior=True, room=0.0)
    plane.show_projection(pca_projection(codes), 4)
    fitted = PCA(2).fit(codes)
    x, y = np.abs(fitted.transform(np.zeros((1, 4)))[0])  # an axis may point the other way
    middle = plane.rings.area().center()
    assert (abs(middle.x()), abs(middle.y())) == pytest.approx((x, y), abs=1e-3)
    assert x > 0.5 and plane.rings.isVisible()


def test_what_is_near_is_each_network_s_own(qtbot, window: MainWindow, vae_file: Path, ae4_file: Path) -> None:
    view, told = regularity(window), []
    window.session.regularity.holes.measured.connect(lambda number, cells, near: told.append(near))
    for path in (ae4_file, vae_file):
        window.session.open_run(path)
        wait(qtbot, window)
        assert told[-1] == view.heat.near() == pytest.approx(plain_near(load_run(path).codes))
    view.tools.next_layer()  # the nearest code, which nothing interrupts
    wait(qtbot, window)
    window.session.open_run(ae4_file)
    window.session.open_run(vae_file)  # while the AE's squares are filled
    wait(qtbot, window)
    assert told[-1] == view.heat.near() == pytest.approx(plain_near(load_run(vae_file).codes))
