"""The geometry of latent codes: planes to look at them and back, paths, neighbours, ellipses, grids. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from statistics import NormalDist

import numpy as np

NEIGHBOURS = 5  # that vote for the class of a code
TREE_DIMENSIONS = 15  # of a code; above, comparing with all codes is faster than a tree
ROW = 0.25  # between the rows that a map of one dimension lays its digits in


@dataclass(frozen=True, eq=False)
class Projection:
    """A flat map of the latent space: point = (code - origin) @ axes.T, with `axes` (2, d) of orthonormal rows.

    `kind` is “identity”, “pca”, “axes” or “line” (one latent dimension: the second axis is empty and all points have
    y = 0). `explained` holds the shares of the codes' variance along both axes, where that is known.
    """

    kind: str
    origin: np.ndarray = field(repr=False)
    axes: np.ndarray = field(repr=False)
    axis_titles: tuple[str, str]
    explained: tuple[float, float] | None = None

    def to_plane(self, codes: np.ndarray) -> np.ndarray:
        """Codes (N, d) as points of the plane, (N, 2) float32."""
        axes = self.axes.T.astype(np.float32)  # four times as fast for 10,000 codes of 64 numbers
        points: np.ndarray = np.asarray(codes, np.float32) @ axes - (self.origin @ self.axes.T).astype(np.float32)
        return points

    def to_codes(self, points: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Points (N, 2) as codes (N, d) float32; what of `base` (d,) lies off the plane is kept."""
        base = np.asarray(base, np.float64)
        on_plane = (base - self.origin) @ self.axes.T
        return (base + (np.atleast_2d(points) - on_plane) @ self.axes).astype(np.float32)

    def prior_centre(self) -> tuple[float, float]:
        """Where the code 0 falls, about which the prior N(0, I) lies; a plane of PCA has its own origin elsewhere."""
        x, y = (-self.origin @ self.axes.T).tolist()
        return x, y

    def project_covariance(self, log_variance: np.ndarray) -> np.ndarray:
        """The covariance (2, 2) on the plane of a posterior with log-variances (d,)."""
        return (self.axes * np.exp(np.asarray(log_variance, np.float64))) @ self.axes.T


def identity_projection() -> Projection:
    """Two latent dimensions as they are."""
    return Projection("identity", np.zeros(2), np.eye(2), ("z1", "z2"))


def line_projection() -> Projection:
    """One latent dimension along x."""
    return Projection("line", np.zeros(1), np.array([[1.0], [0.0]]), ("z1", ""))


def axes_projection(i: int, j: int, dim: int) -> Projection:
    """Two of `dim` latent dimensions, counted from 0."""
    if i == j or not (0 <= i < dim and 0 <= j < dim):
        raise ValueError(f"Two different axes from 0 to {dim - 1} are needed, not {i} and {j}.")
    return Projection("axes", np.zeros(dim), np.eye(dim)[[i, j]], (f"z{i + 1}", f"z{j + 1}"))


def pca_projection(codes: np.ndarray, like: Projection | None = None) -> Projection:
    """The plane of the codes' (N, d) two directions of largest variance, d at least 2 (Pearson 1901).

    The sign of an axis is free: it follows `like`, the plane shown before, so that a map does not flip while training;
    without one the axis's largest component is positive.
    """
    origin = codes.mean(axis=0, dtype=np.float64)
    centred = np.asarray(codes, np.float32) - origin.astype(np.float32)  # float32: it is done four times a second
    variances, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))  # ascending
    axes = directions[:, :-3:-1].T.copy()
    for axis, former in zip(axes, axes if like is None else like.axes, strict=True):
        reference = axis[np.abs(axis).argmax()] if like is None else axis @ former
        if reference < 0:
            axis *= -1
    whole = variances.sum()
    first, second = (variances[[-1, -2]] / whole).tolist() if whole > 0 else (0.0, 0.0)
    return Projection("pca", origin, axes, ("PC 1", "PC 2"), (first, second))


