"""Twins: two networks side by side, with one cursor, one picked image, one sketch and one strip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.exporting_views import PICTURES, TABLES, save_and_tell, save_picture, save_table
from app.panels.describing import describe
from app.panels.export_button import ExportButton
from app.panels.latent.legend import Legend
from app.panels.segments import Segments
from app.panels.titled import Titled, fill, tight
from app.panels.twins.draws import TwinDraws
from app.panels.twins.map import TwinMap
from app.panels.twins.pictures import TwinPictures, TwinStrips
from app.panels.twins.side import TwinSide
from app.panels.twins.table import TwinTable
from app.panels.twins.trainer import TwinTrainer
from app.phase import Phase
from app.seen.twins import DRAWN, DrawnGroup, TwinSpot, TwinTitle
from models.measuring import Measures
from models.twins import SIDES

PAGES = {
    "pictures": ("Pictures", "What both make of the picked image and of the sketch"),
    "strips": ("Strips", "The strip from A to B through both"),
    "draws": ("Draws", f"{DRAWN} codes drawn at random, decoded by both: where an AE's holes show"),
    "table": ("Table", "What is measured of both"),
}
DRAW_TIP = (
    f"Decode {DRAWN} draws from N(0, I) on both sides and, for an AE, as many from its codes' own range (D).\n"
    "An AE was never asked to decode what lies between its codes."
)
MOST_BELOW, MOST_FOR_TABLE = 0.58, 0.74
"""The share of the room for maps and page that a page may take: maps hardly help with a table."""
LEAST_MAP = 130
"""Pixels in height that maps keep, if as many are left for the page; in a narrow view the page is more wanted."""
MOST_FOR_ROWS = 0.25
"""The share of the whole height that is for what differs."""
AROUND = 14  # pixels around the name of a page, where it is narrow
NARROW = 460  # width below which words are shorter and the legend gives way: its keys stay


class Twins(QWidget):
    """Two maps and, below them, one of four pages."""

    watched = Signal(bool)
    page_shown = Signal(str)
    run_chosen = Signal(str, object)  # side, Path
    open_wanted = Signal(str)  # side
    save_wanted = Signal(str, object)  # side, Path
    hovered = Signal(str, float, float, int)  # side, x, y, index or -1
    hover_left = Signal()
    picked = Signal(str, float, float, int)
    code_picked = Signal(str, object)  # side, code (d,)
    draw_wanted = Signal()
    exported = Signal(str)
    noted = Signal(str)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Twins: two networks side by side", "", "twins")
        self.legend = Legend()
        self.trainer = TwinTrainer()
        self.sides = {side: TwinSide(side) for side in SIDES}
        self.pickers = {side: each.picker for side, each in self.sides.items()}
        self.maps = {side: TwinMap(side) for side in SIDES}
        self.pictures, self.strips, self.draws, self.table = TwinPictures(), TwinStrips(), TwinDraws(), TwinTable()
        self.trouble = describe(QLabel(), "", "", "twinTrouble")
        self.draw = describe(QPushButton(), f"Draw {DRAWN} at random", DRAW_TIP, "twinDraw")
        self._titles: dict[str, TwinTitle] = {}
        self._paths: dict[str, np.ndarray | None] = dict.fromkeys(SIDES)
        self._groups: Sequence[DrawnGroup] = ()
        self._awaited: Path | None = None  # a file that is written once all is measured
        self._narrow: bool | None = None
        self._frame = Titled("Twins", self)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.maps["left"])

    # in

    def show_runs(self, entries: Sequence[tuple[str, Path]]) -> None:
        """The runs that can be opened on either side."""
        for each in self.sides.values():
            each.show_runs(entries)

    def show_side(self, side: str, title: TwinTitle) -> None:
        """Which network stands on a side."""
        before, self._titles[side] = self._titles.get(side), title
        self.sides[side].show_title(title)
        self.maps[side].show_title(title)
        self.pictures.show_short(side, title.short)
        self.strips.show_short(side, title.short)
        if before is None or (before.path, before.name) != (title.path, title.name):
            self.table.forget(side)
            self._give_up_file()
        self.table.show_side(side, title.short, title.unit)
        self._place_legend(self._titles.get("left", title).class_names)

    def show_codes(self, side: str, points: np.ndarray, labels: np.ndarray, glide: bool) -> None:
        """A side's held-out codes on its plane."""
        self.maps[side].show_codes(points, labels, glide)

    def show_pin(self, side: str, place: tuple[float, float] | None) -> None:
        """Where what is picked lies."""
        self.maps[side].mark_pinned(place)

    def show_pointed(self, side: str, spot: TwinSpot | None, index: int) -> None:
        """Where what is pointed at lies; unless the pictures are seen, what it decodes to floats beside its ring."""
        self.maps[side].show_pointed(spot, index)
        if self.segments["pictures"].isChecked():
            spot = None
        has_name = spot is not None and index >= 0 and side in self._titles
        label = int(self.maps[side].points.labels[index]) if has_name else -1
        words = self._titles[side].class_names[label] if has_name else spot.words if spot is not None else ""
        self.maps[side].show_card(spot, words)

    def show_picture(self, side: str, spot: TwinSpot | None) -> None:
        """What is picked or pointed at, decoded by a side."""
        self.pictures.show_decoded(side, spot)

    def show_sketch(self, side: str, spot: TwinSpot | None) -> None:
        """The sketch as a side sees it."""
        self.maps[side].show_sketch(spot)
        self.pictures.show_sketch(side, spot)

    def show_strip(self, side: str, points: np.ndarray | None, images: np.ndarray | None) -> None:
        """The strip's way (S, 2) and images (S, 28, 28) on a side; None where an end is missing."""
        self._paths[side] = points
        self.strips.show_strip(side, images)
        self._mark_page()

    def show_step(self, step: int) -> None:
        """Mark the step that is looked at."""
        self.strips.show_step(step)
        for each in self.maps.values():
            each.show_step(step)

    def show_draws(self, groups: Sequence[DrawnGroup]) -> None:
        """Codes drawn at random."""
        more = len(groups) != len(self._groups)
        self._groups = groups
        self.draws.show_groups(groups)
        self._mark_page()
        if more:
            self._fit()

    def show_measures(self, side: str, measures: Measures) -> None:
        """A side's figures."""
        self.table.show_measures(side, measures)
        path = self._awaited
        if path is not None and self.table.is_complete:
            self._awaited = None
            self.save_numbers_to(path)

    def show_note(self, sentence: str, dataset: str) -> None:
        """Say what is missing: with a dataset to get, among the pictures; without one, above the maps."""
        self.pictures.show_note(sentence if dataset else "", dataset)
        self.trouble.setText("" if dataset else sentence)
        self.trouble.setVisible(bool(sentence) and not dataset)
        self._fit()

    def show_phase(self, phase: Phase) -> None:
        """Follow the training; while it lasts no other run can be opened here."""
        self.trainer.show_phase(phase)
        for each in self.sides.values():
            each.show_phase(phase)

    def show_page(self, page: str) -> None:
        """Look at one of the pages below the maps."""
        self.segments[page].setChecked(True)
        for each in self.maps.values():
            each.show_card(None, "")
        self._stack.setCurrentIndex(list(PAGES).index(page))
        self._fit()
        self._mark_page()
        self.page_shown.emit(page)

    def fit(self) -> None:
        """Show all codes of both."""
        for each in self.maps.values():
            each.fit()

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write legend, maps and page as PNG or SVG."""
        above = None if self.sheet.isAncestorOf(self.legend) else self.legend
        if above is not None and above.isHidden():  # it may never have had a place, and the size of one
            above.resize(above.sizeHint())
            above.arrange()
        save_and_tell(self, path, lambda: save_picture(self.sheet, path, above))

    def save_numbers_to(self, path: Path) -> None:
        """Write the table as CSV; what is still to be measured for it is measured first, before the person's eyes."""
        if not self.table.is_complete:
            self._awaited = path
            self.noted.emit(f"The figures are being measured; then they are saved as “{path}”.")
            self.show_page("table")  # who looks at it has it measured
            return
        header = ["figure", *(self.sides[side].shown_name() for side in SIDES)]
        save_and_tell(self, path, lambda: save_table(header, self.table.rows(), path))

    # inside

    def _give_up_file(self) -> None:
        """Another network has come while one was measured for a file."""
        if self._awaited is not None:
            path, self._awaited = self._awaited, None
            self.failed.emit(f"“{path}” was not written: another network came before its figures were measured.")

    def _draw(self) -> None:
        self.show_page("draws")
        self.draw_wanted.emit()

    def _mark_page(self) -> None:
        """Ways and draws are on the maps only while their page is looked at: there is little room for more."""
        page = list(PAGES)[self._stack.currentIndex()]
        for side, each in self.maps.items():
            each.show_path(self._paths[side] if page == "strips" else None)
            each.show_draws([group for group in self._groups if group.side == side] if page == "draws" else [])

    def _place_legend(self, names: Sequence[str]) -> None:
        """Digits stand in the title's row; longer names need rows of their own."""
        self.legend.show_names(names)
        if max(map(len, names)) > 1:
            self.legend.setMinimumWidth(0)
            self._column.insertWidget(0, self.legend)
        else:
            self.legend.setMinimumWidth(self.legend.sizeHint().width())
            self._frame.tools.insertWidget(0, self.legend)

    def _toggle_digit(self, digit: int, alone: bool) -> None:
        (self.legend.show_alone if alone else self.legend.toggle)(digit)

    def _show_digit(self, digit: int, shown: bool) -> None:
        for each in self.maps.values():
            each.points.set_digit_visible(digit, shown)

    def _fit(self) -> None:
        """The maps have what the page below them leaves."""
        page = (self.pictures, self.strips, self.draws, self.table)[self._stack.currentIndex()]
        wanted = page.wanted_height(self.sheet.width())
        rows = self.pickers["left"].height() + self.draw.height() + 4 * theme.GAP
        room = self.sheet.height() - rows - (0 if self.trouble.isHidden() else self.trouble.height())
        most = MOST_FOR_TABLE if page is self.table else MOST_BELOW
        beside_maps = room if self._narrow else max(room - LEAST_MAP, LEAST_MAP)
        self._stack.setFixedHeight(max(min(wanted, round(most * room), beside_maps), 64))

    # layout

    def _lay_out(self) -> None:
        self._make_tools()
        theme.set_role(self.trouble, "warning")
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.hide()
        self.sheet = describe(QWidget(), "Two networks side by side")
        self._column = column = tight(QVBoxLayout(self.sheet), theme.GAP // 2)
        sides = QGridLayout()
        sides.setSpacing(theme.GAP // 2)
        sides.setHorizontalSpacing(theme.GAP)
        for place, side in enumerate(SIDES):
            sides.addWidget(self.sides[side], 0, place)
            sides.addWidget(self.maps[side], 1, place)
            sides.setColumnStretch(place, 1)
        sides.setRowStretch(1, 1)
        self._stack = QStackedWidget()
        for page in (self.pictures, self.strips, self.draws, self.table):
            self._stack.addWidget(page)
        column.addWidget(self.trouble)
        column.addLayout(sides, 1)
        column.addWidget(self._stack)
        column.addLayout(self._page_row())
        self._frame.body.setSpacing(theme.GAP // 2)
        self._frame.body.addWidget(self.trainer)
        self._frame.body.addWidget(self.sheet, 1)
        fill(self, self._frame)

    def _make_tools(self) -> None:
        self.legend.setMinimumWidth(self.legend.sizeHint().width())
        self._frame.tools.addWidget(self.legend)
        self.export = ExportButton("twinsExport")
        self.export.offer("Save picture (PNG, SVG)…", "twins.png", PICTURES, self.save_picture_to)
        self.export.offer("Save numbers (CSV)…", "twins.csv", TABLES, self.save_numbers_to)
        self._frame.tools.addWidget(self.export)

    def _page_row(self) -> QHBoxLayout:
        self.segments = {
            page: describe(QPushButton(words), words, tip, f"twin{words}Page") for page, (words, tip) in PAGES.items()
        }
        for page, button in self.segments.items():
            button.setMinimumWidth(72)
            button.clicked.connect(lambda _=False, page=page: self.show_page(page))
        self.draw.setIcon(theme.icon("dice"))
        row = tight(QHBoxLayout(), theme.GAP)
        row.addWidget(Segments(self.segments.values()))
        row.addStretch(1)
        row.addWidget(self.draw)
        return row

    def _connect(self) -> None:
        for side in SIDES:
            each, above = self.maps[side], self.sides[side]
            each.hovered.connect(lambda x, y, index, side=side: self.hovered.emit(side, x, y, index))
            each.hover_left.connect(self.hover_left)
            each.picked.connect(lambda x, y, index, side=side: self.picked.emit(side, x, y, index))
            each.draw_wanted.connect(self._draw)
            each.digit_keyed.connect(self._toggle_digit)
            above.run_chosen.connect(lambda path, side=side: self.run_chosen.emit(side, path))
            above.open_wanted.connect(lambda side=side: self.open_wanted.emit(side))
            above.save_wanted.connect(lambda path, side=side: self.save_wanted.emit(side, path))
        self.draw.clicked.connect(self._draw)
        self.pictures.rearranged.connect(self._fit)
        self.draws.picked.connect(self.code_picked)
        self.legend.visibility_changed.connect(self._show_digit)
        self.trainer.failed.connect(self.failed)
        self.sheet.installEventFilter(self)

    # Qt's names

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.sheet and event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watched.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.trainer.differences.give_room(round(MOST_FOR_ROWS * self.height()))
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            self.legend.setVisible(not narrow)
            for each in (self.trainer, self.pictures, self.table):
                each.shorten(narrow)
            self.page_shown.emit(list(PAGES)[self._stack.currentIndex()])
        self.draw.setText("" if narrow else f"Draw {DRAWN} at random")  # or the pages' names would touch
        for button in self.segments.values():
            bold = QFont(button.font())
            bold.setWeight(QFont.Weight.DemiBold)  # as the chosen one's words are
            button.setMinimumWidth(QFontMetrics(bold).horizontalAdvance(button.text()) + AROUND if narrow else 72)
        self._fit()
