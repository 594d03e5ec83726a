"""The gradient of a batch's loss: the passes of both stacks, of the posterior and of the losses, one after another."""

from __future__ import annotations

import torch
from torch import Tensor

from models.compiled import Compiled
from models.config import PIXELS, RunConfig
from models.dense_pass import DensePass
from models.fused import AutogradPass, Pass, PosteriorPass, SparsityPass, reconstruction
from models.networks import Autoencoder, Dense, Stack
from models.parallel import Alone


class Gradient:
    """Computes a network's gradient into one vector; to be called under `torch.no_grad()`."""

    def __init__(
        self,
        config: RunConfig,
        network: Autoencoder,
        vector: Tensor,
        partners: Alone,
        short: torch.dtype | None,
        compiled: bool,
    ) -> None:
        """`vector` is `FlatParameters.gradient`; wide dense layers compute in `short` numbers (`DensePass`).

        `compiled` asks for convolutions that are translated; of a dense network `of` can be translated as a whole.
        """
        self._config, self._vector = config, vector
        self._encode = _pass_of(network.encoder, config, True, short, compiled)
        self._decode = _pass_of(network.decoder, config, False, short, compiled)
        self._draws = config.draws if network.variational else 1
        self._posterior = PosteriorPass(network, self._draws)
        self._sparsity = SparsityPass(config, partners) if config.sparsity != "none" else None
        self._nothing = vector.new_zeros(())
        self._room = vector.new_empty(self._draws * config.batch_size, PIXELS)

    def of(self, images: Tensor, seen: Tensor, noise: Tensor, whole: int, beta: float | Tensor) -> Tensor:
        """Fills in the gradient of these images' part of the loss of `whole` images.

        Returns that part of (reconstruction, KL, sparsity); the images are compared with, `seen` is encoded, both
        (N, 784), and `noise` is (N, latent_dim).
        """
        if self._config.architecture == "convolutional" or len(images) == 0:
            self._vector.zero_()  # a DensePass needs none: it overwrites the last step's
        if len(images) == 0:
            if self._sparsity is not None:
                self._sparsity.forward(noise, whole)  # the partners wait for the sum of all activations
            return noise.new_zeros(3)
        outputs = self._encode.forward(seen)
        codes, kl = self._posterior.forward(outputs, noise)
        sparsity = self._nothing if self._sparsity is None else self._sparsity.forward(codes, whole)
        logits = self._decode.forward(codes)
        gradient = self._room[: len(codes)]
        drawn = zip(logits.chunk(self._draws), gradient.chunk(self._draws), strict=True)
        losses = [reconstruction(self._config, each, images, room) for each, room in drawn]
        loss = losses[0] if len(losses) == 1 else torch.stack(losses).mean()
        by_codes = self._decode.backward(gradient.mul_(1.0 / (self._draws * whole)))
        assert by_codes is not None
        if self._sparsity is not None:
            self._sparsity.backward(by_codes, self._config.sparsity_weight / whole)
        self._encode.backward(self._posterior.backward(by_codes, beta / whole))
        return torch.stack((loss, kl, sparsity)).mul_(1.0 / whole)


def _pass_of(stack: Stack, config: RunConfig, first: bool, short: torch.dtype | None, compiled: bool) -> Pass:
    if isinstance(stack, Dense):
        return DensePass(stack, config.activation, first, short)
    return AutogradPass(Compiled(stack) if compiled else stack, first)
