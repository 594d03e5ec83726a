"""The reparameterisation: dice, a slider on sigma, z = mu + sigma * eps in numbers, and the last codes drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.panels.describing import describe
from app.panels.digit_image import DigitImage, grey_image
from app.panels.latent_toolbar import ICON
from app.regularity_seen import LARGEST_SCALE, MOST_DRAWS, Draw, Posterior

PAIR = (60, 104)  # smallest and largest side of the two large pictures
PAIR_SHARE = 0.25
COLUMNS = 6
SMALLEST, LARGEST = 28, 56  # side of a small picture
GAP = 3
CRISP = 6  # a drawing in SVG is enlarged by its reader, who would blur the pixels
STEPS = 20  # of the slider for one sigma
SCALE_TIP = (
    "How many times sigma the noise is: 0 decodes the mean again and again, 1 is what training draws,\n"
    "4 goes far beyond. The eps of all draws stay."
)


class DrawnPictures(QWidget):
    """The last draws as small pictures, the newest first; one of them is chosen."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        describe(self, "The last codes drawn", "", "drawnPictures")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._draws: Sequence[Draw] = ()
        self._pictures: list[QImage | None] = []
        self._number = 0

    def show_draws(self, draws: Sequence[Draw], chosen: int) -> None:
        """Show draws and which is chosen."""
        self._draws, self._number = draws, chosen
        self._pictures = [None if draw.image is None else grey_image(draw.image) for draw in draws]
        self.setAccessibleDescription(f"{len(draws)} draws, number {chosen + 1} is chosen; left and right choose.")
        self.update()

    def place(self, number: int) -> QRect:
        """Where a picture stands."""
        side = self._side()
        row, column = divmod(number, COLUMNS)
        return QRect(column * (side + GAP) + 1, row * (side + GAP) + 1, side, side)

    def _side(self) -> int:
        return min(max((self.width() - 2 - (COLUMNS - 1) * GAP) // COLUMNS, SMALLEST), LARGEST)

    def _at(self, position: QPoint) -> int:
        return next((i for i in range(len(self._draws)) if self.place(i).contains(position)), -1)

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(COLUMNS * (SMALLEST + GAP), 2 * self._side() + GAP + 2)

    minimumSizeHint = sizeHint

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setFixedHeight(self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is ready."""
        now, painter = theme.colours(), QPainter(self)
        is_svg = painter.paintEngine().type() == painter.paintEngine().Type.SVG
        for number in range(MOST_DRAWS):
            place = self.place(number)
            picture = self._pictures[number] if number < len(self._pictures) else None
            if picture is None:
                painter.fillRect(place, QColor(now.hover))
                continue
            painter.drawImage(place, picture.scaled(picture.size() * CRISP) if is_svg else picture)
            if number == self._number:
                painter.setPen(QPen(QColor(now.accent), 2))
                painter.drawRect(place)
        if self.hasFocus():
            painter.setPen(QPen(QColor(now.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0:
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose; up and down go a row on."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -COLUMNS, Qt.Key.Key_Down: COLUMNS}
        wanted = self._number + by.get(Qt.Key(event.key()), MOST_DRAWS)
        if 0 <= wanted < len(self._draws):
            self.chosen.emit(wanted)
        elif event.key() not in by:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            assert isinstance(event, QHelpEvent)
            number = self._at(event.pos())
            QToolTip.showText(event.globalPos(), "" if number < 0 else in_words(self._draws[number]), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def in_words(draw: Draw) -> str:
    """A draw's code, and how to look at it."""
    code = ", ".join(f"{value:.2f}" for value in draw.code[:4]) + (", …" if len(draw.code) > 4 else "")
    return f"z = ({code})\nClick to see its numbers and its place on the map."


class RegularityDraws(QWidget):
    """Shows a posterior and its draws, or in a sentence why there is none."""

    dice_wanted = Signal()
    zoom_wanted = Signal()  # to the ellipses
    scale_changed = Signal(float)
    help_wanted = Signal(str)  # what `show_missing` was told would help
    chosen = Signal(int)  # number of the draw that stands out now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        describe(self, "Codes drawn from the posterior", "", "regularityDraws")
        self.posterior: Posterior | None = None
        self._number = 0
        self._helps = ""
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty())
        self._stack.addWidget(self._filled())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    # in

    def show_posterior(self, posterior: Posterior) -> None:
        """Show mean, draws and their numbers; the newest draw stands out when it has just come."""
        before = self.posterior
        newest = posterior.draws[0].eps if posterior.draws else None
        if before is None or before.title != posterior.title or before.draws[0].eps is not newest:
            self._number = 0
        self.posterior = posterior
        self._stack.setCurrentIndex(1)
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
        self._sentence.setText(sentence)
        self._help.setText("Open the VAE" if helps == "vae" else f"Get {helps}…")
        self._help.setAccessibleName(self._help.text())
        self._help.setVisible(bool(helps))
        self._stack.setCurrentIndex(0)
        self.dice.setEnabled(False)

    def choose(self, number: int) -> None:
        """Let a draw stand out: its numbers, its picture and its mark."""
        posterior = self.posterior
        if posterior is None or not 0 <= number < len(posterior.draws):
            return
        self._number = number
        self.drawn.show_image(posterior.draws[number].image)
        self.pictures.show_draws(posterior.draws, number)
        words = formula(posterior, posterior.draws[number])
        self.formula.setText(words)
        self._area.setMaximumHeight(self.formula.sizeHint().height() + 4)
        self.formula.setAccessibleName(spoken(posterior, posterior.draws[number]))
        self.chosen.emit(number)

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = round(min(max(self.width() * PAIR_SHARE, PAIR[0]), PAIR[1]))
        for image in (self.mean, self.drawn):
            image.setFixedSize(side, image.heightForWidth(side))

    # inside

    def _empty(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self._sentence = describe(QLabel(), "", "", "noPosterior")
        self._sentence.setWordWrap(True)
        theme.set_role(self._sentence, "muted")
        self._help = describe(QPushButton(), "", "So that there is a posterior to draw from", "posteriorHelp")
        self._help.clicked.connect(lambda: self.help_wanted.emit(self._helps))
        column.addWidget(self._sentence)
        column.addWidget(self._help, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return page

    def _filled(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP // 2)
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
        self.slider = describe(QSlider(Qt.Orientation.Horizontal), "How many times sigma", SCALE_TIP, "sigmaSlider")
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
        self.formula = describe(QLabel(), "", "z = μ + σ · ε, for each latent number", "drawnFormula")
        self.formula.setTextFormat(Qt.TextFormat.RichText)
        self.formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.formula.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        theme.set_role(self.formula, "small")
        self._area = area = describe(QScrollArea(), "The draw in numbers", "", "drawnNumbers")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.formula)
        area.setMinimumHeight(3 * self.formula.fontMetrics().height() + 4)
        return area

    def _write_scale(self, scale: float) -> None:
        self._scale.setText(f"σ × {scale:.2f}")


def formula(posterior: Posterior, draw: Draw) -> str:
    """What was drawn, z = mu + scale * sigma * eps, in rich text, a row a latent number."""
    scale = "" if posterior.scale == 1 else f"{posterior.scale:.2f} "
    digits = 3 if len(posterior.mean) <= 4 else 2  # or they find no room
    lines = [("", "z", "=", "μ", "+", f"{scale}σ", "·", "ε")]
    for i, (z, mean, sigma, eps) in enumerate(_numbers(posterior, draw), 1):
        values = [f"{value:.{digits}f}" for value in (z, mean, sigma, eps)]
        lines.append((f"z{i}", values[0], "=", values[1], "+", values[2], "·", values[3]))
    cells = "<td align=right style='padding-left: 5px'>"
    rows = ["<tr>" + "".join(f"{cells}{cell}</td>" for cell in line) + "</tr>" for line in lines]
    return f"<table cellspacing=0 cellpadding=0>{''.join(rows)}</table>".replace(">-", ">−")


def spoken(posterior: Posterior, draw: Draw) -> str:
    """The same in plain words."""
    lines = [
        f"z{i} = {mean:.3f} + {sigma:.3f} times {eps:.3f} = {z:.3f}"
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
