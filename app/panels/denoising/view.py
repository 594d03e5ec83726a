"""The denoising view: held-out images and the sketch clean, damaged and restored, with the damage to choose."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPushButton,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.amounts import amount
from app.exporting_views import PICTURES, TABLES
from app.panels.about_run import AboutRun
from app.panels.denoising.curve import LOWEST, DenoisingCurve
from app.panels.denoising.words import (
    CURVE_HEADER,
    HEADER,
    curve_table,
    curve_words,
    in_words,
    summary,
    table,
    trained_words,
)
from app.panels.describing import describe
from app.panels.export_button import ExportButton
from app.panels.image_view import ImageView
from app.panels.needs import EmptyPage, Need
from app.panels.picture_grid import PictureGrid, Pictures, Row
from app.panels.quiet import QuietComboBox
from app.panels.scrolled import scrolled
from app.panels.titled import Titled, fill, tight
from app.seen.denoised import TITLES, Damage, Denoised, Robustness, level_words
from models.config import RunConfig

NARROW = 460  # width below which the tools stand in two rows
PITCH, FEWEST = 68, 6
"""Pixels that an image takes at least, and columns at least, the rows' names counted as one."""
STEPS = 100
"""Levels of the slider from 0 to 1."""
KIND_TIP = (
    "Gaussian noise is added to each pixel; salt and pepper replaces pixels by black and white; patches erase squares "
    "of 7 × 7 pixels;\nblur loses the sharp edges."
)
LEVEL_TIP = (
    "How much is damaged: the noise's standard deviation, the share of pixels or squares, or the blur's width.\n"
    "Arrow keys move it."
)
KEYS = "Images clean, noisy and restored: arrow keys walk, Enter pins the code, N draws other noise, I other images"
USE_TIP = "Fill the training form with this damage: the encoder sees damaged images, the loss compares with clean ones."


