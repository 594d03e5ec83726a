"""Damage to images: its statistics, numpy and torch alike, and PSNR by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from models.config import RunConfig
from models.corruption import KINDS, blur_matrix, corrupt, drawn, drawn_like, mean_psnr, psnr, psnr_of_error
from models.evaluation import restored
from models.learner import EVALUATION_SEED
from models.networks import initialised
from models.settings import ConfigError, settings_of
from models.snapshot import Snapshot
from tests.conftest import trained


def damaged(images: np.ndarray, kind: str, level: float, seed: int = 0) -> np.ndarray:
    return corrupt(images, kind, level, drawn(kind, len(images), np.random.default_rng(seed)))


@pytest.fixture(scope="module")
def flat(digits) -> np.ndarray:
    return digits.test_images.reshape(-1, 784).astype(np.float32) / 255


def test_every_kind_of_the_setting_can_be_done() -> None:
    assert list(KINDS) == list(settings_of(RunConfig)["corruption"].choices)


@pytest.mark.parametrize("kind", KINDS)
def test_level_0_changes_nothing_and_every_level_stays_between_0_and_1(flat, kind: str) -> None:
    np.testing.assert_array_equal(damaged(flat, kind, 0.0), flat)
    least = drawn(kind, len(flat), np.random.default_rng(0))
    if least is not None and not KINDS[kind].normal:  # evenly from 0..1, with 0 itself
        np.testing.assert_array_equal(corrupt(flat, kind, 0.0, 0 * least), flat)
    before = flat.copy()
    strong = damaged(flat, kind, 1.0)
    assert strong.dtype == np.float32 and strong.min() >= 0 and strong.max() <= 1.0001
    np.testing.assert_array_equal(flat, before)
    assert kind == "none" or np.abs(strong - flat).max() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_and_torch_do_the_same(flat, kind: str) -> None:
    numbers = drawn(kind, len(flat), np.random.default_rng(1))
    tensor = None if numbers is None else torch.from_numpy(numbers)
    assert (drawn_like(kind, torch.from_numpy(flat), torch.Generator()) is None) == (numbers is None)
    ours = corrupt(torch.from_numpy(flat), kind, 0.37, tensor)
    np.testing.assert_allclose(ours.numpy(), corrupt(flat, kind, 0.37, numbers), atol=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if drawn(kind, 1, np.random.default_rng(0)) is not None])
def test_torch_draws_numbers_of_the_same_kind_from_its_seeded_generator(flat, kind: str) -> None:
    images = torch.from_numpy(flat)
    first, again, other = (drawn_like(kind, images, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert first is not None and torch.equal(first, again) and not torch.equal(first, other)
    numbers = drawn(kind, len(flat), np.random.default_rng(0))
    assert first.shape == numbers.shape
    assert float(first.mean()) == pytest.approx(float(numbers.mean()), abs=0.03)
    assert float(first.std()) == pytest.approx(float(numbers.std()), abs=0.03)


def test_gaussian_noise_has_the_level_as_its_standard_deviation() -> None:
    grey = np.full((400, 784), 0.5, np.float32)
    noise = damaged(grey, "gaussian", 0.1) - grey
    assert noise.std() == pytest.approx(0.1, rel=0.01) and noise.mean() == pytest.approx(0.0, abs=0.001)
    black = damaged(np.zeros((400, 784), np.float32), "gaussian", 0.1)
    assert (black == 0).mean() == pytest.approx(0.5, abs=0.01), "what falls below 0 is clipped"


def test_salt_and_pepper_replaces_a_share_half_by_white_and_half_by_black() -> None:
    noisy = damaged(np.full((400, 784), 0.5, np.float32), "salt-and-pepper", 0.3)
    assert [(noisy == value).mean() for value in (0, 1, 0.5)] == pytest.approx([0.15, 0.15, 0.7], abs=0.005)


def test_patches_are_whole_squares_and_their_share_is_the_level() -> None:
    noisy = damaged(np.ones((500, 784), np.float32), "patches", 0.3)
    squares = noisy.reshape(-1, 4, 7, 4, 7)
    assert (squares.min(axis=(2, 4)) == squares.max(axis=(2, 4))).all()
    assert (noisy == 0).mean() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("level", [0.1, 0.5, 1.0])
def test_blur_is_a_gaussian_filter_of_four_pixels_at_full_level(flat, level: float) -> None:
    for mine, image in zip(damaged(flat[:5], "blur", level), flat[:5].reshape(-1, 28, 28), strict=True):
        expected = gaussian_filter(image, 4 * level, mode="constant", truncate=9)
        np.testing.assert_allclose(mine.reshape(28, 28), expected, atol=1e-5)
    assert blur_matrix(0.1)[14].sum() == pytest.approx(1.0, abs=1e-6)


def test_a_higher_level_damages_more_of_the_same() -> None:
    white = np.ones((50, 784), np.float32)
    some, more = damaged(white, "patches", 0.2, seed=5), damaged(white, "patches", 0.6, seed=5)
    assert (more <= some).all() and more.sum() < some.sum()


def test_psnr_is_ten_logarithms_of_one_over_the_squared_error(rng) -> None:
    clean, noisy = rng.random((4, 28, 28)), rng.random((4, 28, 28))
    expected = [10 * np.log10(1 / np.mean((a - b) ** 2)) for a, b in zip(noisy, clean, strict=True)]
    assert psnr(noisy, clean) == pytest.approx(expected)
    assert psnr(np.full((1, 784), 0.1), np.zeros((1, 784))) == pytest.approx([20.0])
    assert psnr(clean[:1], clean[:1])[0] == np.inf
    assert psnr_of_error(1.0) == 0.0 and psnr_of_error(0.0) == np.inf
    np.testing.assert_allclose(psnr_of_error(np.array([0.1, 0.05])), [10.0, 20 * np.log10(1 / np.sqrt(0.05))])


def test_damage_that_no_pixel_shows_is_none(digits) -> None:
    clean = digits.test_images[:10].reshape(-1, 784) / np.float32(255)
    blurred = corrupt(clean, "blur", 0.02, None)
    assert 0 < np.abs(blurred - clean).max() < 1e-12, "hardly zero in float32"
    assert (psnr(blurred, clean) == np.inf).all()
    assert mean_psnr(psnr(blurred, clean), np.full(10, 17.0)) == (np.inf, 17.0)
    one_shade = clean[:1].copy()
    one_shade[0, 300] += np.float32(1 / 255)
    assert psnr(one_shade, clean[:1]) == pytest.approx([77.1], abs=0.05), "the least that a picture can show"


def test_a_digit_that_the_damage_leaves_as_it_is_does_not_make_the_mean_infinite(digits) -> None:
    assert mean_psnr(np.array([10.0, np.inf, 20.0]), np.array([12.0, 40.0, 16.0])) == (15.0, 14.0)
    assert mean_psnr(np.full(2, np.inf), np.array([12.0, 16.0])) == (np.inf, 14.0)
    network = Snapshot(RunConfig(), initialised(RunConfig(), torch.zeros(784)))
    figures = restored(network, digits.test_images, "patches", 0.2)
    clean = digits.test_images.reshape(-1, 784) / np.float32(255)
    noisy = corrupt(clean, "patches", 0.2, drawn("patches", len(clean), np.random.default_rng(EVALUATION_SEED)))
    error = np.square(noisy.astype(float) - clean).mean(axis=1)
    assert (error == 0).any() and (error > 0).any(), "erased paper is no damage"
    assert figures["noisy_psnr"] == pytest.approx(-10 * np.log10(error[error > 0]).mean())
    untouched = restored(network, digits.test_images[:5], "patches", 0.0)
    assert untouched["noisy_psnr"] is None and json.loads(json.dumps(untouched, allow_nan=False)) == untouched


def test_training_with_noise_learns_to_remove_it_and_repeats_with_its_seed(digits) -> None:
    settings = {"kind": "ae", "loss": "mse", "latent_dim": 16, "epochs": 12, "learning_rate": 0.01}
    noisy = {"corruption": "gaussian", "corruption_level": 0.5}
    clean, one, same = (trained(digits, **settings, **more) for more in ({}, noisy, noisy))
    assert all((one.weights[name] == same.weights[name]).all() for name in one.weights)
    figures = [
        restored(Snapshot.from_weights(run.config, run.weights), digits.test_images, "gaussian", 0.5)
        for run in (clean, one)
    ]
    assert figures[0]["noisy_psnr"] == figures[1]["noisy_psnr"], "the same noise for both"
    assert figures[1]["restored_psnr"] > figures[0]["restored_psnr"] + 1
    assert figures[1]["restored_psnr"] > figures[1]["noisy_psnr"] + 3


def test_what_is_no_corruption_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match="^Corruption must be one of none, gaussian, .*, not “fog”.$"):
        RunConfig(corruption="fog")
    with pytest.raises(ConfigError, match=r"^Corruption level must lie between 0 and 1, not 1\.5\.$"):
        RunConfig(corruption_level=1.5)
