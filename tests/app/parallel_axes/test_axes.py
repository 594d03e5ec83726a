"""What the axes show of a run, many or few of them, live, in small windows and in files."""

from __future__ import annotations

import csv
import threading
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollBar
from sklearn.neighbors import KernelDensity
from torch.distributions import Normal, kl_divergence

from app import theme
from app.desks import axes
from app.exporting_views import picture_size, run_shown
from app.panels.axes.scene import VIOLIN, WIDEST_VIOLIN
from app.run_library import shipped_run
from app.seen.axes import Measured
from models.checkpoint import Run, load_run, save_run
from models.chunks import evenly
from models.config import RunConfig
from tests.app.contrasts import strongest
from tests.app.mouse_wheel import turn_wheel
from tests.app.parallel_axes.conftest import (
    CTRL,
    LEFT,
    LIMIT,
    drag,
    network,
    pinned,
    pixels,
    press,
    rgb,
    session_of,
    settle,
    window_of,
    words,
)
from tests.conftest import trained

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
    tip = view.findChild(QLabel, "axesSummary").toolTip()
    assert tip.startswith("Bars: the variance of each number over the held-out images") and "KL" not in tip
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
    at, idle = view.canvas.geometry_now(), 9  # the first that is not active
    name = QRect(int(at.x(idle)) - 11, int(at.names_top), 22, int(at.line))
    assert strongest(view.canvas.grab().toImage(), name, theme.colours().surface) >= 4.5, "its name can be read"
    assert words(view, "axesWarning") == (
        "Posterior collapse: 55 of its 64 units carry next to nothing, whatever the image; the decoder does without."
    )
    two = wide_run.codes.copy()
    two[:, np.setdiff1d(np.arange(64), [4, 6])] = two[:, [3]] + 1
    assert opened(replace(wide_run, codes=two)) == (
        "Posterior collapse: z5 and z7 carry next to nothing, whatever the image; the decoder does without."
    )
    prior = np.zeros_like(two)
    told = opened(replace(wide_run, codes=0.01 * two, log_variances=prior))
    assert told.startswith("Posterior collapse: no unit tells anything about an image")
    told = opened(replace(wide_run, codes=0.01 * two))  # nine units' sigma is far from the prior's
    assert told == "No unit tells anything about an image: each has nearly the same mean for all of them."
    prior[:, 4] = -4.0
    told = opened(replace(wide_run, codes=two, log_variances=prior))
    assert told == "z5 and z7 carry next to nothing: their means are nearly the same for every image."


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
        "This file holds no log-variances, so that KL has to be computed from its held-out images; they are in "
        "Built-in digits, which is not loaded."
    )
    assert words(view, "axesSummary") == "4 of 4 units active. The bars show how much each mean varies (its variance)."
    summary = view.findChild(QLabel, "axesSummary")
    assert summary.toolTip().startswith("Bars: the variance of each dimension's posterior mean over the held-out")
    button = view.findChild(QPushButton, "axesGet")
    assert button.text() == "Get Built-in digits"
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: words(view, "axesNote") == "", timeout=LIMIT)
    assert view._measured.divergence is not None and not button.isVisible()
    assert summary.toolTip().startswith("KL: how far the posterior of each dimension is from the prior N(0, 1)")


def test_two_numbers_need_a_map_and_one_click_opens_the_run_with_four(qtbot, open_axes) -> None:
    view = open_axes(shipped_run("ae-2"))
    assert words(view, "axesNote") == "The map shows two numbers at once; axes are for codes of more."
    button = view.findChild(QPushButton, "axesGet")
    assert button.text() == button.accessibleName() == "Open the AE 4-D"
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: view._measured.dims == 4, timeout=LIMIT)
    assert session_of(view).view.run.path == shipped_run("ae-4") and not button.isVisible()


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
    session.axes.lines_shown.connect(lambda told: lines.extend(line.code for line in told[:1]))
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


def test_axes_of_the_run_before_are_not_seen_beside_a_training(qtbot, view) -> None:
    window, session = window_of(view), session_of(view)
    assert view._measured.dims == 4
    QTest.keyClick(window, Qt.Key.Key_1, CTRL)
    session.edit_config(RunConfig(encoder=(32,), decoder=(32,), latent_dim=3, epochs=2000, batch_size=100))
    session.start_training()
    qtbot.waitUntil(lambda: session.view.run is None and session.view.config.latent_dim == 3)
    QTest.keyClick(window, Qt.Key(Qt.Key.Key_1 + window.views.names().index("axes")), CTRL)
    assert view._measured.dims == 3 or not view.canvas.isVisible()
    qtbot.waitUntil(lambda: view._measured.dims == 3 and view.canvas.isVisible())
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase.name == "IDLE")
    qtbot.waitUntil(lambda: not session.axes._settled.isActive() and not session.axes._worker.busy)


