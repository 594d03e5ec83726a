"""Runs on the built-in digits: what is told and when, reproducibility, live dials, divergence, and PCA's plane."""

from __future__ import annotations

import dataclasses
import math
from typing import TypeVar

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from models import training
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.devices import OutOfMemory, in_plain_words, precision_of
from models.evaluation import evaluate
from models.facts import CodesMoved, EpochDone, Fact, Losses, RunFinished, RunStarted, StepDone
from models.settings import ConfigError
from models.training import DeviceError, Dials, Diverged, _PictureClock, initial_snapshot, train

SMALL = RunConfig(encoder=(32,), decoder=(32, 32), epochs=2, batch_size=400)


T = TypeVar("T")


def of_kind(kind: type[T], facts: list[Fact]) -> list[T]:
    return [each for each in facts if isinstance(each, kind)]


def losses_of(facts: list[Fact]) -> list[Losses]:
    return [each.losses for each in of_kind(StepDone, facts)] + [each.held_out for each in of_kind(EpochDone, facts)]


def test_facts_come_in_order(digits: Dataset) -> None:
    facts = list(train(SMALL, digits, name="mine"))
    assert [type(each) for each in facts] == [
        RunStarted, *([StepDone] * 4), EpochDone, *([StepDone] * 4), EpochDone, RunFinished,
    ]  # fmt: skip
    start = facts[0]
    assert isinstance(start, RunStarted)
    assert (start.steps_per_epoch, start.total_steps, start.images) == (4, 8, 1500)
    assert start.parameters == sum(each.size for each in start.snapshot.weights().values())
    steps = of_kind(StepDone, facts)
    assert [each.step for each in steps] == list(range(1, 9))
    assert [each.epoch for each in steps] == [0.25 * n for n in range(1, 9)]
    seconds = [each.seconds for each in of_kind(EpochDone, facts)]
    assert 0 < seconds[0] < seconds[1]


def test_the_pace_of_an_epoch_is_that_of_the_whole_training_so_far(digits: Dataset) -> None:
    for done in of_kind(EpochDone, list(train(SMALL, digits))):
        assert done.images_per_second == pytest.approx(done.epoch * 1500 / done.seconds)


def test_the_finished_run_is_complete(digits: Dataset) -> None:
    run = of_kind(RunFinished, list(train(SMALL, digits, name="mine")))[0].run
    assert (run.name, run.config, run.dataset, run.fingerprint) == ("mine", SMALL, digits.title, digits.fingerprint)
    assert run.codes.shape == (297, 2)
    assert run.codes.dtype == np.float32
    assert run.log_variances is not None
    assert run.log_variances.shape == (297, 2)
    np.testing.assert_array_equal(run.labels, digits.test_labels)
    assert len(run.history.steps) == 8
    assert list(run.history.epoch_steps) == [4, 8]
    np.testing.assert_allclose(run.history.total, run.history.reconstruction + run.history.kl, rtol=1e-5)
    assert run.report["test_loss"] == pytest.approx(run.history.held_out_total[-1])
    assert run.errors is not None
    snapshot = training.Snapshot.from_weights(run.config, run.weights)
    np.testing.assert_allclose(snapshot.encode(digits.test_images), run.codes, atol=1e-5)
    pixels = np.clip(snapshot.reconstruct(digits.test_images).astype(np.float64), 1e-7, 1 - 1e-7)
    images = digits.test_images / 255.0
    nats = -(images * np.log(pixels) + (1 - images) * np.log(1 - pixels)).sum(axis=(1, 2))
    np.testing.assert_allclose(run.errors, nats, rtol=1e-4)
    assert run.report["test_mse_per_pixel"] == pytest.approx(((images - pixels) ** 2).mean(), rel=1e-4)