class Denoising(ImageView):
    """Shows damaged and restored images, or how to get them."""

    damage_chosen = Signal(str, float)
    """kind and level"""
    noise_wanted = Signal()
    images_wanted = Signal()
    training_wanted = Signal()
    run_wanted = Signal()
    """a run that can denoise"""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Denoising", "", "denoising")
        self._all: Denoised | None = None
        self._shown: Denoised | None = None
        self._curve: Robustness | None = None
        self._trained = ("none", 0.0)
        self.grid = describe(PictureGrid(), KEYS, "", "denoisingGrid")
        self.curve = describe(DenoisingCurve(), "PSNR over the level of the damage", "", "denoisingCurve")
        self._summary = describe(QLabel(), "", "", "denoisingSummary")
        self._summary.setWordWrap(True)
        frame = Titled("Denoising", self)
        self._make_export(frame)
        frame.body.addLayout(self._tools())
        frame.body.addWidget(self._about_run())
        self._stack = QStackedWidget()
        self.empty = EmptyPage("Nothing to restore", "denoisingEmpty")
        self.need = Need("What stands for the held-out images", "denoisingNeed", "small")
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._filled())
        frame.body.addWidget(self._stack, 1)
        frame.body.addWidget(self.need)
        fill(self, frame)
        self.need.wanted.connect(self.dataset_wanted)
        self.grid.picked.connect(self.picked)
        self.grid.moved.connect(lambda place: self._scroll.ensureVisible(place.center().x(), place.center().y()))
        self.curve.level_dragged.connect(lambda level: self.slider.setValue(round(STEPS * level)))
        self.setFocusProxy(self.grid)

    # in

    def show_images(self, shown: Denoised) -> None:
        """Show images clean, damaged and restored."""
        self._all = shown
        self._stack.setCurrentIndex(1)
        self.export.setEnabled(True)
        self._fit()

    def show_curve(self, curve: Robustness) -> None:
        """Show the PSNR over all levels."""
        self._curve = curve
        self.curve.show_curve(curve)
        self.curve.setToolTip(curve_words(curve))
        self._mark()

    def show_damage(self, damage: Damage) -> None:
        """Put the tools where the damage is, silently."""
        with QSignalBlocker(self.kind), QSignalBlocker(self.slider):
            self.kind.setCurrentIndex(list(TITLES).index(damage.kind))
            self.slider.setValue(round(STEPS * damage.level))
        self._mark()

    def show_training(self, config: RunConfig, done: bool) -> None:
        """Say what the network has learned to undo, or learns, and offer a run that has learned it."""
        self._trained = (config.corruption, config.corruption_level)
        self._about.say(trained_words(config, done))
        self._open.setVisible(config.corruption == "none")
        self._mark()

    def show_originals_missing(self, sentence: str, dataset: str) -> None:
        """Say that example sketches stand for held-out images, and offer the dataset; nothing for an empty sentence."""
        self.need.show_need(sentence, dataset)
        self._fit()

    def show_missing(self, sentence: str) -> None:
        """Say why there is nothing to see."""
        self.empty.show_need(sentence)
        self._stack.setCurrentIndex(0)
        self.export.setEnabled(False)

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned."""
        self.grid.show_pinned(index)

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write what is shown as PNG or SVG."""
        self.grid.point_at(-1)
        self._save_picture(self.sheet, path)

    def save_numbers_to(self, path: Path) -> None:
        """Write one row an image as CSV."""
        shown = self._shown
        if shown is not None:
            self._save_rows(HEADER, table(shown), path)

    def save_curve_to(self, path: Path) -> None:
        """Write one row a level as CSV."""
        curve = self._curve
        if curve is not None:
            self._save_rows(CURVE_HEADER, curve_table(curve), path)

    # inside

    def _chosen(self) -> tuple[str, float]:
        return list(TITLES)[max(self.kind.currentIndex(), 0)], self.slider.value() / STEPS

    def _choose(self) -> None:
        self._mark()
        self.damage_chosen.emit(*self._chosen())

    def _mark(self) -> None:
        kind, level = self._chosen()
        self._level.setText(level_words(kind, level))
        trained_kind, trained_level = self._trained
        self.curve.show_level(level, trained_level if trained_kind == kind else -1.0)

    def _show(self) -> None:
        """As many of the images as can be large enough."""
        if self._all is None:
            return
        self._shown = shown = self._all.first(max(self.grid.width() // PITCH, FEWEST) - 1 - self._all.has_sketch)
        rows = [Row("clean", shown.clean), Row("noisy", shown.noisy), Row("restored", shown.restored)]
        numbers = [
            ("noisy, dB", [amount(each) for each in shown.noisy_psnr]),
            ("restored, dB", [amount(each) for each in shown.restored_psnr]),
        ]
        self.grid.show_pictures(Pictures(shown.indices, shown.names, rows, numbers, partial(in_words, shown)))
        self._summary.setText(summary(shown))

    def _fit(self) -> None:
        """The grid has what the words and the lowest curve leave; the curve has what the grid does not use."""
        self._show()
        words = max(self._summary.heightForWidth(self._scroll.viewport().width()), 0)
        room = self._scroll.viewport().height() - words - 2 * theme.GAP
        self.grid.fit_into(room - LOWEST)
        self.curve.fit_into(room - self.grid.places.height)

    # layout

    def _tools(self) -> QGridLayout:
        self.kind = describe(QuietComboBox(), "Kind of damage", KIND_TIP, "corruptionKind")
        self.kind.addItems(list(TITLES.values()))
        self.kind.currentIndexChanged.connect(self._choose)
        self.slider = describe(QSlider(Qt.Orientation.Horizontal), "Level of the damage", LEVEL_TIP, "corruptionLevel")
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(10)
        self.slider.setValue(STEPS // 2)
        self.slider.setMinimumWidth(80)
        self.slider.valueChanged.connect(self._choose)
        self._level = describe(QLabel(), "Level", "", "levelWords")
        self._level.setMinimumWidth(self._level.fontMetrics().horizontalAdvance("100 % of squares"))
        self.dice = describe(QToolButton(), "Draw other noise", "Draw other noise for the same images (N)", "drawNoise")
        self.dice.setIcon(theme.icon("dice"))
        self.dice.clicked.connect(self.noise_wanted)
        tip = "Show other images, one of each class (I)"
        self.others = describe(QPushButton("Other images"), "Show other images", tip, "otherImages")
        self.others.clicked.connect(self.images_wanted)
        self._grid_of_tools = tools = QGridLayout()
        tools.setSpacing(theme.GAP)
        self._place_tools(narrow=False)
        return tools

    def _place_tools(self, narrow: bool) -> None:
        """All in a row, or without width the slider in a second one."""
        self._narrow, tools = narrow, self._grid_of_tools
        for each in (self.kind, self.slider, self._level, self.dice, self.others):
            tools.removeWidget(each)
        tools.addWidget(self.kind, 0, 0)
        tools.addWidget(self.slider, *((1, 0, 1, 2) if narrow else (0, 1)))
        tools.addWidget(self._level, *((1, 2, 1, 2) if narrow else (0, 2)))
        tools.addWidget(self.dice, 0, 2 if narrow else 3)
        tools.addWidget(self.others, 0, 3 if narrow else 4)
        tools.setColumnStretch(1, 1)

    def _about_run(self) -> AboutRun:
        """What the network has learned to undo, and the buttons to get one that has."""
        tip = "Open the shipped run that was trained to undo Gaussian noise"
        self._open = describe(QPushButton("Open the denoising run"), "Open the denoising run", tip, "openDenoisingRun")
        self._open.clicked.connect(self.run_wanted)
        self.use = describe(QPushButton("Train with this"), "Train with this damage", USE_TIP, "trainWithDamage")
        self.use.clicked.connect(self.training_wanted)
        self._about = AboutRun("denoisingAbout", self._open, self.use)
        return self._about

    def _make_export(self, frame: Titled) -> None:
        self.export = ExportButton("denoisingExport")
        self.export.setEnabled(False)
        self.export.offer("Save picture (PNG, SVG)…", "denoising.png", PICTURES, self.save_picture_to)
        self.export.offer("Save numbers (CSV)…", "denoising.csv", TABLES, self.save_numbers_to)
        self.export.offer("Save curve (CSV)…", "denoising-curve.csv", TABLES, self.save_curve_to)
        frame.tools.addWidget(self.export)

    def _filled(self) -> QWidget:
        self.sheet = describe(QWidget(), "Denoising")
        column = tight(QVBoxLayout(self.sheet), theme.GAP)
        column.addWidget(self.grid, 1)
        column.addWidget(self._summary)
        column.addWidget(self.curve)
        self._scroll = scrolled(self.sheet)
        self._scroll.viewport().installEventFilter(self)
        return self._scroll

    # Qt's names

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """N draws other noise, I other images."""
        if event.key() == Qt.Key.Key_N and not event.modifiers():
            self.noise_wanted.emit()
        elif event.key() == Qt.Key.Key_I and not event.modifiers():
            self.images_wanted.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (self.width() < NARROW) != self._narrow:
            self._place_tools(not self._narrow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The room for the pictures has changed."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)
