"""What stands on the parallel axes, and how it is painted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap, QPolygonF

from app import theme
from app.amounts import real_minus, signed
from app.panels.axes.geometry import GUTTER, TOP, Geometry
from app.plotting import pyqtgraph as pg
from app.seen.axes import Line, Measured, Twin
from app.ticks import decimals
from models.latent_use import Spread

VIOLIN = 0.44  # of the way to the next axis
WIDEST_VIOLIN = 64.0
HANDLE = 6.0
LEAST_FULL = 0.1  # nats of a full bar: where all have collapsed, none looks as if it carried something
DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
CENTRED = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass
class Scene:
    """What is shown; `order` (d,) names the dimension of each axis from the left, `current` is a place in it."""

    measured: Measured
    order: np.ndarray
    twin: Twin | None = None
    lines: Sequence[Line] = ()
    code: np.ndarray | None = field(default=None, repr=False)
    current: int = 0
    pointed: str = ""  # key of the line that is pointed at
    focused: bool = False
    is_open: bool = False  # the value of the current axis is told beside its handle

    def lay(self, lines: Sequence[Line], code: np.ndarray | None, twin: Twin | None) -> None:
        """Take over what lies on the axes; of a twin nothing, while they are still those of the network before."""
        self.lines, self.code = lines, code
        self.twin = twin if twin is not None and twin.dims == self.measured.dims else None

    def rearrange(self, order: np.ndarray) -> None:
        """Let the dimensions stand in another order; the current axis goes along with its dimension."""
        self.current, self.order = int((order == self.order[self.current]).argmax()), order

    def has_code(self) -> bool:
        """Whether the black line belongs to this network."""
        return self.code is not None and len(self.code) == self.measured.dims


def line_styles(lines: Sequence[Line]) -> list[tuple[str, Qt.PenStyle]]:
    """Colour and dashes of each line: its class's colour, as on the map; a second one of a class is dashed."""
    seen: Counter[str] = Counter()
    styles = []
    for line in lines:
        colour = theme.colours().accent if line.label < 0 else theme.DIGIT_COLOURS[line.label % 10]
        styles.append((colour, DASHES[seen[colour] % len(DASHES)]))
        seen[colour] += 1
    return styles


