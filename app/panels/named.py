"""A widget's two names in one breath: one for tests and style, one in plain words for those who hear the window."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str, words: str = "") -> W:
    """The same widget with its object name and, where given, its accessible name."""
    widget.setObjectName(name)
    if words:
        widget.setAccessibleName(words)
    return widget
