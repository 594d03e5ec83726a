"""Figures of a run against independent calculations: torch.distributions, scikit-learn, plain loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from torch.distributions import Bernoulli, Normal, kl_divergence

import models
from models.checkpoint import Run, load_run
from models.config import RunConfig
from models.datasets import Dataset
from models.evaluation import (
    anomaly_scores,
    bernoulli_floor,
    completed,
    entropy_floors,
    evaluate,
    held_out_losses,
    importance_weighted_bound,
    knn_accuracy,
    pca_error,
    percentile,
    reconstruction_errors,
    squared_error_per_pixel,
)
from models.snapshot import Snapshot
from tests.conftest import trained

PRETRAINED = Path(models.__file__).parent / "pretrained"


@pytest.fixture
def vae(vae_file: Path) -> Run:
    return load_run(vae_file)


@pytest.fixture
def ae(ae4_file: Path) -> Run:
    return load_run(ae4_file)


def seen_through(run: Run) -> Snapshot:
    return Snapshot.from_weights(run.config, run.weights)


def test_a_vaes_error_is_the_log_probability_of_torch(vae: Run, digits: Dataset) -> None:
    snapshot, images = seen_through(vae), digits.test_images[:20]
    logits = torch.from_numpy(snapshot.logits(snapshot.encode(images)))
    unit = torch.from_numpy(images / np.float32(255))
    expected = -Bernoulli(logits=logits, validate_args=False).log_prob(unit).sum(dim=(1, 2))
    assert reconstruction_errors(snapshot, images) == pytest.approx(expected.numpy(), rel=1e-5)


def test_an_aes_error_is_the_squared_distance(ae: Run, digits: Dataset) -> None:
    snapshot, images = seen_through(ae), digits.test_images[:20]
    distance = np.linalg.norm((snapshot.reconstruct(images) - images / 255).reshape(20, -1), axis=1)
    assert reconstruction_errors(snapshot, images) == pytest.approx(distance**2, rel=1e-4)
    assert squared_error_per_pixel(snapshot, images) == pytest.approx((distance**2).mean() / 784, rel=1e-4)


def test_images_of_either_kind_have_the_same_error(vae: Run, digits: Dataset) -> None:
    snapshot, images = seen_through(vae), digits.test_images[:10]
    as_float = reconstruction_errors(snapshot, images.astype(np.float32) / 255)
    assert as_float == pytest.approx(reconstruction_errors(snapshot, images), rel=1e-5)
    assert reconstruction_errors(snapshot, images[:0]).shape == (0,)


def test_held_out_losses_are_those_that_training_reported(vae: Run, ae: Run, digits: Dataset) -> None:
    for run in (vae, ae):
        losses = held_out_losses(seen_through(run), digits.test_images)
        assert losses.total == pytest.approx(run.report["test_loss"], rel=1e-5)
        assert losses.reconstruction == pytest.approx(run.report["test_reconstruction"], rel=1e-5)
        assert losses.kl == pytest.approx(run.report["test_kl"], rel=1e-5)


def test_a_loss_weighs_its_kl_as_the_run_was_told_to(digits: Dataset) -> None:
    run = trained(digits, kind="vae", beta=4.0)
    losses = held_out_losses(seen_through(run), digits.test_images)
    assert losses.kl > 0.1
    assert losses.total == pytest.approx(losses.reconstruction + 4 * losses.kl)
    assert losses.total == pytest.approx(run.report["test_loss"], rel=1e-5)


def test_the_kl_is_torchs(vae: Run, digits: Dataset) -> None:
    mean, log_variance = map(torch.from_numpy, seen_through(vae).posterior(digits.test_images))
    expected = kl_divergence(Normal(mean, torch.exp(0.5 * log_variance)), Normal(0, 1)).sum(dim=1).mean()
    assert held_out_losses(seen_through(vae), digits.test_images).kl == pytest.approx(float(expected), rel=1e-4)


def test_the_importance_weighted_bound_is_that_of_a_plain_loop(vae: Run, digits: Dataset) -> None:
    snapshot, images = seen_through(vae), digits.test_images[:3]
    mean, log_variance = map(torch.from_numpy, snapshot.posterior(images))
    noise = np.random.default_rng(7)
    draws = [torch.from_numpy(noise.standard_normal((3, 2), np.float32)) for _ in range(4)]
    unit = torch.from_numpy(images / np.float32(255))
    bounds = []
    for i in range(3):
        posterior, ratios = Normal(mean[i], torch.exp(0.5 * log_variance[i])), []
        for draw in draws:
            z = mean[i] + torch.exp(0.5 * log_variance[i]) * draw[i]
            logits = torch.from_numpy(snapshot.logits(z[None].numpy()))[0]
            likelihood = Bernoulli(logits=logits, validate_args=False).log_prob(unit[i]).sum()
            ratios.append(likelihood + Normal(0, 1).log_prob(z).sum() - posterior.log_prob(z).sum())
        bounds.append(torch.logsumexp(torch.stack(ratios), 0) - np.log(4))
    expected = -float(torch.stack(bounds).mean())
    assert importance_weighted_bound(snapshot, images, samples=4, seed=7) == pytest.approx(expected, rel=1e-5)


def test_more_samples_tighten_the_bound(vae: Run, digits: Dataset) -> None:
    snapshot, images = seen_through(vae), digits.test_images
    one, many = (importance_weighted_bound(snapshot, images, samples) for samples in (1, 50))
    assert one == pytest.approx(vae.report["test_loss"], rel=0.02)  # with one sample it is the VAE's own bound
    assert many < one - 0.1


def test_the_bound_needs_a_vae_whose_errors_are_nats(ae: Run, digits: Dataset) -> None:
    for run in (ae, trained(digits, kind="vae", loss="mse", epochs=1)):
        with pytest.raises(ValueError, match="needs a VAE with the Bernoulli loss"):
            importance_weighted_bound(seen_through(run), digits.test_images)


def test_the_floor_is_the_loss_of_a_perfect_reconstruction() -> None:
    images = np.array([0, 51, 255, 128], np.uint8).repeat(196).reshape(1, 28, 28)
    unit = torch.from_numpy(images / 255.0).double()
    expected = float(Bernoulli(probs=unit, validate_args=False).entropy().sum())
    assert bernoulli_floor(images) == pytest.approx(expected, rel=1e-5)
    assert entropy_floors(images / 255.0) == pytest.approx([expected], rel=1e-5)
    assert bernoulli_floor(np.zeros((3, 28, 28), np.uint8)) == 0


@pytest.mark.mnist
def test_the_known_figures_of_mnist(mnist: Dataset) -> None:
    assert bernoulli_floor(mnist.train_images) == pytest.approx(45.76, abs=0.01)
    assert pca_error(mnist, 4) == pytest.approx(0.0479, abs=5e-5)


@pytest.mark.parametrize("components", [1, 2, 16])
def test_pcas_error_is_scikit_learns(digits: Dataset, peer_pca, components: int) -> None:
    test, pca = digits.test_images.reshape(-1, 784) / 255, peer_pca(components)
    expected = np.square(pca.inverse_transform(pca.transform(test)) - test).mean()
    measured = pca_error(digits, components)
    assert measured == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("dimensions", [1, 3, 20])
def test_neighbours_vote_as_in_a_plain_loop(dimensions: int, rng: np.random.Generator) -> None:
    train, test = rng.standard_normal((400, dimensions)), rng.standard_normal((80, dimensions))
    train_labels, labels = rng.integers(0, 3, 400), rng.integers(0, 3, 80)
    neighbours = NearestNeighbors(n_neighbors=5).fit(train).kneighbors(test, return_distance=False)
    votes = [np.bincount(train_labels[each]).argmax() for each in neighbours]
    assert knn_accuracy(train, train_labels, test, labels) == pytest.approx(np.mean(votes == labels))
    few = np.bincount(train_labels[:3]).argmax()  # fewer than are asked: all of them vote
    assert knn_accuracy(train[:3], train_labels[:3], test, labels) == pytest.approx(np.mean(few == labels))


def test_a_small_or_faint_digit_is_told_apart_by_its_score_not_by_its_error(vae: Run, digits: Dataset) -> None:
    snapshot, images = seen_through(vae), digits.test_images
    small = np.pad(images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)), ((0, 0), (7, 7), (7, 7))).astype(np.uint8)
    faint = (images * 0.35).astype(np.uint8)
    usual_errors, usual_scores = reconstruction_errors(snapshot, images), anomaly_scores(snapshot, images)
    for odd in (small, faint):
        by_error = np.mean([percentile(usual_errors, e) for e in reconstruction_errors(snapshot, odd)])
        by_score = np.mean([percentile(usual_scores, s) for s in anomaly_scores(snapshot, odd)])
        assert by_score > max(95, by_error + 5)


def test_a_score_is_the_excess_over_the_floor_per_energy(vae: Run, ae: Run, digits: Dataset) -> None:
    image = digits.test_images[:1]
    unit = image / 255.0
    for run, floor in ((vae, bernoulli_floor(image)), (ae, 0.0)):
        error = float(reconstruction_errors(seen_through(run), image)[0])
        expected = (error - floor) / (unit**2).sum()
        assert anomaly_scores(seen_through(run), image) == pytest.approx([expected], rel=1e-4)
    assert np.isfinite(anomaly_scores(seen_through(vae), np.zeros((1, 28, 28), np.uint8))).all()
    rounded = np.array([bernoulli_floor(image)], np.float32) - 1e-4  # what is redrawn perfectly, but for rounding
    assert anomaly_scores(seen_through(vae), image, rounded).tolist() == [0.0]


def test_a_percentile_counts_what_lies_below() -> None:
    scores = np.array([1.0, 2.0, 3.0, 4.0])
    assert [percentile(scores, value) for value in (0, 2.5, 4, 9)] == [0, 50, 75, 100]
    assert [percentile(np.arange(10_000), 100 * share) for share in (29, 57, 99)] == [29, 57, 99], "to the last bit"


def test_the_report_has_the_agreed_keys_and_the_trainings_figures(vae: Run, digits: Dataset) -> None:
    report = evaluate(vae, digits)
    agreed = (
        "kind, latent_dim, parameters, epochs, seed, device, train_seconds, images_per_second, test_loss, "
        "test_reconstruction, test_kl, test_mse_per_pixel, knn_accuracy"
    )
    assert set(agreed.split(", ")) <= set(report)
    for name in ("parameters", "device", "epochs", "train_seconds", "images_per_second"):
        assert report[name] == vae.report[name], name
    assert report["test_mse_per_pixel"] == pytest.approx(vae.report["test_mse_per_pixel"], rel=1e-4)
    assert 0.3 < report["knn_accuracy"] <= 1


def test_a_completed_run_needs_no_data(vae: Run, digits: Dataset) -> None:
    whole = completed(vae, digits)
    assert whole.scores == pytest.approx(anomaly_scores(seen_through(vae), digits.test_images), rel=1e-4)
    assert whole.report["knn_accuracy"] > 0.3
    assert whole.report["bernoulli_floor"] == pytest.approx(bernoulli_floor(digits.train_images))
    assert whole.config == RunConfig.from_dict(vae.config.to_dict())
    assert whole.report["cpu_seconds"] == vae.report["cpu_seconds"] > 0, "what only its training could know"


@pytest.mark.mnist
@pytest.mark.parametrize("path", sorted(PRETRAINED.glob("*.safetensors")), ids=lambda path: path.stem)
def test_shipped_scores_are_those_of_this_version(path: Path, mnist: Dataset) -> None:
    run = load_run(path)
    assert run.scores is not None
    assert run.scores[:500] == pytest.approx(anomaly_scores(seen_through(run), mnist.test_images[:500]), rel=1e-2)
