"""What the network makes of a sketch: brought to format, encoded, rebuilt, compared with the held-out images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background, on_one_core
from app.seen.denoised import Damage, damage_words, damaged
from app.seen.sketch import Neighbour, SketchReading
from app.viewpoint import Viewpoint
from models.chunks import as_bytes, evenly
from models.corruption import psnr
from models.datasets import Dataset
from models.latent_space import NEIGHBOURS, nearest, vote
from models.sketch import raw_shrink, to_mnist_format

if TYPE_CHECKING:
    from models.snapshot import Snapshot

REFERENCE_IMAGES = 500
"""Held-out images that give the percentile of a run that carries no scores, for instance one in training."""
READ_EVERY_MS = 80
"""The point on the map follows every movement of the pen; words and pictures beside the canvas need not."""
RATE_EVERY_MS = 1000
"""Rebuilding them takes some 20 ms beside the window; a network in training changes little in this time."""
PEN_RESTS_MS = 300
"""A pen that has not moved for so long rests: until then the cores belong to the hand and to the training."""


class Placed(NamedTuple):
    """Where the encoder puts the sketch: posterior mean and log-variance (1, d; None for an AE), and whose they are."""

    snapshot: Snapshot
    mean: np.ndarray
    log_variance: np.ndarray | None


class SketchDesk(QObject):
    """Owns the sketch as the window last saw it, and looks at it again whenever the network changes.

    First comes its place, which follows the hand; then, in a turn of its own, the reading; and the rating of the
    held-out images that it is held to, when the pen rests.
    """

    read = Signal(object)
    """SketchReading"""
    placed = Signal(float, float, object, object)
    """where on the map, and the outlines (n, 2) of the posterior at one and two sigma (None for an AE)"""
    cleared = Signal()
    drawn = Signal()
    """a person's canvas has changed"""
    noise_shown = Signal(bool, object)
    """whether the sketch is made noisy, and the Damage"""

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.clean: np.ndarray | None = None
        """(28, 28) uint8: the sketch in the network's format"""
        self.seen: np.ndarray | None = None
        """the same as the network sees it: with noise, where that is wanted"""
        self.noisy = False
        self.noise = Damage()
        self._noise_by_hand = False
        self.code: np.ndarray | None = None
        self.reading: SketchReading | None = None
        """what was read of it last"""
        self._ink: np.ndarray | None = None
        self._placed: Placed | None = None
        self._mnist_format = True
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._reference: np.ndarray | None = None
        self._rated: Snapshot | None = None
        self._rating = False
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._rate_reference)
        self._reading = QTimer(self, interval=READ_EVERY_MS, singleShot=True)
        self._reading.timeout.connect(self._read)

    def draw(self, ink: np.ndarray) -> None:
        """A new state of the canvas: ink (H, W), uint8 or float 0..1. It is placed at once, and read a little later."""
        self._ink = ink
        self.drawn.emit()
        self._rest.start(max(PEN_RESTS_MS, self._rest.remainingTime()))
        self._look_anew()
        if not self._reading.isActive():
            self._reading.start()

    def clear(self) -> None:
        """The canvas is blank."""
        self._ink = self.clean = self.seen = self.code = self._placed = self.reading = None
        self.cleared.emit()

    def set_mnist_format(self, wanted: bool) -> None:
        """Bring sketches to MNIST's format (centred, 20 pixels high), or shrink the raw canvas."""
        self._mnist_format = wanted
        self._look_anew()
        self._read()

    # noise ------------------------------------------------------------------------------------------------------

    def set_noisy(self, noisy: bool) -> None:
        """Let the network see the sketch with noise, or as it is."""
        self.noisy = noisy
        self._change_noise(self.noise)

    def choose_noise(self, kind: str, level: float) -> None:
        """Make it noisy in this way; level 0..1. The same noise stays, whatever is drawn."""
        self.noisy = self._noise_by_hand = True
        self._change_noise(replace(self.noise, kind=kind, level=level))

    def draw_noise(self) -> None:
        """Make it noisy with other noise."""
        self.noisy = True
        self._change_noise(replace(self.noise, draw=self.noise.draw + 1))

    def _change_noise(self, noise: Damage) -> None:
        self.noise = noise
        self.noise_shown.emit(self.noisy, self.noise)
        self._look_anew()
        if not self._reading.isActive():
            self._reading.start()

    def _adopt_noise(self, view: Viewpoint) -> None:
        """The noise that the network was trained to undo, unless the person has chosen another."""
        config = view.config
        if config.corruption != "none" and not self._noise_by_hand:
            self.noise = replace(self.noise, kind=config.corruption, level=config.corruption_level)
            self.noise_shown.emit(self.noisy, self.noise)
            if self.noisy:
                self._see()

    # looking ----------------------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, or the same one after some steps."""
        another = view is not self._view or dataset is not self._dataset
        if another:
            self._reference, self._rated = view.scores, None
        if view is not self._view:
            self._adopt_noise(view)
        self._view, self._dataset = view, dataset
        self._follow()
        if another or not self._reading.isActive():
            self._read()
        self._rate_reference()

    def _look_anew(self) -> None:
        """Bring the ink to format and see where it lies."""
        if self._ink is None:
            return
        self.clean = to_mnist_format(self._ink) if self._mnist_format else raw_shrink(self._ink)
        if self.clean.any():
            self._see()
            self._follow()
        else:
            self.clear()

    def _see(self) -> None:
        """What the network sees of the sketch."""
        self.seen = self.clean
        if self.noisy and self.clean is not None:
            noisy = damaged(self.clean[None] / np.float32(255), self.noise)[0]
            self.seen = as_bytes(noisy)

    def _follow(self) -> None:
        """See where the sketch lies, and tell it."""
        view, self._placed = self._view, None
        if view is not None and view.snapshot is not None and self.seen is not None:
            self._placed = Placed(view.snapshot, *view.snapshot.posterior(self.seen[None]))
            self.code = self._placed.mean[0]
            self._tell_place(view, self._placed)

    def _read(self) -> None:
        view, placed = self._view, self._placed
        if view is None or placed is None or self.seen is None or self.clean is None or self.code is None:
            return
        snapshot, mean, log_variance = placed
        sigma = None if log_variance is None else np.exp(log_variance[0] / 2)
        rebuilt = snapshot.decode(mean)[0]
        error, score = self._error_and_score(snapshot, self.clean[None], mean)
        indices, distances = nearest(view.codes, self.code, NEIGHBOURS)
        self.reading = SketchReading(
            seen=self.seen,
            reconstruction=rebuilt,
            error=float(error[0]),
            unit=view.error_unit,
            mean=self.code,
            sigma=sigma,
            score=float(score[0]),
            percentile=self._percentile(float(score[0])),
            among=self._among(view),
            neighbours=tuple(
                Neighbour(int(view.labels[i]), float(far), *self._picture(view, int(i)))
                for i, far in zip(indices, distances, strict=True)
            ),
            vote=vote(view.labels[indices]),
            class_names=view.class_names,
            **self._about_noise(rebuilt),
        )
        self.read.emit(self.reading)

    def _about_noise(self, rebuilt: np.ndarray) -> dict[str, Any]:
        """What a reading says of the noise; nothing where there is none."""
        if not self.noisy or self.clean is None or self.seen is None:
            return {}
        clean = self.clean[None] / 255
        quality = float(psnr(self.seen[None] / 255, clean)[0]), float(psnr(rebuilt[None], clean)[0])
        return {"noise": damage_words(self.noise.kind, self.noise.level), "clean": self.clean, "psnr": quality}

    def _tell_place(self, view: Viewpoint, placed: Placed) -> None:
        x, y = view.place(placed.mean)[0].tolist()
        spread = None if placed.log_variance is None else placed.log_variance[0]
        self.placed.emit(x, y, *view.outlines(placed.mean[0], spread))

    def _picture(self, view: Viewpoint, index: int) -> tuple[np.ndarray | None, bool]:
        """A held-out image and whether it had to be rebuilt from its code."""
        original = view.original(index, self._dataset)
        if original is not None:
            return original, False
        rebuilt = view.picture(view.codes[index])
        return None if rebuilt is None else as_bytes(rebuilt), True

    def _percentile(self, score: float) -> float | None:
        """Where the sketch's anomaly score stands among those of the held-out images; ink for ink, since a small
        sketch has little to get wrong.
        """
        if self._reference is None:
            return None
        from models.evaluation import percentile

        return percentile(self._reference, score)

    def _among(self, view: Viewpoint) -> int:
        """Of how many held-out images that is; 0: of all."""
        rated = 0 if self._reference is None else len(self._reference)
        return rated if rated < len(view.labels) else 0

    def _rate_reference(self) -> None:
        """Rate held-out images behind the window, for the network as it is now, when a sketch is to be held to them."""
        view, data = self._view, self._dataset
        if view is None or view.snapshot is None or view.scores is not None or self.seen is None:
            return
        if data is None or data.fingerprint != view.fingerprint:
            return
        if self._rating or self._rest.isActive() or view.snapshot is self._rated:
            return
        self._rating = True
        snapshot, images = view.snapshot, data.test_images[evenly(len(data.test_images), REFERENCE_IMAGES)]

        @on_one_core
        def work() -> np.ndarray:
            return self._error_and_score(snapshot, images, snapshot.encode(images))[1]

        def done(scores: np.ndarray) -> None:
            self._rating = False
            if view is self._view and data is self._dataset:
                self._reference, self._rated = scores, snapshot
                self._rest.start(RATE_EVERY_MS)
                if not self._reading.isActive():
                    self._read()
            else:
                self._rate_reference()

        def failed(sentence: str) -> None:
            self._rating = False

        self._background.submit(work, done, failed)

    @staticmethod
    def _error_and_score(snapshot: Snapshot, images: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from models.evaluation import anomaly_scores, reconstruction_errors

        errors = reconstruction_errors(snapshot, images, codes)
        return errors, anomaly_scores(snapshot, images, errors)
