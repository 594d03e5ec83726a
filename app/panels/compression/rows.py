"""Rows of held-out images through the code, quantised and not, and through PCA: painted by hand, keys and mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QPainter,
)
from PySide6.QtWidgets import QSizePolicy

from app import theme
from app.amounts import SQUARED_ERROR_SHORT, per_pixel
from app.panels.compression.words import decibels, in_words
from app.panels.digit_image import grey_image
from app.panels.focus_mark import FRAME
from app.panels.picture_columns import PictureColumns, paint_picture
from app.seen.compressed import Compressed

SMALLEST, LARGEST = 28, 84  # pixels a side
FEWEST = 3  # columns
BESIDE, BETWEEN = 4, 3  # pixels between columns, below a row
UNITS = SQUARED_ERROR_SHORT, "PSNR, dB"


class CompressionRows(PictureColumns):
    """A column an image, with numbers below each of its pictures; as many columns as find room."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._shown: Compressed | None = None
        self._rows: list[tuple[str, QImage, list[tuple[str, str]]]] = []
        self._side = SMALLEST
        self._labels = self._columns = 0
        self._pitch = self._line = 1

    # in

    def show_images(self, shown: Compressed) -> None:
        """Show these images and their numbers; what the keyboard stands on stays where it is."""
        self._shown = shown
        self._rows = [
            (name, grey_image(np.concatenate(list(images), axis=1)), _numbers(errors))
            for name, images, errors in shown.rows()
        ]
        self.fit_into(self._room)

    def fit_into(self, height: int) -> None:
        """Use about so many pixels for the pictures: they are as large as width and height allow."""
        metrics = QFontMetrics(theme.small_font(self))
        self._room, self._line = height, metrics.height()
        self._labels = max(metrics.horizontalAdvance(word) for word in ("unquantised", *UNITS)) + theme.GAP + FRAME
        least = max(SMALLEST, metrics.horizontalAdvance(".0000")) + BESIDE
        images = 0 if self._shown is None else len(self._shown.indices)
        room = self.width() - self._labels - FRAME
        self._columns = min(images, max(room // least, FEWEST))
        self._keep_current()
        self.setMinimumWidth(self._labels + min(images, FEWEST) * least + FRAME)
        self._pitch = room // max(self._columns, 1)
        rows = max(len(self._rows), 1)
        words = self._line * 2 * sum(bool(numbers) for _, _, numbers in self._rows) + rows * BETWEEN
        side = min(self._pitch - BESIDE, (height - words) // rows, LARGEST)
        self._side = max(side, SMALLEST)
        self.setFixedHeight(words + rows * self._side)
        self.update()

    # what is known of them

    def indices(self) -> np.ndarray:
        """The numbers (N,) among the held-out images of those that find room."""
        return np.zeros(0, int) if self._shown is None else self._shown.indices[: self._columns]

    def in_words(self, place: int) -> str:
        """All that is known of an image."""
        return "" if self._shown is None else in_words(self._shown, place)

    # where things stand

    def picture(self, column: int, row: int) -> QRect:
        """The square of a picture."""
        top = 1
        for _, _, numbers in self._rows[:row]:
            top += self._side + BETWEEN + (2 * self._line if numbers else 0)
        left = self._labels + column * self._pitch + (self._pitch - self._side) // 2
        return QRect(left, top, self._side, self._side)

    def column(self, place: int) -> QRect:
        """All that belongs to an image."""
        return QRect(self._labels + place * self._pitch, 0, self._pitch, self.height())

    def ring(self, place: int) -> QRect:
        """Around all pictures of an image and their numbers."""
        first = self.picture(place, 0)
        return QRect(first.left(), first.top(), first.width(), self.height() - first.top() - 3)

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(0, self.height())

    def paint_shown(self, painter: QPainter) -> None:
        """Paint what is ready; nothing is computed here."""
        for row in range(len(self._rows)):
            self._paint_labels(painter, row)
            self._paint_row(painter, row)

    def _paint_labels(self, painter: QPainter, row: int) -> None:
        name, _, numbers = self._rows[row]
        place, now = self.picture(0, row), theme.colours()
        width, flags = self._labels - theme.GAP, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(now.text))
        painter.drawText(QRect(0, place.top(), width, place.height()), flags, name)
        painter.setPen(QColor(now.muted))
        for line, words in enumerate(UNITS if numbers else ()):
            painter.drawText(QRect(0, place.bottom() + 1 + line * self._line, width, self._line), flags, words)

    def _paint_row(self, painter: QPainter, row: int) -> None:
        _, strip, numbers = self._rows[row]
        painter.setPen(QColor(theme.colours().text))
        for column in range(len(self.indices())):
            target = self.picture(column, row)
            paint_picture(painter, target, strip, column)
            left, width = self._labels + column * self._pitch, self._pitch
            for line, words in enumerate(numbers[column] if numbers else ()):
                box = QRect(left, target.bottom() + 1 + line * self._line, width, self._line)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _numbers(errors: np.ndarray | None) -> list[tuple[str, str]]:
    """Squared error and PSNR of each image of a row, in words; none where the row is what others are held against."""
    return [] if errors is None else [(per_pixel(float(each), short=True), decibels(float(each))) for each in errors]
