"""Some held-out images as a network and as PCA give them back: chosen, redrawn and measured. Numpy in, numpy out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.chunks import unit
from models.config import PIXELS
from models.principal import Principal

if TYPE_CHECKING:
    from models.snapshot import Snapshot

SHOWN = 20
"""As many images as are shown at a time."""


@dataclass(frozen=True)
class Choice:
    """Which images: `order` is “random” (the draw number `draw`) or “worst”, `label` one class or -1 for all."""

    order: str = "random"
    label: int = -1
    draw: int = 0


@dataclass(frozen=True, eq=False)
class Reconstructed:
    """What is shown of N images: `signed` differences are reconstruction - original, errors squared and per pixel.

    Without the originals there are only the network's images and what its file keeps of their errors.
    """

    network: str  # "AE" or "VAE"
    components: int  # numbers in a code, and PCA's components
    indices: np.ndarray  # (N,) among the held-out images
    names: tuple[str, ...]  # their classes
    originals: np.ndarray | None  # (N, 28, 28) float32 0..1
    rebuilt: np.ndarray  # (N, 28, 28) float32
    errors: np.ndarray | None  # (N,)
    nats: np.ndarray | None = None  # (N,), of a run with the Bernoulli loss
    pca: np.ndarray | None = None  # (N, 28, 28), where it is wanted
    pca_errors: np.ndarray | None = None  # (N,)

    @property
    def signed(self) -> np.ndarray | None:
        """The network's differences (N, 28, 28)."""
        return None if self.originals is None else self.rebuilt - self.originals

    @property
    def pca_signed(self) -> np.ndarray | None:
        """PCA's differences (N, 28, 28)."""
        return None if self.pca is None or self.originals is None else self.pca - self.originals


def drawn(labels: np.ndarray, choice: Choice) -> np.ndarray:
    """The images of a random draw, by class; the same for every network that has the same held-out images."""
    members = _members(labels, choice.label)
    generator = np.random.default_rng((choice.draw, choice.label + 1))
    indices = np.sort(generator.permutation(members)[:SHOWN])
    return indices[np.argsort(labels[indices], kind="stable")]


def worst(
    snapshot: Snapshot, images: np.ndarray, labels: np.ndarray, choice: Choice, codes: np.ndarray | None = None
) -> np.ndarray:
    """The images with the largest squared error, the largest first; by a run's own `codes` (N, d) as `rebuild` does."""
    from models.evaluation import squared_errors

    members = _members(labels, choice.label)
    theirs = None if codes is None else codes[members]
    return members[_largest(squared_errors(snapshot, images[members], theirs))]


def worst_of(errors: np.ndarray, labels: np.ndarray, choice: Choice) -> np.ndarray:
    """The same by errors (N,) that are known."""
    members = _members(labels, choice.label)
    return members[_largest(errors[members])]


def rebuild(
    snapshot: Snapshot,
    images: np.ndarray,
    indices: np.ndarray,
    names: tuple[str, ...],
    principal: Principal | None,
    codes: np.ndarray | None = None,
) -> Reconstructed:
    """Look at chosen held-out `images` (N, 28, 28) through a network, and through PCA where there is one.

    A run's own `codes` (N, d) stand in its file, perhaps in 16 bits: by others an image's figures would differ a little
    from those of its pin.
    """
    from models.evaluation import reconstruction_errors

    config = snapshot.config
    codes = snapshot.encode(images) if codes is None else codes.astype(np.float32)
    originals, rebuilt = unit(images), snapshot.decode(codes)
    pca = None if principal is None else principal.reconstruct(images, config.latent_dim)
    return Reconstructed(
        config.kind.upper(),
        config.latent_dim,
        indices,
        names,
        originals,
        rebuilt,
        _per_pixel(rebuilt, originals),
        reconstruction_errors(snapshot, images, codes) if config.loss == "bce" else None,
        pca,
        None if pca is None else _per_pixel(pca, originals),
    )


def recall(
    snapshot: Snapshot, codes: np.ndarray, indices: np.ndarray, names: tuple[str, ...], errors: np.ndarray | None
) -> Reconstructed:
    """Look at codes (N, d) without their images; `errors` (N,) as a run's file keeps them, in the unit of its loss."""
    config = snapshot.config
    rebuilt = snapshot.decode(codes.astype(np.float32))
    squared = None if errors is None or config.loss == "bce" else errors / np.float64(PIXELS)
    nats = errors if config.loss == "bce" else None
    return Reconstructed(config.kind.upper(), config.latent_dim, indices, names, None, rebuilt, squared, nats)


def _largest(errors: np.ndarray) -> np.ndarray:
    return np.argsort(-np.nan_to_num(errors, nan=np.inf), kind="stable")[:SHOWN]


def _per_pixel(images: np.ndarray, originals: np.ndarray) -> np.ndarray:
    return np.square(images - originals, dtype=np.float64).mean(axis=(1, 2))


def _members(labels: np.ndarray, label: int) -> np.ndarray:
    return np.arange(len(labels)) if label < 0 else np.flatnonzero(labels == label)
