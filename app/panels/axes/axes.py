"""Parallel axes: each latent dimension an axis, each image's code a line, and one line with handles to decode from."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollBar,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.exporting_views import PICTURES, TABLES, run_shown, save_and_tell, save_picture, save_table
from app.panels.axes.canvas import ParallelCanvas
from app.panels.axes.cards import Cards
from app.panels.axes.tools import NARROW, ParallelTools
from app.panels.axes.words import (
    DIMENSIONS,
    bars_tip,
    code_header,
    code_rows,
    dimension_rows,
    summary,
    twin_words,
    warning,
)
from app.panels.describing import describe
from app.panels.digit_image import DigitImage
from app.panels.export_button import ExportButton
from app.panels.needs import EmptyPage, Need
from app.panels.titled import NO_LIMIT, Titled, fill, tight
from app.seen.axes import MEASURING, Line, Measured, Twin

NAME = "Parallel axes: each latent dimension an axis, each code a line"
KEYS = (
    "Left and right go from axis to axis, as Tab does; up and down move the handle, with Shift faster; 0 puts it at "
    "zero, D throws dice, F fits, plus and minus zoom."
)
DICE_TIP = "Draw a code from N(0, I), clipped to what is visible (D)"
ON_A_MAP, USUAL = 2, 4  # dimensions that a map shows whole, and those of the run that is offered instead
FEW = ("The map shows two numbers at once; axes are for codes of more.", "Axes suit longer codes.")
BELOW = 62  # height of the pictures below the axes in a narrow view
COLUMN = (118, 196)  # narrowest and widest
COLUMN_SHARE = 0.22


class ParallelAxes(QWidget):
    """Shows codes as lines, lets the black one be moved, and tells what the dimensions carry."""

    code_edited = Signal(object)
    """the whole code (d,) float32"""
    snap_wanted = Signal(str)  # key of a line
    remove_wanted = Signal(str)
    dice_wanted = Signal(float, float)  # lowest and highest visible value
    dataset_wanted = Signal()
    run_wanted = Signal(str)
    """the stem of a shipped run"""
    visibility_changed = Signal(bool)
    exported = Signal(str)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        describe(self, NAME, "", "parallelAxes")
        self.tools = ParallelTools()
        self.canvas = describe(ParallelCanvas(), f"{NAME}. {KEYS}", "", "parallelCanvas")
        self.image = DigitImage(COLUMN[0], "Decoded image of the black line")
        self.image.setObjectName("parallelDecoded")
        self.image.setToolTip("What the decoder makes of the black line. Right-click to copy or save it.")
        self.cards = describe(Cards(), "Images whose codes are lines", "", "lineCards")
        self._twin: Twin | None = None
        self._narrow = False
        self._lines: Sequence[Line] = ()
        self._measured: Measured | None = None
        frame = Titled("Axes", self)
        self._make_corner(frame)
        frame.body.addWidget(self.tools)
        self._stack = QStackedWidget()
        self.empty = EmptyPage("No axes", "axesEmpty")
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._filled())
        frame.body.addWidget(self._stack, 1)
        fill(self, frame)
        self._connect()
        self.setFocusProxy(self.canvas)
        self.show_missing(MEASURING)

    # in

    def show_measured(self, measured: Measured) -> None:
        """Show how all codes spread and what each dimension carries."""
        self._measured = measured
        self.canvas.show_measured(measured)
        self.tools.show_sorting(self.canvas.is_sorted(), measured.divergence is not None)
        self._write_words()
        self._stack.setCurrentIndex(1)
        self._enable(True)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show images and their codes."""
        self._lines = lines
        self.canvas.show_lines(lines)
        self.cards.show_lines(lines, self._twin is not None)
        self._place_fit()

    def show_decoded(self, code: np.ndarray, image: np.ndarray | None, words: str) -> None:
        """Lay the black line on a code (d,), and show its image (28, 28); None while there is no decoder."""
        self.canvas.show_code(code)
        self.image.show_image(image, f"{words[:1].upper()}{words[1:]}")
        self._caption.setText(words)
        self._place_fit()

    def show_twin(self, twin: Twin | None) -> None:
        """Lay another network's codes over these, or take them away."""
        self._twin = twin
        self.canvas.show_twin(twin)
        self.cards.show_lines(self._lines, twin is not None)
        self.tools.twin.setChecked(twin is not None)
        self._write_words()

    def show_missing(self, sentence: str) -> None:
        """Show no axes, only why."""
        self.empty.show_need(sentence)
        self._stack.setCurrentIndex(0)
        self._enable(False)

    def fit(self) -> None:
        """Bring all codes and lines into sight."""
        self.canvas.fit()

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write what is shown as PNG or SVG."""
        self.canvas.point_at("")
        save_and_tell(self, path, lambda: save_picture(self.sheet, path, title=run_shown(self)))

    def save_codes_to(self, path: Path) -> None:
        """Write a row a line as CSV."""
        dims = self._measured.dims if self._measured is not None else 0
        code = self.canvas.scene.code if self.canvas.scene is not None else None
        rows = code_rows(code, self._lines, dims, self._twin)
        save_and_tell(self, path, lambda: save_table(code_header(dims), rows, path))

    def save_dimensions_to(self, path: Path) -> None:
        """Write a row a latent dimension as CSV."""
        measured = self._measured
        if measured is not None:
            save_and_tell(self, path, lambda: save_table(DIMENSIONS, dimension_rows(measured), path))

    # inside

    def _write_words(self) -> None:
        measured = self._measured
        if measured is None:
            return
        twin, narrow, alarm = self._twin, self._narrow, warning(measured)
        whose = "" if twin is None else twin_words(measured, twin, narrow)
        self._summary.setText(summary(measured, narrow))
        tip = bars_tip(measured)
        self._summary.setToolTip(f"<p>{summary(measured)}</p><p>{tip}</p>" if narrow else tip)
        self._warning.setToolTip(tip)
        self._whose.setToolTip("" if twin is None else f"<p>{html.escape(twin_words(measured, twin))}</p>")
        for label, text in ((self._whose, whose), (self._warning, alarm)):
            label.setText(text)
            label.setVisible(bool(text))
        few = measured.dims <= ON_A_MAP and not measured.is_learning and not measured.note
        offer = f"Open the {measured.kind.upper()} {USUAL}-D" if few else ""
        self.need.show_need(FEW[narrow] if few else measured.note, measured.dataset, offer)

    def _enable(self, there: bool) -> None:
        for widget in (self.tools, self.dice, self.fit_button, self.export):
            widget.setEnabled(there)

    def _get(self) -> None:
        if self._measured is not None and self._measured.note:
            self.dataset_wanted.emit()
        elif self._measured is not None:
            self.run_wanted.emit(f"{self._measured.kind}-{USUAL}")

    def _throw_dice(self) -> None:
        self.dice_wanted.emit(*self.canvas.visible_range())

    def _point_at(self, key: str) -> None:
        self.canvas.point_at(key)
        self.cards.show_pointed(key)

    def _follow_scroll(self, offset: int, most: int) -> None:
        self._scroll.setVisible(most > 0)
        self._scroll.setRange(0, most)
        self._scroll.setPageStep(max(1, self.canvas.width()))
        self._scroll.setValue(offset)

    def _place_fit(self) -> None:
        """Offer to fit where something is out of sight; the scale never changes by itself."""
        self._offer.setVisible(not self.canvas.is_all_in_sight())
        self._offer.move(self.canvas.width() - self._offer.sizeHint().width() - 4, 4)

    # layout

    def _turn(self) -> None:
        """In a narrow view the pictures stand below the axes, so that as many axes as can be are seen."""
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._row.setDirection(down if self._narrow else right)
        self._row.setSpacing(theme.GAP // 2 if self._narrow else theme.GAP * 3 // 2)
        self._pictures.setDirection(right if self._narrow else down)
        self._caption.setVisible(not self._narrow)
        self._column.setMaximumWidth(NO_LIMIT)
        self._column.setMinimumWidth(0)
        self._column.setFixedHeight(BELOW) if self._narrow else self._column.setMaximumHeight(NO_LIMIT)
        self.image.setMaximumWidth(BELOW if self._narrow else NO_LIMIT)
        self.cards.shorten(self._narrow)
        self._write_words()

    def _make_corner(self, frame: Titled) -> None:
        self.dice = describe(QToolButton(), "Draw a code at random", DICE_TIP, "axesDice")
        self.fit_button = describe(QToolButton(), "Fit the axes", "Bring all codes into sight (F)", "axesFit")
        self.export = ExportButton("axesExport")
        self.export.offer("Save picture (PNG, SVG)…", "axes.png", PICTURES, self.save_picture_to)
        self.export.offer("Save codes (CSV)…", "codes.csv", TABLES, self.save_codes_to)
        self.export.offer("Save dimensions (CSV)…", "dimensions.csv", TABLES, self.save_dimensions_to)
        for button, icon in ((self.dice, "dice"), (self.fit_button, "fit")):
            button.setIcon(theme.icon(icon))
        for button in (self.dice, self.fit_button, self.export):
            frame.tools.addWidget(button)

    def _filled(self) -> QWidget:
        self.sheet = describe(QWidget(), NAME)
        self._row = row = tight(QHBoxLayout(self.sheet), theme.GAP * 3 // 2)
        left = QVBoxLayout()
        left.setSpacing(theme.GAP // 2)
        left.addWidget(self.canvas, 1)
        self._scroll = describe(QScrollBar(Qt.Orientation.Horizontal), "Move along the axes", "", "axesScroll")
        left.addWidget(self._scroll)
        left.addLayout(self._words())
        row.addLayout(left, 1)
        self._column = QWidget()
        self._pictures = column = tight(QVBoxLayout(self._column), theme.GAP // 2)
        column.addWidget(self.image)
        self._caption = describe(QLabel(), "", "", "parallelCaption")
        self._caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        theme.set_role(self._caption, "small")
        column.addWidget(self._caption)
        column.addWidget(self.cards, 1)
        row.addWidget(self._column)
        self._offer = describe(QPushButton("Fit all", self.canvas), "Fit the axes", "Something is out of sight (F)")
        self._offer.setObjectName("axesFitOffer")
        self._offer.hide()
        return self.sheet

    def _words(self) -> QVBoxLayout:
        self._summary = describe(QLabel(), "", "", "axesSummary")
        self._warning = describe(QLabel(), "", "", "axesWarning")
        self._whose = describe(QLabel(), "", "", "axesWhose")
        for label, role in ((self._summary, "small"), (self._whose, "small"), (self._warning, "warning")):
            label.setWordWrap(True)
            theme.set_role(label, role)
        self._whose.setTextFormat(Qt.TextFormat.PlainText)
        self.need = Need("What the KL divergence needs", "axes", "small")
        words = QVBoxLayout()
        words.setSpacing(theme.GAP // 2)
        for widget in (self._whose, self._summary, self._warning, self.need):
            words.addWidget(widget)
        return words

    def _connect(self) -> None:
        canvas, cards = self.canvas, self.cards
        canvas.code_edited.connect(self.code_edited)
        canvas.dice_wanted.connect(self._throw_dice)
        canvas.line_pointed.connect(cards.show_pointed)
        canvas.scrolled.connect(self._follow_scroll)
        canvas.scale_changed.connect(self._place_fit)
        canvas.installEventFilter(self)
        cards.pointed.connect(self._point_at)
        cards.remove_wanted.connect(self.remove_wanted)
        for each in (canvas, cards):
            each.snap_wanted.connect(self.snap_wanted)
        self._scroll.valueChanged.connect(canvas.scroll_to)
        self.tools.sorting_wanted.connect(canvas.sort)
        self.dice.clicked.connect(self._throw_dice)
        self.fit_button.clicked.connect(canvas.fit)
        self._offer.clicked.connect(canvas.fit)
        self.need.wanted.connect(self._get)

    # Qt's names

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.canvas and event.type() == QEvent.Type.Resize:
            self._place_fit()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        self.visibility_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.visibility_changed.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrowest, widest = COLUMN
        if self._narrow != (self.width() < NARROW):
            self._narrow = not self._narrow
            self._turn()
        if not self._narrow:
            self._column.setFixedWidth(round(min(max(self.width() * COLUMN_SHARE, narrowest), widest)))
        self.tools.fit_into(self.width())
