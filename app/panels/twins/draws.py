"""The twins' random draws: 25 pictures a group, decoded from N(0, I) and from an AE's own range."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.amounts import signed
from app.exporting import to_bytes
from app.panels.digit_image import grey_image, paint_part
from app.panels.focus_mark import PICK_KEYS, paint_focus, shows_focus
from app.seen.twins import DrawnGroup

ACROSS = 5
SIDE = 28
GAP = 16  # between two groups
TILE_GAP = 2
WORDS = "Draw 25 at random to see what the decoders make of them."
FRAMED = "framed: drawn where there is no data"
TIP = "A framed picture was drawn where there is no data. A click picks its code; so do arrow keys and Enter."


class TwinDraws(QWidget):
    """Paints the groups beside each other, each five by five under its words."""

    picked = Signal(str, object)  # side, code (d,)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("twinDraws")
        self.setAccessibleName("Codes drawn at random and decoded")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.groups: Sequence[DrawnGroup] = ()
        self._sheets: list[QImage] = []  # the pictures of a group below each other
        self._enlarged: tuple[int, list[QImage]] = (0, [])
        self._current: tuple[int, int] | None = None  # what the keyboard stands on: a group, and a picture in it
        theme.notifier().changed.connect(self.update)

    def show_groups(self, groups: Sequence[DrawnGroup]) -> None:
        """Show these draws."""
        self.groups = groups
        self._sheets = [grey_image(to_bytes(group.images).reshape(-1, SIDE)) for group in groups]
        self._enlarged = (0, [])
        if self._current is not None and self._current[0] >= len(groups):
            self._current = None
        self.setAccessibleDescription("; ".join(caption(group) for group in groups))
        self.update()

    def wanted_height(self, width: int) -> int:
        """The height at which the pictures are as large as the width allows."""
        wide = (width - (max(len(self.groups), 2) - 1) * GAP) // max(len(self.groups), 2)
        return wide + 2 * self._line() + 8

    def tile(self, group: int, number: int, measures: tuple[int, int, int] | None = None) -> QRect:
        """Where a picture of a group stands; who asks for many gives the `measures`."""
        side, left, top = measures or self._measures()
        step = side + TILE_GAP
        x = left + group * (self._group_width(side) + GAP) + (number % ACROSS) * step
        return QRect(x, top + (number // ACROSS) * step, side, side)

    def at(self, place: QPoint) -> tuple[int, int] | None:
        """The group and the number of the picture at a place."""
        for group, drawn in enumerate(self.groups):
            for number in range(len(drawn.codes)):
                if self.tile(group, number).contains(place):
                    return group, number
        return None

    # inside

    def _group_width(self, side: int) -> int:
        return ACROSS * side + (ACROSS - 1) * TILE_GAP

    def _measures(self) -> tuple[int, int, int]:
        """Side of a picture, and the left and upper edge of the first."""
        count, top = max(len(self.groups), 1), self._line() + 4
        wide = ((self.width() - (count - 1) * GAP) // count - (ACROSS - 1) * TILE_GAP) // ACROSS
        high = (self.height() - top - self._line() - (ACROSS - 1) * TILE_GAP) // ACROSS
        side = max(min(wide, high), 8)
        whole = count * self._group_width(side) + (count - 1) * GAP
        return side, max((self.width() - whole) // 2, 0), top

    def _line(self) -> int:
        return self.fontMetrics().height()

    # Qt's names

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.colours()
        with QPainter(self) as painter:
            painter.setFont(theme.small_font(self))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if any(group.landed is not None for group in self.groups):
                painter.setPen(QColor(now.muted))
                below = self.tile(0, ACROSS * ACROSS - 1).bottom() + 1
                painter.drawText(QRect(0, below, self.width(), self._line()), Qt.AlignmentFlag.AlignCenter, FRAMED)
            if not self.groups:
                painter.setPen(QColor(now.muted))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, WORDS)
            measures = self._measures()
            for index, group in enumerate(self.groups):
                first, last = self.tile(index, 0), self.tile(index, ACROSS - 1)
                painter.setPen(QColor(now.text))
                room = QRect(first.left() - GAP // 2, 0, last.right() - first.left() + GAP, self._line())
                fits = (
                    words for words in captions(group) if painter.fontMetrics().horizontalAdvance(words) <= room.width()
                )
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, next(fits, ""))
                for number in range(len(group.images)):
                    self._paint_tile(painter, self.tile(index, number, measures), index, number)
            if self._current is not None and shows_focus(self):
                painter.setPen(QPen(QColor(now.accent), 3))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(self.tile(*self._current)).adjusted(-0.5, -0.5, 0.5, 0.5))
            paint_focus(self, painter)

    def _paint_tile(self, painter: QPainter, place: QRect, index: int, number: int) -> None:
        times, group = -(-place.width() // SIDE), self.groups[index]
        if self._enlarged[0] != times:  # whole, then smoothly shrunk: pixels stay squares
            self._enlarged = times, [each.scaled(each.size() * times) for each in self._sheets]
        side = times * SIDE
        paint_part(painter, QRectF(place), self._enlarged[1][index], QRect(0, number * side, side, side))
        if group.landed is not None and not group.landed[number]:
            painter.setPen(QPen(QColor("#ff9628"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(place).adjusted(0.75, 0.75, -0.75, -0.75))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.at(event.pos())
            words = TIP if found is None else _in_words(self.groups[found[0]], found[1])
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self._current = found
            self._pick()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk over all groups as over one grid, Enter and Space pick."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in steps and self.groups:
            group, number = self._current or (0, 0)
            column, row = group * ACROSS + number % ACROSS, number // ACROSS
            if self._current is not None:
                column, row = column + steps[key][0], row + steps[key][1]
            if 0 <= column < ACROSS * len(self.groups) and 0 <= row < ACROSS:
                self._current = column // ACROSS, row * ACROSS + column % ACROSS
                self.setAccessibleDescription(_in_words(self.groups[self._current[0]], self._current[1]))
                self.update()
        elif key in PICK_KEYS and self._current is not None:
            self._pick()
        else:
            super().keyPressEvent(event)

    def _pick(self) -> None:
        if self._current is not None:
            group = self.groups[self._current[0]]
            self.picked.emit(group.side, group.codes[self._current[1]])
            self.update()


def caption(group: DrawnGroup) -> str:
    """Where a group was drawn from, and how many of it landed where there is data."""
    return captions(group)[0]


def captions(group: DrawnGroup) -> list[str]:
    """The same in less and less room."""
    landed = "" if group.landed is None else f"{int(group.landed.sum())}/{len(group.landed)}"
    name, source = group.words.split(", ", 1)
    kind, short = name.split(" ")[0], source.replace(" range", "").replace(", ", ",")
    starts = (group.words, f"{kind}, {source}", f"{kind} {short}", short, "")
    return [": ".join(part for part in (start, landed) if part) for start in starts]


def _in_words(group: DrawnGroup, number: int) -> str:
    code = ", ".join(signed(each) for each in group.codes[number][:8])
    more = "" if len(group.codes[number]) <= 8 else ", …"
    where = "" if group.landed is None else " where there is data" if group.landed[number] else ", off the data"
    return f"Drawn{where}: ({code}{more}).\nA click picks its code."
