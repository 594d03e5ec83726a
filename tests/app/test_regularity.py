"""The regularity view as a person uses it: real clicks and keys; heat, figures and draws against plain calculations."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QGraphicsItem, QLabel, QPushButton
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from app.desks.looking import LookDesk
from app.desks.regularity_draws import DrawsDesk
from app.exporting_views import picture_size
from app.main_window import MainWindow
from app.panels.regularity.figures import note
from app.panels.regularity.heat import colour_table
from app.panels.regularity.holes import HolePlane
from app.panels.regularity.view import Regularity
from app.phase import Phase
from app.run_library import shipped_run
from app.seen.regularity import Figures, Posterior
from app.viewpoint import Viewpoint
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from models.latent_space import pca_projection
from models.regularity import Cells, near_distance
from models.snapshot import Snapshot
from tests.app.conftest import made_ready
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
LIMIT = 60_000  # milliseconds


@pytest.fixture
def open_window(qtbot, make_window) -> Callable[[Path], MainWindow]:
    """Opens a window that looks at the regularity of a run, all of which has been computed."""

    def made(run: Path) -> MainWindow:
        return at_first(qtbot, made_ready(qtbot, make_window(run)))

    return made


@pytest.fixture
def window(qtbot, borrowed_window: MainWindow) -> MainWindow:
    """The borrowed window at the regularity of a VAE, as one finds it at first."""
    return at_first(qtbot, borrowed_window)


@pytest.fixture
def own_window(open_window, vae_file: Path) -> MainWindow:
    """The same, for a test that changes what the borrowed one has to keep."""
    return open_window(vae_file)


def at_first(qtbot, window: MainWindow) -> MainWindow:
    """The window at its regularity: one map with all that is on it, an image pinned and one code drawn, in view."""
    window.views.show_view("regularity")
    view = regularity(window)
    view.tools.both.setChecked(False)
    if view.tools.layer() != "round":
        view.tools.next_layer()
    view.tools.points.setChecked(True)
    for item in on_the_map(view.plane):
        item.setVisible(True)
    for index in (1, 0):  # another image begins anew
        window.session.look.pick(0.0, 0.0, index)
    view.draws.slider.setValue(20)  # one sigma
    view.tools.fit.click()
    wait(qtbot, window)
    return window


def on_the_map(plane: HolePlane) -> tuple[QGraphicsItem, ...]:
    """All that lies over the heat."""
    return (plane.points, plane.rings, plane.axes, plane.drawn, *plane.layer._items)


def regularity(window: MainWindow) -> Regularity:
    made = window.views.made("regularity")
    assert isinstance(made, Regularity) and made.isVisible()
    return made


def wait(qtbot, window: MainWindow) -> None:
    """Until nothing is under way and nothing waits."""
    desk, view = window.session.regularity, regularity(window)
    QApplication.processEvents()
    qtbot.waitUntil(lambda: not view._asking.isActive() and desk.holes.at_rest and desk.figures.at_rest, timeout=LIMIT)
    QApplication.processEvents()


def pixel_of(window: MainWindow, x: float, y: float) -> QPointF:
    """Where a place of the plane must lie, worked out from pyqtgraph's account of the view's range alone."""
    (left, right), (bottom, top) = regularity(window).view.view_box.viewRange()
    size = regularity(window).view.viewport().size()
    return QPointF((x - left) / (right - left) * size.width(), (top - y) / (top - bottom) * size.height())


def network_of(path: Path) -> tuple[Run, Snapshot]:
    """A network of its own."""
    run = load_run(path)
    return run, Snapshot.from_weights(run.config, run.weights)


def grey(picture: QImage) -> np.ndarray:
    """The ink (28, 28) of a digit's picture, 0..1."""
    return np.array([[picture.pixelColor(x, y).redF() for x in range(28)] for y in range(28)])


def plain_round_trip(network: Snapshot, code: np.ndarray) -> float:
    z = np.asarray(code, np.float32)
    return float(np.linalg.norm(network.encode(network.decode(z[None]))[0] - z))


