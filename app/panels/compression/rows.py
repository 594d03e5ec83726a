"""Rows of held-out images through the code, quantised and not, and through PCA: painted by hand, keys and mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.panels.compression.words import decibels, in_words, per_pixel
from app.panels.digit_image import grey_image
from app.seen.compressed import Compressed

SIDE = 28
CRISP = 6  # a drawing in SVG is enlarged by its reader, who would blur the pixels
SMALLEST, LARGEST = 28, 84  # pixels a side
BESIDE, BETWEEN = 4, 3  # pixels between columns, below a row
UNITS = "sq. error", "PSNR, dB"


class CompressionRows(QWidget):
    """A column an image; it can be pointed at, walked to with the arrow keys, and picked."""

    picked = Signal(int)
    """index of a held-out image"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._shown: Compressed | None = None
        self._rows: list[tuple[str, QImage, list[tuple[str, str]]]] = []
        self._current = self._pinned = -1  # a column; a held-out image
        self._side = SMALLEST
        self._room = self._labels = 0
        self._pitch = self._line = 1
        theme.notifier().changed.connect(self.update)

    # in

    def show_images(self, shown: Compressed) -> None:
        """Show these images and their numbers; what the keyboard stands on stays where it is."""
        self._shown = shown
        self._rows = [
            (name, grey_image(np.concatenate(list(images), axis=1)), _numbers(errors))
            for name, images, errors in shown.rows()
        ]
        self._current = min(self._current, len(shown.indices) - 1)
        self._describe()
        self.fit_into(self._room)

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned; -1 for none."""
        self._pinned = index
        self.update()

    def fit_into(self, height: int) -> None:
        """Use about so many pixels for the pictures: they are as large as width and height allow."""
        metrics = QFontMetrics(self._small())
        self._room, self._line = height, metrics.height()
        self._labels = max(metrics.horizontalAdvance(word) for word in ("unquantised", *UNITS)) + theme.GAP
        self._pitch = (self.width() - self._labels) // max(self._count(), 1)
        rows = max(len(self._rows), 1)
        words = self._line * 2 * sum(bool(numbers) for _, _, numbers in self._rows) + rows * BETWEEN
        side = min(self._pitch - BESIDE, (height - words) // rows, LARGEST)
        self._side = max(side, SMALLEST)
        self.setFixedHeight(words + rows * self._side)
        self.update()

    def point_at(self, column: int) -> None:
        """Mark an image by its column; -1 for none."""
        if column != self._current:
            self._current = column
            self.setCursor(Qt.CursorShape.PointingHandCursor if column >= 0 else Qt.CursorShape.ArrowCursor)
            self._describe()
            self.update()

    # where things stand

    def picture(self, column: int, row: int) -> QRect:
        """The square of a picture."""
        top = 1
        for _, _, numbers in self._rows[:row]:
            top += self._side + BETWEEN + (2 * self._line if numbers else 0)
        left = self._labels + column * self._pitch + (self._pitch - self._side) // 2
        return QRect(left, top, self._side, self._side)

    def place_of(self, index: int) -> QPoint:
        """The middle of the first picture of a held-out image that is shown."""
        assert self._shown is not None
        return self.picture(int(np.flatnonzero(self._shown.indices == index)[0]), 0).center()

    def _count(self) -> int:
        return 0 if self._shown is None else len(self._shown.indices)

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(theme.small_points(font.pointSizeF()))
        return font

    def _column_at(self, point: QPoint) -> int:
        column = (point.x() - self._labels) // max(self._pitch, 1)
        return column if point.x() >= self._labels and 0 <= column < self._count() else -1

    def _describe(self) -> None:
        shown = self._shown
        there = shown is not None and self._current >= 0
        self.setAccessibleDescription(in_words(shown, self._current) if shown is not None and there else "")

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.fit_into(self._room)

    def sizeHint(self) -> QSize:
        return QSize(0, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is ready; nothing is computed here."""
        if self._shown is None:
            return
        painter = QPainter(self)
        painter.setFont(self._small())
        drawn = painter.paintEngine().type() == QPaintEngine.Type.SVG
        for row in range(len(self._rows)):
            self._paint_labels(painter, row)
            self._paint_row(painter, row, drawn)
        pinned = np.flatnonzero(self._shown.indices == self._pinned)
        if self._current >= 0:
            self._paint_ring(painter, self._current, theme.colours().muted, 1.0)
        if len(pinned):
            self._paint_ring(painter, int(pinned[0]), theme.colours().accent, 2.0)

    def _paint_labels(self, painter: QPainter, row: int) -> None:
        name, _, numbers = self._rows[row]
        place, now = self.picture(0, row), theme.colours()
        width, flags = self._labels - theme.GAP, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(now.text))
        painter.drawText(QRect(0, place.top(), width, place.height()), flags, name)
        painter.setPen(QColor(now.muted))
        for line, words in enumerate(UNITS if numbers else ()):
            painter.drawText(QRect(0, place.bottom() + 1 + line * self._line, width, self._line), flags, words)

    def _paint_row(self, painter: QPainter, row: int, drawn: bool) -> None:
        _, strip, numbers = self._rows[row]
        painter.setPen(QColor(theme.colours().text))
        for column in range(self._count()):
            target, source = self.picture(column, row), QRect(column * SIDE, 0, SIDE, SIDE)
            if drawn:
                painter.drawImage(target, strip.copy(source).scaled(CRISP * SIDE, CRISP * SIDE))
            else:
                painter.drawImage(target, strip, source)
            left, width = self._labels + column * self._pitch, self._pitch
            for line, words in enumerate(numbers[column] if numbers else ()):
                box = QRect(left, target.bottom() + 1 + line * self._line, width, self._line)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_ring(self, painter: QPainter, column: int, colour: str, width: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colour), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        first = self.picture(column, 0)
        all_ = QRect(first.left(), first.top(), first.width(), self.height() - first.top() - 2)
        painter.drawRoundedRect(QRectF(all_).adjusted(-2, -2, 2, 1), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # mouse and keyboard

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            column = self._column_at(event.pos())
            if self._shown is not None and column >= 0:
                QToolTip.showText(event.globalPos(), in_words(self._shown, column) + "\nA click pins its code.", self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self._column_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        column = self._column_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and column >= 0:
            self.point_at(column)
            self._pick()

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.point_at(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk, Enter and Space pin."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps and self._count():
            walked = self._current + steps[key] if self._current >= 0 else 0
            self.point_at(min(max(walked, 0), self._count() - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self._pick()
        else:
            super().keyPressEvent(event)

    def _pick(self) -> None:
        if self._shown is not None:
            self.picked.emit(int(self._shown.indices[self._current]))


def _numbers(errors: np.ndarray | None) -> list[tuple[str, str]]:
    """Squared error and PSNR of each image of a row, in words; none where the row is what others are held against."""
    return [] if errors is None else [(per_pixel(float(each), short=True), decibels(float(each))) for each in errors]
