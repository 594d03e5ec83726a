"""A code's numbers, editable: labelled fields for a few dimensions, a compact scrolling grid for many."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLocale, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.amounts import MINUS, signed

REACH = 30.0  # how far a field goes unless the code itself is farther out
FARTHEST = 1e6  # what a field can print
DECIMALS = 3
FEW = 4
COLUMNS_OF_FEW, COLUMNS_OF_MANY = 2, 3
ROW_HEIGHT = 28
ROWS_BEFORE_SCROLLING = 2.5  # the half row shows that there are more
IN_A_TURN = 9
"""Fields that are made when a code comes, as many as are in sight, and in each turn of the event loop after that."""


class CodeEditor(QWidget):
    """Shows a code (d,) and lets each number be changed."""

    code_edited = Signal(object)
    """the whole code, (d,) float32, at every change of a number"""
    fields_made = Signal()
    """there are other fields, or more"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code = np.zeros(0, np.float32)
        self.fields: list[NumberField] = []
        self._content: QWidget | None = None
        self._grid = QGridLayout()
        self._more = QTimer(self, interval=0)
        self._more.timeout.connect(lambda: self._make_fields(IN_A_TURN))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setAccessibleName("The code's numbers")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_code(self, code: np.ndarray | None) -> None:
        """Show the numbers of a code (d,) without telling anyone; None shows no fields."""
        code = np.zeros(0, np.float32) if code is None else np.array(code, np.float32).ravel()
        another, self._code = len(code) != len(self._code), code
        if another:
            self._build(len(code))
        else:
            self._show_values(0)

    def _show_values(self, first: int) -> None:
        """Those of the fields that are there, from the one with that number on."""
        values = np.nan_to_num(self._code).clip(-FARTHEST, FARTHEST).tolist()
        for field, value in zip(self.fields[first:], values[first:], strict=False):
            field.show_value(value)

    def _edit(self, dimension: int, value: float) -> None:
        """Change one number; the others keep the digits that the fields do not show."""
        self._code = self._code.copy()
        self._code[dimension] = value
        self.code_edited.emit(self._code.copy())

    def _build(self, dimensions: int) -> None:
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.hide()  # it may live on for a while
            self._content.deleteLater()
        self.fields = []
        grid_widget = self._make_grid(dimensions > FEW)
        self._make_fields(IN_A_TURN)
        if dimensions <= FEW:
            self._content = grid_widget
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        else:
            self._content = self._make_scrolling(grid_widget)
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._column.addWidget(self._content)

    def _make_field(self, dimension: int, many: bool) -> NumberField:
        field = NumberField(dimension, narrow=many)
        field.valueChanged.connect(lambda value: self._edit(dimension, value))
        return field

    def _make_grid(self, many: bool) -> QWidget:
        widget = QWidget(self)
        self._grid = grid = QGridLayout(widget)
        grid.setContentsMargins(0, 0, theme.GAP if many else 0, 0)
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(theme.GAP // 2)
        for column in range(COLUMNS_OF_MANY if many else COLUMNS_OF_FEW):
            grid.setColumnStretch(column, 1)
        return widget

    def _make_fields(self, most: int) -> None:
        """So many more of those that are missing; the rest in later turns, or a code of 64 would hold the window up."""
        dimensions, first = len(self._code), len(self.fields)
        many = dimensions > FEW
        columns = COLUMNS_OF_MANY if many else COLUMNS_OF_FEW
        for dimension in range(first, min(first + most, dimensions)):
            field = self._make_field(dimension, many)
            self.fields.append(field)
            cell = QHBoxLayout()
            cell.setSpacing(theme.GAP // 2)
            label = QLabel(f"z{dimension + 1}")
            theme.set_role(label, "small" if many else "muted")
            label.setBuddy(field)
            if many:
                label.setMinimumWidth(label.fontMetrics().horizontalAdvance("z88"))
            cell.addWidget(label)
            cell.addWidget(field, 1)
            self._grid.addLayout(cell, dimension // columns, dimension % columns)
        self._show_values(first)
        if len(self.fields) < dimensions:
            self._more.start()
        else:
            self._more.stop()
        self.fields_made.emit()

    def _make_scrolling(self, content: QWidget) -> QScrollArea:
        area = _Area(self)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        return area


class NumberField(QDoubleSpinBox):
    """One number of a code."""

    def __init__(self, dimension: int, narrow: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"z{dimension + 1}")
        self.setLocale(QLocale.c())  # all other numbers of the window are written with a point
        self.setDecimals(DECIMALS)
        self.setSingleStep(0.1)
        self.setRange(-REACH, REACH)
        self.setAccessibleName(f"Code, dimension {dimension + 1}")
        self.setToolTip("A number of the code. Type it, or step by 0.1 with the arrow keys or the wheel.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(4, 0, 0, 0)  # Qt leaves out the style sheet's left padding
        if narrow:
            theme.set_role(self, "narrow")  # not a style sheet of its own: sixty-four of them held the window up

    def show_value(self, value: float) -> None:
        """Show a number; one that already stands here is left alone, so that typing is not disturbed."""
        if abs(self.value() - value) < 0.5 * 10**-DECIMALS:
            return
        with QSignalBlocker(self):
            reach = max(REACH, math.ceil(abs(value)))
            if reach != self.maximum():  # costs more than the number itself
                self.setRange(-reach, reach)
            self.setValue(value)

    # Qt's names

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Take a comma for the point, either minus, and of a pasted number as many decimals as can be shown."""
        whole, point, decimals = text.replace(",", ".").partition(".")
        text, minus = whole + point + decimals[:DECIMALS], MINUS if MINUS in whole else "-"
        state, text, position = super().validate(text.replace(MINUS, "-"), min(position, len(text)))
        return state, text.replace("-", minus), position

    def textFromValue(self, value: float) -> str:
        """As all other numbers of the window are written."""
        return signed(value, DECIMALS)

    def valueFromText(self, text: str) -> float:
        """Of a number with either minus."""
        return super().valueFromText(text.replace(MINUS, "-"))

    def minimumSizeHint(self) -> QSize:
        return QSize(56, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(72, super().sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only the field that has the keyboard turns with the wheel; over the others the grid scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Area(QScrollArea):
    """A scroll area that asks for two rows and a half."""

    def sizeHint(self) -> QSize:
        content = self.widget()
        wanted = 0 if content is None else content.sizeHint().height()
        return QSize(300, min(wanted, int(ROWS_BEFORE_SCROLLING * (ROW_HEIGHT + theme.GAP // 2))))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, min(self.sizeHint().height(), 2 * ROW_HEIGHT + theme.GAP // 2))
