"""Words on the plot and its switches: legend, dashed lines, readout, tooltip, and none drawn yet."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolTip

from app.exporting_views import picture_size
from app.panels.loss.plot import LossPlot
from tests.app.loss_plot.conftest import LEFT, NATS, append, drawn, drawn_now, falling, y_range


def test_the_kinds_of_curves_are_told_at_the_title_and_not_over_the_readout(plot: LossPlot) -> None:
    kinds = "Fine lines: training, step by step, on the images as the encoder saw them"
    for asked, told in ((plot.canvas.viewport(), ""), (plot.unit, kinds)):
        where = asked.rect().center()
        QApplication.sendEvent(asked, QHelpEvent(QEvent.Type.ToolTip, where, asked.mapToGlobal(where)))
        assert QToolTip.text().startswith(told) and (told or not QToolTip.text())
    QToolTip.hideText()


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
    values = {"floor": floor, "PCA": pca}
    told = [name for name, value in values.items() if plot.chips[name].text() == f"{name} {value or 0:g}"]
    assert len(labels) + len(told) == (floor is not None) + (pca is not None)
    assert not told or height < 200, "where there is room, at the line"
    for label in labels:
        words = label.mapRectToScene(label.boundingRect())
        assert box.sceneBoundingRect().adjusted(-1, -1, 1, 1).contains(words), label.toPlainText()
    if len(labels) == 2 and height > 200:
        first, second = (label.mapRectToScene(label.boundingRect()) for label in labels)
        assert not first.intersects(second)


@pytest.mark.parametrize("height", [170, 320])
def test_the_label_of_a_dashed_line_keeps_off_a_curve_that_comes_near(plot: LossPlot, height: int) -> None:
    """A KL of a small weight lets the reconstruction come close to the floor."""
    plot.resize(300, height)
    plot.begin("run", NATS, True, 100)
    steps = np.arange(1, 301)
    reconstruction, kl = 52 + 150 * np.exp(-steps / 20), np.full(300, 190.0)
    append(plot, steps, reconstruction + 0.01 * kl, reconstruction, kl)
    plot.show_lines(45.8, None)
    drawn_now(plot)
    label, box = plot.canvas._lines["floor"][1], plot.canvas.getPlotItem().getViewBox()
    words = box.mapSceneToView(label.mapRectToScene(label.boundingRect())).boundingRect()
    for name in ("total", "reconstruction", "KL"):
        x, y = drawn(plot, name)
        inside = (x >= words.left()) & (x <= words.right()) & (y >= words.top()) & (y <= words.bottom())
        assert len(x) and not inside.any(), name


def test_a_label_between_two_curves_goes_into_the_legend(plot: LossPlot) -> None:
    """A VAE of many numbers: reconstruction above the floor, KL below it, and too little height between them."""
    plot.resize(300, 190)
    plot.begin("run", NATS, True, 100)
    steps, label = np.arange(1, 301), plot.canvas._lines["floor"][1]
    append(plot, steps, np.full(300, 94.0), np.full(300, 62.0), np.full(300, 32.0))
    for floor in (45.8, 45.9):
        plot.show_lines(floor, None)
        drawn_now(plot)
        assert not label.isVisible() and plot.chips["floor"].text() == f"floor {floor}"
    for name in ("reconstruction", "KL"):
        QTest.mouseClick(plot.chips[name], LEFT)
    assert label.isVisible() and plot.chips["floor"].text() == "floor"
    line = plot.canvas.getPlotItem().getViewBox().mapViewToScene(QPointF(0, 45.9)).y()
    words = label.mapRectToScene(label.boundingRect())
    assert words.top() > line + 0.5 or words.bottom() < line - 0.5, "its ground leaves the dashes whole"


def test_a_low_plot_keeps_its_height_for_the_curves(plot: LossPlot) -> None:
    """As in a window of 1093 x 580: the axis' name lay over the legend."""
    name = plot.canvas.getPlotItem().getAxis("bottom").label
    for height in (172, 320, 172):
        plot.resize(300, height)
        plot.begin("run", NATS, True, 100)
        append(plot, *falling(300))
        plot.show_lines(45.8, None)
        QApplication.processEvents()
        assert name.isVisible() == (height == 320)
        assert not plot.canvas.geometry().intersects(plot._legend.geometry())
        assert plot.canvas.getPlotItem().getViewBox().height() >= 35


