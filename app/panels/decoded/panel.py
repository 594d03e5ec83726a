"""The panel of the decoded image: what the decoder makes of a code, its numbers, and the original beside it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app import theme
from app.panels.decoded.code_editor import CodeEditor
from app.panels.decoded.original import OriginalPlace, error_text
from app.panels.digit_image import DigitImage
from app.panels.titled import Titled, fill

EMPTY = "Click on the map to decode a code."
SIDE_COLUMN = (112, 176)  # narrowest and widest


class DecodedPanel(QWidget):
    """Shows one decoded code; editing its numbers tells the new code."""

    code_edited = Signal(object)
    """the whole code, (d,) float32"""
    end_requested = Signal(str)
    """end `A` or `B` of the strip"""
    dataset_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("decodedPanel")
        self.setAccessibleName("Decoded image")
        self.image = DigitImage(196, "Decoded image", parent=self)
        self.image.setObjectName("decodedImage")
        self.image.lie_on_panel()
        self.image.setToolTip("What the decoder makes of this code. Right-click to copy or save it.")
        self.original = OriginalPlace(self)
        self.original.dataset_wanted.connect(self.dataset_wanted)
        self.editor = CodeEditor(self)
        self.editor.code_edited.connect(self.code_edited)
        self.editor.fields_made.connect(self._order_tabs)
        self.caption = QLabel(self)
        self.caption.setObjectName("decodedCaption")
        theme.set_role(self.caption, "small")
        self._lay_out()
        self.show_empty()

    def show_decoded(self, code: np.ndarray, image: np.ndarray | None, caption: str) -> None:
        """Show a code (d,), its image (28, 28) or None while there is no decoder, and where it comes from in words.

        `show_original` follows, which says what stands beside it, or that nothing does.
        """
        self.image.show_image(image)
        self.editor.show_code(code)
        self.editor.setVisible(True)
        self.caption.setText(caption)
        self.image.setAccessibleDescription(caption)
        self.original.show()

    def show_original(
        self,
        image: np.ndarray | None,
        label: str = "",
        error: float | None = None,
        unit: str = "",
        note: str = "",
        dataset: str = "the images",
    ) -> None:
        """Show the held-out image (28, 28) that the code belongs to, its class's name, and its reconstruction error.

        `unit` is `nats` or `squared error`. Without an image, `note` says in a sentence where it could come from, and
        a button beneath asks for `dataset`; without a note the code belongs to no image.
        """
        if image is not None:
            self.original.show_image(image)
        elif note:
            self.original.show_note(note, dataset)
        else:
            self.original.show_none()
        self.original.show_words(label, error_text(error, unit))

    def show_empty(self, text: str = EMPTY) -> None:
        """Show no code but a sentence that says what to do."""
        self.image.show_image(None, text)
        self.image.setAccessibleDescription(text)
        self.editor.show_code(None)
        self.editor.setVisible(False)
        self.caption.setText("")
        self.original.hide()

    def _order_tabs(self) -> None:
        """Lead Tab from the buttons to the numbers: fields that are made late would come last in the window."""
        before: QWidget = self.original.end_buttons["B"]
        for field in self.editor.fields:
            QWidget.setTabOrder(before, field)
            before = field

    def _lay_out(self) -> None:
        card = Titled("Decoded", self)
        card.tools.addWidget(self.caption)
        self.pair = _Pair(self.image, self.original, card)
        card.body.addWidget(self.pair, 1000)
        card.body.addWidget(self.editor, 1)
        card.body.addStretch(0)
        fill(self, card)
        for name in "AB":
            self.original.end_buttons[name].clicked.connect(lambda _, name=name: self.end_requested.emit(name))


class _Pair(QWidget):
    """The decoded image, as large as fits, and the narrower column beside it; both begin at the top."""

    def __init__(self, image: DigitImage, column: OriginalPlace, parent: QWidget) -> None:
        super().__init__(parent)
        self._image, self._column = image, column
        image.setParent(self)
        column.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(316, 196)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 92)  # on a low screen the canvas below needs the room more

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the image the largest square that leaves room for the column."""
        narrowest, widest = SIDE_COLUMN
        room = self.width() - min(max(self.width() * 32 // 100, narrowest), widest) - theme.GAP * 3 // 2
        self.setMaximumHeight(room)
        side = min(room, self.height())
        left = side + theme.GAP * 3 // 2
        self._image.setGeometry(0, 0, side, side)
        self._column.setGeometry(left, 0, min(self.width() - left, widest), side)
