"""The drawing surface of the loss plot: axes, curves and dashed lines in pyqtgraph, coloured like the panels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.amounts import figures, real_minus
from app.plotting import pyqtgraph as pg
from app.ticks import nice_step

HELD_OUT_DOT = 6
CROWDED_DOT = 3.5  # where larger ones would hide the training curve

AXIS_WIDTH, AXIS_HEIGHT = 44, 36
NAMED_FROM = 110  # pixels of height; in a lower plot the x axis has its numbers alone, and the curves its name's room
NAME_HEIGHT = 14
BESIDE = 2  # pixels
LOOKED_AT = 24  # places along a label, for curves that run through it
SMALL, LONG = 2e-3, 1e4  # beyond these a number has no room beside the axis, and pyqtgraph would leave it out
LABEL_HEIGHT = 16
OFF_LINE = 1  # pixels: a label's ground would cover half of its line
LABELLED = ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9), (1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5), (1,))
"""Of each decade of a logarithmic axis, from the most to the fewest."""

KEPT = QGraphicsItem.CacheMode.DeviceCoordinateCache  # painted once, not whenever a training curve grows


class ValueAxis(pg.AxisItem):
    """An axis of loss values; a logarithmic one labels as many round numbers as there is room for."""

    logarithmic = False

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.logarithmic:
            return super().tickValues(low, high, size)
        decades = np.arange(np.floor(low), np.ceil(high) + 1)
        most = size / LABEL_HEIGHT
        for digits in LABELLED:
            ticks = (decades[:, None] + np.log10(digits)).ravel()
            ticks = ticks[(ticks >= low) & (ticks <= high)]
            if len(ticks) < 2 or np.diff(ticks).min() * most >= high - low:
                break
        else:
            ticks = ticks[:: int(np.ceil(len(ticks) / most))]
        return [(1.0, ticks.tolist())]

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        levels = super().tickSpacing(low, high, size)
        least = LABEL_HEIGHT * abs(high - low) / max(size, LABEL_HEIGHT)
        return levels if not levels or levels[0][0] >= least else [(nice_step(least), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logarithmic:
            return [short(10.0**value) for value in values]
        if SMALL <= max(map(abs, values), default=1.0) < LONG:
            return [real_minus(each) for each in super().tickStrings(values, scale, spacing)]
        return [short(round(value / spacing) * spacing) for value in values]


class Curve(pg.PlotCurveItem):
    """A curve that asks for the whole view's room: its own bounds would be measured at every step, twice a paint."""

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()  # not `self.viewRect()`: a PlotCurveItem keeps its first one for good
        return QRectF() if box is None else box.viewRect()


