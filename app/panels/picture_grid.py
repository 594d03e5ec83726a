"""A drawing surface for images in rows: a column an image, numbers beneath, with keys and mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
)
from PySide6.QtWidgets import QSizePolicy

from app import theme
from app.panels.digit_image import grey_image, signed_image
from app.panels.focus_mark import FRAME
from app.panels.picture_columns import SIDE, PictureColumns, paint_picture
from app.panels.reconstructions.layout import Layout, best_layout


class Row(NamedTuple):
    """A row of pictures (N, 28, 28) with its name; `signed` ones are differences, in -1..1."""

    name: str
    images: np.ndarray
    signed: bool = False


class Pictures(NamedTuple):
    """What is shown of N images: their numbers among the held-out images (-1 and less for others), and names."""

    indices: np.ndarray
    names: Sequence[str]
    rows: Sequence[Row]
    numbers: Sequence[tuple[str, list[str]]]
    in_words: Callable[[int], str]
    """all that is known of the image at a place"""


class PictureGrid(PictureColumns):
    """Rows of pictures, in bands where one has no room."""

    label_keyed = Signal(int)
    """a digit's key was pressed"""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._shown: Pictures | None = None
        self._strips: list[tuple[str, QImage]] = []
        self._numbers: list[tuple[str, list[str]]] = []
        self.places = Layout(0, 0, 0, 1, SIDE, SIDE, 1, 0)

    # in

    def show_pictures(self, shown: Pictures) -> None:
        """Show these images and their numbers; what the keyboard stands on stays where it is."""
        self._shown = shown
        self._strips = [(row.name, _strip(row.images, row.signed)) for row in shown.rows]
        self._numbers = list(shown.numbers)
        self._keep_current()
        self._arrange()

    def fit_into(self, height: int) -> None:
        """Use so many pixels; where they are too few, the grid becomes higher and is scrolled."""
        self._room = height
        self._arrange()

    # what is known of them

    def indices(self) -> np.ndarray:
        """The images' numbers (N,) among the held-out images, below 0 for others."""
        return np.zeros(0, int) if self._shown is None else self._shown.indices

    def column(self, place: int) -> QRect:
        """All that belongs to an image."""
        return self.places.column(place)

    def ring(self, place: int) -> QRect:
        """Around all pictures of an image."""
        first, last = (self.places.picture(place, row) for row in (0, len(self._strips) - 1))
        return first.united(last)

    def in_words(self, place: int) -> str:
        """All that is known of an image."""
        return "" if self._shown is None else self._shown.in_words(place)

    def steps(self) -> dict[Qt.Key, int]:
        """How many places a key walks."""
        return super().steps() | {Qt.Key.Key_Up: -self.places.columns, Qt.Key.Key_Down: self.places.columns}

    # inside

    def _arrange(self) -> None:
        metrics = QFontMetrics(theme.small_font(self))
        names = [name for name, _ in (*self._strips, *self._numbers)]
        labels = max((metrics.horizontalAdvance(name) for name in names), default=0) + theme.GAP + FRAME
        count = 0 if self._shown is None else len(self._shown.indices)
        rows, lines = len(self._strips), len(self._numbers)
        self.places = best_layout(self.width(), self._room, count, rows, lines, metrics.height(), labels)
        self.setMinimumHeight(self.places.height)
        self.update()

    # Qt's names

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.places.height)

    def paint_shown(self, painter: QPainter) -> None:
        """Paint what is ready; nothing is computed here."""
        for band in range(self.places.bands):
            self._paint_labels(painter, band * self.places.columns)
        for place in range(self.places.count):
            self._paint_column(painter, place)

    def _paint_labels(self, painter: QPainter, first: int) -> None:
        """The rows' names beside the first image of a band."""
        painter.setPen(QColor(theme.colours().muted))
        right = self.places.column(first).left() - theme.GAP
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, (name, _) in enumerate(self._strips):
            place = self.places.picture(first, row)
            painter.drawText(QRect(0, place.top(), right, place.height()), flags, name)
        for line, (name, _) in enumerate(self._numbers):
            place = self.places.words(first, line)
            painter.drawText(QRect(0, place.top(), right, place.height()), flags, name)

    def _paint_column(self, painter: QPainter, place: int) -> None:
        assert self._shown is not None
        for row, (_, strip) in enumerate(self._strips):
            paint_picture(painter, self.places.picture(place, row), strip, place)
        now = theme.colours()
        centred = Qt.AlignmentFlag.AlignCenter
        painter.setPen(QColor(now.muted))
        room = self.places.words(place, -1)
        elided = Qt.TextElideMode.ElideRight
        painter.drawText(
            room, centred, painter.fontMetrics().elidedText(self._shown.names[place], elided, room.width())
        )
        painter.setPen(QColor(now.text))
        for line, (_, numbers) in enumerate(self._numbers):
            painter.drawText(self.places.words(place, line), centred, numbers[place])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk, Enter and Space pin, a digit's key shows that digit alone."""
        key = event.key()
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.label_keyed.emit(key - Qt.Key.Key_0)
        else:
            super().keyPressEvent(event)


def _strip(images: np.ndarray, signed: bool) -> QImage:
    """Images (N, 28, 28) beside each other as one picture: one conversion a row, not twenty."""
    row = np.concatenate(list(images), axis=1) if len(images) else np.zeros((SIDE, SIDE), np.float32)
    return signed_image(row) if signed else grey_image(row)
