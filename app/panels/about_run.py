"""A line about the run that is looked at, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.titled import tight

NARROWEST_WORDS = 160
"""Pixels of the sentence beside buttons."""


class AboutRun(QWidget):
    """A quiet sentence with buttons behind it, or below it where they would leave it too little room."""

    def __init__(self, object_name: str, *buttons: QPushButton) -> None:
        """`object_name` is the sentence's."""
        super().__init__()
        self._words = describe(QLabel(), "", "", object_name)
        self._words.setWordWrap(True)
        theme.set_role(self._words, "muted")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.GAP)
        for button in buttons:
            self._buttons.addWidget(button)
        self._both = tight(QBoxLayout(QBoxLayout.Direction.LeftToRight, self), theme.GAP)
        self._both.addWidget(self._words, 1)
        self._both.addLayout(self._buttons)

    def say(self, words: str) -> None:
        """Replace the sentence."""
        self._words.setText(words)

    def event(self, event: QEvent) -> bool:
        """The width has changed, or a button has come or gone."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            beside = self.width() >= NARROWEST_WORDS + theme.GAP + self._buttons.sizeHint().width()
            way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
            if way != self._both.direction():
                self._both.setDirection(way)
        return super().event(event)
