"""A surface with codes on it: points, marks over them, and what a hand, the keyboard and the theme do to these."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app import theme
from app.panels.focus_mark import came_by_mouse, keyboard
from app.panels.latent.marks import MarksLayer, pin_in_words
from app.panels.latent.overlays import Layer
from app.panels.latent.points import PointsItem
from app.panels.latent.view import MapView

HOVER_REACH = 10.0  # pixels from the pointer to the nearest point
PRESS_REACH = 3.0  # pixels beyond a disc's rim that still mean the point
KEY_STEP_PX = 8.0
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class CodesMap(QWidget):
    """What all maps of codes have in common; coordinates are those of the plane, indices those of the codes given.

    Those that derive from it lay the surface out and say what is shown.
    """

    hovered = Signal(float, float, int)  # x, y, index of the nearest point or -1; at most once a frame
    hover_left = Signal()
    picked = Signal(float, float, int)  # x, y, index of the point pressed on or -1

    def __init__(self, view: MapView, points: type[PointsItem] = PointsItem, empty: str = "") -> None:
        """`points` draws the codes on `view`; `empty` is said while there are none."""
        super().__init__()
        self.view = view
        self.points = points(view.view_box)
        self.layer = MarksLayer(view.view_box)
        self.marks = self.layer.marks
        self._own: list[Layer] = []
        self._told_hover = False
        self.empty = QLabel(empty, view.viewport(), wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.set_role(self.empty, "muted")
        self.setFocusProxy(view)
        view.view_changed.connect(self.follow_view)
        self.hovered.connect(lambda *_: self.note_hover(True))
        self.picked.connect(lambda *_: self.note_hover(False))
        self.hover_left.connect(lambda: self.note_hover(False))
        view.view_box.sigResized.connect(self._follow_size)
        keyboard().moved.connect(self._mark_focus)
        keyboard().pressed.connect(self._mark_focus)
        theme.notifier().changed.connect(self.recolour)

    def add(self, *layers: Layer) -> None:
        """Keep layers of the map's own up to date with the part of the plane that is in view."""
        self._own += layers

    def titles(self) -> tuple[str, str]:
        """What the axes are called."""
        return self.view.backdrop.titles

    def mark_pinned(self, place: tuple[float, float] | None) -> None:
        """Mark the pinned place; None takes the mark away."""
        self.marks.pinned = place
        self.view.setAccessibleDescription(pin_in_words(self.titles(), place))
        self.layer.update()

    def mark_sketch(
        self, place: tuple[float, float] | None, outlines: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
    ) -> None:
        """Mark where the sketch lies, and its posterior at 1 and 2 sigma if it has one; None takes the marks away."""
        self.marks.sketch = place
        both = ((outlines[1], 2), (outlines[0], 1))  # the smaller one above
        self.marks.ellipses = [(outline, sigma) for outline, sigma in both if outline is not None]
        self.layer.update()

    def index_at(self, x: float, y: float) -> int:
        """The code that a press here means, -1 for none."""
        return self.points.nearest(x, y, self.points.radius(self.view.frame()) + PRESS_REACH)

    def move_pin(self, right: int, up: int, fast: bool) -> tuple[float, float]:
        """Pick the place some pixels beside the pinned one, or beside the middle; returns it."""
        frame = self.view.frame()
        step = KEY_STEP_PX * (4 if fast else 1)
        x, y = self.marks.pinned or frame.to_plane(frame.width / 2, frame.height / 2)
        x, y = x + right * step / frame.scale_x, y + up * step / frame.scale_y
        self.picked.emit(x, y, -1)
        return x, y

    def follow_view(self) -> None:
        """Another part of the plane is in view."""
        for layer in self._own:
            layer.view_changed()
        self.points.view_changed()
        self.layer.view_changed()

    def note_hover(self, told: bool) -> None:
        """Whether the place under the mouse is what was told last, and not one that was picked, or of other codes."""
        self._told_hover = told

    def hover_again(self) -> bool:
        """Whether what the mouse hovers over now is told soon: another place may lie under it, but a pick stays."""
        return self._told_hover and self.view.hover_again()

    def place_overlays(self) -> None:
        """Put what is said where there is room for it."""
        self.empty.setGeometry(self.view.viewport().rect().adjusted(32, 16, -32, -16))

    def recolour(self) -> None:
        """Take the theme's colours."""
        self.view.recolour()
        for layer in self._own:
            layer.renew()

    def _follow_size(self, _: object) -> None:
        self.place_overlays()

    def _mark_focus(self, *_: object) -> None:
        focused = QApplication.focusWidget() is self.view and not came_by_mouse(self.view)
        if focused != self.marks.focused:
            self.marks.focused = focused
            self.layer.update()

    # Qt's names

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.place_overlays)
