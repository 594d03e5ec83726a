"""The row of buttons under the training form; they mirror the phase, and their shortcuts stand in their tool tips."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.focus_mark import note_press
from app.panels.titled import tight
from app.phase import MEND_FIRST, TWINS_LEARN, Phase

ICON_SIZE = QSize(16, 16)
START_WORDS = {
    Phase.IDLE: "Train",
    Phase.STARTING: "Starting…",
    Phase.TRAINING: "Training…",
    Phase.PAUSED: "Go on",
    Phase.STOPPING: "Stopping…",
}
TWINS_HAVE_THEIR_OWN = "Twins are being trained: their buttons are in the Twins view."
START_PADDING = 14  # and border, as the style sheet has it for this row
WIDEST_ICON = 34


@dataclass(frozen=True)
class _Look:
    """What a button shows: the tool tip's words, and why it is switched off ("" when it is on)."""

    words: str
    why_not: str


class TrainingButtons(QWidget):
    """Train, pause, step, stop, slow motion and reset; each signal is a wish, the session decides."""

    start_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    step_requested = Signal()
    stop_requested = Signal()
    reset_requested = Signal()
    slow_motion_changed = Signal(bool)
    refused = Signal(str)
    """why the shortcut of a Train that is off does nothing"""

    def __init__(self) -> None:
        super().__init__()
        self._phase = Phase.IDLE
        self._valid, self._twins_learn = True, False
        self._shortcuts: dict[QPushButton, QKeySequence] = {}
        self.start = self._button("startButton", "play", "Ctrl+Return", role="primary")
        self.start.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bold = QFont(self.start.font())
        bold.setWeight(QFont.Weight.DemiBold)
        longest = max(QFontMetrics(bold).horizontalAdvance(words) for words in START_WORDS.values())
        self.start.setMinimumWidth(longest + START_PADDING)
        self.pause = self._button("pauseButton", "pause", "Ctrl+P")
        self.step = self._button("stepButton", "step", "Ctrl+Right")
        self.stop = self._button("stopButton", "stop", "Ctrl+.")
        self.slow = self._button("slowMotionButton", "slow", "")
        self.slow.setCheckable(True)
        self.reset = self._button("resetButton", "reset", "Ctrl+Shift+R")
        row = tight(QHBoxLayout(self), theme.GAP // 2)
        for button in self._shortcuts:
            row.addWidget(button)
            if button is not self.start:
                button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
                button.setMaximumWidth(WIDEST_ICON)
        self._why_not = QShortcut(self._shortcuts[self.start], self)  # a button that is off is deaf
        self._why_not.activated.connect(lambda: self.refused.emit(self._looks()[self.start].why_not))
        self.start.clicked.connect(self._start_clicked)
        self.pause.clicked.connect(self._pause_clicked)
        self.step.clicked.connect(self.step_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.reset.clicked.connect(self.reset_requested)
        self.slow.toggled.connect(self.slow_motion_changed)
        self._mirror()

    @property
    def is_running(self) -> bool:
        """Whether there is a training that can be stopped."""
        return self._phase in (Phase.STARTING, Phase.TRAINING, Phase.PAUSED)

    def show_phase(self, phase: Phase) -> None:
        """Switch on what the phase allows, and say of the others why they are off."""
        self._phase = phase
        self._mirror()

    def show_valid(self, valid: bool) -> None:
        """Whether the form can be trained."""
        self._valid = valid
        self._mirror()

    def show_twins(self, learning: bool) -> None:
        """Whether twins are being trained, beside which there is no other training."""
        self._twins_learn = learning
        self._mirror()

    def _button(self, name: str, icon: str, shortcut: str, role: str = "icon") -> QPushButton:
        button = describe(QPushButton(), object_name=name)
        button.setIcon(theme.icon(icon, "accent_text" if role == "primary" else "text"))
        button.setIconSize(ICON_SIZE)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.pressed.connect(note_press)
        theme.set_role(button, role)
        self._shortcuts[button] = QKeySequence(shortcut)
        return button

    def _start_clicked(self) -> None:
        if self._phase is Phase.PAUSED:
            self.resume_requested.emit()
        else:
            self.start_requested.emit()

    def _pause_clicked(self) -> None:
        if self._phase is Phase.PAUSED:
            self.resume_requested.emit()
        else:
            self.pause_requested.emit()

    def _mirror(self) -> None:
        paused = self._phase is Phase.PAUSED
        self.start.setText(START_WORDS[self._phase])
        self.start.setIcon(theme.icon("play", "accent_text") if paused or self._phase is Phase.IDLE else QIcon())
        self.pause.setIcon(theme.icon("play" if paused else "pause"))
        for button, look in self._looks().items():
            keys = self._shortcuts[button].toString(QKeySequence.SequenceFormat.NativeText)
            button.setEnabled(not look.why_not)
            button.setAccessibleName(look.words)
            tip = f"{look.words} ({keys})" if keys else look.words
            button.setToolTip(f"{tip}\n{look.why_not}" if look.why_not else tip)
            button.setShortcut(self._shortcuts[button])  # setText takes a shortcut away, hence each time
        self._why_not.setEnabled(not self.start.isEnabled())

    def _looks(self) -> dict[QPushButton, _Look]:
        phase, idle = self._phase, self._phase is Phase.IDLE
        twins = TWINS_LEARN if self._twins_learn else ""
        nothing_runs = "" if self.is_running else TWINS_HAVE_THEIR_OWN if twins else "No training is in progress."
        if phase is Phase.PAUSED:
            start = _Look("Go on with the training", "")
        elif idle:
            start = _Look("Train a new network with these settings", twins or ("" if self._valid else MEND_FIRST))
        else:
            start = _Look("Train a new network with these settings", "A training is in progress.")
        pause = _Look("Go on after the pause" if phase is Phase.PAUSED else "Pause after this step", nothing_runs)
        if phase is Phase.STARTING:
            pause = _Look(pause.words, "The training is only starting.")
        return {
            self.start: start,
            self.pause: pause,
            self.step: _Look("Take one step", "" if phase is Phase.PAUSED else "Steps can be taken while paused."),
            self.stop: _Look("Stop; what it has learned so far stays", nothing_runs),
            self.slow: _Look("Slow motion: a short rest after each step", ""),
            self.reset: _Look("Back to the first weights", twins if idle else "Stop first to go back."),
        }
