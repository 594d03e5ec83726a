"""Twins: interleaved training is each one's own training, and the figures of the table against plain calculations."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from torch.distributions import Bernoulli, Normal, kl_divergence

from models import twins
from models.checkpoint import Run
from models.chunks import evenly
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.facts import EpochDone, Losses, RunFinished, RunStarted, StepDone
from models.settings import ConfigError
from models.snapshot import Snapshot
from models.training import Diverged, train
from models.twin_settings import IN_USE, SETTINGS, not_the_same, suggested, twin_of
from models.twins import (
    SIDES,
    SideFact,
    Stopped,
    axis_ranges,
    covered,
    draw_prior,
    draw_range,
    drawn_codes,
    landed,
    landing_reach,
    measure,
    measure_in_training,
    train_together,
)

VAE = RunConfig(encoder=(32,), decoder=(32, 32), epochs=2, batch_size=400)
PLAIN = RunConfig()
OTHER = RunConfig(beta=4, latent_dim=16, input_dropout=0.5, seed=1, encoder=(32,), decoder=(32,), leave_out="4")
SPARSE = PLAIN.replace(kind="ae", sparsity="kl", corruption="blur", schedule="constant")
LAYERED = PLAIN.replace(architecture="convolutional", encoder=(8, 16), decoder=(16, 8))
WILD = RunConfig(
    kind="ae", loss="mse", output="linear", activation="linear", optimiser="adam", learning_rate=1.0,
    schedule="constant", gradient_clip=0.0, encoder=(128,) * 8, decoder=(128,) * 8, epochs=20, batch_size=400,
)  # fmt: skip


@pytest.fixture(scope="module")
def told(digits: Dataset) -> list[SideFact]:
    return list(train_together((VAE, VAE.replace(kind="ae")), digits, names=("one", "other")))


def finished(told: list[SideFact], side: str) -> Run:
    return next(each.fact.run for each in told if each.side == side and isinstance(each.fact, RunFinished))


# training together


def test_steps_are_interleaved_one_by_one(told: list[SideFact]) -> None:
    steps = [(each.side, each.fact.step) for each in told if isinstance(each.fact, StepDone)]
    assert steps == [(side, step) for step in range(1, 9) for side in ("left", "right")]
    assert [each.side for each in told if isinstance(each.fact, RunStarted)] == ["left", "right"]


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_learns_what_it_would_learn_alone(digits: Dataset, told: list[SideFact], side: str) -> None:
    config = VAE if side == "left" else VAE.replace(kind="ae")
    alone = list(train(config, digits))
    together = [each.fact for each in told if each.side == side]
    for kind, of in ((StepDone, "losses"), (EpochDone, "held_out")):
        ours, theirs = ([getattr(f, of) for f in facts if isinstance(f, kind)] for facts in (together, alone))
        assert ours == theirs, "the same numbers to the last bit"
    run = next(fact.run for fact in alone if isinstance(fact, RunFinished))
    mine = finished(told, side)
    assert all(np.array_equal(mine.weights[name], run.weights[name]) for name in run.weights)
    assert "cpu_seconds" in run.report and "cpu_seconds" not in mine.report, "it would be that of both"
    assert mine.name == {"left": "one", "right": "other"}[side]


def test_both_see_the_same_batches(digits: Dataset) -> None:
    """With the first weights kept, equal losses of the first epoch's steps mean equal images in equal order."""
    still = VAE.replace(kind="ae", learning_rate=1e-7, input_dropout=0.0, latent_dim=2)
    facts = list(train_together((still, still.replace(beta=3.0)), digits))
    left, right = ([f.fact.losses for f in facts if f.side == s and isinstance(f.fact, StepDone)] for s in SIDES)
    assert left == right and len({each.total for each in left}) == len(left)


def progress_of(told: list[SideFact]) -> list[dict[str, float]]:
    """After each step: how many epochs each side has gone through."""
    passed, seen = dict.fromkeys(SIDES, 0.0), []
    for side, fact in told:
        if isinstance(fact, StepDone):
            passed[side] = fact.epoch
            seen.append(dict(passed))
    return seen


def test_other_batches_go_through_the_same_images_at_the_same_pace(digits: Dataset) -> None:
    small, large = VAE.replace(batch_size=150), VAE.replace(batch_size=700)
    told = list(train_together((small, large), digits))
    steps = {side: [f.fact.step for f in told if f.side == side and isinstance(f.fact, StepDone)] for side in SIDES}
    assert (len(steps["left"]), len(steps["right"])) == (2 * 10, 2 * 3)
    assert all(abs(each["left"] - each["right"]) <= 1 / 3 + 1e-9 for each in progress_of(told)), (
        "never more than a step"
    )
    for side, config in zip(SIDES, (small, large), strict=True):
        alone = next(fact.run for fact in train(config, digits) if isinstance(fact, RunFinished))
        assert all(np.array_equal(finished(told, side).weights[name], alone.weights[name]) for name in alone.weights)


