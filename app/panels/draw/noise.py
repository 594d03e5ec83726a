"""Noise on the sketch: the button that shows it, and the sheet below it where it is chosen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.panels.describing import describe
from app.panels.quiet import QuietComboBox
from app.seen.denoised import TITLES, Damage, damage_words, level_words

STEPS = 100
"""Levels of the slider from 0 to 1."""
WIDTH, APART = 320, 4
BUTTON_TIP = "Let the network see the sketch with noise, and try to restore it (N)"
KIND_TIP = "What is done to the sketch: added noise, black and white pixels, erased squares, or blur"
DICE_TIP = "Draw other noise for the same sketch"
LEVEL_TIP = "How much of it; arrow keys move it"
ABOUT = (
    "The network sees the noisy sketch; error, error map and decibels hold what it makes of it to the clean one. "
    "The held-out images that it is compared with have no noise."
)


class NoiseButton(QToolButton):
    """Says whether there is noise, and opens the sheet."""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Noise on the sketch", BUTTON_TIP, "sketchNoise")
        self.setText("Noise")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._noisy = False
        self.sheet = NoiseSheet(self)
        self.clicked.connect(self._open)

    def show_noise(self, noisy: bool, noise: Damage) -> None:
        """Show whether the sketch is noisy, and how."""
        self._noisy = noisy
        self.setChecked(noisy)
        self.setToolTip(f"{damage_words(noise.kind, noise.level).capitalize()}\n{BUTTON_TIP}" if noisy else BUTTON_TIP)
        self.setAccessibleDescription(damage_words(noise.kind, noise.level) if noisy else "off")
        self.sheet.show_noise(noisy, noise)

    def _open(self) -> None:
        self.setChecked(self._noisy)  # the click opens; what is chosen there decides
        self.sheet.open_beside(self, self.parentWidget() or self)


class NoiseSheet(QFrame):
    """On or off, kind, level and dice. Choosing a kind or a level switches the noise on."""

    noisy_chosen = Signal(bool)
    chosen = Signal(str, float)  # kind and level
    dice_thrown = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._button = parent
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.noisy = describe(QCheckBox("Noise on the sketch"), "Noise on the sketch", BUTTON_TIP, "sketchNoisy")
        self.noisy.clicked.connect(self.noisy_chosen)
        self.dice = describe(
            QToolButton(), "Draw other noise", "Draw other noise for the same sketch", "sketchNoiseDice"
        )
        self.dice.setIcon(theme.icon("dice"))
        self.dice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.dice.clicked.connect(self.dice_thrown)
        self.kind = describe(QuietComboBox(), "Kind of noise", KIND_TIP, "sketchNoiseKind")
        self.kind.addItems(list(TITLES.values()))
        self.kind.activated.connect(self._choose)
        self.level = describe(QSlider(Qt.Orientation.Horizontal), "Level of the noise", LEVEL_TIP, "sketchNoiseLevel")
        self.level.setRange(0, STEPS)
        self.level.setPageStep(STEPS // 10)
        self.level.valueChanged.connect(self._choose)
        self.words = describe(QLabel(), "", "", "sketchNoiseWords")
        self._lay_out()
        self.show_noise(False, Damage())

    def show_noise(self, noisy: bool, noise: Damage) -> None:
        """Put the tools where the noise is, silently."""
        with QSignalBlocker(self.kind), QSignalBlocker(self.level):
            self.noisy.setChecked(noisy)
            self.kind.setCurrentIndex(list(TITLES).index(noise.kind))
            self.level.setValue(round(STEPS * noise.level))
        self.words.setText(level_words(noise.kind, noise.level))
        self.dice.setEnabled(noise.kind != "blur")

    def open_beside(self, button: QWidget, panel: QWidget) -> None:
        """Open at the left of the panel, whose pictures show what is chosen; at its right where there is no room."""
        self.adjustSize()
        screen = button.screen().availableGeometry()
        corner = panel.mapToGlobal(QPoint())
        x = corner.x() - self.width() - APART
        if x < screen.left():
            x = min(corner.x() + panel.width() + APART, screen.right() + 1 - self.width())
        y = button.mapToGlobal(QPoint(0, button.height())).y() - self.height()
        self.move(x, max(min(y, screen.bottom() + 1 - self.height()), screen.top()))
        self.show()
        self.noisy.setFocus(Qt.FocusReason.PopupFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """The keyboard is back where it came from."""
        super().hideEvent(event)
        QTimer.singleShot(0, self._button, lambda: self._button.setFocus(Qt.FocusReason.PopupFocusReason))

    def _choose(self) -> None:
        self.chosen.emit(list(TITLES)[max(self.kind.currentIndex(), 0)], self.level.value() / STEPS)

    def _lay_out(self) -> None:
        about = QLabel(ABOUT, wordWrap=True)
        theme.set_role(about, "small")
        self.words.setMinimumWidth(max(self.words.fontMetrics().horizontalAdvance(each) for each in _LONGEST))
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.noisy, 1)
        first.addWidget(self.dice)
        second.addWidget(self.level, 1)
        second.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(theme.GAP)
        column.addLayout(first)
        column.addWidget(self.kind)
        column.addLayout(second)
        column.addWidget(about)


_LONGEST = [level_words(kind, 1.0) for kind in TITLES]
