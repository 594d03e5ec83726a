"""What the views of a plane have in common: its tools, keys and files, the legend, and which plane it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.exporting import ask_path
from app.exporting_views import PICTURES, run_shown, save_and_tell, save_picture
from app.panels.latent.codes_map import ARROWS
from app.panels.latent.legend import Legend
from app.panels.latent.toolbar import ProjectionChooser
from app.panels.plane.plane import Plane
from app.panels.plane.tools import PlaneTools
from app.panels.titled import Titled, fill
from models.latent_space import Projection


class PlaneView(QWidget):
    """A view of the centre with a plane. Those that derive from it lay something under the points, and ask for it."""

    watched = Signal(bool)  # it is on the screen, or no longer
    picked = Signal(float, float, int)  # x, y, index of the point clicked on or -1
    hovered = Signal(float, float, int)  # x, y, -1
    hover_left = Signal()
    projection_requested = Signal(str)  # "pca", or "axes:0,3"
    exported = Signal(str)
    failed = Signal(str)

    def __init__(self, title: str, plane: Plane, tools: PlaneTools, sheet: QWidget, ask_ms: int = 0) -> None:
        """`sheet` is what is saved as a picture, and bears the plane; `_ask` is called `ask_ms` after a movement."""
        super().__init__()
        self.plane, self.tools, self.sheet = plane, tools, sheet
        self.view, self.points, self.note = plane.surface, plane.points, plane.note
        self.projection, self.legend = ProjectionChooser(), Legend()
        self._asking = QTimer(self, interval=ask_ms, singleShot=True)
        self._asking.timeout.connect(self._ask)
        self._file = title.lower()
        self._below = self._lay_out(title)
        plane.moved.connect(self._asking.start)
        plane.picked.connect(self.picked)
        plane.hovered.connect(self.hovered)
        plane.hover_left.connect(self.hover_left)
        tools.points_toggled.connect(self._show_points)
        tools.fit_requested.connect(self.fit)
        tools.zoom_requested.connect(self.zoom)
        tools.picture_wanted.connect(self._ask_picture)
        self.projection.requested.connect(self.projection_requested)
        self.legend.visibility_changed.connect(self._show_digit)
        self.setFocusProxy(self.view)

    # in

    def show_codes(self, points: np.ndarray, labels: np.ndarray, glide: bool = False) -> None:
        """Show plane points (N, 2) of held-out images; without `glide` the view is fitted to other ones than before."""
        self.plane.show_codes(points, labels, glide)

    def show_slice(self, words: str, more: str) -> None:
        """Say that this is a slice, and through which code; nothing where it is all there is."""
        self.plane.show_slice(words, more)

    def show_pinned(self, place: tuple[float, float] | None) -> None:
        """Mark the pinned place; None takes the mark away."""
        self.plane.mark_pinned(place)

    def show_network(self, has_prior: bool, room: float, class_names: Sequence[str] | None) -> None:
        """Say what the network is: whether it has a prior, is still to learn, and what its classes are called."""
        self.plane.show_network(has_prior, room)
        self.legend.show_names(class_names)

    def show_projection(self, projection: Projection, latent_dim: int) -> None:
        """Name the plane through the codes."""
        self.projection.show_projection(projection, latent_dim)
        self.plane.show_projection(projection, latent_dim)

    def fit(self) -> None:
        """Show all visible codes, and a VAE's prior out to three sigma."""
        self.plane.fit()

    def zoom(self, closer: bool) -> None:
        """At the pin where it is in view."""
        self.plane.zoom(closer)

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write the view with its legend as PNG or SVG."""
        save_and_tell(self, path, lambda: save_picture(self.sheet, path, title=run_shown(self)))

    def _ask_picture(self) -> None:
        path = ask_path(self, "Save picture", f"{self._file}.png", PICTURES)
        if path is not None:
            self.save_picture_to(path)

    def _ask(self) -> None:
        """Ask for what is to be laid under the points that are in view."""

    # Qt's events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = event.key(), self._keys()
        if key in ARROWS:
            fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.plane.move_pin(*ARROWS[Qt.Key(key)], fast=fast)
        elif key in keys:
            keys[key]()
        elif not self.legend.take_key(event):
            super().keyPressEvent(event)

    def _keys(self) -> dict[int, Callable[[], object]]:
        """What single keys do, beside the arrows and the digits."""
        return {
            Qt.Key.Key_Plus: lambda: self.zoom(True),
            Qt.Key.Key_Equal: lambda: self.zoom(True),
            Qt.Key.Key_Minus: lambda: self.zoom(False),
            Qt.Key.Key_F: self.fit,
            Qt.Key.Key_Home: self.fit,
            Qt.Key.Key_P: self.tools.points.toggle,
        }

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched.emit(True)
        self._asking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watched.emit(False)

    # inside

    def _lay_out(self, title: str) -> QHBoxLayout:
        """The row below the sheet, in which the plane is chosen."""
        self._frame = frame = Titled(title, self)
        frame.tools.addWidget(self.tools)
        frame.body.addWidget(self.sheet, 1)
        below = QHBoxLayout()
        below.addWidget(self.projection)
        frame.body.addLayout(below)
        fill(self, frame)
        return below

    def _show_points(self, shown: bool) -> None:
        self.points.setVisible(shown)

    def _show_digit(self, digit: int, shown: bool) -> None:
        self.points.set_digit_visible(digit, shown)