class LossCanvas(pg.PlotWidget):
    """A plot whose ranges are set by its owner; it tells where the mouse is, in data coordinates."""

    pointed = Signal(float)  # x under the mouse
    left = Signal()
    labels_changed = Signal()  # other lines than before are without one

    def __init__(self) -> None:
        self._axis = ValueAxis("left")
        super().__init__(axisItems={"left": self._axis}, enableMenu=False)
        plot = self.getPlotItem()
        plot.setMouseEnabled(False, False)
        plot.hideButtons()
        plot.getViewBox().disableAutoRange()
        plot.getViewBox().setDefaultPadding(0)
        plot.showGrid(y=True, alpha=0.12)
        for axis in (self._axis, plot.getAxis("bottom")):
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=4, tickTextOffset=4)
            axis.setCacheMode(KEPT)
        self._axis.setWidth(AXIS_WIDTH)
        plot.getAxis("bottom").setHeight(AXIS_HEIGHT)
        self.setMouseTracking(True)
        self._lines: dict[str, tuple[pg.InfiniteLine, pg.TextItem]] = {}
        self.unlabelled: frozenset[str] = frozenset()
        self._former = self._curve()
        self._former.setZValue(-10)
        self._former.setCacheMode(KEPT)
        self._training: dict[str, Curve] = {}
        self._held_out: dict[str, pg.PlotDataItem] = {}
        self._dressed_as: tuple[object, ...] = ()
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        plot.addItem(self._cursor, ignoreBounds=True)
        plot.getViewBox().sigRangeChanged.connect(self._place_labels)
        plot.getViewBox().sigResized.connect(self._place_labels)
        theme.install_plot_theme(self)

    def set_x_name(self, name: str) -> None:
        """Name the x axis."""
        self._dressed_as = ()
        self.getPlotItem().setLabel("bottom", name)
        self._show_x_name()

    def _show_x_name(self) -> None:
        axis, named = self.getPlotItem().getAxis("bottom"), self.height() >= NAMED_FROM
        axis.showLabel(named)
        axis.setHeight(AXIS_HEIGHT if named else AXIS_HEIGHT - NAME_HEIGHT)

    def show_axes(self, shown: bool) -> None:
        """Show or hide axes and grid: an empty plot has none."""
        for name in ("left", "bottom"):
            self.getPlotItem().getAxis(name).setVisible(shown)

    def set_logarithmic(self, log: bool) -> None:
        """Say whether the y values given from now on are decimal logarithms."""
        self._axis.logarithmic = log
        self._axis.picture = None
        self._axis.update()

    def set_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show this range."""
        self.getPlotItem().getViewBox().setRange(xRange=x, yRange=y, padding=0)
        self._place_labels()

    def draw_former(self, x: np.ndarray, y: np.ndarray) -> None:
        """Draw the former run's curve; empty arrays take it away."""
        if not _equal(self._former.getData(), (x, y)):
            self._former.setData(x, y)

    def draw_training(self, name: str, x: np.ndarray, y: np.ndarray) -> None:
        """Draw a training curve as a fine line."""
        if name not in self._training:
            self._training[name] = self._curve()
        self._training[name].setData(x, y, connect="finite")

    def draw_held_out(self, name: str, x: np.ndarray, y: np.ndarray) -> None:
        """Draw held-out values as points joined by a line."""
        if name not in self._held_out:
            item = pg.PlotDataItem(antialias=True, symbol="o", symbolSize=HELD_OUT_DOT)
            item.setZValue(5)
            item.scatter.setCacheMode(KEPT)
            item.curve.setCacheMode(KEPT)
            self.getPlotItem().addItem(item, ignoreBounds=True)
            self._held_out[name] = item
        item = self._held_out[name]
        crowded = len(x) * (HELD_OUT_DOT + 2) > self.getPlotItem().getViewBox().width()
        size = CROWDED_DOT if crowded else HELD_OUT_DOT
        if item.opts["symbolSize"] != size or not _equal((item.xData, item.yData), (x, y)):
            item.setData(x, y, symbolSize=size)

    def draw_line(self, name: str, y: float | None, label: str, x_end: float) -> None:
        """Draw a dashed horizontal line, labelled at the right end where there is room; None takes it away."""
        if name not in self._lines:
            line, text = pg.InfiniteLine(angle=0, movable=False), pg.TextItem()
            text.setZValue(6)
            for item in (line, text):
                self.getPlotItem().addItem(item, ignoreBounds=True)
            self._lines[name] = line, text
        line, text = self._lines[name]
        line.setVisible(y is not None)
        if y is None:
            text.hide()
        else:
            line.setValue(y)
            text.setText(label)
            text.setPos(x_end, y)

    def _place_labels(self) -> None:
        """The highest line's label goes over it, others' under theirs; each to the other side where it has no room.

        Nor does it lie on a curve: where one runs on either side, a label is left out, and `unlabelled` names its line.
        """
        box = self.getPlotItem().getViewBox()
        low, high = box.viewRange()[1]
        pixel, wide = (high - low) / max(box.height(), 1.0), box.viewPixelSize()[0]
        shown = [(name, line.value(), text) for name, (line, text) in self._lines.items() if line.isVisible()]
        highest = max((y for _, y, _ in shown), default=0.0)
        left_out = set()
        for name, y, text in shown:
            size = text.boundingRect()
            needed = (size.height() + OFF_LINE) * pixel
            span = text.pos().x() - size.width() * wide, text.pos().x()
            sides = {True: (y, y + needed), False: (y - needed, y)}
            over = y == highest
            room = [each for each in (over, not over) if low <= sides[each][0] and sides[each][1] <= high]
            free = [each for each in room if not self._runs_through(span, *sides[each])]
            text.setVisible(bool(free))
            if free:
                off = OFF_LINE / size.height()
                text.setAnchor((1, 1 + off) if free[0] else (1, -off))
            else:
                left_out.add(name)
        if left_out != self.unlabelled:
            self.unlabelled = frozenset(left_out)
            self.labels_changed.emit()

    def _runs_through(self, span: tuple[float, float], low: float, high: float) -> bool:
        """Whether a curve runs between two heights within a span of the x axis."""
        across = np.linspace(*span, LOOKED_AT)
        for item in (*self._training.values(), *self._held_out.values(), self._former):
            x, y = item.xData, item.yData
            if x is not None and y is not None and len(x) and item.isVisible():
                heights = np.interp(across, x, y, left=np.nan, right=np.nan)
                if ((heights >= low) & (heights <= high)).any():
                    return True
        return False

    def beside(self, x: float, other: float) -> bool:
        """Whether two places of the x axis cannot be told apart with a pointer."""
        return abs(x - other) <= BESIDE * self.getPlotItem().getViewBox().viewPixelSize()[0]

    def draw_cursor(self, x: float | None) -> None:
        """Draw the upright line of the readout; None takes it away."""
        self._cursor.setVisible(x is not None)
        if x is not None:
            self._cursor.setValue(x)

    def recolour(self, colours: dict[str, str]) -> None:
        """Colour the curves: one colour for each name; lines and cursor take the theme's quiet ones."""
        now = theme.colours()
        wanted = (now, tuple(colours.items()), self.font(), *self._training, *self._held_out, *self._lines)
        if wanted == self._dressed_as:
            return  # new pens and fonts would make pyqtgraph draw the axes anew at every step
        self._dressed_as = wanted
        small = theme.small_font(self)
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setTickFont(small)
        bottom = self.getPlotItem().getAxis("bottom")
        bottom.label.setFont(small)
        bottom.setLabel(bottom.labelText, color=now.muted)
        self._show_x_name()
        for name, curve in self._training.items():
            fine = QColor(colours[name])
            fine.setAlpha(130)
            curve.setPen(pg.mkPen(fine, width=1))
        for name, item in self._held_out.items():
            item.setPen(pg.mkPen(colours[name], width=1.5))
            item.setSymbolBrush(colours[name])
            item.setSymbolPen(pg.mkPen(now.surface, width=1))
        faint = QColor(now.faint)
        faint.setAlpha(150)
        self._former.setPen(pg.mkPen(faint, width=1))
        ground = QColor(now.surface)
        ground.setAlpha(200)  # so that a label can be read over the grid
        for line, text in self._lines.values():
            line.setPen(pg.mkPen(now.muted, width=1, style=Qt.PenStyle.DashLine))
            text.setColor(now.muted)
            text.setFont(small)
            text.fill = pg.mkBrush(ground)
        self._place_labels()
        self._cursor.setPen(pg.mkPen(now.edge, width=1))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if event is not None:  # pyqtgraph calls it before there is a plot
            self._show_x_name()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        box = self.getPlotItem().getViewBox()
        at = self.mapToScene(event.position().toPoint())
        if box.sceneBoundingRect().contains(at):
            self.pointed.emit(float(box.mapSceneToView(at).x()))
        else:
            self.left.emit()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.left.emit()

    def _curve(self) -> Curve:
        item = Curve()
        self.getPlotItem().addItem(item, ignoreBounds=True)
        return item


def short(value: float) -> str:
    """A number in few letters: 0.5, 150, 2e4, 1.5e34, 5e−4."""
    if value == 0 or SMALL <= abs(value) < LONG:
        return figures(value, 4)
    digits, power = f"{value:.2e}".split("e")
    return real_minus(f"{float(digits):g}e{int(power)}")


def _equal(drawn: tuple[np.ndarray | None, np.ndarray | None], wanted: tuple[np.ndarray, np.ndarray]) -> bool:
    """Whether a curve has these values already.

    To give them again would have its kept picture painted anew, and takes 25 times as long for held-out points.
    """
    return all(d is not None and np.array_equal(d, w, equal_nan=True) for d, w in zip(drawn, wanted, strict=True))
