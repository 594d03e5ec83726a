"""The latent map: every held-out code as a coloured point; a click on it, or anywhere between, is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QPushButton

from app import theme
from app.amounts import counted, percent
from app.exporting_views import PICTURES, TABLES, copy_picture, run_shown, save_and_tell, save_picture
from app.panels.describing import describe
from app.panels.focus_mark import rest_at
from app.panels.latent.codes_map import ARROWS, HOVER_REACH, CodesMap
from app.panels.latent.hover_card import HoverCard
from app.panels.latent.legend import Legend
from app.panels.latent.overlays import PriorRings
from app.panels.latent.toolbar import MapTools
from app.panels.latent.view import KEY_ZOOM, MapView
from app.panels.titled import Titled, fill
from models.latent_space import Projection

STRAYED_SHARE = 0.005  # of the points may leave the view before the map offers to fit
HEAP_SHARE = 0.15  # of the view's shorter side: what is narrower looks like one dot
MAP_NAME = "Map of the latent space"
KEYS = "Arrow keys move the pinned place, plus and minus zoom, F fits."


class LatentMap(CodesMap):
    """Shows codes on a plane and tells what is pointed at.

    The view changes only by hand, by `fit()`, and for other codes or another plane; never while codes move.
    """

    projection_requested = Signal(str)  # "pca", or "axes:0,3"
    end_requested = Signal(str, float, float, int)  # "A" or "B", x, y, index or -1
    codes_wanted = Signal(object)  # the Path to write them to
    exported = Signal(str)  # one sentence
    failed = Signal(str)  # one sentence

    def __init__(self) -> None:
        super().__init__(MapView())
        self.setObjectName("latentMap")
        self.setAccessibleName(MAP_NAME)
        self._has_codes = self._has_prior = False
        self._fit_next = True
        self._by_hand, self._room = False, 0.0
        self._shown_projection: tuple[object, ...] = ()
        self.tools = MapTools()
        describe(self.view, f"{MAP_NAME}. {KEYS}", "", "mapPlane")
        self.legend = Legend()
        self.rings = PriorRings(self.view.view_box)
        self.add(self.rings)
        self.card = HoverCard(self.view.viewport())
        self.fit_hint = QPushButton(self.view.viewport())
        self.fit_hint.setObjectName("mapFitHint")
        self.fit_hint.setAccessibleName("Fit the map to all points")
        self.fit_hint.setCursor(Qt.CursorShape.ArrowCursor)
        self.fit_hint.hide()
        self._lay_out()
        self._connect()
        self.show_prior(False)
        self.show_empty("No codes yet.\nTrain a model or open a run, and every held-out image becomes a point here.")

    # in

    def show_codes(self, points: np.ndarray, labels: np.ndarray, glide: bool = False) -> None:
        """Show plane points (N, 2) of N held-out images with labels (N,); with `glide` they move to their places.

        Without `glide` the view is fitted, unless these are nearly the codes that are shown already.
        """
        others = not glide and self.points.differ_from(points, labels)
        self._set_has_codes(len(points) > 0)
        self.points.show_points(points, labels, glide and self._fluent())
        if not glide:
            self._forget_pointer()
        if self._has_codes and (self._fit_next or others):
            self.fit()
            if self._room:
                self.view.fit_room(self._room)
        self._look_for_strays()
        self.layer.update()

    def show_room(self, room: float) -> None:
        """How far from 0 a network that is still to learn may put its codes, which begin close together; else 0."""
        self._room = room

    def show_pinned(self, place: tuple[float, float] | None) -> None:
        """Mark the pinned place; None takes the mark away."""
        self.view.menu_place = place
        self.mark_pinned(place)

    def show_sketch(
        self, x: float, y: float, ellipse1: np.ndarray | None = None, ellipse2: np.ndarray | None = None
    ) -> None:
        """Mark where the sketch lies, with the outlines (n, 2) of its posterior at 1 and 2 sigma if there is one."""
        self.mark_sketch((x, y), (ellipse1, ellipse2))

    def clear_sketch(self) -> None:
        """Take the sketch's marks away."""
        self.mark_sketch(None)

    def show_path(self, points: np.ndarray | None, current: int = -1) -> None:
        """Draw the strip's path (S, 2) from A to B, the step `current` larger; None takes it away."""
        self.marks.path, self.marks.step = points, current
        self.layer.update()

    def show_prior(self, shown: bool) -> None:
        """Say whether there is a prior (a VAE's), so that its rings can be shown."""
        self.tools.rings.setVisible(shown)
        self._has_prior = shown
        self._show_rings()

    def show_projection(self, projection: Projection, latent_dim: int) -> None:
        """Name the plane through the codes, and PCA's shares of the variance; another one is fitted."""
        self.tools.show_projection(projection, latent_dim)
        kind, titles = projection.kind, projection.axis_titles
        shares = [f" ({percent(share)})" for share in projection.explained or ()] or ["", ""]
        self.view.name_axes((titles[0] + shares[0], titles[1] + shares[1]))
        self.rings.lie(kind == "line", QPointF(*projection.prior_centre()))
        shown = (kind, tuple(titles), latent_dim)
        self._fit_next |= shown != self._shown_projection
        self._shown_projection = shown

    def show_class_names(self, names: Sequence[str] | None) -> None:
        """Name the ten classes in the legend; None for digits."""
        self.legend.show_names(names)

    def show_hover(
        self, nearest: np.ndarray | None, nearest_caption: str, decoded: np.ndarray | None, decoded_caption: str
    ) -> None:
        """Answer `hovered`: the nearest image and the decoded place, (28, 28) each, in a card beside the pointer.

        An answer that comes when the pointer no longer hovers is dropped.
        """
        if not self._hovering:
            return
        self.card.show_at(self.view.pointer.toPoint(), nearest, nearest_caption, decoded, decoded_caption)

    def show_empty(self, text: str) -> None:
        """Show no codes and no marks, only a sentence about what to do next."""
        self._set_has_codes(False)
        self._fit_next = True
        self.points.show_points(np.empty((0, 2), np.float32), np.empty(0, np.uint8), glide=False)
        self.marks.pinned = self.marks.sketch = self.marks.path = None
        self.marks.ellipses = []
        self._forget_pointer()
        self.fit_hint.hide()
        self.empty.setText(text)
        self.view.fit(QRectF(-3, -3, 6, 6))
        self.place_overlays()
        self.layer.update()

    def fit(self) -> None:
        """Show all visible points, and the prior's rings where they are shown."""
        bounds = self.points.bounds()
        if bounds is not None:
            if self.rings.isVisible():
                bounds = bounds.united(self.rings.area())
            self.view.fit(bounds)
        self._fit_next = self._by_hand = False
        self.fit_hint.hide()

    # out

    def _tell_pressed(self, x: float, y: float) -> None:
        self._forget_pointer()
        self.picked.emit(x, y, self.index_at(x, y))

    def _tell_dragged(self, x: float, y: float) -> None:
        self.picked.emit(x, y, -1)

    def _tell_hovered(self, x: float, y: float) -> None:
        if not self._has_codes:
            return
        index = self.points.nearest(x, y, HOVER_REACH)
        self._hovering = True
        self._nearest = index
        self._follow_nearest()
        self.hovered.emit(x, y, index)

    def _tell_left(self) -> None:
        self._forget_pointer()
        self.hover_left.emit()

    def _ask_end(self, end: str, x: float, y: float) -> None:
        self.end_requested.emit(end, x, y, self.index_at(x, y))

    def _open_menu(self, at: QPoint) -> None:
        pointer = self.view.pointer
        x, y = self.view.frame().to_plane(pointer.x(), pointer.y())
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        start = menu.addAction("Start of the strip (A) here", lambda: self._ask_end("A", x, y))
        end = menu.addAction("End of the strip (B) here", lambda: self._ask_end("B", x, y))
        for action in (start, end):
            action.setEnabled(self._has_codes)
        menu.addSeparator()
        menu.addAction(theme.icon("fit"), "Fit the map", self.fit)
        menu.addSeparator()
        menu.addAction(theme.icon("copy"), "Copy picture", self._copy)
        menu.addActions(self.tools.export.menu().actions())
        menu.popup(at)

    def save_picture_to(self, path: Path) -> None:
        """Write what is in view, with its legend and the run's name, as PNG or SVG."""
        self._forget_pointer()
        save_and_tell(self, path, lambda: save_picture(self.view, path, self.legend, run_shown(self)))

    def _copy(self) -> None:
        self._forget_pointer()
        copy_picture(self.view, self.legend, run_shown(self))
        self.exported.emit("The map is on the clipboard.")

    # Qt's events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers()
        if key in ARROWS and self._has_codes:
            self.move_pin(*ARROWS[Qt.Key(key)], fast=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.view.zoom(KEY_ZOOM)
        elif key == Qt.Key.Key_Minus:
            self.view.zoom(1 / KEY_ZOOM)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_Home) or (
            key == Qt.Key.Key_0 and modifiers & Qt.KeyboardModifier.ControlModifier
        ):
            self.fit()
        elif not self.legend.take_key(event):
            super().keyPressEvent(event)

    # inside

    def _lay_out(self) -> None:
        frame = Titled("Latent map", self)
        frame.tools.addWidget(self.tools)
        frame.body.addWidget(self.tools.projection, 0, Qt.AlignmentFlag.AlignLeft)
        frame.body.addWidget(self.view, 1)
        frame.body.addWidget(self.legend)
        fill(self, frame)
        self.view.setMinimumSize(160, 160)

    def _connect(self) -> None:
        self.view.pressed.connect(self._tell_pressed)
        self.view.dragged.connect(self._tell_dragged)
        self.view.hovered.connect(self._tell_hovered)
        self.view.left.connect(self._tell_left)
        self.view.menu_wanted.connect(self._open_menu)
        self.view.moved_by_hand.connect(self._note_hand)
        self.tools.fit_requested.connect(self.fit)
        self.tools.zoom_requested.connect(lambda closer: self.view.zoom(KEY_ZOOM if closer else 1 / KEY_ZOOM))
        self.tools.rings_toggled.connect(self._show_rings)
        self.tools.projection.requested.connect(self.projection_requested)
        self.tools.export.offer("Save picture (PNG, SVG)…", "latent-map.png", PICTURES, self.save_picture_to)
        self.tools.export.offer("Save codes (CSV)…", "latent-codes.csv", TABLES, self.codes_wanted.emit)
        self.legend.visibility_changed.connect(self._show_digit)
        self.points.moved.connect(self._follow_nearest)
        self.fit_hint.clicked.connect(self._take_offer)

    def _fluent(self) -> bool:
        return self.view.isVisible() and not self.window().isMinimized()

    def _set_has_codes(self, there: bool) -> None:
        self._has_codes = there
        self.empty.setVisible(not there)
        self.view.show_axes(there)
        self._show_rings()

    def _show_digit(self, digit: int, shown: bool) -> None:
        self._forget_pointer()
        self.points.set_digit_visible(digit, shown)
        self._look_for_strays()

    def _show_rings(self) -> None:
        self.rings.setVisible(self._has_codes and self._has_prior and self.tools.rings.isChecked())

    def _note_hand(self) -> None:
        self._by_hand = True
        self._look_for_strays()

    def _look_for_strays(self) -> None:
        """Offer to fit when points have left the view, or lie in a heap after training; never at once against a hand.

        After a zoom by hand the offer waits until no point is left in view.
        """
        bounds, frame = self.points.bounds(), self.view.frame()
        chosen_so = self._by_hand and bounds is not None and frame.area().intersects(bounds)
        strays = 0 if chosen_so or not self._has_codes else self.points.outside(frame)
        offer = ""
        if strays > len(self.points.points) * STRAYED_SHARE:
            offer = f"{counted(strays, 'point')} {'is' if strays == 1 else 'are'} outside the view · Fit"
        elif bounds is not None and not chosen_so and not self._room and not self.rings.isVisible():
            shorter = min(frame.area().width(), frame.area().height())
            if 0 < max(bounds.width(), bounds.height()) < HEAP_SHARE * shorter:
                offer = "All points lie close together here · Fit"
        self.fit_hint.setVisible(bool(offer))
        if offer:
            self.fit_hint.setText(offer)
            self.place_overlays()

    def _take_offer(self) -> None:
        rest_at(self.view)
        self.fit()

    def _forget_pointer(self) -> None:
        self._hovering = False
        self._nearest = -1
        self.marks.nearest = None
        self.card.hide()
        self.layer.update()

    def _follow_nearest(self) -> None:
        """Keep the highlight on the point under the pointer, also while it glides."""
        marks = self.marks
        if self._nearest < 0:
            if marks.nearest is not None:
                marks.nearest = None
                self.layer.update()
            return
        marks.nearest = self.points.place(self._nearest)
        marks.nearest_colour = theme.DIGIT_COLOURS[self.points.labels[self._nearest]]
        marks.point_radius = self.points.radius(self.view.frame())
        self.layer.update()

    def follow_view(self) -> None:
        """Another part of the plane is in view."""
        super().follow_view()
        if not (self._hovering and self.hover_again()):
            self.card.hide()

    def place_overlays(self) -> None:
        """Put what is said where there is room for it."""
        super().place_overlays()
        self.fit_hint.adjustSize()
        at = QPointF((self.view.viewport().width() - self.fit_hint.width()) / 2, theme.GAP * 1.5)
        self.fit_hint.move(at.toPoint())

    def recolour(self) -> None:
        """Take the theme's colours."""
        super().recolour()
        self.card.update()
