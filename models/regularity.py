"""How regular a latent space is: whether every place means something (completeness) and changes mildly (continuity).

Pure numpy; a network is anything that encodes images and decodes codes. All distances are Euclidean, in units of the
latent axes; every figure here stays the same when all codes are made ten times as wide.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from models.latent_space import TREE_DIMENSIONS, Projection
from models.measuring import axis_ranges, draw_prior, draw_range
from models.stopping import never, stop_if
from models.tiles import tile_side

NEAR_SHARE = 0.01
"""Of all held-out codes: a code is near another one when it lies no farther than this share of them usually do."""
NEAR_SAMPLE = 500
"""Held-out codes whose neighbours are looked at for that."""
STEP_SHARE = 0.1
"""Length of a small step, as a share of what is near."""
DRAWS = 2000
"""Codes that a figure is measured on: a share is then right within about one percentage point."""
SEED = 11
CHUNK = 1024
MOST_DISTANCES = 5_000_000  # at a time, 40 MB: those of 500 codes to 10,000
UNUSED_VARIANCE = 0.5


class Network(Protocol):
    """What is measured; `Snapshot` is one."""

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes (N, d) of images (N, 28, 28), and of a VAE, whose codes are means, log-variances (N, d)."""

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Images (N, 28, 28) of codes (N, d)."""


# distances -----------------------------------------------------------------------------------------------------------


def encoded_again(
    network: Network, codes: np.ndarray, cancelled: Callable[[], bool] = never
) -> tuple[np.ndarray, np.ndarray]:
    """The posterior of what codes z (N, d) decode to: its means encode(decode(z)) and variances, float64 (N, d) each.

    An AE's variances are 0. Raises Stopped soon after `cancelled` says so.
    """
    means, variances = [], []
    for part in _chunks(codes):
        stop_if(cancelled)
        mean, log_variance = network.posterior(network.decode(part))
        means.append(mean.astype(np.float64))
        variances.append(np.zeros_like(means[-1]) if log_variance is None else np.exp(log_variance.astype(np.float64)))
    return np.concatenate(means), np.concatenate(variances)


def round_trip(network: Network, codes: np.ndarray, cancelled: Callable[[], bool] = never) -> np.ndarray:
    """||encode(decode(z)) - z|| (N,) of codes z (N, d): how far a code comes back from where it was sent.

    Raises Stopped soon after `cancelled` says so.
    """
    return np.linalg.norm(encoded_again(network, codes, cancelled)[0] - codes, axis=1)


def nearest_distance(places: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Distance (n,) of places (n, d) to the nearest of codes (N, d); codes that are not finite do not count."""
    codes = _finite(codes)
    if not len(codes):
        return np.full(len(places), np.inf)
    if codes.shape[1] <= TREE_DIMENSIONS:
        from scipy.spatial import cKDTree

        return cKDTree(codes).query(places)[0]
    return np.concatenate([_distances(part, codes).min(axis=1) for part in _chunks(places, len(codes))])


def nearest_on_slice(points: np.ndarray, codes: np.ndarray, projection: Projection, foot: np.ndarray) -> np.ndarray:
    """Distance (n,) to the nearest of codes (N, d) from points (n, 2) of the slice through `foot` (d,).

    All d dimensions count: a code at (x, y) of the plane and h beside the slice is as far from it as (x, y, h) is from
    (x', y', 0), so that three numbers a code are enough.
    """
    codes = _finite(codes)
    from_foot = codes - np.asarray(foot, np.float64)
    across = from_foot @ projection.axes.T
    beside = np.sqrt(np.maximum(np.square(from_foot).sum(axis=1) - np.square(across).sum(axis=1), 0.0))
    start = (np.asarray(foot, np.float64) - projection.origin) @ projection.axes.T
    places = np.zeros((len(points), 3))
    places[:, :2] = points - start
    if projection.kind == "line":  # heights mean nothing there
        places[:, 1] = 0.0
    return nearest_distance(places, np.column_stack([across, beside]))


def near_distance(codes: np.ndarray, seed: int = SEED) -> float:
    """What is called near among codes (N, d): how far a code usually has its nearest 1 % of all other codes.

    The median, over up to 500 codes (drawn with `seed`), of the distance to the k-th nearest other code, with k one
    hundredth of N but at least 1. It goes along with the codes' scale, and with a share for k it does not shrink when
    more images are held out. 0 where there are fewer than two codes.
    """
    codes = _finite(codes)
    if len(codes) < 2:
        return 0.0
    rank = max(1, round(NEAR_SHARE * len(codes)))
    chosen = codes[np.random.default_rng(seed).permutation(len(codes))[:NEAR_SAMPLE]]
    if codes.shape[1] <= TREE_DIMENSIONS:
        from scipy.spatial import cKDTree

        return float(np.median(cKDTree(codes).query(chosen, [rank + 1])[0]))  # the first is the code itself
    found = [np.partition(_distances(part, codes), rank, axis=1)[:, rank] for part in _chunks(chosen, len(codes))]
    return float(np.median(np.concatenate(found)))  # rank 0 is the code itself


