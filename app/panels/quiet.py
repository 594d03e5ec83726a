"""Controls that a wheel which passes over them does not turn: only the one that is in use, with the keyboard on it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSlider, QSpinBox


class QuietComboBox(QComboBox):
    """A combo box that the wheel turns only when it has the focus, so that what lies around it scrolls and zooms."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll what is behind, unless the box is in use."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class QuietSpinBox(QSpinBox):
    """A whole number that the wheel turns only when it has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll what is behind, unless the box is in use."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class QuietSlider(QSlider):
    """A slider that the wheel moves only when it has the focus."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll what is behind, unless the slider is in use."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()
