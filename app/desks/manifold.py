"""The manifold: tiles of the latent plane, decoded behind the window for the part that is looked at; and its files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.amounts import signed
from app.background import Background, Refused, on_one_core
from app.desks.looking import LookDesk, Pin
from app.exporting import ExportError, to_bytes
from app.exporting_views import save_image_grid, save_table
from app.naming import called
from app.pace import Pace
from app.viewpoint import NO_RUN, Viewpoint
from models.latent_space import Projection
from models.tiles import Block, mosaics, prior_grid, range_grid

if TYPE_CHECKING:
    from models.snapshot import Snapshot

REFRESH_MS = 600  # between two pictures of a network in training
BATCH_SECONDS = 0.05  # a batch should take about so long: its tiles come soon, and a stale one wastes little
FIRST_BLOCKS, MOST_BLOCKS = 4, 64  # of a batch
SAME_SLICE = 1e-4  # a code picked on a slice lies on it but for the rounding of its numbers


@dataclass(frozen=True, eq=False)
class Seen:
    """One flat cut through the latent space of one network at one moment. `foot` (d,) is the code at (0, 0) of it."""

    view: Viewpoint
    snapshot: Snapshot
    projection: Projection
    foot: np.ndarray

    @classmethod
    def through(cls, view: Viewpoint, snapshot: Snapshot, pin: Pin | None) -> Seen:
        """The plane that `view` is looked at in; above two dimensions it leads through the pin, or through 0."""
        dim = view.config.latent_dim
        base = pin.code if pin is not None and len(pin.code) == dim else np.zeros(dim, np.float32)
        return cls(view, snapshot, view.projection, view.projection.to_codes(np.zeros((1, 2)), base)[0])

    def codes(self, points: np.ndarray) -> np.ndarray:
        """Codes (N, d) of places (N, 2)."""
        return self.projection.to_codes(points, self.foot)

    def decode(self, points: np.ndarray) -> np.ndarray:
        """Images (N, 28, 28) of places (N, 2)."""
        return self.snapshot.decode(self.codes(points))

    def same_cut(self, other: Seen) -> bool:
        """Whether a place is the same code here and there."""
        one, two = self.projection, other.projection
        return bool(
            one.axes.shape == two.axes.shape
            and np.allclose(one.axes, two.axes, atol=1e-6)
            and np.allclose(self.foot, other.foot, atol=SAME_SLICE)
        )

    def may_stand_in(self, other: Seen) -> bool:
        """Whether tiles of the one may be seen until those of the other come: the same plane of the same training."""
        one, two = self.projection, other.projection
        return (one.kind, one.axis_titles) == (two.kind, two.axis_titles) and self.view.config == other.view.config


class ManifoldDesk(QObject):
    """Decodes the wanted tiles, a batch at a time; what a newer network or slice has made stale is dropped.

    It rests while nobody watches. `begun` counts the pictures: all tiles of one number belong together.
    """

    begun = Signal(int, bool)
    """number of the picture, whether tiles of the one before may be seen until its own come"""
    decoded = Signal(int, object, object)
    """number of the picture, list of Block, their pictures (B, H, W) uint8"""
    asleep = Signal(str)
    """why there is nothing to look through, in a sentence"""
    slice_shown = Signal(str, str)
    """what is shown where that is a slice, in one sentence and at length; else empty"""
    saved = Signal(str)
    failed = Signal(str)

    def __init__(self, look: LookDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._decoding, self._saving = Background(self), Background(self)
        self._view: Viewpoint | None = None
        self._now: Seen | None = None
        self._next: Seen | None = None
        self._number = 0
        self._wanted: list[Block] = []
        self._watched = False
        self._batch = FIRST_BLOCKS
        self._pace = Pace(self._go_on, REFRESH_MS, self)
        look.pin_shown.connect(self._look_again)

    # what is looked at -------------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: object = None) -> None:
        """Another network, or the same one after some steps."""
        self._view = view
        if self._now is not None and self._now.view.config != view.config:  # which cannot stand in; it may be large
            self._now = self._next = None
        self._look_again()

    def watch(self, watched: bool) -> None:
        """Whether the manifold is on the screen; nothing is decoded while it is not."""
        self._watched = watched
        if watched:
            self._look_again()
        else:
            self._wanted = []
            self._next = None
            self._pace.stop()

    def want(self, blocks: Sequence[Block]) -> None:
        """Decode these, in their order, and forget what was wanted before."""
        self._wanted = list(blocks) if self._now is not None else []
        self._decode_next()

    def finish_saving(self) -> bool:
        """Wait for the grids that are being written; whether all are in their files."""
        return self._saving.finish()

    def close(self) -> None:
        """Wait for the batch under way; nothing more is decoded."""
        self.watch(False)
        for each in (self._decoding, self._saving):
            each.close()

    def _look_again(self) -> None:
        view, pin = self._view, self._look.pin
        if not self._watched:
            return
        if view is None or view.snapshot is None:
            self._now = self._next = None
            self._wanted = []
            self.asleep.emit(NO_RUN if view is None else view.why_asleep)
            return
        seen = Seen.through(view, view.snapshot, pin)
        self.slice_shown.emit(*in_words(view, pin))
        before = self._now
        if before is None or not before.may_stand_in(seen):
            self._begin(seen, stand_in=False)
        elif before.snapshot is seen.snapshot and before.same_cut(seen):
            self._next = None
        else:
            self._next = seen
            self._go_on()

    def _go_on(self) -> None:
        """Begin the next picture when it is its time: at once for another slice, at a modest pace for each step."""
        seen, now = self._next, self._now
        if seen is None or now is None or self._decoding.busy:
            return
        if seen.snapshot is not now.snapshot:
            if self._pace.rest_ms:
                self._pace.soon()
                return
            if self._wanted:
                return  # it comes when these are there, or a slow network's picture would never be whole
        self._begin(seen, stand_in=True)

    def _begin(self, seen: Seen, stand_in: bool) -> None:
        self._now, self._next = seen, None
        self._number += 1
        self._pace.begin()
        self._wanted = []
        if not stand_in:  # nobody knows how fast this network is
            self._batch = FIRST_BLOCKS
        self.begun.emit(self._number, stand_in)

    # decoding ----------------------------------------------------------------------------------------------------

    def _decode_next(self) -> None:
        seen = self._now
        if self._decoding.busy or seen is None or not self._wanted:
            return
        blocks, self._wanted = self._wanted[: self._batch], self._wanted[self._batch :]
        number = self._number

        @on_one_core
        def work() -> tuple[np.ndarray, float]:
            started = time.perf_counter()
            pictures = mosaics(to_bytes(seen.decode(np.concatenate([each.centres() for each in blocks]))))
            return pictures, time.perf_counter() - started

        def done(result: tuple[np.ndarray, float]) -> None:
            pictures, seconds = result
            if seconds < BATCH_SECONDS / 2:
                self._batch = min(2 * self._batch, MOST_BLOCKS)
            elif seconds > 2 * BATCH_SECONDS:
                self._batch = max(self._batch // 2, 1)
            if number == self._number and self._now is seen:
                self.decoded.emit(number, blocks, pictures)
            self._go_on()
            self._decode_next()

        def failed(sentence: str) -> None:
            self._wanted = []
            self.failed.emit(sentence)

        self._decoding.submit(work, done, failed)

    # files -------------------------------------------------------------------------------------------------------

    def save_grid(self, steps: int, over: str, path: Path) -> None:
        """Write steps x steps decoded places over the “prior” or the codes' “range”: .csv their codes, else a PNG."""
        seen = self._now
        if seen is None:
            self.failed.emit("There is no decoder yet; the grid can be saved in a moment.")
            return

        cloud = seen.projection.to_plane(seen.view.codes)

        def work() -> None:
            points = prior_grid(steps, seen.projection) if over == "prior" else range_grid(steps, cloud)
            try:
                if path.suffix.lower() == ".csv":
                    save_table(*table(points, seen.codes(points), steps), path)
                else:
                    save_image_grid(seen.decode(points).reshape(steps, steps, 28, 28), path)
            except ExportError as error:
                raise Refused(str(error)) from error

        self._saving.submit(work, lambda _: self.saved.emit(f"Saved as “{path}”."), self.failed.emit)


