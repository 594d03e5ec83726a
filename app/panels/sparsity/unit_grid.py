"""All units of a code as tiles: what each adds to the image, and how active it is; one can be chosen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.panels.digit_image import signed_image
from app.panels.focus_mark import paint_focus
from app.panels.picture_columns import paint_picture
from app.panels.sparsity.words import unit_words
from app.seen.sparse import Sparse

GAP = 4
BAR = 5
"""Pixels of the bar below a tile that shows the unit's mean activation."""
LARGEST = 224


class UnitGrid(QWidget):
    """Tiles of equal size; a click or the arrow keys choose a unit."""

    unit_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sparse | None = None
        self._strip = QImage()  # all tiles beside each other: one conversion, not sixty-four
        self._layout = (1, 1)
        self.chosen = self._hovered = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)
        theme.notifier().changed.connect(self.update)

    # in

    def show_units(self, shown: Sparse) -> None:
        """Show what each unit adds and how active it is."""
        self._shown = shown
        self._strip = signed_image(np.concatenate(list(shown.alone - shown.nothing), axis=1))
        self._layout = self._best_layout()
        self._describe()
        self.update()

    def show_chosen(self, unit: int) -> None:
        """Mark the chosen unit."""
        self.chosen = unit
        self._describe()
        self.update()

    # places

    @property
    def count(self) -> int:
        """How many units there are."""
        return self._shown.units if self._shown is not None else 0

    def layout_of(self) -> tuple[int, int]:
        """Columns and side of the tiles."""
        return self._layout

    def _best_layout(self) -> tuple[int, int]:
        """The largest tiles that the room allows, and of those the widest rows."""
        count, best = max(self.count, 1), (1, 1)
        for columns in range(1, count + 1):
            rows = -(-count // columns)
            side = min(self.width() // columns - GAP, self.height() // rows - GAP - BAR, LARGEST)
            if side >= best[1]:
                best = (columns, side)
        return best

    def tile(self, unit: int) -> QRect:
        """Where a unit's picture stands."""
        columns, side = self.layout_of()
        row, column = divmod(unit, columns)
        left = max(0, (self.width() - columns * (side + GAP)) // 2)
        return QRect(left + column * (side + GAP), 2 + row * (side + GAP + BAR), side, side)

    def at(self, point: QPoint) -> int:
        """The unit at a point, -1 where there is none."""
        return next((u for u in range(self.count) if self.tile(u).adjusted(0, 0, 0, BAR).contains(point)), -1)

    # inside

    def _choose(self, unit: int) -> None:
        if 0 <= unit < self.count and unit != self.chosen:
            self.show_chosen(unit)
            self.unit_chosen.emit(unit)

    def _describe(self) -> None:
        there = self._shown is not None and 0 <= self.chosen < self._shown.units
        self.setAccessibleDescription(unit_words(self._shown, self.chosen) if self._shown and there else "")

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(320, 130)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._layout = self._best_layout()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self._shown is not None:
                self._paint_shown(painter, self._shown)
            paint_focus(self, painter)

    def _paint_shown(self, painter: QPainter, shown: Sparse) -> None:
        now = theme.colours()
        painter.setFont(theme.small_font(self))
        most = max(float(shown.means.max()), 1e-12)
        target = shown.target / most if shown.sparsity == "kl" else 0.0
        for unit in range(self.count):
            place = self.tile(unit)
            paint_picture(painter, place, self._strip, unit)
            bar = QRectF(place.left(), place.bottom() + 2, place.width(), BAR - 2)
            painter.fillRect(bar, QColor(now.line))
            share = float(shown.means[unit]) / most
            painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * share, bar.height()), QColor(now.accent))
            if 0 < target <= 1:
                painter.fillRect(QRectF(bar.left() + bar.width() * target, bar.top() - 1, 1, BAR), QColor(now.text))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for unit, colour, width in ((self._hovered, now.muted, 1.0), (self.chosen, now.accent, 2.0)):
            if 0 <= unit < self.count:
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRoundedRect(QRectF(self.tile(unit)).adjusted(-1.5, -1.5, 1.5, 1.5), 2, 2)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            unit = self.at(event.pos())
            words = self.toolTip() if self._shown is None or unit < 0 else unit_words(self._shown, unit)
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        unit = self.at(event.position().toPoint())
        if unit != self._hovered:
            self._hovered = unit
            self.setCursor(Qt.CursorShape.PointingHandCursor if unit >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys choose the neighbour, Home and End the ends, M the most and L the least active unit."""
        columns, last, key = self.layout_of()[0], self.count - 1, Qt.Key(event.key())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        means = self._shown.means if self._shown is not None else np.zeros(1)
        ends = {
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
            Qt.Key.Key_M: int(means.argmax()),
            Qt.Key.Key_L: int(means.argmin()),
        }
        if key in steps:
            self._choose(self.chosen + steps[key])
        elif key in ends and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._choose(ends[key])
        else:
            super().keyPressEvent(event)
