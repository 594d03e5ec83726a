"""The canvas and, beside it, what the network sees, what it makes of it, and where the two differ."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app import theme
from app.amounts import amount
from app.panels.describing import describe
from app.panels.digit_image import DigitImage
from app.panels.draw.pad import Sketchpad
from app.seen.sketch import SketchReading

CANVAS_SHARE = 0.57  # of the width, at most
SMALLEST, LARGEST = 148, 280
LOWEST = 96  # where findings stand beside the canvas
BESIDE = 150  # pixels of width that they need there: five thumbnails
LEAST_PICTURE = 42  # pixels a side of the images beside the canvas

SEES, REBUILDS, DIFFERS = range(3)
WORDS = ("The network sees", "Reconstruction", "Error map")
SHORT_WORDS = ("The network sees", "Rebuilt", "Error map")
OBJECT_NAMES = ("sketchSeen", "sketchReconstruction", "sketchErrorMap")
MEANINGS = (
    "The 28x28 image that the encoder gets, with the noise where there is any",
    "What the decoder makes of the sketch's latent code",
    "Reconstruction minus sketch, without noise: orange is ink that was not drawn, blue is ink that is missing",
)
PSNR_TIP = "PSNR against the clean sketch: 10 log10(1 / MSE). The network helps where the reconstruction has more."


class SketchStage(QWidget):
    """Lays out a square canvas at the left and three images with their words at the right, whatever the width."""

    def __init__(self, pad: Sketchpad) -> None:
        """Take the canvas in; the three places are empty."""
        super().__init__()
        self.pad = pad
        pad.setParent(self)
        self._beside: QWidget | None = None
        self._notes = ("", "", "")  # below the words, where there is noise
        self.images: list[DigitImage] = []
        self.labels: list[QLabel] = []
        for words, meaning, name in zip(WORDS, MEANINGS, OBJECT_NAMES, strict=True):
            self.images.append(describe(DigitImage(56, words, parent=self), words, meaning, name))
            self.images[-1].lie_on_panel()
            label = describe(QLabel(words, self), words, meaning)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            theme.set_role(label, "small")
            self.labels.append(label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def lay_beside(self, beside: QWidget | None) -> None:
        """Take a widget in where the words stand, or with None show the words again."""
        self._beside = beside
        for label in self.labels:
            label.setVisible(beside is None)
        if beside is not None:
            beside.setParent(self)
            beside.show()
        self.updateGeometry()
        self._place()

    def show_reading(self, reading: SketchReading) -> None:
        """Fill the three places."""
        target = reading.seen if reading.clean is None else reading.clean
        self.images[SEES].show_image(reading.seen)
        self.images[REBUILDS].show_image(reading.reconstruction)
        self.images[DIFFERS].show_signed(np.clip(reading.reconstruction, 0.0, 1.0) - target.astype(np.float32) / 255.0)
        self._note(reading)

    def clear_reading(self) -> None:
        """Empty the three places."""
        for image in self.images:
            image.show_image(None)
        self._note(None)

    def _note(self, reading: SketchReading | None) -> None:
        """Say with the words below what noise does, or nothing."""
        quality = None if reading is None else reading.psnr
        notes = ("", "", "")
        if quality is not None:
            notes = (f"noisy, {amount(quality[0])} dB", f"{amount(quality[1])} dB", "to the clean one")
        if notes != self._notes:
            self._notes = notes
            for label, meaning, note in zip(self.labels, MEANINGS, notes, strict=True):
                label.setToolTip(f"{meaning}\n{PSNR_TIP}" if "dB" in note else meaning)
            self._write_labels()

    def _write_labels(self) -> None:
        for label, words, short, note in zip(self.labels, WORDS, SHORT_WORDS, self._notes, strict=True):
            fits = label.fontMetrics().horizontalAdvance(words.rpartition(" ")[2]) <= label.width()
            label.setText("\n".join(filter(None, (words if fits else short, note))))

    def sizeHint(self) -> QSize:
        """Return the size for a 296-pixel column."""
        return QSize(296, 160)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size that can still be drawn on."""
        return QSize(260, SMALLEST if self._beside is None else LOWEST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        """Give the canvas the largest square that leaves room for the images and what stands beside them."""
        gap = theme.GAP
        wanted = min(int(self.width() * CANVAS_SHARE), LARGEST)
        if self._beside is not None:
            wanted = min(wanted, (self.width() - BESIDE - 2 * gap) * 3 // 4)
        self.setMaximumHeight(max(wanted, SMALLEST))
        side = min(self.height(), wanted)
        self.pad.setGeometry(0, 0, side, side)
        small = (side - 2 * gap) // 3
        left = side + gap + gap // 2
        word = max(self.labels[0].fontMetrics().horizontalAdvance(each.rpartition(" ")[2]) for each in WORDS)
        most = self.width() - left - gap - word - 1
        if self._beside is None and LEAST_PICTURE <= most < small:  # smaller pictures rather than other words
            small = most
        text_left = left + small + gap
        room = self.width() - text_left
        for row, (image, label) in enumerate(zip(self.images, self.labels, strict=True)):
            top = round(row * (side - small) / 2)
            image.setGeometry(QRect(left, top, small, small))
            label.setGeometry(QRect(text_left, top, room, small))
        if self._beside is not None:
            self._beside.setGeometry(text_left, 0, room, self.height())
        self._write_labels()