class Ground:
    """The picture of all that stays while the black line moves: to paint it each time would take most of a frame."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._key: tuple[object, ...] = ()

    def picture(self, scene: Scene, at: Geometry, font: QFont, ratio: float) -> QPixmap:
        """It for this scene, at `ratio` device pixels a pixel."""
        looks = (scene.pointed, scene.order.tobytes(), theme.colours(), font, ratio)
        key = (at, scene.measured, scene.twin, scene.lines, looks)  # other objects are other contents
        if len(self._key) != len(key) or any(now != then for now, then in zip(key, self._key, strict=True)):
            self._key = key
            # Parts of device pixels count whole: of what lies beyond the picture an opaque widget keeps what it was.
            self._picture = QPixmap(math.ceil(at.width * ratio), math.ceil(at.height * ratio))
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(theme.colours().surface))
            with QPainter(self._picture) as painter:
                paint_ground(painter, scene, at, font)
        return self._picture


def paint_ground(painter: QPainter, scene: Scene, at: Geometry, font: QFont) -> None:
    """Paint all that stays where it is while the black line is moved."""
    painter.setFont(font)
    painter.fillRect(0, 0, at.width, at.height, QColor(theme.colours().surface))
    _paint_scale(painter, at)
    painter.setPen(QColor(theme.colours().muted))
    words = "var." if scene.measured.divergence is None else "KL, nats"
    parts = words.split(" ")
    for number, word in enumerate(parts):
        top = at.height - max(at.bars, len(parts) * at.line) + number * at.line
        painter.drawText(QRectF(-12, top, GUTTER + 8, at.line), RIGHT, word)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_violins(painter, scene, at)
    painter.setClipRect(_beside_the_scale(at))
    for place in at.shown():
        _paint_axis(painter, scene, at, place)
    _paint_bars(painter, scene, at)
    _paint_lines(painter, scene, at)
    painter.restore()


def paint_black_line(painter: QPainter, scene: Scene, at: Geometry, font: QFont) -> None:
    """Paint the axis that has the keyboard, and the black line with its handles."""
    painter.setFont(font)
    painter.setClipRect(_beside_the_scale(at))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if scene.focused:
        _paint_axis(painter, scene, at, scene.current, is_current=True)
    if scene.has_code():
        _paint_black_line(painter, scene, at)


def _beside_the_scale(at: Geometry) -> QRectF:
    return QRectF(GUTTER, 0, at.width - GUTTER, at.height)


def _paint_scale(painter: QPainter, at: Geometry) -> None:
    now, ticks = theme.colours(), at.ticks()
    step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    digits = decimals(step)
    for value in ticks.tolist():
        y = at.y(value)
        painter.setPen(QPen(QColor(now.edge if abs(value) < step / 2 else now.line), 1))
        painter.drawLine(QPointF(GUTTER, round(y) + 0.5), QPointF(at.width, round(y) + 0.5))
        painter.setPen(QColor(now.muted))
        words = signed(value, digits)
        painter.drawText(QRectF(0, y - at.line / 2, GUTTER - 6, at.line), RIGHT, words)


def _paint_violins(painter: QPainter, scene: Scene, at: Geometry) -> None:
    now = theme.colours()
    painter.save()
    # not within another clip: Qt's drawings would have all that follows in this one
    painter.setClipRect(QRectF(GUTTER, TOP - 6, at.width - GUTTER, at.bottom - TOP + 12))
    painter.setPen(QPen(QColor(now.edge), 1))
    painter.setBrush(QColor(now.tint))
    for place in at.shown():
        painter.drawPolygon(_violin(scene.measured.spread, scene.order[place], place, at))
    if scene.twin is not None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(now.warning), 1.5))
        for place in at.shown():
            painter.drawPolygon(_violin(scene.twin.spread, scene.order[place], place, at))
    painter.restore()


def _violin(spread: Spread, dimension: int, place: int, at: Geometry) -> QPolygonF:
    """A density and its mirror image about an axis; the densest level is as wide as there is room."""
    density = spread.densities[dimension]
    half = min(VIOLIN * at.spacing, WIDEST_VIOLIN) * density / max(float(density.max()), 1e-12)
    y = at.heights(spread.levels[dimension])
    return _polygon(at.x(place) + np.concatenate([half, -half[::-1]]), np.concatenate([y, y[::-1]]))


def _polygon(x: np.ndarray, y: np.ndarray) -> QPolygonF:
    return pg.functions.arrayToQPolygonF(x, y)  # point by point it takes ten times as long


def _paint_axis(painter: QPainter, scene: Scene, at: Geometry, place: int, is_current: bool = False) -> None:
    now, dimension, x = theme.colours(), int(scene.order[place]), at.x(place)
    painter.setPen(QPen(QColor(now.accent if is_current else now.muted), 2 if is_current else 1))
    painter.drawLine(QPointF(x, TOP), QPointF(x, at.bottom))
    is_idle = scene.measured.kind == "vae" and not scene.measured.active[dimension]
    painter.setPen(QColor(now.accent if is_current else now.muted if is_idle else now.text))
    painter.drawText(QRectF(x - 22, at.names_top, 44, at.line), CENTRED, f"z{dimension + 1}")


def _paint_bars(painter: QPainter, scene: Scene, at: Geometry) -> None:
    measured, now = scene.measured, theme.colours()
    figures = np.nan_to_num(measured.figures, nan=0.0, posinf=0.0)
    highest = max(float(figures.max()), 1e-9 if measured.divergence is None else LEAST_FULL)
    foot, half = at.height - 1, min(at.spacing * 0.3, 16)
    painter.setPen(QPen(QColor(now.line), 1))
    painter.drawLine(QPointF(GUTTER, foot + 0.5), QPointF(at.width, foot + 0.5))
    for place in at.shown():
        dimension = int(scene.order[place])
        x, share = at.x(place), max(float(figures[dimension]), 0.0) / highest
        is_idle = measured.kind == "vae" and not measured.active[dimension]
        top = foot - at.bars * share
        colour = QColor(now.faint if is_idle else now.accent)
        painter.setPen(QPen(colour, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_idle else colour)
        painter.drawRect(QRectF(x - half, top, 2 * half, foot - top))
        painter.setPen(QColor(now.muted))
        painter.drawText(QRectF(x - 22, top - at.line - 1, 44, at.line), CENTRED, short(figures[dimension]))


def short(figure: float) -> str:
    """A figure in at most four letters where it is that small."""
    if 0.0005 <= figure < 0.0095:
        return f"{figure:.3f}"[1:]
    if 0.0 < figure < 0.0095:
        return real_minus(f"{figure:.0e}").replace("−0", "−")
    return f"{figure:.2f}" if figure < 9.995 else f"{figure:.1f}" if figure < 99.95 else f"{figure:.3g}"


def _paint_lines(painter: QPainter, scene: Scene, at: Geometry) -> None:
    now = theme.colours()
    styles = line_styles(scene.lines)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if scene.twin is not None:
        for line in scene.lines:
            _paint_line(painter, scene, at, line.code, QPen(QColor(now.faint), 1.2))
    for line, (colour, dashes) in zip(scene.lines, styles, strict=True):
        is_pointed = line.key == scene.pointed
        shade = QColor(colour)
        if scene.pointed and not is_pointed:
            shade.setAlphaF(0.35)
        pen = QPen(shade, 4 if is_pointed else 2, dashes)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        _paint_line(painter, scene, at, line.code if scene.twin is None else line.twin_code, pen)


def _paint_line(painter: QPainter, scene: Scene, at: Geometry, code: np.ndarray | None, pen: QPen) -> None:
    if code is None or len(code) != scene.measured.dims:
        return
    painter.setPen(pen)
    x, y = at.points(code[scene.order]).T
    if len(x) == 1:  # one latent dimension: a dash across its axis
        x, y = np.array([x[0] - 24, x[0] + 24]), np.repeat(y, 2)
    near = slice(max(at.shown().start - 1, 0), at.shown().stop + 1) if len(x) > 2 else slice(None)
    painter.drawPolyline(_polygon(x[near], y[near]))


def _paint_black_line(painter: QPainter, scene: Scene, at: Geometry) -> None:
    assert scene.code is not None
    now = theme.colours()
    _paint_line(painter, scene, at, scene.code, QPen(QColor(now.text), 2.5))
    points = at.points(scene.code[scene.order]).tolist()
    for place in at.shown():
        value, middle = float(scene.code[scene.order[place]]), QPointF(*points[place])
        is_out = not at.low <= value <= at.high
        is_current = scene.focused and place == scene.current
        painter.setPen(QPen(QColor(now.accent if is_current else now.surface), 2.5 if is_current else 1.5))
        painter.setBrush(QColor(now.surface if is_out else now.text))
        if is_out:
            painter.setPen(QPen(QColor(now.text), 2))
        painter.drawEllipse(middle, HANDLE, HANDLE)
    if scene.is_open and scene.current in at.shown():
        _paint_value(painter, float(scene.code[scene.order[scene.current]]), QPointF(*points[scene.current]), at)


def _paint_value(painter: QPainter, value: float, middle: QPointF, at: Geometry) -> None:
    """The number beside a handle, on the side where there is room."""
    now = theme.colours()
    words = signed(value)
    width = painter.fontMetrics().horizontalAdvance(words) + 10
    left = middle.x() + 12 if middle.x() + 12 + width < at.width else middle.x() - 12 - width
    box = QRectF(left, middle.y() - at.line / 2 - 2, width, at.line + 4)
    painter.setPen(QPen(QColor(now.edge), 1))
    painter.setBrush(QColor(now.raised))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(now.text))
    painter.drawText(box, CENTRED, words)
