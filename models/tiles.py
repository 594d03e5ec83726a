"""The latent plane cut into decoded tiles, as a map service cuts the earth; and grids of it to print. Pure numpy.

A tile is one decoded image; it fills a square of the plane and shows the code in that square's middle. At level L the
squares are 2^-L wide and begin at multiples of that width, so that four tiles of the next level lie exactly on one of
this. Tiles are decoded, kept and drawn in blocks of BLOCK x BLOCK, which nest in the same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.config import IMAGE_SIDE
from models.latent_space import Projection, grid_points, prior_quantiles

BLOCK = 4
"""Tiles along a block's side."""


@dataclass(frozen=True)
class Block:
    """BLOCK x BLOCK tiles; columns count to the right and rows upwards, from the origin of the plane."""

    level: int
    column: int
    row: int

    @property
    def side(self) -> float:
        """The block's width and height in units of the plane."""
        return BLOCK * tile_side(self.level)

    @property
    def left(self) -> float:
        """The smallest x of the block."""
        return self.column * self.side

    @property
    def top(self) -> float:
        """The largest y of the block."""
        return (self.row + 1) * self.side

    def over(self, coarsest: int) -> list[Block]:
        """The blocks that this one lies in, of the next level and on to the `coarsest`."""
        ups = range(1, self.level - coarsest + 1)
        return [Block(self.level - up, self.column >> up, self.row >> up) for up in ups]

    def centres(self) -> np.ndarray:
        """The places (BLOCK * BLOCK, 2) float64 that its tiles show, row by row, the largest y first."""
        steps = (np.arange(BLOCK) + 0.5) * tile_side(self.level)
        across, down = np.meshgrid(self.left + steps, self.top - steps)
        return np.stack([across.ravel(), down.ravel()], axis=1)


def tile_side(level: int) -> float:
    """The width of a level's tiles in units of the plane; exact in binary."""
    return math.ldexp(1.0, -level)


def level_for(pixels_per_unit: float, smallest: float) -> int:
    """The finest level whose tiles are at least `smallest` pixels wide; they are less than twice as wide."""
    return math.floor(math.log2(pixels_per_unit / smallest))


def blocks_within(level: int, left: float, bottom: float, right: float, top: float) -> list[Block]:
    """The blocks of a level that touch a rectangle of the plane, those nearest to its middle first."""
    side = Block(level, 0, 0).side
    columns = range(math.floor(left / side), math.ceil(right / side))
    rows = range(math.floor(bottom / side), math.ceil(top / side))
    middle = ((left + right) / 2 / side - 0.5, (bottom + top) / 2 / side - 0.5)
    found = [Block(level, column, row) for row in rows for column in columns]
    return sorted(found, key=lambda each: math.hypot(each.column - middle[0], each.row - middle[1]))


def mosaics(images: np.ndarray) -> np.ndarray:
    """Images (B * BLOCK * BLOCK, 28, 28) of B blocks, in the order of `Block.centres`, as B pictures (B, 112, 112)."""
    parts = images.reshape(-1, BLOCK, BLOCK, IMAGE_SIDE, IMAGE_SIDE)
    side = BLOCK * IMAGE_SIDE
    return np.ascontiguousarray(parts.transpose(0, 1, 3, 2, 4)).reshape(-1, side, side)


def prior_grid(steps: int, projection: Projection) -> np.ndarray:
    """Places (steps * steps, 2) float32 at the quantiles of the prior N(0, I) on a plane, the LARGEST y first.

    The axes are orthonormal, so the prior is a standard normal on the plane too, around where the origin of all codes
    falls. On a “line” only x has a prior; each row is the same.
    """
    x, y = projection.prior_centre()
    quantiles = prior_quantiles(steps)
    return grid_points(x + quantiles, y + quantiles)


def range_grid(steps: int, points: np.ndarray) -> np.ndarray:
    """Places (steps * steps, 2) float32 evenly from the smallest to the largest of points (N, 2), LARGEST y first.

    Points that are not finite do not count; ValueError where no other is there.
    """
    points = np.asarray(points, np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ValueError("There are no codes whose range could be shown.")
    low, high = points.min(axis=0), points.max(axis=0)
    return grid_points(np.linspace(low[0], high[0], steps), np.linspace(low[1], high[1], steps))
