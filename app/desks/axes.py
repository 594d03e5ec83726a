"""The parallel axes: whose codes are lines, what each latent dimension carries, and the twin that is laid over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background, on_one_core
from app.desks.axes_twin import TwinDesk
from app.desks.looking import LookDesk
from app.desks.originals import where_they_are
from app.desks.sketch import SketchDesk
from app.pace import Pace
from app.seen.axes import MEASURING, MOST_LINES, Line, Measured
from app.viewpoint import Viewpoint
from models.chunks import evenly
from models.datasets import Dataset
from models.latent_use import divergence_per_dimension, spread, variances
from models.sketch import to_mnist_format

if TYPE_CHECKING:
    from models.snapshot import Snapshot

DRAWING = "drawing"
MEASURE_EVERY_MS = 600  # while it learns; on a worker, which shares its core with the training
SETTLED_MS = 1500  # when nothing has changed for so long, all images are looked at
LIVE_IMAGES = 1000  # that are encoded for it while it learns
LINES_EVERY_MS = 66  # codes of the lines while it learns
FULL = f"{MOST_LINES} lines are as many as one can tell apart: take one away first."


@dataclass(frozen=True, eq=False)
class Source:
    """An image whose code is a line: a held-out one by its `index`, else its `image` (28, 28)."""

    key: str
    title: str
    label: int = -1
    index: int = -1
    image: np.ndarray | None = field(default=None, repr=False)


class AxesDesk(QObject):
    """Owns the lines. Spreads and KL are measured on a worker, and all of it only while somebody looks."""

    lines_shown = Signal(object)
    """list of Line"""
    measured = Signal(object)
    """Measured"""
    missing = Signal(str)
    """why there are no axes, in a sentence"""
    sources_shown = Signal(bool, bool)
    """whether the pinned code is that of a held-out image, and whether something is drawn"""
    failed = Signal(str)

    def __init__(self, look: LookDesk, sketch: SketchDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look, self._sketch = look, sketch
        self.twin = TwinDesk(self)
        self._sources: list[Source] = []
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._snapshot: Snapshot | None = None
        self._visible = False
        self._network = self._measured_network = 0
        self._worker = Background(self)
        self._pace = Pace(self._measure, MEASURE_EVERY_MS, self, self._worker)
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(lambda: self._measure(whole=True))
        self._lines_pace = Pace(self._tell_lines, LINES_EVERY_MS, self)
        look.pin_shown.connect(lambda place: self._tell_sources())
        sketch.placed.connect(lambda *place: self._follow_sketch())
        sketch.cleared.connect(self._follow_sketch)
        self.twin.changed.connect(self._tell_lines)

    # what a person can do ----------------------------------------------------------------------------------------

    def add_random(self) -> None:
        """Another held-out image, at random."""
        view = self._view
        if view is None or not len(view.codes):
            return
        there = {source.index for source in self._sources}
        free = np.setdiff1d(np.arange(len(view.codes)), list(there))
        if len(free):
            self._add_held_out(view, int(np.random.default_rng().choice(free)))

    def add_picked(self) -> None:
        """The held-out image whose code is pinned."""
        pin = self._look.pin
        if self._view is not None and pin is not None and 0 <= pin.index < len(self._view.codes):
            self._add_held_out(self._view, pin.index)

    def add_sketch(self, name: str, title: str, label: int, ink: np.ndarray) -> None:
        """A sketch that no network here has seen: ink (H, W) of a thing called `title`, and its class or -1."""
        self._add(Source(f"sketch {name}", f"example: {title}", label, image=to_mnist_format(ink)))

    def add_drawing(self) -> None:
        """What is drawn on the canvas; the line follows the pen."""
        if self._sketch.seen is not None:
            self._add(Source(DRAWING, "my sketch", image=self._sketch.seen))

    def remove(self, key: str) -> None:
        """Take a line away."""
        self._sources = [source for source in self._sources if source.key != key]
        self._tell_lines()

    def snap(self, key: str) -> None:
        """Pin the code of a line."""
        source = next((source for source in self._sources if source.key == key), None)
        if source is None or self._view is None:
            return
        if source.index >= 0:
            self._look.pick(0.0, 0.0, source.index)
        else:
            codes = self._codes_of(self._view, [source])
            if codes is not None:
                self._look.set_code(codes[0])

    def throw_dice(self, low: float, high: float) -> None:
        """Pin a draw from N(0, I), no number of it beyond what is visible."""
        if self._view is not None:
            drawn = np.random.default_rng().standard_normal(self._view.config.latent_dim)
            self._look.set_code(np.clip(drawn, low, high).astype(np.float32))

    def set_visible(self, visible: bool) -> None:
        """Whether somebody looks; nothing is computed otherwise."""
        self._visible = visible
        if visible:
            view = self._view
            if view is not None and view.run is None and self._measured_network != self._network:
                self.missing.emit(MEASURING)  # which takes seconds beside a training: another's axes stand there
            self._tell_all()
        else:
            for each in (self._pace, self._settled, self._lines_pace):
                each.stop()

    def close(self) -> None:
        """Stop measuring, and wait for what is under way."""
        self.set_visible(False)
        self._worker.close()
        self.twin.close()

    # what the session tells --------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        before = self._view
        another, other_data = view is not before, dataset is not self._dataset
        awake, learned = self._snapshot is not None, view.snapshot is not self._snapshot
        self._view, self._dataset, self._snapshot = view, dataset, view.snapshot
        if another:
            self._network += 1
            self._sources = [each for each in self._sources if each.index < 0 or view.has_image(each.index, before)]
        if another or other_data or (learned and not awake):
            self._tell_all()
        elif learned and self._visible:
            self._measure_soon()
            self._lines_pace.soon()

    # lines -------------------------------------------------------------------------------------------------------

    def _add_held_out(self, view: Viewpoint, index: int) -> None:
        title = f"held-out {view.class_name(index)}"
        self._add(Source(f"held-out {index}", title, int(view.labels[index]), index))

    def _add(self, source: Source) -> None:
        if any(source.key == there.key for there in self._sources):
            return
        if len(self._sources) >= MOST_LINES:
            self.failed.emit(FULL)
            return
        self._sources.append(source)
        self._tell_lines()

    def _follow_sketch(self) -> None:
        self._tell_sources()
        at = next((i for i, source in enumerate(self._sources) if source.key == DRAWING), -1)
        if at < 0:
            return
        if self._sketch.seen is None:
            self.remove(DRAWING)
        else:
            self._sources[at] = replace(self._sources[at], image=self._sketch.seen)
            if self._visible:
                self._lines_pace.soon()

    def _tell_sources(self) -> None:
        if self._visible:
            pin = self._look.pin
            self.sources_shown.emit(pin is not None and pin.index >= 0, self._sketch.seen is not None)

    def _tell_lines(self) -> None:
        view, sources = self._view, self._sources
        if not self._visible or view is None:
            return
        self._lines_pace.begin()
        codes = self._codes_of(view, sources)
        rebuilt = None if codes is None else view.decode(codes)
        twin = self.twin.chosen
        twins = None if twin is None else _codes(_given(sources), _stored(sources, twin.codes), twin.snapshot)
        rebuilt_twins = None if twin is None or twins is None else twin.snapshot.decode(twins)
        originals = self._originals(view, sources)
        lines = []
        for i, (source, image) in enumerate(zip(sources, originals, strict=True)):
            code = _at(codes, i) if codes is not None else _stored([source], view.codes)[0]
            line = Line(source.key, source.title, source.label, image, code, _at(rebuilt, i))
            lines.append(replace(line, twin_code=_at(twins, i), twin_rebuilt=_at(rebuilt_twins, i)))
        self.lines_shown.emit(lines)

    def _originals(self, view: Viewpoint, sources: Sequence[Source]) -> list[np.ndarray | None]:
        """The images of sources, where they are loaded."""
        return [each.image if each.index < 0 else view.original(each.index, self._dataset) for each in sources]

    def _codes_of(self, view: Viewpoint, sources: Sequence[Source]) -> np.ndarray | None:
        """Codes (L, d) of sources; those of held-out images are stored but where a network in training moves them."""
        if view.run is not None:
            return _codes(_given(sources), _stored(sources, view.codes), view.snapshot)
        codes = _codes(self._originals(view, sources), _stored(sources, view.codes), view.snapshot)
        for source, code in zip(sources, [] if codes is None else codes, strict=False):
            if source.index >= 0:
                view.codes[source.index] = code  # of a training only a part comes at a time
        return codes

    # what the dimensions carry -----------------------------------------------------------------------------------

    def _tell_all(self) -> None:
        view = self._view
        if not self._visible:
            return
        if view is None or not len(view.codes):
            self.missing.emit(
                "There are no codes of held-out images to show: open a run, or train one."
                if view is None
                else "This run holds no codes of held-out images: open another one, or train one."
            )
            return
        self.twin.look_beside(view)
        self._tell_sources()
        self._tell_lines()
        self._measure(whole=view.run is not None)
        if view.run is None:
            self._settled.start()

    def _measure_soon(self) -> None:
        self._settled.start()
        self._pace.soon()

    def _measure(self, whole: bool = False) -> None:
        """Have everything measured; who asks while that is being done is answered after it."""
        view = self._view
        if not self._visible or view is None or not len(view.codes):
            return
        if self._worker.busy:
            if view.run is not None or not whole:
                self._pace.soon()
            self._settled.start()  # alone for all images: measuring some once more could go on for ever
            return
        self._pace.begin()
        self._worker.submit(self._work(view, whole), self._show, self.failed.emit)

    def _work(self, view: Viewpoint, whole: bool) -> Callable[[], Measured]:
        """What measures a network: by what its run stores, or where that is not enough, by encoding the images."""
        is_learning, snapshot, log_variances = view.run is None, view.snapshot, view.log_variances
        network, kind, room = self._network, view.config.kind, view.room
        images, has_stopped = view.held_out_images(self._dataset), whole and view.history is not None
        lacks = kind == "vae" and log_variances is None
        if (is_learning or lacks) and images is not None and snapshot is not None:
            count = len(view.codes)
            chosen = images[:count] if whole or not is_learning else images[evenly(count, LIVE_IMAGES)]

            @on_one_core
            def encode() -> Measured:
                measured = _measured(network, kind, room, *snapshot.posterior(chosen))
                return replace(measured, has_stopped=has_stopped)

            return encode
        codes, missing = view.codes.copy(), _what_is_missing(view, self._dataset) if lacks else ("", "")
        return lambda: _measured(network, kind, room, codes, log_variances, *missing)

    def _show(self, measured: Measured) -> None:
        if measured.network != self._network:
            self._measure(whole=self._view is not None and self._view.run is not None)
            return
        if self._visible:
            self._measured_network = measured.network
            self.measured.emit(measured)


def _measured(
    network: int,
    kind: str,
    room: float,
    means: np.ndarray,
    log_variances: np.ndarray | None,
    note: str = "",
    dataset: str = "",
) -> Measured:
    divergence = None if log_variances is None else divergence_per_dimension(means, log_variances)
    own = means.mean(axis=0, dtype=np.float64), variances(means)
    return Measured(network, kind, room, spread(means), *own, divergence, len(means), note, dataset)


def _codes(
    images: Sequence[np.ndarray | None], stored: Sequence[np.ndarray | None], snapshot: Snapshot | None
) -> np.ndarray | None:
    """Codes (L, d) of images that are there, and the stored ones of the others; None where there is no network yet."""
    given = [image for image in images if image is not None]
    if given and snapshot is None:
        return None
    fresh = iter(snapshot.encode(np.stack(given)) if given and snapshot is not None else ())
    codes = [next(fresh) if image is not None else code for image, code in zip(images, stored, strict=True)]
    return np.array(codes, np.float32) if codes else None


def _given(sources: Sequence[Source]) -> list[np.ndarray | None]:
    return [source.image for source in sources]


def _stored(sources: Sequence[Source], codes: np.ndarray) -> list[np.ndarray | None]:
    return [codes[source.index] if source.index >= 0 else None for source in sources]


def _at(each: np.ndarray | None, place: int) -> np.ndarray | None:
    return None if each is None else each[place]


def _what_is_missing(view: Viewpoint, loaded: Dataset | None) -> tuple[str, str]:
    """Why the KL can't be told, and the dataset to get, if that would help."""
    if view.snapshot is None:
        return view.why_asleep, ""
    what = "This file holds no log-variances, so that KL has to be computed from its held-out images; they are"
    return where_they_are(what, view, loaded)
