"""The ground of what floats over a plot: a rounded, slightly transparent card."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme


def paint_ground(widget: QWidget, radius: int) -> None:
    """Paint the card over the whole widget, in the theme's present colours; call it first in `paintEvent`."""
    now = theme.colours()
    with QPainter(widget) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(now.raised)
        ground.setAlpha(240)
        painter.setBrush(ground)
        painter.setPen(QPen(QColor(now.edge), 1))
        painter.drawRoundedRect(widget.rect().adjusted(0, 0, -1, -1), radius, radius)
