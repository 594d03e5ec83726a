"""Regularity: where the latent plane has holes, how complete and continuous it is, and draws from a posterior."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.exporting import ask_path
from app.exporting_views import TABLES, save_and_tell, save_table
from app.panels.describing import describe
from app.panels.plane.view import PlaneView
from app.panels.regularity.draws import RegularityDraws, draw_rows
from app.panels.regularity.figures import HEADER, NEAR, RegularityFigures
from app.panels.regularity.heat import HeatBar
from app.panels.regularity.holes import HolePlane
from app.panels.regularity.tools import RegularityTools
from app.seen.regularity import Posterior
from models.regularity import Cells

NAME = "Regularity: holes of the latent plane"
KEYS = (
    "Arrow keys move the pinned place, plus and minus zoom, F fits, Z goes to the posterior, H changes the heat, "
    "D draws again, P hides points."
)
WORDS = {
    "round": "‖encode(decode(z)) − z‖, units of the axes",
    "nearest": "to the nearest held-out code, units of the axes",
}
BAR_TIP = f"What the colours mean. The line on the map goes where near ends.\n{NEAR}"
ASK_MS = 40  # after the last movement of the view
COLUMN = (240, 340)  # narrowest and widest
COLUMN_SHARE = 0.34


class Regularity(PlaneView):
    """Shows heat under the codes; tells which part of the plane it shows and what is pointed at."""

    plane: HolePlane
    tools: RegularityTools
    area_wanted = Signal(QRectF, float)  # what is in view, and pixels per unit
    layer_wanted = Signal(str)
    dice_wanted = Signal()
    scale_changed = Signal(float)
    help_wanted = Signal(str)  # `vae`, or the title of a dataset

    def __init__(self) -> None:
        plane = HolePlane(f"{NAME}. {KEYS}", "regularity")
        super().__init__("Regularity", plane, RegularityTools(), QWidget(), ASK_MS)
        describe(self, NAME, "", "regularity")
        self.setAccessibleDescription(KEYS)
        self.bar = describe(HeatBar(), "Colours of the map of holes", BAR_TIP, "regularityBar")
        self.figures = RegularityFigures()
        self.draws = RegularityDraws()
        self.heat = plane.heat
        self._fill_sheet()
        self._connect()
        self._show_layer()

    # in

    def begin_heat(self, number: int, stand_in: bool) -> None:
        """The heat is out of date; that of picture `number` will come."""
        self.plane.begin_heat(number, stand_in)

    def show_heat(self, number: int, cells: Cells, near: float) -> None:
        """Show squares of picture `number`; those of an older one are dropped."""
        if self.plane.show_heat(number, cells, near):
            self.bar.show_scale(WORDS[self.tools.layer()], near)

    def show_empty(self, text: str) -> None:
        """Show no heat, only a sentence about what is missing."""
        self.plane.show_nothing(text)

    def show_posterior(self, posterior: Posterior) -> None:
        """Show what the encoder says of the picked image, and codes drawn from it."""
        self.plane.show_posterior(posterior)
        self.draws.show_posterior(posterior)
        self.tools.show_draws(True)

    def show_no_posterior(self, sentence: str, helps: str) -> None:
        """Say why there is nothing to draw from, and offer what would help."""
        self.plane.show_posterior(None)
        self.draws.show_missing(sentence, helps)
        self.tools.show_draws(False)

    # out

    def save_table_to(self, what: str, path: Path) -> None:
        """Write `map`, `figures` or `draws` as CSV."""
        header, rows = self._table(what)
        save_and_tell(self, path, lambda: save_table(header, rows, path))

    def _table(self, what: str) -> tuple[list[str], list[list[object]]]:
        if what == "figures":
            return HEADER, self.figures.table()
        if what == "draws" and self.draws.posterior is not None:
            return draw_rows(self.draws.posterior)
        cells = self.heat.finest()
        if cells is None:
            return ["x", "y", "distance"], []
        column = "round_trip" if self.tools.layer() == "round" else "nearest_code"
        values = cells.values.ravel().tolist()
        rows = [[*place, value] for place, value in zip(cells.middles().tolist(), values, strict=True)]
        return ["x", "y", column], rows

    def _ask_table(self, what: str) -> None:
        path = ask_path(self, "Save the numbers", f"regularity-{what}.csv", TABLES)
        if path is not None:
            self.save_table_to(what, path)

    def _ask(self) -> None:
        if self.isVisible() and not self.plane.empty.isVisible():
            frame = self.view.frame()
            self.area_wanted.emit(frame.area(), frame.scale_x)

    # Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrowest, widest = COLUMN
        self._column.setFixedWidth(round(min(max(self.width() * COLUMN_SHARE, narrowest), widest)))
        self.tools.fit_into(self.width())

    # inside

    def _keys(self) -> dict[int, Callable[[], object]]:
        return super()._keys() | {
            Qt.Key.Key_Z: self.plane.go_to_posterior,
            Qt.Key.Key_H: self.tools.next_layer,
            Qt.Key.Key_D: self.draws.dice.click,
        }

    def _fill_sheet(self) -> None:
        describe(self.sheet, NAME)
        row = QHBoxLayout(self.sheet)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP + theme.GAP // 2)
        left = QVBoxLayout()
        left.setSpacing(theme.GAP)
        left.addWidget(self.plane, 1)
        left.addWidget(self.bar)
        left.addWidget(self.legend)
        row.addLayout(left, 1)
        self._column = QWidget()
        right = QVBoxLayout(self._column)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(theme.GAP)
        right.addWidget(self.figures)
        line = QFrame()
        theme.set_role(line, "line")
        right.addWidget(line)
        right.addWidget(self.draws, 1)
        row.addWidget(self._column)
        self._below.addStretch(1)

    def _connect(self) -> None:
        tools, draws = self.tools, self.draws
        tools.layer_chosen.connect(self._choose_layer)
        tools.table_wanted.connect(self._ask_table)
        draws.dice_wanted.connect(self.dice_wanted)
        draws.scale_changed.connect(self.scale_changed)
        draws.help_wanted.connect(self.help_wanted)
        draws.chosen.connect(self._mark_draw)
        draws.zoom_wanted.connect(self.plane.go_to_posterior)
        theme.notifier().changed.connect(self.bar.update)

    def _choose_layer(self, layer: str) -> None:
        self._show_layer()
        self.layer_wanted.emit(layer)

    def _show_layer(self) -> None:
        self.bar.show_scale(WORDS[self.tools.layer()], None)

    def _mark_draw(self, number: int) -> None:
        posterior = self.draws.posterior
        if posterior is not None:
            self.plane.drawn.show_draws(posterior.place, [draw.place for draw in posterior.draws], number)

    def _show_points(self, shown: bool) -> None:
        super()._show_points(shown)
        self.legend.setEnabled(shown)