def test_the_held_out_loss_is_the_bound_with_a_sampled_code(digits: Dataset) -> None:
    """An average over many samples, written out in numpy, lies where the one sample an image lies."""
    run = of_kind(RunFinished, list(train(SMALL.replace(epochs=8), digits)))[0].run
    snapshot = training.Snapshot.from_weights(run.config, run.weights)
    assert run.log_variances is not None
    kl = 0.5 * (run.codes**2 + np.exp(run.log_variances) - 1 - run.log_variances).sum(axis=1)
    assert run.report["test_kl"] == pytest.approx(kl.mean(), rel=1e-4)
    images, random = digits.test_images / 255.0, np.random.default_rng(1)
    sampled = []
    for _ in range(20):
        codes = run.codes + np.exp(run.log_variances / 2) * random.normal(size=run.codes.shape)
        logits = snapshot.logits(codes).astype(np.float64)
        sampled.append((np.logaddexp(0, logits) - logits * images).sum(axis=(1, 2)).mean())
    assert run.report["test_reconstruction"] == pytest.approx(np.mean(sampled), abs=4 * np.std(sampled))
    assert run.errors is not None
    assert run.report["test_reconstruction"] > run.errors.mean()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kind": "ae", "loss": "mse", "input_dropout": 0.2},
        {"architecture": "convolutional", "encoder": (4, 8), "decoder": (8, 4), "activation": "relu"},
    ],
    ids=["vae", "ae", "convolutional"],
)
def test_the_same_seed_gives_the_same_losses_whatever_else_draws_random_numbers(
    settings: dict[str, object], digits: Dataset
) -> None:
    config = dataclasses.replace(SMALL, batch_size=150, **settings)  # type: ignore[arg-type]
    few = dataclasses.replace(digits, train_images=digits.train_images[:500], train_labels=digits.train_labels[:500])
    first = list(train(config, few))
    torch.manual_seed(99)
    again = []
    for each in train(config, few, pictures_per_second=1e6):
        torch.rand(3)
        again.append(each)
    assert losses_of(first) == losses_of(again)
    other = list(train(config.replace(seed=1), few))
    assert losses_of(first) != losses_of(other)


def test_training_leaves_the_global_random_numbers_and_threads_alone(digits: Dataset) -> None:
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    facts = train(SMALL, digits, Hardware(threads=threads + 1))
    next(facts)
    assert torch.get_num_threads() == threads + 1
    facts.close()  # type: ignore[attr-defined]
    assert torch.get_num_threads() == threads
    assert torch.equal(before, torch.get_rng_state())
    assert (torch.full((1,), 1e-38) * 1e-2).item() > 0.0


def test_a_run_starts_from_the_initial_snapshot(digits: Dataset) -> None:
    start = next(iter(train(SMALL, digits)))
    assert isinstance(start, RunStarted)
    expected = initial_snapshot(SMALL, digits).weights()
    for name, weight in start.snapshot.weights().items():
        np.testing.assert_array_equal(weight, expected[name])


def test_snapshots_told_earlier_stay_as_they_were(digits: Dataset) -> None:
    facts = train(SMALL, digits)
    start = next(facts)
    assert isinstance(start, RunStarted)
    before = start.snapshot.weights()
    list(facts)
    for name, weight in start.snapshot.weights().items():
        np.testing.assert_array_equal(weight, before[name])


def test_pictures_show_every_held_out_image_in_turn_and_all_after_an_epoch(digits: Dataset) -> None:
    facts = list(train(SMALL, digits, pictures_per_second=1e9))
    pictures = of_kind(CodesMoved, facts)
    for each in pictures:
        np.testing.assert_allclose(each.snapshot.encode(digits.test_images[each.indices]), each.codes, atol=1e-5)
    whole = [each for each in pictures if len(each.indices) == 297]
    assert [each.step for each in whole] == [0, 4, 8]
    np.testing.assert_array_equal(whole[-1].indices, np.arange(297))
    run = of_kind(RunFinished, facts)[0].run
    np.testing.assert_allclose(whole[-1].codes, run.codes, atol=1e-5)
    parts = [len(each.indices) for each in pictures if len(each.indices) < 297]
    assert parts and set(parts) <= {9, 10}, "no machine keeps such a pace: the parts stay small"


def test_every_image_has_its_turn_however_small_the_parts() -> None:
    clock, shown = _PictureClock(1e9), []
    for _ in range(40):
        with clock:
            shown.append(np.arange(297)[clock.next_part()])
    assert len(shown[-1]) in (9, 10), "no machine keeps such a pace"
    assert set(np.concatenate(shown[-32:]).tolist()) == set(range(297))


def test_pictures_begin_in_small_parts_and_grow_where_they_are_cheap() -> None:
    clock, shown = _PictureClock(1.0), []
    for _ in range(8):
        with clock:
            shown.append(np.arange(297)[clock.next_part()])
    assert [len(each) for each in shown[:4]] == [pytest.approx(size, abs=1) for size in (9, 19, 37, 74)]
    assert set(np.concatenate(shown[-4:]).tolist()) == set(range(297))


def test_nothing_is_pictured_unless_asked_for(digits: Dataset) -> None:
    assert not of_kind(CodesMoved, list(train(SMALL, digits)))


