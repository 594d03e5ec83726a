"""A legend's chips in as many centred rows as the width asks for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.panels.chip import HEIGHT, Chip

GAP = 2


class ChipRows(QWidget):
    """Holds chips; takes the height that its width makes necessary."""

    def __init__(self, chips: Sequence[Chip], columns: bool = False, parent: QWidget | None = None) -> None:
        """With `columns`, chips of several rows stand below each other."""
        super().__init__(parent)
        self._columns = columns
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._all = list(chips)
        for chip in self._all:
            chip.setParent(self)
        self.arrange()

    def arrange(self) -> None:
        """Place the chips anew; call it after chips were named, hidden or shown."""
        rows = self._rows(self.width())
        self.setFixedHeight(max(len(rows), 1) * (HEIGHT + GAP) - GAP)
        in_columns = self._columns and len(rows) > 1
        widest = max((chip.sizeHint().width() for row in rows for chip in row), default=0) + GAP
        for number, row in enumerate(rows):
            width = widest * len(rows[0]) if in_columns else sum(chip.sizeHint().width() + GAP for chip in row)
            left = max(0, (self.width() - width) // 2)
            for chip in row:
                size = chip.sizeHint()
                chip.setGeometry(QRect(left, number * (HEIGHT + GAP), size.width(), size.height()))
                left += widest if in_columns else size.width() + GAP

    def sizeHint(self) -> QSize:
        return QSize(sum(chip.sizeHint().width() + GAP for chip in self._all), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(max(chip.sizeHint().width() for chip in self._all), HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.arrange()

    def _rows(self, width: int) -> list[list[Chip]]:
        chips = [chip for chip in self._all if not chip.isHidden()]
        widths = [chip.sizeHint().width() + GAP for chip in chips]
        if self._columns and sum(widths) > width + GAP:
            per_row = max(1, (width + GAP) // max(widths))
            per_row = -(-len(chips) // -(-len(chips) // per_row))  # rows of about equal length
            return [chips[i : i + per_row] for i in range(0, len(chips), per_row)]
        rows: list[list[Chip]] = [[]]
        taken = 0
        for chip, needed in zip(chips, widths, strict=True):
            if rows[-1] and taken + needed > width + GAP:
                rows.append([])
                taken = 0
            rows[-1].append(chip)
            taken += needed
        return rows