def default_projection(codes: np.ndarray) -> Projection:
    """What a map of codes (N, d) starts with: a line, the plane itself, or the plane of PCA."""
    dim = codes.shape[1]
    if dim == 1:
        return line_projection()
    return identity_projection() if dim == 2 else pca_projection(codes)


def rows_by_label(labels: np.ndarray) -> np.ndarray:
    """A y (N,) for the points of a “line” map, one row a digit with 0 on top, or they would cover each other."""
    return ((4.5 - np.asarray(labels, np.float32)) * ROW).astype(np.float32)


def straight_path(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Codes (steps, d) float32 evenly spaced from `a` to `b`, both included exactly."""
    _check_steps(steps)
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return _with_ends(a + np.linspace(0, 1, steps)[:, None] * (b - a), a, b)


def spherical_path(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Codes (steps, d) float32 from `a` to `b` along the great circle of their directions (Shoemake 1985, slerp).

    The norm goes evenly from one to the other. Where no single great circle exists (an end at the origin, the same or
    opposite directions) the path is the straight one.
    """
    _check_steps(steps)
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    norm_a, norm_b = np.linalg.norm(a), np.linalg.norm(b)
    if norm_a == 0 or norm_b == 0:
        return straight_path(a, b, steps)
    unit_a, unit_b = a / norm_a, b / norm_b
    angle = np.arccos(np.clip(unit_a @ unit_b, -1, 1))
    if np.sin(angle) < 1e-6:
        return straight_path(a, b, steps)
    t = np.linspace(0, 1, steps)[:, None]
    directions = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / np.sin(angle)
    return _with_ends(directions * (norm_a + t * (norm_b - norm_a)), a, b)


def nearest(codes: np.ndarray, z: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices and distances (k,) of the codes (N, d) nearest to `z` (d,), the nearest first; fewer where N < k."""
    k = min(k, len(codes))
    if k == 0:
        return np.zeros(0, int), np.zeros(0, np.float32)
    squares = codes - np.asarray(z, codes.dtype)
    squares *= squares
    squares = squares @ np.ones(codes.shape[1], codes.dtype)  # sums two numbers a row in half the time of sum(axis=1)
    candidates = np.argpartition(squares, k - 1)[:k]
    order = candidates[np.argsort(squares[candidates], kind="stable")]
    return order, np.sqrt(squares[order])


def vote(labels: np.ndarray) -> tuple[int, float]:
    """The most frequent of the neighbours' labels (nearest first) and its share; a tie goes to the nearer label."""
    labels = np.asarray(labels)
    values, firsts, counts = np.unique(labels, return_index=True, return_counts=True)
    winner = np.lexsort((firsts, -counts))[0]
    return int(values[winner]), float(counts[winner] / len(labels))


def ellipse(mean: np.ndarray, covariance: np.ndarray, sigma: float, n: int = 64) -> np.ndarray:
    """The outline (n, 2) of a normal distribution's `sigma` contour in the plane, closed: it ends where it began."""
    variances, directions = np.linalg.eigh(np.asarray(covariance, np.float64))
    return np.asarray(mean) + sigma * (directions * np.sqrt(np.maximum(variances, 0)) @ _circle(n)).T


@lru_cache
def _circle(n: int) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, n)
    return np.stack([np.cos(angles), np.sin(angles)])


def grid_points(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points (rows * columns, 2) of a grid, row by row, the LARGEST y first: so pictures lie as on the map."""
    across, down = np.meshgrid(np.sort(x), np.sort(y)[::-1])
    return np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)


def prior_quantiles(steps: int) -> np.ndarray:
    """Places (steps,) on an axis with equal probability of the standard normal prior between neighbours."""
    return np.array([NormalDist().inv_cdf((i + 0.5) / steps) for i in range(steps)])


def _check_steps(steps: int) -> None:
    if steps < 2:
        raise ValueError(f"A path needs at least 2 steps, not {steps}.")


def _with_ends(path: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    path[0], path[-1] = a, b  # exact, whatever the rounding between
    return path.astype(np.float32)