# the two figures -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Completeness:
    """Shares 0..1 of drawn codes that come back near. 1 means that whatever is drawn decodes to something that the
    encoder takes for that very place; not that the pictures look like digits, nor that images have their codes there.
    """

    back: float
    """||encode(decode(z)) - z|| <= near"""
    pulled: float
    """||encode(decode(z)) - (1 - sigma^2) z|| <= near, with the sigma of that posterior; an AE's is 0"""


def completeness(
    network: Network, draws: np.ndarray, near: float, cancelled: Callable[[], bool] = never
) -> Completeness:
    """The shares of codes z (N, d) that come back near themselves, and near where a VAE's prior lets them.

    A posterior mean is pulled to 0 by the share sigma^2 along each axis. Exactly so in a linear VAE, x = W z + noise of
    variance s: with M = W'W + s I its mean is M^-1 W' x (Tipping & Bishop 1999), which for x = W z is
    (I - s M^-1) z, and s M^-1 is its covariance. So along an axis that is not used, sigma near 1, all of z is lost, and
    that is no hole.
    """
    means, variances = encoded_again(network, draws, cancelled)
    wanted = draws, (1.0 - variances) * draws
    return Completeness(*(float((np.linalg.norm(means - each, axis=1) <= near).mean()) for each in wanted))


@dataclass(frozen=True)
class Continuity:
    """Change of the picture for a small step, over many places: the norm of all 784 pixels per unit of the code."""

    median: float
    largest: float

    @property
    def ratio(self) -> float:
        """Largest against median: 1 where all places change alike, large where the picture jumps somewhere.

        Infinite where it does so and most places change nothing.
        """
        if self.largest == 0:
            return 1.0
        return self.largest / self.median if self.median > 0 else math.inf


def continuity(
    network: Network, draws: np.ndarray, step: float, seed: int = SEED, cancelled: Callable[[], bool] = never
) -> Continuity:
    """||decode(z + d) - decode(z)|| / ||d|| over drawn codes z (N, d), one d of length `step` (> 0) each.

    The directions of d are drawn evenly from the sphere with `seed`, and independently of codes drawn with the same
    one. The largest of more draws is larger: compare figures of equally many only.
    """
    directions = np.random.default_rng((seed, 1)).standard_normal(draws.shape)
    directions *= step / np.linalg.norm(directions, axis=1, keepdims=True)
    ratios = []
    for start in range(0, len(draws), CHUNK):
        stop_if(cancelled)
        here = draws[start : start + CHUNK]
        there = (here + directions[start : start + CHUNK]).astype(np.float32)
        made = np.linalg.norm(there.astype(np.float64) - here, axis=1)  # the step as float32 has it
        change = (network.decode(there).astype(np.float64) - network.decode(here)).reshape(len(here), -1)
        ratios.append(np.linalg.norm(change, axis=1) / made)
    every = np.concatenate(ratios)
    return Continuity(float(np.median(every)), float(every.max()))


@dataclass(frozen=True)
class Regularity:
    """What is said of one network; shares are 0..1, distances in units of its latent axes."""

    near: float
    """see `near_distance`"""
    step: float
    """length of a small step"""
    draws: int
    complete_prior: Completeness
    """for draws from N(0, I)"""
    complete_range: Completeness
    """the same for draws evenly from the box of the codes' own range along each axis"""
    reached: float
    """share of held-out codes that have a draw from N(0, I) near: of how much of its codes such draws tell; axes that a
    VAE does not use part its codes, 0 there, from all draws"""
    continuity_prior: Continuity
    continuity_range: Continuity


def measure(
    network: Network,
    codes: np.ndarray,
    draws: int = DRAWS,
    seed: int = SEED,
    cancelled: Callable[[], bool] = never,
) -> Regularity:
    """All figures of a network with the held-out codes (N, d), from `draws` codes of either kind, drawn with `seed`.

    ValueError where fewer than two codes are finite; Stopped soon after `cancelled` says so.
    """
    codes = _finite(codes)
    near = near_distance(codes, seed)
    if not near > 0:
        raise ValueError("All codes lie on one place: there is no scale to say what is near.")
    step = STEP_SHARE * near
    prior = draw_prior(draws, codes.shape[1], seed)
    own = draw_range(draws, axis_ranges(codes), seed + 1)
    return Regularity(
        near=near,
        step=step,
        draws=draws,
        complete_prior=completeness(network, prior, near, cancelled),
        complete_range=completeness(network, own, near, cancelled),
        reached=float((nearest_distance(codes, prior) <= near).mean()),
        continuity_prior=continuity(network, prior, step, seed, cancelled),
        continuity_range=continuity(network, own, step, seed, cancelled),
    )


