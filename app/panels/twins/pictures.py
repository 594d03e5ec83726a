"""The twins' pages of pictures: what is picked and drawn, as both make it, and the strip through both."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.amounts import per_pixel
from app.panels.describing import describe
from app.panels.digit_image import DigitImage
from app.panels.needs import get_words
from app.panels.picker import ShortLabel
from app.panels.strip.layout import BLEND_HEIGHT, ROW_GAP, StripLayout
from app.panels.strip.tiles import StripTiles
from app.panels.titled import tight
from app.seen.twins import TwinSpot
from models.twins import SIDES

SIDE_PX = 84
LARGEST = 196  # pixels of a picture's side
ROW = 84  # and of a strip's
WORDS_WIDTH, MOST_FOR_WORDS = 64, 120  # beside a strip
NOTHING_DRAWN = "Draw on the canvas"
ERROR_TIP = "the number is the squared error per pixel"


class TwinPictures(QWidget):
    """Six pictures: the picked image and the sketch, each beside what both networks make of it."""

    random_wanted = Signal()
    dataset_wanted = Signal()
    rearranged = Signal()
    """more or fewer pictures stand beside each other, and want another height"""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "What both make of one image", "", "twinPictures")
        self._shorts = dict.fromkeys(SIDES, "")
        self._narrow = self._is_tight = False
        self._words: dict[DigitImage, tuple[str, ...]] = {}
        self._peers: dict[DigitImage, tuple[DigitImage, ...]] = {}
        self.original = self._image("Picked image", "twinOriginal")
        self.decoded = {side: self._image(f"Decoded by the {side} twin", f"twinDecoded{side}") for side in SIDES}
        self.seen = self._image("Sketch as the networks see it", "twinSketch")
        self.rebuilt = {side: self._image(f"Sketch rebuilt by the {side} twin", f"twinRebuilt{side}") for side in SIDES}
        for twins in (self.decoded, self.rebuilt):
            self._peers |= dict.fromkeys(twins.values(), tuple(twins.values()))
        self.random = describe(QToolButton(), "Pick a random image", "Pick a held-out image at random", "twinRandom")
        self.random.setIcon(theme.icon("dice"))
        self.random.clicked.connect(self.random_wanted)
        self.note = describe(QLabel(), "", "", "twinNote")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        theme.set_role(self.note, "small")
        self.get = describe(QPushButton(), "Get the originals", "", "twinGet")
        self.get.clicked.connect(self.dataset_wanted)
        for image in (self.original, self.seen, *self.decoded.values(), *self.rebuilt.values()):
            image.installEventFilter(self)
        self._lay_out()
        self.show_note("", "")
        self.show_sketch_seen(None)

    # in

    def show_short(self, side: str, short: str) -> None:
        """Which network stands on a side."""
        self._shorts[side] = short

    def show_original(self, image: np.ndarray | None, name: str) -> None:
        """The held-out image that is picked or pointed at; a place between images has none."""
        self.original.show_image(image, "" if name else "between\nimages")
        self._say(self.original, f"original {name}" if name else "no image", name)

    def show_decoded(self, side: str, spot: TwinSpot | None) -> None:
        """What a side makes of it."""
        self._show(self.decoded[side], side, spot, "no twin")

    def show_sketch_seen(self, image: np.ndarray | None) -> None:
        """The sketch; None empties all three."""
        self.seen.show_image(image, NOTHING_DRAWN)
        self.seen.set_caption("sketch")
        self._give_room(image is not None)
        for side in SIDES if image is None else ():
            self.show_sketch(side, None)

    def show_sketch(self, side: str, spot: TwinSpot | None) -> None:
        """What a side makes of the sketch."""
        self._show(self.rebuilt[side], side, spot, "")

    def shorten(self, narrow: bool) -> None:
        """Do with little room: the sketch only where something is drawn, and then only numbers below the pictures."""
        self._narrow = narrow
        self._give_room(self.seen.picture() is not None)

    def show_note(self, sentence: str, dataset: str) -> None:
        """Say what is missing, and offer the dataset, if that would help."""
        self.note.setText(sentence)
        words, tip = get_words(dataset)
        self.get.setText(words)
        self.get.setToolTip(tip)
        self.get.setVisible(bool(dataset))
        self._foot.setVisible(bool(sentence))

    def wanted_height(self, width: int) -> int:
        """The height at which the pictures are as large as the width allows."""
        foot = self._foot.sizeHint().height() + theme.GAP if not self._foot.isHidden() else 0
        across = 6 if not self.seen.isHidden() else 3
        return min((width - 64) // across, LARGEST) + 24 + foot

    # Qt's names

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched in self._words:
            assert isinstance(watched, DigitImage)
            self._say(watched, *self._words[watched])
        return False

    # inside

    def _give_room(self, drawn: bool) -> None:
        shown = drawn or not self._narrow
        changed = shown is self.seen.isHidden()
        for image in self._sketches():
            image.setVisible(shown)
        self._is_tight = self._narrow and drawn
        for image, words in self._words.items():
            self._say(image, *words)
        if changed:
            self.rearranged.emit()

    def _say(self, image: DigitImage, *words: str) -> None:
        """Write below a picture and its twin the first words that find room, or where others lack it, the last."""
        self._words[image] = words
        peers = [each for each in self._peers.get(image, (image,)) if len(self._words.get(each, ())) == len(words)]
        choices = list(zip(*(self._words[each] for each in peers), strict=True))
        fitting = (said for said in choices if all(map(_fits, peers, said)))
        said = choices[-1] if self._is_tight and words[-1] else next(fitting, choices[-1])
        for each, caption in zip(peers, said, strict=True):
            each.set_caption(caption)

    def _show(self, image: DigitImage, side: str, spot: TwinSpot | None, empty: str) -> None:
        image.show_image(spot.image if spot is not None else None, empty)
        error = spot.squared_error if spot is not None else None
        number = per_pixel(error, 3, short=True) if error is not None else spot.words if spot is not None else ""
        self._say(image, *(f"{whose} {number}".strip() for whose in (self._shorts[side], side, "")))
        said = f", squared error {per_pixel(error)} per pixel" if error is not None else ""
        image.setAccessibleDescription(f"{self._shorts[side]}{said}")

    @staticmethod
    def _image(name: str, object_name: str) -> DigitImage:
        image = DigitImage(SIDE_PX, name, " ")
        image.setObjectName(object_name)
        image.setFont(theme.small_font(image))
        image.setToolTip(f"{name}; {ERROR_TIP}. Right-click to copy or save it.")
        return image

    def _sketches(self) -> tuple[DigitImage, ...]:
        return self.seen, *self.rebuilt.values()

    def _lay_out(self) -> None:
        row = tight(QHBoxLayout(), theme.GAP // 2)
        for side in (self.original, *self.decoded.values()):
            row.addWidget(side, 1)
        row.addWidget(self.random, 0, Qt.AlignmentFlag.AlignTop)
        for image in self._sketches():
            row.addWidget(image, 1)
        self._foot = QWidget()
        foot = tight(QHBoxLayout(self._foot), theme.GAP)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.get)
        whole = tight(QVBoxLayout(self), theme.GAP // 2)
        whole.addLayout(row, 1)
        whole.addWidget(self._foot)


def _fits(image: DigitImage, words: str) -> bool:
    return image.fontMetrics().horizontalAdvance(words) < image.width()


class TwinStrip(StripTiles):
    """The strip's images with no blend below."""

    def layout_now(self) -> StripLayout:
        room = self.height() + ROW_GAP + BLEND_HEIGHT
        return StripLayout(self.width(), room, max(self.steps, 1), self.devicePixelRatioF())

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 28)


