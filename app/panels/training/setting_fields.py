"""One field of the training form for each sort of setting: a choice, a number, a list of layer sizes.

A field tells what a person did: `changed` at every key, `committed` when the value is meant; `show_value` is silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.panels.describing import describe
from app.panels.quiet import QuietComboBox, QuietSlider
from app.panels.segments import Segments, bold_width
from app.panels.titled import tight
from app.panels.training.setting_steps import SHARE_STEP, is_share, stepped
from models.settings import ConfigError, Setting
from models.wording import in_words, plain, quoted

SHORT_CHOICES = 14
"""Two choices whose names together have at most so many letters stand side by side; others fold into a list."""

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")

NARROWEST = 64
"""Fields may shrink to so many pixels, for two columns beside a scroll bar in a narrow window."""


class SettingField(QWidget):
    """A label, an editor and room for one error sentence; `value` raises ConfigError for text that is no value."""

    changed = Signal()
    committed = Signal()

    def __init__(self, name: str, about: Setting, editor: QWidget, titled: bool = True) -> None:
        super().__init__()
        self.name = name
        self.about = about
        self.editor = editor
        self.error = describe(QLabel(), object_name=f"{name}Error")
        self.error.setWordWrap(True)
        self.error.hide()
        theme.set_role(self.error, "error")
        describe(editor, about.label, object_name=f"{name}Field")
        column = tight(QVBoxLayout(self), 2)
        if titled:
            label = QLabel(about.label)
            theme.set_role(label, "small")
            column.addWidget(label)
        self.row = QHBoxLayout()
        self.row.setSpacing(theme.GAP // 2)
        self.row.addWidget(editor)
        column.addLayout(self.row)
        self.show_reason("")

    def value(self) -> Any:
        """What the field holds; ConfigError with one sentence when it cannot be read."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Put `value` into the field without a signal."""
        raise NotImplementedError

    def show_error(self, sentence: str) -> None:
        """Mark the field and say why; an empty sentence takes the mark away."""
        theme.set_property(self.editor, "invalid", "true" if sentence else "false")
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.editor.setAccessibleDescription(sentence or self.about.meaning)

    def show_reason(self, why_not: str) -> None:
        """Switch the field off with a reason in its tool tip, or on again with an empty one."""
        self.setEnabled(not why_not)
        parts = [self.about.meaning, limits_in_words(self.about), why_not]
        self.setToolTip("".join(f"<p>{part}</p>" for part in parts if part))


class ListField(SettingField):
    """One of several choices, in a list that folds out."""

    def __init__(self, name: str, about: Setting) -> None:
        self._box = QuietComboBox()
        for value, words in (about.choices or {}).items():
            self._box.addItem(words, value)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumWidth(NARROWEST)
        super().__init__(name, about, self._box)
        self._box.activated.connect(self._tell)

    def value(self) -> str:
        """The chosen word."""
        return str(self._box.currentData())

    def show_value(self, value: Any) -> None:
        """Choose `value`."""
        self._box.setCurrentIndex(self._box.findData(value))

    def _tell(self) -> None:
        self.changed.emit()
        self.committed.emit()


class SegmentField(SettingField):
    """One of two choices, side by side, under the short names that stand in brackets in the long ones."""

    def __init__(self, name: str, about: Setting) -> None:
        choices = about.choices or {}
        self._values = list(choices)
        buttons = [
            describe(QPushButton(_short(words)), words, object_name=f"{name}_{value}")
            for value, words in choices.items()
        ]
        for button in buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        segments = Segments(buttons)
        segments.row.setSpacing(0)
        for place, button in enumerate(buttons):  # half a row is narrow: each has as much of it as its words need
            segments.row.setStretch(place, 1 if name == "kind" else bold_width(button))
        self._group = segments.group
        super().__init__(name, about, segments, titled=name != "kind")
        self._group.idClicked.connect(self._tell)

    def value(self) -> str:
        """The word of the pressed button."""
        return self._values[self._group.checkedId()]

    def show_value(self, value: Any) -> None:
        """Press the button of `value`."""
        self._group.button(self._values.index(value)).setChecked(True)

    def _tell(self) -> None:
        self.changed.emit()
        self.committed.emit()


class NumberField(SettingField):
    """A whole number or a number, typed freely or stepped; limits are judged by the configuration, which says why."""

    def __init__(self, name: str, about: Setting, whole: bool) -> None:
        self._whole = whole
        self._box = FreeSpinBox(self._stepped)
        super().__init__(name, about, self._box)
        self._box.edited.connect(self.changed)
        self._box.editingFinished.connect(self.committed)
        self._box.stepped.connect(self.committed)

    def value(self) -> float | int:
        """The number; ConfigError when the text is none."""
        text = self._box.text().strip()
        wanted = "a whole number" if self._whole else "a number"
        if not text:
            raise ConfigError(f"{self.about.label} must be {wanted}; the field is empty.")
        try:
            return int(_ungrouped(text)) if self._whole else float(_with_point(text))
        except ValueError:
            raise ConfigError(f"{self.about.label} must be {wanted}, not {quoted(text)}.") from None

    def show_value(self, value: Any) -> None:
        """Write the number."""
        self._box.show_text(plain(value))

    def _stepped(self, steps: int) -> str:
        try:
            now = self.value()
        except ConfigError:
            return self._box.text()
        return plain(stepped(self.name, self.about, now, steps, self._whole))


