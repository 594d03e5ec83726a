"""A line about the run that is looked at, and what can be done about it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app import theme
from app.panels.describing import describe


class AboutRun(QWidget):
    """A quiet sentence with buttons behind it."""

    def __init__(self, object_name: str, *buttons: QPushButton) -> None:
        """`object_name` is the sentence's."""
        super().__init__()
        self._words = describe(QLabel(), "", "", object_name)
        self._words.setWordWrap(True)
        theme.set_role(self._words, "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self._words, 1)
        for button in buttons:
            row.addWidget(button)

    def say(self, words: str) -> None:
        """Replace the sentence."""
        self._words.setText(words)