def test_the_dials_change_a_run_in_progress(digits: Dataset) -> None:
    config = SMALL.replace(epochs=4, schedule="constant", learning_rate=0.002)
    dials, facts = Dials(config), []
    for each in train(config, digits, dials=dials):
        facts.append(each)
        if isinstance(each, StepDone) and each.step == 8:
            dials.learning_rate, dials.beta = 0.0005, 3.0
    steps = of_kind(StepDone, facts)
    assert [each.learning_rate for each in steps] == [0.002] * 8 + [0.0005] * 8
    assert [each.beta for each in steps] == [1.0] * 8 + [3.0] * 8
    undisturbed = of_kind(StepDone, list(train(config, digits)))
    assert [each.losses for each in steps[:8]] == [each.losses for each in undisturbed[:8]]
    ninth, plain = steps[8].losses, undisturbed[8].losses
    assert (ninth.reconstruction, ninth.kl) == (plain.reconstruction, plain.kl)
    assert ninth.total == pytest.approx(plain.reconstruction + 3.0 * plain.kl)
    assert steps[12].losses != undisturbed[12].losses
    held_out = of_kind(EpochDone, facts)[-1].held_out
    assert held_out.total == pytest.approx(held_out.reconstruction + 3.0 * held_out.kl)
    run = of_kind(RunFinished, facts)[0].run
    assert run.config == config.replace(learning_rate=0.0005, beta=3.0), "the file says what the dials said at the end"
    assert evaluate(run, digits)["test_loss"] == pytest.approx(run.report["test_loss"], rel=1e-5)


def test_dials_refuse_what_the_configuration_refuses() -> None:
    dials = Dials(SMALL)
    with pytest.raises(ConfigError, match=r"^Learning rate must lie between"):
        dials.learning_rate = 5.0
    with pytest.raises(ConfigError, match=r"^KL weight \(beta\) must be a number"):
        dials.beta = math.nan
    assert (dials.learning_rate, dials.beta) == (SMALL.learning_rate, SMALL.beta)


def test_one_cycle_rises_to_the_rate_and_falls_to_a_hundredth() -> None:
    config = RunConfig(warmup=0.2, beta_warmup=0.5)
    rates, betas = zip(*(training.schedule(config, step, 100) for step in range(100)), strict=True)
    assert rates[0] < 0.1
    assert max(rates) == pytest.approx(rates[19]) == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.01)
    assert list(rates[:20]) == sorted(rates[:20])
    assert list(rates[20:]) == sorted(rates[20:], reverse=True)
    assert betas[24] == pytest.approx(0.5)
    assert set(betas[49:]) == {1.0}


def test_a_loss_that_is_not_finite_ends_the_run_with_a_sentence_and_the_facts_so_far_stay(digits: Dataset) -> None:
    config = RunConfig(
        kind="ae", loss="mse", output="linear", activation="linear", encoder=(128,) * 8, decoder=(128,) * 8,
        learning_rate=0.001, schedule="constant", gradient_clip=0.0, batch_size=400, epochs=4,
    )  # fmt: skip
    dials, facts = Dials(config), []
    with pytest.raises(Diverged) as caught:
        for each in train(config, digits, dials=dials, pictures_per_second=1e6):
            facts.append(each)
            if isinstance(each, StepDone) and each.step == 5:
                dials.learning_rate = 1.0
    assert str(caught.value).startswith("The loss stopped being a finite number in epoch ")
    assert str(caught.value).endswith("try a smaller learning rate or a gradient clip such as 200.")
    for each in facts:
        if isinstance(each, StepDone):
            assert math.isfinite(each.losses.total)
        if isinstance(each, CodesMoved):
            assert np.isfinite(each.codes).all()
    last = of_kind(CodesMoved, facts)[-1].snapshot
    assert np.isfinite(last.reconstruct(digits.test_images[:5])).all()


def test_no_epoch_is_told_of_a_network_whose_numbers_overflow(digits: Dataset) -> None:
    """The loss of the only step was still finite; what it made of the weights is not."""
    config = RunConfig(
        kind="ae", loss="mse", output="linear", activation="linear", encoder=(512,) * 8, decoder=(512,) * 8,
        learning_rate=1.0, schedule="constant", gradient_clip=0.0, batch_size=1500, epochs=2, optimiser="adam",
    )  # fmt: skip
    facts: list[Fact] = []
    with pytest.raises(Diverged, match=r"in epoch 1 \(step 1\): "):
        for each in train(config, digits):
            facts.append(each)
    assert len(of_kind(StepDone, facts)) == 1 and not of_kind(EpochDone, facts)


def test_gradients_are_clipped_to_what_the_settings_say(digits: Dataset) -> None:
    ends = {}
    for clip in (0.0, 1.0, 3.0):
        facts = list(train(SMALL.replace(gradient_clip=clip, epochs=3), digits))
        ends[clip] = of_kind(EpochDone, facts)[-1].held_out.total
    assert len(set(ends.values())) == 3, ends


