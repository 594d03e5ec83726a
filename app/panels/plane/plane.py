"""One plane of codes: points over what a view lays under them, the axes' numbers, the pin, and what is to be said."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.floating_ground import paint_ground
from app.panels.latent.codes_map import CodesMap
from app.panels.latent.points import PointsItem
from app.panels.latent.view import KEY_ZOOM
from app.panels.plane.surface import PlaneSurface
from app.panels.titled import fill
from models.latent_space import Projection

LEAST_SIDE = 160  # pixels of the surface
MOST_FOR_NOTE = 0.25  # of the plane's height
KEY_MARGIN_PX = 24  # the pin that is moved with keys stays so far inside the view


class Plane(CodesMap):
    """Shows codes on a plane and tells what is pointed at, in plane coordinates."""

    moved = Signal()  # another part of the plane is in view

    def __init__(self, name: str, object_name: str, points: type[PointsItem] = PointsItem) -> None:
        """`points` draws the codes; the surface and the note are called `object_name` and "Surface", "Slice"."""
        surface = describe(PlaneSurface(), name, "", f"{object_name}Surface")
        super().__init__(surface, points)
        self._has_prior, self._room = False, 0.0
        self._prior_area = QRectF()
        self._fit_next = True
        self._plane: tuple[object, ...] = ()
        self.surface = surface
        self.note = describe(Note(surface.viewport()), "", "", f"{object_name}Slice")
        fill(self, self.surface)
        self.surface.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
        surface.clicked.connect(self._tell_clicked)
        surface.hovered.connect(lambda x, y: self.hovered.emit(x, y, -1))
        surface.left.connect(self.hover_left)

    # in

    def show_codes(self, points: np.ndarray, labels: np.ndarray, glide: bool = False) -> None:
        """Show plane points (N, 2) of held-out images; without `glide` the view is fitted to other ones than before."""
        others = not glide and self.points.differ_from(points, labels)
        self.points.show_points(points, labels, glide and self.isVisible())
        if others:
            self.note_hover(False)
        if len(points) and (self._fit_next or others):
            self.fit()
            if self._room:
                self.surface.fit_room(self._room)

    def show_empty(self, text: str) -> None:
        """Say what is missing; nothing where it is there."""
        self.empty.setText(text)
        self.empty.setVisible(bool(text))
        self.place_overlays()

    def show_slice(self, words: str, more: str) -> None:
        """Say that this is a slice, and through which code; nothing where it is all there is."""
        self.note.say(words, more)
        self.place_overlays()

    def show_network(self, has_prior: bool, room: float) -> None:
        """Say what the network is: whether it has a prior, and if it is still to learn, how far its codes may come."""
        self._has_prior, self._room = has_prior, room

    def show_projection(self, projection: Projection, latent_dim: int) -> None:
        """Name the plane through the codes; another one is fitted."""
        self._prior_area = QRectF(-3, -3, 6, 6).translated(*projection.prior_centre())
        self.surface.name_axes(projection.axis_titles)
        plane = (projection.kind, projection.axis_titles, latent_dim)
        self._fit_next |= plane != self._plane
        self._plane = plane

    # what a person does with it

    def fit(self) -> None:
        """Show all visible codes, and a VAE's prior out to three sigma."""
        bounds = self.points.bounds()
        if bounds is not None:
            self.surface.fit(bounds.united(self._prior_area) if self._has_prior else bounds)
            self._fit_next = False

    def zoom(self, closer: bool) -> None:
        """At the pin where it is in view: so the keyboard reaches any place."""
        frame, pin = self.surface.frame(), self.marks.pinned
        inside = pin is not None and frame.area().contains(*pin)
        at = QPointF(*frame.to_pixels(np.array([pin]))[0].tolist()) if inside else None
        self.surface.zoom(KEY_ZOOM if closer else 1 / KEY_ZOOM, at)

    def move_pin(self, right: int, up: int, fast: bool) -> tuple[float, float]:
        """Move the pin, and the view with it where it would be left."""
        x, y = super().move_pin(right, up, fast)
        self.surface.show_place(x, y, KEY_MARGIN_PX)
        return x, y

    def _tell_clicked(self, x: float, y: float) -> None:
        self.picked.emit(x, y, self.index_at(x, y) if self.points.isVisible() else -1)

    # inside

    def follow_view(self) -> None:
        """Another part of the plane is in view."""
        super().follow_view()
        self.hover_again()
        self.moved.emit()

    def place_overlays(self) -> None:
        """Put what is said where there is room for it."""
        super().place_overlays()
        self.note.place(self.surface.viewport().rect())

    def recolour(self) -> None:
        """Take the theme's colours."""
        super().recolour()
        self.note.update()


class Note(QLabel):
    """A sentence at the top of the plane, on a ground of its own; on a small one, its part before the colon."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = ""
        self.setWordWrap(True)
        self.setMargin(6)
        theme.set_role(self, "small")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    def say(self, words: str, more: str) -> None:
        """Say a sentence, and all of it with more to whoever points at it; an empty one hides the note."""
        self._words = words
        self.setText(words)
        self.setAccessibleName(words)
        self.setToolTip(f"{words}\n{more}" if more else "")
        self.setVisible(bool(words))

    def place(self, room: QRect) -> None:
        """Stand at the top, right of the axis's name."""
        width = min(room.width() - 72, 560)
        self.setText(self._words)
        if self.heightForWidth(width) > MOST_FOR_NOTE * room.height():
            self.setText(f"{self._words.split(':')[0].rstrip('.')}.")
        self.setGeometry(60 + (room.width() - 72 - width) // 2, 6, width, self.heightForWidth(width))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_ground(self, 6)
        super().paintEvent(event)
