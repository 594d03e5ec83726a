"""A training step's forward and backward passes with gradients by hand, in buffers that are used again at every step.

What they compute is what `networks.py` and `objectives.py` say, and autograd of it; they only take fewer passes over
memory and no bookkeeping. To be called under `torch.no_grad()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from models import objectives
from models.config import MEAN_BOUND, RunConfig
from models.networks import Autoencoder, Dense, Stack
from models.parallel import Alone

LOWEST_LOGIT = -80.0  # exp(-80) is still a normal float: below it a logarithm of the probability would be -inf

_ops = torch.ops.aten


class Bend(NamedTuple):
    """An activation with room given: `forward(x, y)` fills y, `backward(gradient, kept)` turns the gradient in place.

    With `in_place`, y may be x itself, and y is what is kept for the way back; else x is.
    """

    forward: Callable[[Tensor, Tensor], Any]
    backward: Callable[[Tensor, Tensor], Any]
    in_place: bool


BENDS: dict[str, Bend] = {
    "silu": Bend(
        lambda x, y: _ops.silu.out(x, out=y),
        lambda gradient, x: _ops.silu_backward.grad_input(gradient, x, grad_input=gradient),
        in_place=False,
    ),
    "gelu": Bend(
        lambda x, y: _ops.gelu.out(x, out=y),
        lambda gradient, x: _ops.gelu_backward.grad_input(gradient, x, grad_input=gradient),
        in_place=False,
    ),
    "relu": Bend(
        lambda x, y: torch.clamp_min(x, 0.0, out=y),
        lambda gradient, y: _ops.threshold_backward.grad_input(gradient, y, 0.0, grad_input=gradient),
        in_place=True,
    ),
    "elu": Bend(
        lambda x, y: _ops.elu.out(x, out=y),
        lambda gradient, y: _ops.elu_backward.grad_input(gradient, 1.0, 1.0, 1.0, True, y, grad_input=gradient),
        in_place=True,
    ),
    "tanh": Bend(
        lambda x, y: torch.tanh(x, out=y),
        lambda gradient, y: _ops.tanh_backward.grad_input(gradient, y, grad_input=gradient),
        in_place=True,
    ),
    "linear": Bend(lambda x, y: y, lambda gradient, y: gradient, in_place=True),
}


class Pass(Protocol):
    """A stack of layers on its way forward and back."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, in) -> (N, out), as the stack itself would; the result is the caller's until the next call."""

    def backward(self, gradient: Tensor) -> Tensor | None:
        """From the gradient of the outputs, that of every weight and bias; and that of the inputs, unless `first`."""


class DensePass:
    """The Pass of a `Dense` stack; each weight's and bias's gradient is overwritten, not added to."""

    def __init__(self, stack: Dense, activation: str, first: bool) -> None:
        """`stack` stays the owner of its tensors, `.grad` too (`FlatParameters`), and may not replace them."""
        layers = [each for each in stack.layers if isinstance(each, nn.Linear)]
        self._layers = [_Layer(each.weight.data, each.bias.data, each.weight.grad, each.bias.grad) for each in layers]
        self._bend, self._first = BENDS[activation], first
        self._rooms: dict[int, list[tuple[Tensor, Tensor]]] = {}
        self._inputs: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self._inputs = []
        for layer, (sums, bent) in zip(self._layers, self._rooms_for(len(x)), strict=True):
            self._inputs.append(x)
            x = torch.addmm(layer.bias, x, layer.weight.t(), out=sums)
            if layer is not self._layers[-1]:
                x = sums if self._bend.in_place else bent
                self._bend.forward(sums, x)
        return x

    def backward(self, gradient: Tensor) -> Tensor | None:
        rooms = self._rooms_for(len(gradient))
        for number in reversed(range(len(self._layers))):
            layer = self._layers[number]
            torch.mm(gradient.t(), self._inputs[number], out=layer.weight_gradient)
            torch.sum(gradient, 0, out=layer.bias_gradient)
            if number > 0:
                kept, free = rooms[number - 1]  # what was bent there is an input that nothing needs any more
                gradient = torch.mm(gradient, layer.weight, out=free)
                self._bend.backward(gradient, kept)
        return None if self._first else torch.mm(gradient, self._layers[0].weight)

    def _rooms_for(self, images: int) -> list[tuple[Tensor, Tensor]]:
        """For each layer two buffers (images, out)."""
        if images not in self._rooms:
            biases = [layer.bias for layer in self._layers]
            self._rooms[images] = [
                (bias.new_empty(images, len(bias)), bias.new_empty(images, len(bias))) for bias in biases
            ]
        return self._rooms[images]


class _Layer(NamedTuple):
    """A dense layer's tensors, taken out of its module once: looking them up takes longer than a small sum."""

    weight: Tensor
    bias: Tensor
    weight_gradient: Tensor | None
    bias_gradient: Tensor | None


