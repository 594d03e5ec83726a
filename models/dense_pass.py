"""A dense stack's passes by hand: activations, and products in full or in short numbers. For `torch.no_grad()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from models.networks import Dense

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
    """The Pass of a `Dense` stack; each weight's and bias's gradient is overwritten, not added to.

    With `short` numbers (bfloat16: the range of float32, 8 significant bits) wide layers compute in them, from copies
    of their weights; what is learned stays in the stack's own numbers. The layer beside the code is narrow, costs
    next to nothing and keeps them: a code rounded to 8 bits would be off by as much as a narrow posterior is wide.
    """

    def __init__(self, stack: Dense, activation: str, first: bool, short: torch.dtype | None = None) -> None:
        """`stack` stays the owner of its tensors, `.grad` too (`FlatParameters`), and may not replace them.

        Where it is the `first` one, the encoder, its last layer is beside the code, else its first.
        """
        layers = [each for each in stack.layers if isinstance(each, nn.Linear)]
        beside_the_code = layers[-1 if first else 0]
        self._layers = [_Layer(each, None if each is beside_the_code else short) for each in layers]
        self._bend, self._first, self._own = BENDS[activation], first, layers[0].weight.dtype
        self._rooms: dict[int, _Rooms] = {}
        self._inputs: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self._inputs = []
        rooms = self._rooms_for(len(x))
        for layer, given, sums, bent in zip(self._layers, rooms.given, rooms.sums, rooms.bent, strict=True):
            layer.take_weights()
            x = _converted(x, given)
            self._inputs.append(x)
            x = torch.addmm(layer.bias, x, layer.weight.t(), out=sums)
            if layer is not self._layers[-1]:
                x = sums if self._bend.in_place else bent
                self._bend.forward(sums, x)
        return _converted(x, rooms.outputs)

    def backward(self, gradient: Tensor) -> Tensor | None:
        rooms = self._rooms_for(len(gradient))
        gradient = _converted(gradient, rooms.bent[-1])
        for number in reversed(range(len(self._layers))):
            layer = self._layers[number]
            torch.mm(gradient.t(), self._inputs[number], out=layer.weight_gradient)
            torch.sum(gradient, 0, out=layer.bias_gradient)
            layer.hand_over_gradients()
            if number > 0:
                free = rooms.bent[number - 1]  # an input of this layer, that nothing needs any more
                if free.dtype == gradient.dtype:
                    gradient = torch.mm(gradient, layer.weight, out=free)
                else:
                    gradient = free.copy_(torch.mm(gradient, layer.weight))
                self._bend.backward(gradient, rooms.sums[number - 1])
        return None if self._first else torch.mm(gradient, self._layers[0].weight)

    def _rooms_for(self, images: int) -> _Rooms:
        if images not in self._rooms:
            self._rooms[images] = _Rooms.of(self._layers, images, self._own)
        return self._rooms[images]


class _Rooms(NamedTuple):
    """Buffers (images, units) for so many images, a layer each, in the layer's own numbers.

    `given` and `outputs` are for what comes in other numbers; where all are the same they have no rows.
    """

    given: list[Tensor]
    sums: list[Tensor]
    bent: list[Tensor]
    outputs: Tensor

    @classmethod
    def of(cls, layers: list[_Layer], images: int, own: torch.dtype) -> _Rooms:
        """`own` are the numbers of what goes in and comes out."""
        converted = images if any(layer.bias.dtype != own for layer in layers) else 0
        given = [layer.weight.new_empty(converted, layer.weight.shape[1]) for layer in layers]
        sums = [layer.bias.new_empty(images, len(layer.bias)) for layer in layers]
        bent = [torch.empty_like(each) for each in sums]
        return cls(given, sums, bent, sums[-1].new_empty(converted, sums[-1].shape[1], dtype=own))


def _converted(numbers: Tensor, room: Tensor) -> Tensor:
    return numbers if numbers.dtype == room.dtype else room.copy_(numbers)


class _Layer:
    """A dense layer's tensors, taken out of its module once: looking them up takes longer than a small sum."""

    def __init__(self, linear: nn.Linear, short: torch.dtype | None) -> None:
        weights = [linear.weight.data, linear.bias.data]
        gradients = [each.grad for each in (linear.weight, linear.bias) if each.grad is not None]
        self.weight, self.bias = (each.to(short or each.dtype) for each in weights)
        self.weight_gradient, self.bias_gradient = (each.to(short or each.dtype) for each in gradients)
        is_copied = short is not None
        self._weights = [*zip((self.weight, self.bias), weights, strict=True)] if is_copied else []
        mine = self.weight_gradient, self.bias_gradient
        self._gradients = [*zip(gradients, mine, strict=True)] if is_copied else []

    def take_weights(self) -> None:
        for mine, learned in self._weights:
            mine.copy_(learned)

    def hand_over_gradients(self) -> None:
        for asked_for, mine in self._gradients:
            asked_for.copy_(mine)
