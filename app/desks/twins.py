"""Two runs beside each other: one picked image, one sketch and one pair of strip ends, seen through both.

What the two share comes from the session's other parts; what a place of one map shows has its twin on the other: the
code of the same held-out image, or, between the points, of the picture that is decoded there.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.desks.originals import where_they_are
from app.desks.twins_runs import TwinRuns
from app.desks.twins_table import TwinTable
from app.run_library import own_runs, shipped_runs
from app.seen.twin_drawing import draw_groups
from app.seen.twin_pair import Spot, TwinPair
from app.seen.twins import DrawnGroup
from app.turns import Turns
from models.config import RunConfig
from models.measuring import Measures
from models.twins import SIDES

if TYPE_CHECKING:
    from app.session import Session

LEARNING_MS = 250
"""The least time between two looks at what networks in training decode."""


class TwinsDesk(QObject):
    """Owns the two sides; nothing is loaded or computed before somebody looks."""

    side_shown = Signal(str, object)
    """side, TwinTitle"""
    codes_shown = Signal(str, object, object, bool)
    """side, points (N, 2), labels (N,), whether they may glide"""
    pin_shown = Signal(str, object)
    """side, (x, y) or None"""
    pointed = Signal(str, object, int)
    """side, TwinSpot or None, index of the held-out image or -1"""
    picture_shown = Signal(str, object)
    """side, TwinSpot or None: what is picked or pointed at"""
    original_shown = Signal(object, str)
    """image (28, 28) or None, and the name of its class, if it is an image"""
    sketch_shown = Signal(str, object)
    """side, TwinSpot or None"""
    sketch_seen = Signal(object)
    """image (28, 28) or None"""
    strip_shown = Signal(str, object, object)
    """side, points (S, 2), images (S, 28, 28), both None where there is no strip"""
    step_shown = Signal(int)
    """the step of the strips that is looked at, or -1"""
    draws_shown = Signal(object)
    """list of DrawnGroup"""
    measured = Signal(str, object)
    """side, Measures"""
    note_shown = Signal(str, str)
    """a sentence about what is missing, and the dataset to get, if that would help"""
    config_shown = Signal(object)
    """RunConfig that the left twin is trained with: the form's"""
    pair_settled = Signal(object)
    """both networks by side, as they stand there while none is in training"""
    runs_shown = Signal(object)
    """list of (title, path) of the runs that can be opened"""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.pair = TwinPair()
        self.runs = TwinRuns(session, self.pair)
        self.table = TwinTable(self)
        self.page = "pictures"
        self._visible = False
        self._pinned: Spot | None = None
        self._followed: tuple[int, str] | None = None  # the session's picked image as it was last seen
        self._hover: Spot | None = None
        self._seed: int | None = None
        self._paths: dict[str, np.ndarray] = {}
        self._drawn: dict[str, list[DrawnGroup]] = {}
        self._make_turns()
        self.table.measured.connect(self._show_measures)
        self.runs.put.connect(self._put)
        self.runs.moved.connect(self._moved)
        self.runs.ended.connect(self._ended)
        self.runs.runs_changed.connect(session.runs_changed)
        session.runs_changed.connect(self.show_runs)
        session.look.pin_shown.connect(self._follow_pin)
        session.sketch.placed.connect(self._canvas_changed)
        session.sketch.cleared.connect(self._canvas_changed)
        session.strip.strip_shown.connect(self._canvas_changed)
        session.strip.path_shown.connect(self._follow_step)
        session.data.dataset_changed.connect(self._refresh)
        session.torch_ready.connect(self._come_alive)
        for beside in (session.axes.twin, session.regularity.beside):
            self.pair_settled.connect(beside.know_pair)

    def _make_turns(self) -> None:
        """While networks learn, each piece of what is seen has a turn of the event loop of its own."""
        shows = (self._show_picture, self._show_sketch, self._show_strip, self._draw_side, self._follow_table)
        of_sides = [partial(show, side) for show in shows for side in SIDES]
        self._looks = Turns([*of_sides, self._tell_draws], self)
        self._moves = {side: Turns([partial(self._show_moved, side)], self) for side in SIDES}
        self._again = QTimer(self, interval=LEARNING_MS, singleShot=True)
        self._again.timeout.connect(self._looks.soon)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._show_canvas)

    # what a person can do ----------------------------------------------------------------------------------------

    def watch(self, visible: bool) -> None:
        """Whether somebody looks; at the first look the shipped twins are opened."""
        self._visible = visible
        if visible:
            self.show_runs()
            self.show_config(self._session.config)
            self.runs.open_first()
            self._come_alive()

    def show_page(self, page: str) -> None:
        """What is seen below the maps: `pictures`, `strips`, `draws` or `table`."""
        self.page = page
        self._refresh()

    def open_run(self, side: str, path: Path) -> None:
        """Put a saved run on one side."""
        self.runs.open_run(side, path)
        self._show_sides()  # a picker that was moved in vain goes back

    def show_runs(self) -> None:
        """Tell which runs can be opened."""
        if self._visible:
            self.runs_shown.emit([(entry.title, entry.path) for entry in shipped_runs() + own_runs()])
            self._show_sides()

    def show_config(self, config: RunConfig) -> None:
        """The form, which is the left twin, says something else."""
        if self._visible:
            self.config_shown.emit(config)

    def hover(self, side: str, x: float, y: float, index: int) -> None:
        """The pointer is at a place of a side's map, at the point `index` or at none (-1)."""
        self._hover = self.pair.spot(side, x, y, index, self._pinned)
        self._show_pictures()

    def leave(self) -> None:
        """The pointer has left the maps: what is picked is back."""
        self._hover = None
        self._show_pictures()

    def pick(self, side: str, x: float, y: float, index: int) -> None:
        """Pick a held-out image for the whole window, or a place of a side's map for the twins."""
        spot = self.pair.spot(side, x, y, index, self._pinned)
        if spot is None:
            return
        self._hover, self._pinned = None, spot
        view = self._session.view
        if view is not None and view.has_image(spot.index, self.pair.sides[side]):
            self._session.look.pick(0.0, 0.0, index)
        self._show_pictures()

    def pick_code(self, side: str, code: np.ndarray) -> None:
        """Pick a bare code of one side."""
        self._hover, self._pinned = None, Spot(side, -1, np.asarray(code, np.float32))
        self._show_pictures()

    def pick_step(self, side: str, step: int) -> None:
        """Pick a step of a side's strip."""
        if side in self._paths:
            self.pick_code(side, self._paths[side][step])

    def pick_random(self) -> None:
        """Pick some held-out image."""
        for side, view in list(self.pair.sides.items())[:1]:
            self.pick(side, 0.0, 0.0, int(np.random.default_rng().integers(len(view.codes))))

    def draw(self) -> None:
        """Draw codes at random on both sides."""
        self._seed = int(np.random.default_rng().integers(2**31))
        self._show_draws()

    def get_images(self) -> None:
        """Fetch the images that the runs are of, or say where they would come from."""
        if self.pair.sides:
            self._session.data.get(self.pair.data_title)

    def close(self) -> None:
        """Stop everything and wait for the threads."""
        self._visible = False
        for each in (self._again, self._soon):
            each.stop()
        self.runs.close()
        self.table.close()

    # other networks ----------------------------------------------------------------------------------------------

    def _put(self, side: str, glide: bool) -> None:
        self.table.forget(side)
        self._hover = None
        if self._visible:
            self._show_sides()  # what tells them apart may be something else now
            self._show_side(side, glide)
            self._refresh()
        self._tell_pair()

    def _tell_pair(self) -> None:
        if not self.runs.busy:
            self.pair_settled.emit(self.pair.sides)

    def _moved(self, side: str) -> None:
        if self._visible:
            ends = self._session.strip.ends.values()
            looked_at = [each.index for each in (self._pinned, self._hover, *ends) if each is not None]
            view = self.pair.sides[side]
            # what is looked at is encoded anew, or its picture would be that of an older code
            view.codes_of([each for each in looked_at if view.has_image(each, None)], self._session.data.dataset)
            self._moves[side].soon()
            if not self._again.isActive():
                self._again.start()

    def _show_moved(self, side: str) -> None:
        view = self.pair.sides[side]
        if self._visible:
            if view.run is None:
                self.runs.project(side)
            self.codes_shown.emit(side, view.cloud(), view.labels, True)

    def _ended(self) -> None:
        self._show_sides()
        self._refresh()
        self._tell_pair()

    def _come_alive(self) -> None:
        if self._visible:
            if self._session.torch_is_ready:
                self.runs.come_alive()
                self._tell_pair()
            for side, view in self.pair.sides.items():
                if view.run is None and self.runs.busy:  # it may have learned out of sight
                    self.runs.project(side)
                self._show_side(side, glide=True)
            self._refresh()

    # what is shown -----------------------------------------------------------------------------------------------

    def _show_sides(self) -> None:
        for side in self.pair.sides if self._visible else ():
            self.side_shown.emit(side, self.pair.title(side))

    def _show_side(self, side: str, glide: bool) -> None:
        view = self.pair.sides[side]
        self.side_shown.emit(side, self.pair.title(side))
        self.codes_shown.emit(side, view.cloud(), view.labels, glide)

    def _refresh(self, _: object = None) -> None:
        """All that is seen, through the present networks."""
        if self._visible and self.pair.is_whole:
            self._show_note()
            self._find_pin()
            self._show_pictures()
            self._show_canvas()
            self._show_draws()
            self._measure()

    def _show_note(self) -> None:
        pair = self.pair
        left, right = (pair.sides[side] for side in SIDES)
        if not pair.is_of_one_data:
            titles = f"{left.dataset_title}, {right.dataset_title}"
            self.note_shown.emit(f"These two are of different images ({titles}): a code of one has no twin.", "")
        elif left.held_out_images(self._session.data.dataset) is None:
            self.note_shown.emit(*where_they_are("The originals are", left, self._session.data.dataset))
        else:
            self.note_shown.emit("", "")

    def _measure(self) -> None:
        """The figures that are looked at: draws want to know where there is data."""
        for side, view in self.pair.sides.items() if self.page in ("table", "draws") else ():
            if view.run is not None or not self.runs.busy:
                self.table.want(side, view, self._session.data.dataset)
                if side in self.table.measures:
                    self.measured.emit(side, self.table.measures[side])
            else:
                self._follow_table(side)

    def _follow_table(self, side: str) -> None:
        """What can be said of a network in training."""
        view = self.pair.sides.get(side)
        if self._visible and self.page == "table" and self.runs.busy and view is not None and view.run is None:
            self.table.follow(side, view, self.runs.epochs.get(side), self._session.data.dataset)

    def _show_measures(self, side: str, measures: Measures) -> None:
        self.measured.emit(side, measures)
        if len(measures.places):
            self._show_draws()

    def _follow_pin(self, _: object = None) -> None:
        """The image picked anywhere in the window is picked here, too; a network in training tells it often."""
        if self._visible and self.pair.is_whole and self._picked_elsewhere() != self._followed:
            self._find_pin()
            self._show_pictures()

    def _picked_elsewhere(self) -> tuple[int, str] | None:
        """The session's picked image and its data."""
        pin, view = self._session.look.pin, self._session.view
        return None if pin is None or view is None else (pin.index, view.fingerprint)

    def _find_pin(self) -> None:
        pin, view, now = self._session.look.pin, self._session.view, self._picked_elsewhere()
        if pin is not None and view is not None and now != self._followed:
            self._followed = now
            for side, here in self.pair.sides.items():
                if here.has_image(pin.index, view):
                    self._pinned = Spot(side, pin.index, here.codes[pin.index])
                    break
        if self._pinned is None or self.pair.code(self._pinned, self._pinned.side) is None:
            self._pinned = Spot("left", 0, self.pair.sides["left"].codes[0])

    def _show_pictures(self) -> None:
        for side in SIDES:
            self._show_picture(side)
        shown = self._hover or self._pinned
        if self._visible and self.pair.is_whole and shown is not None:
            name = self.pair.sides[shown.side].class_name(shown.index) if shown.index >= 0 else ""
            self.original_shown.emit(self._original(shown), name)

    def _show_picture(self, side: str) -> None:
        pair, pinned, hover = self.pair, self._pinned, self._hover
        if not self._visible or not pair.is_whole or pinned is None:
            return
        code = pair.code(pinned, side)
        self.pin_shown.emit(side, None if code is None else pair.place(side, code))
        if hover is not None or self.page == "pictures":
            code = code if hover is None else pair.code(hover, side)
            spot = pair.look_at(hover or pinned, side, code, self._original(hover or pinned))
            self.picture_shown.emit(side, spot)
        self.pointed.emit(side, spot if hover else None, hover.index if hover else -1)

    def _original(self, spot: Spot) -> np.ndarray | None:
        return self.pair.original(spot, self._session.data.dataset)

    # the canvas, the strip, and draws ----------------------------------------------------------------------------

    def _canvas_changed(self, *_: object) -> None:
        if self._visible:
            self._soon.start()

    def _show_canvas(self) -> None:
        if not self._visible or not self.pair.is_whole:
            return
        self.sketch_seen.emit(self._session.sketch.seen)
        for side in SIDES:
            self._show_sketch(side)
            self._show_strip(side)
        self.step_shown.emit(self._session.strip.current)

    def _show_sketch(self, side: str) -> None:
        seen = self._session.sketch.seen
        if self._visible and self.pair.is_whole:
            self.sketch_shown.emit(side, None if seen is None else self.pair.sketch(side, seen))

    def _show_strip(self, side: str) -> None:
        if not self._visible or not self.pair.is_whole or self.page != "strips":
            return
        path = self.pair.path(side, self._session.strip, self._session.view)
        if path is None:
            self._paths.pop(side, None)
            self.strip_shown.emit(side, None, None)
        else:
            self._paths[side] = path
            view = self.pair.sides[side]
            self.strip_shown.emit(side, view.place(path), view.decode(path))

    def _follow_step(self, points: object, step: int) -> None:
        if self._visible:
            self.step_shown.emit(step)

    def _show_draws(self) -> None:
        for side in SIDES:
            self._draw_side(side)
        self._tell_draws()

    def _draw_side(self, side: str) -> None:
        if self._visible and self.page == "draws" and self.pair.is_whole:
            if self._seed is None:
                self._seed = int(np.random.default_rng().integers(2**31))
            self._drawn[side] = draw_groups(self.pair, side, self.table.measures.get(side), self._seed)

    def _tell_draws(self) -> None:
        if self._visible and self.page == "draws" and len(self._drawn) == len(SIDES):
            self.draws_shown.emit([group for side in SIDES for group in self._drawn[side]])
