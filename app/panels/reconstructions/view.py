"""The reconstructions view: held-out images, what the network makes of them, where it errs, and PCA beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.exporting_views import PICTURES, TABLES
from app.panels.describing import describe
from app.panels.digit_image import signed_image
from app.panels.export_button import ExportButton
from app.panels.image_view import ImageView
from app.panels.needs import EmptyPage, Need
from app.panels.quiet import QuietComboBox
from app.panels.reconstructions.angle_curve import AngleCurve
from app.panels.reconstructions.grid import ReconstructionGrid
from app.panels.reconstructions.words import ANGLES, header, summary, table
from app.panels.scrolled import scrolled
from app.panels.segments import Segments, write_segment
from app.panels.titled import Titled, fill, tight
from app.seen.reconstructed import SHOWN, Reconstructed

ALL, ALL_SHORT = "All classes", "All"
NARROW = 460  # width below which the buttons have shorter words
RANDOM_TIP = "Held-out images drawn at random: the same ones for every network, until the dice draw others."
WORST_TIP = (
    "The held-out images with the largest squared error.\n"
    "While it trains they stay the same, so that one sees them get better; press again to choose anew."
)
PCA_TIP = (
    "What PCA keeps of the same images with as many numbers as the code has: the best that a linear map can do.\n"
    "It is fitted to the training images."
)
MEAN_TIP = (
    "“sq. err./pixel” is the squared error per pixel.\n"
    "A VAE's images are decoded from the means of their clouds; its loss draws a code from each, which costs more."
)
ERROR_TIP = "Reconstruction minus original, on a fixed scale from −1 to 1: blue is missing ink, orange is too much."


class Reconstructions(ImageView):
    """Shows images beside their reconstructions, or how to get them."""

    order_chosen = Signal(str)  # "random", "worst"
    draw_requested = Signal()
    label_chosen = Signal(int)  # -1: all
    pca_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Reconstructions of held-out images", "", "reconstructionsView")
        self._shown: Reconstructed | None = None
        self._angles = (np.zeros(0), np.zeros(0))
        keys = "Held-out images and their reconstructions: arrow keys walk, Enter pins the code, 0 to 9 show one digit"
        self.grid = describe(ReconstructionGrid(), keys, "", "reconstructionGrid")
        self.angle = AngleCurve()
        self._summary = describe(QLabel(), "", MEAN_TIP, "reconstructionSummary")
        self._summary.setWordWrap(True)
        theme.set_role(self._summary, "small")
        self._words = self._busy = ""
        frame = Titled("Reconstructions", self)
        self._make_export(frame)
        frame.body.addLayout(self._tools())
        self._stack = QStackedWidget()
        self.empty = EmptyPage("No reconstructions", "reconstructionsEmpty")
        self.need = Need("What the originals would add", "originalsNeed")
        for each in (self.empty, self.need):
            each.wanted.connect(self.dataset_wanted)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._filled())
        frame.body.addWidget(self._stack, 1)
        fill(self, frame)
        self.grid.picked.connect(self.picked)
        self.grid.label_keyed.connect(self._toggle_label)
        self.grid.moved.connect(self._scroll_to)
        self.setFocusProxy(self.grid)

    # in

    def show_images(self, shown: Reconstructed) -> None:
        """Show images and their reconstructions."""
        self._shown = shown
        self.grid.show_images(shown)
        self._words = summary(shown)
        self._summary.setText(self._busy or self._words)
        self._stack.setCurrentIndex(1)
        self.export.setEnabled(True)
        self._fit()

    def show_missing(self, sentence: str, dataset: str) -> None:
        """Say why there is nothing to see, and offer the dataset, if that would help."""
        self.empty.show_need(sentence, dataset)
        self._stack.setCurrentIndex(0)
        self.export.setEnabled(False)

    def show_originals_missing(self, sentence: str, dataset: str) -> None:
        """Say why there are no originals, and offer the dataset; nothing for an empty sentence."""
        self.need.show_need(sentence, dataset)
        self._scale.setVisible(not sentence)
        self._fit()

    def show_busy(self, words: str) -> None:
        """Say what is being computed; an empty text says that nothing is."""
        self._busy = words
        self._summary.setText(words or self._words)

    def show_classes(self, names: Sequence[str]) -> None:
        """Name the classes that can be shown alone."""
        if [self.label.itemText(i) for i in range(1, self.label.count())] != list(names):
            now = max(self.label.currentIndex(), 0)
            self.label.clear()
            self.label.addItems([ALL_SHORT if self.width() < NARROW else ALL, *names])
            self.label.setCurrentIndex(min(now, len(names)))

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned."""
        self.grid.show_pinned(index)

    def show_angles(self, steps: np.ndarray, angles: np.ndarray, components: int, note: str) -> None:
        """Show how far a linear AE is from PCA, and how it came there."""
        self._angles = (steps, angles)
        self.angle.show_angles(steps, angles, components, note)
        self._save_angles.setVisible(len(steps) > 0)
        self._fit()

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write what is shown as PNG or SVG."""
        self.grid.point_at(-1)
        self._save_picture(self.sheet, path)

    def save_numbers_to(self, path: Path) -> None:
        """Write one row an image as CSV."""
        if self._shown is not None:
            self._save_rows(header(self._shown), table(self._shown), path)

    def save_angles_to(self, path: Path) -> None:
        """Write the angle after each measured step as CSV."""
        steps, angles = self._angles
        self._save_rows(ANGLES, ([int(step), float(angle)] for step, angle in zip(steps, angles, strict=True)), path)

    # inside

    def _fit(self) -> None:
        """The grid has what the curve above it and the words below it leave."""
        room, spacing = self._scroll.viewport().height(), self._column.spacing()
        below = max(self._foot.sizeHint().height(), self._summary.heightForWidth(self._summary.width()))
        others = [each for each in (self.angle, self.need) if not each.isHidden()]
        self.grid.fit_into(room - below - spacing - sum(each.sizeHint().height() + spacing for each in others))

    def _scroll_to(self, place: QRect) -> None:
        middle = self.grid.mapTo(self.sheet, place.center())
        self._scroll.ensureVisible(middle.x(), middle.y(), place.width() // 2, place.height() // 2)

    def _toggle_label(self, label: int) -> None:
        """A digit's key shows its images alone, and once more all."""
        if label + 1 < self.label.count():
            self.label.setCurrentIndex(0 if self.label.currentIndex() == label + 1 else label + 1)
            self.label_chosen.emit(self.label.currentIndex() - 1)

    def _draw(self) -> None:
        self.orders["random"].setChecked(True)
        self.draw_requested.emit()

    # layout

    def _tools(self) -> QHBoxLayout:
        self.orders = {
            order: describe(QPushButton(), f"{order.capitalize()} {SHOWN}", tip, f"{order}Images")
            for order, tip in (("random", RANDOM_TIP), ("worst", WORST_TIP))
        }
        for order, button in self.orders.items():
            button.clicked.connect(lambda _=False, order=order: self.order_chosen.emit(order))
        self.dice = describe(QToolButton(), "Draw other images", "Draw other images at random", "drawImages")
        self.dice.setIcon(theme.icon("dice"))
        self.dice.clicked.connect(self._draw)
        self.label = describe(
            QuietComboBox(), "Class shown", "Show the images of one class (keys 0 to 9)", "classShown"
        )
        self.label.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.label.setMinimumWidth(56)
        self.label.activated.connect(lambda index: self.label_chosen.emit(index - 1))
        self.pca = describe(QPushButton("PCA"), "Show PCA's reconstructions", PCA_TIP, "showPca")
        self.pca.setCheckable(True)
        self.pca.toggled.connect(self.pca_wanted)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP // 2)
        for widget in (Segments(self.orders.values()), self.dice, self.label):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.pca)
        return row

    def _make_export(self, frame: Titled) -> None:
        self.export = ExportButton("reconstructionsExport")
        self.export.setEnabled(False)
        self.export.offer("Save picture (PNG, SVG)…", "reconstructions.png", PICTURES, self.save_picture_to)
        self.export.offer("Save numbers (CSV)…", "reconstructions.csv", TABLES, self.save_numbers_to)
        self._save_angles = self.export.offer("Save angles (CSV)…", "angles.csv", TABLES, self.save_angles_to)
        self._save_angles.setVisible(False)
        frame.tools.addWidget(self.export)

    def _filled(self) -> QWidget:
        self.sheet = describe(QWidget(), "Reconstructions")
        self._column = tight(QVBoxLayout(self.sheet), theme.GAP // 2)
        self._foot = QWidget()
        row = tight(QHBoxLayout(self._foot), 2 * theme.GAP)
        row.addWidget(self._summary, 1)
        self._scale = describe(ErrorScale(), "Colours of the error", ERROR_TIP, "errorScale")
        row.addWidget(self._scale)
        self._column.addWidget(self.angle)
        self._column.addWidget(self.grid, 1)
        self._column.addWidget(self.need)
        self._column.addWidget(self._foot)
        self._scroll = scrolled(self.sheet)
        return self._scroll

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for button in self.orders.values():
            name = button.accessibleName()
            write_segment(button, name.split()[0] if self.width() < NARROW else name)
        self.label.setItemText(0, ALL_SHORT if self.width() < NARROW else ALL)
        self._fit()


class ErrorScale(QWidget):
    """The colours of the signed error, from -1 to 1, the same in both themes."""

    BAR = 64

    def __init__(self) -> None:
        super().__init__()
        self._less, self._more = "ink missing", "too much"
        font = theme.small_font(self)
        self._font, metrics = font, QFontMetrics(font)
        width = sum(metrics.horizontalAdvance(words) for words in (self._less, self._more)) + self.BAR + 2 * theme.GAP
        self.setFixedSize(width, metrics.height())
        theme.notifier().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setFont(self._font)
            painter.setPen(theme.colours().muted)
            more = painter.fontMetrics().horizontalAdvance(self._more)
            bar = QRectF(self.width() - more - theme.GAP - self.BAR, (self.height() - 8) / 2, self.BAR, 8)
            vertical = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | vertical, self._more)
            left = QRectF(0, 0, bar.left() - theme.GAP, self.height())
            painter.drawText(left, Qt.AlignmentFlag.AlignRight | vertical, self._less)
            painter.drawImage(bar, signed_image(np.linspace(-1, 1, self.BAR, dtype=np.float32)[None]))
