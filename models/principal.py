"""PCA of the training images, what it makes of others, and how far a linear decoder's subspace is from it.

Nothing here imports torch. Each number is tested against scikit-learn's PCA and scipy's subspace angles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from models.chunks import flat_chunks, unit
from models.config import IMAGE_SIDE, PIXELS, RunConfig
from models.datasets import Dataset, origin_of
from models.settings import settings_of

if TYPE_CHECKING:
    from models.snapshot import Snapshot

MOST = int(settings_of(RunConfig)["latent_dim"].maximum or 64)
"""As many directions as a code may have numbers: one fit serves every run of a dataset."""


@dataclass(frozen=True, eq=False)
class Principal:
    """PCA of images: their mean (784,) and orthonormal directions (784, n), the largest variance first."""

    mean: np.ndarray = field(repr=False)
    directions: np.ndarray = field(repr=False)

    def first(self, components: int) -> np.ndarray:
        """The first directions, (784, components); fewer where the images have no more."""
        return self.directions[:, :components]

    def reconstruct(self, images: np.ndarray, components: int) -> np.ndarray:
        """What so many numbers an image keep of images (N, 28, 28); float32, not clipped to 0..1."""
        directions = self.first(components)
        centred = unit(images).reshape(len(images), PIXELS) - self.mean
        return (self.mean + centred @ directions @ directions.T).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def fit(images: np.ndarray, most: int = MOST) -> Principal:
    """PCA of images (N, 28, 28), uint8 or float 0..1; through their covariance, which needs them a chunk at a time."""
    mean = sum(part.sum(axis=0, dtype=np.float64) for part in flat_chunks(images)) / len(images)
    mean = mean.astype(np.float32)
    scatter = np.zeros((PIXELS, PIXELS))
    for part in flat_chunks(images):
        centred = part - mean
        scatter += centred.T @ centred
    directions = np.linalg.eigh(scatter)[1][:, ::-1]  # ascending
    return Principal(mean, directions[:, : min(most, len(images))].astype(np.float32))


_FITS: WeakKeyDictionary[Dataset, dict[str, Principal]] = WeakKeyDictionary()
_FITTING = Lock()
"""The losses' references and the views ask on threads of their own, at times at once: one fits, the other waits."""


def fit_of(dataset: Dataset) -> Principal:
    """PCA of a dataset's training images, fitted once in the dataset's life: every run's end and many views ask.

    That of `trained_on`'s, which lack a class, once in the life of the whole dataset: they themselves come and go.
    """
    whole, leave_out = origin_of(dataset)
    with _FITTING:
        fits = _FITS.setdefault(whole, {})
        if leave_out not in fits:
            fits[leave_out] = fit(dataset.train_images)
        return fits[leave_out]


def is_linear(config: RunConfig) -> bool:
    """Whether it is an AE whose decoder is a linear map, so that all it can draw lies in a subspace (and an offset)."""
    return config.kind == "ae" and config.activation == "linear" and config.output == "linear"


def decoder_matrix(snapshot: Snapshot) -> np.ndarray:
    """The matrix (784, latent_dim) of a linear decoder, read off from what it draws of each unit code."""
    dim = snapshot.config.latent_dim
    drawn = snapshot.logits(np.concatenate([np.zeros((1, dim)), np.eye(dim)])).reshape(dim + 1, PIXELS)
    return (drawn[1:].astype(np.float64) - drawn[0]).T


def largest_angle(matrix: np.ndarray, directions: np.ndarray) -> float:
    """The largest principal angle in degrees between the columns' span of `matrix` and orthonormal `directions`.

    0: the directions lie in the span; 90: one of them has no part in it, as where the matrix has too low a rank. From
    sine and cosine both (Björck & Golub 1973): the cosine alone can't tell angles below a fortieth of a degree.
    """
    directions = np.asarray(directions, np.float64)
    left, sizes, _ = np.linalg.svd(np.asarray(matrix, np.float64), full_matrices=False)
    span = left[:, sizes > sizes.max(initial=0.0) * 1e-6]  # the weights are float32
    shared = span.T @ directions
    sine = np.linalg.norm(directions - span @ shared, 2)
    enough = span.shape[1] >= directions.shape[1]
    cosine = np.linalg.svd(shared, compute_uv=False).min(initial=1.0) if enough else 0.0
    return float(np.degrees(np.arctan2(sine, cosine)))
