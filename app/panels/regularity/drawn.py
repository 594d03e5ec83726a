"""Codes drawn from a posterior: as small pictures of which one is chosen, and as numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
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
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.amounts import counted, signed
from app.exporting_views import is_painting_file
from app.panels.describing import describe
from app.panels.digit_image import crisp, grey_image, is_drawing
from app.seen.regularity import MOST_DRAWS, Draw

COLUMNS = 6
SMALLEST, LARGEST = 28, 56  # side of a small picture
GAP = 3
CELL_GAP = 4  # between the columns of numbers


class DrawnPictures(QWidget):
    """The last draws as small pictures, the newest first; one of them is chosen."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        describe(self, "The last codes drawn", "", "drawnPictures")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._draws: Sequence[Draw] = ()
        self._pictures: list[QImage | None] = []
        self._number = 0

    def show_draws(self, draws: Sequence[Draw], chosen: int) -> None:
        """Show draws and which is chosen."""
        self._draws, self._number = draws, chosen
        self._pictures = [None if draw.image is None else grey_image(draw.image) for draw in draws]
        drawn = counted(len(draws), "draw")
        self.setAccessibleDescription(f"{drawn}, number {chosen + 1} is chosen; left and right choose.")
        self.update()

    def place(self, number: int) -> QRect:
        """Where a picture stands."""
        side = self._side()
        row, column = divmod(number, COLUMNS)
        return QRect(column * (side + GAP) + 1, row * (side + GAP) + 1, side, side)

    def _side(self) -> int:
        return min(max((self.width() - 2 - (COLUMNS - 1) * GAP) // COLUMNS, SMALLEST), LARGEST)

    def _at(self, position: QPoint) -> int:
        return next((i for i in range(len(self._draws)) if self.place(i).contains(position)), -1)

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(COLUMNS * (SMALLEST + GAP), 2 * self._side() + GAP + 2)

    minimumSizeHint = sizeHint

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setFixedHeight(self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.colours()
        with QPainter(self) as painter:
            for number in range(MOST_DRAWS):
                place = self.place(number)
                picture = self._pictures[number] if number < len(self._pictures) else None
                if picture is None:
                    painter.fillRect(place, QColor(now.hover))
                    continue
                painter.drawImage(place, crisp(picture) if is_drawing(painter) else picture)
                if number == self._number:
                    painter.setPen(QPen(QColor(now.accent), 2))
                    painter.drawRect(place)
            if self.hasFocus() and not is_painting_file():
                painter.setPen(QPen(QColor(now.accent), 1, Qt.PenStyle.DotLine))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0:
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose; up and down go a row on."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -COLUMNS, Qt.Key.Key_Down: COLUMNS}
        wanted = self._number + by.get(Qt.Key(event.key()), MOST_DRAWS)
        if 0 <= wanted < len(self._draws):
            self.chosen.emit(wanted)
        elif event.key() not in by:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            assert isinstance(event, QHelpEvent)
            number = self._at(event.pos())
            QToolTip.showText(event.globalPos(), "" if number < 0 else in_words(self._draws[number]), self)
            return True
        return super().event(event)


def in_words(draw: Draw) -> str:
    """A draw's code, and how to look at it."""
    code = ", ".join(signed(value) for value in draw.code[:4]) + (", …" if len(draw.code) > 4 else "")
    return f"z = ({code})\nClick to see its numbers and its place on the map."


class DrawnNumbers(QWidget):
    """z = mu + sigma * eps in numbers, a row a latent number; painted, as laying out rich text took a tenth second."""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "", "z = μ + σ · ε, for each latent number", "drawnFormula")
        self.lines: list[tuple[str, ...]] = []

    def show_lines(self, lines: list[tuple[str, ...]], spoken: str) -> None:
        """Show lines of eight cells, the first one names the columns."""
        self.lines = lines
        self.setAccessibleName(spoken)
        self.setFixedHeight(self.height_of(len(lines)))
        self.update()

    def height_of(self, lines: int) -> int:
        """How high so many lines are."""
        return lines * self._height() + 2

    def sizeHint(self) -> QSize:
        widths = self._widths(QFontMetrics(theme.small_font(self)))
        return QSize(sum(widths) + CELL_GAP * max(len(widths) - 1, 0), self.height_of(len(self.lines)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines that are asked for, every cell right in its column."""
        if not self.lines:
            return
        now = theme.colours()
        with QPainter(self) as painter:
            painter.setFont(theme.small_font(self))
            metrics, height = painter.fontMetrics(), self._height()
            widths = self._widths(metrics)
            first, last = event.rect().top() // height, event.rect().bottom() // height
            for number, line in enumerate(self.lines):
                left = 0
                painter.setPen(QColor(now.muted if number == 0 else now.text))
                for cell, width in zip(line, widths, strict=True):
                    if first <= number <= last:
                        place = QRect(left, number * height, width, height)
                        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, cell)
                    left += width + CELL_GAP

    def _widths(self, metrics: QFontMetrics) -> list[int]:
        return [max(metrics.horizontalAdvance(cell) for cell in cells) for cells in zip(*self.lines, strict=True)]

    def _height(self) -> int:
        return QFontMetrics(theme.small_font(self)).height()