class ShareField(NumberField):
    """A share from 0 on: its number, and beside it a slider that goes from step to step."""

    def __init__(self, name: str, about: Setting) -> None:
        super().__init__(name, about, whole=False)
        self.slider = describe(QuietSlider(), f"{about.label}, slider", object_name=f"{name}Slider")
        self.slider.setRange(0, round((about.maximum or 1.0) / SHARE_STEP))
        self.slider.setPageStep(2)
        self.slider.valueChanged.connect(self._slide)
        self._box.edited.connect(self._follow)
        self.row.setStretch(0, 4)
        self.row.addWidget(self.slider, 3)

    def show_value(self, value: Any) -> None:
        """Write the number, and put the slider there."""
        super().show_value(value)
        self._follow()

    def _slide(self, steps: int) -> None:
        self._box.show_text(f"{steps * SHARE_STEP:g}")
        self.changed.emit()
        self.committed.emit()

    def _follow(self) -> None:
        """The slider stands where the number is, or as near as it can; it stays while that is none."""
        try:
            steps = round(self.value() / SHARE_STEP)
        except (ConfigError, ValueError, OverflowError):  # no number; nan; infinity
            return
        with QSignalBlocker(self.slider):
            self.slider.setValue(max(self.slider.minimum(), min(steps, self.slider.maximum())))


class SizesField(SettingField):
    """Layer sizes, such as “256, 128”; empty means no hidden layer."""

    def __init__(self, name: str, about: Setting) -> None:
        self._line = QLineEdit()
        self._line.setPlaceholderText("no hidden layer")
        super().__init__(name, about, self._line)
        self._line.textEdited.connect(self.changed)
        self._line.editingFinished.connect(self.committed)

    def value(self) -> tuple[int | str, ...]:
        """The sizes; a part that is no whole number stays text, which the configuration refuses."""
        for sign in (",", ";", "-", "→", "x"):
            parts = self._line.text().split(sign)
            if len(parts) > 1 and (sign != "-" or parts[0].strip()):  # “784-40” are two, “-5” is less than nothing
                break
        return tuple(self._size(word) for part in parts for word in part.split())

    def show_value(self, value: Any) -> None:
        """Write the sizes."""
        self._line.setText(", ".join(str(size) for size in value))

    @staticmethod
    def _size(word: str) -> int | str:
        try:
            return int(word)
        except ValueError:
            return word


class FreeSpinBox(QAbstractSpinBox):
    """A spin box for any text: nothing is refused while typing, and steps are what `next_text` makes of them."""

    edited = Signal()
    stepped = Signal()

    def __init__(self, next_text: Callable[[int], str]) -> None:
        super().__init__()
        self._next_text = next_text
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(NARROWEST)
        self.lineEdit().setTextMargins(theme.SPIN_BOX_INDENT, 0, 0, 0)
        self.lineEdit().textEdited.connect(lambda text: self.edited.emit())

    def show_text(self, text: str) -> None:
        """Replace the text without a signal."""
        self.lineEdit().setText(text)

    def stepBy(self, steps: int) -> None:
        """One or ten steps up or down, by key, wheel or arrow."""
        text = self._next_text(steps)
        if text != self.text():
            self.lineEdit().setText(text)
            self.lineEdit().selectAll()
            self.edited.emit()
            self.stepped.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways; at a limit a step changes nothing."""
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Everything may be typed; the form says what is wrong."""
        return QValidator.State.Acceptable, text, position

    def event(self, event: QEvent) -> bool:
        """Ctrl+Right takes a step of the training also from here: a number has no next word to go to."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and cast(QKeyEvent, event).matches(QKeySequence.StandardKey.MoveToNextWord):
            return False
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the form, unless the box is in use."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


def field_for(name: str, about: Setting, default: Any) -> SettingField:
    """The sort of field that suits a setting."""
    if about.choices is not None:
        short = len(about.choices) == 2 and sum(len(_short(words)) for words in about.choices.values()) <= SHORT_CHOICES
        return SegmentField(name, about) if short else ListField(name, about)
    if isinstance(default, tuple):
        return SizesField(name, about)
    return ShareField(name, about) if is_share(name, about) else NumberField(name, about, isinstance(default, int))


def limits_in_words(about: Setting) -> str:
    """The limits of a setting as a sentence, for its tool tip."""
    if about.choices is not None:
        return f"One of: {', '.join(about.choices.values())}."
    assert about.minimum is not None and about.maximum is not None  # every number has limits
    span = f"{in_words(about.minimum)} to {in_words(about.maximum)}"
    if about.longest:
        return f"At most {about.longest} layers of {span} units each, with commas between them."
    return f"{span}{' ' + about.unit if about.unit else ''}."


def _ungrouped(text: str) -> str:
    """A whole number without the commas between its thousands, with which sentences say it."""
    return text.replace(",", "") if THOUSANDS.fullmatch(text) else text


def _with_point(text: str) -> str:
    """A number with its decimal comma as a point: 0,5 is 0.5. What may be thousands, such as 1,000, is refused."""
    return text if THOUSANDS.fullmatch(text) else text.replace(",", ".")


def _short(words: str) -> str:
    return words[words.index("(") + 1 : -1] if words.endswith(")") else words
