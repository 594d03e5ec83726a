"""How long the map takes to take points up and to be repainted while it is panned, against pyqtgraph's own item.

    python -m tests.benchmarks.map_painting --json map.json

Ours is the whole LatentMap with its grid; the other is a ScatterPlotItem with one of ten brushes for each point in a
bare view of the same size. They take turns. "Set" runs until the new points are painted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.benchmarks.own_environment import add_platform_option, prepare
from tests.benchmarks.report import Report, Spread, median, options

SIZES = (10_000, 70_000, 1_000_000)
SIDE = 640
PAN = (3.0, 2.0)
SLOW = 1_000_000
"""From so many points on there are fewer repaints, and pyqtgraph's item gets one round alone."""


@dataclass
class Rival:
    """One way to draw points: how they are set, how the view is moved, and what is repainted then."""

    view: Any
    show: Callable[[np.ndarray, np.ndarray], None]
    pan: Callable[[float, float], None]
    set_ms: list[float] = field(default_factory=list)
    paint_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """of this thread for each repaint: what is left of it on a core that others do not use"""

    def take_turn(self, points: np.ndarray, labels: np.ndarray, repaints: int) -> None:
        """Set the points once, and repaint while the view moves to and fro."""
        began = time.perf_counter()
        self.show(points, labels)
        self.view.viewport().repaint()
        self.set_ms.append(1000 * (time.perf_counter() - began))
        for number in range(repaints):
            way = 1 if number // 10 % 2 == 0 else -1
            began, cpu_began = time.perf_counter(), time.thread_time()
            self.pan(way * PAN[0], way * PAN[1])
            self.view.viewport().repaint()
            self.paint_ms.append(1000 * (time.perf_counter() - began))
            self.cpu_ms.append(1000 * (time.thread_time() - cpu_began))


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_platform_option(parser)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--repaints", type=int, default=60, help="repaints in a turn")
    chosen = parser.parse_args()
    prepare(chosen.platform)
    report = Report("map_painting", chosen)
    from PySide6.QtWidgets import QApplication

    from app import theme

    app = QApplication(["latentlab"])
    theme.apply(app, "light")
    rows = []
    for size in SIZES:
        points, labels = _cloud(size)
        rivals = {"LatentMap": _ours(), "ScatterPlotItem": _theirs()}
        app.processEvents()
        for number in range(chosen.rounds):
            for name, rival in rivals.items():
                if number == 0 or size < SLOW or name == "LatentMap":
                    repaints = chosen.repaints if size < SLOW else 12 if name == "LatentMap" else 4
                    rival.take_turn(points + np.float32(0.01 * number), labels, repaints)
        rows += [_row(size, name, rival) for name, rival in rivals.items()]
        _aim(report, size, rivals["LatentMap"])
        for rival in rivals.values():
            rival.view.window().close()
    columns = ("points", "drawn by", "set ms", "repaint p50 ms", "p95", "p99", "worst", "CPU p95", "n")
    report.table(f"A {SIDE}x{SIDE} map, on {app.platformName()}", columns, rows)
    report.finish()


def _row(size: int, name: str, rival: Rival) -> tuple[object, ...]:
    spread, cpu = Spread.of(rival.paint_ms), Spread.of(rival.cpu_ms)
    return size, name, median(rival.set_ms), spread.p50, spread.p95, spread.p99, spread.worst, cpu.p95, spread.count


def _aim(report: Report, size: int, ours: Rival) -> None:
    if size == 70_000:
        report.target("70,000 points, repaint while panning, p95", Spread.of(ours.paint_ms).p95, 16, "ms")
    elif size == 1_000_000:
        report.target("1,000,000 points, repaint while panning, median", median(ours.paint_ms), 120, "ms")


def _cloud(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten overlapping groups, as codes lie: points (N, 2) float32, labels (N,)."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, size).astype(np.uint8)
    centres = rng.normal(0, 1.4, (10, 2))
    return (centres[labels] + rng.normal(0, 0.45, (size, 2))).astype(np.float32), labels


def _ours() -> Rival:
    from PySide6.QtCore import QPointF

    from app.panels.latent.map import LatentMap

    panel = LatentMap()  # the view's signals lead to its methods, which keeps it
    panel.resize(SIDE + 40, SIDE + 120)
    panel.show()
    panel.view.setFixedSize(SIDE, SIDE)
    return Rival(
        panel.view,
        lambda points, labels: panel.show_codes(points, labels, glide=False),
        lambda x, y: panel.view.pan(QPointF(x, y)),
    )


def _theirs() -> Rival:
    import pyqtgraph
    from PySide6.QtGui import QBrush, QColor

    from app import theme

    view = pyqtgraph.GraphicsView(background=None)
    view.setFixedSize(SIDE, SIDE)
    box = pyqtgraph.ViewBox(enableMouse=False, enableMenu=False, lockAspect=1.0)
    box.disableAutoRange()
    view.setCentralItem(box)
    view.kept = item = pyqtgraph.ScatterPlotItem(pen=None, size=5, pxMode=True)
    box.addItem(item)
    brushes = np.array([QBrush(QColor(colour)) for colour in theme.DIGIT_COLOURS], dtype=object)
    view.show()

    def show(points: np.ndarray, labels: np.ndarray) -> None:
        item.setData(x=points[:, 0], y=points[:, 1], brush=brushes[labels])
        low, high = points.min(axis=0), points.max(axis=0)
        box.setRange(xRange=(float(low[0]), float(high[0])), yRange=(float(low[1]), float(high[1])))

    def pan(x: float, y: float) -> None:
        wide, high = box.viewPixelSize()
        box.translateBy(x=-x * wide, y=y * high)

    return Rival(view, show, pan)


if __name__ == "__main__":
    main()
