"""The manifold: what each place of the latent plane decodes to, in tiles that get finer as one zooms in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.exporting import ExportError, ask_path
from app.exporting_views import PICTURES, save_picture
from app.panels.describing import describe
from app.panels.floating_ground import paint_ground
from app.panels.latent.legend import Legend
from app.panels.latent.map import AE_ROOM, ARROWS, KEY_STEP_PX, PRESS_REACH, VAE_ROOM
from app.panels.latent.marks import MarksLayer
from app.panels.latent.toolbar import ProjectionChooser
from app.panels.latent.view import KEY_ZOOM
from app.panels.manifold.surface import ManifoldSurface
from app.panels.manifold.tiles import AxesLayer, PointsOverTiles, TilesItem
from app.panels.manifold.tools import ManifoldTools
from app.panels.titled import Titled

NAME = "Manifold: decoded images of the latent plane"
KEY_MARGIN_PX = 24  # the pin that is moved with keys stays so far inside the view
BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
GRID_FILES = "PNG picture (*.png);;Table of the codes (*.csv)"


class Manifold(QWidget):
    """Shows tiles and codes on a plane; tells which tiles it lacks and what is pointed at, in plane coordinates."""

    tiles_wanted = Signal(object)  # list of Block, the most wanted first
    watched = Signal(bool)  # it is on the screen, or no longer
    picked = Signal(float, float, int)  # x, y, index of the point clicked on or -1
    hovered = Signal(float, float, int)  # x, y, -1
    hover_left = Signal()
    projection_requested = Signal(str)  # "pca", or "axes:0,3"
    grid_wanted = Signal(int, str, object)  # images along a side, "prior" or "range", Path
    exported = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("manifoldView")
        self.setAccessibleName(NAME)
        self.setAccessibleDescription("Arrow keys move the pinned place, plus and minus zoom, F fits, P hides points.")
        self._has_prior = self._is_young = False
        self._fit_next = True
        self._plane: tuple[object, ...] = ()
        self.tools = ManifoldTools()
        self.view = describe(ManifoldSurface(), NAME, "", "manifoldSurface")
        self.projection = ProjectionChooser()
        self.legend = Legend()
        self.tiles = TilesItem(self.view.view_box)
        self.points = PointsOverTiles(self.view.view_box)
        self._axes = AxesLayer(self.view.view_box)
        self._layer = MarksLayer(self.view.view_box)
        self._marks = self._layer.marks
        self.note = Note(self.view.viewport())
        self._empty = QLabel(self.view.viewport(), wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.set_role(self._empty, "muted")
        self._asking = QTimer(self, interval=0, singleShot=True)
        self._asking.timeout.connect(self._ask)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.view)

    # in

    def show_codes(self, points: np.ndarray, labels: np.ndarray, glide: bool = False) -> None:
        """Show plane points (N, 2) of held-out images; without `glide` the view is fitted to other ones than before."""
        others = not glide and self.points.differ_from(points, labels)
        self.points.show_points(points, labels, glide and self.isVisible())
        if len(points) and (self._fit_next or others):
            self.fit()
            if self._is_young:
                self.view.fit(VAE_ROOM if self._has_prior else AE_ROOM)

    def begin_tiles(self, number: int, stand_in: bool) -> None:
        """All tiles are out of date: ask for those in view, which belong to picture `number`."""
        self._empty.hide()
        self.tiles.begin(number, stand_in)
        self._ask()

    def show_tiles(self, number: int, blocks: Sequence[object], pictures: np.ndarray) -> None:
        """Answer `tiles_wanted`: pictures (B, H, W) uint8 of B blocks; those of an older picture are dropped."""
        self.tiles.keep(number, blocks, pictures)  # type: ignore[arg-type]

    def show_empty(self, text: str) -> None:
        """Show no tiles, only a sentence about what is missing."""
        self.tiles.clear()
        self._empty.setText(text)
        self._empty.show()
        self._place_overlays()

    def show_slice(self, words: str, more: str) -> None:
        """Say that this is a slice, and through which code; nothing where it is all there is."""
        self.note.setText(words)
        self.note.setAccessibleName(words)
        self.note.setToolTip(more)
        self.note.setVisible(bool(words))
        self._place_overlays()

    def show_pinned(self, x: float | None, y: float | None = None) -> None:
        """Mark the pinned place; None takes the mark away."""
        self._marks.pinned = None if x is None or y is None else (x, y)
        self._layer.update()

    def show_network(self, has_prior: bool, young: bool, class_names: Sequence[str] | None) -> None:
        """Say what the network is: whether it has a prior, is still to learn, and what its classes are called."""
        self._has_prior, self._is_young = has_prior, young
        self.tools.show_prior(has_prior)
        self.legend.show_names(class_names)

    def show_projection(
        self, kind: str, titles: tuple[str, str], explained: tuple[float, float] | None, latent_dim: int
    ) -> None:
        """Name the plane: kind "identity", "pca", "axes" or "line"; shares of the variance for PCA."""
        self.projection.show_projection(kind, titles, explained, latent_dim)
        if self._axes.titles != titles:
            self._axes.titles = titles
            self._axes.renew()
        plane = (kind, tuple(titles), latent_dim)
        self._fit_next |= plane != self._plane
        self._plane = plane

    def fit(self) -> None:
        """Show all visible codes, and a VAE's prior out to three sigma."""
        bounds = self.points.bounds()
        if bounds is not None:
            self.view.fit(bounds.united(QRectF(-3, -3, 6, 6)) if self._has_prior else bounds)
            self._fit_next = False

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write the view with its legend as PNG or SVG."""
        try:
            save_picture(self.sheet, path)
        except ExportError as error:
            self.failed.emit(str(error))
        else:
            self.exported.emit(f"Saved as “{path}”.")

    def _ask_picture(self) -> None:
        path = ask_path(self, "Save the view", "manifold.png", PICTURES)
        if path is not None:
            self.save_picture_to(path)

    def _ask_grid(self, steps: int, over: str) -> None:
        path = ask_path(self, "Save the grid", f"manifold-{steps}x{steps}-{over}.png", GRID_FILES)
        if path is not None:
            self.grid_wanted.emit(steps, over, path)

    def _ask(self) -> None:
        if self.isVisible() and not self._empty.isVisible():
            self.tiles_wanted.emit(self.tiles.missing())

    def _tell_clicked(self, x: float, y: float) -> None:
        reach = self.points.radius(self.view.frame()) + PRESS_REACH
        self.picked.emit(x, y, self.points.nearest(x, y, reach) if self.points.isVisible() else -1)

    # Qt's events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers()
        digit = key - Qt.Key.Key_0
        if key in ARROWS:
            self._move_pin(*ARROWS[Qt.Key(key)], fast=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(True)
        elif key == Qt.Key.Key_Minus:
            self._zoom(False)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_Home):
            self.fit()
        elif key == Qt.Key.Key_P:
            self.tools.points.toggle()
        elif 0 <= digit <= 9 and modifiers & Qt.KeyboardModifier.AltModifier:
            self.legend.show_alone(digit)
        elif 0 <= digit <= 9 and not modifiers & Qt.KeyboardModifier.ControlModifier:
            self.legend.toggle(digit)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched.emit(True)
        QTimer.singleShot(0, self, self._place_overlays)
        self._asking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watched.emit(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            assert isinstance(event, QFocusEvent)
            self._marks.focused = event.type() == QEvent.Type.FocusIn and event.reason() in BY_KEY
            self._layer.update()
        elif watched is self.view.viewport() and event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self._place_overlays)
        return False

    # inside

    def _lay_out(self) -> None:
        frame = Titled("Manifold", self)
        frame.tools.addWidget(self.tools)
        self.sheet = describe(QWidget(), NAME)
        column = QVBoxLayout(self.sheet)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self.view, 1)
        column.addWidget(self.legend)
        as_before = self.legend.sizePolicy()
        as_before.setRetainSizeWhenHidden(True)  # tiles stay where they are when the points go
        self.legend.setSizePolicy(as_before)
        frame.body.addWidget(self.sheet, 1)
        below = QHBoxLayout()
        below.addStretch(1)
        below.addWidget(self.projection)
        below.addStretch(1)
        frame.body.addLayout(below)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.view.setMinimumSize(160, 160)

    def _connect(self) -> None:
        view, tools = self.view, self.tools
        view.clicked.connect(self._tell_clicked)
        view.hovered.connect(lambda x, y: self.hovered.emit(x, y, -1))
        view.left.connect(self.hover_left)
        view.view_changed.connect(self._follow_view)
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)
        tools.points_toggled.connect(self._show_points)
        tools.fit_requested.connect(self.fit)
        tools.zoom_requested.connect(self._zoom)
        tools.picture_wanted.connect(self._ask_picture)
        tools.grid_wanted.connect(self._ask_grid)
        self.projection.requested.connect(self.projection_requested)
        self.legend.visibility_changed.connect(self.points.set_digit_visible)
        theme.notifier().changed.connect(self._recolour)

    def _show_points(self, shown: bool) -> None:
        self.points.setVisible(shown)
        self.legend.setVisible(shown)

    def _zoom(self, closer: bool) -> None:
        """At the pin where it is in view: so the keyboard reaches any place."""
        frame, pin = self.view.frame(), self._marks.pinned
        inside = pin is not None and frame.area().contains(*pin)
        at = QPointF(*frame.to_pixels(np.array([pin]))[0].tolist()) if inside else None
        self.view.zoom(KEY_ZOOM if closer else 1 / KEY_ZOOM, at)

    def _move_pin(self, right: int, up: int, fast: bool) -> None:
        """Move the pin, and the view with it where it would be left."""
        frame = self.view.frame()
        step = KEY_STEP_PX * (4 if fast else 1)
        x, y = self._marks.pinned or frame.to_plane(frame.width / 2, frame.height / 2)
        x, y = x + right * step / frame.scale_x, y + up * step / frame.scale_y
        self.picked.emit(x, y, -1)
        self.view.show_place(x, y, KEY_MARGIN_PX)

    def _follow_view(self) -> None:
        for layer in (self.tiles, self.points, self._axes, self._layer):
            layer.view_changed()
        self._asking.start()

    def _place_overlays(self) -> None:
        self.tools.fit_into(self.width())
        room = self.view.viewport().rect()
        self._empty.setGeometry(room.adjusted(32, 16, -32, -16))
        self.note.place(room)

    def _recolour(self) -> None:
        self.view.recolour()
        self._axes.renew()
        self.note.update()


class Note(QLabel):
    """A sentence at the top of the view, on a ground of its own."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("manifoldSlice")
        self.setWordWrap(True)
        self.setMargin(6)
        theme.set_role(self, "small")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    def place(self, room: QRect) -> None:
        """Stand at the top, right of the axis's name."""
        width = min(room.width() - 72, 560)
        self.setGeometry(60 + (room.width() - 72 - width) // 2, 6, width, self.heightForWidth(width))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_ground(self, 6)
        super().paintEvent(event)
