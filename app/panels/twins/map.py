"""One of the twins' two maps: codes, the marks that both share, and random draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QMenu

from app import theme
from app.panels.describing import describe
from app.panels.latent.codes_map import ARROWS, HOVER_REACH, CodesMap
from app.panels.latent.frame import Frame
from app.panels.latent.hover_card import HoverCard
from app.panels.latent.overlays import Layer, PriorRings
from app.panels.latent.view import KEY_ZOOM, MapView
from app.panels.titled import fill
from app.seen.twins import DrawnGroup, TwinSpot, TwinTitle

KEYS = "Arrow keys move the picked place, plus and minus zoom, F fits, D draws 25 at random, 0 to 9 hide digits."
TIP = "Point at a code: the other map shows the same image's. A click picks it, for the whole window.\n" + KEYS
HALO, RING, HOLE = 11.0, 8.6, 5.4
"""Widths of a drawn code's mark in pixels: what sets it off from the points, itself, and what is left out of it."""


class DrawsMark(Layer):
    """Where codes drawn at random lie: filled where there is data, hollow where there is none."""

    def __init__(self, view_box: QGraphicsItem) -> None:
        super().__init__(view_box, height=9)
        self._groups: Sequence[DrawnGroup] = ()

    def show_groups(self, groups: Sequence[DrawnGroup]) -> None:
        """Show these codes; none takes the marks away."""
        self._groups = groups
        self.setVisible(bool(groups))
        self.renew()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        now = theme.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for group in self._groups:
            landed = np.ones(len(group.points), bool) if group.landed is None else group.landed
            places = [QPointF(x, y) for x, y in frame.to_pixels(group.points).tolist()]
            hollow = [place for place, hit in zip(places, landed.tolist(), strict=True) if not hit]
            cap = Qt.PenCapStyle.SquareCap if group.is_own_range else Qt.PenCapStyle.RoundCap
            for some, colour, width in ((places, now.field, HALO), (places, now.text, RING), (hollow, now.field, HOLE)):
                painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, cap))
                painter.drawPoints(QPolygonF(some))  # all in one call: one by one they would take most of a frame


