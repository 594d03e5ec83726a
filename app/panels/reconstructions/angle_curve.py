"""The angle between a linear AE's subspace and PCA's: a number, and a small curve on its way down."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.reconstructions.words import angle_sentence, angle_words
from app.panels.titled import tight

RIGHT_ANGLE = 90.0
HEIGHT = 40
TIP = (
    "All that a linear decoder can draw lies in a subspace, and so does all that PCA keeps. The largest principal\n"
    "angle between the two (Björck & Golub 1973) is 0° when they are the same. A linear AE that has learned enough\n"
    "finds PCA's subspace, though not its axes (Baldi & Hornik 1989)."
)


class Curve(QWidget):
    """Angles over steps, on the fixed scale 0 to 90 degrees."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = self.angles = np.zeros(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        theme.notifier().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(220, HEIGHT)

    def box(self) -> QRectF:
        """Where the curve is drawn: the labels stand left of it."""
        left = self.fontMetrics().horizontalAdvance("90°") + 6
        return QRectF(left, 6, self.width() - left - 8, HEIGHT - 12)

    def points(self) -> list[QPointF]:
        """The measured points in pixels."""
        box, last = self.box(), max(float(self.steps[-1]), 1.0) if len(self.steps) else 1.0
        return [
            QPointF(box.left() + box.width() * step / last, box.bottom() - box.height() * angle / RIGHT_ANGLE)
            for step, angle in zip(self.steps, self.angles, strict=True)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        now, box = theme.colours(), self.box()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.small_font(self))
            painter.setPen(QPen(QColor(now.line), 1))
            for y in (box.top(), box.bottom()):
                painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QColor(now.muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            for words, y in (("90°", box.top()), ("0°", box.bottom())):
                painter.drawText(QRectF(0, y - 8, box.left() - 5, 16), right, words)
            if len(self.steps):
                painter.setPen(QPen(QColor(now.accent), 1.8))
                painter.drawPolyline(QPolygonF(self.points()))
                painter.setBrush(QColor(now.accent))
                painter.drawEllipse(self.points()[-1], 2.5, 2.5)


class AngleCurve(QWidget):
    """The number in a sentence beside its curve; hidden where a network has no such angle."""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Angle to PCA", TIP, "angleCurve")
        self.words = describe(QLabel(), "Largest angle to PCA", TIP, "angleWords")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.curve = describe(Curve(), "Angle to PCA over the steps of the training", TIP, "angleOverSteps")
        row = tight(QHBoxLayout(self), 2 * theme.GAP)
        row.addWidget(self.words, 3)
        row.addWidget(self.curve, 2)
        self.hide()

    def show_angles(self, steps: np.ndarray, angles: np.ndarray, components: int, note: str) -> None:
        """Show the last of the angles (S,) in degrees and how they came to it, or the note; neither: nothing."""
        self.curve.steps, self.curve.angles = steps, angles
        there = len(steps) > 0
        after = int(steps[-1]) if len(steps) > 1 else 0
        self.words.setText(angle_sentence(float(angles[-1]), components, after) if there else note)
        self.curve.setAccessibleDescription(
            f"from {angle_words(float(angles[0]))} to {angle_words(float(angles[-1]))}" if there else ""
        )
        self.curve.setVisible(len(steps) > 1)
        self.curve.update()
        self.setVisible(there or bool(note))
