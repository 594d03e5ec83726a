"""The loss plot: what is appended is what is drawn, long runs stay small, and the switches do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from app import theme
from app.panels.loss.plot import BINS, LossPlot
from app.panels.loss.series import Series, grown_end, settled, steady, value_range
from models.checkpoint import History

LEFT = Qt.MouseButton.LeftButton
NATS = "nats per image"


@pytest.fixture
def plot(qtbot: Any) -> Iterator[LossPlot]:
    theme.apply(QApplication.instance(), "light")
    made = LossPlot()
    made._rest.setInterval(20)  # half a second between drawings would only be waited for
    made.resize(420, 320)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else every switch of the theme dresses it too


def falling(count: int, first: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    steps = np.arange(first, first + count)
    kl = 6 * (1 - np.exp(-steps / 50))
    reconstruction = 130 + 400 * np.exp(-steps / 5)
    return steps, reconstruction + kl, reconstruction, kl


def y_range(plot: LossPlot) -> tuple[float, float]:
    low, high = plot.canvas.getPlotItem().viewRange()[1]
    return low, high


def append(plot: LossPlot, *block: np.ndarray) -> None:
    """Append and wait until it is drawn."""
    plot.append_steps(*block)
    drawn_now(plot)


def drawn_now(plot: LossPlot) -> None:
    deadline = QDeadlineTimer(5000)
    while plot._stale and not deadline.hasExpired():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    assert not plot._stale


def x_range(plot: LossPlot) -> tuple[float, float]:
    low, high = plot.canvas.getPlotItem().viewRange()[0]
    return low, high


def drawn(plot: LossPlot, name: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = plot.canvas._training[name].getData()
    return (np.empty(0), np.empty(0)) if x is None else (x, y)


def pixels_like(plot: LossPlot, colour: str) -> int:
    """How many pixels of the canvas have nearly this colour."""
    image = plot.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1]
    dye = QColor(colour)
    return int((np.abs(data.astype(int) - (dye.red(), dye.green(), dye.blue())).max(axis=2) < 25).sum())


def test_the_kinds_of_curves_are_told_at_the_title_and_not_over_the_readout(plot: LossPlot) -> None:
    for asked, told in ((plot.canvas.viewport(), ""), (plot.unit, "Fine lines: training, step by step.")):
        where = asked.rect().center()
        QApplication.sendEvent(asked, QHelpEvent(QEvent.Type.ToolTip, where, asked.mapToGlobal(where)))
        assert QToolTip.text().startswith(told) and (told or not QToolTip.text())
    QToolTip.hideText()


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


def test_the_first_steps_do_not_flatten_the_rest(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(500))
    low, high = y_range(plot)
    assert low == 0
    assert 136 < high < 200, "the run starts above 450"


def test_an_autoencoder_has_no_kl(plot: LossPlot) -> None:
    plot.begin("run", "squared error per image", False, 100)
    append(plot, *falling(100))
    assert not plot.chips["KL"].isVisible() and plot.chips["total"].isVisible()
    assert len(drawn(plot, "KL")[0]) == 0
    assert y_range(plot)[0] > 50, "without KL the axis need not start at zero"


def test_dashed_lines_come_with_labels_and_switches(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(300))
    plot.show_lines(45.8, None)
    line, label = plot.canvas._lines["floor"]
    assert line.value() == 45.8 and label.toPlainText() == "Bernoulli floor 45.8" and label.isVisible()
    assert plot.chips["floor"].isVisible() and not plot.chips["PCA"].isVisible()
    QTest.mouseClick(plot.chips["floor"], LEFT)
    assert not line.isVisible() and not label.isVisible()
    plot.show_lines(None, 160.0)
    assert plot.canvas._lines["PCA"][0].value() == 160 and y_range(plot)[1] > 160


@pytest.mark.parametrize("height", [170, 260, 480])
@pytest.mark.parametrize(
    ("total", "floor", "pca"),
    [
        (25.0, None, 43.6),  # far above the curve: at the plot's upper edge
        (60.0, None, 43.6),  # far below the curve: at its lower edge
        (140.0, 45.8, None),
        (140.0, 0.5, None),
        (25.0, 20.0, 43.6),
    ],
)
def test_the_label_of_a_dashed_line_is_whole_inside_the_plot(
    plot: LossPlot, height: int, total: float, floor: float | None, pca: float | None
) -> None:
    plot.resize(300, height)
    plot.begin("run", NATS, False, 100)
    append(plot, np.arange(1, 301), *(np.full(300, value) + np.linspace(1, 0, 300) for value in (total, total, 0)))
    plot.show_lines(floor, pca)
    QApplication.processEvents()
    box = plot.canvas.getPlotItem().getViewBox()
    labels = [label for _, label in plot.canvas._lines.values() if label.isVisible()]
    assert len(labels) == (floor is not None) + (pca is not None)
    for label in labels:
        words = label.mapRectToScene(label.boundingRect())
        assert box.sceneBoundingRect().adjusted(-1, -1, 1, 1).contains(words), label.toPlainText()
    if len(labels) == 2 and height > 200:
        first, second = (label.mapRectToScene(label.boundingRect()) for label in labels)
        assert not first.intersects(second)


def test_a_click_on_the_legend_hides_a_curve_and_the_range_follows(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(500))
    for name in ("total", "reconstruction"):
        QTest.mouseClick(plot.chips[name], LEFT)
    assert len(drawn(plot, "total")[0]) == 0
    assert y_range(plot)[1] < 10
    QTest.mouseClick(plot.chips["total"], LEFT)
    assert y_range(plot)[1] > 130


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
    QTest.mouseClick(plot.log, LEFT)
    assert drawn(plot, "total")[1] == pytest.approx(total)


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


def test_a_history_is_shown_at_once(plot: LossPlot) -> None:
    steps, total, reconstruction, kl = (np.asarray(each) for each in falling(400))
    held_out = [np.array([141.0, 139.0]), np.array([135.0, 133.0]), np.array([6.0, 6.0])]
    plot.show_history("run", NATS, True, History(steps, total, reconstruction, kl, np.array([200, 400]), *held_out))
    assert drawn(plot, "total")[0] == pytest.approx(steps / 200)
    x, y = plot.canvas._held_out["total"].getData()
    assert x.tolist() == [1, 2] and y.tolist() == [141, 139]


def test_pointing_reads_the_values_and_leaving_hides_them(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    steps, total, reconstruction, kl = falling(300)
    append(plot, steps, total, reconstruction, kl)
    plot.append_held_out(200, 140.25, 134.0, 6.25)
    QApplication.processEvents()
    box = plot.canvas.getPlotItem().getViewBox().sceneBoundingRect()
    middle = box.center().toPoint()
    QTest.mouseMove(plot.canvas.viewport(), middle)
    assert plot.readout.isVisible()
    step = round((middle.x() - box.left()) / box.width() * 3 * 100)
    near = [f"{total[k - 1]:.4g}" for k in (step - 2, step - 1, step, step + 1, step + 2)]
    words = plot.readout.text()
    assert any(value in words for value in near) and "140.2" in words and "epoch 1.5" in words
    QTest.mouseMove(plot.canvas.viewport(), QPoint(2, 2))
    assert not plot.readout.isVisible()


def test_a_hidden_plot_catches_up_when_it_is_shown(plot: LossPlot) -> None:
    plot.hide()
    plot.begin("run", NATS, True, 100)
    plot.append_steps(*falling(100))
    assert len(drawn(plot, "total")[0]) == 0
    plot.show()
    assert len(drawn(plot, "total")[0]) == 100


def test_the_empty_plot_says_what_will_come(plot: LossPlot) -> None:
    assert plot._empty.isVisible() and "once training starts" in plot._empty.text()
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(3))
    assert not plot._empty.isVisible()
    plot.show_empty("Open a run.")
    assert plot._empty.isVisible() and plot._empty.text() == "Open a run."


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


class TestNumbers:
    def test_a_series_keeps_all_it_was_given_however_it_comes(self) -> None:
        random, series, steps = np.random.default_rng(1), Series(), []
        while len(series) < 5000:
            block = np.arange(len(series), len(series) + random.integers(0, 400))
            series.append(block, block**0.5)
            steps.extend(block.tolist())
        assert series.steps.tolist() == steps
        assert series.values == pytest.approx(np.sqrt(steps))

    def test_the_nearest_value_is_found(self) -> None:
        series = Series()
        assert series.at(3) is None
        series.append(np.array([10, 20, 40]), np.array([1.0, 2.0, 4.0]))
        assert [series.at(step) for step in (-5, 14, 16, 29, 31, 99)] == [
            (10, 1), (10, 1), (20, 2), (20, 2), (40, 4), (40, 4)
        ]  # fmt: skip

    def test_the_start_is_left_out_only_when_something_is_left(self) -> None:
        values = np.concatenate([np.full(30, 500.0), np.full(970, 140.0)])
        assert settled(values).max() == 140
        assert settled(values[:8]).tolist() == [500.0] * 8
        assert len(settled(np.array([np.nan, np.inf]))) == 0

    def test_a_growing_axis_ends_at_round_numbers(self) -> None:
        ends = [grown_end(end, 0.25) for end in (0, 0.3, 0.6, 1, 1.01, 2, 2.5, 4.5, 7, 16, 17)]
        assert ends == [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 6, 8, 16, 24]

    def test_a_range_that_hardly_changes_stays(self) -> None:
        assert steady(None, (0, 10)) == (0, 10)
        assert steady((0, 10), (0.1, 10.2)) == (0, 10)
        assert steady((0, 10), (0, 10.4)) == (0, 10.4)
        assert steady((0, 10), (0, 5)) == (0, 5)

    def test_ranges(self) -> None:
        flat = np.full(200, 3.0)
        assert value_range([], [], from_zero=True, log=False) == (0.0, 1.0)
        assert value_range([], [], from_zero=True, log=True) == (0.1, 1.0)
        assert value_range([flat], [], from_zero=True, log=False) == pytest.approx((0, 3.18))
        low, high = value_range([flat], [], from_zero=False, log=False)
        assert low < 3 < high
        low, high = value_range([flat - 3], [], from_zero=True, log=False)
        assert low == 0 and high > 0
        low, high = value_range([flat, flat * 100], [0.5], from_zero=True, log=True)
        assert 0 < low < 0.5 and high > 300
