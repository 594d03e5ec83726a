"""The geometry of codes against independent calculations: scikit-learn's PCA, sampling, and plain trigonometry."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from models.latent_space import (
    axes_projection,
    default_projection,
    ellipse,
    grid_points,
    identity_projection,
    line_projection,
    nearest,
    pca_projection,
    prior_quantiles,
    rows_by_label,
    spherical_path,
    straight_path,
    vote,
)


@pytest.fixture
def codes(rng: np.random.Generator) -> np.ndarray:
    """500 codes of 5 dimensions, correlated, off the origin."""
    mixed = rng.standard_normal((500, 5)) @ rng.standard_normal((5, 5)) + [3, -1, 0, 2, 5]
    return mixed.astype(np.float32)


def test_the_plane_of_pca_is_scikit_learns(codes: np.ndarray) -> None:
    plane, reference = pca_projection(codes), PCA(2, svd_solver="full").fit(codes)
    signs = np.sign((plane.axes * reference.components_).sum(axis=1))
    assert plane.to_plane(codes) == pytest.approx(reference.transform(codes) * signs, abs=1e-4)
    assert plane.explained == pytest.approx(tuple(reference.explained_variance_ratio_), abs=1e-6)
    assert pca_projection(1e-3 * codes).explained == pytest.approx(plane.explained, abs=1e-5)
    assert plane.axis_titles == ("PC 1", "PC 2")
    assert plane.prior_centre() == pytest.approx(tuple(plane.to_plane(np.zeros((1, 5)))[0]), abs=1e-4)


def test_the_sign_of_pca_is_settled_and_follows_the_plane_before(codes: np.ndarray) -> None:
    plane = pca_projection(codes)
    for axis in plane.axes:
        assert axis[np.abs(axis).argmax()] > 0
    mirrored = pca_projection(-codes)
    assert mirrored.axes == pytest.approx(plane.axes, abs=1e-6)
    turned = type(plane)("pca", plane.origin, -plane.axes, plane.axis_titles)
    assert pca_projection(codes, like=turned).axes == pytest.approx(-plane.axes)


def test_codes_without_spread_still_have_a_plane() -> None:
    plane = pca_projection(np.ones((10, 4), np.float32))
    assert plane.explained == (0.0, 0.0)
    assert plane.axes @ plane.axes.T == pytest.approx(np.eye(2), abs=1e-9)
    assert plane.to_plane(np.ones((3, 4))) == pytest.approx(np.zeros((3, 2)))


@pytest.mark.parametrize("plane", ["pca", "axes"])
def test_a_point_comes_back_as_its_code_and_what_is_off_the_plane_stays(codes: np.ndarray, plane: str) -> None:
    projection = pca_projection(codes) if plane == "pca" else axes_projection(3, 1, 5)
    point = projection.to_plane(codes[:1])
    assert projection.to_codes(point, codes[0]) == pytest.approx(codes[:1], abs=1e-5)
    targets = np.array([[0.5, -1.0], [9.0, 2.0]])
    lifted = projection.to_codes(targets, base=codes[7])
    assert lifted.dtype == np.float32
    assert projection.to_plane(lifted) == pytest.approx(targets, abs=1e-5)
    off_plane = (lifted - codes[7]) @ (np.eye(5) - projection.axes.T @ projection.axes)
    assert off_plane == pytest.approx(np.zeros((2, 5)), abs=1e-5)


def test_two_dimensions_are_shown_as_they_are(rng: np.random.Generator) -> None:
    codes = rng.standard_normal((20, 2)).astype(np.float32)
    projection = identity_projection()
    assert np.array_equal(projection.to_plane(codes), codes)
    assert projection.to_codes(codes, np.array([7, 7])) == pytest.approx(codes, abs=1e-6)
    assert projection.axis_titles == ("z1", "z2")


def test_one_dimension_is_a_line() -> None:
    line = line_projection()
    assert line.to_plane(np.array([[2.0], [-1.0]])).tolist() == [[2, 0], [-1, 0]]
    assert line.to_codes(np.array([[1.5, 99.0]]), np.array([4.0])).tolist() == [[1.5]]
    rows = rows_by_label(np.arange(10))
    assert rows[0] == -rows[9] > 0 and np.all(np.diff(rows) < 0)


def test_the_first_view_depends_on_the_dimension(codes: np.ndarray) -> None:
    kinds = [default_projection(codes[:, :dim]).kind for dim in (1, 2, 3, 5)]
    assert kinds == ["line", "identity", "pca", "pca"]


@pytest.mark.parametrize("pair", [(0, 4), (4, 0)])
def test_two_axes_are_those_numbers_of_the_codes(codes: np.ndarray, pair: tuple[int, int]) -> None:
    projection = axes_projection(*pair, dim=5)
    assert np.array_equal(projection.to_plane(codes), codes[:, pair])
    assert projection.axis_titles == tuple(f"z{axis + 1}" for axis in pair)


@pytest.mark.parametrize("pair", [(0, 0), (0, 5), (5, 0), (-1, 2)])
def test_axes_that_are_not_there_are_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="Two different axes from 0 to 4 are needed"):
        axes_projection(*pair, dim=5)


def test_a_posterior_on_the_plane_has_the_covariance_of_its_samples(codes: np.ndarray) -> None:
    projection = pca_projection(codes)
    log_variance = np.array([-1.0, 0.5, -3.0, 0.0, 1.0])
    samples = np.random.default_rng(1).standard_normal((200_000, 5)) * np.exp(log_variance / 2)
    measured = np.cov(projection.to_plane(samples), rowvar=False)
    assert projection.project_covariance(log_variance) == pytest.approx(measured, rel=0.03, abs=0.02)


def test_an_ellipse_holds_the_samples_that_it_should() -> None:
    mean, covariance = np.array([2.0, -1.0]), np.array([[2.0, 0.8], [0.8, 0.5]])
    samples = np.random.default_rng(1).multivariate_normal(mean, covariance, 100_000)
    for sigma, share in ((1, 1 - np.exp(-0.5)), (2, 1 - np.exp(-2.0))):
        outline = ellipse(mean, covariance, sigma, n=200)
        assert outline.shape == (200, 2) and outline[0] == pytest.approx(outline[-1])
        assert mahalanobis(outline, mean, covariance) == pytest.approx(sigma)
        assert np.mean(mahalanobis(samples, mean, covariance) < sigma) == pytest.approx(share, abs=0.01)


def mahalanobis(points: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    away = points - mean
    return np.sqrt((away @ np.linalg.inv(covariance) * away).sum(axis=1))


def test_a_straight_path_is_even_and_ends_exactly(codes: np.ndarray) -> None:
    path = straight_path(codes[0], codes[1], 7)
    assert path.shape == (7, 5) and path.dtype == np.float32
    assert np.array_equal(path[[0, -1]], codes[:2])
    assert np.diff(path, axis=0) == pytest.approx(np.tile((codes[1] - codes[0]) / 6, (6, 1)), abs=1e-5)


def test_a_spherical_path_turns_evenly_and_changes_its_norm_evenly() -> None:
    a, b = np.array([3.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    path = spherical_path(a, b, 5)
    assert np.linalg.norm(path, axis=1) == pytest.approx([3.0, 2.5, 2.0, 1.5, 1.0])
    assert np.degrees(np.arctan2(path[:, 2], path[:, 0])) == pytest.approx([0, 22.5, 45, 67.5, 90], abs=1e-4)
    assert path[:, 1] == pytest.approx(np.zeros(5))


def test_a_spherical_path_keeps_to_the_plane_of_its_ends_at_any_angle(codes: np.ndarray) -> None:
    a, b = codes[:2].astype(float)
    path = spherical_path(a, b, 9).astype(float)
    norms = np.linalg.norm(path, axis=1)
    assert norms == pytest.approx(np.linspace(norms[0], norms[-1], 9))
    turns = np.arccos(np.clip((path[1:] * path[:-1]).sum(axis=1) / (norms[1:] * norms[:-1]), -1, 1))
    assert turns == pytest.approx(np.arccos(a @ b / (norms[0] * norms[-1])) / 8, rel=1e-3), "the short way"
    assert np.linalg.matrix_rank(path, tol=1e-4) == 2


def test_a_spherical_path_ends_exactly(codes: np.ndarray) -> None:
    assert np.array_equal(spherical_path(codes[0], codes[1], 9)[[0, -1]], codes[:2])


@pytest.mark.parametrize(("a", "b"), [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([1, 1], [3, 3]), ([1, 0], [-2, 0])])
def test_without_one_great_circle_the_path_is_straight(a: list[float], b: list[float]) -> None:
    assert np.array_equal(spherical_path(np.array(a), np.array(b), 5), straight_path(np.array(a), np.array(b), 5))


@pytest.mark.parametrize("path", [straight_path, spherical_path])
def test_a_path_needs_two_steps(path) -> None:
    with pytest.raises(ValueError, match="A path needs at least 2 steps, not 1"):
        path(np.zeros(2), np.ones(2), 1)


def test_the_nearest_codes_are_scikit_learns(codes: np.ndarray) -> None:
    target = np.array([1.0, 0.0, 0.5, 2.0, 4.0], np.float32)
    indices, distances = nearest(codes, target, 12)
    expected_distances, expected = NearestNeighbors(n_neighbors=12).fit(codes).kneighbors(target[None])
    assert indices.tolist() == expected[0].tolist()
    assert distances == pytest.approx(expected_distances[0], rel=1e-4)


def test_fewer_codes_than_asked_for_are_all_of_them(codes: np.ndarray) -> None:
    indices, distances = nearest(codes[:3], codes[1], 10)
    assert indices[0] == 1 and distances[0] == 0 and sorted(indices) == [0, 1, 2]
    assert len(nearest(codes[:0], codes[1], 10)[0]) == 0


def test_a_vote_goes_to_the_most_frequent_label_and_a_tie_to_the_nearer_one() -> None:
    assert vote(np.array([3, 8, 8, 8, 3])) == (8, 0.6)
    assert vote(np.array([7, 2, 2, 7])) == (7, 0.5)
    assert vote(np.array([4], np.uint8)) == (4, 1.0)


def test_a_grids_first_row_is_the_largest_y() -> None:
    points = grid_points(np.array([-1.0, 0.0, 1.0]), np.array([-2.0, 2.0]))
    assert points.tolist() == [[-1, 2], [0, 2], [1, 2], [-1, -2], [0, -2], [1, -2]]


def test_quantiles_of_the_prior_share_it_evenly() -> None:
    places = prior_quantiles(4)
    samples = np.random.default_rng(0).standard_normal(400_000)
    assert [np.mean(samples < place) for place in places] == pytest.approx([1 / 8, 3 / 8, 5 / 8, 7 / 8], abs=0.003)