def test_a_click_on_the_legend_hides_a_curve_and_the_range_follows(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(500))
    for name in ("total", "reconstruction"):
        QTest.mouseClick(plot.chips[name], LEFT)
    assert len(drawn(plot, "total")[0]) == 0
    assert y_range(plot)[1] < 10
    QTest.mouseClick(plot.chips["total"], LEFT)
    assert y_range(plot)[1] > 130


def test_pointing_reads_the_values_and_leaving_hides_them(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    steps, total, reconstruction, kl = falling(300)
    append(plot, steps, total, reconstruction, kl)
    plot.append_held_out(100, 140.25, 134.0, 6.25)
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


def test_values_of_every_size_are_read_as_elsewhere(plot: LossPlot) -> None:
    """Four figures of each, zeros too: a column of 102, 98.23 and 3.697e+04 is read with effort."""
    plot.begin("run", NATS, True, 1)
    steps, values = np.array([500, 1000, 1500, 2000]), np.array([36_969.1, 102.0, 21.7, 0.00461])
    append(plot, steps, values, values, values)
    drawn_now(plot)
    box = plot.canvas.getPlotItem().getViewBox().sceneBoundingRect()
    whole = plot.canvas.getPlotItem().getViewBox().viewRect().width()
    told = []
    for step in steps:
        at = QPoint(round(box.left() + box.width() * step / whole), round(box.center().y()))
        QTest.mouseMove(plot.canvas.viewport(), at)
        told.append(plot.readout.text())
    for written, words in zip((">36,969<", ">102.0<", ">21.70<", ">0.004610<"), told, strict=True):
        assert written in words
    assert "step 1,000" in told[1]


def test_the_readout_tells_no_evaluation_that_is_yet_to_come(plot: LossPlot) -> None:
    plot.begin("run", NATS, True, 100)
    append(plot, *falling(300))
    for epoch in (1, 2, 3):
        plot.append_held_out(100 * epoch, 150.0 - epoch, 100.0, 40.0)
    drawn_now(plot)
    box = plot.canvas.getPlotItem().getViewBox().sceneBoundingRect()
    for epoch, told in ((0.8, ""), (1.0, "149.0"), (1.8, "149.0"), (2.0, "148.0"), (2.9, "148.0"), (3.0, "147.0")):
        x = min(box.left() + box.width() * epoch / 3, box.right() - 1)
        at = QPoint(round(x), round(box.center().y()))
        QTest.mouseMove(plot.canvas.viewport(), at)
        seen = QTextDocument()
        seen.setHtml(plot.readout.text())
        rows = [row.strip() for row in seen.toPlainText().split("\n")]
        assert rows[rows.index("total") + 2] == told, epoch


def test_the_empty_plot_says_what_will_come(plot: LossPlot) -> None:
    assert plot._empty.isVisible() and "step by step, while training runs" in plot._empty.text()
    plot.begin("run", NATS, True, 100)
    assert plot._empty.isVisible(), "true before the first step too, which may take its time"
    append(plot, *falling(3))
    assert not plot._empty.isVisible()


def test_the_copied_picture_names_run_unit_and_curves(plot: LossPlot) -> None:
    """Nobody who gets it sees the window around it."""
    plot.begin("VAE 2-D", NATS, True, 100)
    append(plot, *falling(300))
    where = QPoint(20, 60)
    QApplication.sendEvent(plot, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, plot.mapToGlobal(where)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[0]).center())
    copied = QApplication.clipboard().image()
    assert copied.size() == 2 * picture_size(plot._legend, plot.canvas, title="VAE 2-D: loss, nats per image")
