"""Which held-out images a network finds odd: its scores, those of never-seen things, shrunken digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background, on_one_core
from app.desks.originals import where_they_are
from app.desks.sketch import SketchDesk
from app.naming import called
from app.pace import Pace
from app.seen.suspicion import Mark, Pictured, Scored, Shrunken, Wanted, finite
from app.viewpoint import Viewpoint
from models.chunks import as_bytes, evenly
from models.datasets import Dataset
from models.roc import roc
from models.shrinking import shrunken
from models.sketch import to_mnist_format

if TYPE_CHECKING:
    from models.snapshot import Snapshot

WITHOUT = "These are reconstructions: the images are"
REFRESH_MS = 1000
"""The least time between two looks while training."""
MARKS_MS = 120  # between two scores of a sketch while it is drawn
SETTLED_MS = 1500  # when nothing has changed for so long, all images are scored
LIVE_IMAGES = 2000  # that are scored while it learns
SHRUNKEN, SHARE, SHRUNKEN_SHOWN = 500, 0.6, 6
PICTURED = 40
FIRST_ODD = 4  # where nothing was left out: the digit that the shipped run went without
APART_MS = 60
"""So far apart come charts, images and shrunken digits: what is painted at once takes 20 ms."""


class Measured(NamedTuple):
    """What the worker found: scores of some images where they were wanted, and of shrunken ones."""

    scores: dict[str, np.ndarray] | None
    shrunken: Shrunken


class AnomalyDesk(QObject):
    """Owns which class counts as odd. What takes long is computed on a worker, and all of it only while somebody looks.

    The scores of a finished run are in its file, so they need neither images nor torch.
    """

    scored = Signal(object)
    """Scored"""
    marks_shown = Signal(object)
    """list of Mark: the sketch, if there is one, and the never-seen examples"""
    pictures_shown = Signal(object)
    """Pictured"""
    shrunken_shown = Signal(object)
    """Shrunken"""
    shrunken_missing = Signal(str, str)
    """why there are none, and the dataset to get, if that would help"""
    missing = Signal(str, str)
    """why there are no scores, and the dataset to get, if that would help"""
    settings_wanted = Signal(dict)
    """settings by name that the next training is to have"""
    classes_shown = Signal(object, int)
    """names of the classes, and which one counts as odd"""

    def __init__(self, sketch: SketchDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sketch = sketch
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._snapshot: Snapshot | None = None
        self._visible = False
        self._chosen = -1
        self._wanted = Wanted()
        self._examples: list[tuple[str, np.ndarray]] = []
        self._scores: dict[str, np.ndarray] | None = None
        self._scored = np.arange(0)  # indices of the images whose scores these are
        self._worker = Background(self)
        self._measured_for: Snapshot | None = None
        self._pace = Pace(self._measure, REFRESH_MS, self, self._worker)
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(lambda: self._measure(whole=True))
        self._marks_rest = QTimer(self, interval=MARKS_MS, singleShot=True)
        self._marks_rest.timeout.connect(self._tell_marks)
        sketch.read.connect(lambda reading: self._tell_marks_soon())
        sketch.cleared.connect(self._tell_marks)

    # what a person can do ---------------------------------------------------------------------------------------

    def choose_odd(self, label: int) -> None:
        """Let this class count as the odd one."""
        self._chosen = label
        self._tell_scores()

    def train_without(self) -> None:
        """Let the next training go without the odd class."""
        if self._view is not None:
            self.settings_wanted.emit({"leave_out": str(self._odd(self._view))})

    def want_pictures(self, wanted: Wanted) -> None:
        """Show these images, now and after the network has changed."""
        self._wanted = wanted
        self._tell_pictures()

    def set_examples(self, examples: Sequence[tuple[str, np.ndarray]]) -> None:
        """Things that no network here has seen: their titles and ink (H, W)."""
        self._examples = [(title, to_mnist_format(ink)) for title, ink in examples]
        self._tell_marks()

    def set_visible(self, visible: bool) -> None:
        """Whether somebody looks; nothing is computed otherwise."""
        self._visible = visible
        if visible:
            self._tell_all()
        else:
            for each in (self._pace, self._settled, self._marks_rest):
                each.stop()

    def close(self) -> None:
        """Stop looking, and wait for what is being computed."""
        self.set_visible(False)
        self._worker.close()

    # what the session tells -------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        another, other_data = view is not self._view, dataset is not self._dataset
        awake, learned = self._snapshot is not None, view.snapshot is not self._snapshot
        self._view, self._dataset, self._snapshot = view, dataset, view.snapshot
        if another:
            if self._chosen >= 0 and view.config.leave_out != "none":
                self._chosen = -1  # the run itself says which one is odd
            self._scores, self._measured_for = _stored(view), None
            self._scored = np.arange(len(view.labels))
        if another or other_data or (learned and not awake):
            self._tell_all()
        elif learned and self._visible:
            self._measure_soon()

    # telling ----------------------------------------------------------------------------------------------------

    def _odd(self, view: Viewpoint) -> int:
        if self._chosen >= 0:
            return self._chosen
        return FIRST_ODD if view.config.leave_out == "none" else int(view.config.leave_out)

    def _tell_all(self) -> None:
        if not self._visible or self._view is None:
            return
        self._tell_scores()
        self._tell_marks()
        self._measure(whole=self._view.run is not None)
        if self._view.run is None:
            self._settled.start()

    def _tell_scores(self) -> None:
        """What is known, or why nothing is."""
        view = self._view
        if not self._visible or view is None:
            return
        odd = self._odd(view)
        self.classes_shown.emit(view.class_names, odd)
        if self._scores is None:
            self._tell_missing(view)
            return
        labels = view.labels[self._scored]
        classes = np.unique(labels)
        if len(classes) == 1:  # whichever counts as odd
            name = called(view.class_names[int(classes[0])])
            self.missing.emit(
                f"Every one of the held-out images is {name}: there is no other class to tell it from.", ""
            )
            return
        if odd not in classes:
            name = called(view.class_names[odd])
            self.missing.emit(f"None of the held-out images is {name}: choose another class.", "")
            return
        left_out = -1 if view.config.leave_out == "none" else int(view.config.leave_out)
        self.scored.emit(
            Scored(
                self._scores,
                self._scored,
                labels,
                odd,
                left_out,
                view.class_names,
                view.error_unit,
                view.run is None,
            )
        )
        QTimer.singleShot(APART_MS, self, self._tell_pictures)

    def _tell_missing(self, view: Viewpoint) -> None:
        if view.snapshot is None:
            self.missing.emit(view.why_asleep, "")
        elif view.held_out_images(self._dataset) is None:
            what = "This run's file keeps no scores; they are computed from its held-out images, and those are"
            self.missing.emit(*where_they_are(what, view, self._dataset))
        else:
            self.missing.emit("Scoring the held-out images…", "")

    def _tell_marks_soon(self) -> None:
        if self._visible and not self._marks_rest.isActive():
            self._marks_rest.start()

    def _tell_marks(self) -> None:
        view = self._view
        if not self._visible or view is None or view.snapshot is None:
            return
        things = [(title, image) for title, image in self._examples]
        if self._sketch.seen is not None:
            things.insert(0, ("your noisy sketch" if self._sketch.noisy else "your sketch", self._sketch.seen))
        if not things:
            self.marks_shown.emit([])
            return
        found = _both_scores(view.snapshot, np.stack([image for _, image in things]))
        self.marks_shown.emit(
            [
                Mark(title, image, {kind: float(values[i]) for kind, values in found.items()})
                for i, (title, image) in enumerate(things)
            ]
        )

    def _tell_pictures(self) -> None:
        """The wanted images, or while the originals are not here what the decoder makes of their codes."""
        view, wanted = self._view, self._wanted
        if not self._visible or view is None or self._scores is None:
            return
        scores = self._scores[wanted.kind]
        order = np.argsort(scores if wanted.order == "least" else -scores, kind="stable")
        if wanted.order == "bar":
            order = order[(scores[order] >= wanted.low) & (scores[order] < wanted.high)]
        indices, found = self._scored[order[:PICTURED]], scores[order[:PICTURED]]
        originals = view.held_out_images(self._dataset)
        images = originals[indices] if originals is not None else view.decode(view.codes[indices])
        if images is None:
            return
        if images.dtype != np.uint8:
            images = as_bytes(np.nan_to_num(images))
        labels = view.labels[indices]
        self.pictures_shown.emit(
            Pictured(
                wanted,
                len(order),
                indices,
                images,
                tuple(view.class_names[label] for label in labels),
                labels == self._odd(view),
                found,
                where_they_are(WITHOUT, view, self._dataset) if originals is None else ("", ""),
            )
        )

    # measuring --------------------------------------------------------------------------------------------------

    def _measure_soon(self) -> None:
        self._settled.start()
        self._pace.soon()

    def _measure(self, whole: bool = False) -> None:
        """Score shrunken digits, and the images themselves where the run keeps no scores."""
        view = self._view
        if not self._visible or view is None or view.snapshot is None:
            return
        images = view.held_out_images(self._dataset)
        if images is None:
            self._measured_for = None  # they may come
            what = "Shrunken images are made from the held-out ones, and those are"
            self.shrunken_missing.emit(*where_they_are(what, view, self._dataset))
            return
        if view.run is not None and self._measured_for is view.snapshot:
            return
        if self._worker.busy:
            if not whole:
                self._pace.soon()
            self._settled.start()  # alone for all images: scoring some once more could go on for ever
            return
        self._pace.begin()
        self._measured_for = snapshot = view.snapshot
        labels, names, dataset = view.labels, view.class_names, self._dataset
        some = evenly(len(labels), len(labels) if whole else LIVE_IMAGES)
        stored = _stored(view)

        @on_one_core
        def work() -> Measured:
            scores = _both_scores(snapshot, images[some]) if stored is None else None
            return Measured(scores, _of_shrunken(snapshot, images, labels, names))

        def tell_shrunken(found: Shrunken) -> None:
            if view is self._view and dataset is self._dataset:
                self.shrunken_shown.emit(found)

        def done(found: Measured) -> None:
            if view is not self._view or dataset is not self._dataset:
                self._measured_for = None
                self._measure(whole=self._view is not None and self._view.run is not None)
                return
            if found.scores is not None:
                self._scores, self._scored = found.scores, some
                self._tell_scores()
                self._tell_marks_soon()
            QTimer.singleShot(2 * APART_MS, self, lambda: tell_shrunken(found.shrunken))

        self._worker.submit(work, done, lambda sentence: self.missing.emit(sentence, ""))


def _stored(view: Viewpoint) -> dict[str, np.ndarray] | None:
    """The scores that a run's file keeps, if it keeps both."""
    run = view.run
    if run is None or run.scores is None or run.errors is None:
        return None
    return {"ink": run.scores, "plain": run.errors}


