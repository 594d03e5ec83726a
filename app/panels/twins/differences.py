"""In what the right twin differs: a row a setting, with what the left one has and a field of the form for the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.panels.describing import describe
from app.panels.picker import ShortLabel
from app.panels.quiet import QuietComboBox
from app.panels.titled import tight
from app.panels.training.setting_fields import SettingField, field_for
from models.config import RunConfig
from models.settings import ConfigError, settings_of
from models.twin_settings import SETTINGS, suggested
from models.wording import plain

ABOUT = settings_of(RunConfig)
FIRST = ("kind", "latent_dim", "beta", "corruption")
"""The settings that new rows begin with."""
MOST = len(FIRST)  # rows: the maps below need the room
LEAST_SEEN = 2
LEAST_SETTING, LEAST_LEFT, MOST_KEPT = 96, 40, 150
"""Pixels that a setting, the left's value and a choice for the right keep."""
WIDEST, IN_COLUMNS = 600, 560
"""Pixels that a row takes at most, and from which on the values stand below each other."""
AFTER_LEFT = 2  # where the editor stands in a row
TIP = "On the left as the form says, on the right the same but for this. Both are at the same epoch at any time."


class Difference(QWidget):
    """One row: a setting, its value on the left in words, and the field of its value on the right."""

    changed = Signal()
    chosen = Signal()
    """another setting"""
    closed = Signal()

    def __init__(self, name: str, config: RunConfig) -> None:
        super().__init__()
        self._config, self._narrow = config, False
        self.field: SettingField | None = None
        self.setting = describe(QuietComboBox(), "A setting that differs", TIP, "twinSetting")
        self._fill()
        self.left = describe(ShortLabel(), "", "", "twinLeftValue")
        theme.set_role(self.left, "small")
        self.close_button = describe(QToolButton(), "Let it not differ", "Let this setting not differ", "twinSame")
        self.close_button.setIcon(theme.icon("close", "muted"))
        self.setting.activated.connect(self._choose)
        self.close_button.clicked.connect(self.closed)
        self.setMaximumWidth(WIDEST)
        self._line = line = tight(QHBoxLayout(self), theme.GAP)
        for widget in (self.setting, self.left, self.close_button):
            line.addWidget(widget)
        self.show_setting(name)

    @property
    def name(self) -> str:
        """The setting that differs."""
        return str(self.setting.currentData())

    def value(self) -> Any:
        """The right twin's value; ConfigError where it is none."""
        assert self.field is not None
        value = self.field.value()
        if ABOUT[self.name].choices is None:
            RunConfig(**{self.name: value})
        return value

    def meant(self) -> Any:
        """The same, with a mark on the field where it is no value."""
        try:
            return self.value()
        except ConfigError as error:
            assert self.field is not None
            self.field.show_error(str(error))
            raise

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
        field.setParent(self)
        field.hide()  # of the form's field only the editor is needed here
        editor = describe(field.editor, f"{ABOUT[name].label} of the right twin", object_name="twinValue")
        for each in (editor, *editor.findChildren(QPushButton)):
            each.setToolTip(field.toolTip())  # which is markup, not words to be shown as they are written
        self._line.insertWidget(AFTER_LEFT, editor, 1)
        if isinstance(editor, QComboBox):
            editor.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            self.shorten(self._narrow)
        editor.show()
        field.changed.connect(lambda: field.show_error(""))
        field.changed.connect(self.changed)
        field.show_value(suggested(self._config, name))
        self._say_left()

    def shorten(self, narrow: bool) -> None:
        """Do with little room: nothing about the left, and less of a choice's words; else the left's give way first."""
        self._narrow = narrow
        self.left.setVisible(not narrow)
        editor = self.field.editor if self.field is not None else None
        if isinstance(editor, QComboBox):
            editor.setMinimumWidth(min(editor.sizeHint().width(), LEAST_SETTING if narrow else MOST_KEPT))

    def bar_others(self, taken: set[str]) -> None:
        """Settings that differ in other rows can't be chosen here."""
        model = self.setting.model()
        assert isinstance(model, QStandardItemModel)
        for each in SETTINGS:
            model.item(self.setting.findData(each)).setEnabled(each not in taken - {self.name})

    def _fill(self) -> None:
        """All settings, in the form's groups."""
        before = ABOUT[SETTINGS[0]].group
        for each in SETTINGS:
            if ABOUT[each].group != before:
                self.setting.insertSeparator(self.setting.count())
            before = ABOUT[each].group
            self.setting.addItem(ABOUT[each].label, each)
        self.setting.setMaxVisibleItems(self.setting.count())
        self.setting.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setting.setMinimumWidth(LEAST_SETTING)

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
        value = in_words(self.name, getattr(self._config, self.name))
        self.left.show_text(f"{value}  vs")
        self.left.setAccessibleName(f"{ABOUT[self.name].label} of the left twin, as the form says: {value}")


