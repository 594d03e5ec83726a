"""The card beside the pointer: the nearest held-out image and what the decoder makes of this very place."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.panels.digit_image import DigitImage
from app.panels.floating_ground import paint_ground
from app.panels.titled import tight

SIDE = 64
AWAY = 20  # pixels between the pointer and the card, so that neither the point nor its ring is covered


class HoverCard(QWidget):
    """Two small images with captions; floats over the map and never takes the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._map = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Under the pointer")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP - 2)
        row.setSpacing(theme.GAP)
        self.nearest = DigitImage(SIDE, "Nearest image")
        self.decoded = DigitImage(SIDE, "Decoded here")
        self._captions: dict[DigitImage, QLabel] = {}
        self._columns: dict[DigitImage, QWidget] = {}
        for image in (self.decoded, self.nearest):
            column = QWidget(self)
            stack = tight(QVBoxLayout(column), 2)
            image.setFixedSize(SIDE, SIDE)
            caption = QLabel(column)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            theme.set_role(caption, "small")
            stack.addWidget(image, 0, Qt.AlignmentFlag.AlignHCenter)
            stack.addWidget(caption)
            row.addWidget(column, 0, Qt.AlignmentFlag.AlignTop)
            self._captions[image], self._columns[image] = caption, column
        self.hide()

    def show_at(
        self,
        pointer: QPoint,
        nearest: np.ndarray | None,
        nearest_caption: str,
        decoded: np.ndarray | None,
        decoded_caption: str,
    ) -> None:
        """Fill the card and put it beside the pointer (pixels of the parent); with nothing to show it goes away."""
        shown = False
        for image, array, caption in (
            (self.decoded, decoded, decoded_caption),
            (self.nearest, nearest, nearest_caption),
        ):
            there = array is not None or bool(caption)
            shown |= there
            image.setVisible(array is not None)
            image.show_image(array)
            self._captions[image].setText(caption)
            self._columns[image].setVisible(there)
        self.setVisible(shown)
        if shown:
            self.adjustSize()
            self.move_beside(pointer)

    def move_beside(self, pointer: QPoint) -> None:
        """Stand right of and below the pointer, or on the other side where there is no room."""
        room = self._map.rect()
        x = pointer.x() + AWAY
        if x + self.width() > room.right() - 4:
            x = pointer.x() - AWAY - self.width()
        y = pointer.y() + AWAY
        if y + self.height() > room.bottom() - 4:
            y = pointer.y() - AWAY - self.height()
        self.move(max(4, x), max(4, y))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_ground(self, 8)
