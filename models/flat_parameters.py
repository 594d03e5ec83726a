"""All weights of a network in one vector, and all their gradients in another: one optimiser call, one norm, one sum."""

from __future__ import annotations

import math

import torch
from torch import nn

ALIGNMENT = 16  # floats: each tensor begins on a cache line, which matrix products are fastest from


class FlatParameters:
    """Moves a network's parameters into one vector; the network keeps its tensors, which become views of it.

    `vector` (n,) holds every weight, `gradient` (n,) every gradient. Between the tensors lie up to 15 zeros that
    nothing reads and no gradient reaches.
    """

    def __init__(self, network: nn.Module) -> None:
        """Takes the network on the device where it will stay; replacing its tensors later would undo this."""
        parameters = list(network.parameters())
        rooms = [-(-each.numel() // ALIGNMENT) * ALIGNMENT for each in parameters]
        vector = parameters[0].detach().new_zeros(sum(rooms))
        gradient = torch.zeros_like(vector)
        for each, weights, gradients in zip(parameters, vector.split(rooms), gradient.split(rooms), strict=True):
            weights[: each.numel()].copy_(each.detach().reshape(-1))
            each.data = weights[: each.numel()].view_as(each)
            each.grad = gradients[: each.numel()].view_as(each)
        self.vector, self.gradient = vector, gradient

    def clip(self, longest: float) -> None:
        """Shortens the gradient to the Euclidean norm `longest`; one that is not finite stays so."""
        if self.gradient.device.type != "cpu":  # to look at the norm would make us wait for the device
            self.gradient.div_((torch.linalg.vector_norm(self.gradient) / longest).clamp(min=1.0))
            return
        norm = math.sqrt(torch.dot(self.gradient, self.gradient).item())  # in two thirds of the library's time
        if norm > longest:
            self.gradient.mul_(longest / norm)
