"""The twins' table: what is measured of both, with its meaning in the tooltips, on the screen and as CSV."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app import theme
from app.amounts import SQUARED_ERROR_SHORT, amount, percent, signed
from app.panels.describing import describe
from models.config import MEAN_BOUND
from models.measuring import LANDING_CODES, LIVE_TRAINING, Measures
from models.twins import SIDES

UNKNOWN = "–"
LANDING = (
    "A draw lands where there is data if a held-out code lies no farther from it than held-out codes usually lie from "
    "their own nearest neighbour (the 95th percentile of those distances), so that new images' codes land 95 times of "
    "100, however wide the codes lie. A VAE's data are codes drawn from each image's posterior."
)
AXES_WRITTEN = 2
UNITS = {"squared error": "squared error per image"}
SHORT_UNITS = {"squared error": "sq."}
AROUND_HEAD = 10  # pixels above and below a header's words
BOUNDED = (
    f"This program bounds codes softly at ±{MEAN_BOUND:g}, so that long runs do not blow up (a linear network's are "
    "free, those under KL sparsity lie between 0 and 1): ranges that end there would go on."
)
WIDEST = 720  # pixels; wider, figures stand too far from their names


@dataclass(frozen=True)
class Row:
    """A line of the table: its name, its meaning, its words for one side, and its figures for the CSV file."""

    name: str
    tip: str
    words: Callable[[Measures, str], str]
    figures: Callable[[Measures], list[tuple[str, float | int | None]]]
    short: str = ""
    """its name where there is little room, if that is another one"""


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else percent(value, 1)


def _ranges(measures: Measures) -> str:
    if len(measures.ranges) <= AXES_WRITTEN:
        return ",  ".join(_ends(low, high) for low, high in measures.ranges)
    return f"{_widest(measures)} ({len(measures.ranges)} axes)"


def _widest(measures: Measures) -> str:
    return _ends(measures.ranges[:, 0].min(), measures.ranges[:, 1].max())


def _ends(low: float, high: float, decimals: int = 1) -> str:
    return f"{signed(low, decimals)} … {signed(high, decimals)}"


def _range_figures(measures: Measures) -> list[tuple[str, float | int | None]]:
    return [
        (f"range_z{axis + 1}_{end}", float(value))
        for axis, ends in enumerate(measures.ranges)
        for end, value in zip(("min", "max"), ends, strict=True)
    ]


def _one(name: str, value: Callable[[Measures], float | int | None]) -> Callable[[Measures], list]:
    return lambda measures: [(name, value(measures))]


def _amount(value: float | None, unit: str, decimals: int) -> str:
    return UNKNOWN if value is None else f"{amount(value, decimals)} {unit}".strip()


ROWS = (
    Row(
        "Test reconstruction",
        "The loss's reconstruction term on the held-out images, summed over pixels and averaged over images, in the "
        "unit of the run's own loss. A VAE's is measured with one sampled code an image, as in training. "
        "In little room “sq.” stands for squared error per image.",
        lambda m, unit: _amount(m.reconstruction, unit, 2),
        _one("test_reconstruction", lambda m: m.reconstruction),
    ),
    Row(
        "Squared error per pixel",
        "Squared error per pixel on the held-out images, through mean codes: this one can be compared across losses.",
        lambda m, unit: _amount(m.squared_error, "", 4),
        _one("squared_error_per_pixel", lambda m: m.squared_error),
        short=SQUARED_ERROR_SHORT,
    ),
    Row(
        "KL",
        "How far the posteriors are from N(0, I), summed over latent dimensions and averaged over held-out images. "
        "An AE has none.",
        lambda m, unit: _amount(m.kl, "nats", 2),
        _one("kl_nats", lambda m: m.kl),
    ),
    Row(
        "Range of the axes",
        f"The least and the largest held-out code along each axis. {BOUNDED}",
        lambda m, unit: _ranges(m),
        _range_figures,
    ),
    Row(
        "5-NN accuracy",
        "Share of held-out images whose five nearest training codes vote for the right class.",
        lambda m, unit: _percent(m.knn_accuracy),
        _one("knn_accuracy", lambda m: m.knn_accuracy),
    ),
    Row(
        "N(0, I) lands on data",
        f"Share of random draws from N(0, I) that land where there is data. {LANDING}",
        lambda m, unit: _percent(m.landing_prior),
        _one("draws_on_data", lambda m: m.landing_prior),
    ),
    Row(
        "Data that N(0, I) reaches",
        "Share of the images that as many such draws come near, by the same distance: draws that all land may still "
        "leave most of the data out, as they do among an AE's wider codes.",
        lambda m, unit: _percent(m.covered),
        _one("data_reached", lambda m: m.covered),
    ),
    Row(
        "Own range lands on data",
        "For an AE: share of draws, evenly from the box of its codes' own range, that land where there is data; the "
        f"others fell into holes. {LANDING}",
        lambda m, unit: _percent(m.landing_range),
        _one("own_range_on_data", lambda m: m.landing_range),
    ),
    Row(
        "Code size",
        "Bits of one code as it is stored: 32 (float32) for each latent dimension. An image has 28 x 28 x 8 = 6,272.",
        lambda m, unit: f"{m.bits:,} bits",
        _one("code_bits", lambda m: m.bits),
    ),
)
STARRED = [row.name for row in ROWS if row.name not in ("Test reconstruction", "KL", "Range of the axes", "Code size")]
"""Rows that are measured on a part of the images while a network is in training."""
STARRED_TIP = (
    "While the twins learn, figures with a star are measured after each epoch, on so many held-out images and "
    f"{LIVE_TRAINING:,} training images; at the end, on all; but where draws land, and what they reach, on at most "
    f"{LANDING_CODES:,} held-out images."
)


class TwinTable(QTableWidget):
    """A line a figure, a column a side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(len(ROWS), 1 + len(SIDES), parent)
        describe(self, "Figures of both twins", "", "twinTable")
        self.measures: dict[str, Measures] = {}
        self._units = dict.fromkeys(SIDES, "")
        self._shorts = {side: side for side in SIDES}
        self._narrow = False
        font = theme.small_font(self)
        self.setFont(font)
        self.setMaximumWidth(WIDEST)
        self.horizontalHeader().setFont(font)
        self.horizontalHeader().setMinimumHeight(0)
        self.horizontalHeader().setFixedHeight(self._line() + AROUND_HEAD)
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setMinimumSectionSize(self._line())
        self.setHorizontalHeaderItem(0, QTableWidgetItem(""))
        for line, row in enumerate(ROWS):
            name = QTableWidgetItem(row.name)
            name.setToolTip(f"<p>{row.tip}</p>")
            self.setItem(line, 0, name)
        for side in SIDES:
            self._write(side)

    def wanted_height(self, width: int) -> int:
        """The height at which all lines are seen."""
        return self.horizontalHeader().height() + len(ROWS) * (self._line() + 4) + 4

    def shorten(self, narrow: bool) -> None:
        """Do with little room: figures are seen whole, with a shorter unit, and of the ranges the widest."""
        modes = QHeaderView.ResizeMode
        self._narrow = narrow
        for column in (1, 2):
            self.horizontalHeader().setSectionResizeMode(column, modes.ResizeToContents if narrow else modes.Stretch)
        for line, row in enumerate(ROWS):
            name = self.item(line, 0)
            if name is not None:
                name.setText((narrow and row.short) or row.name)
        for side in SIDES:
            self._write(side)

    def show_side(self, side: str, short: str, unit: str) -> None:
        """Which network stands on a side, and the unit of its loss; its figures are to come."""
        self._shorts[side], self._units[side] = short, unit
        head = QTableWidgetItem(short)
        head.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setHorizontalHeaderItem(1 + SIDES.index(side), head)
        self._write(side)

    def forget(self, side: str) -> None:
        """The figures of a side are another network's."""
        self.measures.pop(side, None)
        self._write(side)

    def show_measures(self, side: str, measures: Measures) -> None:
        """Write a side's figures; those of a network in training say on how many images they were measured."""
        self.measures[side] = measures
        self._write(side)
        young = next((each for each in self.measures.values() if each.images), None)
        pending = next((each.pending for each in self.measures.values() if each.pending), "")
        words = f"* of {young.images:,}, epoch {young.epoch}" if young else pending
        head = self.horizontalHeaderItem(0)
        if head is not None and head.text() != words:
            head.setText(words)
            head.setToolTip(STARRED_TIP if young else "")

    @property
    def is_complete(self) -> bool:
        """Whether the figures of both sides are there, as far as they can be; some may not be known."""
        return all(side in self.measures and not self.measures[side].pending for side in SIDES)

    def rows(self) -> list[list[object]]:
        """Name, left and right of every figure, with all digits; empty where it is not known."""
        found = {side: dict(_figures(self.measures[side])) for side in SIDES if side in self.measures}
        names = list(dict.fromkeys(name for figures in found.values() for name in figures))
        lines: list[list[object]] = [["reconstruction_unit", *(self._units[side] for side in SIDES)]]
        for name, of in (("images_of_starred_figures", "images"), ("epoch_of_starred_figures", "epoch")):
            marked = [getattr(self.measures[side], of) if side in self.measures else 0 for side in SIDES]
            if any(marked):
                lines.append([name, *(each or "" for each in marked)])
        for name in names:
            values = (found.get(side, {}).get(name) for side in SIDES)
            lines.append([name, *("" if value is None else value for value in values)])
        return lines

    def _line(self) -> int:
        return self.fontMetrics().height() + 1

    def _words(self, row: Row, measures: Measures, unit: str) -> str:
        if self._narrow and row.figures is _range_figures:
            return _widest(measures)
        return row.words(measures, (SHORT_UNITS if self._narrow else UNITS).get(unit, unit))

    def _write(self, side: str) -> None:
        measures = self.measures.get(side)
        for line, row in enumerate(ROWS):
            words = UNKNOWN if measures is None else self._words(row, measures, self._units[side])
            if measures is not None and measures.images and row.name in STARRED and words != UNKNOWN:
                words += " *"
            said, item = f"{row.name}, {self._shorts[side]}: {words}", self.item(line, 1 + SIDES.index(side))
            if item is None:
                item = QTableWidgetItem()
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(line, 1 + SIDES.index(side), item)
            elif item.data(Qt.ItemDataRole.AccessibleTextRole) == said:
                continue
            item.setText(words)
            more = f"<p>{_all_ranges(measures)}</p>" if measures is not None and row.figures is _range_figures else ""
            item.setToolTip(f"<p>{row.tip}</p>{more}")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, said)


def _figures(measures: Measures) -> list[tuple[str, float | int | None]]:
    return [figure for row in ROWS for figure in row.figures(measures)]


def _all_ranges(measures: Measures) -> str:
    return "; ".join(f"z{axis + 1}: {_ends(low, high, 2)}" for axis, (low, high) in enumerate(measures.ranges))
