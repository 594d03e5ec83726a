"""The reparameterisation made visible: codes drawn again and again from the posterior of the picked image."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.desks.looking import LookDesk
from app.naming import bracketed
from app.pace import Pace
from app.seen.regularity import MOST_DRAWS, Draw, Posterior
from app.viewpoint import Viewpoint
from models.datasets import Dataset, whole_title
from models.latent_space import ellipse
from models.regularity import drawn

FOLLOW_MS = 100  # between two looks at a network in training
SIGMAS = (1, 2)
NO_POSTERIOR = "An AE has no posterior: its encoder answers with one code, and there is nothing to draw."
NO_IMAGE = "Click on a point: what the encoder says of its image is drawn here."


class DrawsDesk(QObject):
    """Owns the draws and the scale of sigma. Another image begins with a draw of its own."""

    shown = Signal(object)
    """Posterior"""
    missing = Signal(str, str)
    """why there is no posterior, in a sentence; and what would help: `vae`, the title of a dataset, or nothing"""

    def __init__(self, look: LookDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._scale = 1.0
        self._of: tuple[object, ...] = ()
        self._noise: deque[np.ndarray] = deque(maxlen=MOST_DRAWS)
        self._random = np.random.default_rng()
        self._watched = False
        self._pace = Pace(self._tell, FOLLOW_MS, self)
        look.pin_shown.connect(lambda place: self._tell())

    def throw(self) -> None:
        """Draw eps from N(0, I) once more."""
        if self._view is not None and self._view.config.kind == "vae":
            self._noise.appendleft(self._random.standard_normal(self._view.config.latent_dim))
            self._tell()

    def set_scale(self, scale: float) -> None:
        """So many times sigma, for all draws; their eps stay."""
        self._scale = scale
        self._tell()

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        learned = view is self._view and view.run is None
        self._view, self._dataset = view, dataset
        if not learned:
            self._tell()
        elif self._watched:
            self._pace.soon()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks."""
        self._watched = watched
        if watched:
            self._tell()
        else:
            self._pace.stop()

    def _tell(self) -> None:
        view, pin = self._view, self._look.pin
        if not self._watched or view is None:
            return
        self._pace.begin()
        if view.config.kind == "ae":
            self.missing.emit(NO_POSTERIOR, "vae")
            return
        if pin is None or not 0 <= pin.index < len(view.codes):
            self.missing.emit(NO_IMAGE, "")
            return
        found = self._posterior(view, pin.index)
        if found is None and view.held_out_images(self._dataset) is not None:
            self.missing.emit(view.why_asleep, "")
            return
        if found is None:
            title = whole_title(view.dataset_title)[0]
            self.missing.emit(f"This network's file holds no log-variances: they need the images of {title}.", title)
            return
        of = (view.fingerprint, pin.index, view.config.latent_dim)
        if of != self._of:
            self._of = of
            self._noise.clear()
            self._noise.append(self._random.standard_normal(view.config.latent_dim))
        self.shown.emit(self._seen(view, pin.index, *found))

    def _posterior(self, view: Viewpoint, index: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Mean and log-variance (d,) of a held-out image: from the run's file, or else from its original."""
        if view.log_variances is not None:
            return view.codes[index], view.log_variances[index]
        image = view.original(index, self._dataset)
        if image is None or view.snapshot is None:
            return None
        mean, log_variance = view.snapshot.posterior(image[None])
        return None if log_variance is None else (mean[0], log_variance[0])

    def _seen(self, view: Viewpoint, index: int, mean: np.ndarray, log_variance: np.ndarray) -> Posterior:
        codes = drawn(mean, log_variance, np.stack(self._noise), self._scale)
        places = view.place(np.concatenate([mean[None], codes])).astype(float).tolist()
        images = view.decode(np.concatenate([mean[None], codes]))
        pictures: Sequence[np.ndarray | None] = [None] * len(places) if images is None else list(images)
        spread = view.projection.project_covariance(log_variance)
        return Posterior(
            title=f"image {index} {bracketed(view.class_name(index))}",
            mean=mean,
            sigma=np.exp(np.asarray(log_variance, np.float64) / 2),
            scale=self._scale,
            place=(places[0][0], places[0][1]),
            image=pictures[0],
            ellipses=[(ellipse(places[0], spread, sigma * self._scale), sigma) for sigma in SIGMAS],
            draws=[
                Draw(eps, code, (x, y), image)
                for eps, code, (x, y), image in zip(self._noise, codes, places[1:], pictures[1:], strict=True)
            ],
        )
