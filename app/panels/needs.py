"""What a view says when something is not here that it needs, with the button that gets it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.panels.describing import describe

GET_TIP = "Choose where the images come from: a download, or a folder of yours."


class Need(QWidget):
    """A sentence, and behind it the button that gets a dataset where that would help; neither where nothing is needed.

    Its label and button are called as it is itself, with `Note` and `Get` behind.
    """

    wanted = Signal()
    """the dataset, or what else was offered"""

    def __init__(self, name: str, object_name: str, role: str = "muted") -> None:
        super().__init__()
        describe(self, name, "", object_name)
        self.note = describe(QLabel(), "", "", f"{object_name}Note")
        self.note.setWordWrap(True)
        theme.set_role(self.note, role)
        self.get = describe(QPushButton(), "", "", f"{object_name}Get")
        self.get.clicked.connect(self.wanted)
        self._lay_out()
        self.show_need("")

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self.note, 1)
        row.addWidget(self.get, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_need(self, sentence: str, dataset: str = "", offer: str = "") -> None:
        """Say what is missing, and offer the dataset, or an `offer` in its own words; nothing for an empty sentence."""
        self.note.setText(sentence)
        self.get.setText(offer or f"Get {dataset}…")
        self.get.setAccessibleName(offer or "Get the images")
        self.get.setToolTip("" if offer else GET_TIP)
        self.get.setVisible(bool(dataset or offer))
        self.setVisible(bool(sentence))


class EmptyPage(Need):
    """The same in the middle of a view that has nothing else to show."""

    def _lay_out(self) -> None:
        self.note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GAP)
        column.addStretch(2)
        column.addWidget(self.note)
        column.addWidget(self.get, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
