"""Which held-out images are seen beside their reconstructions, refreshed as the network learns; a linear AE's angle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.background import Background, on_one_core
from app.desks.originals import where_they_are
from app.desks.principal_fits import PrincipalFits
from app.desks.training import TrainingControl
from app.naming import called
from app.pace import Pace
from app.phase import Phase
from app.seen.reconstructed import Choice, Reconstructed, drawn, rebuild, recall, worst, worst_of
from app.viewpoint import Viewpoint
from models import principal
from models.datasets import Dataset
from models.facts import CodesMoved

if TYPE_CHECKING:
    from models.snapshot import Snapshot

REFRESH_MS = 500
"""The least time between two looks while training: what changes faster can't be read."""

WITHOUT = "No originals, no PCA: these are drawn from the kept codes, and the images are"
BENT = "Its sigmoid bends what this linear network draws: with the output Linear it could be measured against PCA."


class ReconstructionDesk(QObject):
    """Owns the choice of images. All that takes long is computed on workers, and only while somebody looks.

    The angle of a linear AE in training is followed all the same: it is one number, and its way down is the point.
    """

    shown = Signal(object)
    """Reconstructed"""
    missing = Signal(str, str)
    """a sentence that says why there is nothing to see, and the dataset to get, if that would help"""
    busy = Signal(str)
    """what is being computed, in words; empty when nothing is"""
    angles_shown = Signal(object, object, int, str)
    """steps (S,), angles (S,) in degrees, components, and a note where there is no angle; all empty: not linear"""
    originals_missing = Signal(str, str)
    """why there are no originals beside what is shown, and the dataset to get; both empty: they are there"""
    classes_shown = Signal(object)
    """names of the classes, by label"""

    def __init__(self, training: TrainingControl, fits: PrincipalFits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.choice = Choice()
        self._wants_pca = self._visible = False
        self._view: Viewpoint | None = None
        self._snapshot: Snapshot | None = None
        self._dataset: Dataset | None = None
        self._chosen: np.ndarray | None = None
        self._worker, self._measuring = Background(self), Background(self)
        self._fits = fits
        self._in_training = False
        self._angles: list[tuple[int, float]] = []
        self._unmeasured: dict[int, Snapshot] = {}
        self._measured: Viewpoint | None = None
        self._pace = Pace(self._look, REFRESH_MS, self, self._worker)
        training.started.connect(self._forget_angles)
        training.phase_changed.connect(self._note_phase)
        fits.fitted.connect(self._look_again)

    # what a person can do ---------------------------------------------------------------------------------------

    def choose(self, order: str) -> None:
        """Show the `worst` images, as they are now, or the `random` draw."""
        self._choose(replace(self.choice, order=order))

    def draw_again(self) -> None:
        """Another random draw."""
        self._choose(replace(self.choice, order="random", draw=self.choice.draw + 1))

    def show_label(self, label: int) -> None:
        """Only images of one class; -1 for all."""
        self._choose(replace(self.choice, label=label))

    def want_pca(self, wanted: bool) -> None:
        """Show what PCA with as many components as the code has numbers makes of the same images."""
        self._wants_pca = wanted
        self._look()

    def set_visible(self, visible: bool) -> None:
        """Whether somebody looks; nothing is computed otherwise."""
        self._visible = visible
        if visible:
            self._tell_classes()
            self._measure_now()
            self._look()

    def close(self) -> None:
        """Stop looking, and wait for what is being computed."""
        self._pace.stop()
        for each in (self._worker, self._measuring):
            each.close()

    # what the session tells -------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        another, same_data = view is not self._view, dataset is self._dataset
        if not another and same_data and view.snapshot is self._snapshot:
            return
        learned = not another and same_data and self._snapshot is not None
        self._view, self._dataset, self._snapshot = view, dataset, view.snapshot
        if another:
            self._chosen = None
            self._tell_classes()
            if not self._in_training:
                self._forget_angles()
        if not learned:
            self._measure_now()
            self._look()
        elif self._visible:
            self._pace.soon()

    def follow(self, facts: Sequence[CodesMoved]) -> None:
        """Measure a linear AE after these steps."""
        if principal.is_linear(facts[-1].snapshot.config):
            self._unmeasured |= {fact.step: fact.snapshot for fact in facts}
            self._measure()

    # images -----------------------------------------------------------------------------------------------------

    def _choose(self, choice: Choice) -> None:
        self.choice, self._chosen = choice, None
        self._look()

    def _look(self) -> None:
        """Have the chosen images redrawn; who asks while that is being done is answered after it."""
        if not self._visible or self._view is None:
            return
        if self._worker.busy:
            self._pace.soon()
            return
        view, choice, snapshot = self._view, self.choice, self._view.snapshot
        images = view.held_out_images(self._dataset)
        if snapshot is None or images is None:
            self._tell_busy()  # another one may have been looked through for the worst
            self._recall(view)
            return
        self._pace.begin()
        fit = self._fits.of(view, self._dataset) if self._wants_pca else None
        chosen = drawn(view.labels, choice) if choice.order == "random" else self._chosen
        self._tell_busy(ranking=chosen is None)

        @on_one_core
        def work() -> Reconstructed:
            kept = None if view.run is None else view.codes
            indices = worst(snapshot, images, view.labels, choice, kept) if chosen is None else chosen
            names = tuple(view.class_name(index) for index in indices)
            return rebuild(snapshot, images[indices], indices, names, fit, None if kept is None else kept[indices])

        self._worker.submit(work, lambda result: self._show(view, choice, result), self._give_up)

    def _recall(self, view: Viewpoint) -> None:
        """Without the images: what the network draws of the codes that it made of them, a few milliseconds."""
        choice, errors = self.choice, None if view.run is None else view.run.errors
        if view.snapshot is None:
            self.missing.emit(view.why_asleep, "")
            return
        if choice.order == "random":
            indices = drawn(view.labels, choice)
        elif errors is not None:
            indices = worst_of(errors, view.labels, choice)
        else:
            self.missing.emit(
                *where_they_are("The worst are found by the originals, and those are", view, self._dataset)
            )
            return
        missing = where_they_are(WITHOUT, view, self._dataset)
        names = tuple(view.class_name(index) for index in indices)
        stored = None if errors is None else errors[indices]
        self._tell_or_say_none(recall(view.snapshot, view.codes[indices], indices, names, stored), missing)

    def _show(self, view: Viewpoint, choice: Choice, result: Reconstructed) -> None:
        """An answer that is no longer wanted is dropped; another one is on its way."""
        if view is not self._view or choice != self.choice:
            self._look()
            return
        self._chosen = result.indices
        self._tell_busy()
        self._tell_or_say_none(result)

    def _tell_or_say_none(self, result: Reconstructed, missing: tuple[str, str] = ("", "")) -> None:
        if len(result.indices) or self._view is None:
            self.shown.emit(result)
            self.originals_missing.emit(*missing)
        else:
            self.missing.emit(
                f"None of the held-out images is {called(self._view.class_names[self.choice.label])}.", ""
            )

    def _give_up(self, sentence: str) -> None:
        self._tell_busy()
        self.missing.emit(sentence, "")

    def _tell_classes(self) -> None:
        if self._view is not None:
            self.classes_shown.emit(self._view.class_names)

    def _tell_busy(self, ranking: bool = False) -> None:
        fitting = "Fitting PCA to the training images…" if self._wants_pca and self._fits.busy else ""
        self.busy.emit("Looking for the worst…" if ranking else fitting)

    def _look_again(self) -> None:
        """PCA has come."""
        if self._wants_pca:
            self._look()
        self._measure()

    # the angle of a linear AE -----------------------------------------------------------------------------------

    def _note_phase(self, phase: Phase) -> None:
        self._in_training = phase is not Phase.IDLE

    def _forget_angles(self) -> None:
        self._angles, self._unmeasured = [], {}

    def _measure_now(self) -> None:
        """Measure a network that nothing is known of yet: one that was opened, or the end of a training."""
        view = self._view
        if view is None or view.snapshot is None or not principal.is_linear(view.config):
            self._tell_angles()
            return
        opened = self._visible and not self._in_training  # one in training is followed
        if view is not self._measured and (opened or (self._in_training and view.run is not None)):
            self._measured = view
            last = int(view.run.history.steps[-1]) if view.run is not None and len(view.run.history.steps) else 0
            self._unmeasured.setdefault(last, view.snapshot)
        self._measure()

    def _measure(self) -> None:
        if self._measuring.busy or not self._unmeasured:
            self._tell_angles()
            return
        fit = None if self._view is None else self._fits.of(self._view, self._dataset)
        if fit is None:
            if not self._fits.busy:  # its training images are not here: what waits would pile up
                self._unmeasured, self._measured = {}, None
            self._tell_angles()
            return
        waiting, self._unmeasured, course = self._unmeasured, {}, self._angles
        last = course[-1][0] if course else -1  # the codes after one step come in several parts

        def work() -> list[tuple[int, float]]:
            return [(step, _angle(snapshot, fit)) for step, snapshot in waiting.items() if step > last]

        def done(found: list[tuple[int, float]]) -> None:
            course.extend(found)  # that of a former training is nobody's any more
            self._measure()

        self._measuring.submit(work, done, self._give_up)

    def _tell_angles(self) -> None:
        view = self._view
        if not self._visible or view is None:
            return
        linear = principal.is_linear(view.config)
        note = ""
        if not linear and principal.is_linear(view.config.replace(loss="mse", output="linear")):
            note = BENT
        elif linear and not self._angles:
            note = "Measuring the angle to PCA…" if self._fits.busy or self._measuring.busy else ""
        steps, angles = np.array(self._angles if linear else [], float).reshape(-1, 2).T
        self.angles_shown.emit(steps, angles, view.config.latent_dim, note)


def _angle(snapshot: Snapshot, fit: principal.Principal) -> float:
    matrix = principal.decoder_matrix(snapshot)
    return principal.largest_angle(matrix, fit.first(snapshot.config.latent_dim)) if np.isfinite(matrix).all() else 90.0
