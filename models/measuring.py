"""What the table says of a network, each figure by the same rules, and the codes that are drawn for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.chunks import evenly
from models.config import RunConfig
from models.datasets import trained_on
from models.latent_space import NEIGHBOURS
from models.stopping import never, stop_if

if TYPE_CHECKING:
    from models.datasets import Dataset
    from models.facts import Losses
    from models.snapshot import Snapshot

BITS_PER_NUMBER = 32
LANDING_CODES = 5000
"""Held-out codes that say where there is data, and draws that are held against them."""
LANDING_SHARE = 95.0
"""Percentile of the codes' own distances within which a draw has landed."""
MEASURING_SEED = 7
CHUNK = 1000
LIVE_HELD_OUT, LIVE_TRAINING = 2000, 5000
"""Images on which a network in training is measured, from all over the sets."""


@dataclass(frozen=True, eq=False)
class Measures:
    """What the table says of one twin; None where the images or the training's end that it needs are not here."""

    reconstruction: float | None
    """test reconstruction, in the unit of the run's loss, per image"""
    kl: float | None
    """nats per image; None for an AE"""
    squared_error: float | None
    """per pixel, through mean codes"""
    ranges: np.ndarray
    """(d, 2): the least and the largest held-out code along each latent axis"""
    knn_accuracy: float | None
    """5-nearest-neighbour accuracy of held-out codes against training codes"""
    landing_prior: float | None
    """share of draws from N(0, I) that land where there is data, see `landed`"""
    landing_range: float | None
    """the same for draws from the codes' own range; None for a VAE, which has N(0, I) to be drawn from"""
    covered: float | None
    """share of the images that as many draws from N(0, I) come near, see `covered`"""
    places: np.ndarray
    """(n, d): where there is data, see `drawn_codes`; empty where that is not known"""
    reach: float
    """the distance from `places` within which a draw has landed"""
    bits: int
    """of a code as float32"""
    images: int = 0
    """of a network in training: on so many held-out images all but the losses and the ranges was measured; 0: on all"""
    epoch: int = 0
    """after which that was"""
    pending: str = ""
    """what more figures wait for, in words; empty where no more will come"""


def axis_ranges(codes: np.ndarray) -> np.ndarray:
    """The least and the largest of codes (N, d) along each axis, (d, 2)."""
    return np.stack([codes.min(axis=0), codes.max(axis=0)], axis=1)


def draw_prior(count: int, latent_dim: int, seed: int) -> np.ndarray:
    """Codes (count, d) float32 drawn from N(0, I)."""
    return np.random.default_rng(seed).standard_normal((count, latent_dim)).astype(np.float32)


def draw_range(count: int, ranges: np.ndarray, seed: int) -> np.ndarray:
    """Codes (count, d) float32 drawn evenly from the box of `ranges` (d, 2)."""
    share = np.random.default_rng(seed).random((count, len(ranges)))
    return (ranges[:, 0] + share * (ranges[:, 1] - ranges[:, 0])).astype(np.float32)


def drawn_codes(codes: np.ndarray, log_variances: np.ndarray | None) -> np.ndarray:
    """Where the decoder was trained to be asked: a VAE's code drawn from each image's posterior, an AE's as it is."""
    if log_variances is None:
        return codes
    noise = np.random.default_rng(MEASURING_SEED).standard_normal(codes.shape)
    return (codes + np.exp(np.asarray(log_variances, np.float64) / 2) * noise).astype(np.float32)


def landing_reach(codes: np.ndarray) -> float:
    """How far a code (N, d) usually lies from its nearest neighbour: the 95th percentile of those distances."""
    return float(np.percentile(_distances(codes, codes, skip_self=True), LANDING_SHARE))


def landed(draws: np.ndarray, codes: np.ndarray, reach: float) -> np.ndarray:
    """Which draws (n, d) land where there is data, (n,) bool: no farther from a code (N, d) than `reach`.

    With `landing_reach` of the same codes this has no scale: codes ten times as wide give the same answer, and new
    codes of the same distribution land 95 times of 100.
    """
    return _distances(draws, codes) <= reach


def covered(draws: np.ndarray, codes: np.ndarray, reach: float) -> float:
    """Share of codes (N, d) that have a draw (n, d) no farther away than `reach`: landing seen from the data's side.

    Draws that all land may still leave most of the data out: those from N(0, I) among an AE's far wider codes do.
    More draws come near more of the codes: with as many as there are codes, fewer or more of both say about the same.
    """
    return float((_distances(codes, draws) <= reach).mean())


