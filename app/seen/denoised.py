"""Held-out images and the sketch: damaged, restored by a network, and measured. Numpy in, numpy out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.chunks import unit
from models.config import IMAGE_SIDE, PIXELS, RunConfig
from models.corruption import BLUR_AT_FULL, KINDS, corrupt, drawn, mean_psnr, psnr
from models.settings import settings_of

if TYPE_CHECKING:
    from models.snapshot import Snapshot

SKETCH = -2
"""Stands for the sketch among indices of held-out images."""
EXAMPLE = -3
"""Stands for a shipped example sketch."""
TITLES = {name: title for name, title in (settings_of(RunConfig)["corruption"].choices or {}).items() if name != "none"}
"""What the kinds of damage are called."""
CURVE_IMAGES = 200
CURVE_LEVELS = tuple(np.linspace(0.0, 1.0, 11).round(1).tolist())


@dataclass(frozen=True)
class Damage:
    """What is done to the images: a kind of `corruption.KINDS`, its level 0..1, and which noise is drawn."""

    kind: str = "gaussian"
    level: float = 0.5
    draw: int = 0


@dataclass(frozen=True, eq=False)
class Denoised:
    """What is shown of N images; the sketch, where there is one, is the first. PSNR in decibels, (N,)."""

    network: str  # "AE" or "VAE"
    damage: Damage
    indices: np.ndarray  # (N,) among the held-out images, or SKETCH, or EXAMPLE
    names: tuple[str, ...]
    clean: np.ndarray  # (N, 28, 28) float32 0..1
    noisy: np.ndarray
    restored: np.ndarray
    noisy_psnr: np.ndarray
    restored_psnr: np.ndarray

    @property
    def has_sketch(self) -> bool:
        """Whether the first image is the sketch."""
        return len(self.indices) > 0 and self.indices[0] == SKETCH

    def first(self, count: int) -> Denoised:
        """The same with the sketch and the first `count` other images alone."""
        count += self.has_sketch
        arrays = ("indices", "clean", "noisy", "restored", "noisy_psnr", "restored_psnr")
        return replace(self, names=self.names[:count], **{name: getattr(self, name)[:count] for name in arrays})

    def damaged(self) -> tuple[int, int]:
        """How many of all images but the sketch the damage has changed, and how many there are."""
        noisy = self.noisy_psnr[self._all_but_the_sketch]
        return int(np.isfinite(noisy).sum()), len(noisy)

    def means(self) -> tuple[float, float]:
        """Mean PSNR of all but the sketch, noisy and restored; of those that were changed, see `mean_psnr`."""
        return mean_psnr(self.noisy_psnr[self._all_but_the_sketch], self.restored_psnr[self._all_but_the_sketch])

    @property
    def _all_but_the_sketch(self) -> slice:
        return slice(1 if self.has_sketch else 0, None)


@dataclass(frozen=True, eq=False)
class Robustness:
    """Mean PSNR in decibels over images at several levels, (L,) each: the same ones, as far as changed."""

    kind: str
    levels: np.ndarray
    noisy: np.ndarray
    restored: np.ndarray
    images: int
    held_out: bool  # or else they are example sketches


def one_of_each(labels: np.ndarray, draw: int) -> np.ndarray:
    """A held-out image of each class, drawn at random; the first draw in the order of the classes."""
    generator, classes = np.random.default_rng(draw), np.unique(labels)
    order = generator.permutation(classes) if draw else classes
    return np.array([generator.choice(np.flatnonzero(labels == label)) for label in order])


def damaged(clean: np.ndarray, damage: Damage, first: int = 0) -> np.ndarray:
    """Images (N, 28, 28) in 0..1, damaged with the noise of the places from `first` on; place 0 is the sketch's."""
    generator = np.random.default_rng((damage.draw, list(KINDS).index(damage.kind)))
    numbers = drawn(damage.kind, first + len(clean), generator)
    noise = None if numbers is None else numbers[first:]
    return corrupt(clean.reshape(-1, PIXELS), damage.kind, damage.level, noise).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def restore(
    snapshot: Snapshot, images: np.ndarray, indices: np.ndarray, names: tuple[str, ...], damage: Damage
) -> Denoised:
    """Damage images (N, 28, 28) uint8 or 0..1, and let the network restore them; the first is always the sketch's.

    Without a sketch the first place's noise is left out, so that the others keep theirs when one is drawn.
    """
    clean = unit(images)
    noisy = damaged(clean, damage, first=0 if len(indices) and indices[0] == SKETCH else 1)
    restored = snapshot.reconstruct(noisy)
    network = snapshot.config.kind.upper()
    quality = psnr(noisy, clean), psnr(restored, clean)
    return Denoised(network, damage, indices, names, clean, noisy, restored, *quality)


def robustness(snapshot: Snapshot, images: np.ndarray, kind: str, held_out: bool = True) -> Robustness:
    """How well a network restores images (N, 28, 28) at each level, with the same noise at all of them."""
    flat = unit(images).reshape(-1, PIXELS)
    numbers = drawn(kind, len(flat), np.random.default_rng(0))
    pairs = []
    for level in CURVE_LEVELS:
        noisy = corrupt(flat, kind, level, numbers)
        rebuilt = snapshot.reconstruct(noisy.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))
        pairs.append(mean_psnr(psnr(noisy, flat), psnr(rebuilt, flat)))
    noisy_means, restored_means = np.array(pairs).T
    return Robustness(kind, np.array(CURVE_LEVELS), noisy_means, restored_means, len(flat), held_out)


def level_words(kind: str, level: float) -> str:
    """A level with its unit."""
    if kind == "gaussian":
        return f"σ = {level:.2f}"
    if kind == "blur":
        return f"σ = {BLUR_AT_FULL * level:.2f} px"
    return f"{100 * level:.0f} % of {'pixels' if kind == 'salt-and-pepper' else 'squares'}"


def damage_words(kind: str, level: float) -> str:
    """A damage within a sentence: "Gaussian noise, σ = 0.50"."""
    return f"{TITLES[kind] if kind == 'gaussian' else TITLES[kind].lower()}, {level_words(kind, level)}"