class Differences(QScrollArea):
    """One to four rows, as many seen as there is room for, and the button for one more, which others find room for."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        describe(self, "What differs between the twins", "", "twinDifferences")
        self.rows: list[Difference] = []
        self._room = 0  # pixels in height that the rows may take
        self._config, self._narrow = RunConfig(), False
        self.more = QToolButton(self)
        describe(self.more, "Let another setting differ", "Let another setting differ too", "twinMore")
        self.more.setIcon(theme.icon("plus"))
        self.more.setText("One more")
        self.more.clicked.connect(self.add)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.GAP // 2)
        self._inside = inside = QWidget()
        whole = tight(QHBoxLayout(inside), 0)
        whole.addLayout(self._lines, 100)
        whole.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.changed.connect(self._align)
        self.add()

    def changes(self) -> dict[str, Any]:
        """The settings that differ, with the right twin's values; ConfigError with one sentence where one is none."""
        return {row.name: row.meant() for row in self.rows}

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
            row.shorten(narrow)

    def give_room(self, height: int) -> None:
        """Rows that this height has no room for are scrolled to; some are seen in any case."""
        self._room = height
        self._align()

    def add(self) -> None:
        """Let another setting differ."""
        taken = {row.name for row in self.rows}
        row = Difference(next(name for name in FIRST if name not in taken), self._config)
        row.changed.connect(self.changed)
        row.chosen.connect(self._bar)
        row.closed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._lines.addWidget(row)
        row.show()
        self._show_rows()
        if len(self.rows) > 1:
            row.setting.setFocus()
            QTimer.singleShot(0, row, lambda: self.ensureWidgetVisible(row, 0, 0))  # when it has its place

    def order_tabs(self, before: QWidget) -> None:
        """Tab goes from the widget `before` to the rows, from row to row, though they and their editors come and go."""
        order = [before]
        for row in self.rows:
            assert row.field is not None
            order += row.setting, row.field.editor, row.close_button
        for first, second in zip(order, [*order[1:], self.more], strict=True):
            QWidget.setTabOrder(first, second)

    # inside

    def _remove(self, row: Difference) -> None:
        self.rows.remove(row)
        row.hide()
        row.deleteLater()
        self._show_rows()
        self.rows[-1].setting.setFocus()

    def _show_rows(self) -> None:
        for row in self.rows:
            row.shorten(self._narrow)
            row.close_button.setVisible(len(self.rows) > 1)
        self.more.setVisible(len(self.rows) < MOST)
        self._bar()
        self.changed.emit()

    def _align(self) -> None:
        """With room for it, the values stand below each other, and all rows are seen."""
        widest = max(row.left.sizeHint().width() for row in self.rows)
        for row in self.rows:
            row.left.setMinimumWidth(widest if self.width() >= IN_COLUMNS else LEAST_LEFT)
        heights = np.cumsum([row.sizeHint().height() + self._lines.spacing() for row in self.rows])
        seen = max(np.searchsorted(heights, self._room, side="right"), LEAST_SEEN)
        self.setFixedHeight(int(heights[:seen][-1]) - self._lines.spacing())

    def _bar(self) -> None:
        taken = {row.name for row in self.rows}
        for row in self.rows:
            row.bar_others(taken)

    # Qt's names

    def minimumSizeHint(self) -> QSize:
        """No row is cut at its side."""
        return QSize(self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width(), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._align()


def in_words(name: str, value: object) -> str:
    """A value as short as can be: the part in brackets of a choice's words."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "no layer"
    if ABOUT[name].choices is None:
        return plain(value) if isinstance(value, (int, float)) else str(value)
    words = (ABOUT[name].choices or {})[str(value)]
    return words[words.index("(") + 1 : -1] if words.endswith(")") else words
