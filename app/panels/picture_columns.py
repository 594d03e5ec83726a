"""What drawing surfaces for images in columns have in common: pointing, walking, picking, and the marks for it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app import theme
from app.panels.digit_image import crisp, is_drawing
from app.panels.focus_mark import PICK_KEYS, paint_focus

SIDE = 28


def paint_picture(painter: QPainter, target: QRect, strip: QImage, place: int) -> None:
    """Paint one of the images that stand beside each other in `strip`."""
    source = QRect(place * SIDE, 0, SIDE, SIDE)
    if is_drawing(painter):
        painter.drawImage(target, crisp(strip.copy(source)))
    else:
        painter.drawImage(target, strip, source)


class PictureColumns(QWidget):
    """A column an image, which can be pointed at, walked to with the arrow keys, and picked. Subclasses place them."""

    picked = Signal(int)
    """index of a held-out image"""
    moved = Signal(QRect)
    """where the image stands that the keyboard has come to"""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._current = self._pinned = -1  # a place among the columns; a held-out image
        self._room = 0
        theme.notifier().changed.connect(self.update)

    # what subclasses know

    def indices(self) -> np.ndarray:
        """The images' numbers (N,) among the held-out images, below 0 for others."""
        raise NotImplementedError

    def column(self, place: int) -> QRect:
        """All that belongs to an image."""
        raise NotImplementedError

    def ring(self, place: int) -> QRect:
        """Where a ring around an image's pictures stands."""
        raise NotImplementedError

    def in_words(self, place: int) -> str:
        """All that is known of an image."""
        raise NotImplementedError

    def steps(self) -> dict[Qt.Key, int]:
        """How many places a key walks."""
        return {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}

    def fit_into(self, height: int) -> None:
        """Use about so many pixels for the pictures, in the present width."""
        raise NotImplementedError

    def paint_shown(self, painter: QPainter) -> None:
        """Paint what is ready, in small letters, or nothing; nothing is computed here."""
        raise NotImplementedError

    # in

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned; -1 for none."""
        if index != self._pinned:
            self._pinned = index
            self.update()

    def point_at(self, place: int) -> None:
        """Mark the image at a place; -1 for none."""
        if place != self._current:
            self._current = place
            self.setCursor(Qt.CursorShape.PointingHandCursor if place >= 0 else Qt.CursorShape.ArrowCursor)
            self._describe()
            self.update()

    # inside

    def _at(self, point: QPoint) -> int:
        """The place at a point; -1 where there is none."""
        return next((place for place in range(len(self.indices())) if self.column(place).contains(point)), -1)

    def _keep_current(self) -> None:
        """Other images are shown: what the keyboard stands on stays where it is."""
        self._current = min(self._current, len(self.indices()) - 1)
        self._describe()

    def _describe(self) -> None:
        self.setAccessibleDescription(self.in_words(self._current) if self._current >= 0 else "")

    def _pick(self) -> None:
        index = int(self.indices()[self._current])
        if index >= 0:
            self.picked.emit(index)

    def _paint_rings(self, painter: QPainter) -> None:
        """Around the image that is pointed at and the pinned one."""
        now = theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        rings = [(self._current, now.muted, 1.0)] if self._current >= 0 else []
        rings += [(int(place), now.accent, 2.0) for place in np.flatnonzero(self.indices() == self._pinned)[:1]]
        for place, colour, width in rings:
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRoundedRect(QRectF(self.ring(place)).adjusted(-2, -2, 2, 2), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.fit_into(self._room)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setFont(theme.small_font(self))
            self.paint_shown(painter)
            self._paint_rings(painter)
            paint_focus(self, painter)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._at(event.pos())
            if place >= 0:
                pins = "\nA click pins its code." if self.indices()[place] >= 0 else ""
                QToolTip.showText(event.globalPos(), self.in_words(place) + pins, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self._at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self.point_at(place)
            self._pick()

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.point_at(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk, Enter and Space pin."""
        key, steps, count = Qt.Key(event.key()), self.steps(), len(self.indices())
        if key in steps and count:
            walked = self._current + steps[key] if self._current >= 0 else 0
            if 0 <= walked < count:
                self.point_at(walked)
                self.moved.emit(self.column(walked))
        elif key in PICK_KEYS and self._current >= 0:
            self._pick()
        else:
            super().keyPressEvent(event)