def table(points: np.ndarray, codes: np.ndarray, steps: int) -> tuple[list[str], list[list[float]]]:
    """Header and rows of a grid's codes (steps * steps, d); row 0 is the largest y, column 0 the smallest x."""
    header = ["row", "column", "x", "y", *(f"z{i + 1}" for i in range(codes.shape[1]))]
    rows = [
        [*divmod(number, steps), *point, *code]
        for number, (point, code) in enumerate(zip(points.tolist(), codes.tolist(), strict=True))
    ]
    return header, rows


def in_words(view: Viewpoint, pin: Pin | None) -> tuple[str, str]:
    """What the plane shows where it is not all of the latent space: one sentence, and more at length; else nothing."""
    dim = view.config.latent_dim
    if dim == 1:
        return (
            "One latent number: pictures change from left to right only.",
            "The points stand in a row for each class.",
        )
    if dim == 2 or pin is None or len(pin.code) != dim:
        return "", ""
    first, second = view.projection.axis_titles
    if pin.index >= 0:
        whose = f"the code of held-out image {pin.index} ({called(view.class_name(pin.index))})"
    else:
        whose = f"the pinned code ({', '.join(signed(value) for value in pin.code[:3])}{', …' if dim > 3 else ''})"
    if view.projection.kind == "pca":
        rest = "what lies off that plane stays as it is there"
    elif dim == 3:
        rest = "the other number stays as it is there"
    else:
        rest = f"the other {dim - 2} numbers stay as they are there"
    short = f"A slice of {dim} dimensions through {whose}: {first} and {second} vary, {rest}."
    code = ", ".join(f"z{i + 1} {signed(value, 3)}" for i, value in enumerate(pin.code))
    long = f"The code it goes through: {code}.\nPoints are drawn where they fall on the plane; most lie off the slice."
    return short, long
