"""Regularity: where the latent plane has holes, how complete and continuous it is, and draws from a posterior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.exporting import ask_path
from app.exporting_views import PICTURES, TABLES, save_and_tell, save_picture, save_table
from app.panels.describing import describe
from app.panels.latent.legend import Legend
from app.panels.latent.map import AE_ROOM, ARROWS, KEY_STEP_PX, PRESS_REACH, VAE_ROOM
from app.panels.latent.marks import MarksLayer
from app.panels.latent.overlays import PriorRings
from app.panels.latent.points import PointsItem
from app.panels.latent.toolbar import ProjectionChooser
from app.panels.latent.view import KEY_ZOOM
from app.panels.manifold.surface import ManifoldSurface
from app.panels.manifold.tiles import AxesLayer
from app.panels.manifold.view import BY_KEY, KEY_MARGIN_PX, Note
from app.panels.regularity.draws import RegularityDraws, draw_rows
from app.panels.regularity.figures import HEADER, NEAR, RegularityFigures
from app.panels.regularity.heat import DrawnLayer, HeatBar, HeatItem
from app.panels.regularity.tools import RegularityTools
from app.panels.titled import Titled
from app.seen.regularity import Posterior
from models.regularity import Cells

NAME = "Regularity: holes of the latent plane"
KEYS = (
    "Arrow keys move the pinned place, plus and minus zoom, F fits, Z goes to the posterior, H changes the heat, "
    "D draws again, P hides points."
)
WORDS = {
    "round": "‖encode(decode(z)) − z‖, units of the axes",
    "nearest": "to the nearest held-out code, units of the axes",
}
BAR_TIP = f"What the colours mean. The line on the map goes where near ends.\n{NEAR}"
ASK_MS = 40  # after the last movement of the view
COLUMN = (240, 340)  # narrowest and widest
COLUMN_SHARE = 0.34
POINTS_OPACITY = 0.8  # holes between them are to be seen
POSTERIOR_ROOM = 3.2  # sigmas on either side of the mean


class Regularity(QWidget):
    """Shows heat under the codes; tells which part of the plane it shows and what is pointed at."""

    area_wanted = Signal(QRectF, float)  # what is in view, and pixels per unit
    layer_wanted = Signal(str)
    watched = Signal(bool)  # it is on the screen, or no longer
    picked = Signal(float, float, int)  # x, y, index of the point clicked on or -1
    hovered = Signal(float, float, int)  # x, y, -1
    hover_left = Signal()
    projection_requested = Signal(str)
    dice_wanted = Signal()
    scale_changed = Signal(float)
    help_wanted = Signal(str)  # `vae`, or the title of a dataset
    exported = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        describe(self, NAME, "", "regularity")
        self.setAccessibleDescription(KEYS)
        self._has_prior = self._is_young = False
        self._fit_next = True
        self._plane: tuple[object, ...] = ()
        self.tools = RegularityTools()
        self.view = describe(ManifoldSurface(), f"{NAME}. {KEYS}", "", "regularitySurface")
        self.bar = describe(HeatBar(), "Colours of the map of holes", BAR_TIP, "regularityBar")
        self.projection = ProjectionChooser()
        self.legend = Legend()
        self.figures = RegularityFigures()
        self.draws = RegularityDraws()
        box = self.view.view_box
        self.heat, self.points, self._axes = HeatItem(box), PointsItem(box), AxesLayer(box)
        self._rings, self._layer, self._drawn = PriorRings(box), MarksLayer(box), DrawnLayer(box)
        self._marks = self._layer.marks
        self.points.setOpacity(POINTS_OPACITY)
        self.note = describe(Note(self.view.viewport()), "", "", "regularitySlice")
        self._empty = QLabel(self.view.viewport(), wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.set_role(self._empty, "muted")
        self._asking = QTimer(self, interval=ASK_MS, singleShot=True)
        self._asking.timeout.connect(self._ask)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.view)
        self._show_layer()

    # in

    def show_codes(self, points: np.ndarray, labels: np.ndarray, glide: bool = False) -> None:
        """Show plane points (N, 2) of held-out images; without `glide` the view is fitted to other ones than before."""
        others = not glide and self.points.differ_from(points, labels)
        self.points.show_points(points, labels, glide and self.isVisible())
        if len(points) and (self._fit_next or others):
            self.fit()
            if self._is_young:
                self.view.fit(VAE_ROOM if self._has_prior else AE_ROOM)

    def begin_heat(self, number: int, stand_in: bool) -> None:
        """The heat is out of date; that of picture `number` will come."""
        self._empty.hide()
        self.heat.begin(number, stand_in)

    def show_heat(self, number: int, cells: Cells, near: float) -> None:
        """Show squares of picture `number`; those of an older one are dropped."""
        if self.heat.keep(number, cells, near):
            self.bar.show_scale(WORDS[self.tools.layer()], near)

    def show_empty(self, text: str) -> None:
        """Show no heat, only a sentence about what is missing."""
        self.heat.clear()
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
        self.legend.show_names(class_names)

    def show_projection(
        self, kind: str, titles: tuple[str, str], explained: tuple[float, float] | None, latent_dim: int
    ) -> None:
        """Name the plane: kind "identity", "pca", "axes" or "line"; shares of the variance for PCA."""
        self.projection.show_projection(kind, titles, explained, latent_dim)
        self._rings.as_line = kind == "line"
        self._rings.setVisible(kind != "pca")  # the plane of PCA need not go through the prior's middle
        if self._axes.titles != titles:
            self._axes.titles = titles
            self._axes.renew()
        plane = (kind, tuple(titles), latent_dim)
        self._fit_next |= plane != self._plane
        self._plane = plane

    def show_posterior(self, posterior: Posterior) -> None:
        """Show what the encoder says of the picked image, and codes drawn from it."""
        self._marks.ellipses = list(posterior.ellipses)
        self._layer.update()
        self.draws.show_posterior(posterior)
        self.tools.show_draws(True)

    def show_no_posterior(self, sentence: str, helps: str) -> None:
        """Say why there is nothing to draw from, and offer what would help."""
        self._marks.ellipses = []
        self._layer.update()
        self.draws.show_missing(sentence, helps)
        self._drawn.show_draws(None, [], 0)
        self.tools.show_draws(False)

    def fit(self) -> None:
        """Show all visible codes, and a VAE's prior out to three sigma."""
        bounds = self.points.bounds()
        if bounds is not None:
            self.view.fit(bounds.united(QRectF(-3, -3, 6, 6)) if self._has_prior else bounds)
            self._fit_next = False

    def go_to_posterior(self) -> None:
        """Show the ellipses as large as they go."""
        outlines = [outline for outline, _ in self._marks.ellipses]
        if not outlines:
            return
        (left, bottom), (right, top) = (np.concatenate(outlines).min(axis=0), np.concatenate(outlines).max(axis=0))
        side = max(right - left, top - bottom, 1e-3) * POSTERIOR_ROOM / 2
        self.view.fit(QRectF((left + right - side) / 2, (bottom + top - side) / 2, side, side))

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write the view as PNG or SVG."""
        save_and_tell(self, path, lambda: save_picture(self.sheet, path))

    def save_table_to(self, what: str, path: Path) -> None:
        """Write `map`, `figures` or `draws` as CSV."""
        header, rows = self._table(what)
        save_and_tell(self, path, lambda: save_table(header, rows, path))

    def _table(self, what: str) -> tuple[list[str], list[list[object]]]:
        if what == "figures":
            return HEADER, self.figures.table()
        if what == "draws" and self.draws.posterior is not None:
            return draw_rows(self.draws.posterior)
        cells = self.heat.finest()
        if cells is None:
            return ["x", "y", "distance"], []
        column = "round_trip" if self.tools.layer() == "round" else "nearest_code"
        values = cells.values.ravel().tolist()
        rows = [[*place, value] for place, value in zip(cells.middles().tolist(), values, strict=True)]
        return ["x", "y", column], rows

    def _ask_picture(self) -> None:
        path = ask_path(self, "Save the view", "regularity.png", PICTURES)
        if path is not None:
            self.save_picture_to(path)

    def _ask_table(self, what: str) -> None:
        path = ask_path(self, "Save the numbers", f"regularity-{what}.csv", TABLES)
        if path is not None:
            self.save_table_to(what, path)

    def _ask(self) -> None:
        if self.isVisible() and not self._empty.isVisible():
            frame = self.view.frame()
            self.area_wanted.emit(frame.area(), frame.scale_x)

    def _tell_clicked(self, x: float, y: float) -> None:
        reach = self.points.radius(self.view.frame()) + PRESS_REACH
        self.picked.emit(x, y, self.points.nearest(x, y, reach) if self.points.isVisible() else -1)

    # Qt's events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers()
        digit = key - Qt.Key.Key_0
        plain: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Plus: lambda: self._zoom(True),
            Qt.Key.Key_Equal: lambda: self._zoom(True),
            Qt.Key.Key_Minus: lambda: self._zoom(False),
            Qt.Key.Key_F: self.fit,
            Qt.Key.Key_Home: self.fit,
            Qt.Key.Key_Z: self.go_to_posterior,
            Qt.Key.Key_H: self.tools.next_layer,
            Qt.Key.Key_D: self.draws.dice.click,
            Qt.Key.Key_P: self.tools.points.toggle,
        }
        if key in ARROWS:
            self._move_pin(*ARROWS[Qt.Key(key)], fast=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key in plain:
            plain[key]()
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrowest, widest = COLUMN
        self._column.setFixedWidth(round(min(max(self.width() * COLUMN_SHARE, narrowest), widest)))
        self.tools.fit_into(self.width())

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
        frame = Titled("Regularity", self)
        frame.tools.addWidget(self.tools)
        self.sheet = describe(QWidget(), NAME)
        row = QHBoxLayout(self.sheet)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP + theme.GAP // 2)
        left = QVBoxLayout()
        left.setSpacing(theme.GAP)
        left.addWidget(self.view, 1)
        left.addWidget(self.bar)
        left.addWidget(self.legend)
        row.addLayout(left, 1)
        self._column = QWidget()
        right = QVBoxLayout(self._column)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(theme.GAP)
        right.addWidget(self.figures)
        line = QFrame()
        theme.set_role(line, "line")
        right.addWidget(line)
        right.addWidget(self.draws, 1)
        row.addWidget(self._column)
        frame.body.addWidget(self.sheet, 1)
        below = QHBoxLayout()
        below.addWidget(self.projection)
        below.addStretch(1)
        frame.body.addLayout(below)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.view.setMinimumSize(160, 160)

    def _connect(self) -> None:
        view, tools, draws = self.view, self.tools, self.draws
        view.clicked.connect(self._tell_clicked)
        view.hovered.connect(lambda x, y: self.hovered.emit(x, y, -1))
        view.left.connect(self.hover_left)
        view.view_changed.connect(self._follow_view)
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)
        tools.layer_chosen.connect(self._choose_layer)
        tools.points_toggled.connect(self._show_points)
        tools.fit_requested.connect(self.fit)
        tools.zoom_requested.connect(self._zoom)
        tools.picture_wanted.connect(self._ask_picture)
        tools.table_wanted.connect(self._ask_table)
        draws.dice_wanted.connect(self.dice_wanted)
        draws.scale_changed.connect(self.scale_changed)
        draws.help_wanted.connect(self.help_wanted)
        draws.chosen.connect(self._mark_draw)
        draws.zoom_wanted.connect(self.go_to_posterior)
        self.projection.requested.connect(self.projection_requested)
        self.legend.visibility_changed.connect(self.points.set_digit_visible)
        theme.notifier().changed.connect(self._recolour)

    def _choose_layer(self, layer: str) -> None:
        self._show_layer()
        self.layer_wanted.emit(layer)

    def _show_layer(self) -> None:
        self.bar.show_scale(WORDS[self.tools.layer()], None)

    def _mark_draw(self, number: int) -> None:
        posterior = self.draws.posterior
        if posterior is not None:
            self._drawn.show_draws(posterior.place, [draw.place for draw in posterior.draws], number)

    def _show_points(self, shown: bool) -> None:
        self.points.setVisible(shown)
        self.legend.setEnabled(shown)

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
        for layer in (self.heat, self.points, self._axes, self._rings, self._layer, self._drawn):
            layer.view_changed()
        self._asking.start()

    def _place_overlays(self) -> None:
        room = self.view.viewport().rect()
        self._empty.setGeometry(room.adjusted(32, 16, -32, -16))
        self.note.place(room)

    def _recolour(self) -> None:
        self.view.recolour()
        for layer in (self.heat, self._axes, self._rings, self._drawn):
            layer.renew()
        self.bar.update()
        self.note.update()
