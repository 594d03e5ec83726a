"""What the map of holes draws: heat under the points, its colour bar, and the codes that were drawn."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QWidget

from app import theme
from app.amounts import figures
from app.panels.latent.frame import Frame
from app.panels.latent.overlays import Layer
from models.regularity import Cells

LEVELS = 256
TOP = 3.0
"""Times what is near: where the colours end."""
MOST_KEPT = 6
BAR = 12  # height of the colour bar


LIGHT = ("#ffffff", "#dee6ee", "#a9bcd8", "#7d83bd", "#5f4796", "#3b175c")
DARK = ("#141a1d", "#2b2a50", "#574a92", "#9472b0", "#d3a5b8", "#fcead2")


@lru_cache(maxsize=2)
def colour_table(dark: bool) -> np.ndarray:
    """(LEVELS, 3) uint8 from near to far. Near is the theme's ground, so that codes are seen well where they belong.

    Lightness goes one way all along: that alone tells the order, to colour-blind people and on grey paper too.
    """
    colours = [QColor(name) for name in (DARK if dark else LIGHT)]
    anchors = np.array([(each.red(), each.green(), each.blue()) for each in colours], np.float64)
    at, places = np.linspace(0, 1, LEVELS), np.linspace(0, 1, len(anchors))
    return np.stack([np.interp(at, places, channel) for channel in anchors.T], axis=1).round().astype(np.uint8)


def levels_of(values: np.ndarray, near: float) -> np.ndarray:
    """The place (in 0..LEVELS-1) of values on the scale from 0 to TOP times near; what is no number lies at its end."""
    share = np.nan_to_num(np.asarray(values, np.float64) / (TOP * max(near, 1e-30)), nan=1.0, posinf=1.0)
    return np.clip(np.round(share * (LEVELS - 1)), 0, LEVELS - 1).astype(np.uint8)


class HeatItem(Layer):
    """Squares of the plane in colours, registered to its axes; finer ones over coarser ones of the same picture."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box, height=-10)
        self._number = 0
        self._near = 1.0
        self._kept: list[tuple[int, Cells]] = []  # number of the picture; the coarse first

    def begin(self, number: int, stand_in: bool) -> None:
        """Wait for squares of picture `number`; what is shown may stay until then, or not."""
        self._number = number
        if not stand_in:
            self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._kept = []
        self.renew()

    def keep(self, number: int, cells: Cells, near: float) -> bool:
        """Show squares if they belong to the newest picture."""
        if number != self._number:
            return False
        finer = [kept for kept in self._kept if kept[0] == number and kept[1].side < cells.side]
        self._kept = sorted([*finer, (number, cells)], key=lambda kept: -kept[1].side)[-MOST_KEPT:]
        self._near = near
        self.renew()
        return True

    def finest(self) -> Cells | None:
        """The squares that were filled last and are smallest, of the picture that is shown."""
        return self._kept[-1][1] if self._kept else None

    def near(self) -> float | None:
        """What is near on the scale of colours; None while nothing is shown."""
        return self._near if self._kept else None

    def draw(self, painter: QPainter, frame: Frame) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for _, cells in self._kept:
            picture = heat_image(cells.values, self._near)
            left, top = (cells.left - frame.left) * frame.scale_x, (frame.top - cells.top) * frame.scale_y
            place = QRectF(
                left, top, cells.columns * cells.side * frame.scale_x, cells.rows * cells.side * frame.scale_y
            )
            painter.drawImage(place, picture)
        if self._kept:
            self._draw_edge(painter, frame, self._kept[-1][1].edge)

    def _draw_edge(self, painter: QPainter, frame: Frame, edge: np.ndarray) -> None:
        """The line within which all is near."""
        lines = [QLineF(*each) for each in frame.to_pixels(edge.reshape(-1, 2)).reshape(-1, 4).tolist()]
        now = theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(now.text), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLines(lines)


