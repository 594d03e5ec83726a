"""What a network makes of its latent dimensions, against PyTorch's distributions and scikit-learn's density."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
import torch
from sklearn.neighbors import KernelDensity
from torch.distributions import Normal, kl_divergence

from models.checkpoint import load_run
from models.latent_use import bandwidths, divergence_per_dimension, is_active, spread, variances
from tests.conftest import ROOT


def test_the_kl_of_each_dimension_is_that_of_two_normal_distributions(rng) -> None:
    means, log_variances = rng.normal(size=(500, 5)), rng.normal(-2, 1, size=(500, 5))
    posterior = Normal(torch.from_numpy(means), torch.from_numpy(np.exp(log_variances / 2)))
    wanted = kl_divergence(posterior, Normal(0.0, 1.0)).mean(dim=0).numpy()
    np.testing.assert_allclose(divergence_per_dimension(means, log_variances), wanted, rtol=1e-10)


@pytest.mark.parametrize("dims", [2, 4, 16])
def test_the_kl_of_a_shipped_run_adds_up_to_that_of_its_report(dims: int) -> None:
    run = load_run(ROOT / "models" / "pretrained" / f"vae-{dims}.safetensors")
    divergence = divergence_per_dimension(run.codes, run.log_variances)
    assert divergence.shape == (dims,) and (divergence > 0).all()
    assert divergence.sum() == pytest.approx(run.report["test_kl"], rel=1e-4)


def test_a_unit_is_active_where_its_mean_varies(rng) -> None:
    codes = rng.normal(size=(20_000, 4)) * np.sqrt([1.0, 0.0125, 0.0075, 0.0]) + [0, 5, 5, 5]
    assert is_active(variances(codes)).tolist() == [True, True, False, False]
    np.testing.assert_allclose(variances(codes), np.var(codes, axis=0))


@pytest.mark.parametrize("count", [50, 5000])
def test_the_density_is_that_of_normal_kernels(rng, count: int) -> None:
    two_hills = np.where(rng.random(count) < 0.3, rng.normal(-2, 0.3, count), rng.normal(1, 0.7, count))
    codes = np.stack([rng.normal(size=count), two_hills, 1e-3 * rng.standard_cauchy(count).clip(-20, 20)], axis=1)
    found, widths = spread(codes), bandwidths(codes)
    for axis in range(3):
        plain = KernelDensity(bandwidth=widths[axis]).fit(codes[:, axis, None])
        wanted = np.exp(plain.score_samples(found.levels[axis][:, None]))
        assert np.abs(found.densities[axis] - wanted).max() < 0.01 * wanted.max()
        assert np.trapezoid(found.densities[axis], found.levels[axis]) == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(found.low, codes.min(axis=0))
    np.testing.assert_array_equal(found.high, codes.max(axis=0))


def test_silverman_s_width(rng) -> None:
    codes = rng.normal(size=(1000, 1))
    quarter, three_quarters = np.quantile(codes, [0.25, 0.75])
    assert bandwidths(codes)[0] == pytest.approx(
        0.9 * min(codes.std(ddof=1), (three_quarters - quarter) / 1.34) * 1000**-0.2
    )
    even = np.arange(9.0)[:, None]  # whose quarters lie farther apart than it deviates
    assert bandwidths(even)[0] == pytest.approx(0.9 * statistics.stdev(range(9)) * 9**-0.2)


def test_a_unit_that_is_silent_for_most_images_has_the_width_of_its_deviation() -> None:
    codes = np.zeros((1000, 1))
    codes[:200, 0] = np.linspace(1, 2, 200)
    assert bandwidths(codes)[0] == pytest.approx(0.9 * statistics.stdev(codes[:, 0]) * 1000**-0.2)


@pytest.mark.parametrize(
    "codes",
    [np.zeros((0, 3)), np.full((7, 3), np.nan), np.zeros((9, 3)), np.ones((1, 3))],
    ids=["none", "not finite", "all the same", "one"],
)
def test_codes_that_do_not_vary_or_are_not_there_have_a_finite_density(codes: np.ndarray) -> None:
    found = spread(codes)
    assert np.isfinite(found.densities).all() and np.isfinite(found.levels).all() and found.levels.shape == (3, 128)


def test_a_code_that_ran_wild_is_left_out(rng) -> None:
    codes = rng.normal(size=(100, 2))
    wild = np.concatenate([codes, [[np.inf, 0], [0, np.nan]]])
    np.testing.assert_array_equal(spread(wild).densities, spread(codes).densities)
