"""A dense decoder in plain numpy: what a saved run's codes look like while PyTorch is still being imported."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from models.config import IMAGE_SIDE, PIXELS, RunConfig

_erf = np.vectorize(math.erf, otypes=[np.float32])


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), by tanh, which does not overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


BENDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "silu": lambda x: x * sigmoid(x),
    "relu": lambda x: np.maximum(x, 0.0),
    "gelu": lambda x: x * (0.5 + 0.5 * _erf(x / math.sqrt(2.0))),
    "elu": lambda x: np.where(x > 0.0, x, np.expm1(np.minimum(x, 0.0))),
    "tanh": np.tanh,
    "linear": lambda x: x,
}


class PlainDecoder:
    """Decodes as `Snapshot` does, within float32's rounding; for few codes at a time, on the window's own thread."""

    def __init__(self, config: RunConfig, layers: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """Use `of_weights`; `layers` are weights (out, in) and biases (out,)."""
        self._config, self._layers = config, layers

    @classmethod
    def of_weights(cls, config: RunConfig, weights: Mapping[str, np.ndarray]) -> PlainDecoder | None:
        """The decoder of a saved run; None where it is convolutional, or `Snapshot` would refuse its weights."""
        if config.architecture != "dense":
            return None
        layers = []
        for number, (inputs, outputs) in enumerate(pairwise([config.latent_dim, *config.decoder, PIXELS])):
            names = (f"decoder.layers.{number}.weight", f"decoder.layers.{number}.bias")
            if not weights.keys() >= set(names):
                return None
            weight, bias = (np.asarray(weights[name], np.float32) for name in names)
            if weight.shape != (outputs, inputs) or bias.shape != (outputs,):
                return None
            layers.append((weight, bias))
        return cls(config, layers)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Images (N, 28, 28) float32 of codes (N, latent_dim): in 0..1, but not clipped with a linear output."""
        x = np.asarray(codes, np.float32)
        for number, (weight, bias) in enumerate(self._layers):
            x = (BENDS[self._config.activation](x) if number else x) @ weight.T + bias
        pixels = x if self._config.output == "linear" else sigmoid(x)
        return pixels.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
