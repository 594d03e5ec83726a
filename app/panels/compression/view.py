"""The compression view: bits in, bits out, what comes back, and what the ratio does not say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.exporting_views import PICTURES, TABLES
from app.panels.chip import Chip, show_alone
from app.panels.compression.canvas import LEAST_HEIGHT, CompressionCanvas
from app.panels.compression.points import CURVES, GROUPS, OWN, PCA, Mark, colour, curve_table
from app.panels.compression.rows import CompressionRows
from app.panels.compression.words import FINE_TIP, axes, fine_print, header, ratio_in_words, table
from app.panels.describing import describe
from app.panels.export_button import ExportButton
from app.panels.floating_card import OPENS, FloatingCard
from app.panels.image_view import ImageView
from app.panels.needs import EmptyPage, Need
from app.panels.quiet import QuietSpinBox
from app.panels.scrolled import ScrollArea
from app.panels.titled import Titled, fill, tight
from app.phase import Phase
from app.seen.compressed import START_BITS, Compressed, Curves
from models.compression import FEWEST_BITS, IMAGE_BITS, MOST_BITS

SLIDER_WIDTH, SPIN_WIDTH = 132, 64
NARROW, NARROW_SLIDER = 480, 60  # width of a view in which the tools find less room
NARROW_PLOT = 200  # pixels high, where all is scrolled to
LARGE = 1.6  # of ordinary text
PICTURE_SHARE = 0.385  # of the view's height may go to the pictures
FEWEST_PICTURE_PIXELS, MOST_PICTURE_PIXELS = 204, 440
BITS_TIP = (
    "Each number of the code is told to so many bits: its axis, from the smallest to the largest held-out code,\n"
    "is cut into 2^bits equal cells, and the middle of the cell is decoded."
)
RATE_TIP = (
    "What telling the cloud of a VAE's code costs on average, at least what the code says of its image: KL / ln 2.\n"
    "Only the cloud can be told, not the exact point; an AE has no such number.\n"
    "While a network learns, it is measured on 200 held-out images."
)


class Figure(QWidget):
    """A number written large, with a caption."""

    def __init__(self, name: str, object_name: str, tip: str = "") -> None:
        super().__init__()
        describe(self, name, tip, object_name)
        self._captions, self._narrow = ("", ""), False
        self.number, self.caption = QLabel(), QLabel()
        font = QFont(self.number.font())
        font.setPointSizeF(font.pointSizeF() * LARGE)
        font.setWeight(QFont.Weight.DemiBold)
        self.number.setFont(font)
        theme.set_role(self.caption, "small")
        column = tight(QVBoxLayout(self), 0)
        column.addWidget(self.number)
        column.addWidget(self.caption)

    def show_number(self, number: str, caption: str, short: str = "") -> None:
        """Write it, with a `short` caption where there is little room."""
        self._captions = (caption, short or caption)
        self.number.setText(number)
        self.shorten(self._narrow)
        self.setAccessibleDescription(f"{number}, {caption}")

    def shorten(self, narrow: bool) -> None:
        """Do with little room."""
        self._narrow = narrow
        self.caption.setText(self._captions[narrow])


class Compression(ImageView):
    """Shows a run as a coder of images, or says why it cannot."""

    bits_chosen = Signal(int)
    draw_requested = Signal()
    run_wanted = Signal(object)
    """Path of a shipped run"""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Compression, honestly", "", "compression")
        self._shown: Compressed | None = None
        self._curves = Curves()
        self._pointed: Mark | None = None
        self._may_open = True
        self.rows = CompressionRows()
        keys = "Held-out images through the code: left and right walk, Enter pins the code"
        describe(self.rows, keys, "", "compressionRows")
        self.canvas = CompressionCanvas()
        describe(self.canvas, "Bits against errors: arrow keys walk, Enter opens a run or chooses bits", "", "bitsPlot")
        self._frame = frame = Titled("Compression, honestly", self)
        self._make_tools(frame)
        self._stack = QStackedWidget()
        self.empty = EmptyPage("Nothing to compress", "compressionEmpty")
        self.need = Need("What the originals would add", "compressionNeed")
        self.need.wanted.connect(self.dataset_wanted)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._filled())
        frame.body.addWidget(self._stack, 1)
        fill(self, frame)
        self.rows.picked.connect(self.picked)
        self.canvas.pointed.connect(self._show_card)
        self.canvas.picked.connect(self._pick)
        self.slider.valueChanged.connect(self._choose_bits)
        self.spin.valueChanged.connect(self._choose_bits)
        theme.notifier().changed.connect(self._recolour)
        self.setFocusProxy(self.slider)

    # in

    def show_compressed(self, shown: Compressed) -> None:
        """Show images and what they cost."""
        self._shown = shown
        for field in (self.slider, self.spin):
            field.blockSignals(True)
            field.setValue(shown.bits)
            field.blockSignals(False)
        self.rows.show_images(shown)
        self.canvas.show_bits(shown.bits)
        product = f"{axes(shown.latent_dim)} × {shown.bits}"
        self.bits_in.show_number(f"{IMAGE_BITS:,}", "bits in: 28 × 28 × 8", "28 × 28 × 8")
        self.bits_out.show_number(f"{shown.bits_out:,}", f"bits out: {product}", product)
        self.ratio.show_number(ratio_in_words(shown.ratio), "ratio")
        self.rate.setVisible(shown.rate is not None)
        if shown.rate is not None:
            self.rate.show_number(f"{shown.rate:,.1f}", "rate in bits: KL / ln 2")
        self._print.setText(fine_print(shown))
        self._stack.setCurrentIndex(1)
        for widget in self._tools:
            widget.setEnabled(True)

    def show_curves(self, curves: Curves) -> None:
        """Show where runs stand."""
        self._curves = curves
        self.canvas.show_curves(curves)
        self._note.setText(curves.note)
        self._note.setVisible(bool(curves.note))
        self.card.hide()

    def show_needed(self, sentence: str, dataset: str) -> None:
        """Say what the originals would add, and offer the dataset, if that would help; empty: they are there."""
        self.need.show_need(sentence, dataset)
        self._fit()

    def show_missing(self, sentence: str) -> None:
        """Say why there is nothing to see."""
        self.empty.show_need(sentence)
        self._stack.setCurrentIndex(0)
        for widget in self._tools:
            widget.setEnabled(False)

    def show_busy(self, words: str) -> None:
        """Say what is being measured; empty: nothing."""
        self._busy.setText(words)
        self._busy.setVisible(bool(words))

    def show_phase(self, phase: Phase) -> None:
        """No run is opened while one is trained: the card promises none."""
        self._may_open = phase is Phase.IDLE
        if self.card.isVisible():
            self._show_card(self._pointed)

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned."""
        self.rows.show_pinned(index)

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write what is shown as PNG or SVG."""
        self.rows.point_at(-1)
        self.canvas.forget_pointer()
        self._save_picture(self.sheet, path)

    def save_numbers_to(self, path: Path) -> None:
        """Write one row an image as CSV."""
        if self._shown is not None:
            self._save_rows(header(self._shown), table(self._shown), path)

    def save_curves_to(self, path: Path) -> None:
        """Write every measured point of the plot as CSV."""
        self._save_rows(CURVES, curve_table(self._curves), path)

    # inside

    def _choose_bits(self, bits: int) -> None:
        self.bits_chosen.emit(bits)

    def _show_card(self, mark: Mark | None) -> None:
        self._pointed = mark
        if mark is None:
            self.card.hide()
        else:
            at = self.canvas.mapTo(self.sheet, self.canvas.position(mark))
            notes = [note for note in (mark.note, OPENS if mark.path and self._may_open else "") if note]
            self.card.show_at(at, mark.name, mark.rows(), "; ".join(notes))

    def _pick(self, mark: Mark) -> None:
        if mark.path is not None:
            self.run_wanted.emit(mark.path)
        elif mark.sets:
            self.bits_chosen.emit(mark.sets)

    def _show_groups(self) -> None:
        self.canvas.show_groups({group for group, chip in self.chips.items() if chip.isChecked()})

    def _recolour(self) -> None:
        self.chips[OWN].show_colour(colour(OWN))
        self.card.hide()

    def _fit(self) -> None:
        narrow = self.width() < NARROW
        self._frame.title.setVisible(not narrow)  # the tab says it too
        self._bits_label.setVisible(not narrow)
        self.slider.setMinimumWidth(NARROW_SLIDER if narrow else SLIDER_WIDTH)
        for figure in (self.bits_in, self.bits_out, self.ratio):
            figure.shorten(narrow)
        self._heads.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self.canvas.setMinimumHeight(NARROW_PLOT if narrow else LEAST_HEIGHT)
        home = self._above if narrow else self._corner
        if home.indexOf(self._chips) < 0:
            home.addWidget(self._chips, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        share = round(PICTURE_SHARE * self.height())
        self.rows.fit_into(min(max(share, FEWEST_PICTURE_PIXELS), MOST_PICTURE_PIXELS))

    # layout

    def _make_tools(self, frame: Titled) -> None:
        self._busy = describe(QLabel(), "What is being measured", "", "compressionBusy")
        theme.set_role(self._busy, "small")
        self.dice = describe(QToolButton(), "Draw other images", "Draw other held-out images", "drawCompressed")
        self.dice.setIcon(theme.icon("dice"))
        self.dice.clicked.connect(self.draw_requested)
        self.export = ExportButton("compressionExport")
        self.export.offer("Save picture (PNG, SVG)…", "compression.png", PICTURES, self.save_picture_to)
        self.export.offer("Save numbers of the images (CSV)…", "compression.csv", TABLES, self.save_numbers_to)
        self.export.offer("Save numbers of the plot (CSV)…", "bits-and-errors.csv", TABLES, self.save_curves_to)
        for widget in (*self._bits_row(), self.dice, self.export):
            frame.tools.addWidget(widget)
        self._tools = (self.slider, self.spin, self.dice, self.export)

    def _headline(self) -> QHBoxLayout:
        self.bits_in = Figure("Bits in", "bitsIn", "An image as it is stored: 28 × 28 pixels of 8 bits")
        self.bits_out = Figure("Bits out", "bitsOut", "Latent dimensions × bits an axis")
        self.ratio = Figure("Ratio", "bitsRatio", "Bits in for each bit out; read below what it leaves out")
        self.rate = Figure("Rate of the VAE in bits", "rateBits", RATE_TIP)
        self._heads = heads = QHBoxLayout()
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for sign, widget in (("", self.bits_in), ("→", self.bits_out), ("=", self.ratio)):
            if sign:
                between = QLabel(sign)
                theme.set_role(between, "muted")
                row.addWidget(between)
            row.addWidget(widget)
        row.addStretch(1)
        heads.addLayout(row, 1)
        heads.addWidget(self.rate)
        return heads

    def _bits_row(self) -> list[QWidget]:
        self._bits_label = label = QLabel("bits an axis")
        theme.set_role(label, "small")
        self.slider = describe(QSlider(Qt.Orientation.Horizontal), "Bits an axis", BITS_TIP, "bitsSlider")
        self.spin = describe(QuietSpinBox(), "Bits an axis, as a number", BITS_TIP, "bitsBox")
        self.spin.setLocale(QLocale.c())  # all other numbers of the window have these digits
        for field in (self.slider, self.spin):
            field.setRange(FEWEST_BITS, MOST_BITS)
            field.setValue(START_BITS)
        self.slider.setPageStep(2)
        self.spin.setFixedWidth(SPIN_WIDTH)
        label.setBuddy(self.spin)
        return [label, self.slider, self.spin]

    def _legend(self) -> QWidget:
        """For the upper right corner of the plot: errors fall with bits, so nothing else is there; or above it."""
        self.chips: dict[str, Chip] = {}
        for group, words in GROUPS.items():
            chip = Chip(words, colour(group), "dashes" if group == PCA else "line")
            describe(chip, f"Show {words}", "Click hides and shows it.", f"{group}Chip")
            chip.toggled.connect(self._show_groups)
            chip.alone_requested.connect(lambda chip=chip: show_alone(chip, self.chips.values()))
            self.chips[group] = chip
        rows = QWidget(self.canvas)
        rows.setAccessibleName("What the plot shows")
        grid = tight(QGridLayout(rows), 0)
        for place, chip in enumerate(self.chips.values()):
            grid.addWidget(chip, place % 2, place // 2)
        return rows

    def _filled(self) -> QWidget:
        self.sheet = describe(QWidget(), "Compression")
        self.card = FloatingCard(self.sheet, "compressionCard", above=True)
        column = tight(QVBoxLayout(self.sheet), theme.GAP // 2)
        self._print = describe(QLabel(), "What the ratio says and what it does not", FINE_TIP, "compressionFinePrint")
        self._note = describe(QLabel(), "", "", "compressionNote")
        for label in (self._print, self._note):
            label.setWordWrap(True)
            theme.set_role(label, "small")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._print.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addLayout(self._headline())
        column.addWidget(self.rows)
        column.addWidget(self.need)
        self._above, self._corner, self._chips = QVBoxLayout(), QVBoxLayout(self.canvas), self._legend()
        self._corner.setContentsMargins(0, 0, theme.GAP, 0)
        column.addLayout(self._above)
        column.addWidget(self.canvas, 1)
        column.addWidget(self._busy)
        column.addWidget(self._note)
        column.addWidget(self._print)
        self._scroll = ScrollArea()
        self._scroll.setWidget(self.sheet)
        return self._scroll

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
