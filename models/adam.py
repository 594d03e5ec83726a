"""Adam and AdamW of all weights at once, by PyTorch's fused kernels alone."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from models.flat_parameters import ALIGNMENT, FlatParameters

EPSILON = 1e-8
PART = 8192  # numbers that a block of a GPU's threads is given


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
        most = most_parts(vector.device)
        self._tensors = [in_parts(each, most) for each in (vector, parameters.gradient, *moments)]
        self._steps = torch.zeros((), device=vector.device)
        self._steps_of_parts = [self._steps] * len(self._tensors[0])

    def step(self, rate: float | Tensor, betas: tuple[float, float]) -> None:
        """Changes the weights by their gradient; the rate may be a tensor on their device."""
        self._steps += 1
        self._step(
            *self._tensors,
            [],
            self._steps_of_parts,
            lr=rate,
            beta1=betas[0],
            beta2=betas[1],
            weight_decay=self._weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )


def most_parts(device: torch.device) -> int:
    """How many parts of all weights one launch takes.

    CUDA's kernel gives each tensor one block of threads for every 65,536 numbers: 17 for a million weights, on a card
    that has room for hundreds. In parts they get more, and still one launch: of 36 tensors in builds for CUDA 12, of
    252 in those for 13.
    """
    if device.type != "cuda":
        return 1
    return 252 if int((torch.version.cuda or "0").partition(".")[0]) >= 13 else 36


def in_parts(vector: Tensor, most: int) -> list[Tensor]:
    """Views of a vector (n,), n a multiple of ALIGNMENT: of PART numbers, or of more where these would be too many."""
    size = max(PART, -(-len(vector) // most)) if most > 1 else len(vector)
    return list(vector.split(-(-size // ALIGNMENT) * ALIGNMENT))
