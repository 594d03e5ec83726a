"""What a view says when something is not here that it needs, with the button that gets it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.titled import tight
from models.known_data import KNOWN

OPEN = "File > Open a folder of images"
OWN_FOLDER = f"A folder of yours that holds it: {OPEN}."


def get_words(dataset: str) -> tuple[str, str]:
    """What the button says that gets a dataset, and its tip.

    One that a person named is in a folder of theirs, and nobody but they knows where.
    """
    known = next((info for info in KNOWN.values() if info.title == dataset), None)
    if known is not None and not known.folder:
        return f"Get {dataset}", "They come with the program: nothing is downloaded."
    if known is not None:
        return f"Get {dataset}", f"Reads {dataset} if it is on this computer, downloads it if not.\n{OWN_FOLDER}"
    return f"Get {dataset}", f"The images are in a folder of yours: {OPEN} opens it."


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
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.note, role)
        self.get = describe(QPushButton(), "", "", f"{object_name}Get")
        self.get.clicked.connect(self.wanted)
        self._lay_out()
        self.show_need("")

    def _lay_out(self) -> None:
        row = tight(QHBoxLayout(self), theme.GAP)
        row.addWidget(self.note, 1)
        row.addWidget(self.get, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_need(self, sentence: str, dataset: str = "", offer: str = "") -> None:
        """Say what is missing, and offer the dataset, or an `offer` in its own words; nothing for an empty sentence."""
        self.note.setText(sentence)
        words, tip = (offer, "") if offer else get_words(dataset)
        self.get.setText(words)
        self.get.setAccessibleName(offer or "Get the images")
        self.get.setToolTip(tip)
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