def plain_near(codes: np.ndarray) -> float:
    """The median distance to the nearest hundredth of all other codes (fewer than 500 of them: all are asked)."""
    rank = max(1, round(0.01 * len(codes)))
    distances = NearestNeighbors(n_neighbors=rank + 1, algorithm="brute").fit(codes).kneighbors(codes)[0]
    return float(np.median(distances[:, rank]))


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
        event = QWheelEvent(
            at,
            viewport.mapToGlobal(at),
            QPoint(),
            QPoint(0, 240),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewport, event)
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

    def test_nothing_is_computed_while_nobody_looks(self, qtbot, own_window: MainWindow) -> None:
        session, desk = own_window.session, own_window.session.regularity
        own_window.views.show_view("map")
        told: list[object] = []
        for signal in (desk.holes.begun, desk.figures.shown, desk.draws.shown, desk.draws.missing):
            signal.connect(lambda *values: told.append(values))
        session.look.pick(0.0, 0.0, 5)
        session.reset()
        qtbot.waitUntil(lambda: "first weights" in session.view.name, timeout=LIMIT)
        assert told == [] and not desk.holes._background.busy and not desk.figures._background.busy
        own_window.views.show_view("regularity")
        wait(qtbot, own_window)
        assert len(told) >= 3

    def test_it_follows_a_training(self, qtbot, own_window: MainWindow) -> None:
        session, view = own_window.session, regularity(own_window)
        begun: list[tuple[int, bool]] = []
        session.regularity.holes.begun.connect(lambda *values: begun.append(values))
        live: list[Figures] = []
        session.regularity.figures.shown.connect(live.append)
        session.edit_config(session.config.replace(epochs=500))
        own_window.training_panel.start_requested.emit()
        qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=LIMIT)
        qtbot.waitUntil(lambda: len(begun) >= 3 and begun[-1][1], timeout=LIMIT)
        qtbot.waitUntil(lambda: any(each.learning for each in live), timeout=LIMIT)
        figures = next(each for each in live if each.learning)
        assert figures.mine.found.draws == 300 and "From 300 draws while it learns." in note(figures)
        session.training.stop()
        qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=LIMIT)
        wait(qtbot, own_window)
        cells, network = view.heat.finest(), session.view.snapshot
        for row, column in ((0, 0), (cells.rows // 2, cells.columns // 3)):
            place = (cells.left + (column + 0.5) * cells.side, cells.top - (row + 0.5) * cells.side)
            assert cells.values[row, column] == pytest.approx(plain_round_trip(network, place), rel=1e-3, abs=1e-4)
        found = session.regularity.figures._measured
        assert found[0] is network and found[1] == 2000, "the last weights are measured with all draws"
        posterior = view.draws.posterior
        index = session.look.pin.index
        mean, log_variance = network.posterior(session.data.dataset.test_images[index][None])
        assert posterior.mean == pytest.approx(mean[0], abs=1e-5)
        assert posterior.sigma == pytest.approx(np.exp(log_variance[0] / 2), rel=1e-4)


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
        self, qtbot, open_window, ae4_file: Path
    ) -> None:
        window = open_window(ae4_file)
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

    def test_one_latent_number_is_a_line(self, open_window, digits: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "line.safetensors"
        save_run(trained(digits, kind="vae", latent_dim=1), path)
        window = open_window(path)
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


class TestFigures:
    def test_they_are_those_of_a_plain_calculation(self, window: MainWindow, vae_file: Path) -> None:
        view, (run, network) = regularity(window).figures, network_of(vae_file)
        near = plain_near(run.codes)
        prior = np.random.default_rng(11).standard_normal((2000, 2)).astype(np.float32)
        low, high = run.codes.min(axis=0), run.codes.max(axis=0)
        own = (low + np.random.default_rng(12).random((2000, 2)) * (high - low)).astype(np.float32)
        for key, draws in (("completePrior", prior), ("completeRange", own)):
            back = np.linalg.norm(network.encode(network.decode(draws)) - draws, axis=1)
            assert view.cell(key, 0).text() == f"{(back <= near).mean():.0%}"
        steps = np.random.default_rng(11).standard_normal((2000, 2))
        steps *= near / 10 / np.linalg.norm(steps, axis=1, keepdims=True)
        for key, draws in (("continuityPrior", prior), ("continuityRange", own)):
            change = network.decode((draws + steps).astype(np.float32)) - network.decode(draws)
            ratios = np.linalg.norm(change.reshape(2000, -1), axis=1)
            shown = float(view.cell(key, 0).text().split()[0])
            assert shown == pytest.approx(ratios.max() / np.median(ratios), rel=0.02, abs=0.06)
        reached = NearestNeighbors(n_neighbors=1).fit(prior).kneighbors(run.codes)[0][:, 0] <= near
        assert view.cell("reached", 0).text() == f"{reached.mean():.0%}"
        assert view.cell("near", 0).text() == f"{near:.3g}"

    def test_the_shipped_run_of_the_other_kind_stands_beside(self, window: MainWindow) -> None:
        view = regularity(window).figures
        assert (view.cell("head", 0).text(), view.cell("head", 1).text()) == ("VAE", "AE")
        assert view.cell("head", 1).toolTip() == "AE 2-D (shipped) (beside it)"
        assert view.cell("completePrior", 1).text().endswith("%")
        reached = view.cell("reached", 1).text()
        assert view.note.text() == (
            f"N(0, I) is not an AE's distribution: draws from it come near {reached} of this AE's codes. "
            f"The AE beside it learned MNIST, this run {window.session.view.dataset_title}."
        )
        assert view.cell("completePrior", 1).accessibleName().startswith("draws from N(0, I), AE 2-D (shipped): ")
        for key in ("completePrior", "continuityRange", "near"):
            assert "Near: no farther than a held-out code usually" in view.cell(key, 0).toolTip() or "||" in (
                view.cell(key, 0).toolTip()
            )

    def test_after_a_stop_they_are_those_of_the_network_as_it_stands(
        self, qtbot, own_window: MainWindow, digits: Dataset
    ) -> None:
        session = own_window.session
        session.edit_config(session.config.replace(epochs=2000, learning_rate=0.02))
        session.training.set_slow_motion(True)
        session.start_training()
        qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=LIMIT)
        for _ in range(3):
            with qtbot.waitSignal(session.training.codes_moved, timeout=LIMIT):
                pass
        session.view.codes[100:] += 1  # as if their part had come long ago
        session.training.stop()
        qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE and not session.background.busy, timeout=LIMIT)
        wait(qtbot, own_window)
        view = session.view
        codes = view.snapshot.encode(digits.test_images[: len(view.codes)])
        np.testing.assert_allclose(view.codes, codes, atol=1e-5)
        assert regularity(own_window).figures.cell("near", 0).text() == f"{plain_near(codes):.3g}"
        pin = session.look.pin
        assert regularity(own_window).plane.marks.pinned == pytest.approx(
            tuple(view.place(codes[pin.index])[0]), abs=1e-4
        )