def test_one_with_fewer_epochs_waits_at_its_end(digits: Dataset) -> None:
    longer = VAE.replace(kind="ae", epochs=4)
    told = list(train_together((VAE, longer), digits))
    ends = {each.side: number for number, each in enumerate(told) if isinstance(each.fact, RunFinished)}
    after = [each.fact.epoch for each in told[ends["left"] :] if isinstance(each.fact, StepDone)]
    assert after == [2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 3.75, 4.0], "from there on alone"
    alone = next(fact.run for fact in train(longer, digits) if isinstance(fact, RunFinished))
    assert all(np.array_equal(finished(told, "right").weights[name], alone.weights[name]) for name in alone.weights)


def test_the_order_of_the_images_does_not_hang_on_the_batches(digits: Dataset) -> None:
    """With the first weights kept, a large batch's loss is the mean of those of the small ones that it holds."""
    still = VAE.replace(kind="ae", learning_rate=1e-7, input_dropout=0.0, epochs=1, batch_size=250)
    told = list(train_together((still, still.replace(batch_size=500)), digits))
    small, large = ([f.fact.losses.total for f in told if f.side == s and isinstance(f.fact, StepDone)] for s in SIDES)
    assert large == pytest.approx([np.mean(pair) for pair in zip(small[::2], small[1::2], strict=True)], abs=0.01)


def test_the_thread_is_as_it_was_after_the_end_and_after_a_stop(digits: Dataset) -> None:
    before = torch.get_num_threads()
    for steps in (3, None):
        course = train_together((VAE, VAE.replace(latent_dim=3)), digits, Hardware(threads=2))
        for _, _fact in zip(range(steps) if steps else iter(int, 1), course, strict=False):
            assert torch.get_num_threads() == 2, "also while only one of them is left"
        course.close()  # type: ignore[attr-defined]
        gc.collect()
        assert torch.get_num_threads() == before


def test_a_twin_that_diverges_ends_both_with_its_sentence(digits: Dataset) -> None:
    with pytest.raises(Diverged, match=r"^The right twin: The loss stopped being a finite number in epoch \d+ "):
        list(train_together((WILD.replace(learning_rate=1e-7), WILD), digits))


# what may differ


@pytest.mark.parametrize("config", [PLAIN, OTHER, SPARSE, LAYERED], ids=["plain", "other", "sparse", "layered"])
def test_a_suggestion_is_another_run(config: RunConfig) -> None:
    """Of every setting, unless it means something only beside others, see below."""
    alone = set(SETTINGS) - {"kind", "output", "sparsity", *IN_USE}
    for name in SETTINGS:
        try:
            other = twin_of(config, {name: suggested(config, name)})
        except ConfigError:
            assert name not in alone
            continue
        differing = [key for key, value in config.to_dict().items() if other.to_dict()[key] != value]
        assert differing == ([name] if name != "architecture" else ["architecture", "encoder", "decoder"])


def test_every_setting_can_be_twinned() -> None:
    left = RunConfig(kind="ae", loss="mse", sparsity="kl", corruption="blur", weight_decay=0.1)
    beside = dict.fromkeys(("beta", "beta_warmup", "draws"), {"kind": "vae", "sparsity": "none"})
    beside["kind"] = {"sparsity": "none"}
    for name in SETTINGS:
        right = twin_of(left, {name: suggested(left, name), **beside.get(name, {})})
        assert getattr(right, name) != getattr(left, name)


def test_another_architecture_has_layers_of_its_own_unless_they_are_said() -> None:
    right = twin_of(PLAIN, {"architecture": "convolutional"})
    assert (right.encoder, right.decoder) == ((16, 32), (32, 16))
    right = twin_of(PLAIN, {"architecture": "convolutional", "encoder": (4, 8)})
    assert (right.encoder, right.decoder) == ((4, 8), (32, 16))
    right = twin_of(LAYERED, {"architecture": "dense"})
    assert (right.encoder, right.decoder) == (PLAIN.encoder, PLAIN.decoder)
    assert not_the_same(PLAIN, {"architecture": "convolutional", "encoder": (4, 8)}) == (
        "Channels are not units, so the right one has layers of its own: 4-8 and 32-16 channels; all else is equal."
    )


