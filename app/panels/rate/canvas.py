"""The drawing surface of the rate-distortion view: points, mean lines and lines of equal loss, in pyqtgraph."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent

from app import theme
from app.amounts import real_minus
from app.panels.focus_mark import FRAME, PICK_KEYS, paint_focus
from app.panels.rate.figures import NAT, iso_levels, mean_line, place
from app.plotting import pyqtgraph as pg
from models.sweep import Result

REACH = 14  # pixels from a point's centre within which it is meant
MARGIN = 0.08  # of the range, around the points
LEAST_SHARE = 0.02  # of a figure, that the range shows: of one run, or of some that are alike, there is no other
COLOURS = tuple(each for digit, each in enumerate(theme.DIGIT_COLOURS) if digit not in (3, 8))
"""Those of data, without the two greys: grey are the lines of equal loss."""
SYMBOLS = ("o", "s", "t1", "d", "h", "star", "p", "t", "+", "x")
SIZE = 11


class NumbersAxis(pg.AxisItem):
    """Labels with a real minus sign; of what is counted (`is_whole`), only whole numbers."""

    is_whole = False

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        ticks: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
        if not self.is_whole:
            return ticks
        whole = [float(number) for number in range(math.ceil(low), math.floor(high) + 1)]
        return [level for level in ticks if level[0] >= 1] or [(1.0, whole)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [real_minus(each) for each in super().tickStrings(values, scale, spacing)]


class BitsAxis(NumbersAxis):
    """Labels a rate in nats by its bits, at round numbers of bits."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        ticks = super().tickValues(low * NAT, high * NAT, size)
        return [(spacing, [value / NAT for value in values]) for spacing, values in ticks]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return super().tickStrings([value * NAT for value in values], scale, spacing)


