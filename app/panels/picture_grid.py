"""A drawing surface for images in rows: a column an image, numbers beneath, with keys and mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

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
from app.panels.digit_image import grey_image, signed_image
from app.panels.reconstructions.layout import Layout, best_layout

SIDE = 28
CRISP = 6  # a drawing in SVG is enlarged by its reader, who would blur the pixels


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


class PictureGrid(QWidget):
    """Rows of pictures; an image can be pointed at, walked to with the arrow keys, and picked."""

    picked = Signal(int)
    """index of a held-out image"""
    label_keyed = Signal(int)
    """a digit's key was pressed"""
    moved = Signal(QRect)
    """where the image stands that the keyboard has come to"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._shown: Pictures | None = None
        self._strips: list[tuple[str, QImage]] = []
        self._numbers: list[tuple[str, list[str]]] = []
        self._current = self._pinned = -1  # a place in the grid; a held-out image
        self._room = 0
        self.places = Layout(0, 0, 0, 1, SIDE, SIDE, 1, 0)
        theme.notifier().changed.connect(self.update)

    # in

    def show_pictures(self, shown: Pictures) -> None:
        """Show these images and their numbers; what the keyboard stands on stays where it is."""
        self._shown = shown
        self._strips = [(row.name, _strip(row.images, row.signed)) for row in shown.rows]
        self._numbers = list(shown.numbers)
        self._current = min(self._current, len(shown.indices) - 1)
        self._describe()
        self._arrange()

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned; -1 for none."""
        if index != self._pinned:
            self._pinned = index
            self.update()

    def fit_into(self, height: int) -> None:
        """Use so many pixels; where they are too few, the grid becomes higher and is scrolled."""
        self._room = height
        self._arrange()

    def point_at(self, place: int) -> None:
        """Mark the image at a place of the grid; -1 for none."""
        if place != self._current:
            self._current = place
            self.setCursor(Qt.CursorShape.PointingHandCursor if place >= 0 else Qt.CursorShape.ArrowCursor)
            self._describe()
            self.update()

    # inside

    def _arrange(self) -> None:
        metrics = QFontMetrics(self._small())
        names = [name for name, _ in (*self._strips, *self._numbers)]
        labels = max((metrics.horizontalAdvance(name) for name in names), default=0) + theme.GAP
        count = 0 if self._shown is None else len(self._shown.indices)
        rows, lines = len(self._strips), len(self._numbers)
        self.places = best_layout(self.width(), self._room, count, rows, lines, metrics.height(), labels)
        self.setMinimumHeight(self.places.height)
        self.update()

    def _describe(self) -> None:
        there = self._shown is not None and self._current >= 0
        self.setAccessibleDescription(self._shown.in_words(self._current) if self._shown and there else "")

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(theme.small_points(font.pointSizeF()))
        return font

    # Qt's names

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.places.height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is ready; nothing is computed here."""
        if self._shown is None:
            return
        painter = QPainter(self)
        painter.setFont(self._small())
        drawn = painter.paintEngine().type() == QPaintEngine.Type.SVG
        for band in range(self.places.bands):
            self._paint_labels(painter, band * self.places.columns)
        for place in range(self.places.count):
            self._paint_column(painter, place, drawn)
        pinned = np.flatnonzero((self._shown.indices == self._pinned) & (self._pinned >= 0))
        now = theme.colours()
        if self._current >= 0:
            self._paint_ring(painter, self._current, now.muted, 1.0)
        if len(pinned):
            self._paint_ring(painter, int(pinned[0]), now.accent, 2.0)

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

    def _paint_column(self, painter: QPainter, place: int, drawn: bool) -> None:
        assert self._shown is not None
        for row, (_, strip) in enumerate(self._strips):
            target, source = self.places.picture(place, row), QRect(place * SIDE, 0, SIDE, SIDE)
            if drawn:
                painter.drawImage(target, strip.copy(source).scaled(CRISP * SIDE, CRISP * SIDE))
            else:
                painter.drawImage(target, strip, source)
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

    def _paint_ring(self, painter: QPainter, place: int, colour: str, width: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colour), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        first, last = (self.places.picture(place, row) for row in (0, len(self._strips) - 1))
        painter.drawRoundedRect(QRectF(first.united(last)).adjusted(-2, -2, 2, 2), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # mouse and keyboard

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.places.at(event.pos())
            if self._shown is not None and place >= 0:
                pins = "\nA click pins its code." if self._shown.indices[place] >= 0 else ""
                QToolTip.showText(event.globalPos(), self._shown.in_words(place) + pins, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self.places.at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.places.at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self.point_at(place)
            self._pick()

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.point_at(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk, Enter and Space pin, a digit's key shows that digit alone."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.places.columns,
            Qt.Key.Key_Down: self.places.columns,
        }
        key, count = Qt.Key(event.key()), self.places.count
        if key in steps and count:
            walked = self._current + steps[key] if self._current >= 0 else 0
            if 0 <= walked < count:
                self.point_at(walked)
                self.moved.emit(self.places.column(walked))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self._pick()
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.label_keyed.emit(key - Qt.Key.Key_0)
        else:
            super().keyPressEvent(event)

    def _pick(self) -> None:
        if self._shown is not None and self._shown.indices[self._current] >= 0:
            self.picked.emit(int(self._shown.indices[self._current]))

    def place_of(self, index: int) -> QPoint:
        """The middle of the original of a held-out image that is shown."""
        assert self._shown is not None
        return self.places.picture(int(np.flatnonzero(self._shown.indices == index)[0]), 0).center()


def _strip(images: np.ndarray, signed: bool) -> QImage:
    """Images (N, 28, 28) beside each other as one picture: one conversion a row, not twenty."""
    row = np.concatenate(list(images), axis=1) if len(images) else np.zeros((SIDE, SIDE), np.float32)
    return signed_image(row) if signed else grey_image(row)