def test_what_cannot_be_twinned_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match="^Both twins would have the same Latent dimensions: give the "):
        twin_of(RunConfig(), {"latent_dim": 2})
    with pytest.raises(ConfigError, match="^An AE has no KL term to weigh: choose VAE in the form to compare two bet"):
        twin_of(RunConfig(kind="ae"), {"beta": 4.0})
    with pytest.raises(ConfigError, match="^Latent dimensions must lie between 1 and 64, not 65.$"):
        twin_of(RunConfig(), {"latent_dim": 65})
    with pytest.raises(ConfigError, match="^A VAE's code cannot be sparse: choose the AE, or no sparsity.$"):
        twin_of(RunConfig(), {"sparsity": "l1"})
    with pytest.raises(ConfigError, match="^No code is made sparse that could have another weight: "):
        twin_of(RunConfig(), {"sparsity_weight": 1.0})
    with pytest.raises(ConfigError, match="^Nothing is corrupted that could have another level: "):
        twin_of(RunConfig(), {"corruption_level": 1.0})
    for name, value, sentence in (
        ("beta_warmup", 0.5, "^An AE has no KL term to warm up: "),
        ("draws", 2, "^An AE draws no codes: "),
        ("sparsity_target", 0.2, "^Only KL sparsity has a target: "),
        ("warmup", 0.1, "^Only the one-cycle schedule warms up: "),
        ("optimiser", "adam", "^Adam and AdamW differ only in how weights decay: "),
        ("activation", "relu", "^There is no hidden layer that could have another activation: "),
        ("output", "linear", "^The Bernoulli loss needs the sigmoid output: "),
    ):
        with pytest.raises(ConfigError, match=sentence):
            twin_of(RunConfig(kind="ae", schedule="constant", encoder=(), decoder=()), {name: value})


def test_what_means_something_only_beside_others_may_differ_with_them() -> None:
    assert twin_of(RunConfig(kind="ae"), {"kind": "vae", "beta": 4.0}).beta == 4.0
    assert twin_of(RunConfig(), {"kind": "ae", "sparsity": "l1", "sparsity_weight": 1.0}).sparsity == "l1"
    assert twin_of(RunConfig(), {"corruption": "blur", "corruption_level": 1.0}).corruption_level == 1.0


def test_what_twins_cannot_share_is_one_sentence() -> None:
    assert not_the_same(RunConfig(), {"kind": "ae", "leave_out": "none", "seed": 0}) == ""
    assert not_the_same(RunConfig(), {"leave_out": "4"}).startswith("They learn from different images, so each goes ")
    assert not_the_same(RunConfig(), {"batch_size": 1000}) == (
        "They see the same images at the same pace, but the left one in smaller batches, and so in more steps; "
        "all else is equal."
    )
    assert not_the_same(RunConfig(epochs=2), {"epochs": 5}) == (
        "The left one's learning rate falls faster, then it waits: compare them when both are done; all else is equal."
    )
    both = not_the_same(RunConfig(schedule="constant"), {"epochs": 5, "batch_size": 50, "seed": 1})
    assert "the right one ends sooner and waits; " in both and "they go at the same pace, but the right one " in both
    assert "same images" not in both and both.count(". ") == 0, "in one sentence"
    assert not_the_same(RunConfig(), {"seed": 3}).startswith("Another seed means other first weights and other batch")


def test_without_a_digit_a_twin_learns_what_it_would_learn_alone(digits: Dataset) -> None:
    other = VAE.replace(leave_out="4")
    told = list(train_together((VAE, other), digits))
    for side, config in zip(SIDES, (VAE, other), strict=True):
        alone = next(fact.run for fact in train(config, digits) if isinstance(fact, RunFinished))
        np.testing.assert_array_equal(finished(told, side).codes, alone.codes)


# figures


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
    monkeypatch.setattr(twins, "LANDING_CODES", 100)
    codes = np.linspace([0.0, 0.0], [1.0, 2.0], 297).astype(np.float32)
    found = measure(RunConfig(kind="ae"), codes, None, {}, None, None)
    np.testing.assert_array_equal(found.places, codes[evenly(297, 100)])


def test_figures_that_the_report_lacks_are_computed(digits: Dataset, told: list[SideFact]) -> None:
    run = finished(told, "left")
    snapshot = Snapshot.from_weights(run.config, run.weights)
    found = measure(run.config, run.codes, None, {}, snapshot, digits)
    means, log_variances = (torch.from_numpy(each).double() for each in snapshot.posterior(digits.test_images))
    posterior = Normal(means, (log_variances / 2).exp())
    kl = kl_divergence(posterior, Normal(torch.zeros_like(means), 1.0)).sum(dim=1).mean()
    assert found.kl == pytest.approx(float(kl), rel=1e-4) == pytest.approx(run.report["test_kl"], rel=1e-4)
    assert found.reconstruction == pytest.approx(run.report["test_reconstruction"], rel=1e-4)
    images = digits.test_images / 255
    squared = ((snapshot.reconstruct(digits.test_images) - images) ** 2).mean()
    assert found.squared_error == pytest.approx(squared, rel=1e-4)
    classifier = KNeighborsClassifier(5).fit(snapshot.encode(digits.train_images), digits.train_labels)
    assert found.knn_accuracy == pytest.approx(classifier.score(run.codes, digits.test_labels))
    assert found.bits == 64
    assert found.ranges.tolist() == [[c.min(), c.max()] for c in run.codes.T]
    assert found.landing_prior is not None, "the log-variances come from the network"


