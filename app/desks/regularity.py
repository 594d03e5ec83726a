"""Regularity: the map of holes, the figures of two networks, and draws from a posterior; all only while it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRectF, QTimer, Signal

from app.background import Background, cancelled, on_one_core
from app.desks.looking import LookDesk, Pin
from app.desks.manifold import Seen, in_words
from app.desks.regularity_beside import BesideDesk
from app.desks.regularity_draws import DrawsDesk
from app.desks.regularity_figures import FiguresDesk
from app.naming import called
from app.pace import Pace
from app.run_library import shipped_runs
from app.viewpoint import NO_RUN, Viewpoint
from models.regularity import Cells, near_distance, nearest_on_slice, round_trip
from models.stopping import Stopped
from models.tiles import level_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.datasets import Dataset

CELL_PX = 6.0  # of the finest squares on the screen: between this and twice as wide
COARSER = (2, 1, 0)  # levels: first a few large squares, then finer ones
REFRESH_MS = 700  # between two maps of a network in training
SETTLED_MS = 1200  # when nothing has been learned for so long, the finest squares are worth their time


class HoleDesk(QObject):
    """Fills the squares of the plane that are in view, on a worker; what is stale by then is dropped.

    `begun` counts the pictures: squares of one number show the same network, slice and layer.
    """

    begun = Signal(int, bool)
    """number of the picture, whether the one before may be seen until its own squares come"""
    measured = Signal(int, object, float)
    """number of the picture, Cells, what is near"""
    asleep = Signal(str)
    """why there is nothing to look through, in a sentence"""
    slice_shown = Signal(str, str)
    failed = Signal(str)

    def __init__(self, look: LookDesk | BesideDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._background = Background(self)
        self._view: Viewpoint | None = None
        self._now: Seen | None = None
        self._next: Seen | None = None
        self._codes = np.zeros((0, 2))
        self._near: float | None = None
        self._layer = "round"
        self._area: tuple[float, float, float, float] | None = None  # left, bottom, right, top
        self._finest = 0
        self._passes: list[int] = []
        self._number = self._request = 0
        self._watched = False
        self._pace = Pace(self._go_on, REFRESH_MS, self)
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(self._refine)
        look.pin_shown.connect(self._look_again)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        waits = self._settled.isActive() or self._next is not None
        return not (self._background.busy or self._passes or waits)

    def look_through(self, view: Viewpoint | None) -> None:
        """Another network, the same one after some steps, or none."""
        self._view = view
        if self._now is not None and (view is None or self._now.view.config != view.config):
            self._now, self._next, self._codes = None, None, np.zeros((0, 2))  # cannot stand in, and may be large
        self._look_again()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks; nothing is computed otherwise."""
        self._watched = watched
        if watched:
            self._look_again()
        else:
            self._forget()

    def want(self, area: QRectF, pixels_per_unit: float) -> None:
        """Fill this part of the plane, coarsely first; what was wanted before is given up."""
        self._area = (area.left(), area.top(), area.right(), area.bottom())  # a QRectF's top is the smallest y
        self._finest = level_for(pixels_per_unit, CELL_PX)
        if self._watched and self._now is not None:
            self._plan(COARSER)

    def choose(self, layer: str) -> None:
        """`round`, the round trip, or `nearest`, the nearest held-out code."""
        if layer != self._layer:
            self._layer = layer
            if self._watched and self._now is not None:
                self._begin(self._now, stand_in=False)

    def close(self) -> None:
        """Give up what is under way."""
        self.watch(False)
        self._background.close()

    # which picture -----------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._next = None
        self._passes = []
        self._request += 1
        for each in (self._pace, self._settled):
            each.stop()
        self._background.cancel()

    def _look_again(self) -> None:
        view, pin = self._view, self._look.pin
        if not self._watched:
            return
        if view is None or view.snapshot is None:
            self._forget()
            self._now = None
            self.asleep.emit(NO_RUN if view is None else view.why_asleep)
            return
        seen = Seen.through(view, view.snapshot, pin)
        self.slice_shown.emit(*slice_in_words(view, pin))
        before = self._now
        if before is None or not before.may_stand_in(seen):
            self._begin(seen, stand_in=False)
        elif before.view is not view:
            self._begin(seen, stand_in=True)
        elif before.snapshot is not seen.snapshot:
            self._next = seen
            self._settled.start()
            self._go_on()
        elif not before.same_cut(seen):
            self._begin(seen, stand_in=True)

    def _go_on(self) -> None:
        """The network has learned: begin its picture when the one before is there, at a modest pace."""
        if self._next is None or self._background.busy:
            return
        if self._pace.rest_ms:
            self._pace.soon()
        else:
            self._begin(self._next, stand_in=True, passes=COARSER[1:2])

    def _refine(self) -> None:
        if self._next is not None:
            self._begin(self._next, stand_in=True, passes=COARSER[1:])
        elif self._now is not None:
            self._plan(COARSER[2:])

    def _begin(self, seen: Seen, stand_in: bool, passes: tuple[int, ...] = COARSER) -> None:
        another = self._now is None or self._now.snapshot is not seen.snapshot
        self._now, self._next = seen, None
        if another:
            self._codes, self._near = seen.view.codes.copy(), None  # the view's go on moving
        self._number += 1
        self._pace.begin()
        self.begun.emit(self._number, stand_in)
        self._plan(passes)

    # filling -----------------------------------------------------------------------------------------------------

    def _plan(self, passes: tuple[int, ...]) -> None:
        self._request += 1
        self._passes = [self._finest - coarser for coarser in passes]
        self._background.cancel()
        self._fill_next()

    def _fill_next(self) -> None:
        seen, area = self._now, self._area
        if self._background.busy or seen is None or area is None or not self._passes:
            return
        cells = Cells.over(self._passes.pop(0), *area)
        number, request, layer, codes, near = self._number, self._request, self._layer, self._codes, self._near

        @on_one_core
        def work() -> tuple[Cells, float] | None:
            try:
                values = values_of(seen, layer, cells, codes, cancelled)
            except Stopped:
                return None
            limit = near_distance(codes) if near is None else near
            return cells.filled(values, limit), limit

        def done(result: tuple[Cells, float] | None) -> None:
            if result is not None and request == self._request and number == self._number:
                self._near = result[1]
                self.measured.emit(number, *result)
            self._go_on()
            self._fill_next()

        def failed(sentence: str) -> None:
            self._passes = []
            self.failed.emit(sentence)

        self._background.submit(work, done, failed)


