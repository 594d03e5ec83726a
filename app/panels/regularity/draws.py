"""The reparameterisation: dice, a slider on sigma, z = mu + sigma * eps in numbers, and the last codes drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.amounts import extent, signed
from app.panels.describing import describe
from app.panels.digit_image import DigitImage
from app.panels.latent.toolbar import ICON
from app.panels.needs import EmptyPage
from app.panels.quiet import QuietSlider
from app.panels.regularity.drawn import DrawnNumbers, DrawnPictures
from app.panels.titled import tight
from app.seen.regularity import LARGEST_SCALE, Draw, Posterior

PAIR = (60, 104)  # smallest and largest side of the two large pictures
PAIR_SHARE = 0.25
LEAST_LINES = 3  # of the numbers: of two latent ones all are seen, with no bar that would hide their ends
STEPS = 20  # of the slider for one sigma
SCALE_TIP = (
    "How many times sigma the noise is: 0 decodes the mean again and again, 1 is what training draws,\n"
    "4 goes far beyond. The eps of all draws stay."
)


class RegularityDraws(QWidget):
    """Shows a posterior and its draws, or in a sentence why there is none."""

    dice_wanted = Signal()
    zoom_wanted = Signal()  # to the ellipses
    scale_changed = Signal(float)
    help_wanted = Signal(str)  # what `show_missing` was told would help
    chosen = Signal(int)  # number of the draw that stands out now

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Codes drawn from the posterior", "", "regularityDraws")
        self.posterior: Posterior | None = None
        self._number = 0
        self._helps = ""
        self.empty = EmptyPage("No posterior", "posteriorEmpty")
        self.empty.wanted.connect(lambda: self.help_wanted.emit(self._helps))
        self._page = self._filled()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        for page in (self.empty, self._page):
            whole.addWidget(page)
        self._show_page(self.empty)

    # in

    def show_posterior(self, posterior: Posterior) -> None:
        """Show mean, draws and their numbers; the newest draw stands out when it has just come."""
        before = self.posterior
        newest = posterior.draws[0].eps if posterior.draws else None
        if before is None or before.title != posterior.title or before.draws[0].eps is not newest:
            self._number = 0
        self.posterior = posterior
        self._show_page(self._page)
        self.dice.setEnabled(True)
        self._title.setText(f"Posterior of {posterior.title}")
        self.mean.show_image(posterior.image)
        self._write_scale(posterior.scale)
        if round(posterior.scale * STEPS) != self.slider.value():
            self.slider.setValue(round(posterior.scale * STEPS))
        self.choose(self._number)

    def show_missing(self, sentence: str, helps: str) -> None:
        """Say why there is no posterior; `helps` is `vae`, the title of a dataset, or nothing."""
        self.posterior, self._helps = None, helps
        self.empty.show_need(sentence, helps, "Open the VAE" if helps == "vae" else "")
        self._make_room()
        self._show_page(self.empty)
        self.dice.setEnabled(False)

    def choose(self, number: int) -> None:
        """Let a draw stand out: its numbers, its picture and its mark."""
        posterior = self.posterior
        if posterior is None or not 0 <= number < len(posterior.draws):
            return
        self._number = number
        self.drawn.show_image(posterior.draws[number].image)
        self.pictures.show_draws(posterior.draws, number)
        draw = posterior.draws[number]
        self.formula.show_lines(formula(posterior, draw), spoken(posterior, draw))
        whole = self.formula.height() + 2
        self._area.setMinimumHeight(min(whole, self.formula.height_of(LEAST_LINES) + 2))
        self._area.setMaximumHeight(whole)
        self.chosen.emit(number)

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = round(min(max(self.width() * PAIR_SHARE, PAIR[0]), PAIR[1]))
        for image in (self.mean, self.drawn):
            image.setFixedSize(side, image.heightForWidth(side))
        self._make_room()

    # inside

    def _make_room(self) -> None:
        """For all lines of the sentence: of words that may be broken Qt takes one line to be enough."""
        self.empty.setMinimumHeight(max(self.empty.heightForWidth(self.width()), 0))

    def _show_page(self, shown: QWidget) -> None:
        """Not stacked: what is hidden asks for no room."""
        for page in (self.empty, self._page):
            page.setVisible(page is shown)

    def _filled(self) -> QWidget:
        page = QWidget()
        column = tight(QVBoxLayout(page), theme.GAP // 2)
        self._title = describe(QLabel(), "", "Click on another point to draw from its posterior.", "posteriorTitle")
        theme.set_role(self._title, "muted")
        self._title.setWordWrap(True)
        column.addWidget(self._title)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        self.mean = DigitImage(PAIR[0], "Decoded mean of the posterior", "mean μ")
        self.mean.setObjectName("decodedMean")
        self.drawn = DigitImage(PAIR[0], "Decoded draw from the posterior", "drawn z")
        self.drawn.setObjectName("decodedDraw")
        for image in (self.mean, self.drawn):
            row.addWidget(image)
        row.addLayout(self._controls(), 1)
        column.addLayout(row)
        column.addWidget(self._numbers(), 100)
        self.pictures = DrawnPictures()
        self.pictures.chosen.connect(self.choose)
        column.addWidget(self.pictures)
        column.addStretch(1)
        return page

    def _controls(self) -> QGridLayout:
        self.dice = describe(QPushButton("Draw"), "Draw eps again", "Draw eps from N(0, I) again (D)", "posteriorDice")
        self.dice.setIcon(theme.icon("dice"))
        self.dice.clicked.connect(self.dice_wanted)
        self._scale = describe(QLabel(), "", SCALE_TIP, "sigmaScale")
        theme.set_role(self._scale, "small")
        self.slider = describe(QuietSlider(), "How many times sigma", SCALE_TIP, "sigmaSlider")
        self.slider.setRange(0, round(LARGEST_SCALE * STEPS))
        self.slider.setValue(STEPS)
        self.slider.setSingleStep(1)
        self.slider.setPageStep(STEPS)
        self.slider.setMinimumWidth(60)
        self.slider.valueChanged.connect(lambda value: self.scale_changed.emit(value / STEPS))
        tip = "Show the ellipses of 1 and 2 sigma as large as they go (Z)"
        self.zoom = describe(QToolButton(), "Go to the posterior", tip, "posteriorZoom")
        self.zoom.setIcon(theme.icon("fit"))
        self.zoom.setIconSize(ICON)
        self.zoom.clicked.connect(self.zoom_wanted)
        grid = QGridLayout()
        grid.setSpacing(2)
        grid.addWidget(self.dice, 0, 0, 1, 2)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        grid.addWidget(self._scale, 2, 0)
        grid.addWidget(self.zoom, 2, 1)
        grid.setRowStretch(3, 1)
        return grid

    def _numbers(self) -> QScrollArea:
        self.formula = DrawnNumbers()
        self._area = area = describe(QScrollArea(), "The draw in numbers", "", "drawnNumbers")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.formula)
        return area

    def _write_scale(self, scale: float) -> None:
        self._scale.setText(f"σ × {scale:.2f}")


def formula(posterior: Posterior, draw: Draw) -> list[tuple[str, ...]]:
    """What was drawn, z = mu + scale * sigma * eps: names, then a line a latent number."""
    scale = "" if posterior.scale == 1 else f"{posterior.scale:g}"
    digits = 3 if len(posterior.mean) <= 2 else 2  # or they find no room
    lines: list[tuple[str, ...]] = [("", "z", "=", "μ", "+", f"{scale}σ", "·", "ε")]
    for i, numbers in enumerate(_numbers(posterior, draw), 1):
        (z, mean, eps), sigma = (signed(value, digits) for value in numbers[[0, 1, 3]]), extent(numbers[2], digits)
        lines.append((f"z{i}", z, "=", mean, "+", sigma, "·", eps))
    return lines


def spoken(posterior: Posterior, draw: Draw) -> str:
    """The same in plain words."""
    lines = [
        f"z{i} = {signed(mean, 3)} + {extent(sigma, 3)} times {signed(eps, 3)} = {signed(z, 3)}"
        for i, (z, mean, sigma, eps) in enumerate(_numbers(posterior, draw), 1)
    ]
    return "; ".join(lines)


def _numbers(posterior: Posterior, draw: Draw) -> np.ndarray:
    """Columns z, mu, scale * sigma, eps; a row a latent number."""
    return np.column_stack([draw.code, posterior.mean, posterior.scale * posterior.sigma, draw.eps])


def draw_rows(posterior: Posterior) -> tuple[list[str], list[list[object]]]:
    """Header and a row a draw and latent number."""
    header = ["draw", "dimension", "z", "mu", "sigma", "times", "eps"]
    rows: list[list[object]] = []
    for number, draw in enumerate(posterior.draws, 1):
        for i, (z, mean, sigma, eps) in enumerate(
            zip(draw.code.tolist(), posterior.mean.tolist(), posterior.sigma.tolist(), draw.eps.tolist(), strict=True)
        ):
            rows.append([number, f"z{i + 1}", z, mean, sigma, posterior.scale, eps])
    return header, rows
