"""The figures of the table against plain calculations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from torch.distributions import Bernoulli, Normal, kl_divergence

from models import measuring
from models.checkpoint import Run
from models.chunks import evenly
from models.config import RunConfig
from models.datasets import Dataset
from models.facts import Losses
from models.measuring import (
    axis_ranges,
    covered,
    draw_prior,
    draw_range,
    drawn_codes,
    landed,
    landing_reach,
    measure,
    measure_in_training,
)
from models.snapshot import Snapshot
from models.stopping import Stopped
from tests.conftest import trained


@pytest.fixture(scope="module")
def vae(digits: Dataset) -> Run:
    return trained(digits, decoder=(32, 32), batch_size=400)


@pytest.fixture(scope="module")
def ae(digits: Dataset) -> Run:
    return trained(digits, kind="ae", decoder=(32, 32), batch_size=400)


def test_landing_is_nearness_by_the_data_s_own_measure() -> None:
    generator = np.random.default_rng(0)
    codes = generator.normal(size=(2500, 3)).astype(np.float32)
    tree = NearestNeighbors(n_neighbors=1).fit(codes)
    own = tree.kneighbors()[0][:, 0]
    assert landing_reach(codes) == pytest.approx(np.percentile(own, 95), rel=1e-5)
    draws = draw_range(2100, axis_ranges(codes), seed=3)
    reach = landing_reach(codes)
    assert landed(draws, codes, reach).tolist() == (tree.kneighbors(draws)[0][:, 0] <= reach).tolist()
    assert covered(draws, codes, reach) == pytest.approx(
        (NearestNeighbors(n_neighbors=1).fit(draws).kneighbors(codes)[0] <= reach).mean()
    )
    assert landed(10 * draws, 10 * codes, landing_reach(10 * codes)).mean() == landed(draws, codes, reach).mean()


def test_new_codes_of_the_same_kind_land_95_times_of_100_and_codes_elsewhere_never() -> None:
    codes, others = draw_prior(5000, 2, 1), draw_prior(5000, 2, 2)
    reach = landing_reach(codes)
    assert landed(others, codes, reach).mean() == pytest.approx(0.95, abs=0.01)
    assert not landed(others + 20, codes, reach).any()


def test_draws_follow_their_distributions() -> None:
    prior = draw_prior(20_000, 2, 5)
    for z in (-1.5, 0.0, 0.7):
        assert (prior < z).mean() == pytest.approx(float(Normal(0.0, 1.0).cdf(torch.tensor(z))), abs=0.01)
    ranges = np.array([[-2.0, 1.0], [3.0, 9.0]])
    own = draw_range(20_000, ranges, 5)
    assert (own >= ranges[:, 0]).all() and (own <= ranges[:, 1]).all()
    assert own.mean(axis=0) == pytest.approx([-0.5, 6.0], abs=0.1)
    log_variances = np.full((20_000, 2), np.log(0.25))
    clouds = drawn_codes(np.zeros((20_000, 2), np.float32), log_variances)
    assert clouds.std(axis=0) == pytest.approx([0.5, 0.5], rel=0.02), "sigma is exp(v / 2)"
    assert drawn_codes(prior, None) is prior


def test_as_many_codes_are_drawn_as_there_are_images_that_they_may_reach() -> None:
    """Or the share would hang on how many images there are: 5,000 draws come near more of 300."""
    shares = []
    for count in (300, 2000, 5000):
        codes = (draw_prior(count, 2, 3) * [0.7, 2.5]).astype(np.float32)
        found = measure(RunConfig(kind="ae"), codes, None, {}, None, None)
        assert found.covered == covered(draw_prior(count, 2, 8), codes, found.reach)
        shares.append(found.covered)
    assert shares == pytest.approx([shares[-1]] * 3, abs=0.06)


def test_where_there_is_data_is_said_by_codes_from_all_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than so many codes, and also when the training is over."""
    monkeypatch.setattr(measuring, "LANDING_CODES", 100)
    codes = np.linspace([0.0, 0.0], [1.0, 2.0], 297).astype(np.float32)
    found = measure(RunConfig(kind="ae"), codes, None, {}, None, None)
    np.testing.assert_array_equal(found.places, codes[evenly(297, 100)])


def test_figures_that_the_report_lacks_are_computed(digits: Dataset, vae: Run) -> None:
    snapshot = Snapshot.from_weights(vae.config, vae.weights)
    found = measure(vae.config, vae.codes, None, {}, snapshot, digits)
    means, log_variances = (torch.from_numpy(each).double() for each in snapshot.posterior(digits.test_images))
    posterior = Normal(means, (log_variances / 2).exp())
    kl = kl_divergence(posterior, Normal(torch.zeros_like(means), 1.0)).sum(dim=1).mean()
    assert found.kl == pytest.approx(float(kl), rel=1e-4) == pytest.approx(vae.report["test_kl"], rel=1e-4)
    assert found.reconstruction == pytest.approx(vae.report["test_reconstruction"], rel=1e-4)
    images = digits.test_images / 255
    squared = ((snapshot.reconstruct(digits.test_images) - images) ** 2).mean()
    assert found.squared_error == pytest.approx(squared, rel=1e-4)
    classifier = KNeighborsClassifier(5).fit(snapshot.encode(digits.train_images), digits.train_labels)
    assert found.knn_accuracy == pytest.approx(classifier.score(vae.codes, digits.test_labels))
    assert found.bits == 64
    assert found.ranges.tolist() == [[c.min(), c.max()] for c in vae.codes.T]
    assert found.landing_prior is not None, "the log-variances come from the network"
    report = {"test_reconstruction": 1.0, "test_kl": 2.0, "test_mse_per_pixel": 3.0, "knn_accuracy": 0.25}
    told = measure(vae.config, vae.codes, None, report, snapshot, digits)
    assert (told.reconstruction, told.kl, told.squared_error, told.knn_accuracy) == (1.0, 2.0, 3.0, 0.25)


