"""One end of the strip: its image, what it is, and where another one can come from."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from app import theme
from app.panels.digit_image import DigitImage
from app.panels.titled import tight


class StripEnd(QWidget):
    """The image of end `A` or `B`, with the buttons that roll the dice or open the menu of sources.

    `heading` (letter and words) and `buttons` are laid out by the strip, in one line with its other rows.
    """

    random_requested = Signal()
    source_chosen = Signal(str)
    """`pinned` or `sketch`"""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        where = "starts" if name == "A" else "ends"
        self.heading = QLabel(self)
        theme.set_role(self.heading, "small")
        self.image = DigitImage(72, f"{name}, where the strip {where}", parent=self)
        self.image.setObjectName(f"stripEnd{name}")
        self.image.set_clickable(True)
        self.image.setToolTip(f"{name}, where the strip {where}. Click to choose another image.")
        self.image.clicked.connect(self._open_menu)
        self.menu = self._make_menu()
        self.buttons = self._make_buttons(where)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.show_end(None, "")

    def show_end(self, image: np.ndarray | None, words: str) -> None:
        """Show the image (28, 28) of this end and what it is; None empties the place."""
        self.image.show_image(image, self.name)
        self.heading.setText(f"<b>{self.name}</b>  {escape(words)}")
        self.image.setAccessibleDescription(words)

    def show_sources(self, pinned: bool, sketch: bool) -> None:
        """Say which sources there are at the moment."""
        self.pinned_action.setEnabled(pinned)
        self.sketch_action.setEnabled(sketch)

    def set_side(self, side: int) -> None:
        """Take the width of a square as high as the strip's upper row."""
        self.setFixedWidth(side)

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(72, 72)

    def minimumSizeHint(self) -> QSize:
        return QSize(28, 28)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = min(self.width(), self.height())
        self.image.setGeometry((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        self.pinned_action = QAction("The pinned code", menu)
        self.pinned_action.triggered.connect(lambda: self.source_chosen.emit("pinned"))
        self.sketch_action = QAction("My sketch", menu)
        self.sketch_action.triggered.connect(lambda: self.source_chosen.emit("sketch"))
        self.random_action = QAction(theme.icon("dice"), "A random held-out image", menu)
        self.random_action.triggered.connect(self.random_requested)
        menu.addActions([self.pinned_action, self.sketch_action, self.random_action])
        return menu

    def _make_buttons(self, where: str) -> QWidget:
        row = QWidget(self)
        layout = tight(QHBoxLayout(row), 2)
        dice = QToolButton(row)
        dice.setIcon(theme.icon("dice"))
        dice.setObjectName(f"random{self.name}")
        dice.setAccessibleName(f"Roll the dice for {self.name}")
        dice.setToolTip(f"A random held-out image as {self.name}, where the strip {where}")
        dice.clicked.connect(self.random_requested)
        source = QToolButton(row)
        source.setIcon(theme.icon("more"))
        source.setObjectName(f"source{self.name}")
        source.setAccessibleName(f"Choose {self.name}")
        source.setToolTip(f"Choose where {self.name} comes from")
        source.clicked.connect(self._open_menu)
        for button in (dice, source):
            button.setIconSize(QSize(16, 16))
            layout.addWidget(button)
        self.source_button = source
        return row

    def _open_menu(self) -> None:
        self.menu.popup(self.source_button.mapToGlobal(self.source_button.rect().bottomLeft()))
