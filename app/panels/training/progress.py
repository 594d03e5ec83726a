"""How far a training is: a thin bar, and one line with the epoch, the time left and the speed."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.steady_label import SteadyLabel
from app.panels.titled import tight
from app.phase import Phase

TWINS = "Twins are being trained: see the Twins view."
NONE = "No training is in progress."
FINE = 1000
"""Steps of the bar."""


class TrainingProgress(QWidget):
    """A bar and its words; before a training the words say what to do, after it what came out."""

    def __init__(self) -> None:
        super().__init__()
        self._phase = Phase.IDLE
        self._epoch = "the first epoch"
        self._left = ""
        self._result = ""
        self._own_words, self._twins_learn = "", False
        self.bar = describe(QProgressBar(), "Progress of the training", object_name="trainingProgress")
        self.bar.setMaximum(FINE)
        self.bar.setTextVisible(False)
        self.bar.setValue(0)
        theme.set_role(self.bar, "thin")
        self.words = describe(QLabel(), object_name="progressText")
        self.words.setWordWrap(True)
        self.speed = describe(SteadyLabel(), object_name="progressSpeed")
        self.speed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self.words, self.speed):
            theme.set_role(label, "small")
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.words, 1)
        row.addWidget(self.speed)
        column = tight(QVBoxLayout(self), theme.GAP // 2)
        column.addWidget(self.bar)
        column.addLayout(row)
        self._say(NONE)

    def show_phase(self, phase: Phase) -> None:
        """Follow the training from its start to its end."""
        before, self._phase = self._phase, phase
        self.speed.setVisible(phase is Phase.TRAINING)
        if phase is Phase.STARTING:
            self.bar.setValue(0)
            self.speed.setText("")
            self._epoch, self._left, self._result = "the first epoch", "", ""
            self._say("Getting the network ready…")
        elif phase is Phase.TRAINING and before is Phase.STARTING:
            self._say("The first steps…")
        elif phase in (Phase.TRAINING, Phase.PAUSED):
            self._say_progress()
        elif phase is Phase.STOPPING:
            self._say("Stopping after this step…")
        elif phase is Phase.IDLE and before is not Phase.IDLE:
            done = self.bar.value() == FINE
            self._say(self._result or ("Finished." if done else f"Stopped in {self._epoch}."))

    def show_progress(
        self, epoch: int, epochs: int, fraction: float, images_per_second: float, seconds_left: float | None
    ) -> None:
        """`epoch` counts from 1; `fraction` of the whole training; no time is shown when `seconds_left` is None."""
        self.bar.setValue(math.floor(min(max(fraction, 0.0), 1.0) * FINE))  # full at the very end only
        self._epoch = f"epoch {epoch} of {epochs}"
        self._left = "" if seconds_left is None else f" · {time_in_words(seconds_left)} left"
        self.speed.setText(f"{images_per_second:,.0f} images/s" if images_per_second > 0 else "")
        if self._phase in (Phase.TRAINING, Phase.PAUSED):
            self._say_progress()

    def show_result(self, line: str) -> None:
        """What came out, until the next training starts; an empty line leaves what is said. More costs the form."""
        self._result = line or self._own_words
        self._say(self._result)

    def show_other_network(self) -> None:
        """What came out of the last training is no longer what is looked at."""
        if self._phase is Phase.IDLE and self._result:
            self._result = ""
            self.bar.setValue(0)
            self._say(NONE)

    def show_twins(self, learning: bool) -> None:
        """Whether twins are being trained, which is told elsewhere."""
        self._twins_learn = learning
        self._say(self._own_words)

    def _say_progress(self) -> None:
        if self._phase is Phase.PAUSED:
            self._say(f"paused in {self._epoch}")
        else:
            self._say(f"{self._epoch}{self._left}")

    def _say(self, text: str) -> None:
        self._own_words = text
        text = TWINS if self._twins_learn else text
        self.words.setText(text)
        self.bar.setAccessibleDescription(text)


def time_in_words(seconds: float) -> str:
    """A duration, no finer than it can be foretold and short beside the pace: "41 s", "12 min", "1 h 5 min"."""
    whole = max(math.ceil(seconds), 0)
    if whole < 100:
        return f"{whole} s"
    minutes = math.ceil(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
