"""The map's legend: ten digits with their colours; a click hides or shows one, a double click shows it alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.panels.chip import HEIGHT, Chip

GAP = 2


class Legend(QWidget):
    """Ten chips in as many rows as the width asks for."""

    visibility_changed = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Digits shown on the map")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.chips = [Chip(str(digit), colour, parent=self) for digit, colour in enumerate(theme.DIGIT_COLOURS)]
        for digit, chip in enumerate(self.chips):
            chip.toggled.connect(lambda shown, digit=digit: self.visibility_changed.emit(digit, shown))
            chip.alone_requested.connect(lambda digit=digit: self.show_alone(digit))
        self.show_names(None)

    def show_names(self, names: Sequence[str] | None) -> None:
        """Name the ten classes; None means the digits themselves."""
        for digit, chip in enumerate(self.chips):
            name = names[digit] if names is not None else str(digit)
            what = f"digit {digit}" if names is None or name == str(digit) else name
            chip.setText(name)
            chip.setAccessibleName(f"Show {what}")
            chip.setToolTip(
                f"Click to hide or show {what} (key {digit}).\n"
                f"Double-click, or click with Shift, to see it alone (Alt+{digit})."
            )
        self.updateGeometry()
        self._arrange(self.width())

    def toggle(self, digit: int) -> None:
        """Hide the digit if it is shown, and the other way round."""
        self.chips[digit].toggle()

    def show_alone(self, digit: int) -> None:
        """Hide all other digits; when they are hidden already, show all again."""
        alone = self.chips[digit].isChecked() and sum(chip.isChecked() for chip in self.chips) == 1
        for other, chip in enumerate(self.chips):
            chip.setChecked(alone or other == digit)

    def name(self, digit: int) -> str:
        """What a digit is called here."""
        return self.chips[digit].text()

    def sizeHint(self) -> QSize:
        return QSize(sum(chip.sizeHint().width() + GAP for chip in self.chips), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(chip.sizeHint().width() for chip in self.chips), HEIGHT)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = self._rows(width)
        return len(rows) * HEIGHT + (len(rows) - 1) * GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange(event.size().width())

    def _rows(self, width: int) -> list[list[Chip]]:
        """Break the chips into rows of about equal length."""
        widest = max(chip.sizeHint().width() for chip in self.chips) + GAP
        if sum(chip.sizeHint().width() + GAP for chip in self.chips) - GAP <= width:
            return [self.chips]
        per_row = max(1, (width + GAP) // widest)
        rows = -(-len(self.chips) // per_row)
        per_row = -(-len(self.chips) // rows)
        return [self.chips[i : i + per_row] for i in range(0, len(self.chips), per_row)]

    def _arrange(self, width: int) -> None:
        rows = self._rows(width)
        for row, chips in enumerate(rows):
            columns = len(rows) > 1
            step = max(chip.sizeHint().width() for chip in self.chips) + GAP
            total = step * len(chips) if columns else sum(chip.sizeHint().width() + GAP for chip in chips)
            left = max(0, (width - total) // 2)
            for chip in chips:
                size = chip.sizeHint()
                chip.setGeometry(QRect(left, row * (HEIGHT + GAP), size.width(), size.height()))
                left += step if columns else size.width() + GAP