def test_a_device_that_is_not_there_is_refused_with_a_reason(digits: Dataset) -> None:
    choices = {each.name: each for each in training.devices()}
    assert list(choices) == ["cpu", "cuda", "mps"]
    assert choices["cpu"].available
    missing = [each for each in choices.values() if not each.available]
    assert missing, "no machine has both CUDA and MPS"
    for each in missing:
        with pytest.raises(DeviceError) as caught:
            next(iter(train(SMALL, digits, Hardware(device=each.name))))
        assert str(caught.value) == f"{each.label} cannot be used here: {each.why_not} Choose the CPU instead."


@pytest.mark.parametrize(
    ("hardware", "settings", "able", "expected"),
    [
        ({}, {}, True, "bfloat16"),
        ({}, {}, False, "float32"),
        ({}, {"batch_size": 32}, True, "float32"),
        ({}, {"architecture": "convolutional", "encoder": (4,), "decoder": (4,)}, True, "float32"),
        ({}, {"encoder": (), "decoder": ()}, True, "float32"),
        ({"precision": "float32"}, {}, True, "float32"),
        ({"precision": "bfloat16"}, {"batch_size": 32}, False, "bfloat16"),
        ({"device": "cuda"}, {}, True, "tf32"),
        ({"device": "cuda"}, {}, False, "float32"),
        ({"device": "cuda", "precision": "float32"}, {}, True, "float32"),
        ({"device": "cuda", "precision": "bfloat16"}, {}, False, "bfloat16"),
        ({"device": "mps"}, {}, True, "float32"),
    ],
)
def test_short_numbers_are_chosen_where_the_device_multiplies_them_and_the_batch_is_worth_it(
    hardware: dict, settings: dict, able: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": able}, raising=False)
    monkeypatch.setattr(torch.cuda, "is_tf32_supported", lambda: able)
    assert precision_of(Hardware(**hardware), RunConfig(**settings)) == expected


@pytest.mark.parametrize("settings", [{}, {"kind": "ae", "loss": "mse"}], ids=["vae", "ae"])
def test_bfloat16_learns_what_float32_learns(settings: dict, digits: Dataset) -> None:
    losses = {}
    for precision in ("float32", "bfloat16"):
        facts = list(train(SMALL.replace(epochs=8, **settings), digits, Hardware(precision=precision)))
        run = of_kind(RunFinished, facts)[0].run
        assert run.report["precision"] == precision
        losses[precision] = run.history.held_out_total
    assert losses["bfloat16"][-1] < 0.9 * losses["bfloat16"][0]
    np.testing.assert_allclose(losses["bfloat16"], losses["float32"], rtol=0.02)
    assert (losses["bfloat16"] != losses["float32"]).any()


def test_want_of_memory_is_told_in_a_sentence() -> None:
    with (
        pytest.raises(OutOfMemory, match=r"^The CPU has not enough free memory for this run: choose a smaller batch"),
        in_plain_words(torch.device("cpu")),
    ):
        torch.empty(2**60)
    with (
        pytest.raises(DeviceError, match=r"^The GPU \(CUDA\) has not enough free memory"),
        in_plain_words(torch.device("cuda")),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
    with pytest.raises(RuntimeError, match="shapes"), in_plain_words(torch.device("cpu")):
        raise RuntimeError("shapes do not fit")


def test_a_linear_autoencoder_finds_the_plane_of_pca(digits: Dataset) -> None:
    """Baldi & Hornik 1989: the same subspace, hence the same squared error; the axes may differ."""
    config = RunConfig(
        kind="ae", latent_dim=2, encoder=(), decoder=(), activation="linear", output="linear", loss="mse",
        epochs=20, batch_size=100, learning_rate=0.03,
    )  # fmt: skip
    run = of_kind(RunFinished, list(train(config, digits)))[0].run
    train_flat, test_flat = (x.reshape(len(x), 784) / 255.0 for x in (digits.train_images, digits.test_images))
    pca = PCA(2).fit(train_flat)
    expected = ((pca.inverse_transform(pca.transform(test_flat)) - test_flat) ** 2).mean()
    assert run.report["test_mse_per_pixel"] == pytest.approx(expected, rel=0.01)
    ours = np.linalg.qr(run.weights["decoder.layers.0.weight"])[0]
    cosines = np.linalg.svd(ours.T @ pca.components_.T, compute_uv=False)
    assert cosines.min() > 0.99


@pytest.mark.mnist
def test_one_epoch_of_the_default_recipe_on_mnist(mnist: Dataset) -> None:
    """The default stands at about 150 nats after one epoch; 155 leaves room for another processor's rounding."""
    last = of_kind(EpochDone, list(train(RunConfig(epochs=1), mnist)))[-1]
    assert last.held_out.total < 155.0
