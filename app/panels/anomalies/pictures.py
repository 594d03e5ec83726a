"""Rows of small pictures: held-out images that can be picked, and digits before and after they were shrunk."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.panels.anomalies.chart import KEPT, ODD
from app.panels.anomalies.words import brief, picture_in_words
from app.panels.digit_image import grey_image
from app.panels.focus_mark import PICK_KEYS, paint_focus
from app.seen.suspicion import Pictured, Shrunken

SIDE, LARGE = 42, 56
BETWEEN = 6
APART = 18  # pixels between two digits of the shrunken ones
ENLARGED = 4  # nearest neighbour first, then smoothly down: pixels stay crisp at any side


class PictureRow(QWidget):
    """What both rows share: the side of their pictures and a line of small letters below."""

    def __init__(self) -> None:
        super().__init__()
        self.side = SIDE
        self.lines = 1
        self._ready: dict[tuple[int, ...], QImage] = {}
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.notifier().changed.connect(self.update)

    def show_large(self, large: bool) -> None:
        """Larger pictures where there is room."""
        side = LARGE if large else SIDE
        if side != self.side:
            self.side = side
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.side + 6 + self.lines * QFontMetrics(theme.small_font(self)).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def forget(self) -> None:
        """Other images are to be painted."""
        self._ready.clear()
        self.update()

    def paint_image(self, painter: QPainter, place: int, image: np.ndarray, box: QRectF) -> None:
        """Crisp pixels, whatever the side; made once for each `place` and size, since that costs a millisecond."""
        size = box.size().toSize() * painter.deviceTransform().m11()
        key = (place, size.width())
        if key not in self._ready:
            grey = grey_image(image)
            large = grey.scaled(grey.size() * ENLARGED)
            self._ready[key] = large.scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
        painter.drawImage(box, self._ready[key])


class SuspectRow(PictureRow):
    """Held-out images with their class below and their kind's colour around; a click or Enter picks one."""

    picked = Signal(int)
    """index of a held-out image"""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Pictured | None = None
        self.current = self._pinned = -1  # a place in the row; a held-out image
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_pictures(self, shown: Pictured) -> None:
        """Show these; as many of them as the width allows."""
        self._shown = shown
        self.point_at(min(self.current, self.count() - 1))
        self.forget()

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned; -1 for none."""
        self._pinned = index
        self.update()

    def count(self) -> int:
        """How many pictures are seen."""
        there = 0 if self._shown is None else len(self._shown.indices)
        return min(there, (self.width() + BETWEEN) // (self.side + BETWEEN))

    def picture_rect(self, place: int) -> QRectF:
        """Where a picture stands."""
        return QRectF(2 + place * (self.side + BETWEEN), 2, self.side, self.side)

    def point_at(self, place: int) -> None:
        """Mark one picture; -1 for none."""
        self.current = place
        there = self._shown is not None and 0 <= place < self.count()
        self.setAccessibleDescription(picture_in_words(self._shown, place) if self._shown and there else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor if there else Qt.CursorShape.ArrowCursor)
        self.update()

    def _place_at(self, at: QPointF) -> int:
        return next((i for i in range(self.count()) if self.picture_rect(i).contains(at)), -1)

    def _pick(self) -> None:
        if self._shown is not None and 0 <= self.current < self.count():
            self.picked.emit(int(self._shown.indices[self.current]))

    # Qt's names

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self._shown is not None:
                self._paint_shown(painter, self._shown)
            paint_focus(self, painter)

    def _paint_shown(self, painter: QPainter, shown: Pictured) -> None:
        now = theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.small_font(self))
        line = painter.fontMetrics().height()
        for place in range(self.count()):
            box = self.picture_rect(place)
            self.paint_image(painter, place, shown.images[place], box)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            here, pinned = place == self.current, shown.indices[place] == self._pinned
            kind = ODD if shown.odd[place] else KEPT
            colour = now.accent if pinned else now.text if here else kind
            painter.setPen(QPen(QColor(colour), 3 if here or pinned else 2))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(QColor(now.muted))
            words = QRectF(box.left() - BETWEEN / 2, box.bottom() + 3, box.width() + BETWEEN, line)
            name = painter.fontMetrics().elidedText(shown.names[place], Qt.TextElideMode.ElideRight, int(words.width()))
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self._place_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.point_at(self._place_at(event.position()))
            self._pick()

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self.point_at(-1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._shown is not None:
            place = self._place_at(QPointF(event.pos()))
            words = f"{picture_in_words(self._shown, place)}\nclick pins its code" if place >= 0 else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), self.count()
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps and count:
            self.point_at(int(min(max(self.current + steps[key], 0), count - 1)))
        elif key in PICK_KEYS:
            self._pick()
        else:
            super().keyPressEvent(event)


class ShrunkenRow(PictureRow):
    """Digits as they are, small, and what the network makes of the small ones; their scores below."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 2
        self._shown: Shrunken | None = None

    def show_shrunken(self, shown: Shrunken) -> None:
        """Show these; as many of them as the width allows."""
        self._shown = shown
        lines = [f"{name}: {'; '.join(self.scores_of(place))}" for place, name in enumerate(shown.names)]
        self.setAccessibleDescription(". ".join(lines))
        self.forget()

    def scores_of(self, place: int) -> list[str]:
        """Both scores of a digit, normal and small."""
        assert self._shown is not None
        names = {"plain": "plain", "ink": "per ink"}
        return [
            f"{names[kind]} {brief(a)} → {brief(b)}" for kind in names for a, b in [self._shown.scores[kind][place]]
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shown is None:
            return
        now = theme.colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.small_font(self))
            line, width = painter.fontMetrics().height(), 3 * self.side + 2 * 2
            count = min(len(self._shown.names), max(1, (self.width() + APART) // (width + APART)))
            for place in range(count):
                left = 2 + place * (width + APART)
                for column, image in enumerate(self._shown.images[place]):
                    box = QRectF(left + column * (self.side + 2), 2, self.side, self.side)
                    self.paint_image(painter, 3 * place + column, image, box)
                painter.setPen(QColor(now.muted))
                for row, words in enumerate(self.scores_of(place)):
                    box = QRectF(left, self.side + 4 + row * line, width + APART, line)
                    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
