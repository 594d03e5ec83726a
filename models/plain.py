"""A dense network in plain numpy: for one image or code, where PyTorch's many small calls cost more than the products.

It also decodes a saved run while PyTorch is still being imported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from models.chunks import unit
from models.config import IMAGE_SIDE, LOG_VARIANCE_BOUNDS, MEAN_BOUND, PIXELS, RunConfig

_erf = np.vectorize(math.erf, otypes=[np.float32])
Layers = list[tuple[np.ndarray, np.ndarray]]


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


class PlainNetwork:
    """Encodes and decodes as `Snapshot` does, within float32's rounding; quick for few images or codes at a time."""

    def __init__(self, config: RunConfig, encoder: Layers, decoder: Layers) -> None:
        """Use `of_weights`; layers are weights (out, in) and biases (out,)."""
        self._config, self._encoder, self._decoder = config, encoder, decoder

    @classmethod
    def of_weights(cls, config: RunConfig, weights: Mapping[str, np.ndarray]) -> PlainNetwork | None:
        """The network of these weights; None where it is convolutional, or `Snapshot` would refuse them."""
        if config.architecture != "dense":
            return None
        outputs = config.latent_dim * (2 if config.kind == "vae" else 1)
        encoder = _layers(weights, "encoder", [PIXELS, *config.encoder, outputs])
        decoder = _layers(weights, "decoder", [config.latent_dim, *config.decoder, PIXELS])
        return None if encoder is None or decoder is None else cls(config, encoder, decoder)

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Posterior mean and log-variance of images (N, 28, 28), as `Snapshot.posterior`."""
        outputs = self._through(self._encoder, unit(images).reshape(len(images), PIXELS))
        dim = self._config.latent_dim
        log_variance = outputs[:, dim:].clip(*LOG_VARIANCE_BOUNDS) if self._config.kind == "vae" else None
        return self._bound(outputs[:, :dim]), log_variance

    def logits(self, codes: np.ndarray) -> np.ndarray:
        """Logits (N, 28, 28) float32 of codes (N, latent_dim)."""
        return self._through(self._decoder, np.asarray(codes, np.float32)).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Images (N, 28, 28) float32 of codes (N, latent_dim): in 0..1, but not clipped with a linear output."""
        logits = self.logits(codes)
        return logits if self._config.output == "linear" else sigmoid(logits)

    def _through(self, layers: Layers, x: np.ndarray) -> np.ndarray:
        bend = BENDS[self._config.activation]
        for number, (weight, bias) in enumerate(layers):
            x = (bend(x) if number else x) @ weight.T + bias
        return x

    def _bound(self, mean: np.ndarray) -> np.ndarray:
        if self._config.sparsity == "kl":
            return sigmoid(mean)
        return mean if self._config.activation == "linear" else MEAN_BOUND * np.tanh(mean / MEAN_BOUND)


def _layers(weights: Mapping[str, np.ndarray], part: str, sizes: list[int]) -> Layers | None:
    layers = []
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        names = (f"{part}.layers.{number}.weight", f"{part}.layers.{number}.bias")
        if not weights.keys() >= set(names):
            return None
        weight, bias = (np.asarray(weights[name], np.float32) for name in names)
        if weight.shape != (outputs, inputs) or bias.shape != (outputs,):
            return None
        layers.append((weight, bias))
    return layers
