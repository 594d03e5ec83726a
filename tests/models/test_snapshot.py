"""A snapshot never changes, answers from any thread, and says what does not fit."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from models.config import RunConfig
from models.networks import initialised
from models.snapshot import Snapshot

CONFIG = RunConfig(latent_dim=3, encoder=(16,), decoder=(16,))


def snapshot_of(config: RunConfig = CONFIG) -> Snapshot:
    return Snapshot.of_network(config, initialised(config, torch.full((784,), 0.2)))


@pytest.fixture
def images(rng: np.random.Generator) -> np.ndarray:
    """Ten noisy images, (10, 28, 28) uint8."""
    return rng.integers(0, 256, (10, 28, 28), dtype=np.uint8)


def numpy_network(weights: dict[str, np.ndarray], part: str, x: np.ndarray) -> np.ndarray:
    """The dense SiLU network written out in numpy."""
    count = sum(name.startswith(f"{part}.layers") for name in weights) // 2
    for i in range(count):
        x = x @ weights[f"{part}.layers.{i}.weight"].T + weights[f"{part}.layers.{i}.bias"]
        if i < count - 1:
            x = x / (1.0 + np.exp(-x))
    return x


def test_encode_and_decode_are_the_network_written_out_in_numpy(images: np.ndarray) -> None:
    snapshot = snapshot_of()
    weights = snapshot.weights()
    outputs = numpy_network(weights, "encoder", images.reshape(10, 784) / 255.0)
    mean, log_variance = snapshot.posterior(images)
    np.testing.assert_allclose(mean, 8 * np.tanh(outputs[:, :3] / 8), atol=1e-5)
    assert log_variance is not None
    np.testing.assert_allclose(log_variance, outputs[:, 3:], atol=1e-5)
    pixels = 1.0 / (1.0 + np.exp(-numpy_network(weights, "decoder", mean)))
    np.testing.assert_allclose(snapshot.decode(mean), pixels.reshape(10, 28, 28), atol=1e-5)
    np.testing.assert_allclose(snapshot.reconstruct(images), snapshot.decode(snapshot.encode(images)))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kind": "ae"},
        {"activation": "linear"},
        {"sparsity": "kl", "kind": "ae"},
        {"output": "linear", "loss": "mse"},
    ],
)
def test_a_single_image_or_code_gets_the_same_answers(images: np.ndarray, changes: dict) -> None:
    snapshot = snapshot_of(CONFIG.replace(**changes))
    mean, log_variance = snapshot.posterior(images)
    own_mean, own_log_variance = snapshot.posterior(images[3:4])
    np.testing.assert_allclose(own_mean, mean[3:4], atol=1e-5)
    assert (own_log_variance is None) == (log_variance is None)
    if log_variance is not None and own_log_variance is not None:
        np.testing.assert_allclose(own_log_variance, log_variance[3:4], atol=1e-5)
    np.testing.assert_allclose(snapshot.logits(mean[3:4]), snapshot.logits(mean)[3:4], atol=1e-5)
    np.testing.assert_allclose(snapshot.decode(mean[3:4]), snapshot.decode(mean)[3:4], atol=1e-5)


def test_float_images_and_bytes_are_the_same_picture(images: np.ndarray) -> None:
    snapshot = snapshot_of()
    np.testing.assert_allclose(snapshot.encode(images), snapshot.encode(images / 255.0), atol=1e-6)


def test_answers_are_float32_and_of_the_right_shapes(images: np.ndarray) -> None:
    snapshot = snapshot_of()
    assert snapshot.encode(images).dtype == snapshot.decode(np.zeros((2, 3))).dtype == np.float32
    assert snapshot.encode(images[:0]).shape == (0, 3)
    assert snapshot.decode(np.zeros((0, 3))).shape == (0, 28, 28)
    assert snapshot_of(CONFIG.replace(kind="ae")).posterior(images)[1] is None


def test_batches_make_no_difference(rng: np.random.Generator) -> None:
    snapshot, codes = snapshot_of(), rng.normal(size=(5000, 3))
    all_at_once = snapshot.decode(codes)
    np.testing.assert_allclose(all_at_once[4321], snapshot.decode(codes[4321:4322])[0], atol=1e-6)


def test_a_linear_output_is_not_clipped() -> None:
    snapshot = snapshot_of(CONFIG.replace(loss="mse", output="linear"))
    assert snapshot.decode(np.full((1, 3), 500.0)).max() > 1.0


def test_nothing_from_outside_changes_a_snapshot(images: np.ndarray) -> None:
    network = initialised(CONFIG, torch.full((784,), 0.2))
    snapshot = Snapshot.of_network(CONFIG, network)
    weights = snapshot.weights()
    twin = Snapshot.from_weights(CONFIG, weights)
    codes, before = snapshot.encode(images), snapshot.reconstruct(images)
    with torch.no_grad():
        for each in network.parameters():
            each.add_(1.0)
    for array in [*weights.values(), *snapshot.weights().values(), codes]:
        array += 1.0
    np.testing.assert_array_equal(snapshot.reconstruct(images), before)
    np.testing.assert_array_equal(twin.reconstruct(images), before)


def test_a_snapshot_of_an_opened_run_looks_through_the_runs_own_memory(images: np.ndarray) -> None:
    weights = snapshot_of().weights()
    shared = Snapshot.from_weights(CONFIG, weights, share=True)
    np.testing.assert_array_equal(
        shared.reconstruct(images), Snapshot.from_weights(CONFIG, weights).reconstruct(images)
    )
    through = shared._network.state_dict()
    assert all(np.shares_memory(through[name].numpy(), weights[name]) for name in weights)
    assert not any(np.shares_memory(copied, weights[name]) for name, copied in shared.weights().items())


def test_many_threads_get_the_same_answers(images: np.ndarray) -> None:
    snapshot = snapshot_of()
    expected = snapshot.reconstruct(images)
    answers: list[bool] = []

    def look() -> None:
        answers.extend(np.array_equal(snapshot.reconstruct(images), expected) for _ in range(20))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == [True] * 80


@pytest.mark.parametrize("shape", [(28, 28), (2, 28, 27), (2, 784)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^Images must have the shape \(N, 28, 28\), not "):
        snapshot_of().encode(np.zeros(shape))


@pytest.mark.parametrize("shape", [(3,), (2, 4)])
def test_codes_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^Codes must have the shape \(N, 3\), not "):
        snapshot_of().decode(np.zeros(shape))


def test_weights_that_do_not_fit_are_refused_by_name() -> None:
    weights = snapshot_of().weights()
    with pytest.raises(ValueError, match=r"“decoder.layers.0.weight” has the shape \(16, 3\) instead of \(16, 2\)\.$"):
        Snapshot.from_weights(CONFIG.replace(latent_dim=2, kind="ae"), {**weights, **_ae_head(weights)})
    del weights["encoder.layers.0.bias"]
    with pytest.raises(ValueError, match=r"“encoder.layers.0.bias” is missing or too many\.$"):
        Snapshot.from_weights(CONFIG, weights)


def _ae_head(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: weights[name][:2] for name in ("encoder.layers.1.weight", "encoder.layers.1.bias")}
