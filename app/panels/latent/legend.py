"""The map's legend: ten digits with their colours; a click hides or shows one, a double click shows it alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from app import theme
from app.keys import called_here
from app.panels.chip import Chip, show_alone
from app.panels.chip_rows import ChipRows


class Legend(ChipRows):
    """Ten chips, one for each class."""

    visibility_changed = Signal(int, bool)

    def __init__(self) -> None:
        self.chips = [Chip(str(digit), colour) for digit, colour in enumerate(theme.DIGIT_COLOURS)]
        super().__init__(self.chips, columns=True)
        self.setAccessibleName("Classes shown on the map")
        for digit, chip in enumerate(self.chips):
            chip.setObjectName(f"showClass{digit}")
            chip.toggled.connect(lambda shown, digit=digit: self.visibility_changed.emit(digit, shown))
            chip.alone_requested.connect(lambda digit=digit: self.show_alone(digit))
        self.show_names(None)

    def show_names(self, names: Sequence[str] | None) -> None:
        """Name the ten classes; None means the digits themselves."""
        for digit, chip in enumerate(self.chips):
            name = names[digit] if names is not None else str(digit)
            what = f"digit {digit}" if name == str(digit) else name
            chip.setText(name)
            chip.setAccessibleName(f"Show {what}")
            alone = called_here(f"Double-click, or click with Shift, to see it alone (Alt+{digit}).")
            chip.setToolTip(f"Click to hide or show {what} (key {digit}).\n{alone}")
        self.arrange()

    def take_key(self, event: QKeyEvent) -> bool:
        """Whether it is a digit's key, which hides and shows that class, with Alt alone."""
        digit, modifiers = event.key() - Qt.Key.Key_0, event.modifiers()
        if not 0 <= digit <= 9:
            return False
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self.show_alone(digit)
        elif not modifiers & Qt.KeyboardModifier.ControlModifier:
            self.toggle(digit)
        else:
            return False
        return True

    def toggle(self, digit: int) -> None:
        """Hide the digit if it is shown, and the other way round."""
        self.chips[digit].toggle()

    def show_alone(self, digit: int) -> None:
        """Hide all other digits; when they are hidden already, show all again."""
        show_alone(self.chips[digit], self.chips)

    def name(self, digit: int) -> str:
        """What a digit is called here."""
        return self.chips[digit].text()