class TwinStrips(QWidget):
    """The way from A to B through both networks, one row each."""

    scrubbed = Signal(int)
    scrub_left = Signal()
    step_picked = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        describe(self, "The strip through both", "", "twinStrips")
        self.rows: dict[str, TwinStrip] = {}
        self._words: dict[str, ShortLabel] = {}
        whole = tight(QVBoxLayout(self), theme.GAP // 2)
        for side in SIDES:
            row, words = TwinStrip(), ShortLabel()
            describe(row, f"The strip through the {side} twin", "", f"twinStrip{side.capitalize()}")
            row.setToolTip("From A to B through this network's own codes. Point at a step: both show it; click: pick.")
            row.scrubbed.connect(self.scrubbed)
            row.scrub_left.connect(self.scrub_left)
            row.step_picked.connect(lambda step, side=side: self.step_picked.emit(side, step))
            theme.set_role(words, "small")
            line = QHBoxLayout()
            line.setSpacing(theme.GAP)
            line.addWidget(words)
            line.addWidget(row, 1)
            whole.addLayout(line, 1)
            self.rows[side], self._words[side] = row, words

    def show_short(self, side: str, short: str) -> None:
        """Which network stands on a side."""
        self._words[side].show_text(short)
        wanted = max(each.sizeHint().width() for each in self._words.values())
        for each in self._words.values():
            each.setFixedWidth(min(max(wanted, WORDS_WIDTH), MOST_FOR_WORDS))

    def wanted_height(self, width: int) -> int:
        """The height at which ten images are as large as the width allows."""
        return 2 * min((width - 72) // 10, ROW) + 3 * theme.GAP

    def show_strip(self, side: str, images: np.ndarray | None) -> None:
        """A side's images (S, 28, 28); None where an end is missing."""
        if images is None:
            self.rows[side].show_empty("The strip has no ends here yet.")
        else:
            self.rows[side].show_strip(images, None)

    def show_step(self, step: int) -> None:
        """Mark a step in both."""
        for row in self.rows.values():
            row.show_current(step)
