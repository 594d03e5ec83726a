"""In what the right twin differs: a row a setting, with what the left one has and a field of the form for the other."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.training.setting_fields import QuietComboBox, SettingField, field_for
from models.config import ConfigError, RunConfig, settings_of
from models.twin_settings import SETTINGS, suggested

ABOUT = settings_of(RunConfig)
MOST = 4  # rows: the maps below need the room
TIP = "On the left as the form says, on the right the same but for this. Twins see the same batches at the same time."


class Difference(QObject):
    """One row: a setting, its value on the left in words, and the field of its value on the right."""

    changed = Signal()
    chosen = Signal()
    """another setting"""
    closed = Signal()

    def __init__(self, name: str, config: RunConfig, parent: QWidget) -> None:
        super().__init__(parent)
        self._config = config
        self.field: SettingField | None = None
        self.setting = describe(QuietComboBox(), "A setting that differs", TIP, "twinSetting")
        for each in SETTINGS:
            self.setting.addItem(ABOUT[each].label, each)
        self.setting.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setting.setMinimumContentsLength(9)
        self.left = describe(QLabel(), "Its value on the left, as the form says", "", "twinLeftValue")
        theme.set_role(self.left, "small")
        self.place = QWidget()
        inside = QVBoxLayout(self.place)
        inside.setContentsMargins(0, 0, 0, 0)
        self.close_button = describe(QToolButton(), "Let it not differ", "Let this setting not differ", "twinSame")
        self.close_button.setIcon(theme.icon("close", "muted"))
        self.setting.activated.connect(self._choose)
        self.close_button.clicked.connect(self.closed)
        self.show_setting(name)

    @property
    def name(self) -> str:
        """The setting that differs."""
        return str(self.setting.currentData())

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """What stands in the row, from left to right."""
        return self.setting, self.left, self.place, self.close_button

    def value(self) -> Any:
        """The right twin's value; ConfigError, and a mark on the field, where it is none."""
        assert self.field is not None
        try:
            value = self.field.value()
            if ABOUT[self.name].choices is None:
                RunConfig(**{self.name: value})
        except ConfigError as error:
            self.field.show_error(str(error))
            raise
        return value

    def show_config(self, config: RunConfig) -> None:
        """The left twin is another one; a value that differs from its own stays."""
        self._config = config
        self._say_left()
        if self.field is not None and not self._differs():
            self.field.show_value(suggested(config, self.name))

    def show_setting(self, name: str) -> None:
        """Let another setting differ."""
        self.setting.setCurrentIndex(self.setting.findData(name))
        if self.field is not None:
            self.field.editor.hide()
            self.field.editor.deleteLater()
            self.field.deleteLater()
        default = getattr(RunConfig(), name)
        self.field = field = field_for(name, ABOUT[name], default)
        field.setParent(self.place)
        field.hide()  # of the form's field only the editor is needed here
        editor = describe(field.editor, f"{ABOUT[name].label} of the right twin", field.toolTip(), "twinValue")
        for button in editor.findChildren(QPushButton):
            button.setToolTip(field.toolTip())
        self.place.layout().addWidget(editor)  # type: ignore[union-attr]
        editor.show()
        field.changed.connect(lambda: field.show_error(""))
        field.changed.connect(self.changed)
        field.show_value(suggested(self._config, name))
        self._say_left()

    def bar_others(self, taken: set[str]) -> None:
        """Settings that differ in other rows can't be chosen here."""
        model = self.setting.model()
        assert isinstance(model, QStandardItemModel)
        for index, each in enumerate(SETTINGS):
            model.item(index).setEnabled(each not in taken - {self.name})

    def _choose(self, index: int) -> None:
        self.show_setting(self.setting.itemData(index))
        self.chosen.emit()
        self.changed.emit()

    def _differs(self) -> bool:
        try:
            return self.field is not None and self.field.value() != getattr(self._config, self.name)
        except ConfigError:
            return True  # a person is at it

    def _say_left(self) -> None:
        self.left.setText(f"{in_words(self.name, getattr(self._config, self.name))}  vs")


class Differences(QWidget):
    """One to four rows."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        describe(self, "What differs between the twins", "", "twinDifferences")
        self.rows: list[Difference] = []
        self._config, self._narrow = RunConfig(), False
        self.more = describe(QToolButton(), "Let another setting differ", "Let another setting differ too", "twinMore")
        self.more.setIcon(theme.icon("plus"))
        self.more.clicked.connect(self.add)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.GAP // 2)
        self._grid.setHorizontalSpacing(theme.GAP)
        self._grid.setColumnStretch(0, 3)
        self._grid.setColumnStretch(2, 2)
        self.add()

    def changes(self) -> dict[str, Any]:
        """The settings that differ, with the right twin's values; ConfigError with one sentence where one is none."""
        return {row.name: row.value() for row in self.rows}

    def show_config(self, config: RunConfig) -> None:
        """The left twin is another one."""
        self._config = config
        for row in self.rows:
            row.show_config(config)
        self.changed.emit()

    def shorten(self, narrow: bool) -> None:
        """Do with little room: nothing about the left."""
        self._narrow = narrow
        for row in self.rows:
            row.left.setVisible(not narrow)

    def add(self) -> None:
        """Let another setting differ."""
        taken = {row.name for row in self.rows}
        row = Difference(next(name for name in SETTINGS if name not in taken), self._config, self)
        row.changed.connect(self.changed)
        row.chosen.connect(self._bar)
        row.closed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._lay_out()
        if len(self.rows) > 1:
            row.setting.setFocus()

    # inside

    def _remove(self, row: Difference) -> None:
        self.rows.remove(row)
        for widget in row.widgets:
            widget.hide()
            widget.deleteLater()
        row.deleteLater()
        self._lay_out()
        self.rows[-1].setting.setFocus()

    def _lay_out(self) -> None:
        for line, row in enumerate(self.rows):
            for column, widget in enumerate(row.widgets):
                self._grid.addWidget(widget, line, column)
                widget.show()
            row.left.setVisible(not self._narrow)
            row.close_button.setVisible(len(self.rows) > 1)
        self._grid.addWidget(self.more, len(self.rows) - 1, 4)
        self.more.setVisible(len(self.rows) < MOST)
        self._bar()
        order = [widget for row in self.rows for widget in (row.setting, row.place, row.close_button)] + [self.more]
        for first, second in zip(order, order[1:], strict=False):
            QWidget.setTabOrder(first, second)
        self.changed.emit()

    def _bar(self) -> None:
        taken = {row.name for row in self.rows}
        for row in self.rows:
            row.bar_others(taken)


def in_words(name: str, value: object) -> str:
    """A value as short as can be: the part in brackets of a choice's words."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "no layer"
    if ABOUT[name].choices is None:
        return f"{value:g}" if isinstance(value, (int, float)) else str(value)
    words = (ABOUT[name].choices or {})[str(value)]
    return words[words.index("(") + 1 : -1] if words.endswith(")") else words
