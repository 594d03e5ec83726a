"""Below the canvas: how hard the sketch is to rebuild, whom it lies near, and its code in numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from app import theme
from app.amounts import extent
from app.panels.describing import describe
from app.panels.digit_image import grey_image
from app.panels.draw.words import code_numbers, error_sentence, neighbours_sentence, vote_sentence
from app.panels.titled import tight
from app.seen.sketch import Neighbour, SketchReading

THUMB = 28  # one screen pixel for each image pixel
BAR = 3
PER_ROW = 4  # numbers in a row of the tooltip
ERROR_TIP = (
    "How far the reconstruction is from the sketch,\n"
    "and how that compares with images that the network never trained on"
)
INVITATION = "Draw, drop or paste an image, or choose an example: the network reads along."
LONGEST = tuple(  # of a sketch, and of one that the network sees with noise
    f"Squared error 118.8 {of}; for its ink harder to rebuild than 99\N{NO-BREAK SPACE}% of the held-out images."
    for of in ("per image", "to the clean sketch")
)


class NeighbourRow(QWidget):
    """Thumbnails of the nearest held-out images, each over a bar in its digit's colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._neighbours: tuple[Neighbour, ...] = ()
        self._names: tuple[str, ...] = ()
        self._pictures: list[QImage | None] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_neighbours(self, neighbours: tuple[Neighbour, ...], names: tuple[str, ...]) -> None:
        """Show neighbours, nearest first; `names` are what their labels mean."""
        resized = len(neighbours) != len(self._neighbours)
        self._neighbours, self._names = tuple(neighbours), names
        self._pictures = [None if each.image is None else grey_image(np.asarray(each.image)) for each in neighbours]
        if resized:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(len(self._neighbours) * (THUMB + 2), THUMB + BAR + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the thumbnails; where there is no image, the digit itself."""
        with QPainter(self) as painter:
            for index, digit in enumerate(each.digit for each in self._neighbours):
                square = QRect(index * (THUMB + 2), 0, THUMB, THUMB)
                picture = self._pictures[index]
                if picture is None:
                    painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
                    painter.drawText(square, Qt.AlignmentFlag.AlignCenter, self._names[digit][:2])
                else:
                    painter.drawImage(square, picture)
                bar = QRect(square.left(), square.bottom() + 2, THUMB, BAR)
                painter.fillRect(bar, QColor(theme.DIGIT_COLOURS[digit]))

    def event(self, event: QEvent) -> bool:
        """Tell what a thumbnail is when the pointer rests on it."""
        if isinstance(event, QHelpEvent):
            index = event.pos().x() // (THUMB + 2)
            if 0 <= index < len(self._neighbours):
                near = self._neighbours[index]
                who, far = self._names[near.digit], extent(near.distance)
                words = f"Held-out image labelled {who}, {far} away in latent space"
                words += "\n(rebuilt from its code: the original is not loaded)" if near.is_rebuilt else ""
                QToolTip.showText(event.globalPos() + QPoint(0, 8), words, self)
            return True
        return super().event(event)


class SketchFindings(QWidget):
    """Quiet lines whose place is kept while they are empty, so that nothing jumps while one draws."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: list[str] = []
        self._said = ""
        self._is_noisy = False
        self._error = describe(QLabel(self), "Reconstruction error", ERROR_TIP, "sketchError")
        self._error.setWordWrap(True)
        self._error.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._neighbours = describe(NeighbourRow(self), "Nearest held-out images", object_name="sketchNeighbours")
        self._vote = describe(QLabel(self), "Vote of the nearest held-out images", object_name="sketchVote")
        self._vote.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._code = describe(QLabel(self), "Latent code of the sketch", object_name="sketchCode")
        self._code.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._code.setMinimumHeight(self._code.fontMetrics().height())
        theme.set_role(self._code, "small")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._vote)
        words.addWidget(self._code)
        self._nearest = nearest = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        nearest.setSpacing(theme.GAP)
        nearest.addWidget(self._neighbours)
        nearest.addLayout(words, 1)
        self._lines = lines = tight(QVBoxLayout(self), theme.GAP // 2)
        lines.addWidget(self._error)
        lines.addLayout(nearest)
        self._is_column = True
        self.show_as_column(False)

    def show_as_column(self, column: bool) -> None:
        """Stand in a narrow column beside the canvas, all in small letters and without the code, or below it."""
        if column == self._is_column:
            return
        self._is_column = column
        directions = QBoxLayout.Direction
        self._nearest.setDirection(directions.TopToBottom if column else directions.LeftToRight)
        self._nearest.setSpacing(0 if column else theme.GAP)
        self._neighbours.setMinimumHeight(THUMB + BAR + 1)
        self._code.setVisible(not column)
        self._dress(self._error)
        theme.set_role(self._vote, "small" if column else "")
        self._make_room()

    def _dress(self, label: QLabel) -> None:
        """What may be done is said quietly, what was found in the text's own colour."""
        quiet = not self._numbers
        theme.set_role(label, "small" if self._is_column else "muted" if quiet else "")

    def show_reading(self, reading: SketchReading) -> None:
        """Say what was read."""
        if bool(reading.noise) != self._is_noisy:
            self._is_noisy = bool(reading.noise)
            self._make_room()
        self._error.setText(error_sentence(reading))
        self._neighbours.show_neighbours(reading.neighbours, reading.class_names)
        self._said = vote_sentence(reading)
        self._vote.setToolTip(neighbours_sentence(reading))
        self._numbers = code_numbers(reading)
        self._dress(self._error)
        self._fit_words()

    def clear_reading(self) -> None:
        """Say what may be done."""
        self._numbers, self._said = [], ""
        for label in (self._vote, self._code):
            label.clear()
            label.setToolTip("")
        self._error.setText(INVITATION)
        self._dress(self._error)
        self._neighbours.show_neighbours((), ())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._make_room()

    def height_below(self, width: int) -> int:
        """How high all is below the canvas, in that width."""
        return self._sentence_height(width) + self._lines.spacing() + THUMB + BAR + 1

    def _sentence_height(self, width: int) -> int:
        """In the text's own letters: the sentence's are smaller now, if it stands in a column."""
        room = QRect(0, 0, width, 1000)
        return self.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), LONGEST[self._is_noisy]).height()

    def _make_room(self) -> None:
        """Keep the place of the longest sentence, and show as many numbers as fit."""
        self._error.setMinimumHeight(0 if self._is_column else self._sentence_height(self.width()))
        self._fit_words()

    def _fit_words(self) -> None:
        """Cut the vote and the code to the room beside the thumbnails; the whole of each is in its tooltip."""
        if not self._numbers:
            return
        room = self.width() if self._is_column else self.width() - self._neighbours.sizeHint().width() - theme.GAP
        self._vote.setText(self._vote.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, room))
        self._code.setText(self._numbers_within(room))
        title = "Posterior mean ± sigma" if "±" in self._numbers[0] else "Latent code"
        rows = ["   ".join(self._numbers[at : at + PER_ROW]) for at in range(0, len(self._numbers), PER_ROW)]
        self._code.setToolTip(title + ":\n" + "\n".join(rows))

    def _numbers_within(self, room: int) -> str:
        measure = self._code.fontMetrics().horizontalAdvance
        everything = self._line(len(self._numbers))
        for line in (everything, everything.replace(" ± ", "±")):
            if measure(line) <= room:
                return line
        shown = len(self._numbers) - 1
        while shown > 1 and measure(self._line(shown)) > room:
            shown -= 1
        return self._line(shown)

    def _line(self, count: int) -> str:
        return "  ".join(self._numbers[:count]) + (" …" if count < len(self._numbers) else "")
