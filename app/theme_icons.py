"""Icons drawn from one-colour SVG files in the colour that the theme has at the moment of painting."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_COPIES: list[QIconEngine] = []
"""Kept, because nothing else does; Qt makes very few."""


class ThemedIcon(QIconEngine):
    """Paints an SVG whose lines are `currentColor`; it asks for `colours` at every paint and so follows a switch."""

    def __init__(self, svg: str, role: str, colours: Callable[[], Any]) -> None:
        super().__init__()
        self._svg = svg
        self._role = role
        self._colours = colours

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon into `rect`."""
        _draw(painter, rect, self._svg, self._colour(mode))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon on a transparent ground, `size` in device pixels."""
        return QPixmap.fromImage(_drawn(self._svg, self._colour(mode), size.width(), size.height()))

    def clone(self) -> QIconEngine:
        """A copy, when Qt detaches a shared icon. PySide would destroy it at once: it does not see that Qt takes it."""
        copy = ThemedIcon(self._svg, self._role, self._colours)
        _COPIES.append(copy)
        return copy

    def _colour(self, mode: QIcon.Mode) -> str:
        now = self._colours()
        return now.faint if mode == QIcon.Mode.Disabled else getattr(now, self._role)


@lru_cache(maxsize=256)
def _drawn(svg: str, colour: str, width: int, height: int) -> QImage:
    """Kept, because Qt asks at every paint; as an image, because a pixmap must not outlive the application."""
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        _draw(painter, image.rect(), svg, colour)
    return image


def _draw(painter: QPainter, rect: QRect, svg: str, colour: str) -> None:
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))
    side = min(rect.width(), rect.height())
    square = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
    renderer.render(painter, square)