class AutogradPass:
    """The Pass of any stack, by autograd; gradients are added to what `.grad` holds."""

    def __init__(self, stack: Stack, first: bool) -> None:
        self._stack, self._first = stack, first
        self._input = self._output = torch.empty(0)

    def forward(self, x: Tensor) -> Tensor:
        with torch.enable_grad():
            self._input = x.detach().requires_grad_(not self._first)
            self._output = self._stack(self._input)
        return self._output.detach()

    def backward(self, gradient: Tensor) -> Tensor | None:
        self._output.backward(gradient)
        return self._input.grad


class PosteriorPass:
    """From the encoder's outputs to codes and their KL divergence, and back."""

    def __init__(self, network: Autoencoder, draws: int = 1) -> None:
        self._network, self._draws = network, draws

    def forward(self, outputs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (draws N, latent_dim), and the divergence summed over images; an AE's is 0, and its codes are exact.

        A second draw has the opposite noise (an antithetic pair): each is one of the posterior, and they err together
        less than two of their own.
        """
        mean, log_variance = self._network.posterior_of(outputs)
        self._outputs, self._noise, self._mean, self._log_variance = outputs, noise, mean, log_variance
        if log_variance is None:
            return mean, outputs.new_zeros(())
        codes = objectives.sample(mean, log_variance, noise)
        if self._draws == 2:
            codes = torch.cat((codes, 2.0 * mean - codes))
        return codes, objectives.divergence_per_image(mean, log_variance).sum()

    def backward(self, gradient: Tensor, beta: float | Tensor) -> Tensor:
        """The gradient of the outputs from that of the codes, `beta` times the divergence's own added."""
        mean, log_variance = self._mean, self._log_variance
        if self._network.sigmoid_code:
            return gradient * mean * (1.0 - mean)
        slope = 1.0 - (mean / MEAN_BOUND).square() if self._network.bounded else torch.ones_like(mean)
        if log_variance is None:
            return gradient * slope
        along, across = gradient, gradient
        if self._draws == 2:
            one, other = gradient.chunk(2)
            along, across = one + other, one - other
        sigma = torch.exp(0.5 * log_variance)
        by_mean = (along + beta * mean) * slope
        by_log_variance = 0.5 * (across * sigma * self._noise + beta * (sigma.square() - 1.0))
        by_log_variance *= self._outputs[:, mean.shape[1] :] == log_variance  # a clamped one has no slope
        return torch.cat((by_mean, by_log_variance), dim=1)


class SparsityPass:
    """From a batch's codes to `objectives.sparsity`, and back."""

    def __init__(self, config: RunConfig, partners: Alone) -> None:
        """With `partners`, units are averaged over the whole batch, of which each process has its part."""
        self._config, self._partners = config, partners

    def forward(self, codes: Tensor, whole: int) -> Tensor:
        """This part's share of the term times `whole`, the batch's images; codes (N, latent_dim), N may be 0."""
        self._codes = codes
        activity = codes.abs().sum(dim=0)
        self._partners.sum(activity)
        self._activity = activity.mul_(1.0 / whole)
        return objectives.sparsity(self._config, self._activity) * len(codes)

    def backward(self, gradient: Tensor, scale: float) -> Tensor:
        """The gradient of the codes, to which `scale` times the term's own is added in place."""
        slope = self._codes.sign()
        if self._config.sparsity == "kl":
            target, mean = self._config.sparsity_target, objectives.inside(self._activity)
            slope *= (1.0 - target) / (1.0 - mean) - target / mean
        return gradient.add_(slope, alpha=scale)


def reconstruction(config: RunConfig, logits: Tensor, images: Tensor, gradient: Tensor) -> Tensor:
    """The reconstruction loss summed over images, a scalar; all are (N, 784).

    Fills `gradient` with the gradient of the logits, and uses the logits up.
    """
    if config.loss == "bce":
        return _bernoulli(logits, images, gradient)
    pixels = logits.sigmoid_() if config.output == "sigmoid" else logits
    torch.sub(pixels, images, out=gradient)
    total = gradient.square().sum()
    gradient.mul_(2.0)
    if config.output == "sigmoid":
        _ops.sigmoid_backward.grad_input(gradient, pixels, grad_input=gradient)
    return total


def _bernoulli(logits: Tensor, images: Tensor, gradient: Tensor) -> Tensor:
    """softplus(l) - x l with softplus(l) = l - log(sigmoid(l)), whose gradient is sigmoid(l) - x."""
    gained = torch.dot(logits.reshape(-1), images.reshape(-1))
    total = logits.clamp_min_(LOWEST_LOGIT).sum() - gained
    torch.sigmoid(logits, out=gradient)
    total -= torch.log(gradient, out=logits).sum()
    gradient.sub_(images)
    return total
