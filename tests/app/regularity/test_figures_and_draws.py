"""What stands beside the map: the figures, the posterior's draws, and the files of all of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from sklearn.neighbors import NearestNeighbors

from app.amounts import percent, signed
from app.desks.looking import LookDesk
from app.desks.regularity_draws import DrawsDesk
from app.exporting_views import picture_size, run_shown
from app.main_window import MainWindow
from app.panels.regularity.draws import RegularityDraws
from app.panels.regularity.figures import RegularityFigures
from app.seen.regularity import Draw, Figures, Measured, Posterior
from app.viewpoint import Viewpoint
from models.checkpoint import load_run, save_run
from models.regularity import Completeness, Continuity, Regularity
from tests.app.regularity.conftest import (
    LEFT,
    LIMIT,
    network_of,
    pixel_of,
    plain_near,
    plain_round_trip,
    regularity,
    wait,
)


class TestFigures:
    def test_they_are_those_of_a_plain_calculation(self, window: MainWindow, vae_file: Path) -> None:
        view, (run, network) = regularity(window).figures, network_of(vae_file)
        near = plain_near(run.codes)
        prior = np.random.default_rng(11).standard_normal((2000, 2)).astype(np.float32)
        low, high = run.codes.min(axis=0), run.codes.max(axis=0)
        own = (low + np.random.default_rng(12).random((2000, 2)) * (high - low)).astype(np.float32)
        for key, draws in (("completePrior", prior), ("completeRange", own)):
            back = np.linalg.norm(network.encode(network.decode(draws)) - draws, axis=1)
            assert view.cell(key, 0).text() == percent((back <= near).mean())
        means, log_variances = network.posterior(network.decode(prior))
        pulled = np.linalg.norm(means - (1 - np.exp(log_variances)) * prior, axis=1)
        assert view.cell("pulledPrior", 0).text() == percent((pulled <= near).mean())
        steps = np.random.default_rng((11, 1)).standard_normal((2000, 2))
        steps *= near / 10 / np.linalg.norm(steps, axis=1, keepdims=True)
        for key, draws in (("continuityPrior", prior), ("continuityRange", own)):
            change = network.decode((draws + steps).astype(np.float32)) - network.decode(draws)
            ratios = np.linalg.norm(change.reshape(2000, -1), axis=1)
            shown = float(view.cell(key, 0).text().split()[0])
            ratio = ratios.max() / np.median(ratios)
            assert shown == pytest.approx(ratio, rel=0.02, abs=0.06 if ratio < 9 else 0.6)
        reached = NearestNeighbors(n_neighbors=1).fit(prior).kneighbors(run.codes)[0][:, 0] <= near
        assert view.cell("reached", 0).text() == percent(reached.mean())
        assert view.cell("near", 0).text() == f"{near:.3g}"

    def test_the_shipped_run_of_the_other_kind_stands_beside(self, window: MainWindow) -> None:
        view = regularity(window).figures
        assert (view.cell("head", 0).text(), view.cell("head", 1).text()) == ("VAE", "AE")
        assert view.cell("head", 1).toolTip() == "AE 2-D (shipped) (beside it)"
        assert view.cell("completePrior", 1).text().endswith(" %")
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

    def test_axes_that_a_vae_hardly_uses_are_told_and_are_no_holes(self, qtbot) -> None:
        even = Continuity(1.0, 1.0)
        half = Completeness(0.5, 0.75)
        found = Regularity(1.0, 0.1, 50, half, half, 0.5, even, even)
        vae, ae = Measured("V", "vae", found=found, dims=32, unused=9), Measured("A", "ae", found=found, dims=32)
        view = RegularityFigures()
        qtbot.addWidget(view)
        end = "which lowers completeness (not that to (1 − σ²) z) and reach and is no hole."
        view.show_figures(Figures(vae, ae))
        told = f"9 of the VAE's 32 axes are hardly used: what is drawn on them is lost, {end}"
        assert view.note.text().startswith(told)
        view.show_figures(Figures(replace(vae, unused=0), replace(vae, unused=1)))
        assert view.note.text() == f"1 of its twin's 32 axes is hardly used: what is drawn on it is lost, {end}"
        view.show_figures(Figures(replace(vae, unused=0), ae))
        assert "hardly used" not in view.note.text()
        assert "the share σ²" in view.cell("completePrior", 0).toolTip()
        assert (view.cell("completePrior", 0).text(), view.cell("pulledPrior", 0).text()) == ("50 %", "75 %")

    def test_where_no_axis_is_used_no_share_is_called_free_of_it(self, qtbot) -> None:
        even, none = Continuity(1.0, 1.0), Completeness(0.0, 0.0)
        found = Regularity(0.004, 0.0004, 50, none, none, 0.0, even, even)
        vae = Measured("V", "vae", found=found, dims=5, unused=5)
        view = RegularityFigures()
        qtbot.addWidget(view)
        end = "near is so small beside it that no low share, not even that to (1 − σ²) z, is a hole."
        view.show_figures(Figures(vae, None))
        assert view.note.text() == f"All 5 axes of the VAE are hardly used: what is drawn is lost, and {end}"
        view.show_figures(Figures(replace(vae, unused=0), replace(vae, dims=1, unused=1)))
        assert view.note.text() == f"The only axis of its twin is hardly used: what is drawn is lost, and {end}"

    def test_figures_without_bounds_are_written_as_everywhere(self, qtbot) -> None:
        half, jump = Completeness(0.5, 0.5), Continuity(0.0, 2.0)
        found = Regularity(2.4e-5, 2.4e-6, 2000, half, half, 0.5, jump, Continuity(0.001, 2.0))
        view = RegularityFigures()
        qtbot.addWidget(view)
        view.show_figures(Figures(Measured("V", "vae", found=found, dims=2), None))
        texts = [view.cell(key, 0).text() for key in ("near", "continuityPrior", "continuityRange")]
        assert texts == ["2.4e−05", "∞ ×", "2,000 ×"]

    def test_without_a_vae_nothing_is_said_of_a_pull(self, qtbot) -> None:
        ae, vae = Measured("A", "ae", dims=2), Measured("V", "vae", dims=2)
        view = RegularityFigures()
        qtbot.addWidget(view)
        view.show()
        for beside, said in ((vae, True), (ae, False), (vae, True)):
            view.show_figures(Figures(ae, beside))
            assert view.cell("pulledPrior", 0).isVisible() == said
            words = [each.text() for each in view.findChildren(QLabel) if each.isVisible()]
            assert ("N(0, I), to (1 − σ²) z" in words) == said and "draws from N(0, I)" in words

    def test_a_box_has_corners_beyond_a_ball_above_one_dimension_only(self, qtbot) -> None:
        view = RegularityFigures()
        qtbot.addWidget(view)
        tips = []
        less, more, even = Completeness(0.1, 0.5), Completeness(0.8, 0.9), Continuity(1.0, 1.0)
        found = Regularity(1.0, 0.1, 2000, more, less, 0.5, even, even)
        of_a_beta_of_4 = replace(found, complete_prior=less, complete_range=more)  # its unused axes lose N(0, I)'s
        for kind, dims, figures in (
            ("vae", 2, found),
            ("vae", 1, found),
            ("ae", 2, found),
            ("vae", 16, of_a_beta_of_4),
            ("vae", 2, None),
        ):
            view.show_figures(Figures(Measured("", kind, found=figures, dims=dims), None))
            tips.append(view.note.toolTip())
        assert "the corners were never asked for" in tips[0] and tips[1:] == [""] * 4

    def test_how_many_are_used_is_read_off_the_run(self, qtbot, open_window, vae_file: Path, tmp_path: Path) -> None:
        run = load_run(vae_file)
        wide = run.log_variances.copy()
        wide[:, 1] = 0.0
        path = tmp_path / "unused.safetensors"
        save_run(replace(run, log_variances=wide), path)
        note = regularity(open_window(path)).figures.note.text()
        assert note.startswith("1 of the VAE's 2 axes is hardly used")


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
        assert len(before) == 1 and view.pictures.accessibleDescription().startswith("1 draw, number 1 is chosen")
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
            z, mean, sigma, eps = (signed(value, 3) for value in numbers)
            assert view.formula.lines[i + 1] == (f"z{i + 1}", z, "=", mean, "+", sigma, "·", eps)
            assert f"z{i + 1} = {mean} + {sigma} times {eps} = {z}" in view.formula.accessibleName()

    def test_a_number_that_rounds_to_zero_has_no_sign(self, qtbot) -> None:
        view, tiny = RegularityDraws(), np.array([-0.0004, -1.5], np.float32)
        qtbot.addWidget(view)
        image = np.zeros((28, 28), np.float32)
        draw = Draw(tiny, tiny, (0.0, 0.0), image)
        ones = np.ones(2, np.float32)
        view.show_posterior(Posterior("a held-out 0", tiny, ones, 1.0, (0.0, 0.0), image, (), (draw,)))
        assert view.formula.lines[1] == ("z1", "0.000", "=", "0.000", "+", "1.000", "·", "0.000")
        assert "z2 = −1.500 + 1.000 times −1.500 = −1.500" in view.formula.accessibleName()

    def test_the_sigma_of_a_narrow_posterior_is_not_told_as_zero(self, qtbot) -> None:
        view, code = RegularityDraws(), np.array([0.2, -1.5, 0.7], np.float32)
        qtbot.addWidget(view)
        image = np.zeros((28, 28), np.float32)
        draw = Draw(np.ones(3, np.float32), code, (0.0, 0.0), image)
        sigma = np.array([0.0004, 0.0021, 0.3], np.float32)
        view.show_posterior(Posterior("a held-out 0", code, sigma, 1.0, (0.0, 0.0), image, (), (draw,)))
        assert [line[5] for line in view.formula.lines[1:]] == ["0.0004", "0.002", "0.30"]
        said = view.formula.accessibleName()
        assert all(f"+ {told} times 1.000" in said for told in ("0.0004", "0.002", "0.300"))

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
        assert f"= {signed(draws[7].code[0], 3)}" in view.formula.accessibleName()
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

    def test_an_ae_has_none_and_offers_the_vae(self, qtbot, window: MainWindow, ae4_file: Path) -> None:
        window.session.open_run(ae4_file)
        wait(qtbot, window)
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
        assert saved_as(path, "Save picture") == f"Saved as “{path}”."
        assert QImage(str(path)).size() == picture_size(view.sheet, title=run_shown(view)) * 2
        saved_as(tmp_path / "view.svg", "Save picture")
        tree = ElementTree.parse(tmp_path / "view.svg")
        words = {"".join(each.itertext()).strip() for each in tree.iter("{http://www.w3.org/2000/svg}text")}
        assert view.figures.cell("near", 0).text() in words
        saved_as(tmp_path / "map.csv", "Save numbers of the map")
        rows = list(csv.DictReader((tmp_path / "map.csv").open(newline="")))
        cells = view.heat.finest()
        assert list(rows[0]) == ["x", "y", "round_trip"] and len(rows) == cells.rows * cells.columns
        for row in (rows[0], rows[len(rows) // 2], rows[-1]):
            plain = plain_round_trip(network, (float(row["x"]), float(row["y"])))
            assert float(row["round_trip"]) == pytest.approx(plain, rel=1e-3, abs=1e-4)
        saved_as(tmp_path / "figures.csv", "Save figures")
        figures = {row[0]: row for row in csv.reader((tmp_path / "figures.csv").open(newline=""))}
        assert figures["run"][3] == "AE 2-D (shipped)" and figures["draws"][2:] == ["2000", "2000"]
        shown = view.figures.cell("completePrior", 0).text()
        assert percent(float(figures["completeness, N(0, I)"][2])) == shown
        saved_as(tmp_path / "draws.csv", "Save draws")
        draw = next(csv.DictReader((tmp_path / "draws.csv").open(newline="")))
        mean, sigma, eps = float(draw["mu"]), float(draw["sigma"]), float(draw["eps"])
        assert float(draw["z"]) == pytest.approx(mean + sigma * eps, abs=1e-5) and draw["dimension"] == "z1"

    def test_what_cannot_be_written_is_one_sentence(self, saved_as, tmp_path: Path) -> None:
        for name, entry in (("map.png", "Save picture"), ("map.csv", "Save numbers of the map")):
            nowhere = tmp_path / "none" / name
            assert saved_as(nowhere, entry) == f"“{nowhere}” could not be written: no such file or directory."