def test_neighbours_are_looked_for_among_the_images_that_a_run_learned_from(
    digits: Dataset, told: list[SideFact]
) -> None:
    run, kept = finished(told, "left"), digits.train_labels != 3
    config = run.config.replace(leave_out="3")
    found = measure(config, run.codes, None, {}, Snapshot.from_weights(config, run.weights), digits)
    snapshot = Snapshot.from_weights(run.config, run.weights)
    classifier = KNeighborsClassifier(5).fit(snapshot.encode(digits.train_images[kept]), digits.train_labels[kept])
    assert found.knn_accuracy == pytest.approx(classifier.score(run.codes, digits.test_labels), abs=0.007), (
        "but for ties"
    )
    assert found.knn_accuracy <= (digits.test_labels != 3).mean()


def test_an_ae_s_reconstruction_is_its_loss(digits: Dataset, told: list[SideFact]) -> None:
    run = finished(told, "right")
    snapshot = Snapshot.from_weights(run.config, run.weights)
    found = measure(run.config, run.codes, None, {}, snapshot, digits)
    logits = torch.from_numpy(snapshot.logits(run.codes))
    pixels = torch.from_numpy(digits.test_images / np.float32(255))
    nats = -Bernoulli(logits=logits, validate_args=False).log_prob(pixels).sum(dim=(1, 2)).mean()
    assert found.reconstruction == pytest.approx(float(nats), rel=1e-4) and found.kl is None


def test_without_images_only_what_the_run_knows(told: list[SideFact]) -> None:
    run = finished(told, "left")
    found = measure(run.config, run.codes, None, {}, None, None)
    assert (found.reconstruction, found.kl, found.squared_error, found.knn_accuracy) == (None,) * 4
    assert found.landing_prior is None, "a VAE's data are its clouds"
    assert len(found.places) == 0
    found = measure(run.config, run.codes, run.log_variances, run.report | {"knn_accuracy": 0.5}, None, None)
    assert found.knn_accuracy == 0.5 and found.squared_error == run.report["test_mse_per_pixel"]
    assert found.landing_prior == landed(draw_prior(5000, 2, 8), found.places, found.reach).mean()
    assert found.landing_range is None, "a VAE has N(0, I) to be drawn from"


def test_measuring_can_be_given_up(digits: Dataset, told: list[SideFact]) -> None:
    run = finished(told, "left")
    snapshot = Snapshot.from_weights(run.config, run.weights)
    with pytest.raises(Stopped):
        measure(run.config, run.codes, None, run.report, snapshot, digits, lambda: True)


def test_a_network_in_training_is_measured_on_some_of_the_images(digits: Dataset, told: list[SideFact]) -> None:
    run, losses = finished(told, "left"), Losses(90.0, 80.0, 10.0)
    snapshot = Snapshot.from_weights(run.config.replace(leave_out="3"), run.weights)
    found = measure_in_training(snapshot, losses, 4, digits)
    assert (found.images, found.epoch, found.reconstruction, found.kl) == (len(digits.test_images), 4, 80.0, 10.0)
    kept = digits.train_labels != 3
    codes, train_codes = snapshot.encode(digits.test_images), snapshot.encode(digits.train_images[kept])
    classifier = KNeighborsClassifier(5).fit(train_codes, digits.train_labels[kept])
    assert found.knn_accuracy == pytest.approx(classifier.score(codes, digits.test_labels), abs=0.007), "but for ties"
    squared = ((snapshot.reconstruct(digits.test_images) - digits.test_images / 255) ** 2).mean()
    assert found.squared_error == pytest.approx(squared, rel=1e-4)
    whole = measure(run.config, codes, snapshot.posterior(digits.test_images)[1], {}, None, None)
    assert found.landing_prior == whole.landing_prior
    with pytest.raises(Stopped):
        measure_in_training(snapshot, losses, 4, digits, lambda: True)


def test_while_it_learns_images_from_all_over_the_sets_are_measured(
    digits: Dataset, told: list[SideFact], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set may be in no random order: the first half of MNIST's test images is the harder one."""
    monkeypatch.setattr(twins, "LIVE_HELD_OUT", 60)
    monkeypatch.setattr(twins, "LIVE_TRAINING", 400)
    run = finished(told, "left")
    snapshot = Snapshot.from_weights(run.config, run.weights)
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
