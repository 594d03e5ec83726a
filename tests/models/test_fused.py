"""The training step's passes, with gradients by hand, against the plain networks, torch's own losses, and autograd."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional as F

from models.config import RunConfig
from models.flat_parameters import FlatParameters
from models.fused import AutogradPass, PosteriorPass, reconstruction
from models.networks import Autoencoder, ConvolutionalDecoder, ConvolutionalEncoder, Dense

pytestmark = pytest.mark.usefixtures("double_precision")


def gradients(function: Tensor, *of: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(function, of)


@pytest.mark.parametrize(
    "stack", [ConvolutionalEncoder((3, 4), 5, "silu"), ConvolutionalDecoder(2, (4, 3), "relu")], ids=["down", "up"]
)
def test_an_autograd_pass_does_the_same_for_convolutions(stack: ConvolutionalEncoder | ConvolutionalDecoder) -> None:
    stack = stack.double()
    inputs = 2 if isinstance(stack, ConvolutionalDecoder) else 784
    x = torch.randn(4, inputs).requires_grad_()
    expected = stack(x)
    slope = torch.randn_like(expected)
    by_hand = gradients((expected * slope).sum(), x, *stack.parameters())
    through = AutogradPass(stack, first=False)
    with torch.no_grad():
        torch.testing.assert_close(through.forward(x.detach()), expected)
        torch.testing.assert_close(through.backward(slope), by_hand[0])
    for each, autograds in zip(stack.parameters(), by_hand[1:], strict=True):
        torch.testing.assert_close(each.grad, autograds)


def test_the_first_stack_gives_no_gradient_of_its_inputs() -> None:
    through = AutogradPass(Dense([9, 5], "silu"), first=True)
    with torch.no_grad():
        through.forward(torch.randn(4, 9))
        assert through.backward(torch.randn(4, 5)) is None


@pytest.mark.parametrize("draws", [1, 2])
@pytest.mark.parametrize("activation", ["silu", "linear"])
def test_a_posterior_pass_samples_and_diverges_as_the_library_and_autograd_say(activation: str, draws: int) -> None:
    network = Autoencoder(RunConfig(latent_dim=3, encoder=(), decoder=(), activation=activation))
    outputs = (4.0 * torch.randn(50, 6)).requires_grad_()
    noise, slope, beta = torch.randn(50, 3), torch.randn(draws * 50, 3), 0.7
    raw_mean, raw_log_variance = outputs[:, :3], outputs[:, 3:]
    assert (raw_log_variance > 2.0).any(), "some are clamped"
    mean = raw_mean if activation == "linear" else 8.0 * torch.tanh(raw_mean / 8.0)
    posterior = Normal(mean, torch.exp(0.5 * raw_log_variance.clamp(-14.0, 2.0)))
    codes = torch.cat([posterior.loc + posterior.scale * each for each in (noise, -noise)[:draws]])
    kl = kl_divergence(posterior, Normal(0.0, 1.0)).sum()
    (expected,) = gradients((codes * slope).sum() + beta * kl, outputs)
    through = PosteriorPass(network, draws)
    with torch.no_grad():
        torch.testing.assert_close(through.forward(outputs.detach(), noise), (codes, kl))
        torch.testing.assert_close(through.backward(slope, beta), expected)


@pytest.mark.parametrize("activation", ["silu", "linear"])
def test_an_ae_has_neither_noise_nor_divergence(activation: str) -> None:
    network = Autoencoder(RunConfig(kind="ae", latent_dim=3, encoder=(), decoder=(), activation=activation))
    outputs, slope = (4.0 * torch.randn(50, 3)).requires_grad_(), torch.randn(50, 3)
    expected = outputs if activation == "linear" else 8.0 * torch.tanh(outputs / 8.0)
    (by_hand,) = gradients((expected * slope).sum(), outputs)
    through = PosteriorPass(network)
    with torch.no_grad():
        codes, kl = through.forward(outputs.detach(), torch.randn(50, 3))
        torch.testing.assert_close(codes, expected)
        assert kl.item() == 0.0
        torch.testing.assert_close(through.backward(slope, 0.7), by_hand)


def expected_loss(config: RunConfig, logits: Tensor, images: Tensor) -> Tensor:
    if config.loss == "bce":
        return -Bernoulli(logits=logits, validate_args=False).log_prob(images).sum()
    return F.mse_loss(logits if config.output == "linear" else torch.sigmoid(logits), images, reduction="sum")


@pytest.mark.parametrize(
    "config",
    [RunConfig(), RunConfig(loss="mse"), RunConfig(loss="mse", output="linear")],
    ids=["bernoulli", "squared", "linear"],
)
def test_the_summed_reconstruction_loss_and_its_gradient_are_the_librarys(
    config: RunConfig, put: Callable[[Tensor], Tensor]
) -> None:
    logits, images = (20 * torch.randn(50, 784)).requires_grad_(), torch.rand(50, 784)
    expected = expected_loss(config, logits, images)
    gradient = torch.empty_like(images)
    with torch.no_grad():
        loss = reconstruction(config, put(logits.detach().clone()), put(images), put(gradient))
    assert loss.item() == pytest.approx(expected.item())
    torch.testing.assert_close(gradient, *gradients(expected, logits))


def test_the_bernoulli_loss_is_as_exact_in_single_precision() -> None:
    logits, images = 5 * torch.randn(256, 784) - 3, torch.rand(256, 784)
    expected = expected_loss(RunConfig(), logits, images)
    loss = reconstruction(RunConfig(), logits.float(), images.float(), torch.empty(256, 784, dtype=torch.float32))
    assert loss.item() == pytest.approx(expected.item(), rel=2e-6)


def test_logits_beyond_a_floats_exponent_give_a_finite_loss() -> None:
    logits = torch.tensor([[-1e4, -90.0, 90.0, 1e4]], dtype=torch.float32)
    images = torch.tensor([[0.0, 0.5, 0.5, 0.0]], dtype=torch.float32)
    gradient = torch.empty_like(images)
    assert reconstruction(RunConfig(), logits, images, gradient).item() == pytest.approx(45.0 + 45.0 + 1e4)
    torch.testing.assert_close(gradient, torch.tensor([[0.0, -0.5, 0.5, 1.0]], dtype=torch.float32))


def test_flat_parameters_change_nothing_but_where_the_numbers_lie() -> None:
    network = Dense([9, 7, 5], "silu")
    before = copy.deepcopy(network.state_dict())
    flat = FlatParameters(network)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])
    with torch.no_grad():
        flat.vector.fill_(3.0)
    flat.gradient.fill_(4.0)
    assert all(bool((each == 3.0).all()) for each in network.parameters())
    assert all(each.grad is not None and bool((each.grad == 4.0).all()) for each in network.parameters())


@pytest.mark.parametrize(("longest", "expected"), [(1.0, 1.0), (100.0, 5.0)])
def test_a_long_gradient_is_shortened_and_a_short_one_kept(
    longest: float, expected: float, put: Callable[[Tensor], Tensor]
) -> None:
    network = Dense([2, 1], "silu")
    flat = FlatParameters(network)
    network.layers[0].weight.grad.copy_(torch.tensor([[3.0, 0.0]]))
    network.layers[0].bias.grad.copy_(torch.tensor([-4.0]))
    flat.gradient = put(flat.gradient)
    flat.clip(longest)
    assert flat.gradient.norm().item() == pytest.approx(expected)
    assert network.layers[0].weight.grad[0, 0] == pytest.approx(3.0 * expected / 5.0)
    flat.gradient[0] = torch.nan
    flat.clip(longest)
    assert flat.gradient.isnan().any(), "a gradient that is no number is told by the loss"
