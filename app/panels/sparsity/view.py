"""The sparsity view: how the units of the code are used, what each draws alone, and the images that excite it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.exporting_views import PICTURES, TABLES
from app.panels.about_run import AboutRun
from app.panels.bar_chart import BarChart, Mark
from app.panels.describing import describe
from app.panels.digit_image import DigitImage
from app.panels.export_button import ExportButton
from app.panels.image_view import ImageView
from app.panels.needs import EmptyPage, Need
from app.panels.picture_grid import PictureGrid, Pictures, Row
from app.panels.scrolled import scrolled
from app.panels.sparsity import words
from app.panels.sparsity.unit_grid import UnitGrid
from app.panels.titled import Titled, fill, tight
from app.seen.sparse import Exciting, Sparse
from models.config import RunConfig

ACTIVE_TIP = "A unit is active in an image when its size exceeds a tenth of the largest activation (the dashed line)."
HISTOGRAM_TIP = (
    "All activations of all units over the held-out images. The counts are on a logarithmic scale.\n"
    "Arrow keys walk over the bars."
)
GRID_TIP = (
    "Each tile is what one unit adds to the image of an empty code: orange is ink, blue takes ink away.\n"
    "The bar is the mean size of its activation; the tick is the target of KL sparsity."
)
GRID_KEYS = (
    "Units of the code: arrow keys choose one, Home and End the first and the last, M the most and L the least active"
)
ALONE_TIP = "What the decoder draws when this unit alone is active, as strongly as in the image that excites it most."
NOTHING_TIP = "What the decoder draws when no unit is active."
IMAGES = "The held-out images that excite the chosen unit most: arrow keys walk, Enter pins the code"
PICTURE = 60


class Sparsity(ImageView):
    """Shows all units and one chosen unit, or why there is nothing to see."""

    unit_chosen = Signal(int)
    run_wanted = Signal()
    """a run with a sparse code"""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Sparsity", "", "sparsity")
        self._shown: Sparse | None = None
        self._unit: Exciting | None = None
        self.histogram = describe(
            BarChart(True, words.bar_words), "Histogram of activations", HISTOGRAM_TIP, "activationHistogram"
        )
        self.per_image = describe(
            BarChart(False, words.per_image_words), "Active units per image", ACTIVE_TIP, "activeUnits"
        )
        self.units = describe(UnitGrid(), GRID_KEYS, GRID_TIP, "unitGrid")
        self.alone = DigitImage(PICTURE, "What the decoder draws for the chosen unit alone", "alone")
        self.nothing = DigitImage(PICTURE, "What the decoder draws for no unit", "no unit")
        for picture, tip, name in ((self.alone, ALONE_TIP, "unitAlone"), (self.nothing, NOTHING_TIP, "noUnit")):
            describe(picture, "", tip, name)
        self.images = describe(PictureGrid(), IMAGES, "", "excitingImages")
        frame = Titled("Sparsity", self)
        self._make_export(frame)
        frame.body.addWidget(self._about_run())
        self._stack = QStackedWidget()
        self.empty = EmptyPage("No units", "sparsityEmpty")
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._filled())
        frame.body.addWidget(self._stack, 1)
        fill(self, frame)
        self.units.unit_chosen.connect(self.unit_chosen)
        self.images.picked.connect(self.picked)
        self.setFocusProxy(self.units)
        self.show_missing("Measuring the units…")

    # in

    def show_units(self, shown: Sparse) -> None:
        """Show how all units are used."""
        self._shown = shown
        above = [Mark(shown.threshold, "active")] if shown.threshold > 0 else []
        above += [Mark(-shown.threshold, "")] if shown.edges[0] < -shown.threshold else []
        images = len(shown.codes)
        self.histogram.show_bars(shown.edges, shown.counts, above, words.activation_titles(images))
        edges = np.arange(shown.units + 2) - 0.5
        mean = float(shown.active.mean()) * shown.units
        self.per_image.show_bars(edges, shown.per_image, [Mark(mean, f"mean {mean:.1f}")], words.summaries(shown), 0.5)
        self.units.show_units(shown)
        self._stack.setCurrentIndex(1)
        self.export.setEnabled(True)

    def show_unit(self, unit: Exciting) -> None:
        """Show the images that excite a unit, and what it draws."""
        self._unit = unit
        self.units.show_chosen(unit.unit)
        shown = self._shown
        if shown is not None:
            self.alone.show_image(shown.alone[unit.unit])
            self.nothing.show_image(shown.nothing)
            self._unit_words.setText(words.unit_words(shown, unit.unit))
        rows = [Row("", unit.images)]
        numbers = [("", [words.short(each) for each in unit.values])]
        pictures = Pictures(unit.indices, unit.names, rows, numbers, partial(words.exciting_words, unit))
        self.images.show_pictures(pictures)
        self._fit()

    def show_originals_missing(self, sentence: str, dataset: str) -> None:
        """Say that reconstructions stand for the images, and offer the dataset; nothing for an empty sentence."""
        self.need.show_need(sentence, dataset)

    def show_training(self, config: RunConfig) -> None:
        """Say what made the code sparse, and offer a run where something did."""
        self._about.say(words.trained_words(config))
        self._open.setVisible(config.sparsity == "none")

    def show_missing(self, sentence: str) -> None:
        """Say why there is nothing to see."""
        self.empty.show_need(sentence)
        self._stack.setCurrentIndex(0)
        self.export.setEnabled(False)

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned."""
        self.images.show_pinned(index)

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write what is shown as PNG or SVG."""
        self.images.point_at(-1)
        self._save_picture(self.sheet, path)

    def save_table_to(self, which: str, path: Path) -> None:
        """Write `units`, `histogram`, `per_image` or `exciting` as CSV."""
        shown, unit = self._shown, self._unit
        if shown is None or unit is None:
            return
        tables: dict[str, tuple[Sequence[str], list[list[Any]]]] = {
            "units": (words.UNITS, words.unit_rows(shown)),
            "histogram": (words.HISTOGRAM, words.histogram_rows(shown)),
            "per_image": (words.PER_IMAGE, words.per_image_rows(shown)),
            "exciting": (words.EXCITING, words.exciting_rows(unit)),
        }
        self._save_rows(*tables[which], path)

    # inside

    def _fit(self) -> None:
        """The images have what the row leaves; where that is too little they are scrolled."""
        self.images.fit_into(self._scroll.viewport().height())

    # layout

    def _about_run(self) -> AboutRun:
        tip = "Open the shipped run of 64 units of which few are active at a time"
        self._open = describe(QPushButton("Open the sparse run"), "Open the sparse run", tip, "openSparseRun")
        self._open.clicked.connect(self.run_wanted)
        self._about = AboutRun("sparsityAbout", self._open)
        return self._about

    def _make_export(self, frame: Titled) -> None:
        self.export = ExportButton("sparsityExport")
        self.export.setEnabled(False)
        self.export.offer("Save picture (PNG, SVG)…", "sparsity.png", PICTURES, self.save_picture_to)
        for text, name, which in (
            ("Save units (CSV)…", "units.csv", "units"),
            ("Save histogram (CSV)…", "activations.csv", "histogram"),
            ("Save active units per image (CSV)…", "active-units.csv", "per_image"),
            ("Save images of the unit (CSV)…", "exciting-images.csv", "exciting"),
        ):
            self.export.offer(text, name, TABLES, partial(self.save_table_to, which))
        frame.tools.addWidget(self.export)

    def _filled(self) -> QWidget:
        self.sheet = describe(QWidget(), "Sparsity")
        column = tight(QVBoxLayout(self.sheet), theme.GAP)
        charts = QHBoxLayout()
        charts.setSpacing(2 * theme.GAP)
        charts.addWidget(self.histogram, 1)
        charts.addWidget(self.per_image, 1)
        self._unit_words = describe(QLabel(), "", "", "unitWords")
        self._unit_words.setWordWrap(True)
        column.addLayout(charts, 3)
        column.addWidget(self.units, 5)
        column.addWidget(self._unit_words)
        column.addLayout(self._unit_row(), 4)
        return scrolled(self.sheet)

    def _unit_row(self) -> QHBoxLayout:
        """What the chosen unit draws, and the images that excite it."""
        drawn = QVBoxLayout()
        drawn.setSpacing(theme.GAP // 2)
        for picture in (self.alone, self.nothing):
            picture.setFixedWidth(PICTURE)
            drawn.addWidget(picture, 1)
        self.need = Need("What stands for the images", "exciting", "small")
        self.need.wanted.connect(self.dataset_wanted)
        right = QVBoxLayout()
        right.setSpacing(2)
        self._scroll = scrolled(self.images)
        self._scroll.setMinimumHeight(2 * PICTURE)
        self._scroll.viewport().installEventFilter(self)
        self.images.moved.connect(lambda place: self._scroll.ensureVisible(place.center().x(), place.center().y()))
        right.addWidget(self._scroll, 1)
        right.addWidget(self.need)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addLayout(drawn)
        row.addLayout(right, 1)
        return row

    # Qt's names

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The room for the images has changed."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)
