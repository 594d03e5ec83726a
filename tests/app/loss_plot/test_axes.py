"""The axes: their labels and ranges, the logarithmic scale, and when they stay."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtTest import QTest

from app.panels.loss.plot import LossPlot
from tests.app.loss_plot.conftest import LEFT, NATS, append, drawn, falling, x_range, y_range


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("high", [150, 1400, 9e4, 1e7, 1.6e34, 1e37])
def test_the_axis_labels_any_loss_side_by_side(plot: LossPlot, high: float, log: bool) -> None:
    """In the room of a small window, where a diverging run's losses had no labels, or all of 34 in one place."""
    axis = plot.canvas.getPlotItem().getAxis("left")
    plot.canvas.set_logarithmic(log)
    low, top, height = (np.log10(5), np.log10(high), 90) if log else (0.0, high, 90)
    spacing, values = axis.tickValues(low, top, height)[0]
    words = axis.tickStrings(values, 1.0, spacing)
    assert len(words) >= 2 and all(len(word) <= 6 for word in words)
    shown = [10.0**value for value in values] if log else values
    assert [float(word) for word in words] == pytest.approx(shown, rel=0.05)
    if log:
        assert np.diff(values).min() / (top - low) * height >= 14, "one label would lie over another"


@pytest.mark.parametrize("height", [40, 43, 60, 90, 150, 400])
def test_no_label_of_a_low_plot_lies_over_another(plot: LossPlot, height: int) -> None:
    """Below a lesson on a small laptop the curves have 43 pixels: 50, 100 and 150 stood in one another."""
    axis = plot.canvas.getPlotItem().getAxis("left")
    for high in np.geomspace(0.01, 9000, 60):
        values = axis.tickValues(0.0, high, height)[0][1]
        assert len(values) >= 2 and np.diff(values).min() / high * height >= 14


def test_a_large_label_is_not_cut_to_the_step_below_it(plot: LossPlot) -> None:
    axis = plot.canvas.getPlotItem().getAxis("left")
    assert axis.tickStrings([19_999.999999999996, 30_000.000000000004], 1.0, 10_000.0) == ["2e4", "3e4"]


def test_the_first_steps_do_not_flatten_the_rest(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(500))
    low, high = y_range(plot)
    assert low == 0
    assert 136 < high < 200, "the run starts above 450"


def test_the_logarithmic_scale_draws_logarithms_and_writes_plain_numbers(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    steps, total, reconstruction, kl = falling(400)
    kl[:3] = 0.0
    append(plot, steps, total, reconstruction, kl)
    QTest.mouseClick(plot.log, LEFT)
    assert drawn(plot, "total")[1] == pytest.approx(np.log10(total))
    assert np.isnan(drawn(plot, "KL")[1][:3]).all()
    low, high = y_range(plot)
    assert 10**low < 6 and 10**high > 136
    axis = plot.canvas._axis
    ticks = axis.tickValues(low, high, 200)[0][1]
    assert {"10", "100"} <= set(axis.tickStrings(ticks, 1, 1))
    plot.show_lines(45.7, None)
    assert plot.canvas._lines["floor"][0].value() == pytest.approx(np.log10(45.7))
    assert plot.canvas._lines["floor"][1].toPlainText() == "Bernoulli floor 45.7"
    plot.show_lines(None, None)
    QTest.mouseClick(plot.log, LEFT)
    assert drawn(plot, "total")[1] == pytest.approx(total)


def test_a_long_run_before_does_not_make_a_sliver_of_the_new_one(plot: LossPlot) -> None:
    plot.begin("long", NATS, True, 10)
    append(plot, *falling(800))
    assert x_range(plot) == pytest.approx((0, 96))
    plot.begin("short", NATS, True, 100)
    assert plot.chips["run before"].isVisible() and not plot._empty.isVisible()
    assert x_range(plot) == pytest.approx((0, 80)), "until the new one has begun it is seen whole"
    assert y_range(plot)[1] > 136
    append(plot, *falling(20))
    assert x_range(plot) == pytest.approx((0, 0.25))
    high = y_range(plot)[1]
    plot._former = (plot._former[0], np.where(plot._former[0] > 1, 5000.0, plot._former[1]))
    plot._renew()
    assert y_range(plot)[1] == pytest.approx(high, rel=0.05), "what is cut off of it takes no room"
    append(plot, *falling(80, first=21))
    assert x_range(plot) == pytest.approx((0, 1))


def test_the_axes_stay_while_the_losses_hardly_change(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, np.arange(1, 311), *(np.full(310, value) for value in (140.0, 133.0, 7.0)))
    before = (x_range(plot), y_range(plot))
    append(plot, np.arange(311, 381), *(np.full(70, value) for value in (137.0, 130.0, 7.0)))
    assert (x_range(plot), y_range(plot)) == before
    append(plot, np.arange(381, 401), *(np.full(20, value) for value in (200.0, 193.0, 7.0)))
    assert y_range(plot)[1] > 200
