"""A small switch with a colour sample: one entry of a legend that hides and shows what it names."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app import theme
from app.panels.focus_mark import shows_focus

HEIGHT = 24
SAMPLE = 10  # side of the colour sample
PADDING = 7
ALONE = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier


class Chip(QAbstractButton):
    """A checkable legend entry; checked means shown.

    A click (or Space) switches it; a click with Shift or Alt, a double click, or Enter asks to show it alone.
    """

    alone_requested = Signal()

    def __init__(self, text: str, colour: str, sample: str = "dot") -> None:
        """`sample` is how the colour is shown: "dot", "line" or "dashes"."""
        super().__init__()
        self._colour = colour
        self._sample = sample
        self._is_pressed_here = False  # since the pointer came; a double click may have begun on what was here before
        self.setText(text)
        self.setCheckable(True)
        self.setChecked(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_colour(self, colour: str) -> None:
        """Change the sample's colour."""
        self._colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        sample = SAMPLE if self._sample == "dot" else 2 * SAMPLE
        text = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(2 * PADDING + sample + (5 + text if text else 0), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._is_pressed_here = True
        if event.button() == Qt.MouseButton.LeftButton and event.modifiers() & ALONE:
            self.alone_requested.emit()
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers() & ALONE
        if plain and self._is_pressed_here:
            self.alone_requested.emit()  # the first click has switched it; showing it alone overrules that
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._is_pressed_here = False
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.alone_requested.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
            ground = now.pressed if self.isDown() else now.hover if self.underMouse() else ""
            painter.setPen(QPen(QColor(now.accent), 1.5) if shows_focus(self) else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground) if ground else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 6, 6)
            width = self._paint_sample(painter, now)
            painter.setPen(QColor(now.text if self.isChecked() else now.muted))
            words = QRectF(self.rect()).adjusted(PADDING + width + 5, 0, -2, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())

    def _paint_sample(self, painter: QPainter, now: theme.Colours) -> float:
        shown = self.isChecked()
        colour = QColor(self._colour if shown else now.muted)
        middle = self.height() / 2
        if self._sample == "dot":
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(colour if shown else Qt.BrushStyle.NoBrush)
            radius = SAMPLE / 2 - 0.75
            painter.drawEllipse(QPointF(PADDING + SAMPLE / 2, middle), radius, radius)
            return SAMPLE
        style = Qt.PenStyle.SolidLine if self._sample == "line" else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, 2.5 if shown else 1.0, style, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(PADDING, middle), QPointF(PADDING + 2 * SAMPLE, middle))
        return 2 * SAMPLE


def show_alone(chip: Chip, chips: Collection[Chip]) -> None:
    """Hide all other chips; when they are hidden already, show all again."""
    is_alone = chip.isChecked() and sum(each.isChecked() for each in chips) == 1
    for each in chips:
        each.setChecked(is_alone or each is chip)
