"""Regularity: where the latent plane has holes, how complete and continuous it is, and draws from a posterior."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app import amounts, theme
from app.exporting import ask_path
from app.exporting_views import TABLES, save_and_tell, save_table
from app.panels.describing import describe
from app.panels.plane.plane import LEAST_SIDE
from app.panels.plane.view import PlaneView
from app.panels.regularity.draws import RegularityDraws, draw_rows
from app.panels.regularity.figures import CAPTION, HEADER, NEAR, RegularityFigures, caption, heads
from app.panels.regularity.heat import HeatBar, HeatItem
from app.panels.regularity.holes import HolePlane
from app.panels.regularity.tools import SHORT_BELOW, RegularityTools
from app.panels.scrolled import ScrollArea
from app.panels.titled import tight
from app.seen.regularity import Figures, Posterior
from models.regularity import Cells

NAME = "Regularity: holes of the latent plane"
KEYS = (
    "Arrow keys move the pinned place, plus and minus zoom, F fits, Z goes to the posterior, H changes the heat, "
    "D draws again, P hides points, B shows the other run's map too."
)
OTHER = "Holes of the run that stands beside"
WORDS = {
    "round": "‖encode(decode(z)) − z‖, units of the axes",
    "nearest": "to the nearest held-out code, units of the axes",
}
BAR_TIP = f"What the colours mean. The line on the map goes where near ends.\n{NEAR}"
ASK_MS = 40  # after the last movement of the view
COLUMN = (240, 340)  # narrowest and widest
COLUMN_SHARE = 0.34
TWINS_TIP = "Train a twin there, or put two saved runs beside each other: then their maps stand here."
MAP_AND_COLUMN = 530  # width from which the column stands beside one map
LEAST_OF_TWO = 120  # pixels of a map's width where two share the view
LOWEST_MAP, PEEP = 160, 48  # pixels; below the map the column's first line is to be seen
BOTH_AND_COLUMN = 880  # width from which there is room for both maps and the column


class Regularity(PlaneView):
    """Shows heat under the codes; tells which part of the plane it shows and what is pointed at."""

    plane: HolePlane
    tools: RegularityTools
    area_wanted = Signal(QRectF, float)  # what is in view, and pixels per unit
    other_area_wanted = Signal(QRectF, float)  # the same of the other run's map
    both_wanted = Signal(bool)
    twins_wanted = Signal()
    other_picked = Signal(float, float, int)  # x, y on the other's plane, index of its point or -1
    layer_wanted = Signal(str)
    dice_wanted = Signal()
    scale_changed = Signal(float)
    help_wanted = Signal(str)  # `vae`, or the title of a dataset

    def __init__(self) -> None:
        plane = HolePlane(f"{NAME}. {KEYS}", "regularity")
        super().__init__("Regularity", plane, RegularityTools(), QWidget(), ASK_MS)
        describe(self, NAME, "", "regularity")
        self._alone = False
        self.bar = describe(HeatBar(), "Colours of the map of holes", BAR_TIP, "regularityBar")
        self.figures = RegularityFigures()
        self.draws = RegularityDraws()
        self.heat = plane.heat
        self.other = HolePlane(OTHER, "otherRegularity")
        self._twins = describe(QPushButton("Open the Twins view"), "Open the Twins view", TWINS_TIP, "openTwins")
        self._twins.hide()
        self._captions = [describe(QLabel(), "", CAPTION, name) for name in ("ownCaption", "otherCaption")]
        self._heads = ("", "")
        self._fill_sheet()
        self.scrolling = self._scrolled()
        self._connect()
        self._show_layer()

    # in

    def begin_heat(self, number: int, stand_in: bool) -> None:
        """The heat is out of date; that of picture `number` will come."""
        self.plane.begin_heat(number, stand_in)

    def show_heat(self, number: int, cells: Cells, near: float) -> None:
        """Show squares of picture `number`; those of an older one are dropped."""
        if self.plane.show_heat(number, cells, near):
            self._show_layer()

    def show_beside(self) -> None:
        """Something stands beside now."""
        self._alone = False
        self._arrange()

    def show_other_heat(self, number: int, cells: Cells, near: float) -> None:
        """The same of the run that stands beside."""
        if self.other.show_heat(number, cells, near):
            self._show_layer()

    def show_alone(self, sentence: str, for_good: bool) -> None:
        """Say why nothing stands beside, and offer what would help."""
        self.other.show_alone(sentence)
        self._alone = for_good
        self._arrange()

    def show_figures(self, figures: Figures) -> None:
        """Show what is known of both runs."""
        self.figures.show_figures(figures)
        self._heads = heads(figures)
        for label, each, own in zip(self._captions, (figures.mine, figures.other), (True, False), strict=True):
            label.setText(caption(each, own))
        self._show_layer()

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
        column = "round_trip" if self.tools.layer() == "round" else "nearest_code"
        if not self.tools.both.isChecked():
            return ["x", "y", column], list(_rows(self.heat))
        rows = [
            [run, *row]
            for run, heat in zip(self._heads, (self.heat, self.other.heat), strict=True)
            for row in _rows(heat)
        ]
        return ["run", "x", "y", column], rows

    def _ask_table(self, what: str) -> None:
        path = ask_path(self, "Save numbers", f"regularity-{what}.csv", TABLES)
        if path is not None:
            self.save_table_to(what, path)

    def _ask(self) -> None:
        for plane, wanted in ((self.plane, self.area_wanted), (self.other, self.other_area_wanted)):
            if plane.isVisible():  # also where there is nothing to measure yet: it will come
                frame = plane.surface.frame()
                wanted.emit(frame.area(), frame.scale_x)

    # Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Both maps or one; the column beside them where there is room, or below what is seen at first."""
        both = self.tools.both.isChecked()
        self._place_column(both)
        self._column.setVisible(not both or self.width() >= BOTH_AND_COLUMN)
        for widget in (self.other, *self._captions):
            widget.setVisible(both)
            if isinstance(widget, HolePlane):
                widget.surface.setMinimumWidth(LEAST_OF_TWO)
        self.plane.surface.setMinimumWidth(LEAST_OF_TWO if both else LEAST_SIDE)
        self._twins.setVisible(both and self._alone)
        self._maps.setColumnStretch(1, int(both))  # or it would be left empty
        self._maps.setHorizontalSpacing(theme.GAP if both else 0)
        self.tools.fit_into(self.width())
        self._frame.title.setVisible(self.width() >= SHORT_BELOW)  # the tab says it too

    # inside

    def _place_column(self, both: bool) -> None:
        is_narrow, (narrowest, widest) = self.width() < MAP_AND_COLUMN, COLUMN
        width = round(min(max(self.width() * COLUMN_SHARE, narrowest), widest))
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)
        self._column.setMinimumWidth(0 if is_narrow else width)
        self._column.setMaximumWidth(self.width() if is_narrow else width)
        around = self.bar.minimumSizeHint().height() + self.legend.minimumHeight() + PEEP
        self.plane.setMinimumHeight(max(self.scrolling.height() - around, LOWEST_MAP) if is_narrow and not both else 0)

    def _keys(self) -> dict[int, Callable[[], object]]:
        return super()._keys() | {
            Qt.Key.Key_Z: self.plane.go_to_posterior,
            Qt.Key.Key_H: self.tools.next_layer,
            Qt.Key.Key_D: self.draws.dice.click,
            Qt.Key.Key_B: self.tools.both.toggle,
        }

    def _fill_sheet(self) -> None:
        describe(self.sheet, NAME)
        self._row = row = tight(QHBoxLayout(self.sheet), theme.GAP + theme.GAP // 2)
        left = QVBoxLayout()
        left.setSpacing(theme.GAP)
        self._maps = maps = QGridLayout()
        maps.setHorizontalSpacing(theme.GAP)
        maps.setVerticalSpacing(theme.GAP // 2)
        for column, (label, plane) in enumerate(zip(self._captions, (self.plane, self.other), strict=True)):
            theme.set_role(label, "small")
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            maps.addWidget(label, 0, column, Qt.AlignmentFlag.AlignTop)
            maps.addWidget(plane, 1, column)
        maps.addWidget(self._twins, 2, 1, Qt.AlignmentFlag.AlignHCenter)
        maps.setRowStretch(1, 1)
        maps.setColumnStretch(0, 1)
        left.addLayout(maps, 1)
        left.addWidget(self.bar)
        left.addWidget(self.legend)
        row.addLayout(left, 1)
        self._column = QWidget()
        right = tight(QVBoxLayout(self._column), theme.GAP)
        right.addWidget(self.figures)
        line = QFrame()
        theme.set_role(line, "line")
        right.addWidget(line)
        right.addWidget(self.draws, 1)
        row.addWidget(self._column)
        self._below.addStretch(1)

    def _scrolled(self) -> QScrollArea:
        """In small windows map and column find no room together."""
        scroll = describe(ScrollArea(has_words=False), object_name="regularityScroll")
        self._frame.body.replaceWidget(self.sheet, scroll)
        scroll.setWidget(self.sheet)
        return scroll

    def _connect(self) -> None:
        tools, draws = self.tools, self.draws
        tools.layer_chosen.connect(self._choose_layer)
        tools.table_wanted.connect(self._ask_table)
        tools.both_wanted.connect(self._show_both)
        self.other.moved.connect(self._asking.start)
        self.other.picked.connect(self.other_picked)
        self._twins.clicked.connect(self.twins_wanted)
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
        """Name the colours; those of two maps are multiples of what is near in each."""
        words, near = WORDS[self.tools.layer()], self.heat.near()
        nears = [near, self.other.heat.near()] if self.tools.both.isChecked() else [near]
        whose = [
            f"{run} {amounts.figures(each)}"
            for run, each in zip(self._heads, nears, strict=False)
            if each is not None and run
        ]
        self.bar.show_scale(words, near, f"near is {', '.join(whose)}" if len(nears) > 1 else "")

    def _show_both(self, both: bool) -> None:
        self._arrange()
        self._show_layer()
        self.both_wanted.emit(both)
        self._asking.start()

    def _mark_draw(self, number: int) -> None:
        posterior = self.draws.posterior
        if posterior is not None:
            self.plane.drawn.show_draws(posterior.place, [draw.place for draw in posterior.draws], number)

    def _show_points(self, shown: bool) -> None:
        super()._show_points(shown)
        self.other.points.setVisible(shown)
        self.legend.setEnabled(shown)

    def _show_digit(self, digit: int, shown: bool) -> None:
        super()._show_digit(digit, shown)
        self.other.points.set_digit_visible(digit, shown)

    def fit(self) -> None:
        """Show all visible codes of every map that is seen."""
        for plane in self._planes():
            plane.fit()

    def zoom(self, closer: bool) -> None:
        """Every map that is seen, at its pin where that is in view."""
        for plane in self._planes():
            plane.zoom(closer)

    def _planes(self) -> list[HolePlane]:
        return [self.plane, self.other] if self.tools.both.isChecked() else [self.plane]


def _rows(heat: HeatItem) -> Iterator[list[object]]:
    """x, y and the value of each square."""
    cells = heat.finest()
    if cells is not None:
        for place, value in zip(cells.middles().tolist(), cells.values.ravel().tolist(), strict=True):
            yield [*place, value]
