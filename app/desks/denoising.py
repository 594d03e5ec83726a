"""What a network restores of damaged images: the kind and level of the damage, held-out images and the sketch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.background import Background, on_one_core
from app.desks.originals import where_they_are
from app.desks.sketch import SketchDesk
from app.pace import Pace
from app.run_library import shipped_run
from app.seen.denoised import CURVE_IMAGES, EXAMPLE, SKETCH, Damage, Robustness, one_of_each, restore, robustness
from app.viewpoint import Viewpoint
from models.chunks import evenly
from models.datasets import Dataset
from models.sketch import to_mnist_format

if TYPE_CHECKING:
    from models.snapshot import Snapshot

DENOISING_RUN = "ae-16-denoising"
REFRESH_MS = 100
"""The least time between two looks while training: a few images take some milliseconds."""
CURVE_MS = 1000
"""The same for the curve over all levels, which is computed on a worker."""
WITHOUT = "These are example sketches; the held-out images are"


class DenoisingDesk(QObject):
    """Owns the damage and the choice of images. Nothing is computed while nobody looks."""

    shown = Signal(object)
    """Denoised"""
    curve_shown = Signal(object)
    """Robustness"""
    missing = Signal(str)
    """a sentence that says why there is nothing to see"""
    originals_missing = Signal(str, str)
    """why example sketches stand for held-out images, and the dataset to get; both empty: they do not"""
    damage_chosen = Signal(object)
    """Damage, where it was not the view that chose it"""
    trained_shown = Signal(object, bool)
    """RunConfig of the network, and whether its training has come to its end"""
    run_wanted = Signal(Path)
    settings_wanted = Signal(dict)
    """settings by name that the next training is to have"""

    def __init__(self, sketch: SketchDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.damage = Damage()
        self._sketch = sketch
        self._by_hand = self._visible = False
        self._images_draw = 0
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._snapshot: Snapshot | None = None
        self._worker = Background(self)
        self._measured: tuple[Snapshot, str, bool] | None = None
        self._pace = Pace(self._look, REFRESH_MS, self)
        self._curve_pace = Pace(self._measure, CURVE_MS, self)
        sketch.placed.connect(self._look_soon)
        sketch.cleared.connect(self._look_soon)

    def set_examples(self, draw: Callable[[], Sequence[tuple[str, np.ndarray]]]) -> None:
        """What draws sketches (title, ink) of digits: they stand for the held-out images where those are not here."""
        self._draw_examples = draw

    @cached_property
    def _examples(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Titles and images (N, 28, 28) uint8; drawing them takes some 0.15 s, which only those pay who need them."""
        titles, inks = zip(*self._draw_examples(), strict=True)
        return titles, np.stack([to_mnist_format(ink) for ink in inks])

    # what a person can do ---------------------------------------------------------------------------------------

    def choose(self, kind: str, level: float) -> None:
        """Damage the images like this; level 0..1."""
        self._by_hand = True
        self.damage = replace(self.damage, kind=kind, level=level)
        self._look()

    def draw_noise(self) -> None:
        """The same images with other noise."""
        self.damage = replace(self.damage, draw=self.damage.draw + 1)
        self._look()

    def draw_images(self) -> None:
        """Other images, one of each class."""
        self._images_draw += 1
        self._look()

    def open_denoising_run(self) -> None:
        """Look at the shipped run that has learned to denoise."""
        self._by_hand = False
        self.run_wanted.emit(shipped_run(DENOISING_RUN))

    def use_in_training(self) -> None:
        """Train the next network with this damage."""
        self.settings_wanted.emit({"corruption": self.damage.kind, "corruption_level": self.damage.level})

    def set_visible(self, visible: bool) -> None:
        """Whether somebody looks."""
        self._visible = visible
        if visible:
            self.damage_chosen.emit(self.damage)
            self._tell_training()
            self._look()

    def close(self) -> None:
        """Stop looking, and wait for what is being computed."""
        self._pace.stop()
        self._curve_pace.stop()
        self._worker.close()

    # what the session tells -------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        another, same_data = view is not self._view, dataset is self._dataset
        if not another and same_data and view.snapshot is self._snapshot:
            return
        self._view, self._dataset, self._snapshot = view, dataset, view.snapshot
        if another:
            self._adopt(view)
        if another or not same_data:
            self._look()
        else:
            self._look_soon()

    def _adopt(self, view: Viewpoint) -> None:
        """Damage as the network was trained to undo it, unless the person has chosen otherwise."""
        config = view.config
        if config.corruption != "none" and not self._by_hand:
            self.damage = replace(self.damage, kind=config.corruption, level=config.corruption_level)
            self.damage_chosen.emit(self.damage)
        self._tell_training()

    def _tell_training(self) -> None:
        if self._view is not None:
            self.trained_shown.emit(self._view.config, self._view.run is not None)

    # images -----------------------------------------------------------------------------------------------------

    def _look_soon(self, *_: object) -> None:
        if self._visible:
            self._pace.soon()

    def _look(self) -> None:
        view = self._view
        if not self._visible or view is None:
            return
        snapshot = view.snapshot
        if snapshot is None:
            self.missing.emit(view.why_asleep)
            return
        self._pace.begin()
        images, indices, names = self._chosen(view)
        if self._sketch.clean is not None:
            images, indices = np.concatenate([self._sketch.clean[None], images]), np.concatenate([[SKETCH], indices])
            names = ("sketch", *names)
        self.shown.emit(restore(snapshot, images, indices, names, self.damage))
        here = view.held_out_images(self._dataset) is not None
        self.originals_missing.emit(*(("", "") if here else where_they_are(WITHOUT, view, self._dataset)))
        self._measure()

    def _chosen(self, view: Viewpoint) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Images (N, 28, 28) uint8, their indices and names: a held-out image of each class, or else the examples."""
        originals = view.held_out_images(self._dataset)
        if originals is None:
            titles, examples = self._examples
            order = one_of_each(np.arange(len(titles)), self._images_draw)
            return examples[order], np.full(len(order), EXAMPLE), tuple(titles[place] for place in order)
        indices = one_of_each(view.labels, self._images_draw)
        return originals[indices], indices, tuple(view.class_name(index) for index in indices)

    # the curve over all levels ----------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Measure the network at all levels, behind the window and at most once a second."""
        view, kind = self._view, self.damage.kind
        if not self._visible or view is None or view.snapshot is None or self._worker.busy:
            return
        originals, snapshot = view.held_out_images(self._dataset), view.snapshot
        held_out = originals is not None
        if self._measured == (snapshot, kind, held_out):
            return
        same_kind = self._measured is not None and self._measured[1] == kind
        if same_kind and view.run is None and self._curve_pace.rest_ms:
            self._curve_pace.soon()
            return
        self._curve_pace.begin()
        self._measured = (snapshot, kind, held_out)
        chosen = self._examples[1] if originals is None else originals[evenly(len(originals), CURVE_IMAGES)]

        @on_one_core
        def work() -> Robustness:
            return robustness(snapshot, chosen, kind, held_out)

        def done(found: Robustness) -> None:
            if self._view is view and found.kind == self.damage.kind:
                self.curve_shown.emit(found)
            self._measure()

        self._worker.submit(work, done, lambda sentence: None)
