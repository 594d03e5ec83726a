"""The twins' first row: which one setting differs, one button that trains both, and how far they are."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.panels.describing import describe
from app.panels.training.progress import FINE, time_in_words
from app.panels.training.setting_fields import FreeSpinBox, QuietComboBox
from app.panels.training.setting_steps import stepped
from app.phase import Phase
from models.config import ConfigError, RunConfig, settings_of
from models.twins import SETTINGS

ABOUT = settings_of(RunConfig)
TRAIN_TIP = (
    "Train two networks together, step by step on the same batches: on the left as the form says,\n"
    "on the right the same with one setting changed."
)


class TwinTrainer(QWidget):
    """Chooses the setting and its value for the right twin; while both train, it shows how far they are."""

    train_wanted = Signal(str, object)  # a setting of RunConfig, and its value for the right twin
    stop_wanted = Signal()
    setting_chosen = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        describe(self, "Training of both twins", "", "twinTrainer")
        self._config, self._shown = RunConfig(), ""
        self.train = describe(QPushButton("Train both"), "Train both twins", TRAIN_TIP, "twinTrain")
        self.train.setIcon(theme.icon("play"))
        self.setting = describe(QuietComboBox(), "The setting that differs", TRAIN_TIP, "twinSetting")
        for name in SETTINGS:
            self.setting.addItem(ABOUT[name].label, name)
        self.choice = describe(QuietComboBox(), "Its value on the right", TRAIN_TIP, "twinChoice")
        self.number = describe(FreeSpinBox(self._stepped), "Its value on the right", TRAIN_TIP, "twinNumber")
        self.left = describe(QLabel(), "Its value on the left, as the form says", "", "twinLeftValue")
        self._value = QStackedWidget()
        self._value.addWidget(self.choice)
        self._value.addWidget(self.number)
        self._rows = QStackedWidget(self)
        self._rows.addWidget(self._resting())
        self._rows.addWidget(self._running())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._rows)
        self.train.clicked.connect(self._train)
        self.stop.clicked.connect(self.stop_wanted)
        self.setting.activated.connect(lambda _: self.setting_chosen.emit(self.setting.currentData()))

    # in

    def show_suggestion(self, config: RunConfig, name: str, value: object) -> None:
        """The left twin is `config`; show a setting and a value for the right one, unless a person's still differs."""
        same_setting, self._shown, self._config = self._shown == name, name, config
        present = getattr(config, name)
        self.left.setText(f"{_in_words(name, present)}  vs")
        if same_setting and self._differs(name, present):
            return
        self.setting.setCurrentIndex(self.setting.findData(name))
        if ABOUT[name].choices is not None:
            self.choice.clear()
            for key, words in (ABOUT[name].choices or {}).items():
                self.choice.addItem(words, key)
            self.choice.setCurrentIndex(self.choice.findData(value))
        else:
            self.number.show_text(f"{value:g}")
        self._value.setCurrentWidget(self.number if ABOUT[name].choices is None else self.choice)

    def show_phase(self, phase: Phase) -> None:
        """Follow the training."""
        self._rows.setCurrentIndex(0 if phase is Phase.IDLE else 1)
        self.stop.setEnabled(phase in (Phase.STARTING, Phase.TRAINING))
        if phase is Phase.STARTING:
            self.bar.setValue(0)
            self._say("Getting both ready…")
        elif phase is Phase.STOPPING:
            self._say("Stopping after this step…")

    def show_progress(self, epoch: int, epochs: int, fraction: float, seconds_left: float | None) -> None:
        """How far both are."""
        self.bar.setValue(round(FINE * fraction))
        left = "" if seconds_left is None else f" · {time_in_words(seconds_left)} left"
        self._say(f"epoch {epoch} of {epochs}{left}")

    def shorten(self, narrow: bool) -> None:
        """Do with little room: a shorter word on the button, and nothing about the left."""
        self.train.setText("Train" if narrow else "Train both")
        self.left.setVisible(not narrow)

    # inside

    def _differs(self, name: str, present: object) -> bool:
        try:
            return self._chosen(name) not in (present, None)
        except ValueError:
            return True  # a person is at it

    def _chosen(self, name: str) -> object:
        """The value as it stands in the field; ValueError where it is no number."""
        if ABOUT[name].choices is not None:
            return self.choice.currentData()
        text = self.number.text().strip()
        return int(text) if isinstance(getattr(self._config, name), int) else float(text)

    def _train(self) -> None:
        name = self.setting.currentData()
        try:
            self.train_wanted.emit(name, self._chosen(name))
        except ConfigError as error:
            self.failed.emit(str(error))
        except ValueError:
            whole = isinstance(getattr(self._config, name), int)
            kind = "a whole number" if whole else "a number"
            self.failed.emit(f"{ABOUT[name].label} must be {kind}, not “{self.number.text().strip()}”.")

    def _stepped(self, steps: int) -> str:
        name = self.setting.currentData()
        try:
            now = self._chosen(name)
        except ValueError:
            return self.number.text()
        whole = isinstance(getattr(self._config, name), int)
        return f"{stepped(name, ABOUT[name], float(str(now)), steps, whole):g}"

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self.bar.setAccessibleDescription(words)

    def _resting(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        theme.set_role(self.left, "small")
        self.setting.setSizeAdjustPolicy(QuietComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setting.setMinimumContentsLength(9)
        self.choice.setSizeAdjustPolicy(QuietComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(6)
        for widget in (self.train, self.setting, self.left):
            row.addWidget(widget)
        row.addWidget(self._value, 1)
        row.setStretch(1, 1)
        return page

    def _running(self) -> QWidget:
        page = QWidget()
        self.bar = describe(QProgressBar(), "Progress of both twins", "", "twinProgress")
        self.bar.setMaximum(FINE)
        self.bar.setTextVisible(False)
        theme.set_role(self.bar, "thin")
        self._words = describe(QLabel(), "", "", "twinProgressText")
        theme.set_role(self._words, "small")
        self.stop = describe(QPushButton("Stop"), "Stop both twins", "End both after the present step", "twinStop")
        self.stop.setIcon(theme.icon("stop"))
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self.bar, 1)
        row.addWidget(self._words)
        row.addWidget(self.stop)
        return page


def _in_words(name: str, value: object) -> str:
    """A value as short as can be: the part in brackets of a choice's words."""
    if ABOUT[name].choices is None:
        return f"{value:g}" if isinstance(value, (int, float)) else str(value)
    words = (ABOUT[name].choices or {})[str(value)]
    return words[words.index("(") + 1 : -1] if words.endswith(")") else words
