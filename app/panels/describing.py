"""One line that gives a widget its words: for screen readers, for the pointer, and its name for tests and style."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QWidget

AnyWidget = TypeVar("AnyWidget", bound=QWidget)


def describe(widget: AnyWidget, name: str = "", tip: str = "", object_name: str = "") -> AnyWidget:
    """Set accessible name, tooltip and object name, those that are given; return the widget."""
    if name:
        widget.setAccessibleName(name)
    if tip:
        widget.setToolTip(tip)
    if object_name:
        widget.setObjectName(object_name)
    return widget
