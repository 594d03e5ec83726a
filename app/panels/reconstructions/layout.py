"""Where the pictures of the reconstructions stand: as large as the room allows, in bands of equal columns."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

SMALLEST, LARGEST = 28, 112  # pixels a side: below, pixels are lost; above, nothing is seen better
NARROWEST = 38  # pixels from column to column that a number needs
BETWEEN = 2  # pixels between the pictures of a column
BESIDE = 6  # least pixels between columns
BELOW = 8  # pixels below a band
EDGE = 2  # pixels above the first band and below the last, for the frame that says that the keyboard is here


@dataclass(frozen=True)
class Layout:
    """`count` columns of `pictures` squares with a name above and `lines` numbers below, in bands of `columns`."""

    count: int
    pictures: int
    lines: int
    columns: int
    side: int
    pitch: int  # pixels from column to column
    line: int  # pixels a line of words
    left: int  # where the first column begins

    @property
    def band(self) -> int:
        """Pixels from band to band."""
        return self.line * (1 + self.lines) + self.pictures * (self.side + BETWEEN) + BELOW

    @property
    def bands(self) -> int:
        """How many bands there are."""
        return -(-self.count // self.columns)

    @property
    def height(self) -> int:
        """Pixels that all bands need."""
        return 2 * EDGE + self.bands * self.band - BELOW if self.bands else 0

    def column(self, index: int) -> QRect:
        """All that belongs to an image: its name, its pictures, its numbers."""
        band, place = divmod(index, self.columns)
        return QRect(self.left + place * self.pitch, EDGE + band * self.band, self.pitch, self.band - BELOW)

    def picture(self, index: int, row: int) -> QRect:
        """The square of a picture, counted from the top of its column."""
        column = self.column(index)
        top = column.top() + self.line + row * (self.side + BETWEEN)
        return QRect(column.left() + (self.pitch - self.side) // 2, top, self.side, self.side)

    def words(self, index: int, line: int) -> QRect:
        """The place of a line of words: -1 is the name above the pictures, from 0 on the numbers below."""
        column = self.column(index)
        below = self.line + self.pictures * (self.side + BETWEEN)
        return QRect(
            column.left(), column.top() + (below + line * self.line if line >= 0 else 0), self.pitch, self.line
        )


def best_layout(width: int, height: int, count: int, pictures: int, lines: int, line: int, labels: int) -> Layout:
    """The layout with the largest pictures that fits; where none does, one that fits the width alone.

    `line` is the height of a line of words, `labels` the width of the rows' names at the left.
    """
    room = max(width - labels, NARROWEST)
    words = line * (1 + lines) + BELOW + pictures * BETWEEN
    best, most = 0, 1
    for bands in range(1, count + 1):
        columns = -(-count // bands)
        side = min(room // columns - BESIDE, (height // bands - words) // max(pictures, 1), LARGEST)
        if side > best and room // columns >= NARROWEST:
            best, most = side, columns
    if best < SMALLEST:
        most = min(max(room // NARROWEST, 1), max(count, 1))
        most = -(-count // -(-count // most)) if count else 1
        best = SMALLEST
    pitch = min(room // most, max(best + 4 * BESIDE, NARROWEST))
    left = labels + max(0, (room - pitch * most) // 2)
    return Layout(count, pictures, lines, most, best, pitch, line, left)