class TestThePosterior:
    def click_on_image(self, window: MainWindow) -> int:
        """Click on a point; the index of its image."""
        session, view = window.session, regularity(window)
        x, y = session.view.place(session.view.codes[17])[0].tolist()
        QTest.mouseClick(view.view.viewport(), LEFT, pos=pixel_of(window, x, y).toPoint())
        assert session.look.pin.index >= 0
        return session.look.pin.index

    def shown(self, window: MainWindow) -> Posterior:
        found = regularity(window).draws.posterior
        assert found is not None
        return found

    def test_a_click_on_a_point_shows_its_ellipses(self, window: MainWindow, vae_file: Path) -> None:
        index, run = self.click_on_image(window), load_run(vae_file)
        view, posterior = regularity(window), self.shown(window)
        sigma = np.exp(run.log_variances[index] / 2)
        assert posterior.mean == pytest.approx(run.codes[index]) and posterior.sigma == pytest.approx(sigma, rel=1e-5)
        assert f"image {index} " in view.draws.posterior.title
        for outline, times in view.plane.marks.ellipses:
            assert outline.max(axis=0) - outline.min(axis=0) == pytest.approx(2 * times * sigma, rel=0.01)
            assert (outline.max(axis=0) + outline.min(axis=0)) / 2 == pytest.approx(run.codes[index], abs=0.01)
        QTest.keyClick(view.view, Qt.Key.Key_Z)
        outline = view.plane.marks.ellipses[1][0]
        corners = [pixel_of(window, *place) for place in (outline.min(axis=0), outline.max(axis=0))]
        size = view.view.viewport().size()
        assert max(abs(corners[1].x() - corners[0].x()), abs(corners[1].y() - corners[0].y())) > size.width() / 3
        assert all(0 < at.x() < size.width() and 0 < at.y() < size.height() for at in corners)

    def test_dice_draw_eps_again_and_the_numbers_are_written_out(self, window: MainWindow, vae_file: Path) -> None:
        self.click_on_image(window)
        view, (_, network) = regularity(window).draws, network_of(vae_file)
        before = self.shown(window).draws
        assert len(before) == 1
        QTest.mouseClick(view.dice, LEFT)
        QTest.keyClick(regularity(window).view, Qt.Key.Key_D)
        posterior = self.shown(window)
        assert len(posterior.draws) == 3 and posterior.draws[2].eps is before[0].eps
        assert len({draw.eps.tobytes() for draw in posterior.draws}) == 3
        draw = posterior.draws[0]
        plain = posterior.mean + posterior.sigma * draw.eps
        assert draw.code == pytest.approx(plain, abs=1e-6) and draw.place == pytest.approx(tuple(plain), abs=1e-5)
        decoded = network.decode(plain[None].astype(np.float32))[0]
        assert draw.image == pytest.approx(decoded, abs=1e-4)
        shown = view.drawn.picture().convertToFormat(QImage.Format.Format_Grayscale8)
        pixels = np.array([[shown.pixelColor(x, y).red() for x in range(28)] for y in range(28)])
        assert np.abs(pixels - np.round(np.clip(decoded, 0, 1) * 255)).max() <= 1
        for i in range(2):
            numbers = (plain[i], posterior.mean[i], posterior.sigma[i], draw.eps[i])
            line = tuple(cell.replace("−", "-") for cell in view.formula.lines[i + 1])
            z, mean, sigma, eps = (f"{value:.3f}" for value in numbers)
            assert line == (f"z{i + 1}", z, "=", mean, "+", sigma, "·", eps)
            z, mean, sigma, eps = numbers
            assert f"z{i + 1} = {mean:.3f} + {sigma:.3f} times {eps:.3f} = {z:.3f}" in view.formula.accessibleName()

    def test_the_last_twelve_are_kept_and_one_is_chosen(self, window: MainWindow) -> None:
        self.click_on_image(window)
        view = regularity(window).draws
        first = self.shown(window).draws[0].eps
        for _ in range(11):
            QTest.keyClick(regularity(window).view, Qt.Key.Key_D)
        assert len(self.shown(window).draws) == 12 and self.shown(window).draws[11].eps is first
        QTest.keyClick(regularity(window).view, Qt.Key.Key_D)
        draws = self.shown(window).draws
        assert len(draws) == 12 and all(draw.eps is not first for draw in draws)
        QTest.mouseClick(view.pictures, LEFT, pos=view.pictures.place(7).center())
        assert regularity(window).plane.drawn._chosen == 7
        assert f"= {draws[7].code[0]:.3f}" in view.formula.accessibleName()
        QTest.keyClick(view.pictures, Qt.Key.Key_Left)
        assert regularity(window).plane.drawn._chosen == 6
        assert view.pictures.place(11).bottom() <= view.pictures.height(), "none is cut off"

    def test_the_slider_scales_sigma_and_keeps_eps(self, window: MainWindow, vae_file: Path) -> None:
        self.click_on_image(window)
        view, (_, network) = regularity(window).draws, network_of(vae_file)
        before = self.shown(window)
        width = np.ptp(before.ellipses[0][0], axis=0)
        view.slider.setFocus()
        QTest.keyClick(view.slider, Qt.Key.Key_End)
        after = self.shown(window)
        assert after.scale == 4 and after.draws[0].eps is before.draws[0].eps
        plain = after.mean + 4 * after.sigma * after.draws[0].eps
        assert after.draws[0].code == pytest.approx(plain, abs=1e-5)
        assert after.draws[0].image == pytest.approx(network.decode(plain[None].astype(np.float32))[0], abs=1e-4)
        assert np.ptp(after.ellipses[0][0], axis=0) == pytest.approx(4 * width, rel=1e-6)
        assert view.findChild(QLabel, "sigmaScale").text() == "σ × 4.00"
        QTest.keyClick(view.slider, Qt.Key.Key_Home)
        assert self.shown(window).draws[0].code == pytest.approx(after.mean), "with no sigma the mean is drawn"
        QTest.keyClick(view.slider, Qt.Key.Key_Right)
        assert self.shown(window).scale == pytest.approx(0.05)

    def test_another_image_begins_anew_and_a_place_between_has_no_posterior(self, window: MainWindow) -> None:
        view, look = regularity(window), window.session.look
        look.pick(0.0, 0.0, 4)
        QTest.keyClick(view.view, Qt.Key.Key_D)
        look.pick(0.0, 0.0, 5)
        assert len(self.shown(window).draws) == 1
        QTest.keyClick(view.view, Qt.Key.Key_Right)
        sentence = view.draws.findChild(QLabel, "posteriorEmptyNote")
        assert sentence.isVisible()
        assert sentence.text() == "Click on a point: what the encoder says of its image is drawn here."
        assert (
            view.plane.marks.ellipses == [] and not view.draws.findChild(QPushButton, "posteriorEmptyGet").isVisible()
        )

    def test_an_ae_has_none_and_offers_the_vae(self, qtbot, open_window, ae4_file: Path) -> None:
        window = open_window(ae4_file)
        view = regularity(window)
        assert view.draws.findChild(QLabel, "posteriorEmptyNote").text() == (
            "An AE has no posterior: its encoder answers with one code, and there is nothing to draw."
        )
        QTest.keyClick(view.view, Qt.Key.Key_D)
        assert view.draws.posterior is None
        button = view.draws.findChild(QPushButton, "posteriorEmptyGet")
        assert button.text() == button.accessibleName() == "Open the VAE"
        QTest.mouseClick(button, LEFT)
        qtbot.waitUntil(lambda: window.session.view.config.kind == "vae", timeout=LIMIT)
        assert window.session.view.run.path.stem == "vae-4"
        assert len(self.shown(window).draws) == 1 and len(self.shown(window).mean) == 4
        wait(qtbot, window)

    def test_a_saved_vae_needs_no_images_and_says_so_when_it_does(self, qtbot, vae_file: Path) -> None:
        run, look = load_run(vae_file), LookDesk()
        desk = DrawsDesk(look)
        told: list[tuple] = []
        desk.shown.connect(lambda *values: told.append(values))
        desk.missing.connect(lambda *values: told.append(values))
        desk.watch(True)
        for each in (run, replace(run, log_variances=None)):
            view = Viewpoint.of_run(each)
            view.look_through_weights()
            look.look_through(view, None)
            desk.look_through(view, None)
        posterior, missing = told[0][0], told[-1]
        assert isinstance(posterior, Posterior)
        assert posterior.sigma == pytest.approx(np.exp(run.log_variances[0] / 2), rel=1e-5)
        assert missing == (
            f"This network's file holds no log-variances: they need the images of {run.dataset}.",
            run.dataset,
        )


