"""The costly parts of a training step beside matrix products, each one autograd function with its gradient at hand.

What they compute is what `networks.Dense` and `objectives` say; they only compute it with fewer passes over memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from models.networks import Dense

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


class DensePass:
    """A `Dense` stack for training: its buffers are used again at every step, its gradients are written in place.

    Each weight's and bias's `.grad` must exist (`FlatParameters`), and is overwritten, not added to. One call must
    have gone backward, or be given up, before the next.
    """

    def __init__(self, stack: Dense, activation: str) -> None:
        """`stack` stays the owner of the weights."""
        self.layers = [each for each in stack.layers if isinstance(each, nn.Linear)]
        self.bend = BENDS[activation]
        self._rooms: dict[int, list[tuple[Tensor, Tensor]]] = {}
        self.inputs: list[Tensor] = []

    def __call__(self, x: Tensor) -> Tensor:
        """(N, in) -> (N, out), as the stack itself would; the result is good until the next call."""
        return _Through.apply(x, self.layers[0].weight, self)

    def rooms(self, images: int) -> list[tuple[Tensor, Tensor]]:
        """For each layer two buffers (images, out) for batches of this many images."""
        if images not in self._rooms:
            sizes = [(images, layer.out_features) for layer in self.layers]
            weight = self.layers[0].weight
            self._rooms[images] = [(weight.new_empty(size), weight.new_empty(size)) for size in sizes]
        return self._rooms[images]


class _Through(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, _: Tensor, dense: DensePass) -> Tensor:
        ctx.dense = dense
        dense.inputs = []
        bend = dense.bend
        for layer, (sums, bent) in zip(dense.layers, dense.rooms(len(x)), strict=True):
            dense.inputs.append(x)
            torch.addmm(layer.bias, x, layer.weight.t(), out=sums)
            if layer is not dense.layers[-1]:
                x = sums if bend.in_place else bent
                bend.forward(sums, x)
        return sums.view_as(sums)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None]:
        dense: DensePass = ctx.dense
        rooms = dense.rooms(len(gradient))
        for number in reversed(range(len(dense.layers))):
            layer = dense.layers[number]
            torch.mm(gradient.t(), dense.inputs[number], out=layer.weight.grad)
            torch.sum(gradient, 0, out=layer.bias.grad)
            if number > 0:
                kept, free = rooms[number - 1]  # what was bent there is an input that nothing needs any more
                gradient = torch.mm(gradient, layer.weight, out=free)
                dense.bend.backward(gradient, kept)
        return (gradient @ dense.layers[0].weight if ctx.needs_input_grad[0] else None), None, None


class BernoulliSum(Function):
    """`BernoulliSum.apply(logits, images)`: Bernoulli negative log-likelihood, summed over all pixels and images.

    softplus(l) - x l with softplus(l) = l - log(sigmoid(l)), whose gradient is sigmoid(l) - x.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, images: Tensor) -> Tensor:
        """A scalar from logits and images, both (N, 784); images lie in 0..1."""
        bounded = logits.clamp_min(LOWEST_LOGIT)
        probability = torch.sigmoid(bounded)
        less_softplus = torch.log(probability).sub_(bounded)
        ctx.difference = probability.sub_(images)
        return less_softplus.addcmul_(images, logits).sum().neg()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """The gradient of the logits alone."""
        return ctx.difference * gradient, None