def drawn(mean: np.ndarray, log_variance: np.ndarray, eps: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """A code z = mu + scale * sigma * eps, with sigma = exp(log_variance / 2) (Kingma & Welling 2013, 2.4).

    `scale` 1 is what training does; `eps` is drawn from N(0, I). Shapes (d,), or (N, d) for several eps.
    """
    sigma = np.exp(np.asarray(log_variance, np.float64) / 2)
    return (np.asarray(mean, np.float64) + scale * sigma * eps).astype(np.float32)


def unused_axes(log_variances: np.ndarray) -> int:
    """How many axes of a VAE are hardly used: those along which sigma^2, averaged over the images (N, d), exceeds 0.5.

    By sigma^2 the posterior mean is pulled to 0 (see `completeness`): most of what is drawn along such an axis is lost.
    """
    variances = np.exp(np.asarray(log_variances, np.float64))
    return int((variances.mean(axis=0) > UNUSED_VARIANCE).sum()) if len(variances) else 0


# the map -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Cells:
    """Squares of the plane, `rows` x `columns`, their corners at multiples of their side; row 0 is the largest y."""

    left: float
    top: float
    side: float
    rows: int
    columns: int
    values: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    """(rows, columns) at the squares' middles, once known"""
    edge: np.ndarray = field(default_factory=lambda: np.zeros((0, 2, 2)), repr=False)
    """(S, 2, 2) line segments on the plane where the values cross what is near"""

    @classmethod
    def over(cls, level: int, left: float, bottom: float, right: float, top: float) -> Cells:
        """The squares, 2^-level wide, that touch a rectangle of the plane."""
        side = tile_side(level)
        first, last = math.floor(left / side), math.ceil(right / side)
        lowest, highest = math.floor(bottom / side), math.ceil(top / side)
        return cls(first * side, highest * side, side, highest - lowest, last - first)

    def middles(self) -> np.ndarray:
        """The places (rows * columns, 2) of their middles, row by row."""
        across, down = np.meshgrid(
            self.left + (np.arange(self.columns) + 0.5) * self.side, self.top - (np.arange(self.rows) + 0.5) * self.side
        )
        return np.stack([across.ravel(), down.ravel()], axis=1)

    def filled(self, values: np.ndarray, near: float) -> Cells:
        """The same squares with their values (rows * columns,), and the edge of those that are near."""
        grid = values.reshape(self.rows, self.columns)
        edge = (contour(grid, near) + 0.5) * (self.side, -self.side) + (self.left, self.top)
        return replace(self, values=grid, edge=edge)


def contour(values: np.ndarray, level: float) -> np.ndarray:
    """Where values (rows, columns) cross a level: line segments (S, 2, 2), their ends as (column, row).

    Each square of four neighbours is cut into two triangles, on whose sides the crossing lies by linear interpolation.
    """
    rows, columns = values.shape
    row, column = (each.ravel() for each in np.mgrid[: max(rows - 1, 0), : max(columns - 1, 0)])
    corners = np.stack([np.stack([column, row], 1), np.stack([column + 1, row], 1), np.stack([column, row + 1], 1)], 1)
    mirrored = corners.copy()
    mirrored[:, 0] += 1  # the square's opposite corner
    triangles = np.concatenate([corners, mirrored])  # (T, 3, 2)
    beyond = np.asarray(values, np.float64)[triangles[..., 1], triangles[..., 0]] - level
    with np.errstate(invalid="ignore"):
        above = beyond > 0
    crossed = np.isfinite(beyond).all(axis=1) & above.any(axis=1) & ~above.all(axis=1)
    triangles, beyond, above = triangles[crossed].astype(np.float64), beyond[crossed], above[crossed]
    odd = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))  # the corner on its own side
    every, ends = np.arange(len(odd)), []
    for step in (1, 2):
        other = (odd + step) % 3
        share = beyond[every, odd] / (beyond[every, odd] - beyond[every, other])
        start = triangles[every, odd]
        ends.append(start + share[:, None] * (triangles[every, other] - start))
    return np.stack(ends, axis=1)


# inside --------------------------------------------------------------------------------------------------------------


def _finite(codes: np.ndarray) -> np.ndarray:
    codes = np.asarray(codes, np.float64)
    return codes[np.isfinite(codes).all(axis=1)]


def _chunks(rows: np.ndarray, others: int = 1) -> list[np.ndarray]:
    """The rows part by part, so many that their distances to as many `others` find room."""
    most = max(1, min(CHUNK, MOST_DISTANCES // others))
    return [rows[start : start + most] for start in range(0, len(rows), most)] or [rows]


def _distances(places: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """All distances, (n, N) float64."""
    places = np.asarray(places, np.float64)
    squares = places @ codes.T
    squares *= -2.0
    squares += np.square(codes).sum(axis=1)
    squares += np.square(places).sum(axis=1)[:, None]
    return np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)