def _both_scores(snapshot: Snapshot, images: np.ndarray) -> dict[str, np.ndarray]:
    from models.evaluation import anomaly_scores, reconstruction_errors

    errors = reconstruction_errors(snapshot, images)
    return {"ink": finite(anomaly_scores(snapshot, images, errors)), "plain": finite(errors)}


def _of_shrunken(snapshot: Snapshot, images: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> Shrunken:
    """Small against normal digits of the classes that were trained on, evenly from all held-out ones."""
    left_out = snapshot.config.leave_out
    kept = np.flatnonzero(labels != (-1 if left_out == "none" else int(left_out)))
    chosen = kept[evenly(len(kept), SHRUNKEN)]
    normal, small = images[chosen], shrunken(images[chosen], SHARE)
    of_normal, of_small = _both_scores(snapshot, normal), _both_scores(snapshot, small)
    first = np.unique(labels[chosen], return_index=True)[1]
    few = first[np.linspace(0, len(first) - 1, min(SHRUNKEN_SHOWN, len(first))).astype(int)]
    trio = [normal[few] / np.float32(255), small[few] / np.float32(255), snapshot.reconstruct(small[few])]
    return Shrunken(
        SHARE,
        len(chosen),
        {kind: roc(of_normal[kind], of_small[kind]).area for kind in of_normal},
        np.stack(trio, axis=1),
        tuple(names[label] for label in labels[chosen[few]]),
        {kind: np.stack([of_normal[kind][few], of_small[kind][few]], axis=1) for kind in of_normal},
    )
