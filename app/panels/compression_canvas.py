"""The plot of bits an image against squared error per pixel, in pyqtgraph: marks to point at, click and walk."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.compressed import Curves
from app.panels.compression_points import AE, OWN, PCA, VAE, Mark, colour, extent, marks
from app.panels.floating_ground import paint_ground
from app.plotting import pyqtgraph as pg

REACH = 14  # pixels from a mark's centre within which it is meant
AWAY = 16  # pixels between a mark and its card
SYMBOLS = {OWN: "o", VAE: "d", AE: "s", PCA: "t1"}
SIZES = {OWN: 6, VAE: 12, AE: 10, PCA: 10}
NOW_SIZE = 13
HEADROOM = 1.08


class BitsAxis(pg.AxisItem):
    """Bits at powers of two; the coordinate is their base-2 logarithm."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        return [(1.0, [float(power) for power in range(math.ceil(low), math.floor(high) + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"{2**value:,.0f}" if value >= 0 else f"{2**value:g}" for value in values]


class CompressionCanvas(pg.PlotWidget):
    """Shows marks and lines; which groups are seen is chosen from outside."""

    pointed = Signal(object)
    """Mark, or None"""
    picked = Signal(object)
    """Mark"""

    def __init__(self) -> None:
        super().__init__(axisItems={"bottom": BitsAxis("bottom")}, enableMenu=False)
        plot = self.getPlotItem()
        plot.setMouseEnabled(False, False)
        plot.hideButtons()
        plot.showGrid(x=True, y=True, alpha=0.12)
        self.box = plot.getViewBox()
        self.box.disableAutoRange()
        self.box.setDefaultPadding(0)
        for name, words in (("bottom", "bits an image (log)"), ("left", "squared error per pixel")):
            axis = plot.getAxis(name)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=4, tickTextOffset=4)
            plot.setLabel(name, words)
        self._curves = Curves()
        self._bits = 1
        self._hidden: set[str] = set()
        self._marks: list[Mark] = []
        self._current = -1
        self._lines = {group: pg.PlotCurveItem(antialias=True) for group in SYMBOLS}
        self._trail = pg.PlotCurveItem(antialias=True)
        self._points = pg.ScatterPlotItem(useCache=False)  # its cache is a picture: no good in an SVG
        self._ring = pg.ScatterPlotItem(size=NOW_SIZE + 9, brush=None, useCache=False)
        self._points.setZValue(5)
        self._ring.setZValue(6)
        for item in (*self._lines.values(), self._trail, self._points, self._ring):
            plot.addItem(item, ignoreBounds=True)
        self._dims: list[pg.TextItem] = []
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.install_plot_theme(self)
        theme.notifier().changed.connect(self.redraw)

    # in

    def show_curves(self, curves: Curves) -> None:
        """Draw these runs."""
        self._curves = curves
        fewest, most, error = extent(curves)
        x = math.log2(fewest) - 0.3, math.log2(most) + 0.3
        self.box.setRange(xRange=x, yRange=(0.0, error * HEADROOM), padding=0)
        self.redraw()

    def show_bits(self, bits: int) -> None:
        """The number of bits an axis that is chosen."""
        if bits != self._bits:
            self._bits = bits
            self.redraw()

    def show_groups(self, seen: set[str]) -> None:
        """Draw only these groups."""
        self._hidden = set(SYMBOLS) - seen
        self.redraw()

    def marks(self) -> list[Mark]:
        """What can be pointed at."""
        return list(self._marks)

    def position(self, mark: Mark) -> QPoint:
        """Where a mark stands, in pixels of the canvas."""
        return self.mapFromScene(self.box.mapViewToScene(QPointF(math.log2(mark.bits), mark.error)))

    # drawing

    def redraw(self) -> None:
        """Draw everything as it is now, in the theme's present colours."""
        now = theme.colours()
        current = self._marks[self._current] if 0 <= self._current < len(self._marks) else None
        self._marks = [mark for mark in marks(self._curves, self._bits) if mark.group not in self._hidden]
        spots = []
        for mark in self._marks:
            fill = QColor(colour(mark.group))
            edge = now.surface if not mark.now else now.text
            symbol = SYMBOLS[mark.group] if mark.sets or mark.group != OWN else SYMBOLS[VAE]
            size = NOW_SIZE if mark.now else SIZES[mark.group]
            place = (math.log2(mark.bits), mark.error)
            spots.append({"pos": place, "symbol": symbol, "size": size, "brush": fill, "pen": pg.mkPen(edge, width=1)})
        self._points.setData(spots)
        self._draw_lines()
        self._draw_dims()
        self._current = next((i for i, mark in enumerate(self._marks) if _same(mark, current)), -1)
        self._draw_ring()
        self._style_axes()

    def _draw_lines(self) -> None:
        for group, line in self._lines.items():
            own = [mark for mark in self._marks if mark.group == group and (mark.sets or group != OWN)]
            places = sorted((math.log2(mark.bits), mark.error) for mark in own)
            line.setData(*np.array(places, float).reshape(-1, 2).T)
            style = Qt.PenStyle.DashLine if group == PCA else Qt.PenStyle.SolidLine
            line.setPen(pg.mkPen(colour(group), width=2.2 if group == OWN else 1.4, style=style))
        trail = self._curves.trail
        trail = trail[np.isfinite(trail).all(axis=1) & (trail[:, 0] > 0)] if OWN not in self._hidden else trail[:0]
        self._trail.setData(np.log2(trail[:, 0]), trail[:, 1])
        faint = QColor(colour(OWN))
        faint.setAlpha(140)
        self._trail.setPen(pg.mkPen(faint, width=1.6, style=Qt.PenStyle.DotLine))

    def _draw_dims(self) -> None:
        """The number of latent dimensions beside each mark that differs in it."""
        for label in self._dims:
            self.getPlotItem().removeItem(label)
        self._dims = []
        for mark in self._marks:
            if mark.dim:
                label = pg.TextItem(f"{mark.dim}-D", color=QColor(theme.colours().muted), anchor=(0.5, 1.25))
                label.setFont(self._small())
                label.setPos(math.log2(mark.bits), mark.error)
                self.getPlotItem().addItem(label, ignoreBounds=True)
                self._dims.append(label)

    def _draw_ring(self) -> None:
        mark = self._marks[self._current] if self._current >= 0 else None
        self._ring.setPen(pg.mkPen(theme.colours().text, width=1.5))
        self._ring.setData([math.log2(mark.bits)], [mark.error]) if mark is not None else self._ring.clear()

    def _style_axes(self) -> None:
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setTickFont(self._small())
            axis.label.setFont(self._small())
            axis.setLabel(axis.labelText, color=theme.colours().muted)

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(theme.small_points(font.pointSizeF()))
        return font

    # mouse and keyboard

    def _nearest(self, at: QPoint) -> int:
        best, found = float(REACH), -1
        for index, mark in enumerate(self._marks):
            away = self.position(mark) - at
            distance = float(np.hypot(away.x(), away.y()))
            if distance <= best:
                best, found = distance, index
        return found

    def _point_at(self, index: int) -> None:
        if index != self._current:
            self._current = index
            mark = self._marks[index] if index >= 0 else None
            hand = mark is not None and bool(mark.path or mark.sets)
            self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
            self.setAccessibleDescription(mark.in_words() if mark is not None else "")
            self._draw_ring()
            self.pointed.emit(mark)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._nearest(event.position().toPoint()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._nearest(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._point_at(index)
            self.picked.emit(self._marks[index])
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def wheelEvent(self, event: QEvent) -> None:
        event.ignore()  # the page scrolls

    def leaveEvent(self, event: QEvent | None) -> None:
        self._point_at(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        forward = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if key in forward and self._marks:
            by_bits: Sequence[int] = sorted(range(len(self._marks)), key=lambda each: self._marks[each].bits)
            at = by_bits.index(self._current) + forward[key] if self._current >= 0 else 0
            self._point_at(by_bits[at % len(by_bits)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self.picked.emit(self._marks[self._current])
        else:
            super().keyPressEvent(event)


def _same(mark: Mark, other: Mark | None) -> bool:
    """Whether two marks are the same thing, perhaps at another place."""
    if other is None:
        return False
    return (mark.group, mark.dim, mark.sets, mark.path) == (other.group, other.dim, other.sets, other.path)


class PointCard(QLabel):
    """What is known of the mark under the pointer; floats over the plot and never takes the mouse."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self.setObjectName("compressionCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setMargin(theme.GAP)
        self.hide()

    def show_mark(self, mark: Mark, at: QPoint) -> None:
        """Stand right of and below a point of the plot, or on the other side where there is no room."""
        muted = theme.colours().muted
        lines = "".join(
            f"<tr><td style='color:{muted}'>{name}&nbsp;&nbsp;</td><td>{value}</td></tr>" for name, value in mark.rows()
        )
        notes = [note for note in (mark.note, "click opens it" if mark.path else "") if note]
        note = f"<span style='color:{muted}'>{'; '.join(notes)}</span>"
        self.setText(f"<b>{mark.name}</b><table cellspacing='0'>{lines}</table>{note}")
        self.adjustSize()
        x, y = at.x() + AWAY, at.y() + AWAY
        if x + self.width() > self._plot.width() - 4:
            x = at.x() - AWAY - self.width()
        if y + self.height() > self._plot.height() - 4:
            y = at.y() - AWAY - self.height()
        self.move(max(4, x), max(4, y))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_ground(self, 8)
        super().paintEvent(event)