def values_of(seen: Seen, layer: str, cells: Cells, codes: np.ndarray, cancelled: Callable[[], bool]) -> np.ndarray:
    """What a layer shows at the middles of squares, (rows * columns,), in units of the latent axes."""
    points = cells.middles()
    if layer == "nearest":
        return nearest_on_slice(points, codes, seen.projection, seen.foot)
    return round_trip(seen.snapshot, seen.codes(points), cancelled)


def slice_in_words(view: Viewpoint, pin: Pin | None) -> tuple[str, str]:
    """As for the manifold, but in a shorter sentence; the long one goes to where there is room."""
    sentence, more = in_words(view, pin)
    dim = view.config.latent_dim
    if dim <= 2 or pin is None or not sentence:
        return sentence, more
    first, second = view.projection.axis_titles
    whose = f"image {pin.index} ({called(view.class_name(pin.index))})" if pin.index >= 0 else "the pinned code"
    return f"A slice of {dim} dimensions: {first} and {second} vary, all else is as in {whose}.", f"{sentence}\n{more}"


class RegularityDesk(QObject):
    """The parts: `holes`, `figures` and `draws`; what stands beside the run, and `other_holes`, those of it."""

    run_wanted = Signal(object)
    """Path: open this run"""

    def __init__(self, look: LookDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.holes = HoleDesk(look, self)
        self.beside = BesideDesk(look, self)
        self.other_holes = HoleDesk(self.beside, self)
        self.figures = FiguresDesk(self.beside, self)
        self.draws = DrawsDesk(look, self)
        self._view: Viewpoint | None = None
        self._watched = self._both = False
        self.beside.shown.connect(self.other_holes.look_through)

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        self._view = view
        self.holes.look_through(view)
        self.draws.look_through(view, dataset)
        self.beside.look_through(view)
        self.figures.look_at(view)

    def watch(self, watched: bool) -> None:
        """Whether somebody looks; nothing is computed otherwise."""
        self._watched = watched
        self.draws.watch(watched)
        self.holes.watch(watched)
        self.beside.watch(watched)
        self.figures.watch(watched)
        self.other_holes.watch(watched and self._both)

    def show_both(self, both: bool) -> None:
        """Whether the holes of what stands beside are looked at too."""
        self._both = both
        self.other_holes.watch(self._watched and both)

    def choose_layer(self, layer: str) -> None:
        """`round` or `nearest`, for both."""
        self.holes.choose(layer)
        self.other_holes.choose(layer)

    def open_vae(self) -> None:
        """Look at the shipped VAE with as many latent dimensions, or else at the first one."""
        shipped = {entry.path.stem: entry.path for entry in shipped_runs()}
        dim = self._view.config.latent_dim if self._view is not None else 2
        path = shipped.get(f"vae-{dim}", shipped.get("vae-2"))
        if path is not None:
            self.run_wanted.emit(path)

    def close(self) -> None:
        """Wait for what is under way."""
        self.watch(False)
        for each in (self.holes, self.other_holes, self.figures, self.beside):
            each.close()
