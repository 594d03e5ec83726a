"""The decoder in plain numpy is the network's: held to PyTorch's answers for every activation and output."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from models.config import RunConfig
from models.networks import initialised
from models.plain import BENDS, PlainNetwork, sigmoid
from models.snapshot import Snapshot

CONFIG = RunConfig(latent_dim=3, encoder=(16,), decoder=(24, 16))


def snapshot_of(config: RunConfig) -> Snapshot:
    return Snapshot.of_network(config, initialised(config, torch.full((784,), 0.2)))


def plain_of(snapshot: Snapshot) -> PlainNetwork:
    plain = PlainNetwork.of_weights(snapshot.config, snapshot.weights())
    assert plain is not None
    return plain


@pytest.mark.parametrize("activation", ["silu", "relu", "gelu", "elu", "tanh", "linear"])
def test_it_decodes_as_the_network_does(activation: str, rng: np.random.Generator) -> None:
    snapshot = snapshot_of(CONFIG.replace(activation=activation))
    codes = rng.normal(0, 2, (50, 3)).astype(np.float32)
    images = plain_of(snapshot).decode(codes)
    assert images.shape == (50, 28, 28) and images.dtype == np.float32
    np.testing.assert_allclose(images, snapshot.decode(codes), atol=1e-5)


def test_all_activations_are_known() -> None:
    from models.networks import ACTIVATIONS

    assert BENDS.keys() == ACTIVATIONS.keys()
    x = np.linspace(-6, 6, 101, dtype=np.float32)
    for name, bend in BENDS.items():
        np.testing.assert_allclose(bend(x), ACTIVATIONS[name](torch.from_numpy(x)).numpy(), atol=1e-6, err_msg=name)


def test_a_linear_output_is_not_clipped() -> None:
    snapshot = snapshot_of(CONFIG.replace(loss="mse", output="linear"))
    codes = np.full((1, 3), 500.0, np.float32)
    images = plain_of(snapshot).decode(codes)
    assert images.max() > 1.0
    np.testing.assert_allclose(images, snapshot.decode(codes), rtol=1e-4, atol=1e-3)


def test_no_decoder_layer_and_no_code_are_fine(rng: np.random.Generator) -> None:
    snapshot = snapshot_of(CONFIG.replace(decoder=()))
    codes = rng.normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(plain_of(snapshot).decode(codes), snapshot.decode(codes), atol=1e-5)
    assert plain_of(snapshot).decode(codes[:0]).shape == (0, 28, 28)


def test_extreme_logits_neither_warn_nor_leave_0_to_1() -> None:
    with np.errstate(all="raise"):
        ends = sigmoid(np.array([-1e4, -100.0, 0.0, 100.0, 1e4], np.float32))
    np.testing.assert_array_equal(ends, [0, 0, 0.5, 1, 1])


def test_convolutional_and_foreign_weights_wait_for_the_network() -> None:
    convolutional = RunConfig(architecture="convolutional", encoder=(4, 8), decoder=(8, 4))
    assert PlainNetwork.of_weights(convolutional, snapshot_of(convolutional).weights()) is None
    weights = snapshot_of(CONFIG).weights()
    assert PlainNetwork.of_weights(CONFIG.replace(latent_dim=4), weights) is None
    assert PlainNetwork.of_weights(CONFIG.replace(decoder=(24, 16, 8)), weights) is None
    del weights["decoder.layers.1.bias"]
    assert PlainNetwork.of_weights(CONFIG, weights) is None


def test_it_needs_no_torch() -> None:
    script = "import sys, models.plain; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=240).returncode == 0