def test_neighbours_are_looked_for_among_the_images_that_a_run_learned_from(digits: Dataset, vae: Run) -> None:
    kept, config = digits.train_labels != 3, vae.config.replace(leave_out="3")
    found = measure(config, vae.codes, None, {}, Snapshot.from_weights(config, vae.weights), digits)
    snapshot = Snapshot.from_weights(vae.config, vae.weights)
    classifier = KNeighborsClassifier(5).fit(snapshot.encode(digits.train_images[kept]), digits.train_labels[kept])
    score = classifier.score(vae.codes, digits.test_labels)
    assert found.knn_accuracy == pytest.approx(score, abs=0.007), "but for ties"
    assert found.knn_accuracy <= (digits.test_labels != 3).mean()


def test_an_ae_s_reconstruction_is_its_loss(digits: Dataset, ae: Run) -> None:
    snapshot = Snapshot.from_weights(ae.config, ae.weights)
    found = measure(ae.config, ae.codes, None, {}, snapshot, digits)
    logits = torch.from_numpy(snapshot.logits(ae.codes))
    pixels = torch.from_numpy(digits.test_images / np.float32(255))
    nats = -Bernoulli(logits=logits, validate_args=False).log_prob(pixels).sum(dim=(1, 2)).mean()
    assert found.reconstruction == pytest.approx(float(nats), rel=1e-4) and found.kl is None


def test_without_images_only_what_the_run_knows(vae: Run) -> None:
    found = measure(vae.config, vae.codes, None, {}, None, None)
    assert (found.reconstruction, found.kl, found.squared_error, found.knn_accuracy) == (None,) * 4
    assert found.landing_prior is None, "a VAE's data are its clouds"
    assert len(found.places) == 0
    found = measure(vae.config, vae.codes, vae.log_variances, vae.report | {"knn_accuracy": 0.5}, None, None)
    assert found.knn_accuracy == 0.5 and found.squared_error == vae.report["test_mse_per_pixel"]
    assert found.landing_prior == landed(draw_prior(5000, 2, 8), found.places, found.reach).mean()
    assert found.landing_range is None, "a VAE has N(0, I) to be drawn from"


def test_measuring_can_be_given_up(digits: Dataset, vae: Run) -> None:
    snapshot = Snapshot.from_weights(vae.config, vae.weights)
    with pytest.raises(Stopped):
        measure(vae.config, vae.codes, None, vae.report, snapshot, digits, lambda: True)


def test_a_network_in_training_is_measured_on_some_of_the_images(digits: Dataset, vae: Run) -> None:
    losses = Losses(90.0, 80.0, 10.0)
    snapshot = Snapshot.from_weights(vae.config.replace(leave_out="3"), vae.weights)
    found = measure_in_training(snapshot, losses, 4, digits)
    assert (found.images, found.epoch, found.reconstruction, found.kl) == (len(digits.test_images), 4, 80.0, 10.0)
    kept = digits.train_labels != 3
    codes, train_codes = snapshot.encode(digits.test_images), snapshot.encode(digits.train_images[kept])
    classifier = KNeighborsClassifier(5).fit(train_codes, digits.train_labels[kept])
    assert found.knn_accuracy == pytest.approx(classifier.score(codes, digits.test_labels), abs=0.007), "but for ties"
    squared = ((snapshot.reconstruct(digits.test_images) - digits.test_images / 255) ** 2).mean()
    assert found.squared_error == pytest.approx(squared, rel=1e-4)
    whole = measure(vae.config, codes, snapshot.posterior(digits.test_images)[1], {}, None, None)
    assert found.landing_prior == whole.landing_prior
    with pytest.raises(Stopped):
        measure_in_training(snapshot, losses, 4, digits, lambda: True)


def test_while_it_learns_images_from_all_over_the_sets_are_measured(
    digits: Dataset, vae: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set may be in no random order: the first half of MNIST's test images is the harder one."""
    monkeypatch.setattr(measuring, "LIVE_HELD_OUT", 60)
    monkeypatch.setattr(measuring, "LIVE_TRAINING", 400)
    snapshot = Snapshot.from_weights(vae.config, vae.weights)
    found = measure_in_training(snapshot, Losses(90.0, 80.0, 10.0), 4, digits)
    some, learned = evenly(len(digits.test_images), 60), evenly(len(digits.train_images), 400)
    assert found.images == len(some) == 60 and len(learned) == 400
    images = digits.test_images[some]
    squared = ((snapshot.reconstruct(images) - images / 255) ** 2).mean()
    assert found.squared_error == pytest.approx(squared, rel=1e-4)
    train_codes = snapshot.encode(digits.train_images[learned])
    classifier = KNeighborsClassifier(5).fit(train_codes, digits.train_labels[learned])
    score = classifier.score(snapshot.encode(images), digits.test_labels[some])
    assert found.knn_accuracy == pytest.approx(score, abs=0.02), "but for ties"
