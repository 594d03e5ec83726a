"""The loss while a model learns: total, reconstruction and KL, in training and on held-out images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QWidget

from app import theme
from app.amounts import amount, figures
from app.exporting_views import copy_picture
from app.panels.chip import Chip, show_alone
from app.panels.chip_rows import ChipRows
from app.panels.floating_ground import paint_ground
from app.panels.loss.canvas import LossCanvas
from app.panels.loss.series import Series, grown_end, steady, value_range
from app.panels.titled import Titled, fill
from app.plain_words import as_written

if TYPE_CHECKING:
    from models.checkpoint import History

BINS = 300  # blocks that a long curve is thinned to; each keeps its smallest and largest value: about one a pixel
REST_MS = 500  # at most one drawing of what training appends in this time: training waits while the window draws
CURVES = ("total", "reconstruction", "KL")
MEANINGS = {
    "total": "What training makes small: reconstruction + beta × KL, or + weight × sparsity for a sparse AE.",
    "reconstruction": "How badly the images are redrawn from their codes.",
    "KL": "What telling the codes' clouds costs, in nats: at least what the codes say of their images.\n"
    "It falls in the first steps, because posteriors begin narrow. That it rises then is normal: the code is used.",
    "floor": "The training images' own entropy, pixel by pixel: as some are grey, no Bernoulli loss on them can fall\n"
    "below it. That of the held-out images is a little different.",
    "PCA": "The error of PCA with as many components as the model has latent numbers:\n"
    "what a purely linear code would reach.",
    "run before": "The training curve (total) of the run before, for comparison.",
}
LINES_TIP = (
    "Fine lines: training, step by step, on the images as the encoder saw them (damaged, or with pixels dropped).\n"
    "Points: held-out images, clean and whole, after each epoch. For that alone a denoising run's points may lie\n"
    "above its line, which is no over-fitting."
)
LONG_NAMES = {"floor": "Bernoulli floor"}


class LossPlot(QWidget):
    """Curves that grow while training runs; fine lines are training, points are held-out images."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lossPlot")
        self.setAccessibleName("Loss during training")
        self.canvas = LossCanvas()
        self.canvas.setAccessibleName("Loss curves")
        self.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.readout = Readout(self.canvas)
        self._empty = QLabel(self.canvas, wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setText("The loss appears here, step by step, while training runs.")
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.set_role(self._empty, "muted")
        self.unit = QLabel()
        self.unit.setAccessibleName("Unit of the losses")
        theme.set_role(self.unit, "small")
        self.log = QToolButton()
        self.log.setText("log")
        self.log.setCheckable(True)
        self.log.setAccessibleName("Logarithmic scale")
        self.log.setToolTip("Logarithmic scale: shows small differences late in training.")
        self.chips = {
            name: Chip(name, "", "line" if name in CURVES or name == "run before" else "dashes") for name in MEANINGS
        }
        self._legend = ChipRows(list(self.chips.values()))
        self._legend.setAccessibleName("Curves shown")
        self._training: dict[str, Series] = {}
        self._held_out: dict[str, Series] = {}
        self._lines: dict[str, float | None] = {"floor": None, "PCA": None}
        self._former = (np.empty(0), np.empty(0))
        self._title = self._unit = ""
        self._heights: tuple[float, float] | None = None
        self._stale = self._is_whole = False
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._renew_if_stale)
        self._reset("nats per image", True, 0)
        self._lay_out()
        self._recolour()

    # in

    def begin(self, title: str, unit: str, has_kl: bool, steps_per_epoch: int = 0) -> None:
        """Start a new run's curves; the run before stays as a faint curve when it is in the same unit.

        `unit` is that of all values, for instance "nats per image"; with `steps_per_epoch` the x axis counts epochs.
        """
        total = self._training["total"]
        if len(total) and unit == self._unit:
            steps, values = total.thinned(BINS)
            self._former = (steps / (self._steps_per_epoch or 1), values)
            self.chips["run before"].setToolTip(as_written(f"{MEANINGS['run before']}\n{self._title}".strip()))
        elif unit != self._unit:
            self._former = (np.empty(0), np.empty(0))
        self._title = title
        self._reset(unit, has_kl, steps_per_epoch)
        self._renew()

    def append_steps(self, steps: np.ndarray, total: np.ndarray, reconstruction: np.ndarray, kl: np.ndarray) -> None:
        """Append the losses of training steps (n,), all in the plot's unit; drawn within half a second."""
        for name, values in zip(CURVES, (total, reconstruction, kl), strict=True):
            self._training[name].append(steps, values)
        self._renew_soon()

    def append_held_out(self, step: int, total: float, reconstruction: float, kl: float) -> None:
        """Append the losses on the held-out images after `step`."""
        for name, value in zip(CURVES, (total, reconstruction, kl), strict=True):
            self._held_out[name].append(np.array([step]), np.array([value]))
        self._renew_soon()

    def show_history(self, title: str, unit: str, has_kl: bool, history: History, steps_per_epoch: int = 0) -> None:
        """Show a finished run's curves at once, with no run before; epochs are found in the history if not given."""
        if not steps_per_epoch and len(history.epoch_steps):
            steps_per_epoch = int(history.epoch_steps[0])
        self._former = (np.empty(0), np.empty(0))
        self._title = title
        self._reset(unit, has_kl, steps_per_epoch)
        for name, training, held_out in (
            ("total", history.total, history.held_out_total),
            ("reconstruction", history.reconstruction, history.held_out_reconstruction),
            ("KL", history.kl, history.held_out_kl),
        ):
            self._training[name].append(history.steps, training)
            self._held_out[name].append(history.epoch_steps, held_out)
        self._is_whole = True
        self._renew()

    def show_lines(self, floor: float | None, pca: float | None) -> None:
        """Draw the Bernoulli floor and PCA's error, in the plot's unit, as dashed lines; None: not known here."""
        self._lines = {"floor": floor, "PCA": pca}
        self._renew()

    # drawing

    def _renew_soon(self) -> None:
        """Draw now, or after the rest that the last drawing is followed by."""
        self._stale = True
        if not self._rest.isActive():
            self._renew()

    def _renew_if_stale(self) -> None:
        if self._stale:
            self._renew()

    def _renew(self) -> None:
        """Draw everything anew, or remember to when the plot is next seen."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        self._rest.start()
        shown = [name for name in CURVES if self._is_shown(name)]
        log, end = self.log.isChecked(), self._x_end()
        curves, drawn = [], self._height
        for name in CURVES:
            training, held_out = (self._training[name], self._held_out[name]) if name in shown else (Series(), Series())
            (steps, values), (ends, losses) = training.thinned(BINS), held_out.thinned(BINS)
            self.canvas.draw_training(name, steps / self._per_epoch, drawn(values))
            self.canvas.draw_held_out(name, ends / self._per_epoch, drawn(losses))
            curves += [values, losses]
        former = self._former if self.chips["run before"].isChecked() else (np.empty(0), np.empty(0))
        self.canvas.draw_former(former[0], drawn(former[1]))
        curves.append(former[1][former[0] <= end])
        marks = {k: v for k, v in self._lines.items() if v is not None and self.chips[k].isChecked() and self._there}
        from_zero = "KL" in shown or "floor" in marks
        low, high = value_range(curves, list(marks.values()), from_zero, log)
        for name in self._lines:
            value = marks.get(name)
            height = None if value is None else float(drawn(np.array([value]))[0])
            label = "" if value is None else f"{LONG_NAMES.get(name, name)} {figures(value, 4)}"
            self.canvas.draw_line(name, height, label, end)
        heights = (float(np.log10(low)), float(np.log10(high))) if log else (low, high)
        self._heights = heights = steady(self._heights, heights)
        self.canvas.set_range((0.0, end), heights)
        self._name_lines()
        self._show_what_is_there()
        self.canvas.recolour(self._colours())

    def _height(self, values: np.ndarray) -> np.ndarray:
        """The values as the canvas wants them: themselves, or their logarithms with gaps where there is none."""
        if not self.log.isChecked():
            return values
        return np.log10(np.where(values > 0, values, np.nan))

    def _show_what_is_there(self) -> None:
        before_the_first_step = not self._there and not len(self._former[0])
        self._empty.setVisible(before_the_first_step)
        self.canvas.show_axes(not before_the_first_step)
        self._empty.setGeometry(self.canvas.rect().adjusted(40, 16, -16, -40))
        before = [chip.isHidden() for chip in self.chips.values()]
        for name, chip in self.chips.items():
            there = name in CURVES and self._there and (name != "KL" or self._has_kl)
            there |= self._there and self._lines.get(name) is not None
            there |= name == "run before" and len(self._former[0]) > 0
            chip.setVisible(there)
        if before != [chip.isHidden() for chip in self.chips.values()]:
            self._legend.arrange()

    def _name_lines(self) -> None:
        """A line that has no room for its label has its value in the legend."""
        for name, value in self._lines.items():
            told = value is not None and name in self.canvas.unlabelled
            words = f"{name} {figures(value, 4)}" if told and value is not None else name
            if words != self.chips[name].text():
                self.chips[name].setText(words)
                self._legend.arrange()

    def _show_readout(self, x: float) -> None:
        """Write out the values nearest to a place on the x axis, and the last of held-out images until there."""
        at = self._training["total"].at(x * self._per_epoch)
        evaluated = self._held_out["total"].at(x * self._per_epoch)
        if evaluated is not None and (at is None or self.canvas.beside(x, evaluated[0] / self._per_epoch)):
            at = evaluated  # many steps share a pixel: who points at a point means its step
        if at is None:
            return
        step = at[0]
        when = f"epoch {step / self._per_epoch:.2f}, step {step:,.0f}" if self._steps_per_epoch else f"step {step:,.0f}"
        rows = []
        for name in CURVES:
            if self._is_shown(name):
                training, held_out = self._training[name].at(step), self._held_out[name].until(step)
                rows.append((name, _written(training), _written(held_out)))
        self.canvas.draw_cursor(step / self._per_epoch)
        self.readout.show_rows(when, rows, self._colours())

    def _hide_readout(self) -> None:
        self.canvas.draw_cursor(None)
        self.readout.hide()

    # Qt's events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._renew_if_stale()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hide_readout()
        self._show_what_is_there()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(theme.icon("copy"), "Copy picture", self._copy)
        menu.popup(event.globalPos())

    # inside

    def _reset(self, unit: str, has_kl: bool, steps_per_epoch: int) -> None:
        self._unit, self._has_kl, self._steps_per_epoch = unit, has_kl, steps_per_epoch
        self._per_epoch = steps_per_epoch or 1
        self._training = {name: Series() for name in CURVES}
        self._held_out = {name: Series() for name in CURVES}
        self._heights = None
        self._is_whole = False
        self._hide_readout()
        self.canvas.set_x_name("epoch" if steps_per_epoch else "step")
        self.unit.setText(unit)

    @property
    def _there(self) -> bool:
        return len(self._training["total"]) + len(self._held_out["total"]) > 0

    def _is_shown(self, name: str) -> bool:
        return self.chips[name].isChecked() and (name != "KL" or self._has_kl)

    def _x_end(self) -> float:
        """The right end of the x axis: a history's own, or for a run that grows the next round number.

        A long run before is cut off there: it is shown for comparison, the new curve must not become a sliver. Until
        there is a new curve it is seen whole.
        """
        if not self._there and len(self._former[0]):
            return float(self._former[0][-1])
        ends = [series.steps[-1] for series in (self._training["total"], self._held_out["total"]) if len(series)]
        end = max(ends, default=0.0) / self._per_epoch
        return end or 1.0 if self._is_whole else grown_end(end, 0.25 if self._steps_per_epoch else 10.0)

    def _colours(self) -> dict[str, str]:
        now = theme.colours()
        return {
            "total": now.text,
            "reconstruction": now.accent,
            "KL": now.warning,
            "floor": now.muted,
            "PCA": now.muted,
            "run before": now.faint,
        }

    def _lay_out(self) -> None:
        frame = Titled("Loss", self)
        for words in (frame.title, self.unit):  # not the frame: over the curves stands the readout
            words.setToolTip(LINES_TIP)
        frame.tools.addWidget(self.unit)
        frame.tools.addWidget(self.log)
        frame.body.addWidget(self.canvas, 1)
        curves = [self.chips[name] for name in CURVES]
        for name, chip in self.chips.items():
            chip.setAccessibleName(f"Show {LONG_NAMES.get(name, name)}")
            chip.setToolTip(MEANINGS[name])
            chip.toggled.connect(self._renew)
            chip.alone_requested.connect(lambda chip=chip: show_alone(chip, curves))
        frame.body.addWidget(self._legend)
        fill(self, frame)
        self.canvas.setMinimumSize(160, 64)
        self.canvas.pointed.connect(self._show_readout)
        self.canvas.left.connect(self._hide_readout)
        self.canvas.labels_changed.connect(self._name_lines)
        self.log.toggled.connect(self._switch_log)
        theme.notifier().changed.connect(self._recolour)

    def _switch_log(self, log: bool) -> None:
        self.canvas.set_logarithmic(log)
        self._renew()

    def _recolour(self) -> None:
        for name, colour in self._colours().items():
            self.chips[name].show_colour(colour)
        self.readout.hide()
        self._renew()

    def _copy(self) -> None:
        self._hide_readout()
        copy_picture(self.canvas, self._legend, f"{self._title}: loss, {self._unit}" if self._title else "")


def _written(found: tuple[float, float] | None) -> str:
    """A value with four figures, zeros too: 36,969, 102.0, 0.004610."""
    if found is None:
        return ""
    size = abs(found[1])
    decimals = 3 - math.floor(math.log10(size)) if 0 < size < math.inf else 0
    return amount(found[1], max(decimals, 0))


class Readout(QLabel):
    """The values under the mouse, in a small card in the plot's corner."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setMargin(6)
        theme.set_role(self, "small")
        self.hide()

    def show_rows(self, heading: str, rows: list[tuple[str, str, str]], colours: dict[str, str]) -> None:
        """Show (name, training, held-out) rows under a heading, in the top right corner."""
        lines = "".join(
            f"<tr><td style='color:{colours[name]}'>{name}&nbsp;</td>"
            f"<td align='right'>{training}</td><td align='right'>&nbsp;&nbsp;{held_out}</td></tr>"
            for name, training, held_out in rows
        )
        head = "<tr><td></td><td align='right'>training</td><td align='right'>&nbsp;&nbsp;held-out</td></tr>"
        self.setText(f"{heading}<table cellspacing='0'>{head}{lines}</table>")
        self.adjustSize()
        self.move(QPoint(self._plot.width() - self.width() - 6, 4))
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_ground(self, 6)
        super().paintEvent(event)
