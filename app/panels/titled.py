"""The frame that every panel stands in: a calm card with a small title, tools at the title's right, and a body."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from app import theme

AnyLayout = TypeVar("AnyLayout", bound=QLayout)

NO_LIMIT = (1 << 24) - 1  # of a width or a height, as Qt has it: its own name for it is not exported
TITLE_ROW = 28
"""Height of the title row in pixels, so that the titles of neighbouring panels stand on one line."""


class Titled(QFrame):
    """A card with a title row; put widgets into `body`, small buttons into `tools`.

    `body` is a QVBoxLayout with margins 0 and the grid's spacing; `tools` a QHBoxLayout at the right of the title.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.title = QLabel(title, self)
        theme.set_role(self.title, "title")
        self.tools = QHBoxLayout()
        self.tools.setSpacing(theme.GAP // 2)
        self.body = tight(QVBoxLayout(), theme.GAP)
        head = QWidget(self)
        head.setFixedHeight(TITLE_ROW)
        row = tight(QHBoxLayout(head), theme.GAP)
        row.addWidget(self.title, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addLayout(self.tools)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, theme.GAP // 2, 12, 12)
        whole.setSpacing(theme.GAP // 2)
        whole.addWidget(head)
        whole.addLayout(self.body, 1)

    def show_title(self, title: str) -> None:
        """Change the title's words."""
        self.title.setText(title)


def fill(place: QWidget, content: QWidget) -> None:
    """Let one widget take all the room of another."""
    whole = QVBoxLayout(place)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(content)


def tight(layout: AnyLayout, spacing: int) -> AnyLayout:
    """A layout without margins, as the card has them already; its parts stand so many pixels apart."""
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout
