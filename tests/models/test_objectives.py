"""Objectives against independent calculations: torch.distributions, numpy, and autograd in double precision."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from models import objectives
from models.config import RunConfig
from models.datasets import Dataset

BCE = RunConfig()
MSE = RunConfig(loss="mse")
LINEAR = RunConfig(loss="mse", output="linear")


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


@pytest.fixture
def batch(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and grey images, (7, 784), in double precision."""
    logits = 4.0 * torch.randn(7, 784, generator=generator, dtype=torch.float64)
    return logits, torch.rand(7, 784, generator=generator, dtype=torch.float64)


def test_bernoulli_loss_is_the_librarys_log_probability(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    logits, images = batch
    expected = -Independent(Bernoulli(logits=logits, validate_args=False), 1).log_prob(images)
    torch.testing.assert_close(objectives.reconstruction_per_image(BCE, logits, images), expected)


def test_squared_error_is_summed_over_pixels_and_averaged_over_images(
    batch: tuple[torch.Tensor, torch.Tensor],
) -> None:
    logits, images = (each.numpy() for each in batch)
    squared = ((1.0 / (1.0 + np.exp(-logits)) - images) ** 2).sum(axis=1)
    np.testing.assert_allclose(objectives.reconstruction_per_image(MSE, *batch).numpy(), squared)
    free = ((logits - images) ** 2).sum(axis=1)
    np.testing.assert_allclose(objectives.reconstruction_per_image(LINEAR, *batch).numpy(), free)


def test_bernoulli_loss_stays_finite_at_large_logits() -> None:
    logits = torch.tensor([[400.0] * 784, [-400.0] * 784])
    images = torch.tensor([[0.0] * 784, [0.0] * 784])
    losses = objectives.reconstruction_per_image(BCE, logits, images)
    assert losses.tolist() == pytest.approx([400.0 * 784, 0.0])


def test_divergence_is_the_librarys(generator: torch.Generator) -> None:
    mean = 3.0 * torch.randn(50, 5, generator=generator, dtype=torch.float64)
    log_variance = torch.randn(50, 5, generator=generator, dtype=torch.float64) - 2.0
    posterior = Normal(mean, torch.exp(0.5 * log_variance))
    expected = kl_divergence(posterior, Normal(torch.zeros_like(mean), torch.ones_like(mean))).sum(dim=1)
    torch.testing.assert_close(objectives.divergence_per_image(mean, log_variance), expected)


def test_divergence_is_zero_at_the_prior_alone() -> None:
    assert (objectives.divergence_per_image(torch.zeros(3, 4), torch.zeros(3, 4)) == 0.0).all()
    assert (objectives.divergence_per_image(torch.zeros(3, 4), torch.full((3, 4), -1.0)) > 0.1).all()


def test_samples_have_the_posteriors_mean_and_spread(generator: torch.Generator) -> None:
    mean, log_variance = torch.tensor([1.5, -2.0]), torch.tensor([-1.0, 0.5])
    noise = torch.randn(200_000, 2, generator=generator)
    codes = objectives.sample(mean.expand(200_000, 2), log_variance.expand(200_000, 2), noise)
    torch.testing.assert_close(codes.mean(dim=0), mean, atol=0.02, rtol=0)
    torch.testing.assert_close(codes.std(dim=0), torch.exp(log_variance / 2), atol=0.02, rtol=0)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.9])
def test_dropout_zeroes_its_share_in_every_place_and_keeps_the_mean(
    share: float, generator: torch.Generator, put: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    ones, room = put(torch.ones(400, 784)), put(torch.empty(400, 784))
    dropped = objectives.dropped_out(ones, objectives.kept_pixels(ones, share, generator), share, room)
    zero = (dropped == 0).float()
    assert zero.mean().item() == pytest.approx(share, abs=0.004)
    assert zero.mean(dim=0).min().item() > share - 0.12
    assert zero.mean(dim=0).max().item() < share + 0.12
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)
    assert (ones == 1).all()


def test_no_dropout_hands_the_images_back(generator: torch.Generator) -> None:
    images = torch.rand(2, 784, generator=generator)
    kept = objectives.kept_pixels(images, 0.0, generator)
    assert objectives.dropped_out(images, kept, 0.0, torch.empty(2, 784)) is images


@pytest.mark.mnist
def test_floor_of_the_bernoulli_loss_on_mnist(mnist: Dataset) -> None:
    """Grey pixels cost their own entropy even when they are met exactly: about 45.8 nats an image."""
    images = torch.from_numpy(mnist.train_images[:20_000].reshape(-1, 784) / np.float32(255.0))
    losses = objectives.reconstruction_per_image(BCE, torch.logit(images, eps=1e-7), images)
    assert losses.mean().item() == pytest.approx(45.8, abs=0.3)