class RateCanvas(pg.PlotWidget):
    """Points that can be pointed at, clicked, and walked with the arrow keys."""

    pointed = Signal(int)  # index of the point, -1 for none
    picked = Signal(int)

    def __init__(self) -> None:
        axes: dict[str, pg.AxisItem] = {name: NumbersAxis(name) for name in ("left", "bottom")}
        super().__init__(axisItems=axes | {"top": BitsAxis("top")}, enableMenu=False)
        plot = self.getPlotItem()
        plot.setMouseEnabled(False, False)
        plot.hideButtons()
        plot.setContentsMargins(FRAME, FRAME, FRAME, FRAME)
        self.box = plot.getViewBox()
        self.box.disableAutoRange()
        self.box.setDefaultPadding(0)
        plot.showGrid(x=True, y=True, alpha=0.12)
        for name in ("left", "bottom", "top"):
            plot.getAxis(name).enableAutoSIPrefix(False)
            plot.getAxis(name).setStyle(tickLength=4, tickTextOffset=4)
        self._results: Sequence[Result] = ()
        self._shown: set[int] = set()  # latent dimensions
        self._lines: list[pg.PlotCurveItem] = []
        self._dims: list[int] = []
        self._points = pg.ScatterPlotItem(size=SIZE, useCache=False)  # its cache is a picture: no good in an SVG
        self._points.setZValue(5)
        self._ring = pg.ScatterPlotItem(size=SIZE + 9, brush=None, useCache=False)
        self._ring.setZValue(4)
        self._open = pg.ScatterPlotItem(size=SIZE + 9, brush=None, useCache=False)
        self._open.setZValue(3)
        self._iso = pg.PlotCurveItem()
        self._iso.setZValue(-10)
        self._iso_labels: list[pg.TextItem] = []
        for item in (self._iso, self._open, self._ring, self._points):
            plot.addItem(item, ignoreBounds=True)
        self._iso_wanted = True
        self._has_rate = True
        self._current = self._opened = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.install_plot_theme(self)
        self.box.sigRangeChanged.connect(self._draw_iso)
        self.box.sigResized.connect(self._draw_iso)

    # in

    def show_results(self, results: Sequence[Result], unit: str, has_rate: bool) -> None:
        """Draw these cells' points and one line for each latent dimension; all become visible.

        The cell that is pointed at stays so, wherever among the others it stands now.
        """
        plot = self.getPlotItem()
        for line in self._lines:
            plot.removeItem(line)
        pointed = self._results[self._current].cell if self._current >= 0 else None
        self._current = next((index for index, each in enumerate(results) if each.cell == pointed), -1)
        self._results, self._has_rate = results, has_rate
        self._dims = sorted({each.cell.latent_dim for each in results})
        self._shown = set(self._dims)
        lines = [[each for each in results if each.cell.latent_dim == dim] for dim in self._dims]
        self._lines = [pg.PlotCurveItem(*mean_line(of), antialias=True) for of in (lines if has_rate else [results])]
        for line in self._lines:
            plot.addItem(line, ignoreBounds=True)
        plot.setLabel("bottom", "rate (KL), nats per image" if has_rate else "latent dimensions (an AE has no rate)")
        plot.setLabel("top", "rate, bits per image")
        plot.setLabel("left", f"distortion, {unit}")
        for name in ("left", "bottom", "top"):
            plot.getAxis(name).setStyle(showValues=bool(results))  # of none there is no range
        plot.showGrid(x=bool(results), y=bool(results), alpha=0.12)
        plot.getAxis("bottom").is_whole = not has_rate
        plot.showAxis("top", has_rate)  # after its label, which shows it
        self._fit()
        self.recolour()

    def show_dims(self, dims: set[int]) -> None:
        """Draw only the cells of these latent dimensions."""
        self._shown = dims
        self.recolour()

    def show_iso(self, wanted: bool) -> None:
        """Draw lines of equal rate + distortion, the loss at beta 1."""
        self._iso_wanted = wanted
        self._draw_iso()

    def show_opened(self, index: int) -> None:
        """Put a ring around the cell whose run is open; -1 for none."""
        self._opened = index
        self._draw_rings()

    def leave(self) -> None:
        """Point at nothing any more."""
        self._point_at(-1)

    @property
    def current(self) -> int:
        """The index of the point that is pointed at, by mouse or keyboard; -1 for none."""
        return self._current

    def colour_of(self, dim: int) -> str:
        """The colour of a latent dimension: data colours, the same in both themes."""
        return COLOURS[self._dims.index(dim) % len(COLOURS)]

    def position(self, index: int) -> QPoint:
        """Where a point stands, in pixels of the canvas."""
        return self.mapFromScene(self.box.mapViewToScene(QPointF(*place(self._results[index]))))

    # drawing

    def recolour(self) -> None:
        """Draw everything in the theme's present colours."""
        now = theme.colours()
        small = theme.small_font(self)
        for name in ("left", "bottom", "top"):
            axis = self.getPlotItem().getAxis(name)
            axis.setTickFont(small)
            axis.label.setFont(small)
            axis.setLabel(axis.labelText, color=now.muted)
        for line, dim in zip(self._lines, self._dims, strict=False):
            line.setPen(pg.mkPen(self.colour_of(dim) if self._has_rate else now.muted, width=1.6))
            line.setVisible(dim in self._shown or not self._has_rate)
        self._points.setData(
            [
                {
                    "pos": place(each),
                    "symbol": SYMBOLS[self._dims.index(each.cell.latent_dim) % len(SYMBOLS)],
                    "brush": pg.mkBrush(self.colour_of(each.cell.latent_dim)),
                    "pen": pg.mkPen(now.surface, width=1),
                    "data": index,
                }
                for index, each in enumerate(self._results)
                if each.cell.latent_dim in self._shown
            ]
        )
        self._draw_rings()
        self._draw_iso()

    def _fit(self) -> None:
        if not self._results:
            return
        points = np.array([place(each) for each in self._results])
        low, high = points.min(axis=0), points.max(axis=0)
        least = [LEAST_SHARE * high[0] if self._has_rate else 1.0, LEAST_SHARE * high[1]]
        middle, spread = (low + high) / 2, np.maximum(high - low, np.maximum(least, 1e-3))
        low, high = middle - (0.5 + MARGIN) * spread, middle + (0.5 + MARGIN) * spread
        low[0] = max(low[0], 0.0) if self._has_rate and points[:, 0].min() > 0.2 * spread[0] else low[0]
        self.box.setRange(xRange=(low[0], high[0]), yRange=(low[1], high[1]), padding=0)

    def _draw_rings(self) -> None:
        now = theme.colours()
        for item, index, colour, width in (
            (self._ring, self._current, now.accent, 2),
            (self._open, self._opened, now.text, 1.5),
        ):
            there = 0 <= index < len(self._results) and self._results[index].cell.latent_dim in self._shown
            item.setPen(pg.mkPen(colour, width=width))
            if there:
                item.setData(*([value] for value in place(self._results[index])))
            item.setVisible(there)  # without points it would not know where to be painted over

    def _draw_iso(self) -> None:
        """Lines x + y = level from edge to edge, each named where it leaves the plot at its lower edge or the right."""
        for label in self._iso_labels:
            self.getPlotItem().removeItem(label)
        self._iso_labels = []
        x, y = (tuple(each) for each in self.box.viewRange())
        wanted = self._iso_wanted and self._has_rate and len(self._results) > 0
        levels = iso_levels(x, y) if wanted else []
        now = theme.colours()
        self._iso.setPen(pg.mkPen(now.edge, width=1, style=Qt.PenStyle.DashLine))
        starts = [max(x[0], level - y[1]) for level in levels]  # cut by hand: a drawing in SVG does not clip
        ends = [min(x[1], level - y[0]) for level in levels]
        across = np.array([starts, ends], float).T.reshape(-1)
        corners = np.column_stack([across, np.repeat(levels, 2) - across])
        self._iso.setData(corners[:, 0], corners[:, 1], connect="pairs")
        for level in levels:
            label = pg.TextItem(f"{level:g}", color=QColor(now.muted), anchor=(0, 1))
            label.setFont(theme.small_font(self))
            at_left = level - x[0]
            label.setPos(*((x[0], at_left) if at_left <= y[1] else (level - y[1], y[1])))
            label.setAnchor((0, 1) if at_left <= y[1] else (0, 0))
            label.setZValue(-9)
            self.getPlotItem().addItem(label, ignoreBounds=True)
            self._iso_labels.append(label)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self.viewport()) as painter:
            paint_focus(self, painter)

    # mouse and keyboard

    def _nearest(self, at: QPoint) -> int:
        best, found = float(REACH), -1
        for index, each in enumerate(self._results):
            if each.cell.latent_dim in self._shown:
                away = self.position(index) - at
                distance = float(np.hypot(away.x(), away.y()))
                if distance <= best:
                    best, found = distance, index
        return found

    def _point_at(self, index: int) -> None:
        if index != self._current:
            self._current = index
            self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self._draw_rings()
            self.pointed.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._nearest(event.position().toPoint()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._nearest(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._point_at(index)
            self.picked.emit(index)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.leave()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.leave()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        there = [index for index, each in enumerate(self._results) if each.cell.latent_dim in self._shown]
        forward = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if key in forward and there:
            at = there.index(self._current) + forward[key] if self._current in there else 0
            self._point_at(there[at % len(there)])
        elif key in PICK_KEYS and self._current >= 0:
            self.picked.emit(self._current)
        else:
            super().keyPressEvent(event)
