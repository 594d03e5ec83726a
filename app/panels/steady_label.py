"""A line of text that changes many times a second."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QLabel

MUCH_SHORTER = 0.7


class SteadyLabel(QLabel):
    """Keeps the room of the widest text of late: a label of another size has the whole window laid out anew."""

    def setText(self, text: str) -> None:
        """Show a text; the room grows with it, and shrinks with a much shorter one."""
        super().setText(text)
        self._keep_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setFixedSize(self._room())

    def _keep_room(self) -> None:
        wanted, kept = self._room(), self.minimumSize()
        if wanted.width() > kept.width() or wanted.width() < MUCH_SHORTER * kept.width():
            self.setFixedSize(wanted)

    def _room(self) -> QSize:
        """What the text takes; a label's own hint is never smaller than the room it has."""
        return self.fontMetrics().size(Qt.TextFlag.TextSingleLine, self.text())