def test_axes_stand_by_what_they_carry_once_a_training_is_stopped(qtbot, view) -> None:
    session = session_of(view)
    session.edit_config(RunConfig(kind="ae", encoder=(32,), decoder=(32,), latent_dim=24, epochs=2000, batch_size=100))
    measured: list[Measured] = []
    session.axes.measured.connect(measured.append)
    session.start_training()
    qtbot.waitUntil(lambda: len([each for each in measured if each.dims == 24]) >= 4)
    first = next(each.order() for each in measured if each.dims == 24)
    assert view.canvas.scene.order.tolist() == first.tolist(), "it stays while it learns"
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase.name == "IDLE")
    qtbot.waitUntil(lambda: not session.axes._settled.isActive() and not session.axes._worker.busy)
    figures = view._measured.figures[view.canvas.scene.order]
    assert view.tools.sorting.isChecked() and (np.diff(figures) <= 0).all()
    session.axes.measured.disconnect(measured.append)


def test_while_it_learns_images_from_all_over_the_held_out_ones_are_measured(qtbot, view, monkeypatch) -> None:
    """Of a set in no random order the first ones are not like the others."""
    session, some = session_of(view), evenly(297, 40)
    monkeypatch.setattr(axes, "LIVE_IMAGES", 40)
    config = RunConfig(encoder=(32,), decoder=(32,), latent_dim=3, epochs=2000, batch_size=100)
    session.edit_config(config)
    session.training.set_slow_motion(False)  # codes come part by part
    off: list[float] = []

    def compare(told) -> None:
        for line in told:
            index = int(line.key.removeprefix("held-out "))
            code = session.view.snapshot.encode(session.data.dataset.test_images[[index]])[0]
            off.extend(np.abs(each - code).max() for each in (line.code, session.view.codes[index]))

    for _ in range(4):
        press(view, "addRandomLine")
    session.axes.lines_shown.connect(compare)
    session.start_training()
    qtbot.waitUntil(lambda: view._measured.images == 40 and len(off) > 100)
    session.axes.lines_shown.disconnect(compare)
    assert max(off[-100:]) < 1e-4, "lines lie at the codes of the network as it is now, and so they do on the map"
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase.name == "IDLE")
    qtbot.waitUntil(lambda: not session.axes._settled.isActive() and not session.axes._worker.busy)
    assert view._measured.images == 297
    session.axes._measure()
    qtbot.waitUntil(lambda: not session.axes._worker.busy and view._measured.images == 40)
    codes = session.view.snapshot.encode(session.data.dataset.test_images[some])
    np.testing.assert_allclose(view._measured.means, codes.mean(axis=0), rtol=1e-3, atol=1e-5)


def test_all_images_have_their_turn_however_long_some_of_them_take(qtbot, view, monkeypatch) -> None:
    session, desk, done = session_of(view), session_of(view).axes, threading.Event()
    monkeypatch.setattr(axes, "LIVE_IMAGES", 40)
    session.edit_config(RunConfig(encoder=(32,), decoder=(32,), latent_dim=3, batch_size=100))
    session.reset()
    qtbot.waitUntil(lambda: view._measured.dims == 3 and view._measured.images == 297 and not desk._worker.busy)
    measured: list[int] = []
    desk._worker.submit(done.wait, lambda _: None, lambda _: None)  # some are still being measured
    desk._settled.timeout.emit()
    done.set()
    desk.measured.connect(lambda found: measured.append(found.images))
    qtbot.waitUntil(lambda: len(measured) > 0)
    assert measured == [297]


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
    assert QImage(str(tmp_path / "axes.png")).size() == picture_size(view.sheet, title=run_shown(view)) * 2
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
    turn_wheel(canvas, where, -2)
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


def test_what_was_measured_of_a_network_that_has_gone_is_not_shown(qtbot, view, ae4_file: Path, vae4_file) -> None:
    session, told = session_of(view), []
    session.axes.measured.connect(lambda measured: told.append((measured.kind, session.view.config.kind)))
    session.open_run(ae4_file)
    session.open_run(vae4_file)  # while the AE is measured
    qtbot.waitUntil(lambda: bool(told) and not session.axes._worker.busy, timeout=LIMIT)
    assert set(told) == {("vae", "vae")}
    settle(qtbot, view)
