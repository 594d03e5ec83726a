"""PSNR over the level of the damage: noisy and restored, with the level in use, which can be dragged."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.amounts import amount, real_minus
from app.seen.denoised import Robustness, level_words

LOWEST, HIGHEST = 112, 320
CEILING = 40.0
"""Decibels at most: an undamaged image has infinitely many. And below 0 as many, where a linear output is far off."""
STEP = 10


class DenoisingCurve(QWidget):
    """Two curves over levels 0 to 1; a press or a drag chooses a level."""

    level_dragged = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.curve: Robustness | None = None
        self._level, self._trained = 0.0, -1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.fit_into(0)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        theme.notifier().changed.connect(self.update)

    # in

    def show_curve(self, curve: Robustness) -> None:
        """Show what was measured."""
        self.curve = curve
        self._describe()
        self.update()

    def show_level(self, level: float, trained: float) -> None:
        """Mark the level in use, and that of the training; -1 where it was another damage or none."""
        self._level, self._trained = level, trained
        self._describe()
        self.update()

    def fit_into(self, height: int) -> None:
        """Use so many pixels."""
        self.setFixedHeight(min(max(height, LOWEST), HIGHEST))

    # inside

    def sizeHint(self) -> QSize:
        return QSize(320, LOWEST)

    def box(self) -> QRectF:
        """Where the curves are drawn."""
        left = self.fontMetrics().horizontalAdvance("40 dB") + 6
        return QRectF(left, 8, max(self.width() - left - 70, 10), self.height() - 28)

    def span(self) -> tuple[float, float]:
        """Decibels at the lower and the upper edge: tens beyond both curves, away from level 0; the lower at most 0."""
        if self.curve is None:
            return 0.0, CEILING
        both = np.stack([self.curve.noisy, self.curve.restored])[:, 1:]
        known = np.nan_to_num(both, posinf=CEILING, neginf=-CEILING)  # a network that diverged has none
        least, most = STEP * math.floor(known.min() / STEP), STEP * math.ceil(known.max() / STEP)
        return max(min(least, 0.0), -CEILING), min(max(most, 2.0 * STEP), CEILING)

    def points(self, values: np.ndarray) -> list[QPointF]:
        """Decibels at each level in pixels; those beyond an edge lie on it."""
        assert self.curve is not None
        box, (low, high) = self.box(), self.span()
        shares = (np.clip(np.nan_to_num(values, posinf=high, neginf=low), low, high) - low) / (high - low)
        return [
            QPointF(box.left() + box.width() * level, box.bottom() - box.height() * share)
            for level, share in zip(self.curve.levels, shares, strict=True)
        ]

    def _describe(self) -> None:
        if self.curve is not None:
            noisy, restored = (
                float(np.interp(self._level, self.curve.levels, np.minimum(each, CEILING)))
                for each in (self.curve.noisy, self.curve.restored)
            )
            level = level_words(self.curve.kind, self._level)
            self.setAccessibleDescription(f"At {level}: noisy {amount(noisy)} dB, restored {amount(restored)} dB")

    def paintEvent(self, event: QPaintEvent) -> None:
        now, box = theme.colours(), self.box()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.small_font(self))
            self._paint_axes(painter, box)
            if self.curve is None:
                return
            names = []
            for name, values, colour in (
                ("noisy", self.curve.noisy, now.muted),
                ("restored", self.curve.restored, now.accent),
            ):
                painter.setPen(QPen(QColor(colour), 1.8))
                points = self.points(values)
                painter.drawPolyline(QPolygonF(points))
                names.append((points[-1].y(), name, colour))
            names.sort()
            apart = painter.fontMetrics().height() - (names[1][0] - names[0][0])
            for (y, name, colour), shift in zip(names, (-max(apart, 0) / 2, max(apart, 0) / 2), strict=True):
                painter.setPen(QColor(colour))
                left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(box.right() + 6, y + shift - 9, 64, 18), left, name)

    def _paint_axes(self, painter: QPainter, box: QRectF) -> None:
        now, (low, high) = theme.colours(), self.span()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        step = STEP if high - low <= CEILING else 2 * STEP
        for decibels in range(step * math.ceil(low / step), int(high) + 1, step):
            y = box.bottom() - box.height() * (decibels - low) / (high - low)
            painter.setPen(QPen(QColor(now.line), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QColor(now.muted))
            unit = " dB" if decibels + step > high else ""
            painter.drawText(QRectF(0, y - 8, box.left() - 5, 16), right, real_minus(f"{decibels}{unit}"))
        kind = self.curve.kind if self.curve is not None else "gaussian"
        for level, flags in ((0.0, Qt.AlignmentFlag.AlignLeft), (1.0, Qt.AlignmentFlag.AlignRight)):
            below = QRectF(box.left(), box.bottom() + 3, box.width(), 16)
            painter.drawText(below, flags | Qt.AlignmentFlag.AlignVCenter, level_words(kind, level))
        if self._trained >= 0:
            x = box.left() + box.width() * self._trained
            painter.setPen(QPen(QColor(now.edge), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.setPen(QColor(now.muted))
            painter.drawText(QRectF(x - 50, box.bottom() + 3, 100, 16), Qt.AlignmentFlag.AlignCenter, "trained")
        x = box.left() + box.width() * self._level
        painter.setPen(QPen(QColor(now.text), 1.2))
        painter.drawLine(QPointF(x, box.top() - 4), QPointF(x, box.bottom() + 4))

    # Qt's names

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            box = self.box()
            self.level_dragged.emit(float(np.clip((event.position().x() - box.left()) / box.width(), 0.0, 1.0)))
