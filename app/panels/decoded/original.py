"""Beside the decoded image: the original or how to get it, its error, and the buttons that make a code an end."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.amounts import amount
from app.panels.digit_image import DigitImage
from app.panels.needs import get_words
from app.panels.titled import tight
from app.plain_words import as_written

NO_POINT = "Click on a point to see its original"
SPACING = theme.GAP // 2
BUTTON_PADDING = 2 * 12 + 2  # left and right of a button's words, with its border


def error_text(error: float | None, unit: str) -> str:
    """A reconstruction error in words; `unit` is `nats` or `squared error`."""
    if error is None:
        return ""
    return f"Error {amount(error)} nats" if unit == "nats" else f"Squared error {amount(error)} per image"


class OriginalPlace(QWidget):
    """The column beside the decoded image: the original or how to get it, its error, and the buttons for the strip."""

    dataset_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset = ""
        self._between = False  # the code belongs to no image
        self.image = DigitImage(112, "Original image", parent=self)
        self.image.setObjectName("originalImage")
        self.image.lie_on_panel()
        self.note = QLabel()
        self.note.setObjectName("originalNote")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.get_data = QPushButton()
        self.get_data.setObjectName("getDataset")
        self.get_data.clicked.connect(self.dataset_wanted)
        self.words = QLabel()
        self.words.setObjectName("originalLabel")
        self.error = QLabel()
        self.error.setObjectName("originalError")
        self.error.setToolTip(
            "How far the decoded image is from the original, summed over pixels. Less is better.\n"
            "A VAE's image is decoded from the mean of its cloud; its loss draws a code, which costs more."
        )
        for label in (self.note, self.words, self.error):
            theme.set_role(label, "small")
            label.setWordWrap(True)
        self.end_buttons = {name: _end_button(name) for name in "AB"}
        self.ends = self._make_ends()
        self._lay_out()
        self.show_none()

    def show_image(self, image: np.ndarray) -> None:
        """Show the original (28, 28)."""
        self._between = False
        self.image.show_image(image)
        self.stack.setCurrentIndex(0)

    def show_note(self, note: str, dataset: str) -> None:
        """Say where the original is, and offer to get the data; no data, no offer."""
        self._between = False
        self.note.setText(note)
        self._dataset = dataset
        self.get_data.setToolTip(as_written(f"{note}\n{get_words(dataset)[1]}"))
        self.get_data.setVisible(bool(dataset))
        self.stack.setCurrentIndex(1)
        self._fit()

    def show_none(self) -> None:
        """The code belongs to no image."""
        if not self._between:
            self._between, self._dataset = True, ""
            self.image.show_image(None, NO_POINT)
            self.note.setText(NO_POINT)
            self.get_data.hide()
            self._fit()
        self.show_words("", "")

    def show_words(self, label: str, error: str) -> None:
        """Say what the original is and how well it is reconstructed."""
        words = f"Original: {label}" if label else ""
        if (words, error) != (self.words.text(), self.error.text()):
            self.words.setText(words)
            self.error.setText(error)
            self._fit()

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """An image is a square; a note takes the room that there is, or is left to the button's tooltip."""
        below = sum(each.heightForWidth(self.width()) for each in (self.words, self.error) if each.text())
        below += self.ends.sizeHint().height() + 4 * SPACING
        room = max(self.height() - below, 28)
        button = self.get_data.fontMetrics()
        whole = get_words(self._dataset)[0]
        fits = button.horizontalAdvance(whole) + BUTTON_PADDING <= self.width()
        self.get_data.setText(whole if fits else "Get it")
        side = min(room, self.width())
        if self._between:  # a square too small would cut the words: then they stand there as a note
            self.stack.setCurrentIndex(0 if self.image.holds_words(side) else 1)
        needed = self.note.heightForWidth(self.width()) + theme.GAP + self.get_data.sizeHint().height()
        self.note.setVisible(not self._dataset or needed <= room)
        self.stack.setFixedSize(*((self.width(), room) if self.stack.currentIndex() else (side, side)))

    def _lay_out(self) -> None:
        missing = QWidget()
        column = tight(QVBoxLayout(missing), theme.GAP)
        column.addWidget(self.note)
        column.addWidget(self.get_data)
        column.addStretch(1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.image)
        self.stack.addWidget(missing)
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.stack.currentChanged.connect(self._fit)
        whole = tight(QVBoxLayout(self), SPACING)
        whole.addWidget(self.stack)
        whole.addWidget(self.words)
        whole.addWidget(self.error)
        whole.addStretch(1)
        whole.addWidget(self.ends)

    def _make_ends(self) -> QWidget:
        row = QWidget(self)
        ends = tight(QHBoxLayout(row), SPACING)
        use_as = QLabel("Use as")
        theme.set_role(use_as, "small")
        ends.addWidget(use_as)
        for button in self.end_buttons.values():
            ends.addWidget(button)
        ends.addStretch(1)
        return row


def _end_button(name: str) -> QPushButton:
    button = QPushButton(name)
    button.setObjectName(f"useAs{name}")
    button.setAccessibleName(f"Use as {name}")
    where = "starts" if name == "A" else "ends"
    button.setToolTip(f"Use this code as {name}, where the strip below {where}")
    button.setFixedWidth(29)
    button.setStyleSheet("padding: 1px 0")  # the usual padding leaves no room for the letter
    return button
