"""A training step's forward and backward passes with gradients by hand, in buffers that are used again at every step.

What they compute is what `networks.py` and `objectives.py` say, and autograd of it; they only take fewer passes over
memory and no bookkeeping. To be called under `torch.no_grad()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus

from models import objectives
from models.config import LOG_VARIANCE_BOUNDS, MEAN_BOUND, RunConfig
from models.networks import Autoencoder
from models.parallel import Alone

LOWEST_LOGIT = -20.0  # below it softplus is 0 in float32, and four probabilities' product is still a normal float

_ops = torch.ops.aten


class Pass(Protocol):
    """A stack of layers on its way forward and back."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, in) -> (N, out), as the stack itself would; the result is the caller's until the next call."""

    def backward(self, gradient: Tensor) -> Tensor | None:
        """From the gradient of the outputs, that of every weight and bias; and that of the inputs, unless `first`."""


class AutogradPass:
    """The Pass of any stack, by autograd; gradients are added to what `.grad` holds."""

    def __init__(self, stack: Callable[[Tensor], Tensor], first: bool) -> None:
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
        self._outputs, self._mean = outputs, mean
        if log_variance is None:
            return mean, outputs.new_zeros(())
        self._excess = torch.expm1(log_variance)
        self._away = torch.exp(0.5 * log_variance).mul_(noise)
        codes = mean + self._away  # `objectives.sample`, and below its `divergence_per_image`: the way back needs parts
        if self._draws == 2:
            codes = torch.cat((codes, mean - self._away))
        return codes, 0.5 * torch.addcmul(self._excess - log_variance, mean, mean).sum()

    def backward(self, gradient: Tensor, beta: float | Tensor) -> Tensor:
        """The gradient of the outputs from that of the codes, `beta` times the divergence's own added."""
        mean = self._mean
        if self._network.sigmoid_code:
            return gradient * mean * (1.0 - mean)
        if not self._network.variational:
            return self._through_the_bound(gradient)
        along, across = gradient, gradient
        if self._draws == 2:
            one, other = gradient.chunk(2)
            along, across = one + other, one - other
        by_mean = self._through_the_bound(_sum(along, mean, beta))
        by_log_variance = torch.addcmul(0.5 * beta * self._excess, across, self._away, value=0.5)
        raw = self._outputs[:, mean.shape[1] :]
        unclamped = _ops.hardtanh_backward(by_log_variance, raw, *LOG_VARIANCE_BOUNDS)  # a clamped one has no slope
        return torch.cat((by_mean, unclamped), dim=1)

    def _through_the_bound(self, gradient: Tensor) -> Tensor:
        """From the gradient of the mean to that of the output that it is bounded from."""
        return _ops.tanh_backward(gradient, self._mean / MEAN_BOUND) if self._network.bounded else gradient


def _sum(one: Tensor, other: Tensor, weight: float | Tensor) -> Tensor:
    """`one + weight * other`: of a recorded step, whose weight is a tensor, in one launch."""
    return torch.addcmul(one, other, weight) if isinstance(weight, Tensor) else torch.add(one, other, alpha=weight)


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
    """softplus(l) - x l, whose gradient is sigmoid(l) - x."""
    gained = torch.dot(logits.reshape(-1), images.reshape(-1))
    if logits.device.type == "cpu":
        total = _softplus_by_products(logits, gradient)
    else:  # where a logarithm costs little, and each launch as much as a large one
        total = softplus(logits).sum()
        torch.sigmoid(logits, out=gradient)
    gradient.sub_(images)
    return total.sub_(gained)


def _softplus_by_products(logits: Tensor, probabilities: Tensor) -> Tensor:
    """Sum of softplus(l) = l - log(sigmoid(l)); fills in the sigmoids, and uses the logits up."""
    total = logits.clamp_min_(LOWEST_LOGIT).sum()
    torch.sigmoid(logits, out=probabilities)
    return total.sub_(_sum_of_logarithms(probabilities, logits))


def _sum_of_logarithms(values: Tensor, room: Tensor) -> Tensor:
    """By the logarithms of four values' products, which cost far less; `values` (N, 784) are above 1e-9, room alike."""
    first, second, third, fourth = values.reshape(4, -1)
    pairs, others, _, _ = room.reshape(4, -1)
    torch.mul(first, second, out=pairs)
    torch.mul(third, fourth, out=others)
    return pairs.mul_(others).log_().sum()