def heat_image(values: np.ndarray, near: float) -> QImage:
    """Values (rows, columns) in colours, a pixel each; row 0 on top."""
    colours = np.ascontiguousarray(colour_table(theme.colours().dark)[levels_of(values, near)])
    rows, columns = values.shape
    return QImage(colours.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


class HeatBar(QWidget):
    """The colours with their numbers, in units of the latent axes, and where near ends."""

    def __init__(self) -> None:
        super().__init__()
        self._near: float | None = None
        self._words, self._whose = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_scale(self, words: str, near: float | None, whose: str = "") -> None:
        """Name what is shown, and say what is near; None while that is not known.

        With `whose`, which says what is near for whom, the numbers are multiples of near: those of both maps.
        """
        if (words, near, whose) != (self._words, self._near, self._whose):
            self._words, self._near, self._whose = words, near, whose
            self.setAccessibleDescription(". ".join(filter(None, (words, whose))))
            self.update()

    def numbers(self) -> list[str]:
        """What stands below the colours, from 0 to TOP times near."""
        near = self._near
        if near is None:
            return []
        if self._whose:
            return ["0", "near", "2 × near", f"≥ {TOP:g} × near"]
        return ["0", f"near {figures(near)}", figures(2 * near), f"≥ {figures(TOP * near)}"]

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(theme.small_font(self))
        return QSize(240, round(2 * metrics.height()) + BAR + 6)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.small_font(self))
            metrics = QFontMetricsF(painter.font())
            height = metrics.height()
            painter.setPen(QColor(now.muted))
            words = "; ".join(filter(None, (self._words, self._whose)))
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(QRectF(0, 0, self.width(), height), Qt.AlignmentFlag.AlignLeft, words)
            bar = QRectF(0.5, height + 2.5, self.width() - 1, BAR)
            colours = QLinearGradient(bar.topLeft(), bar.topRight())
            table = colour_table(now.dark)
            for level in range(0, LEVELS, 15):
                colours.setColorAt(level / (LEVELS - 1), QColor(*table[level].tolist()))
            painter.setPen(QPen(QColor(now.edge), 1))
            painter.setBrush(colours)
            painter.drawRect(bar)
            if self._near is not None:
                self._paint_numbers(painter, bar, metrics)

    def _paint_numbers(self, painter: QPainter, bar: QRectF, metrics: QFontMetricsF) -> None:
        now = theme.colours()
        below = bar.bottom() + 1
        for times, words in enumerate(self.numbers()):
            at = bar.left() + bar.width() * times / TOP
            width = metrics.horizontalAdvance(words) + 2
            painter.setPen(QColor(now.text if times == 1 else now.muted))
            left = min(max(at - width / 2, 0.0), self.width() - width)
            painter.drawText(QRectF(left, below, width, metrics.height()), Qt.AlignmentFlag.AlignCenter, words)
            if 0 < times < TOP:
                self._paint_mark(painter, at, bar, strong=times == 1)

    def _paint_mark(self, painter: QPainter, at: float, bar: QRectF, strong: bool) -> None:
        now = theme.colours()
        top = bar.top() if strong else bar.bottom() - 4
        for colour, width in ((now.field, 4.0), (now.text, 2.0)) if strong else ((now.edge, 1.0),):
            painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(at, top), QPointF(at, bar.bottom()))


class DrawnLayer(Layer):
    """Codes drawn from the posterior: a line from the mean to the chosen one, and a disc for each."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box, height=11)  # over the ellipses, under the pin
        self._mean: tuple[float, float] | None = None
        self._places: list[tuple[float, float]] = []
        self._chosen = 0

    def show_draws(self, mean: tuple[float, float] | None, places: list[tuple[float, float]], chosen: int) -> None:
        """Mark drawn places; `chosen` is the number of the one that stands out."""
        self._mean, self._places, self._chosen = mean, places, chosen
        self.renew()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if self._mean is None or not self._places:
            return
        now = theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pixels = [QPointF(x, y) for x, y in frame.to_pixels(np.array([self._mean, *self._places])).tolist()]
        mean, drawn = pixels[0], pixels[1:]
        for number, at in enumerate(drawn):
            if number != self._chosen:
                painter.setPen(QPen(QColor(now.text), 1.5))
                painter.setBrush(QColor(now.field))
                painter.drawEllipse(at, 3.5, 3.5)
        if self._chosen < len(drawn):
            at = drawn[self._chosen]
            for colour, width in ((now.field, 4.5), (now.text, 2.0)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawLine(mean, at)
            painter.setPen(QPen(QColor(now.field), 2))
            painter.setBrush(QColor(now.accent))
            painter.drawEllipse(at, 6.5, 6.5)
