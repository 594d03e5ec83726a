"""Shapes, bounds and initial weights of the networks."""

from __future__ import annotations

import math

import pytest
import torch

from models.config import RunConfig
from models.networks import Autoencoder, initialised, unfilled

GREY = torch.linspace(0.0, 1.0, 784)


def made(**settings: object) -> Autoencoder:
    return initialised(RunConfig.from_dict({"encoder": (20,), "decoder": (20, 30), **settings}), GREY)


@pytest.mark.parametrize("kind", ["ae", "vae"])
@pytest.mark.parametrize("latent_dim", [1, 2, 3, 64])
def test_codes_have_the_latent_dimensions(kind: str, latent_dim: int) -> None:
    network = made(kind=kind, latent_dim=latent_dim)
    mean, log_variance = network.posterior(torch.rand(5, 784))
    assert mean.shape == (5, latent_dim)
    assert (log_variance is None) == (kind == "ae")
    assert log_variance is None or log_variance.shape == (5, latent_dim)
    assert network.logits(mean).shape == (5, 784)


@pytest.mark.parametrize("encoder", [(4,), (4, 6), (4, 6, 8)])
@pytest.mark.parametrize("decoder", [(5,), (7, 5), (9, 7, 5)])
def test_convolutional_networks_return_whole_pictures(encoder: tuple[int, ...], decoder: tuple[int, ...]) -> None:
    network = made(architecture="convolutional", encoder=encoder, decoder=decoder, latent_dim=3)
    mean, _ = network.posterior(torch.rand(2, 784))
    assert mean.shape == (2, 3)
    assert network.logits(mean).shape == (2, 784)


def test_convolutions_see_rows_and_columns_where_they_are() -> None:
    """A convolutional decoder's picture follows its feature map: a shift there by one is a shift by two here."""
    network = made(architecture="convolutional", encoder=(3,), decoder=(2,), activation="linear", latent_dim=1)
    upscale = network.decoder.layers[2]
    here, beside = torch.zeros(1, 2, 14, 14), torch.zeros(1, 2, 14, 14)
    here[0, 0, 5, 6] = beside[0, 0, 5, 7] = 1.0
    torch.testing.assert_close(upscale(here).roll(2, dims=3), upscale(beside))


def test_layers_are_those_of_the_configuration() -> None:
    shapes = {name: tuple(each.shape) for name, each in made(latent_dim=2).state_dict().items()}
    assert shapes == {
        "encoder.layers.0.weight": (20, 784),
        "encoder.layers.0.bias": (20,),
        "encoder.layers.1.weight": (4, 20),
        "encoder.layers.1.bias": (4,),
        "decoder.layers.0.weight": (20, 2),
        "decoder.layers.0.bias": (20,),
        "decoder.layers.1.weight": (30, 20),
        "decoder.layers.1.bias": (30,),
        "decoder.layers.2.weight": (784, 30),
        "decoder.layers.2.bias": (784,),
    }


@pytest.mark.parametrize("activation", ["silu", "relu", "gelu", "elu", "tanh"])
def test_mean_is_bounded_and_log_variance_clamped(activation: str) -> None:
    network = made(activation=activation)
    with torch.no_grad():
        network.encoder.layers[-1].get_parameter("bias").copy_(torch.tensor([1e4, -1e4, 1e4, -1e4]))
    mean, log_variance = network.posterior(torch.zeros(1, 784))
    assert mean.tolist() == [[8.0, -8.0]]
    assert log_variance is not None
    assert log_variance.tolist() == [[2.0, -14.0]]


def test_a_linear_network_is_a_linear_map() -> None:
    network = made(kind="ae", activation="linear", output="linear", loss="mse")
    a, b = 30 * torch.rand(4, 784), 30 * torch.rand(4, 784)
    between = network.logits(network.posterior((a + b) / 2)[0])
    ends = (network.logits(network.posterior(a)[0]) + network.logits(network.posterior(b)[0])) / 2
    torch.testing.assert_close(between, ends, rtol=1e-4, atol=1e-3)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, again, other = (made(seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder.layers.0.weight"], other["encoder.layers.0.weight"])


def test_making_a_network_leaves_the_global_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    made()
    unfilled(RunConfig())
    assert torch.equal(before, torch.get_rng_state())


def test_initial_weights_have_the_spread_of_the_recipe() -> None:
    weights = initialised(RunConfig(), GREY).state_dict()
    spread = {name: each.std().item() for name, each in weights.items()}
    assert spread["encoder.layers.0.weight"] == pytest.approx(math.sqrt(2 / 784), rel=0.03)
    assert spread["encoder.layers.2.weight"] == pytest.approx(0.5 / math.sqrt(128), rel=0.15)
    assert spread["decoder.layers.0.weight"] == pytest.approx(1.0, rel=0.15)
    assert spread["decoder.layers.0.bias"] == pytest.approx(1.0, rel=0.15)
    assert spread["decoder.layers.2.weight"] == pytest.approx(math.sqrt(2 / 256), rel=0.03)
    assert spread["decoder.layers.3.weight"] == pytest.approx(0.1 / 16, rel=0.03)
    assert not weights["encoder.layers.0.bias"].any()
    code = initialised(RunConfig(kind="ae"), GREY).state_dict()["encoder.layers.2.weight"]
    assert code.std().item() == pytest.approx(2.5 / math.sqrt(128), rel=0.15)
    config = RunConfig(kind="ae", sparsity="kl", sparsity_target=0.3, latent_dim=16)
    sparse = initialised(config, GREY).state_dict()
    assert sparse["decoder.layers.0.weight"].std().item() == pytest.approx(math.sqrt(2 / 16), rel=0.05)
    assert torch.sigmoid(sparse["encoder.layers.2.bias"]).tolist() == pytest.approx([0.3] * 16)


@pytest.mark.parametrize("architecture", ["dense", "convolutional"])
def test_posteriors_begin_narrow_and_about_the_middle(architecture: str) -> None:
    network = made(latent_dim=3, architecture=architecture)
    mean, log_variance = network.posterior(torch.rand(300, 784, generator=torch.Generator().manual_seed(0)))
    assert log_variance is not None
    assert mean.abs().mean().item() < 1.0
    assert log_variance.mean(dim=0).tolist() == pytest.approx([-4.0] * 3, abs=1.0)


@pytest.mark.parametrize("output", ["sigmoid", "linear"])
def test_the_output_begins_at_the_mean_image(output: str) -> None:
    network = made(output=output, loss="mse")
    bias = network.decoder.layers[-1].get_parameter("bias").detach()
    pixels = torch.sigmoid(bias) if output == "sigmoid" else bias
    torch.testing.assert_close(pixels, GREY, atol=1.1e-3, rtol=0)


def test_empty_layer_lists_give_one_layer_each() -> None:
    network = made(encoder=(), decoder=(), latent_dim=3, kind="ae")
    assert len(network.encoder.layers) == len(network.decoder.layers) == 1
    assert network.logits(network.posterior(torch.rand(2, 784))[0]).shape == (2, 784)