class TestFiles:
    @pytest.fixture
    def saved_as(self, monkeypatch, window: MainWindow) -> Callable[[Path, str], str]:
        """Chooses an entry of the export menu and a file; gives the message that follows."""

        def save(path: Path, entry: str) -> str:
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))  # the system's dialog
            actions = regularity(window).tools.export.menu().actions()
            next(action for action in actions if action.text().startswith(entry)).trigger()
            return window.message_bar.messages[-1].text

        return save

    def test_picture_and_tables(self, saved_as, window: MainWindow, vae_file: Path, tmp_path: Path) -> None:
        view, (_, network) = regularity(window), network_of(vae_file)
        path = tmp_path / "view.png"
        assert saved_as(path, "Save the view") == f"Saved as “{path}”."
        assert QImage(str(path)).size() == picture_size(view.sheet) * 2
        saved_as(tmp_path / "view.svg", "Save the view")
        tree = ElementTree.parse(tmp_path / "view.svg")
        words = {"".join(each.itertext()).strip() for each in tree.iter("{http://www.w3.org/2000/svg}text")}
        assert view.figures.cell("near", 0).text() in words
        saved_as(tmp_path / "map.csv", "Save the map's numbers")
        rows = list(csv.DictReader((tmp_path / "map.csv").open(newline="")))
        cells = view.heat.finest()
        assert list(rows[0]) == ["x", "y", "round_trip"] and len(rows) == cells.rows * cells.columns
        for row in (rows[0], rows[len(rows) // 2], rows[-1]):
            plain = plain_round_trip(network, (float(row["x"]), float(row["y"])))
            assert float(row["round_trip"]) == pytest.approx(plain, rel=1e-3, abs=1e-4)
        saved_as(tmp_path / "figures.csv", "Save the figures")
        figures = {row[0]: row for row in csv.reader((tmp_path / "figures.csv").open(newline=""))}
        assert figures["run"][3] == "AE 2-D (shipped)" and figures["draws"][2:] == ["2000", "2000"]
        shown = view.figures.cell("completePrior", 0).text()
        assert f"{float(figures['completeness, N(0, I)'][2]):.0%}" == shown
        saved_as(tmp_path / "draws.csv", "Save the draws")
        draw = next(csv.DictReader((tmp_path / "draws.csv").open(newline="")))
        mean, sigma, eps = float(draw["mu"]), float(draw["sigma"]), float(draw["eps"])
        assert float(draw["z"]) == pytest.approx(mean + sigma * eps, abs=1e-5) and draw["dimension"] == "z1"

    def test_what_cannot_be_written_is_one_sentence(self, saved_as, tmp_path: Path) -> None:
        for name, entry in (("map.png", "Save the view"), ("map.csv", "Save the map's numbers")):
            nowhere = tmp_path / "none" / name
            assert saved_as(nowhere, entry) == f"“{nowhere}” could not be written: no such file or directory."


def test_it_is_reached_by_keyboard_and_its_tab_is_in_the_row(qtbot, window: MainWindow) -> None:
    view, bar = regularity(window), window.views.tabs
    assert view.objectName() == "regularity" and view.accessibleName() and view.view.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert not view.isVisible()
    menu = next(action.menu() for action in window.menu_bar.actions() if action.text() == "&View")
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

    def test_in_the_smallest_window_the_figures_and_the_dice_can_be_scrolled_to(
        self, qtbot, window: MainWindow
    ) -> None:
        view = regularity(window)
        wait(qtbot, window)
        window.resize(window.minimumSize())
        QApplication.processEvents()
        bar = view.scrolling.horizontalScrollBar()
        assert bar.isVisible() and view.plane.width() >= 160
        for each in (view.figures.cell("near", 1), view.draws.dice, view.draws.slider, view.draws.zoom):
            view.scrolling.ensureWidgetVisible(each)
            corner = each.mapTo(view.scrolling.viewport(), each.rect().bottomRight())
            assert view.scrolling.viewport().rect().contains(corner), each.objectName()
        window.resize(1280, 800)
        QApplication.processEvents()
        assert not bar.isVisible() and view.sheet.size() == view.scrolling.viewport().size()

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
        assert load_run(path).name in view.findChild(QLabel, "otherCaption").text()
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
        assert QImage(str(tmp_path / "both.png")).size() == picture_size(view.sheet) * 2


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


def test_the_priors_rings_lie_about_the_code_0_on_a_plane_of_pca(qtbot, rng: np.random.Generator) -> None:
    codes = rng.normal(0.7, (2.0, 1.0, 0.1, 0.1), (500, 4)).astype(np.float32)
    plane = HolePlane("Holes", "holes")
    qtbot.addWidget(plane)
    plane.show_network(has_prior=True, young=False)
    plane.show_projection(pca_projection(codes), 4)
    fitted = PCA(2).fit(codes)
    x, y = np.abs(fitted.transform(np.zeros((1, 4)))[0])  # an axis may point the other way
    middle = plane.rings.area().center()
    assert (abs(middle.x()), abs(middle.y())) == pytest.approx((x, y), abs=1e-3)
    assert x > 0.5 and plane.rings.isVisible()
