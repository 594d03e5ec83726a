"""The manifold: what each place of the latent plane decodes to, in tiles that get finer as one zooms in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QInputDialog, QVBoxLayout, QWidget

from app import theme
from app.exporting import ask_path
from app.panels.describing import describe
from app.panels.manifold.tiles import PointsOverTiles, TilesItem
from app.panels.manifold.tools import ManifoldTools
from app.panels.plane.plane import Plane
from app.panels.plane.view import PlaneView
from app.panels.titled import tight
from models.tiles import Block

NAME = "Manifold: decoded images of the latent plane"
KEYS = "Arrow keys move the pinned place, plus and minus zoom, F fits, P hides points."
USUAL, SIZES = 20, (2, 100)  # images along a side of a grid that is asked for
GRID_FILES = "PNG picture (*.png);;Table of the codes (*.csv)"


class Manifold(PlaneView):
    """Shows tiles and codes on a plane; tells which tiles it lacks and what is pointed at, in plane coordinates."""

    tools: ManifoldTools
    tiles_wanted = Signal(object)  # list of Block, the most wanted first
    grid_wanted = Signal(int, str, object)  # images along a side, "prior" or "range", Path

    def __init__(self) -> None:
        super().__init__("Manifold", Plane(f"{NAME}. {KEYS}", "manifold", PointsOverTiles), ManifoldTools(), QWidget())
        describe(self, NAME, "", "manifoldView")
        self.tiles = TilesItem(self.view.view_box, self.points)
        self.plane.add(self.tiles)
        self._fill_sheet()
        self.tools.grid_wanted.connect(self._ask_grid)

    # in

    def begin_tiles(self, number: int, stand_in: bool) -> None:
        """All tiles are out of date: ask for those in view, which belong to picture `number`."""
        self.plane.show_empty("")
        self.tiles.begin(number, stand_in)
        self._ask()

    def show_tiles(self, number: int, blocks: Sequence[Block], pictures: np.ndarray) -> None:
        """Answer `tiles_wanted`: pictures (B, H, W) uint8 of B blocks; those of an older picture are dropped."""
        self.tiles.keep(number, blocks, pictures)

    def show_empty(self, text: str) -> None:
        """Show no tiles, only a sentence about what is missing."""
        self.tiles.clear()
        self.plane.show_empty(text)

    def show_network(self, has_prior: bool, room: float, class_names: Sequence[str] | None) -> None:
        """Say what the network is: whether it has a prior, is still to learn, and what its classes are called."""
        super().show_network(has_prior, room, class_names)
        self.tools.show_prior(has_prior)

    # inside

    def _ask_grid(self, steps: int, over: str) -> None:
        if not steps:
            steps, wanted = QInputDialog.getInt(self, "Save a grid", "Images along a side:", USUAL, *SIZES)
            if not wanted:
                return
        path = ask_path(self, "Save the grid", f"manifold-{steps}x{steps}-{over}.png", GRID_FILES)
        if path is not None:
            self.grid_wanted.emit(steps, over, path)

    def _ask(self) -> None:
        if self.isVisible() and not self.plane.empty.isVisible():
            self.tiles_wanted.emit(self.tiles.missing())

    def _fill_sheet(self) -> None:
        describe(self.sheet, NAME)
        column = tight(QVBoxLayout(self.sheet), theme.GAP)
        column.addWidget(self.plane, 1)
        column.addWidget(self.legend)
        as_before = self.legend.sizePolicy()
        as_before.setRetainSizeWhenHidden(True)  # tiles stay where they are when the points go
        self.legend.setSizePolicy(as_before)
        self._below.insertStretch(0, 1)
        self._below.addStretch(1)

    def _show_points(self, shown: bool) -> None:
        super()._show_points(shown)
        self.legend.setVisible(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.tools.fit_into(self.width())
