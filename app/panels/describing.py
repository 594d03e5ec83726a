"""One line that gives a widget what every widget here has: plain words for screen readers, a tooltip, a name."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QWidget

AnyWidget = TypeVar("AnyWidget", bound=QWidget)


def describe(widget: AnyWidget, name: str, tip: str = "", object_name: str = "") -> AnyWidget:
    """Set accessible name, tooltip (the name when there is none) and object name; return the widget."""
    widget.setAccessibleName(name)
    widget.setToolTip(tip or name)
    if object_name:
        widget.setObjectName(object_name)
    return widget