def measure(
    config: RunConfig,
    codes: np.ndarray,
    log_variances: np.ndarray | None,
    report: dict,
    snapshot: Snapshot | None,
    dataset: Dataset | None,
    cancelled: Callable[[], bool] = never,
) -> Measures:
    """All figures of a run: what its `report` says, else computed on `dataset`, which must be the run's own or None.

    Raises Stopped soon after `cancelled` says so.
    """
    figures = dict(report)
    if snapshot is not None and dataset is not None:
        from models.evaluation import held_out_losses, squared_error_per_pixel

        images = dataset.test_images
        if "test_reconstruction" not in figures or "test_kl" not in figures:
            losses = held_out_losses(snapshot, images)
            figures |= {"test_reconstruction": losses.reconstruction, "test_kl": losses.kl}
        if "test_mse_per_pixel" not in figures:
            figures["test_mse_per_pixel"] = squared_error_per_pixel(snapshot, images)
        if log_variances is None and config.kind == "vae":
            log_variances = snapshot.posterior(images[: len(codes)])[1]
        if "knn_accuracy" not in figures:
            figures["knn_accuracy"] = _knn_accuracy(snapshot, dataset, codes, cancelled)
    known = config.kind == "ae" or log_variances is not None
    places = drawn_codes(codes, log_variances)[evenly(len(codes), LANDING_CODES)] if known else codes[:0]
    reach = landing_reach(places) if known else 0.0
    stop_if(cancelled)
    prior = draw_prior(LANDING_CODES, config.latent_dim, MEASURING_SEED + 1)
    own = draw_range(LANDING_CODES, axis_ranges(codes), MEASURING_SEED + 2)
    return Measures(
        reconstruction=figures.get("test_reconstruction"),
        kl=figures.get("test_kl") if config.kind == "vae" else None,
        squared_error=figures.get("test_mse_per_pixel"),
        ranges=axis_ranges(codes),
        knn_accuracy=figures.get("knn_accuracy"),
        landing_prior=float(landed(prior, places, reach).mean()) if known else None,
        landing_range=float(landed(own, places, reach).mean()) if config.kind == "ae" else None,
        covered=covered(prior[: len(places)], places, reach) if known else None,
        places=places,
        reach=reach,
        bits=BITS_PER_NUMBER * config.latent_dim,
    )


def measure_in_training(
    snapshot: Snapshot,
    losses: Losses,
    epoch: int,
    dataset: Dataset,
    cancelled: Callable[[], bool] = never,
) -> Measures:
    """Figures of a network after an epoch, whose held-out `losses` training has told: the rest on some of the images.

    Raises Stopped soon after `cancelled` says so.
    """
    from models.evaluation import squared_error_per_pixel

    config, some = snapshot.config, evenly(len(dataset.test_images), LIVE_HELD_OUT)
    images = dataset.test_images[some]
    codes, log_variances = snapshot.posterior(images)
    stop_if(cancelled)
    learned = trained_on(dataset, config.leave_out)
    trained = evenly(len(learned.train_images), LIVE_TRAINING)
    train_codes = snapshot.encode(learned.train_images[trained])
    report = {
        "test_reconstruction": losses.reconstruction,
        "test_kl": losses.kl,
        "test_mse_per_pixel": squared_error_per_pixel(snapshot, images),
        "knn_accuracy": _votes(train_codes, learned.train_labels[trained], codes, dataset.test_labels[some], cancelled),
    }
    found = measure(config, codes, log_variances, report, None, None, cancelled)
    return replace(found, images=len(images), epoch=epoch)


def _votes(
    train_codes: np.ndarray,
    train_labels: np.ndarray,
    codes: np.ndarray,
    labels: np.ndarray,
    cancelled: Callable[[], bool],
) -> float:
    """5-nearest-neighbour accuracy by plain comparison: of so few codes, and with nothing to import."""
    classes, right, k = np.unique(train_labels), 0, min(NEIGHBOURS, len(train_codes))
    lengths = np.square(train_codes).sum(axis=1)
    for start in range(0, len(codes), CHUNK // 4):
        stop_if(cancelled)
        part = slice(start, start + CHUNK // 4)
        nearest = np.argpartition(lengths - 2.0 * (codes[part] @ train_codes.T), k - 1, axis=1)[:, :k]
        votes = (train_labels[nearest][:, :, None] == classes).sum(axis=1)
        right += int((classes[votes.argmax(axis=1)] == labels[part]).sum())
    return right / len(codes)


def _knn_accuracy(snapshot: Snapshot, dataset: Dataset, codes: np.ndarray, cancelled: Callable[[], bool]) -> float:
    """`evaluation.knn_accuracy` a part at a time, so that it can be given up."""
    from models.evaluation import knn_accuracy

    dataset = trained_on(dataset, snapshot.config.leave_out)
    part, right, encoded = 5000, 0.0, []
    for start in range(0, len(dataset.train_images), part):
        stop_if(cancelled)
        encoded.append(snapshot.encode(dataset.train_images[start : start + part]))
    labels, train_codes = dataset.test_labels[: len(codes)], np.concatenate(encoded)
    for start in range(0, len(codes), 1000):
        stop_if(cancelled)
        chosen = slice(start, start + 1000)
        right += len(codes[chosen]) * knn_accuracy(train_codes, dataset.train_labels, codes[chosen], labels[chosen])
    return right / len(codes)


def _distances(draws: np.ndarray, codes: np.ndarray, skip_self: bool = False) -> np.ndarray:
    """Distance (n,) of each draw to the nearest code; with `skip_self` the draws are the codes themselves.

    In plain numpy: the library of neighbours takes seconds to import.
    """
    codes, draws = np.asarray(codes, np.float64), np.asarray(draws, np.float64)
    lengths, found = np.square(codes).sum(axis=1), []
    for start in range(0, len(draws), CHUNK):
        part = draws[start : start + CHUNK]
        squares = part @ codes.T
        squares *= -2.0
        squares += lengths
        if skip_self:
            squares[np.arange(len(part)), start + np.arange(len(part))] = np.inf
        found.append(squares.min(axis=1) + np.square(part).sum(axis=1))
    return np.sqrt(np.maximum(np.concatenate(found), 0.0)) if found else np.zeros(0)
