"""The panel of the walk from A to B: both ends, the decoded images between, and the pixel blend for contrast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app import theme
from app.exporting import ask_path, save_strip_gif, save_strip_png, stands_still, strip_qimage
from app.exporting_views import save_and_tell
from app.panels.strip.controls import StripControls
from app.panels.strip.end import StripEnd
from app.panels.strip.layout import BLEND_HEIGHT, ROW_GAP
from app.panels.strip.player import StripPlayer
from app.panels.strip.tiles import StripTiles
from app.panels.titled import fill

EMPTY = "Choose A and B: right-click on the map, or roll the dice."
STILL = "From A to B all images are the same, so there is nothing to animate: choose other ends."
CONTROLS_WIDTH = 216
LABELS_WIDTH = 76
SMALLEST_END, LARGEST_END = 40, 144


class InterpolationStrip(QWidget):
    """Shows the ends and the images between; says where the pointer, the arrow keys or the play button are."""

    steps_changed = Signal(int)
    shape_changed = Signal(str)
    """`straight` or `sphere`"""
    scrubbed = Signal(int)
    """A step is looked at, by pointer, arrow key or play button."""
    scrub_left = Signal()
    """The pointer has left the images without a click."""
    step_picked = Signal(int)
    """A step was clicked."""
    random_end_requested = Signal(str)
    end_requested = Signal(str, str)
    """end `A` or `B`, source `pinned` or `sketch`"""
    swap_requested = Signal()
    exported = Signal(str)
    """One sentence: what was saved or copied."""
    failed = Signal(str)
    """One sentence: why something could not be saved."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("interpolationStrip")
        self.setAccessibleName("Interpolation from A to B")
        self._rows: list[np.ndarray] = []
        self.controls = StripControls(self)
        self.controls.setFixedWidth(CONTROLS_WIDTH)
        self.tiles = StripTiles(self)
        self.ends = {name: StripEnd(name, self) for name in "AB"}
        self.path_label = _label("Through the\nlatent space", "Each image is decoded from a code between A's and B's.")
        tip = "Each image mixes the pixels of the pictures at both ends; no network takes part between them."
        self.blend_label = _label("Pixel blend", tip)
        self.player = StripPlayer(self)
        self._lay_out()
        self._connect()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(720, 104)
        self.show_empty(EMPTY)

    # in --------------------------------------------------------------------------------------------------------------

    def show_ends(self, a: np.ndarray | None, b: np.ndarray | None, a_words: str = "", b_words: str = "") -> None:
        """Show the images (28, 28) of the ends and what they are; None empties an end."""
        self.ends["A"].show_end(a, a_words)
        self.ends["B"].show_end(b, b_words)
        if a is None or b is None:
            self.show_empty(EMPTY)

    def show_strip(self, images: np.ndarray, blend: np.ndarray | None) -> None:
        """Show S decoded images (S, 28, 28), A to B, and the blend of the ends' pixels, of the same shape."""
        self._rows = [images] if blend is None else [images, blend]
        self.tiles.show_strip(images, blend)
        self.controls.show_filled(True)
        self._show_labels()
        self.player.set_steps(len(images))

    def show_current(self, step: int) -> None:
        """Mark a step; -1 marks none."""
        self.tiles.show_current(step)

    def show_empty(self, text: str = EMPTY) -> None:
        """Show no images but a sentence that says what to do."""
        self._rows = []
        self.player.set_steps(0)
        self.tiles.show_empty(text)
        self.controls.show_filled(False)
        self._show_labels()

    def show_sources(self, pinned: bool, sketch: bool) -> None:
        """Say which sources of an end there are at the moment."""
        for end in self.ends.values():
            end.show_sources(pinned, sketch)

    # playing and saving ----------------------------------------------------------------------------------------------

    def play_or_pause(self) -> None:
        """Play there and back again, or stand still."""
        if self.player.is_running():
            self.player.stop()
        else:
            self.player.start(self.tiles.current)

    def save_png(self, path: Path) -> None:
        """Write the rows that are shown as a PNG; tells `exported` or `failed`."""
        if self._rows:
            save_and_tell(self, path, lambda: save_strip_png(self._shown_rows(), path))

    def save_gif(self, path: Path) -> None:
        """Write the decoded images as a GIF that goes there and back again; tells `exported` or `failed`."""
        if self._rows:
            save_and_tell(self, path, lambda: save_strip_gif(self._rows[0], path))

    def copy_picture(self) -> None:
        """Put the rows that are shown on the clipboard."""
        if self._rows:
            QGuiApplication.clipboard().setImage(strip_qimage(self._shown_rows()))
            self.exported.emit("The strip is on the clipboard.")

    def _ask_and_save_png(self) -> None:
        path = ask_path(self, "Save the strip as a picture", "strip.png", "PNG picture (*.png)")
        if path is not None:
            self.save_png(path)

    def _ask_and_save_gif(self) -> None:
        if self._rows and stands_still(self._rows[0]):
            self.failed.emit(STILL)
            return
        path = ask_path(self, "Save the strip as an animation", "strip.gif", "GIF animation (*.gif)")
        if path is not None:
            self.save_gif(path)

    def _shown_rows(self) -> list[np.ndarray]:
        return self._rows if self.controls.blend.isChecked() else self._rows[:1]

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(1256, 136)

    def hideEvent(self, event: QHideEvent) -> None:
        self.player.stop()
        super().hideEvent(event)

    # putting together ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        card = QFrame(self)
        card.setObjectName("card")
        fill(self, card)
        row = QHBoxLayout(card)
        row.setContentsMargins(12, theme.GAP // 2, 12, theme.GAP)
        row.setSpacing(theme.GAP * 2)
        row.addWidget(self.controls)
        row.addLayout(self._make_grid(), 1)

    def _make_grid(self) -> QGridLayout:
        """Rows: what the ends are, the large images, the small ones. The outer columns keep all centred."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(ROW_GAP)
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        grid.addWidget(self.path_label, 1, 1, left)
        grid.addWidget(self.blend_label, 2, 1, left)
        headings = QHBoxLayout()
        headings.addWidget(self.ends["A"].heading)
        headings.addStretch(1)
        headings.addWidget(self.ends["B"].heading)
        grid.addLayout(headings, 0, 2, 1, 3)
        for column, end in ((2, self.ends["A"]), (4, self.ends["B"])):
            grid.addWidget(end, 1, column)
            grid.addWidget(end.buttons, 2, column, Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(self.tiles, 1, 3, 2, 1)
        grid.setColumnMinimumWidth(1, LABELS_WIDTH)
        for column, stretch in ((0, 1), (3, 1000), (5, 1)):
            grid.setColumnStretch(column, stretch)
        grid.setRowStretch(1, 1)
        grid.setRowMinimumHeight(2, BLEND_HEIGHT)
        return grid

    def _connect(self) -> None:
        self.controls.steps_changed.connect(self.steps_changed)
        self.controls.shape_changed.connect(self.shape_changed)
        self.controls.swap_requested.connect(self.swap_requested)
        self.controls.play_requested.connect(self.play_or_pause)
        self.controls.blend_toggled.connect(self._show_blend)
        self.controls.save_png.triggered.connect(self._ask_and_save_png)
        self.controls.save_gif.triggered.connect(self._ask_and_save_gif)
        self.controls.copy_picture.triggered.connect(self.copy_picture)
        self.tiles.scrubbed.connect(self._scrub_by_hand)
        self.tiles.scrub_left.connect(self.scrub_left)
        self.tiles.step_picked.connect(self.step_picked)
        self.player.stepped.connect(self._scrub_by_clock)
        self.player.running_changed.connect(self._show_playing)
        self.tiles.row_height_changed.connect(self._fit_ends)
        for end in self.ends.values():
            end.random_requested.connect(lambda name=end.name: self.random_end_requested.emit(name))
            end.source_chosen.connect(lambda source, name=end.name: self.end_requested.emit(name, source))
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), self.tiles)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self.play_or_pause)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.tiles)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_picture)

    def _scrub_by_hand(self, step: int) -> None:
        self.player.stop()
        self.scrubbed.emit(step)

    def _scrub_by_clock(self, step: int) -> None:
        self.tiles.show_current(step)
        self.scrubbed.emit(step)

    def _show_playing(self, playing: bool) -> None:
        self.controls.show_playing(playing)
        self.tiles.mouse_scrubs = not playing

    def _fit_ends(self, row_height: int) -> None:
        for end in self.ends.values():
            end.set_side(min(max(row_height, SMALLEST_END), LARGEST_END))

    def _show_blend(self, visible: bool) -> None:
        self.tiles.show_blend(visible)
        self._show_labels()

    def _show_labels(self) -> None:
        """Name the rows that are there."""
        self.path_label.setVisible(bool(self._rows))
        self.blend_label.setVisible(len(self._shown_rows()) == 2)


def _label(text: str, tip: str) -> QLabel:
    label = QLabel(text)
    theme.set_role(label, "small")
    label.setToolTip(tip)
    return label
