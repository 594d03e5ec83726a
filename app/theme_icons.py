"""Icons drawn from one-colour SVG files in the colour that the theme has at the moment of painting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


class ThemedIcon(QIconEngine):
    """Paints an SVG whose lines are `currentColor`; it asks for `colours` at every paint and so follows a switch."""

    def __init__(self, svg: str, role: str, colours: Callable[[], Any]) -> None:
        super().__init__()
        self._svg = svg
        self._role = role
        self._colours = colours

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon into `rect`."""
        now = self._colours()
        colour = now.faint if mode == QIcon.Mode.Disabled else getattr(now, self._role)
        renderer = QSvgRenderer(QByteArray(self._svg.replace("currentColor", colour).encode()))
        side = min(rect.width(), rect.height())
        square = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        renderer.render(painter, square)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon on a transparent ground, `size` in device pixels."""
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return QPixmap.fromImage(image)

    def clone(self) -> QIconEngine:
        """A copy, when Qt detaches a shared icon."""
        return ThemedIcon(self._svg, self._role, self._colours)
