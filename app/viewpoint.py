"""What the window is looking at: a network, the codes of the held-out images, and the plane they are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np

from app.run_library import title_of
from models.checkpoint import History, Run
from models.config import RunConfig
from models.datasets import DIGITS, KNOWN, Dataset, held_out_images, last_held_out, whole_title
from models.latent_space import (
    Projection,
    axes_projection,
    default_projection,
    ellipse,
    pca_projection,
    rows_by_label,
)
from models.plain import PlainNetwork

if TYPE_CHECKING:
    from models.snapshot import Snapshot

LOADING = "Loading the network…"
ROOMS = {"vae": 4.5, "ae": 8.0, "kl": 1.0}
"""How far from 0 codes may come to lie: the encoder of an AE bounds them, and hardly one of a VAE leaves its prior."""
NO_RUN = "There is no run to look at: open one, or train one."


class Viewpoint:
    """One network seen through its held-out codes. Owned by the session; replaced as a whole when a run is opened.

    `codes` (N, d) and `labels` (N,) belong to the first N held-out images of the data named by `fingerprint`;
    `run` is the saved run they came from, if any; `snapshot` is None until torch has been imported; `history` are the
    losses of a training that was stopped, and None for all others.
    """

    def __init__(
        self,
        name: str,
        config: RunConfig,
        codes: np.ndarray,
        labels: np.ndarray,
        fingerprint: str,
        dataset_title: str,
        class_names: tuple[str, ...],
        log_variances: np.ndarray | None = None,
        scores: np.ndarray | None = None,
        run: Run | None = None,
    ) -> None:
        self.name = name
        self.config = config
        self.codes = codes
        self.labels = labels
        self.fingerprint = fingerprint
        self.dataset_title = dataset_title
        self.class_names = class_names
        self.log_variances = log_variances
        self.scores = scores
        self.run = run
        self.snapshot: Snapshot | None = None
        self.failure = ""  # why torch cannot be imported, in a sentence
        self.history: History | None = None
        self._plain = None if run is None else PlainNetwork.of_weights(run.config, run.weights)
        self.projection: Projection = default_projection(codes)
        self._projection_choice = ""
        self._looked_in: ref[Dataset] | None = None  # which may be as large as 280,000 images, and other ones' by now
        self._held_out: np.ndarray | None = None

    @classmethod
    def of_run(cls, run: Run) -> Viewpoint:
        """Look at a saved or finished run."""
        title = whole_title(run.dataset)[0]
        names = next((info.class_names for info in KNOWN.values() if info.title == title), DIGITS)
        return cls(
            run.name,
            run.config,
            run.codes,
            run.labels,
            run.fingerprint,
            run.dataset,
            names,
            run.log_variances,
            run.scores,
            run,
        )

    def again(self) -> Viewpoint:
        """The same saved run on the same plane, as another network: whoever is told looks anew."""
        assert self.run is not None
        view = Viewpoint.of_run(self.run)
        view.adopt_plane(self)
        return view

    @property
    def path(self) -> Path | None:
        """The network's file, if it has one."""
        return None if self.run is None else self.run.path

    @property
    def title(self) -> str:
        """What the network is called wherever it is shown (`run_library.title_of`)."""
        return title_of(self.name, self.path)

    def is_same(self, other: Viewpoint) -> bool:
        """Whether this is a look at the same network: the very same look, or one at the same file."""
        return self is other or (self.path is not None and self.path == other.path)

    @classmethod
    def of_training(cls, name: str, snapshot: Snapshot, codes: np.ndarray, dataset: Dataset) -> Viewpoint:
        """Look at a network in training; `codes` (N, d) are those of the first N held-out images."""
        labels = dataset.test_labels[: len(codes)]
        view = cls(name, snapshot.config, codes, labels, dataset.fingerprint, dataset.title, dataset.class_names)
        view.snapshot = snapshot
        return view

    def look_through_weights(self) -> None:
        """Make the saved weights ready to decode and encode; needs torch."""
        if self.snapshot is None and self.run is not None:
            from models.snapshot import Snapshot

            self.snapshot = Snapshot.from_weights(self.run.config, self.run.weights, share=True)

    @property
    def why_asleep(self) -> str:
        """Why there is no snapshot yet, or will be none."""
        return self.failure or LOADING

    # the plane ---------------------------------------------------------------------------------------------------

    def choose_projection(self, choice: str) -> None:
        """`pca`, or `axes:i,j` counted from 0; above two latent dimensions."""
        self._projection_choice = choice
        self.project_again()

    def project_again(self) -> None:
        """Fit the plane to the present codes; a PCA axis keeps its direction, so that the map does not flip."""
        dim = self.config.latent_dim
        if self._projection_choice.startswith("axes:"):
            i, j = (int(part) for part in self._projection_choice[5:].split(","))
            self.projection = axes_projection(i, j, dim)
        elif dim > 2:
            self.projection = pca_projection(self.codes, like=self.projection)
        else:
            self.projection = default_projection(self.codes)

    def adopt_plane(self, before: Viewpoint) -> None:
        """Draw on the same plane as the network before, which was this one a moment ago."""
        self._projection_choice = before._projection_choice
        self.projection = before.projection
        self.project_again()

    def cloud(self) -> np.ndarray:
        """Points (N, 2) of all held-out codes; those of one dimension stand in a row for each digit."""
        points = self.place(self.codes)
        if self.projection.kind == "line":
            points[:, 1] = rows_by_label(self.labels)
        return points

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Points of codes on the map, (N, 2)."""
        return self.projection.to_plane(np.atleast_2d(codes))

    def outlines(
        self, mean: np.ndarray, log_variance: np.ndarray | None
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        """The outlines (n, 2) on the map of a posterior (d,) at one and two sigma; None for an AE, which has none."""
        if log_variance is None:
            return None, None
        outline = ellipse(np.zeros(2), self.projection.project_covariance(log_variance), 1)
        centre = self.place(mean)[0]
        return centre + outline, centre + 2 * outline

    def lift(self, x: float, y: float, base: np.ndarray) -> np.ndarray:
        """The code (d,) at a place of the map; what the plane does not show is taken from `base`."""
        return self.projection.to_codes(np.array([[x, y]], np.float32), base)[0]

    # looking through ---------------------------------------------------------------------------------------------

    @property
    def decoder(self) -> Snapshot | PlainNetwork | None:
        """What decodes: the network, or until torch has made it, its decoder in numpy if it is a dense one."""
        return self.snapshot or self._plain

    def decode(self, codes: np.ndarray) -> np.ndarray | None:
        """Images (N, 28, 28) of codes (N, d); None while there is no decoder yet."""
        return None if self.decoder is None else self.decoder.decode(np.atleast_2d(codes))

    def picture(self, code: np.ndarray) -> np.ndarray | None:
        """The image (28, 28) of one code (d,); None while there is no decoder yet."""
        images = self.decode(code)
        return None if images is None else images[0]

    def original(self, index: int, dataset: Dataset | None) -> np.ndarray | None:
        """The held-out image that belongs to a code, if it is in the loaded data."""
        images = self.held_out_images(dataset)
        return None if images is None else images[index]

    def held_out_images(self, dataset: Dataset | None) -> np.ndarray | None:
        """All held-out images (N, 28, 28) of this network, if they are in the loaded data; looked for once."""
        if dataset is None:
            return None
        if self._looked_in is None or self._looked_in() is not dataset:
            self._looked_in = ref(dataset)
            self._held_out = held_out_images(dataset, self.dataset_title, self.fingerprint)
        return self._held_out

    def codes_of(self, indices: Sequence[int] | np.ndarray, dataset: Dataset | None) -> np.ndarray:
        """Codes (n, d) of some held-out images as the network makes them now, if the images are in the loaded data.

        In training those of all images are renewed in turn, and may be older by many steps.
        """
        images = self.held_out_images(dataset)
        if self.run is None and self.snapshot is not None and images is not None and len(indices):
            self.codes[indices] = self.snapshot.encode(images[indices])
        return self.codes[indices]

    def training_data(self, dataset: Dataset | None) -> Dataset | None:
        """The data this network learned from, with the class that it left out, if they are in the loaded data."""
        if dataset is None or self.held_out_images(dataset) is None:
            return None
        if self.fingerprint != dataset.fingerprint:
            return last_held_out(dataset, whole_title(self.dataset_title)[1])
        return dataset

    def has_image(self, index: int, before: Viewpoint | None) -> bool:
        """Whether the held-out image `index` of the network looked at before is among this one's too."""
        return 0 <= index < len(self.codes) and (before is None or before.fingerprint == self.fingerprint)

    def typical(self, label: int) -> int:
        """The held-out image whose code lies nearest to the median of its class; -1 if the class is empty."""
        members = np.flatnonzero(self.labels == label)
        if not len(members):
            return -1
        codes = self.codes[members]
        return int(members[np.linalg.norm(codes - np.median(codes, axis=0), axis=1).argmin()])

    def class_name(self, index: int) -> str:
        """The name of a held-out image's class: a digit, or a word."""
        return self.class_names[int(self.labels[index])]

    @property
    def room(self) -> float:
        """How far from 0 the codes of a network that is still to learn may come to lie; 0 for one that has learned."""
        which = "kl" if self.config.sparsity == "kl" else self.config.kind
        return ROOMS[which] if self.run is None else 0.0

    @property
    def error_unit(self) -> str:
        """The unit of reconstruction errors."""
        return "nats" if self.config.loss == "bce" else "squared error"
