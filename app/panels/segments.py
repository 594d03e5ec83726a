"""Buttons in a row of which one is down."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton

from app import theme

PADDING = 24
"""Pixels of a segment beside its words."""


class Segments(QFrame):
    """Buttons side by side in a `group` which numbers them; the first is down at the start."""

    def __init__(self, buttons: Iterable[QPushButton]) -> None:
        super().__init__()
        theme.set_role(self, "segments")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(2, 2, 2, 2)
        self.row.setSpacing(2)
        self.group = QButtonGroup(self)
        for number, button in enumerate(buttons):
            button.setCheckable(True)
            theme.set_role(button, "segment")
            button.setChecked(number == 0)
            self.group.addButton(button, number)
            self.row.addWidget(button)
        self.group.buttonToggled.connect(self._enter_at_checked)
        self._enter_at_checked()

    def _enter_at_checked(self, *_: object) -> None:
        """Let Tab come to the button that is down; arrow keys go on from there.

        Qt does so only once one of them has had the keyboard: before, Tab comes to the first, or to each of them.
        """
        checked, tab = self.group.checkedButton(), Qt.FocusPolicy.TabFocus
        if checked is None:
            return
        for button in self.group.buttons():
            policy = button.focusPolicy()
            button.setFocusPolicy(policy | tab if button is checked else policy & ~tab)


def bold_width(segment: QPushButton) -> int:
    """The width of a segment's words as it bears them when it is chosen."""
    bold = QFont(segment.font())
    bold.setWeight(QFont.Weight.DemiBold)
    return QFontMetrics(bold).horizontalAdvance(segment.text())


def write_segment(segment: QPushButton, words: str) -> None:
    """Write on a segment and keep room for the bold words that it bears when it is chosen."""
    segment.setText(words)
    segment.setMinimumWidth(bold_width(segment) + PADDING)
