"""Completeness and continuity against plain computations, and on networks of which the answer is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from models import regularity
from models.checkpoint import load_run
from models.latent_space import axes_projection, line_projection, pca_projection
from models.regularity import (
    Cells,
    Completeness,
    Continuity,
    completeness,
    continuity,
    contour,
    drawn,
    measure,
    near_distance,
    nearest_distance,
    nearest_on_slice,
    round_trip,
    unused_axes,
)
from models.snapshot import Snapshot
from models.stopping import Stopped

RNG = np.random.default_rng(3)


class Linear:
    """Decodes by orthonormal columns, encodes by their transpose: nothing is lost and nothing is stretched."""

    def __init__(self, dim: int, back: float = 1.0) -> None:
        self.columns = np.linalg.qr(RNG.standard_normal((784, dim)))[0]
        self.back = back

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return (codes @ self.columns.T).reshape(-1, 28, 28)

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        return self.back * (images.reshape(-1, 784) @ self.columns), None


class Edge(Linear):
    """The same, but right of z1 = 1 another picture is added: the picture jumps there."""

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return super().decode(codes) + 5.0 * (codes[:, 0] > 1.0)[:, None, None]


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_a_linear_network_with_orthonormal_columns_is_perfectly_regular(dim: int) -> None:
    found = measure(Linear(dim), RNG.standard_normal((400, dim)), draws=300)
    assert found.complete_prior == found.complete_range == Completeness(1.0, 1.0)
    for each in (found.continuity_prior, found.continuity_range):
        assert each.median == pytest.approx(1.0, rel=1e-6) and each.ratio == pytest.approx(1.0, rel=1e-6)


def test_an_encoder_that_halves_brings_back_only_what_lies_near_the_middle() -> None:
    network, draws = Linear(2, back=0.5), RNG.standard_normal((20_000, 2))
    assert round_trip(network, draws) == pytest.approx(np.hypot(*draws.T) / 2)
    expected = 1 - np.exp(-(0.6**2) / 2)  # of N(0, I) in two dimensions, within 0.6 of the middle
    found = completeness(network, draws, near=0.3)
    assert found.back == found.pulled == pytest.approx(expected, abs=0.01), "nothing pulls an AE's codes"


def test_a_linear_vae_s_mean_is_drawn_to_zero_by_its_variance_and_where_that_is_most_an_axis_is_unused() -> None:
    rng = np.random.default_rng(5)
    weights = np.linalg.qr(rng.standard_normal((784, 3)))[0] * (3.0, 1.5, 0.1)
    variance = 1 / (np.square(weights).sum(axis=0) + 1)  # of p(z | x) for x = W z + N(0, I)

    class LinearVae:
        def posterior(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            means = images.reshape(-1, 784) @ weights * variance
            return means, np.log(np.tile(variance, (len(means), 1)))

        def decode(self, codes: np.ndarray) -> np.ndarray:
            return (codes @ weights.T).reshape(-1, 28, 28)

    codes = rng.standard_normal((50, 3))
    assert round_trip(LinearVae(), codes) == pytest.approx(np.linalg.norm(variance * codes, axis=1))
    assert variance == pytest.approx([0.1, 0.308, 0.990], abs=0.001)
    found = completeness(LinearVae(), codes, near=0.5)
    lost = np.square(variance * codes).sum(axis=1)
    assert found.back == (lost <= 0.25).mean() < 0.6, "mostly for the third axis"
    assert found.pulled == 1.0, "all lie where the prior lets them"
    assert unused_axes(np.log(np.tile(variance, (20, 1)))) == 1
    assert unused_axes(np.log([[0.2, 0.2], [1.0, 0.7]])) == 1, "of the variances, not of their logarithms"
    assert unused_axes(np.zeros((0, 3))) == 0


def test_a_jump_shows_in_the_largest_step_and_not_in_the_median() -> None:
    draws = np.column_stack([np.linspace(-2, 2, 4001), np.zeros(4001)])
    found = continuity(Edge(2), draws, step=0.1)
    assert found.median == pytest.approx(1.0, rel=1e-6)
    assert found.largest == pytest.approx(5.0 * 28 / 0.1, rel=0.01) and found.ratio > 1000


def test_a_network_that_changes_nothing_but_at_an_edge_has_no_finite_ratio() -> None:
    assert Continuity(median=0.0, largest=2.0).ratio == math.inf


def test_where_nothing_changes_all_places_change_alike() -> None:
    class Flat(Linear):
        """It draws the same of every code, as a decoder does whose units are dead."""

        def decode(self, codes: np.ndarray) -> np.ndarray:
            return np.zeros((len(codes), 28, 28), np.float32)

    draws = np.random.default_rng(0).standard_normal((50, 2))
    assert continuity(Flat(2), draws, step=0.1).ratio == 1.0


def test_each_of_many_places_has_a_direction_of_its_own() -> None:
    class Steep(Linear):
        """Its picture changes along the second axis alone, the more the farther along the first."""

        def decode(self, codes: np.ndarray) -> np.ndarray:
            return super().decode(np.column_stack([np.zeros(len(codes)), codes[:, 0] * codes[:, 1]]))

    draws = np.zeros((2500, 2), np.float32)  # more than are decoded at once
    draws[1700, 0] = 3.0
    across = np.random.default_rng((7, 1)).standard_normal((2500, 2))[1700]
    found = continuity(Steep(2), draws, step=0.01, seed=7)
    assert found.largest == pytest.approx(3.0 * abs(across[1]) / np.linalg.norm(across), rel=0.01)


class Rings(Linear):
    """Its picture grows with the distance from the middle, alike all around it; codes come back to an axis."""

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        distances = super().posterior(images)[0]
        return np.hstack([distances, np.zeros_like(distances)]), None

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return super().decode(np.linalg.norm(codes, axis=1)[:, None])


def test_steps_are_taken_in_all_directions_wherever_the_places_are() -> None:
    found = measure(Rings(1), RNG.standard_normal((400, 2)), draws=4000)
    for each in (found.continuity_prior, found.continuity_range):
        assert each.median == pytest.approx(math.cos(math.pi / 4), abs=0.03), "half of all steps are nearer to around"
        assert each.largest == pytest.approx(1.0, abs=0.01), "straight out"


def test_scale_does_not_matter() -> None:
    class Wider(Linear):
        def decode(self, codes: np.ndarray) -> np.ndarray:
            return np.sin(super().decode(codes / 10))

        def posterior(self, images: np.ndarray) -> tuple[np.ndarray, None]:
            return 10 * super().posterior(images)[0], None

    class Bent(Linear):
        def decode(self, codes: np.ndarray) -> np.ndarray:
            return np.sin(super().decode(codes))

    one, ten = Bent(2), Wider(2)
    ten.columns = one.columns
    codes = RNG.standard_normal((500, 2)).astype(np.float32)
    a, b = measure(one, codes, 300), measure(ten, 10 * codes, 300)
    assert b.near == pytest.approx(10 * a.near, rel=1e-6)
    assert b.complete_range == a.complete_range
    assert b.continuity_range.ratio == pytest.approx(a.continuity_range.ratio, rel=1e-3)


@pytest.mark.parametrize("dim", [1, 2, 4, 20])
def test_near_is_what_scikit_learn_says(dim: int) -> None:
    codes = RNG.standard_normal((450, dim)).astype(np.float32)
    finder = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(codes.astype(float))
    distances = finder.kneighbors(codes.astype(float))[0]  # the code itself comes first: rank 4 of 450 is column 4
    assert near_distance(codes) == pytest.approx(np.median(distances[:, 4]), rel=1e-6)


@pytest.mark.parametrize("dim", [2, 20])
def test_near_is_looked_for_around_five_hundred_of_many_codes_and_its_rank_is_the_nearest_hundredth(dim: int) -> None:
    codes = RNG.standard_normal((1270, dim))
    chosen = codes[np.random.default_rng(4).permutation(1270)[:500]]
    distances = np.sort(np.linalg.norm(chosen[:, None] - codes[None], axis=2), axis=1)
    assert near_distance(codes, seed=4) == pytest.approx(np.median(distances[:, 13]), rel=1e-9), "12.7 is 13"


def test_of_many_codes_fewer_distances_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, places = RNG.standard_normal((600, 20)), RNG.standard_normal((40, 20))
    whole = near_distance(codes), nearest_distance(places, codes)
    held, distances = [], regularity._distances
    monkeypatch.setattr(regularity, "MOST_DISTANCES", 5000)
    monkeypatch.setattr(regularity, "_distances", lambda *them: held.append(distances(*them)) or held[-1])
    assert near_distance(codes) == pytest.approx(whole[0])
    assert nearest_distance(places, codes) == pytest.approx(whole[1])
    assert {each.size for each in held} == {4800, 2400}, "eight codes, and the last four of 500"


def test_near_does_not_shrink_with_more_images() -> None:
    few, many = (near_distance(np.random.default_rng(0).standard_normal((n, 2))) for n in (1000, 10_000))
    assert many == pytest.approx(few, rel=0.1)


def test_near_needs_two_places() -> None:
    assert near_distance(np.zeros((1, 2))) == 0.0
    assert near_distance(np.array([[0.0, 0.0], [3.0, 4.0]])) == 5.0
    with pytest.raises(ValueError, match=r"^All codes lie on one place: there is no scale to say what is near\.$"):
        measure(Linear(2), np.zeros((50, 2)))


@pytest.mark.parametrize("dim", [1, 2, 16])
def test_the_nearest_code_is_found(dim: int) -> None:
    codes, places = RNG.standard_normal((300, dim)), RNG.standard_normal((70, dim))
    codes[7], places[0] = np.nan, codes[0] + 0.01
    plain = np.nanmin(np.linalg.norm(places[:, None] - codes[None], axis=2), axis=1)
    assert nearest_distance(places, codes) == pytest.approx(plain)
    assert np.isinf(nearest_distance(places, codes[7:8])).all()


@pytest.mark.parametrize("plane", ["pca", "axes"])
def test_the_nearest_code_of_a_slice_counts_all_dimensions(plane: str) -> None:
    codes = RNG.standard_normal((200, 6)) * [3, 2, 1, 1, 0.5, 0.2] + 1
    projection = pca_projection(codes) if plane == "pca" else axes_projection(4, 1, 6)
    base, points = RNG.standard_normal(6), RNG.uniform(-3, 3, (40, 2))
    places = projection.to_codes(points, base).astype(float)
    plain = np.linalg.norm(places[:, None] - codes[None], axis=2).min(axis=1)
    assert nearest_on_slice(points, codes, projection, base) == pytest.approx(plain, rel=1e-5)


def test_on_a_line_heights_do_not_count() -> None:
    codes, points = np.array([[0.0], [4.0]]), np.array([[1.0, 7.0], [3.5, -9.0]])
    assert nearest_on_slice(points, codes, line_projection(), np.zeros(1)).tolist() == [1.0, 0.5]


def test_a_draw_is_that_of_torch() -> None:
    mean, log_variance, eps = (RNG.standard_normal(5).astype(np.float32) for _ in range(3))
    normal = torch.distributions.Normal(torch.from_numpy(mean), torch.exp(torch.from_numpy(log_variance)).sqrt())
    z = drawn(mean, log_variance, eps)
    assert z == pytest.approx((normal.loc + normal.scale * torch.from_numpy(eps)).numpy(), rel=1e-5)
    share = normal.cdf(torch.from_numpy(z)).numpy()  # the same quantile as eps has under N(0, 1)
    assert share == pytest.approx(torch.distributions.Normal(0, 1).cdf(torch.from_numpy(eps)).numpy(), abs=1e-5)
    assert drawn(mean, log_variance, eps, 0.0) == pytest.approx(mean)
    assert drawn(mean, log_variance, eps, 4.0) - mean == pytest.approx(4 * (z - mean), abs=1e-4)


def test_cells_cover_a_rectangle_with_the_largest_y_first() -> None:
    cells = Cells.over(1, left=-1.2, bottom=0.1, right=0.9, top=2.0)
    assert (cells.left, cells.top, cells.side) == (-1.5, 2.0, 0.5)
    assert (cells.rows, cells.columns) == (4, 5)
    middles = cells.middles()
    assert middles[0].tolist() == [-1.25, 1.75] and middles[-1].tolist() == [0.75, 0.25]
    filled = cells.filled(middles[:, 1], near=1.1)
    assert filled.values[0].tolist() == [1.75] * 5 and filled.values[3].tolist() == [0.25] * 5
    assert filled.edge[..., 1] == pytest.approx(1.1) and filled.edge[..., 0].min() == pytest.approx(-1.25)


def test_the_figures_of_a_network_are_those_of_a_plain_loop(vae_file: Path) -> None:
    run = load_run(vae_file)
    network = Snapshot.from_weights(run.config, run.weights)
    found = measure(network, run.codes, draws=120, seed=5)
    assert (found.near, found.step) == pytest.approx((near_distance(run.codes, 5), near_distance(run.codes, 5) / 10))
    low, high = run.codes.min(axis=0), run.codes.max(axis=0)
    own = (low + np.random.default_rng(6).random((120, 2)) * (high - low)).astype(np.float32)
    prior = np.random.default_rng(5).standard_normal((120, 2)).astype(np.float32)
    for draws, complete, steps in (
        (prior, found.complete_prior, found.continuity_prior),
        (own, found.complete_range, found.continuity_range),
    ):
        back = [float(np.linalg.norm(network.encode(network.decode(z[None]))[0] - z)) for z in draws]
        assert complete.back == pytest.approx(sum(each <= found.near for each in back) / 120)
        pulled = 0
        for z in draws:
            mean, log_variance = network.posterior(network.decode(z[None]))
            pulled += bool(np.linalg.norm(mean[0] - (1 - np.exp(log_variance[0])) * z) <= found.near)
        assert complete.pulled == pytest.approx(pulled / 120)
        directions = np.random.default_rng((5, 1)).standard_normal((120, 2))
        changes = []
        for z, direction in zip(draws, directions, strict=True):
            d = direction / np.linalg.norm(direction) * found.step
            pair = network.decode(np.stack([z, z + d]).astype(np.float32)).astype(float)
            changes.append(np.linalg.norm(pair[1] - pair[0]) / found.step)
        assert steps.median == pytest.approx(np.median(changes), rel=1e-3)
        assert steps.largest == pytest.approx(max(changes), rel=1e-3)
    reach = np.linalg.norm(run.codes[:, None] - prior[None], axis=2).min(axis=1) <= found.near
    assert found.reached == pytest.approx(reach.mean())
    assert measure(network, run.codes, draws=120, seed=5) == found, "the same seed gives the same figures"


def test_measuring_can_be_given_up() -> None:
    with pytest.raises(Stopped):
        measure(Linear(2), RNG.standard_normal((100, 2)), cancelled=lambda: True)
    with pytest.raises(Stopped):
        round_trip(Linear(2), np.zeros((1, 2)), cancelled=lambda: True)
    with pytest.raises(Stopped):
        continuity(Linear(2), np.zeros((1, 2)), step=0.1, cancelled=lambda: True)


def test_the_contour_of_a_distance_is_a_circle() -> None:
    row, column = np.mgrid[:60, :80]
    segments = contour(np.hypot(column - 41.3, row - 27.8), 20.0)
    assert np.hypot(segments[..., 0] - 41.3, segments[..., 1] - 27.8) == pytest.approx(
        20.0, abs=0.013
    )  # a chord's height
    lengths = np.linalg.norm(segments[:, 0] - segments[:, 1], axis=1)
    assert lengths.sum() == pytest.approx(2 * np.pi * 20, rel=0.002)


def test_there_is_no_contour_where_nothing_crosses() -> None:
    assert contour(np.zeros((5, 5)), 1.0).shape == (0, 2, 2)
    assert contour(np.full((1, 9), 2.0), 1.0).shape == (0, 2, 2)
    holed = np.zeros((4, 4))
    holed[1, 1] = np.nan
    assert contour(holed, 1.0).shape == (0, 2, 2)
