"""The rate-distortion view of a sweep: what each run pays in rate for how true its pictures are; a click opens one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.amounts import counted
from app.exporting_views import PICTURES, TABLES, save_and_tell, save_picture, save_table
from app.keys import called_here
from app.panels.chip import Chip, show_alone
from app.panels.chip_rows import ChipRows
from app.panels.describing import describe
from app.panels.export_button import ExportButton
from app.panels.floating_card import OPENS, FloatingCard
from app.panels.rate.canvas import RateCanvas
from app.panels.rate.figures import HEADER, in_words, table, unit
from app.panels.titled import Titled, fill, tight
from app.phase import Phase
from app.plain_words import as_written
from app.start_checks import headless_command
from models.sweep import Sweep

SWEEP = "sweep --data mnist --latent-dims 2,4,16 --betas 0.5,1,4 --seeds 0,1 --out my-sweep"
EXPLAINED = (
    "A sweep trains the same network over a grid of latent dimensions, betas and seeds, and shows what each run pays "
    "(rate: the KL term) for how well it redraws its images (distortion)."
)
HINT = called_here(
    "File > Open a sweep… (Ctrl+Shift+O) opens its sweep.json, also while it runs; its folder can be dropped here."
)
OPEN_TIP = called_here("Open a sweep (Ctrl+Shift+O)")
EQUAL_LOSS = (
    "Lines of equal rate + distortion: the loss at beta 1 (with the Bernoulli loss, the negative evidence lower bound)."
)
COMMAND_LINES = 3


class RateDistortion(QWidget):
    """Shows a sweep, or how to get one."""

    cell_picked = Signal(str)
    """name of the cell whose run is wanted"""
    open_wanted = Signal()
    exported = Signal(str)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rateDistortion")
        self.setAccessibleName("Rate and distortion of a sweep's runs")
        self._sweep: Sweep | None = None
        self._opened: Path | None = None
        self._pointed, self._may_open = -1, True
        self.canvas = describe(RateCanvas(), "Runs of the sweep: arrow keys walk, Enter opens", "", "rateCanvas")
        self.card = FloatingCard(self.canvas, "rateCard", above=False)
        self.iso = Chip("equal loss", theme.colours().edge, "dashes")
        describe(self.iso, "Show lines of equal loss", EQUAL_LOSS, "equalLossChip")
        self.chips: dict[int, Chip] = {}
        self._legend: ChipRows | None = None
        self._note = describe(QLabel(), "", "", "sweepNote")
        theme.set_role(self._note, "small")
        self._lay_out()
        self.canvas.pointed.connect(self._show_card)
        self.canvas.picked.connect(self._pick)
        self.iso.toggled.connect(self.canvas.show_iso)
        theme.notifier().changed.connect(self._recolour)
        self.setFocusProxy(self.canvas)

    # in

    def show_sweep(self, sweep: Sweep) -> None:
        """Show a sweep; of the same one, grown, what was hidden stays so, and what was pointed at too."""
        same = self._sweep is not None and self._sweep.folder == sweep.folder and self._sweep.plan == sweep.plan
        hidden = {dim for dim, chip in self.chips.items() if not chip.isChecked()} if same else set()
        if not same:
            self.canvas.leave()
        self._sweep = sweep
        has_rate = bool(sweep.plan.betas)
        self.canvas.show_results(sweep.done, unit(sweep), has_rate)
        self._show_legend(has_rate, hidden)
        self._show_dims()
        self._show_card(self.canvas.current)
        self._show_note()
        self._mark_opened()
        self._stack.setCurrentIndex(1)
        self.export.setEnabled(True)

    def show_open_run(self, path: Path | None) -> None:
        """Mark the run that the window looks at, if it is one of the sweep's."""
        self._opened = path
        self._mark_opened()

    def show_phase(self, phase: Phase) -> None:
        """No run is opened while one is trained: the card promises none."""
        self._may_open = phase is Phase.IDLE
        if self.card.isVisible():
            self._show_card(self._pointed)

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write plot and legend as PNG or SVG."""
        self.canvas.leave()  # no ring or card of the pointer in the picture
        save_and_tell(self, path, lambda: save_picture(self.sheet, path))

    def save_numbers_to(self, path: Path) -> None:
        """Write one row a run as CSV."""
        sweep = self._sweep
        if sweep is not None:
            save_and_tell(self, path, lambda: save_table(HEADER, table(sweep), path))

    def _pick(self, index: int) -> None:
        if self._sweep is not None:
            self.cell_picked.emit(self._sweep.done[index].cell.name)

    # inside

    def _show_card(self, index: int) -> None:
        self._pointed = index
        if self._sweep is None or index < 0:
            self.card.hide()
            return
        result = self._sweep.done[index]
        words = in_words(result, self._sweep)
        self.card.show_at(self.canvas.position(index), result.cell.title, words, OPENS if self._may_open else "")

    def _show_note(self) -> None:
        sweep = self._sweep
        assert sweep is not None
        wanted, failed = len(sweep.plan.cells()), len(sweep.failed)
        words = f"{len(sweep.done)} of {wanted} runs" + (f", {failed} failed" if failed else "")
        self._note.setText(words)
        tip = [f"{sweep.folder}", f"Trained on {sweep.plan.dataset}"]
        tip += [f"{each.cell.title}: {each.error}" for each in sweep.failed]
        self._note.setToolTip(as_written("\n".join(tip)))
        self._note.setAccessibleName(words)

    def _mark_opened(self) -> None:
        done = self._sweep.done if self._sweep is not None else ()
        folder = self._sweep.folder if self._sweep is not None else Path()
        here = [number for number, each in enumerate(done) if folder / each.file == self._opened]
        self.canvas.show_opened(here[0] if here else -1)

    def _show_legend(self, has_rate: bool, hidden: set[int]) -> None:
        """Made anew only for other dimensions: a hand may be at it while a run comes in."""
        assert self._sweep is not None
        dims = sorted({each.cell.latent_dim for each in self._sweep.done}) if has_rate else []
        if self._legend is None or list(self.chips) != dims:
            self._make_legend(dims)
        assert self._legend is not None
        for dim, chip in self.chips.items():
            chip.setChecked(dim not in hidden)
        self._legend.setVisible(has_rate)
        self.iso.setVisible(has_rate)

    def _make_legend(self, dims: list[int]) -> None:
        if self._legend is not None:
            self.iso.setParent(self)
            self._sheet_column.removeWidget(self._legend)
            self._legend.deleteLater()
        self.chips = {}
        for dim in dims:
            chip = Chip(f"{dim}-D", self.canvas.colour_of(dim), "line")
            describe(
                chip, f"Show {counted(dim, 'latent dimension')}", "Click hides and shows these runs.", f"dimChip{dim}"
            )
            chip.toggled.connect(self._show_dims)
            chip.alone_requested.connect(lambda chip=chip: show_alone(chip, self.chips.values()))
            self.chips[dim] = chip
        self._legend = ChipRows([*self.chips.values(), self.iso])
        self._legend.setAccessibleName("Latent dimensions shown")
        self._sheet_column.addWidget(self._legend)

    def _show_dims(self) -> None:
        if self.chips:
            self.canvas.show_dims({dim for dim, chip in self.chips.items() if chip.isChecked()})

    def _recolour(self) -> None:
        self.iso.show_colour(theme.colours().edge)
        self.card.hide()
        self.canvas.recolour()

    def _lay_out(self) -> None:
        frame = Titled("Rate–distortion", self)
        self.export = ExportButton("rateExport")
        self.export.setEnabled(False)
        self.export.offer("Save picture (PNG, SVG)…", "rate-distortion.png", PICTURES, self.save_picture_to)
        self.export.offer("Save numbers (CSV)…", "rate-distortion.csv", TABLES, self.save_numbers_to)
        open_ = describe(QToolButton(), "Open a sweep", OPEN_TIP, "rateOpen")
        open_.setIcon(theme.icon("folder"))
        open_.clicked.connect(self.open_wanted)
        for widget in (self._note, open_, self.export):
            frame.tools.addWidget(widget)
        self.sheet = describe(QWidget(), "Rate and distortion")
        self._sheet_column = tight(QVBoxLayout(self.sheet), theme.GAP // 2)
        self._sheet_column.addWidget(self.canvas, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty())
        self._stack.addWidget(self.sheet)
        frame.body.addWidget(self._stack, 1)
        self.canvas.setMinimumSize(160, 160)
        fill(self, frame)

    def _empty(self) -> QWidget:
        """What to do where there is no sweep, in words that can be copied."""
        page = describe(QWidget(), "No sweep is open", "", "rateEmpty")
        column = QVBoxLayout(page)
        column.setSpacing(theme.GAP)
        column.addStretch(2)
        for words in (EXPLAINED, "This command makes one; it can be stopped, and goes on where it was:"):
            label = QLabel(words, wordWrap=True, alignment=Qt.AlignmentFlag.AlignHCenter)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            theme.set_role(label, "muted")
            column.addWidget(label)
        line = headless_command(SWEEP)
        command = describe(QPlainTextEdit(line), "Command that makes a sweep", "", "sweepCommand")
        command.setReadOnly(True)
        command.setTabChangesFocus(True)
        command.setFixedHeight(COMMAND_LINES * command.fontMetrics().lineSpacing() + 2 * theme.GAP)
        copy = describe(QPushButton("Copy the command"), "Copy the command", "", "copySweepCommand")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(line))
        hint = QLabel(HINT, wordWrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        theme.set_role(hint, "muted")
        button = describe(QPushButton("Open a sweep…"), "Open a sweep", "", "openSweepButton")
        button.clicked.connect(self.open_wanted)
        centred = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(command)
        column.addWidget(copy, 0, centred)
        column.addSpacing(theme.GAP)
        column.addWidget(hint)
        column.addWidget(button, 0, centred)
        column.addStretch(3)
        return page
