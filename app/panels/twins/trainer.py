"""The twins' first rows: what differs, one button that trains both, and how far they are."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.focus_mark import came_by_mouse, rest_at
from app.panels.picker import ShortLabel
from app.panels.titled import tight
from app.panels.training.progress import FINE, time_in_words
from app.panels.twins.differences import Differences
from app.phase import Phase
from models.config import RunConfig
from models.settings import ConfigError
from models.twin_settings import not_the_same

TRAIN_TIP = (
    "Train two networks together, both at the same epoch at any time: on the left as the form says,\n"
    "on the right the same but for the settings beside this button."
)
PAUSE = "Pause", "pause", "Hold both after the present step; what they have learned can be looked at and saved"
NARROWEST_BAR = 24
MORE_STYLE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
RESUME = "Resume", "play", "Let both go on"


class TwinTrainer(QWidget):
    """Chooses what differs between the twins; while both train, it shows how far they are."""

    train_wanted = Signal(object)
    """settings of RunConfig by name, with their values for the right twin: a dict"""
    stop_wanted = Signal()
    pause_wanted = Signal()
    resume_wanted = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Training of both twins", "", "twinTrainer")
        self._config, self._phase, self._narrow = RunConfig(), Phase.IDLE, False
        self.train = describe(QPushButton("Train both"), "Train both twins", TRAIN_TIP, "twinTrain")
        self.train.setIcon(theme.icon("play"))
        self.differences = Differences()
        self.note = describe(QLabel(), "What the twins can't share", "", "twinNotTheSame")
        self.note.setWordWrap(True)
        theme.set_role(self.note, "small")
        self._resting_page, self._running_page = self._resting(), self._running()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._resting_page)
        whole.addWidget(self._running_page)
        self._running_page.hide()
        self.train.clicked.connect(self._train)
        self.stop.clicked.connect(self.stop_wanted)
        self.pause.clicked.connect(self._pause)
        self.differences.changed.connect(self._say_what_differs)
        self._say_what_differs()

    # in

    def show_config(self, config: RunConfig) -> None:
        """The form, which is the left twin, says something else."""
        self._config = config
        self.differences.show_config(config)

    def show_phase(self, phase: Phase) -> None:
        """Follow the training; whoever is here with the keyboard stays here, but on no button that ends what began."""
        if phase is Phase.STARTING:
            rest_at(self)
        focus = QApplication.focusWidget()
        is_here = focus is not None and (focus is self or self.isAncestorOf(focus))
        self._resting_page.setVisible(phase is Phase.IDLE)
        self._running_page.setVisible(phase is not Phase.IDLE)
        self._phase = phase
        self.stop.setEnabled(phase is not Phase.IDLE)
        self.pause.setEnabled(phase in (Phase.TRAINING, Phase.PAUSED))
        if is_here and phase is Phase.IDLE:
            self.train.setFocus()
        elif focus is self and phase is Phase.TRAINING and not came_by_mouse(self):
            self.pause.setFocus()
        word, icon, tip = RESUME if phase is Phase.PAUSED else PAUSE
        describe(self.pause, f"{word} both twins", tip)
        self.pause.setText("" if self._narrow else word)
        self.pause.setIcon(theme.icon(icon))
        if phase is Phase.STARTING:
            self.bar.setValue(0)
            self._say("Getting both ready…")
        elif phase is Phase.STOPPING:
            self._say("Stopping after this step…")
        elif phase is Phase.PAUSED:
            self._say(f"{self.bar.accessibleDescription().split(' · ')[0]} · paused")

    def show_progress(self, epoch: int, epochs: int, fraction: float, seconds_left: float | None, done: str) -> None:
        """How far both are, or the one that still learns when the side `done` has come to its end."""
        self.bar.setValue(round(FINE * fraction))
        left = "" if seconds_left is None else f" · {time_in_words(seconds_left)} left"
        self._say(f"epoch {epoch} of {epochs}{left}{f' · the {done} one is done' if done else ''}")

    def shorten(self, narrow: bool) -> None:
        """Do with little room: a shorter word on the button, and nothing about the left."""
        self._narrow = narrow
        self._name_button()
        self._place_more()
        self.stop.setText("" if narrow else "Stop")
        self.pause.setText("" if narrow else (RESUME if self._phase is Phase.PAUSED else PAUSE)[0])
        self.differences.shorten(narrow)

    # inside

    def _pause(self) -> None:
        (self.resume_wanted if self._phase is Phase.PAUSED else self.pause_wanted).emit()

    def _train(self) -> None:
        try:
            self.train_wanted.emit(self.differences.changes())
        except ConfigError as error:
            self.failed.emit(str(error))

    def _name_button(self) -> None:
        short = "Train" if len(self.differences.rows) == 1 else ""  # the icon has to do
        self.train.setText(short if self._narrow else "Train both")

    def _place_more(self) -> None:
        """The button for one more row: beside the only one, or where several leave room, below the first button."""
        more, is_only = self.differences.more, len(self.differences.rows) == 1
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if is_only or self._narrow else MORE_STYLE
        more.setToolButtonStyle(style)
        if is_only:
            self._beside.addWidget(more)
        else:
            self._below.insertWidget(1, more)
        self.differences.order_tabs(self.train)

    def _say_what_differs(self) -> None:
        self._name_button()
        self._place_more()
        changes, sentence = {}, ""
        for row in self.differences.rows:
            with suppress(ConfigError):  # a person is at it
                changes[row.name] = row.value()
        with suppress(ConfigError):
            sentence = not_the_same(self._config, changes)
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def _say(self, words: str) -> None:
        self._words.show_text(words, Qt.TextElideMode.ElideRight)
        self.bar.setAccessibleDescription(words)

    def _resting(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        self._below, self._beside = QVBoxLayout(), QHBoxLayout()
        self._below.setSpacing(theme.GAP // 2)
        self._below.addWidget(self.train)
        self._below.addStretch(1)
        row.addLayout(self._below)
        row.addWidget(self.differences, 1)
        row.addLayout(self._beside)
        column = tight(QVBoxLayout(page), theme.GAP // 2)
        column.addLayout(row)
        column.addWidget(self.note)
        return page

    def _running(self) -> QWidget:
        page = QWidget()
        self.bar = describe(QProgressBar(), "Progress of both twins", "", "twinProgress")
        self.bar.setMaximum(FINE)
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(NARROWEST_BAR)
        theme.set_role(self.bar, "thin")
        self._words = describe(ShortLabel(), "", "", "twinProgressText")
        theme.set_role(self._words, "small")
        self.stop = describe(QPushButton("Stop"), "Stop both twins", "End both after the present step", "twinStop")
        self.stop.setIcon(theme.icon("stop"))
        self.pause = describe(QPushButton(PAUSE[0]), "Pause both twins, or go on", "", "twinPause")
        row = tight(QHBoxLayout(page), theme.GAP)
        row.addWidget(self.bar, 1)
        row.addWidget(self._words)
        row.addWidget(self.pause)
        row.addWidget(self.stop)
        return page
