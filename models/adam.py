"""Adam and AdamW of all weights at once, by PyTorch's fused kernels alone."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from models.flat_parameters import FlatParameters

EPSILON = 1e-8


class Adam:
    """Adam (Kingma & Ba 2014) or AdamW (Loshchilov & Hutter 2017), whose rate and betas may differ at every step.

    `torch.optim` calls the same kernels, but the import of its first optimiser takes as long as all of torch.
    """

    def __init__(self, parameters: FlatParameters, kind: str, weight_decay: float) -> None:
        """`kind` is "adam" or "adamw"."""
        vector = parameters.vector
        self._step: Callable[..., None] = torch._fused_adamw_ if kind == "adamw" else torch._fused_adam_
        self._weight_decay = weight_decay
        moments = torch.zeros_like(vector), torch.zeros_like(vector)
        self._tensors = [[each] for each in (vector, parameters.gradient, *moments)]
        self._steps = torch.zeros((), device=vector.device)

    def step(self, rate: float | Tensor, betas: tuple[float, float]) -> None:
        """Changes the weights by their gradient; the rate may be a tensor on their device."""
        self._steps += 1
        self._step(
            *self._tensors,
            [],
            [self._steps],
            lr=rate,
            beta1=betas[0],
            beta2=betas[1],
            weight_decay=self._weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
