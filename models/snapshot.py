"""A frozen network to look through: numpy in, numpy out, from any thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models import objectives
from models.config import IMAGE_SIDE, PIXELS, RunConfig
from models.networks import Autoencoder, unfilled
from models.plain import PlainNetwork

BATCH = 2048


class Snapshot:
    """A network as it was at one moment; it never changes, and shares no memory with anything that does."""

    config: RunConfig

    def __init__(self, config: RunConfig, network: Autoencoder) -> None:
        """Use `of_network` or `from_weights`; this takes the network as its own."""
        self.config = config
        self._network = network.eval().requires_grad_(False)

    @classmethod
    def of_network(cls, config: RunConfig, network: Autoencoder) -> Snapshot:
        """A copy of a live network, brought to the CPU."""
        copies = {name: tensor.detach().to("cpu", copy=True) for name, tensor in network.state_dict().items()}
        return cls(config, _filled(unfilled(config), copies))

    @classmethod
    def from_weights(cls, config: RunConfig, weights: dict[str, np.ndarray], share: bool = False) -> Snapshot:
        """The network that `weights` described; ValueError with one sentence where they do not fit `config`.

        With `share` it looks through their own memory, which nobody changes any more: a run's, as it is opened. A wide
        network's copies would hold the window up.
        """
        network = unfilled(config)
        expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        if set(weights) != set(expected):
            odd = sorted(set(weights) ^ set(expected))[0]
            raise ValueError(f"The weights do not fit the configuration: “{odd}” is missing or too many.")
        for name, shape in expected.items():
            if np.shape(weights[name]) != shape:
                raise ValueError(
                    f"The weights do not fit the configuration: “{name}” has the shape "
                    f"{np.shape(weights[name])} instead of {shape}."
                )
        taken = np.asarray if share else np.array
        tensors = {name: torch.from_numpy(taken(value, dtype=np.float32)) for name, value in weights.items()}
        return cls(config, _filled(network, tensors))

    def weights(self) -> dict[str, np.ndarray]:
        """Copies of all weights by name, float32."""
        return {name: tensor.numpy().copy() for name, tensor in self._network.state_dict().items()}

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Codes (N, latent_dim) float32 of images (N, 28, 28), uint8 or float 0..1; a VAE's are the posterior means."""
        return self.posterior(images)[0]

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Posterior mean and log-variance, each (N, latent_dim) float32; an AE has no log-variance."""
        flat = flat_images(images)
        if len(flat) == 1 and self._plain is not None:
            return self._plain.posterior(np.asarray(images))
        means, log_variances = [], []
        with torch.inference_mode():
            for part in flat.split(BATCH):
                mean, log_variance = self._network.posterior(to_unit(part))
                means.append(mean)
                if log_variance is not None:
                    log_variances.append(log_variance)
        joined = _joined(means, self.config.latent_dim)
        return joined, _joined(log_variances, self.config.latent_dim) if self.config.kind == "vae" else None

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Images (N, 28, 28) float32 of codes (N, latent_dim): in 0..1, but not clipped with a linear output."""
        codes = self._checked(codes)
        if len(codes) == 1 and self._plain is not None:
            return self._plain.decode(codes)
        return self._in_batches(codes, lambda part: objectives.pixels(self.config, self._network.logits(part)))

    def logits(self, codes: np.ndarray) -> np.ndarray:
        """Logits (N, 28, 28) float32 of codes (N, latent_dim), for losses that need them exact."""
        codes = self._checked(codes)
        if len(codes) == 1 and self._plain is not None:
            return self._plain.logits(codes)
        return self._in_batches(codes, self._network.logits)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """What the network makes of images (N, 28, 28): they are encoded, and the mean is decoded."""
        return self.decode(self.encode(images))

    @cached_property
    def _plain(self) -> PlainNetwork | None:
        """The same network for a single image or code, in a third of the time; it shares the weights' memory."""
        return PlainNetwork.of_weights(self.config, {k: v.numpy() for k, v in self._network.state_dict().items()})

    def _checked(self, codes: np.ndarray) -> np.ndarray:
        array = np.asarray(codes, dtype=np.float32)
        if array.ndim != 2 or array.shape[1] != self.config.latent_dim:
            raise ValueError(f"Codes must have the shape (N, {self.config.latent_dim}), not {array.shape}.")
        return array

    @staticmethod
    def _in_batches(codes: np.ndarray, function: Callable[[Tensor], Tensor]) -> np.ndarray:
        with torch.inference_mode():
            parts = [function(part) for part in torch.from_numpy(np.array(codes, order="C")).split(BATCH)]
        return _joined(parts, PIXELS).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def flat_images(images: np.ndarray) -> Tensor:
    """Images (N, 28, 28) as a (N, 784) tensor of the same kind, uint8 or float32; ValueError for other shapes."""
    array = np.asarray(images)
    if array.ndim != 3 or array.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        raise ValueError(f"Images must have the shape (N, {IMAGE_SIDE}, {IMAGE_SIDE}), not {array.shape}.")
    kind = np.uint8 if array.dtype == np.uint8 else np.float32
    array = np.ascontiguousarray(array.reshape(len(array), PIXELS), dtype=kind)
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def to_unit(images: Tensor) -> Tensor:
    """Pixels as float 0..1, where uint8 ones run to 255."""
    return images.float().div_(255.0) if images.dtype == torch.uint8 else images


def _filled(network: Autoencoder, tensors: dict[str, Tensor]) -> Autoencoder:
    network.load_state_dict(tensors, assign=True)
    return network


def _joined(parts: list[Tensor], width: int) -> np.ndarray:
    return torch.cat(parts).reshape(-1, width).numpy()
