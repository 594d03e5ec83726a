"""A card that floats over a plot and tells what is known of the mark that is pointed at."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.panels.floating_ground import paint_ground

AWAY = 16  # pixels between a mark and its card
MARGIN = 4  # pixels that stay free at the edge of what it floats over
OPENS = "click opens it"
"""The note on a mark that is a run."""


class FloatingCard(QLabel):
    """A title, figures and a note; never takes the mouse."""

    def __init__(self, over: QWidget, object_name: str, above: bool) -> None:
        """It stands `above` marks or below them, where there is room; `over` is what it floats over."""
        super().__init__(over)
        self._over, self._above = over, above
        self.setObjectName(object_name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setMargin(theme.GAP)
        self.hide()

    def show_at(self, at: QPoint, title: str, rows: Iterable[tuple[str, str]], note: str) -> None:
        """Stand right of a point, or left of it where there is no room."""
        muted = theme.colours().muted
        lines = "".join(
            f"<tr><td style='color:{muted}'>{escape(name)}&nbsp;&nbsp;</td><td>{escape(value)}</td></tr>"
            for name, value in rows
        )
        note = f"<span style='color:{muted}'>{escape(note)}</span>"
        self.setText(f"<b>{escape(title)}</b><table cellspacing='0'>{lines}</table>{note}")
        self.adjustSize()
        x, above, below = at.x() + AWAY, at.y() - AWAY - self.height(), at.y() + AWAY
        if x + self.width() > self._over.width() - MARGIN:
            x = at.x() - AWAY - self.width()
        if self._above:
            y = above if above >= MARGIN else below
        else:
            y = below if below + self.height() <= self._over.height() - MARGIN else above
        self.move(max(MARGIN, x), max(MARGIN, y))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_ground(self, 8)
        super().paintEvent(event)