class TwinMap(CodesMap):
    """Shows one side's codes and marks; tells what is pointed at, in coordinates of its plane."""

    draw_wanted = Signal()
    digit_keyed = Signal(int, bool)  # a digit, and whether it is to be seen alone

    def __init__(self, side: str) -> None:
        view = describe(MapView(), f"Map of the {side} twin. {KEYS}", TIP, f"twinPlane{side.capitalize()}")
        super().__init__(view, empty="No network yet.")
        describe(self, f"Map of the {side} twin", "", f"twinMap{side.capitalize()}")
        self._rings = PriorRings(self.view.view_box)
        self._draws = DrawsMark(self.view.view_box)
        self.add(self._rings, self._draws)
        self.card = HoverCard(self.view.viewport())
        self._title: TwinTitle | None = None
        self._fit_next, self._hovering = True, False
        fill(self, self.view)
        self.view.setMinimumSize(100, 64)
        self._rings.setVisible(False)
        self._connect()

    # in

    def show_title(self, title: TwinTitle) -> None:
        """Say which network this is."""
        before, self._title = self._title, title
        self._fit_next |= before is None or (before.plane, before.has_prior) != (title.plane, title.has_prior)
        self._rings.setVisible(title.has_prior)
        self._rings.lie(title.plane == "line", QPointF(*title.prior_centre))
        self.view.name_axes(title.axes)
        self.view.show_axes(True)

    def show_codes(self, points: np.ndarray, labels: np.ndarray, glide: bool) -> None:
        """Show plane points (N, 2) of held-out images; the view is fitted to those of another network."""
        others = not glide and self.points.differ_from(points, labels)
        self.empty.hide()
        self.points.show_points(points, labels, glide and self.isVisible())
        if others:
            self.note_hover(False)
        if self._fit_next or others:
            self.fit()
            if self._title is not None and self._title.room:  # what still has to learn begins with room
                self.view.fit_room(self._title.room)

    def show_pointed(self, spot: TwinSpot | None, index: int) -> None:
        """Ring the code that is pointed at, on this map or on the other one."""
        marks = self.marks
        marks.nearest = None if spot is None else spot.place
        if spot is not None:
            has_class = 0 <= index < len(self.points.labels)
            marks.nearest_colour = (
                theme.DIGIT_COLOURS[self.points.labels[index]] if has_class else theme.colours().accent
            )
            marks.point_radius = max(self.points.radius(self.view.frame()), 3.0)
        self.layer.update()

    def show_card(self, spot: TwinSpot | None, caption: str) -> None:
        """Float what a spot decodes to beside its ring; None takes it away."""
        if spot is None or spot.image is None:
            self.card.hide()
            return
        x, y = self.view.frame().to_pixels(np.array([spot.place]))[0].tolist()
        self.card.show_at(QPoint(round(x), round(y)), None, "", spot.image, caption)

    def show_sketch(self, spot: TwinSpot | None) -> None:
        """Mark where the sketch lies, with its posterior if there is one."""
        if spot is None:
            self.mark_sketch(None)
        else:
            self.mark_sketch(spot.place, spot.outlines)

    def show_path(self, points: np.ndarray | None) -> None:
        """Draw the strip's way (S, 2); None takes it away."""
        self.marks.path = points
        self.layer.update()

    def show_step(self, step: int) -> None:
        """Mark a step of the way."""
        self.marks.step = step
        self.layer.update()

    def show_draws(self, groups: Sequence[DrawnGroup]) -> None:
        """Mark codes drawn at random."""
        self._draws.show_groups(groups)

    def fit(self) -> None:
        """Show all codes, and a VAE's prior out to three sigma."""
        bounds = self.points.bounds()
        if bounds is None or self._title is None:
            return
        if self._title.has_prior:
            bounds = bounds.united(self._rings.area())
        self.view.fit(bounds)
        self._fit_next = False

    # out

    def _tell_pressed(self, x: float, y: float) -> None:
        self.picked.emit(x, y, self.index_at(x, y))

    def _tell_hovered(self, x: float, y: float) -> None:
        if self._title is not None:
            self._hovering = True
            self.hovered.emit(x, y, self.points.nearest(x, y, HOVER_REACH))

    def _tell_left(self) -> None:
        if self._hovering:
            self._hovering = False
            self.hover_left.emit()

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(theme.icon("fit"), "Fit the map", self.fit)
        menu.addAction(theme.icon("dice"), "Draw 25 at random", self.draw_wanted.emit)
        menu.popup(at)

    # Qt's events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers()
        plain = not modifiers & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if key in ARROWS:
            self.move_pin(*ARROWS[Qt.Key(key)], fast=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.view.zoom(1 / KEY_ZOOM if key == Qt.Key.Key_Minus else KEY_ZOOM)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_Home) and plain:
            self.fit()
        elif key == Qt.Key.Key_D and plain:
            self.draw_wanted.emit()
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and (plain or modifiers & Qt.KeyboardModifier.AltModifier):
            self.digit_keyed.emit(key - Qt.Key.Key_0, bool(modifiers & Qt.KeyboardModifier.AltModifier))
        else:
            super().keyPressEvent(event)

    # inside

    def _connect(self) -> None:
        self.view.pressed.connect(self._tell_pressed)
        self.view.dragged.connect(lambda x, y: self.picked.emit(x, y, -1))
        self.view.hovered.connect(self._tell_hovered)
        self.view.left.connect(self._tell_left)
        self.view.menu_wanted.connect(self._open_menu)

    def follow_view(self) -> None:
        """Another part of the plane is in view."""
        super().follow_view()
        self.card.hide()  # which stands beside its ring, not beside the mouse
        self.hover_again()

    def recolour(self) -> None:
        """Take the theme's colours."""
        super().recolour()
        self.card.update()
