"""What is appended is what is drawn: fine curves, held-out points, the run before, long runs."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.panels.loss.plot import BINS, LossPlot
from models.checkpoint import History
from tests.app.loss_plot.conftest import LEFT, NATS, append, drawn, drawn_now, falling, pixels_like, x_range, y_range


def blended(colour: str) -> str:
    """A colour as a fine curve has it: half of it is the ground's."""
    dye, ground, share = QColor(colour), QColor(theme.colours().surface), 130 / 255
    mixed = [round(share * d + (1 - share) * g) for d, g in zip(dye.getRgb()[:3], ground.getRgb()[:3], strict=True)]
    return QColor(*mixed).name()


def test_a_curve_is_painted_wherever_it_lies(plot: LossPlot) -> None:
    """Left to pyqtgraph, only where the first one lay: its bounds were those of the first view."""
    QTest.mouseClick(plot.chips["total"], LEFT)  # it lies under the other
    steps = np.arange(1, 161)
    for low, high in ((5, 150), (1400, 2600), (2e-4, 9e-4)):
        plot.begin("run", NATS, False, steps_per_epoch=8)
        plot._former = (np.empty(0), np.empty(0))
        for _ in range(2):
            values = np.geomspace(low, high, 160)
            append(plot, steps, values, values, 0 * values)
            assert pixels_like(plot, blended(theme.colours().accent)) > 50, (low, high, plot.log.isChecked())
            QTest.mouseClick(plot.log, LEFT)
            steps = steps + 160


def test_what_is_appended_is_drawn_in_epochs(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, steps_per_epoch=100)
    steps, total, reconstruction, kl = falling(250)
    for start in range(0, 250, 50):
        block = slice(start, start + 50)
        plot.append_steps(steps[block], total[block], reconstruction[block], kl[block])
    drawn_now(plot)
    for name, values in (("total", total), ("reconstruction", reconstruction), ("KL", kl)):
        x, y = drawn(plot, name)
        assert x == pytest.approx(steps / 100)
        assert y == pytest.approx(values)
    assert x_range(plot) == pytest.approx((0, 3))
    assert plot.canvas.getPlotItem().getAxis("bottom").labelText == "epoch"
    assert plot.unit.text() == NATS and plot.unit.isVisible()


def test_many_held_out_points_stay_apart_so_that_the_curve_can_be_seen_between_them(plot: LossPlot) -> None:
    wide = plot.canvas.getPlotItem().getViewBox().width
    sizes = {}
    for epochs in (5, 60):
        steps, flat = np.arange(1, 100 * epochs + 1), np.full(epochs, 100.0)
        curve = np.full(100 * epochs, 100.0)
        plot.show_history("run", NATS, False, History(steps, curve, curve, 0 * curve, steps[99::100], flat, flat, flat))
        sizes[epochs] = plot.canvas._held_out["total"].opts["symbolSize"]
        assert sizes[epochs] < wide() / epochs
    assert sizes[5] > sizes[60]


def test_held_out_losses_are_points_that_can_be_seen(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(300))
    before = pixels_like(plot, theme.colours().warning)
    for epoch in (1, 2, 3):
        plot.append_held_out(100 * epoch, 140.0, 100.0, 40.0)
    drawn_now(plot)
    x, y = plot.canvas._held_out["KL"].getData()
    assert x.tolist() == [1, 2, 3] and y.tolist() == [40, 40, 40]
    assert pixels_like(plot, theme.colours().warning) > before + 20


def test_an_autoencoder_has_no_kl(plot: LossPlot) -> None:
    plot.begin("run", "squared error per image", False, 100)
    append(plot, *falling(100))
    assert not plot.chips["KL"].isVisible() and plot.chips["total"].isVisible()
    assert len(drawn(plot, "KL")[0]) == 0
    assert y_range(plot)[0] > 50, "without KL the axis need not start at zero"


def test_the_run_before_stays_faint_until_the_unit_changes(plot: LossPlot) -> None:
    plot.begin("first", NATS, True, 100)
    steps, total, reconstruction, kl = falling(300)
    append(plot, steps, total, reconstruction, kl)
    assert not plot.chips["run before"].isVisible()
    plot.begin("second", NATS, True, 50)
    x, y = plot.canvas._former.getData()
    assert x == pytest.approx(steps / 100) and y == pytest.approx(total)
    assert plot.chips["run before"].isVisible() and "first" in plot.chips["run before"].toolTip()
    assert len(drawn(plot, "total")[0]) == 0
    plot.begin("third", "squared error per image", False, 50)
    assert not plot.chips["run before"].isVisible()


def test_a_history_is_shown_at_once(plot: LossPlot) -> None:
    steps, total, reconstruction, kl = (np.asarray(each) for each in falling(400))
    held_out = [np.array([141.0, 139.0]), np.array([135.0, 133.0]), np.array([6.0, 6.0])]
    plot.show_history("run", NATS, True, History(steps, total, reconstruction, kl, np.array([200, 400]), *held_out))
    assert drawn(plot, "total")[0] == pytest.approx(steps / 200)
    x, y = plot.canvas._held_out["total"].getData()
    assert x.tolist() == [1, 2] and y.tolist() == [141, 139]


def test_a_hidden_plot_catches_up_when_it_is_shown(plot: LossPlot) -> None:
    plot.hide()
    plot.begin("run", NATS, True, 100)
    plot.append_steps(*falling(100))
    assert len(drawn(plot, "total")[0]) == 0
    plot.show()
    assert len(drawn(plot, "total")[0]) == 100


def test_the_theme_recolours_ground_and_curves(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    for epoch in (1, 2, 3):
        plot.append_held_out(100 * epoch, 140.0, 100.0, 40.0)
    for scheme in ("dark", "light"):
        theme.apply(QApplication.instance(), scheme)
        now = theme.colours()
        assert pixels_like(plot, now.surface) > 20_000
        assert min(pixels_like(plot, now.accent), pixels_like(plot, now.warning)) > 20


def test_a_hundred_thousand_steps_are_drawn_as_few_points_with_every_peak(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 1000)
    values = np.random.default_rng(0).normal(140, 2, 100_000)
    values[54_321], values[77_777] = 400.0, 20.0
    for start in range(0, 100_000, 10_000):
        block = values[start : start + 10_000]
        plot.append_steps(np.arange(start, start + 10_000), block, block - 6, np.full(10_000, 6.0))
    drawn_now(plot)
    x, y = drawn(plot, "total")
    assert 2 * BINS <= len(x) <= 3 * BINS
    assert y.max() == 400 and y.min() == 20
    assert (np.diff(x) > 0).all()
    assert x[y.argmax()] == pytest.approx(54.321) and x[y.argmin()] == pytest.approx(77.777)


def test_thousands_of_epochs_are_drawn_as_few_held_out_points_with_every_peak(plot: LossPlot) -> None:
    """All of three curves took a tenth of a second, twice a second while a network learns."""
    plot.begin("VAE 2-D", NATS, True, 1)
    steps, *losses = falling(10_000)
    losses[0][7003] = 160.0
    for epoch in zip(steps.tolist(), *(each.tolist() for each in losses), strict=True):
        plot.append_held_out(*epoch)
    drawn_now(plot)
    for name in ("total", "reconstruction", "KL"):
        assert 2 * BINS <= len(plot.canvas._held_out[name].xData) <= 3 * BINS
    x, y = plot.canvas._held_out["total"].getData()
    assert y[x == 7004] == [160.0]
