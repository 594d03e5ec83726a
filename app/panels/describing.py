"""One line that gives a widget its words: for screen readers, for the pointer, and its name for tests and style."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from app.plain_words import as_written

AnyWidget = TypeVar("AnyWidget", bound=QWidget)

SPOKEN = "spokenName"


def describe(widget: AnyWidget, name: str = "", tip: str = "", object_name: str = "") -> AnyWidget:
    """Set accessible name, tooltip (shown as it is written) and object name, where given; return the widget."""
    if name:
        widget.setAccessibleName(name)
        if isinstance(widget, QComboBox):
            _label(widget, name)
    if tip:
        widget.setToolTip(as_written(tip))
    if object_name:
        widget.setObjectName(object_name)
    return widget


def describe_shown(box: QComboBox, name: str) -> None:
    """Name a box; while none of its entries is chosen, with the words that stand there: they are told as no value."""
    describe(box, name if box.currentIndex() >= 0 else f"{name}: {box.placeholderText()}")


def _label(box: QComboBox, name: str) -> None:
    """Name a box by a label that nobody sees: on Linux Qt tells screen readers its value in place of its own name."""
    label = box.findChild(QLabel, SPOKEN) or QLabel(box)
    label.setObjectName(SPOKEN)
    label.setText(name)
    label.setBuddy(box)
    label.hide()
