"""Tiles and grids of the latent plane against independent calculations: exact fractions, scipy, and plain loops."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import norm

from models.latent_space import axes_projection, identity_projection, line_projection, pca_projection
from models.tiles import BLOCK, Block, blocks_within, level_for, mosaics, prior_grid, range_grid, tile_side


@pytest.mark.parametrize("level", [-3, 0, 2, 17])
def test_tiles_stand_at_fixed_multiples(level: int) -> None:
    """Each centre is an odd multiple of half a tile, without any rounding."""
    half = Fraction(2) ** -level / 2
    for block in (Block(level, 0, 0), Block(level, -5, 3)):
        for x, y in block.centres():
            assert (Fraction(float(x)) / half) % 2 == 1 and (Fraction(float(y)) / half) % 2 == 1


def test_a_block_begins_at_its_top_left_and_its_rows_go_down() -> None:
    centres = Block(1, -1, 0).centres()  # tiles of 0.5: x from -2 to 0, y from 0 to 2
    assert centres[0].tolist() == [-1.75, 1.75]
    assert centres[1].tolist() == [-1.25, 1.75], "along the row first"
    assert centres[BLOCK].tolist() == [-1.75, 1.25], "then downwards"
    assert centres[-1].tolist() == [-0.25, 0.25]


def test_four_tiles_of_the_next_level_lie_on_one() -> None:
    coarse = {tuple(each) for block in blocks_within(2, -2, -2, 2, 2) for each in block.centres()}
    fine = np.concatenate([block.centres() for block in blocks_within(3, -2, -2, 2, 2)])
    side = tile_side(2)
    parents = {tuple((np.floor(each / side) + 0.5) * side) for each in fine}
    assert parents == coarse and len(fine) == 4 * len(coarse)


def test_a_block_knows_those_that_it_lies_in() -> None:
    fine = Block(3, -5, 6)
    over = fine.over(0)
    assert [each.level for each in over] == [2, 1, 0] and fine.over(3) == []
    x, y = fine.centres().mean(axis=0)
    for each in over:
        assert each.left < x < each.left + each.side and each.top - each.side < y < each.top


@pytest.mark.parametrize(
    ("pixels", "smallest"), [(100.0, 20.0), (53.1, 20.0), (40.0, 20.0), (0.003, 20.0), (3e7, 24.0)]
)
def test_tiles_are_between_one_and_two_of_the_smallest(pixels: float, smallest: float) -> None:
    level = level_for(pixels, smallest)
    assert smallest <= pixels * tile_side(level) < 2 * smallest
    assert pixels * tile_side(level + 1) < smallest


def test_blocks_cover_a_rectangle_and_none_is_beside_it() -> None:
    left, bottom, right, top = -3.3, 0.1, 2.2, 4.0
    blocks = blocks_within(1, left, bottom, right, top)
    assert len(set(blocks)) == len(blocks)
    for x in np.linspace(left, right, 23):
        for y in np.linspace(bottom, top, 19):
            assert any(b.left <= x <= b.left + b.side and b.top - b.side <= y <= b.top for b in blocks)
    for b in blocks:
        assert b.left < right and b.left + b.side > left and b.top > bottom and b.top - b.side < top


def test_blocks_come_from_the_middle_outwards() -> None:
    blocks = blocks_within(0, -11, -11, 13, 13)
    away = [np.hypot(b.left + b.side / 2 - 1, b.top - b.side / 2 - 1) for b in blocks]
    assert away == sorted(away) and away[0] < away[-1]


def test_a_mosaic_lays_images_out_as_their_centres_lie(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (2 * BLOCK * BLOCK, 28, 28), np.uint8)
    pictures = mosaics(images)
    assert pictures.shape == (2, 28 * BLOCK, 28 * BLOCK)
    for number, image in enumerate(images):
        block, at = divmod(number, BLOCK * BLOCK)
        row, column = divmod(at, BLOCK)
        assert (pictures[block, 28 * row : 28 * row + 28, 28 * column : 28 * column + 28] == image).all()


def test_the_priors_grid_is_that_of_scipys_quantiles() -> None:
    grid = prior_grid(15, identity_projection()).reshape(15, 15, 2)
    wanted = norm.ppf((np.arange(15) + 0.5) / 15)
    assert grid[0, :, 0] == pytest.approx(wanted, abs=1e-6)
    assert grid[:, 0, 1] == pytest.approx(wanted[::-1], abs=1e-6), "row 0 is the largest z2"


@pytest.mark.parametrize("make", [lambda codes: pca_projection(codes), lambda codes: axes_projection(3, 1, 5)])
def test_the_priors_grid_on_a_slice_has_equal_probability(make, rng: np.random.Generator) -> None:
    """Draws from N(0, I), seen on the plane, fall evenly between the places of each axis."""
    plane = make((rng.standard_normal((300, 5)) * [1, 3, 1, 2, 1] + [2, -1, 0, 1, 0]).astype(np.float32))
    grid = prior_grid(10, plane).reshape(10, 10, 2)
    draws = plane.to_plane(rng.standard_normal((200_000, 5)))
    for seen, places in ((draws[:, 0], grid[0, :, 0]), (draws[:, 1], grid[::-1, 0, 1])):
        shares = np.histogram(seen, [-np.inf, *places, np.inf])[0] / len(seen)
        assert shares == pytest.approx([0.05, *[0.1] * 9, 0.05], abs=0.004)


def test_the_priors_grid_on_a_line_changes_along_x_only() -> None:
    plane = line_projection()
    codes = plane.to_codes(prior_grid(5, plane), np.array([7.0])).reshape(5, 5)
    assert codes == pytest.approx(np.tile(norm.ppf((np.arange(5) + 0.5) / 5), (5, 1)), abs=1e-6)


def test_the_datas_grid_goes_from_end_to_end() -> None:
    points = np.array([[-1, 5], [3, 2], [np.nan, 100], [0, 9]])
    grid = range_grid(3, points).reshape(3, 3, 2)
    assert grid[0].tolist() == [[-1, 9], [1, 9], [3, 9]]
    assert grid[:, 0, 1].tolist() == [9, 5.5, 2]
    with pytest.raises(ValueError, match="no codes whose range"):
        range_grid(3, points[2:3])
