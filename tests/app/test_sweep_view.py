"""A sweep in the window: opened, pointed at, clicked, walked with keys, exported, and read again."""

from __future__ import annotations

import csv
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPlainTextEdit, QPushButton

from app import theme
from app.exporting_views import picture_size
from app.main_window import MainWindow
from app.panels.rate.distortion import RateDistortion
from app.views import Views
from models.checkpoint import Run, load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.facts import RunFinished
from models.sweep import Plan, Result, Sweep
from models.sweep_folder import claim_folder, keep_results, read_sweep
from tests.app.conftest import open_view
from tests.app.dropping import drop, mime_of
from tests.app.painted import Painted
from tests.app.sweep_made_up import BASE, made_up

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


def trained(dataset: Dataset, config: RunConfig) -> Run:
    from models.evaluation import completed
    from models.training import train

    run = next(fact.run for fact in train(config, dataset, name="cell") if isinstance(fact, RunFinished))
    return completed(run, dataset)


def swept(folder: Path, dataset: Dataset, base: RunConfig, dims: tuple, betas: tuple) -> Path:
    """A whole sweep, trained here and now."""
    plan = Plan.of(base, dims, betas, (0,), dataset.title, dataset.fingerprint)
    claim_folder(folder, plan)
    for cell in plan.cells():
        run = trained(dataset, plan.config_of(cell))
        save_run(run, folder / f"{cell.name}.safetensors")
        keep_results(folder, plan, Result.of_run(cell, run))
    return folder


@pytest.fixture(scope="module")
def vae_sweep(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept(tmp_path_factory.mktemp("sweeps") / "vae", digits, BASE, (2, 4), (0.5, 4.0))


@pytest.fixture
def view(qtbot, qapp: QApplication) -> Iterator[RateDistortion]:
    """The view alone, on the screen."""
    theme.apply(qapp, "light")
    made = RateDistortion()
    made.resize(560, 560)
    with qtbot.waitActive(made):
        made.show()
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


def rate_view(window: MainWindow) -> RateDistortion:
    made = window.views.made("rate")
    assert isinstance(made, RateDistortion) and made.isVisible()
    return made


def place_of(view: RateDistortion, rate: float, distortion: float) -> QPoint:
    """Where a pair of figures lies on the canvas, by pyqtgraph's own mapping."""
    QApplication.processEvents()
    box = view.canvas.getPlotItem().getViewBox()
    return view.canvas.mapFromScene(box.mapViewToScene(QPointF(rate, distortion)))


def last_message(window: MainWindow) -> tuple[str, str]:
    message = window.message_bar.messages[-1]
    return message.text, message.kind


# in the window


def test_the_map_comes_first_and_other_views_are_made_when_looked_at(window: MainWindow) -> None:
    views = window.findChild(Views, "views")
    assert views.current() == "map" and window.latent_map.isVisible()
    assert views.made("rate") is None


def test_tabs_and_shortcuts_switch_views(qtbot, window: MainWindow) -> None:
    open_view(window, "rate")
    assert rate_view(window) and not window.latent_map.isVisible()
    QTest.keyClick(window, Qt.Key.Key_1, CTRL)
    assert window.latent_map.isVisible()
    QTest.keyClick(window, Qt.Key.Key_PageUp, CTRL)
    assert rate_view(window).canvas.hasFocus(), "before the first comes the last"
    QTest.keyClick(window, Qt.Key.Key_PageDown, CTRL)
    QTest.keyClick(window, Qt.Key.Key_PageDown, CTRL)
    assert window.views.current() == window.views.names()[1]
    words = [action.text() for menu in window.menu_bar.actions() for action in menu.menu().actions()]
    assert {"Map", "Rate–distortion", "Open a sweep…"} <= set(words)


def test_without_a_sweep_the_view_says_what_to_do(window: MainWindow) -> None:
    window.views.show_view("rate")
    view = rate_view(window)
    words = " ".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())
    assert "File > Open a sweep… (Ctrl+Shift+O)" in words
    command = view.findChild(QPlainTextEdit, "sweepCommand")
    assert command.isReadOnly() and " sweep --data mnist --latent-dims " in command.toPlainText()
    QTest.mouseClick(view.findChild(QPushButton, "copySweepCommand"), LEFT)
    assert QApplication.clipboard().text() == command.toPlainText()


