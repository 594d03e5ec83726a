"""The quantiser against numpy's digitize, PCA at so many bits against scikit-learn's, and the yardsticks by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch
from PIL import Image
from torch.distributions import Normal, kl_divergence

from models.checkpoint import load_run
from models.compression import (
    ALL_BITS,
    IMAGE_BITS,
    PrincipalCoder,
    Quantiser,
    decoder_weights,
    entropy_bits,
    error_of_codes,
    errors_per_pixel,
    png_bytes,
    rate_bits,
)
from models.datasets import Dataset
from models.latent_use import divergence_per_dimension
from models.networks import unfilled
from models.principal import Principal, fit


def by_digitize(codes: np.ndarray, bits: int, over: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Cells and midpoints of codes (N, d), an axis at a time, over the range of `over` (or their own)."""
    cells, midpoints = np.zeros(codes.shape, int), np.zeros(codes.shape)
    for axis in range(codes.shape[1]):
        source = (codes if over is None else over)[:, axis].astype(np.float64)
        edges = np.linspace(source.min(), source.max(), 2**bits + 1)
        cells[:, axis] = np.digitize(codes[:, axis], edges[1:-1])
        midpoints[:, axis] = ((edges[:-1] + edges[1:]) / 2)[cells[:, axis]]
    return cells, midpoints


def test_an_image_has_6272_bits() -> None:
    assert IMAGE_BITS == 28 * 28 * 8 == 6272
    assert tuple(range(1, 17)) == ALL_BITS


@pytest.mark.parametrize("bits", [1, 4, 16])
def test_cells_and_midpoints_are_those_of_digitize(rng, bits: int) -> None:
    codes = rng.normal(size=(500, 3)) * [1.0, 20.0, 0.01] + [0.0, 5.0, -3.0]
    quantiser = Quantiser.over(codes)
    cells, midpoints = by_digitize(codes, bits)
    assert quantiser.cells(codes, bits).tolist() == cells.tolist()
    np.testing.assert_allclose(quantiser.quantise(codes, bits), midpoints, rtol=1e-6, atol=1e-6)
    assert cells.min() == 0 and cells.max() == 2**bits - 1
    half = (codes.max(axis=0) - codes.min(axis=0)) / 2**bits / 2
    assert (np.abs(quantiser.quantise(codes, bits) - codes) <= half + 1e-5).all()


def test_a_code_beyond_the_range_is_cut_off() -> None:
    quantiser = Quantiser(np.array([0.0, 0.0]), np.array([1.0, 4.0]))
    assert quantiser.cells(np.array([[-7.0, 9.0], [0.6, 1.0]]), 2).tolist() == [[0, 3], [2, 1]]
    assert quantiser.quantise(np.array([[-7.0, 9.0]]), 2).tolist() == [[0.125, 3.5]]


def test_an_axis_without_extent_stays_where_it_is() -> None:
    codes = np.array([[2.0, 0.0], [2.0, 1.0]])
    assert Quantiser.over(codes).quantise(codes, 3)[:, 0].tolist() == [2.0, 2.0]


def test_codes_that_are_no_numbers_have_no_part_in_the_range() -> None:
    codes = np.array([[0.0, 2.0], [np.nan, np.nan], [1.0, 3.0], [np.inf, 9.0], [-7.0, np.nan]])
    quantiser = Quantiser.over(codes)
    assert (quantiser.low.tolist(), quantiser.high.tolist()) == ([0.0, 2.0], [1.0, 3.0]), "of whole codes alone"
    with pytest.raises(ValueError, match="No code is a finite number"):
        Quantiser.over(np.full((3, 2), np.nan))


@pytest.fixture(scope="module")
def principal(digits: Dataset) -> Principal:
    """PCA of the digits to train on."""
    return fit(digits.train_images)


@pytest.mark.parametrize(("components", "bits"), [(2, 1), (4, 3), (16, 6), (5, 16)])
def test_pca_at_so_many_bits_is_scikit_learns(
    digits: Dataset, principal: Principal, peer_pca, components: int, bits: int
) -> None:
    held_out, peer = digits.test_images.reshape(-1, 784) / 255, peer_pca(components)
    coefficients = peer.transform(held_out)
    rebuilt = peer.inverse_transform(by_digitize(coefficients, bits)[1])
    expected = ((rebuilt - held_out) ** 2).mean()
    coder = PrincipalCoder.over(principal, digits.test_images)
    assert coder.errors(components, [bits])[0] == pytest.approx(expected, rel=1e-3)
    images = coder.code(digits.test_images, components, bits)
    assert errors_per_pixel(images, digits.test_images).mean() == pytest.approx(expected, rel=1e-3)


def test_errors_on_every_third_image_over_the_range_of_all(digits: Dataset, principal: Principal) -> None:
    some, whole = (PrincipalCoder.over(principal, digits.test_images, every) for every in (3, 1))
    expected = errors_per_pixel(whole.code(digits.test_images[::3], 4, 2), digits.test_images[::3]).mean()
    assert some.errors(4, [2])[0] == pytest.approx(expected, rel=1e-4)


def test_error_of_codes_is_the_mean_over_images_and_pixels(rng) -> None:
    images = rng.integers(0, 256, (2100, 28, 28), np.uint8)
    codes = rng.random((2100, 1)).astype(np.float32)
    error = error_of_codes(lambda z: np.broadcast_to(z[:, :, None], (len(z), 28, 28)), codes, images)
    assert error == pytest.approx(((codes[:, :, None] - images / 255) ** 2).mean(), rel=1e-5)


def test_the_rate_is_the_kl_of_torchs_distributions_in_bits(rng) -> None:
    mean, log_variance = rng.normal(size=(2, 50, 3))
    posterior = Normal(torch.from_numpy(mean), torch.from_numpy(log_variance).div(2).exp())
    nats = kl_divergence(posterior, Normal(0.0, 1.0)).sum(dim=1).mean()
    rate = rate_bits(float(divergence_per_dimension(mean, log_variance).sum()))
    assert rate == pytest.approx(float(nats) / math.log(2))


def test_entropy_is_scipys_axis_by_axis(rng) -> None:
    cells = 2 * rng.poisson([1.0, 5.0], (400, 2))  # every second cell is empty
    expected = sum(scipy.stats.entropy(np.unique(axis, return_counts=True)[1], base=2) for axis in cells.T)
    assert entropy_bits(cells) == pytest.approx(expected)
    assert entropy_bits(np.zeros((9, 3), int)) == 0.0


def test_png_sizes_are_those_of_files(digits: Dataset, tmp_path: Path) -> None:
    images = digits.test_images[:5]
    for size, image in zip(png_bytes(images), images, strict=True):
        path = tmp_path / "image.png"
        Image.fromarray(image).save(path, optimize=True)
        assert path.stat().st_size == size
        assert (np.asarray(Image.open(path)) == image).all()


@pytest.mark.parametrize("name", ["vae_file", "ae4_file"])
def test_the_decoders_weights_are_counted(name: str, request: pytest.FixtureRequest) -> None:
    run = load_run(request.getfixturevalue(name))
    expected = sum(parameter.numel() for parameter in unfilled(run.config).decoder.parameters())
    assert decoder_weights(run.weights) == expected > 0
