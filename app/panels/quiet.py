"""Controls that a wheel which passes over them does not turn: only the one that is in use, with the keyboard on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider, QSpinBox, QWidget

from app.panels.picker import ShortBox

if TYPE_CHECKING:
    Widget = QWidget
else:
    Widget = object  # of Qt's classes Python takes one alone: that of the control


class Quiet(Widget):
    """Before a control's own class: what lies around it scrolls and zooms, unless the control has the focus."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # which the wheel does not give

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll what is behind, unless the control is in use."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class QuietComboBox(Quiet, ShortBox):
    """A combo box."""


class QuietSpinBox(Quiet, QSpinBox):
    """A whole number."""


class QuietSlider(Quiet, QSlider):
    """A slider that lies."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