@pytest.mark.parametrize(("has_script", "program"), [(True, ["latentlab-cli"]), (False, ["python", "-m", "models"])])
def test_the_command_of_the_empty_view_is_that_of_this_installation(
    has_script: bool, program: list[str], qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.cli_arguments import parse

    binaries = tmp_path / "own environment"
    binaries.mkdir()
    if has_script:
        (binaries / "latentlab-cli").touch()
    monkeypatch.setattr(sys, "executable", str(binaries / "python"))
    view = RateDistortion()
    qtbot.addWidget(view)
    words = shlex.split(view.findChild(QPlainTextEdit, "sweepCommand").toPlainText())
    assert words[: len(program)] == [str(binaries / program[0]), *program[1:]]
    arguments = parse(words[len(program) :])
    assert arguments.command == "sweep" and arguments.latent_dims == (2, 4, 16)


def test_a_click_on_a_point_opens_that_run(qtbot, window: MainWindow, vae_sweep: Path, monkeypatch) -> None:
    chosen = (str(vae_sweep / "sweep.json"), "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: chosen)  # the system's dialog, no code of ours
    QTest.keyClick(window, Qt.Key.Key_O, CTRL | Qt.KeyboardModifier.ShiftModifier)
    view = rate_view(window)
    wanted = vae_sweep / "vae-4d-beta0.5-seed0.safetensors"
    report = load_run(wanted).report
    at = place_of(view, report["test_kl"], report["test_reconstruction"])
    QTest.mouseMove(view.canvas.viewport(), at)
    assert view.card.isVisible() and "VAE 4-D, beta 0.5, seed 0" in view.card.text()
    assert f"{report['test_kl']:.2f} nats = {report['test_kl'] / np.log(2):.2f} bits" in view.card.text()
    assert f"{100 * report['knn_accuracy']:.1f} %" in view.card.text()
    QTest.mouseClick(view.canvas.viewport(), LEFT, pos=at + QPoint(3, -2))
    assert window.session.view.run.path == wanted
    assert window.session.view.config.latent_dim == 4
    assert view.canvas._opened == 2, "the open run is marked"
    assert view.isVisible()


def test_a_dropped_folder_is_opened_as_a_sweep(window: MainWindow, vae_sweep: Path) -> None:
    assert drop(window, mime_of(vae_sweep)) is Qt.DropAction.CopyAction
    assert window.session.sweep.sweep == read_sweep(vae_sweep) and rate_view(window)


def test_a_broken_sweep_is_one_sentence_and_what_was_open_stays(
    window: MainWindow, vae_sweep: Path, tmp_path: Path
) -> None:
    window.open_path(vae_sweep)
    broken = tmp_path / "sweep.json"
    broken.write_text('{"latentlab_sweep": 1, "cells": [{}]}')
    window.open_path(broken)
    assert last_message(window) == (f"“{broken}” is damaged or is not a sweep of Latent Lab.", "error")
    assert window.session.sweep.sweep.folder == vae_sweep


def test_a_run_that_is_gone_is_one_sentence(window: MainWindow, vae_sweep: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(vae_sweep, tmp_path / "moved"))
    window.open_path(folder)
    result = window.session.sweep.sweep.results[0]
    (folder / result.file).unlink()
    before = window.session.view
    view = rate_view(window)
    QTest.mouseClick(view.canvas.viewport(), LEFT, pos=place_of(view, result.rate, result.distortion))
    assert last_message(window) == (f"There is no file “{folder / result.file}”.", "error")
    assert window.session.view is before


def test_a_sweep_with_no_run_yet_has_no_scale(view: RateDistortion, tmp_path: Path) -> None:
    sweep = made_up((2, 0.5, 0, 7.0, 130.0), (2, 4.0, 0, 5.0, 140.0))
    view.show_sweep(replace(sweep, results=()))
    assert not written_on(view, tmp_path / "none.svg") & set("0123456789")
    view.show_sweep(sweep)
    assert written_on(view, tmp_path / "two.svg") & set("0123456789")


def written_on(view: RateDistortion, path: Path) -> set[str]:
    """The letters in a view's picture."""
    view.save_picture_to(path)
    drawn = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return set("".join("".join(each.itertext()) for each in drawn))


def test_a_first_run_stands_in_a_range_whose_numbers_can_be_told_apart(view: RateDistortion) -> None:
    """Of a sweep that is still being trained; lines of equal loss were all named alike."""
    view.show_sweep(made_up((2, 1.0, 0, 10.604812, 99.103107)))
    (left, right), (bottom, top) = view.canvas.box.viewRange()
    assert top - bottom > 1 and right - left > 0.1
    assert abs((left + right) / 2 - 10.604812) < 0.01 and abs((bottom + top) / 2 - 99.103107) < 0.01
    names = [label.toPlainText() for label in view.canvas._iso_labels]
    assert len(names) > 1 and len(set(names)) == len(names)


def test_a_growing_sweep_is_read_again(qtbot, window: MainWindow, vae_sweep: Path, tmp_path: Path) -> None:
    whole = read_sweep(vae_sweep)
    folder = tmp_path / "growing"
    claim_folder(folder, whole.plan)
    window.open_path(folder)
    assert last_message(window)[0] == "No cell of this sweep is finished yet; they appear here as they end."
    view = rate_view(window)
    assert view._note.text() == "0 of 4 runs"
    keep_results(folder, whole.plan, whole.results[1])
    keep_results(folder, whole.plan, Result(whole.results[2].cell, error="It fell over."))
    window.session.sweep.look_again()
    assert view._note.text() == "1 of 4 runs, 1 failed"
    assert window.findChild(QLabel, "messageText").text() == "", "one is finished"
    assert "VAE 4-D, beta 0.5, seed 0: It fell over." in view._note.toolTip()
    (folder / "sweep.json").write_text("half")
    window.session.sweep.look_again()
    assert view._note.text() == "1 of 4 runs, 1 failed", "it stays as it was"


# the view alone


def test_numbers_are_those_of_the_reports(view: RateDistortion, vae_sweep: Path, tmp_path: Path) -> None:
    view.show_sweep(read_sweep(vae_sweep))
    told: list[str] = []
    view.exported.connect(told.append)
    path = tmp_path / "numbers.csv"
    view.save_numbers_to(path)
    assert told == [f"Saved as “{path}”."]
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    for row in rows:
        run = load_run(vae_sweep / row["file"])
        assert (int(row["latent_dim"]), float(row["beta"])) == (run.config.latent_dim, run.config.beta)
        assert float(row["rate_nats"]) == run.report["test_kl"]
        assert float(row["rate_bits"]) == pytest.approx(run.report["test_kl"] / np.log(2))
        assert float(row["distortion"]) == run.report["test_reconstruction"]
        assert float(row["loss"]) == run.report["test_loss"]
        assert float(row["knn_accuracy"]) == run.report["knn_accuracy"]


def test_the_picture_is_written_as_png_and_svg(view: RateDistortion, vae_sweep: Path, tmp_path: Path) -> None:
    view.show_sweep(read_sweep(vae_sweep))
    QApplication.processEvents()
    view.save_picture_to(tmp_path / "picture.png")
    picture = QImage(str(tmp_path / "picture.png"))
    assert picture.size() == picture_size(view.sheet) * 2
    blue = np.array(
        [
            colour_at(picture, x, y) == theme.DIGIT_COLOURS[0]
            for x in range(0, picture.width(), 2)
            for y in range(0, picture.height(), 2)
        ]
    )
    assert blue.sum() > 20
    view.save_picture_to(tmp_path / "picture.svg")
    tree = ElementTree.parse(tmp_path / "picture.svg")
    words = {"".join(each.itertext()).strip() for each in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {"2-D", "4-D", "equal loss", "rate, bits per image", "distortion, nats per image"} <= words
    fills = {each.get("fill") for each in tree.iter("{http://www.w3.org/2000/svg}g")}
    assert set(theme.DIGIT_COLOURS[:2]) <= fills
    for group in tree.iter("{http://www.w3.org/2000/svg}g"):
        if any(each.get("vector-effect") == "non-scaling-stroke" for each in group):
            assert group.get("transform", "").startswith("matrix(1,0,0,1,"), "some readers scale a line's width too"


def colour_at(picture: QImage, x: int, y: int) -> str:
    return picture.pixelColor(x, y).name()


def test_what_cannot_be_written_is_one_sentence(view: RateDistortion, vae_sweep: Path, tmp_path: Path) -> None:
    view.show_sweep(read_sweep(vae_sweep))
    failed: list[str] = []
    view.failed.connect(failed.append)
    nowhere = tmp_path / "none" / "numbers.csv"
    view.save_numbers_to(nowhere)
    view.save_picture_to(nowhere.with_suffix(".svg"))
    assert failed[0] == f"“{nowhere}” could not be written: no such file or directory."
    assert failed[1] == f"“{nowhere.with_suffix('.svg')}” could not be written: no such file or directory."


def test_arrow_keys_walk_over_the_runs_and_enter_opens_one(view: RateDistortion) -> None:
    view.show_sweep(made_up((2, 0.5, 0, 7.0, 130.0), (2, 4.0, 0, 5.0, 140.0), (4, 4.0, 0, 8.0, 120.0)))
    picked: list[str] = []
    view.cell_picked.connect(picked.append)
    view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(view.canvas, key)
    assert picked == ["vae-2d-beta4-seed0"] and "VAE 2-D, beta 4, seed 0" in view.card.text()
    QTest.keyClick(view.canvas, Qt.Key.Key_Left)
    QTest.keyClick(view.canvas, Qt.Key.Key_Left)
    QTest.keyClick(view.canvas, Qt.Key.Key_Space)
    assert picked[1:] == ["vae-4d-beta4-seed0"]


def test_the_keyboard_stays_at_its_run_when_one_comes_in_before_it(view: RateDistortion) -> None:
    later, first = (2, 4.0, 0, 5.0, 140.0), (2, 0.5, 0, 7.0, 130.0)
    whole = made_up(first, later)
    view.show_sweep(replace(whole, results=whole.results[1:]))
    picked: list[str] = []
    view.cell_picked.connect(picked.append)
    view.setFocus()
    QTest.keyClick(view.canvas, Qt.Key.Key_Right)
    assert "VAE 2-D, beta 4, seed 0" in view.card.text()
    view.show_sweep(whole)
    assert view.card.isVisible() and "VAE 2-D, beta 4, seed 0" in view.card.text(), "it is still pointed at"
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    assert picked == ["vae-2d-beta4-seed0"]


def test_of_another_sweep_no_run_is_pointed_at_yet(view: RateDistortion) -> None:
    """It may have fewer runs than the one pointed at before it."""
    view.show_sweep(made_up((2, 0.5, 0, 7.0, 130.0), (2, 4.0, 0, 5.0, 140.0)))
    picked: list[str] = []
    view.cell_picked.connect(picked.append)
    view.setFocus()
    for _ in range(2):
        QTest.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.card.isVisible()
    view.show_sweep(replace(made_up((4, 1.0, 0, 8.0, 120.0)), folder=Path("elsewhere")))
    assert not view.card.isVisible()
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    assert picked == []
    QTest.keyClick(view.canvas, Qt.Key.Key_Right)
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    assert picked == ["vae-4d-beta1-seed0"]


def test_the_legend_stays_under_the_hand_when_a_run_comes(view: RateDistortion) -> None:
    """A press began on a chip that was gone before the release, and the keyboard had no place any more."""
    whole = made_up((2, 0.5, 0, 7.0, 130.0), (4, 0.5, 0, 8.0, 120.0), (2, 4.0, 0, 5.0, 140.0))
    view.show_sweep(replace(whole, results=whole.results[:2]))
    chip = view.chips[4]
    chip.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.mousePress(chip, LEFT)
    view.show_sweep(whole)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert view.chips[4].hasFocus()
    QTest.mouseRelease(view.chips[4], LEFT)
    assert not view.chips[4].isChecked() and view.canvas._shown == {2}


def test_the_ring_around_an_open_run_leaves_no_trace(view: RateDistortion) -> None:
    """As when a training begins, whose network is none of the sweep's."""
    sweep = made_up((2, 0.5, 0, 7.0, 130.0), (2, 4.0, 0, 5.0, 140.0))
    view.show_sweep(sweep)
    view.show_open_run(sweep.folder / sweep.done[0].file)
    at = place_of(view, 7.0, 130.0)
    QApplication.processEvents()  # all is painted that waited for its place
    painted = Painted(view.canvas.viewport())
    view.show_open_run(None)
    QApplication.processEvents()
    assert painted.region.contains(at)


def test_a_click_beside_the_points_opens_nothing(view: RateDistortion) -> None:
    view.show_sweep(made_up((2, 0.5, 0, 7.0, 130.0), (2, 4.0, 0, 5.0, 140.0)))
    picked: list[str] = []
    view.cell_picked.connect(picked.append)
    QTest.mouseClick(view.canvas.viewport(), LEFT, pos=place_of(view, 6.0, 135.0))
    QTest.mouseMove(view.canvas.viewport(), place_of(view, 6.0, 135.0))
    assert picked == [] and not view.card.isVisible()


def test_the_legend_hides_runs_which_then_cannot_be_clicked(view: RateDistortion) -> None:
    sweep = made_up((2, 0.5, 0, 7.0, 130.0), (4, 0.5, 0, 9.0, 120.0), (16, 0.5, 0, 12.0, 110.0))
    view.show_sweep(sweep)
    picked: list[str] = []
    view.cell_picked.connect(picked.append)
    QTest.mouseClick(view.chips[4], LEFT)
    QTest.mouseClick(view.canvas.viewport(), LEFT, pos=place_of(view, 9.0, 120.0))
    assert picked == []
    view.show_sweep(replace(sweep, results=sweep.results[:2]))
    assert not view.chips[4].isChecked(), "a sweep that grows keeps what is hidden"
    QTest.mouseClick(view.chips[4], LEFT)
    QTest.mouseClick(view.canvas.viewport(), LEFT, pos=place_of(view, 9.0, 120.0))
    assert picked == ["vae-4d-beta0.5-seed0"]


def test_an_ae_has_no_rate_and_stands_at_its_dimensions(view: RateDistortion, tmp_path: Path) -> None:
    plan = Plan.of(RunConfig(kind="ae", loss="mse"), (2, 16), (), (0, 1), "Digits", "f")
    figures = {2: 30.0, 16: 8.0}
    results = [Result(cell, 0.0, figures[cell.latent_dim] + cell.seed, 0.0, 1.0) for cell in plan.cells()]
    view.show_sweep(Sweep(tmp_path, plan, tuple(results)))
    plot = view.canvas.getPlotItem()
    assert plot.getAxis("bottom").labelText == "latent dimensions (an AE has no rate)"
    assert plot.getAxis("left").labelText == "distortion, squared error per image"
    assert not plot.getAxis("top").isVisible() and view.chips == {}
    x, y = view.canvas._lines[0].getData()
    assert x.tolist() == [2, 16] and y.tolist() == [30.5, 8.5]
    QTest.mouseMove(view.canvas.viewport(), place_of(view, 16.0, 8.0))
    assert "AE 16-D, seed 0" in view.card.text() and "bits" not in view.card.text()
    view.save_numbers_to(tmp_path / "ae.csv")
    assert (tmp_path / "ae.csv").read_text().splitlines()[1].startswith("2,,0,,,30.0,")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_view_follows_the_theme(view: RateDistortion, scheme: str) -> None:
    view.show_sweep(made_up((2, 0.5, 0, 7.0, 130.0), (4, 4.0, 0, 5.0, 140.0)))
    theme.apply(QApplication.instance(), scheme)
    QApplication.processEvents()
    assert view.canvas.grab().toImage().pixelColor(2, 2).name() == theme.colours().surface


def test_no_curve_is_as_grey_as_the_lines_of_equal_loss(view: RateDistortion) -> None:
    dims = range(2, 10)
    view.show_sweep(made_up(*((dim, 1.0, 0, 5.0 + dim, 100.0) for dim in dims)))
    dyes = [QColor(view.canvas.colour_of(dim)) for dim in dims]
    assert len({dye.name() for dye in dyes}) == len(dims) and min(dye.saturation() for dye in dyes) > 80
