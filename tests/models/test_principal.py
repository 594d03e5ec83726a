"""PCA against scikit-learn's, the angle between subspaces against scipy's, and a linear AE that finds PCA's plane."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from models.checkpoint import load_run
from models.config import RunConfig
from models.datasets import Dataset
from models.evaluation import squared_error_per_pixel, squared_errors
from models.facts import CodesMoved, RunFinished
from models.presets import PRESETS
from models.principal import MOST, Principal, decoder_matrix, fit, is_linear, largest_angle
from models.snapshot import Snapshot
from models.training import train


@pytest.fixture(scope="module")
def principal(digits: Dataset) -> Principal:
    """Ours of the digits to train on."""
    return fit(digits.train_images)


@pytest.mark.parametrize("components", [1, 2, 16, 64])
def test_pca_makes_of_images_what_scikit_learn_makes_of_them(
    digits: Dataset, principal: Principal, peer_pca, components: int
) -> None:
    theirs = peer_pca(components)
    images = digits.test_images[:50]
    expected = theirs.inverse_transform(theirs.transform(images.reshape(-1, 784) / 255)).reshape(-1, 28, 28)
    np.testing.assert_allclose(principal.reconstruct(images, components), expected, atol=2e-4)
    assert np.degrees(subspace_angles(principal.first(components), theirs.components_.T)).max() < 0.1


def test_one_fit_serves_every_number_of_components(digits: Dataset, principal: Principal) -> None:
    assert principal.directions.shape == (784, MOST) and MOST == 64
    np.testing.assert_allclose(principal.directions.T @ principal.directions, np.eye(64), atol=1e-5)
    as_float = fit(digits.train_images[:100].astype(np.float32) / 255, 3)
    np.testing.assert_allclose(as_float.directions, fit(digits.train_images[:100], 3).directions, atol=1e-4)
    assert fit(digits.train_images[:5]).directions.shape == (784, 5), "five images have no more directions"


@pytest.mark.parametrize("dim", [1, 2, 10, 64])
def test_the_angle_is_scipys(rng: np.random.Generator, dim: int) -> None:
    directions = np.linalg.qr(rng.normal(size=(784, dim)))[0]
    for near in (0.0, 1e-6, 1e-3, 0.1, 10.0):
        matrix = directions @ rng.normal(size=(dim, dim)) + near * rng.normal(size=(784, dim))
        expected = np.degrees(subspace_angles(matrix, directions).max())
        assert largest_angle(matrix, directions) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_a_known_angle_a_whole_and_a_missing_direction() -> None:
    axes = np.eye(784)
    tilted = axes[:, :2].copy()
    tilted[:, 1] = np.cos(np.radians(30)) * axes[:, 1] + np.sin(np.radians(30)) * axes[:, 2]
    assert largest_angle(tilted, axes[:, :2]) == pytest.approx(30)
    assert largest_angle(1e3 * axes[:, [1, 0]], axes[:, :2]) == pytest.approx(0, abs=1e-9)
    assert largest_angle(axes[:, 2:4], axes[:, :2]) == pytest.approx(90)
    assert largest_angle(axes[:, [0, 0]], axes[:, :2]) == pytest.approx(90), "a line is no plane"
    almost = axes[:, [0, 0]] + 1e-8 * axes[:, [0, 1]]  # but for what rounding makes of weights
    assert largest_angle(almost, axes[:, :2]) == pytest.approx(90)


def test_a_linear_decoders_matrix_is_the_product_of_its_weights(digits: Dataset) -> None:
    config = PRESETS["linear-ae"].config.replace(decoder=(32, 16), encoder=(16,), latent_dim=3, epochs=1)
    run = next(fact.run for fact in train(config, digits) if isinstance(fact, RunFinished))
    weights = [run.weights[f"decoder.layers.{layer}.weight"].astype(np.float64) for layer in (0, 1, 2)]
    expected = weights[2] @ weights[1] @ weights[0]
    matrix = decoder_matrix(Snapshot.from_weights(run.config, run.weights))
    np.testing.assert_allclose(matrix, expected, atol=1e-5 * np.abs(expected).max())


def test_which_networks_have_a_plane() -> None:
    linear = PRESETS["linear-ae"].config
    assert is_linear(linear)
    assert not any(is_linear(linear.replace(**other)) for other in ({"kind": "vae"}, {"activation": "relu"}))
    assert not is_linear(linear.replace(output="sigmoid")) and not is_linear(RunConfig())


def test_a_linear_ae_turns_towards_pcas_plane_while_it_learns(digits: Dataset, principal: Principal, peer_pca) -> None:
    config = PRESETS["linear-ae"].config.replace(epochs=60, batch_size=100)
    facts = list(train(config, digits, pictures_per_second=1e9))
    plane, theirs = principal.first(2), peer_pca(2).components_.T
    angles = []
    for fact in facts:
        if isinstance(fact, CodesMoved):
            matrix = decoder_matrix(fact.snapshot)
            angles.append(largest_angle(matrix, plane))
            assert angles[-1] == pytest.approx(np.degrees(subspace_angles(matrix, theirs).max()), abs=0.01)
    assert angles[0] > 60 and angles[-1] < 3


def test_squared_errors_are_plain_means_over_pixels(vae_file, digits: Dataset) -> None:
    run = load_run(vae_file)
    snapshot = Snapshot.from_weights(run.config, run.weights)
    far = snapshot.reconstruct(digits.test_images) - digits.test_images / 255
    expected = [float((each**2).sum() / 784) for each in far]
    assert squared_errors(snapshot, digits.test_images) == pytest.approx(expected, rel=1e-4)
    assert squared_error_per_pixel(snapshot, digits.test_images) == pytest.approx(np.mean(expected), rel=1e-4)
    assert squared_errors(snapshot, digits.test_images[:0]).shape == (0,)
