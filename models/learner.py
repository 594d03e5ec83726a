"""The live network with its optimiser, its random generators and the images it learns from, all on one device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from models import corruption, objectives
from models.adam import Adam
from models.compiled import Compiled
from models.config import RunConfig
from models.datasets import trained_on
from models.devices import quick_products
from models.facts import Losses
from models.flat_parameters import FlatParameters
from models.gradient import Gradient
from models.graphed import Record, Recording, cuda_graph
from models.networks import initialised
from models.parallel import Alone
from models.snapshot import Snapshot, flat_images, to_unit

if TYPE_CHECKING:
    from models.datasets import Dataset

BETAS = (0.85, 0.95)
EVALUATION_BATCH = 2000
EVALUATION_SEED = 1_000_003


class Learner:
    """Takes one training step at a time, and evaluates on held-out images."""

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        partners: Alone | None = None,
        record: Record | None = None,
        precision: str = "float32",
        compiled: bool = False,
    ) -> None:
        """`precision` is what products are computed in (`devices.precision_of`); `compiled` asks for `torch.compile`.

        `record` records steps on whole batches, of dense networks without partners; on CUDA a graph by default.
        """
        self.config, self.device, self._partners = config, device, partners or Alone()
        self.precision, short = precision, torch.bfloat16 if precision == "bfloat16" else None
        self.compiled = compiled
        self.at_once = device.type == "cpu"
        self._train = flat_images(dataset.train_images).to(device)
        self._test = flat_images(dataset.test_images).to(device)
        self.images, self.held_out_images = len(self._train), len(self._test)
        self._network = initialised(config, _mean_image(dataset)).to(device)
        self.parameters = sum(each.numel() for each in self._network.parameters())
        self._parameters = FlatParameters(self._network)
        self._partners.agree(self._parameters.vector)
        self._optimiser = Adam(self._parameters, config.optimiser, config.weight_decay)
        gradient = Gradient(config, self._network, self._parameters.gradient, self._partners, short, compiled)
        self._order = torch.Generator().manual_seed(config.seed + 1)
        self._noise = torch.Generator(device).manual_seed(config.seed + 2)
        self._raw = torch.empty(config.batch_size, self._train.shape[1], dtype=torch.uint8, device=device)
        self._batch = torch.empty(config.batch_size, self._train.shape[1], device=device)
        self._dropped = torch.empty_like(self._batch)
        self._unread: list[Tensor] = []
        self._held_out_noise: Tensor | None = None
        record = record or (cuda_graph if device.type == "cuda" else None)
        dense = config.architecture == "dense"
        self._recording = Recording(record) if record is not None and dense and self._partners.size == 1 else None
        self._gradient_of = Compiled(gradient.of) if compiled and dense else gradient.of

    def shuffled(self, batch_size: int) -> Iterator[Tensor]:
        """Indices of the training images in a fresh order, a batch at a time; the last one may be smaller."""
        order = torch.randperm(self.images, generator=self._order).to(self.device)
        return iter(order.split(batch_size))

    def step(self, indices: Tensor, learning_rate: float, beta: float) -> None:
        """One step of the optimiser on the images `indices`; the losses wait for `read_losses`.

        Random numbers are drawn for the whole batch, also where partners compute the rest of it.
        """
        with torch.no_grad(), quick_products(self.precision):
            batch = self._batch[: len(indices)]
            damage = corruption.drawn_like(self.config.corruption, batch, self._noise)
            kept = objectives.kept_pixels(batch, self.config.input_dropout, self._noise)
            noise = batch.new_empty(len(batch), self.config.latent_dim)
            if self._network.variational:
                noise.normal_(generator=self._noise)
            arguments = (indices, damage, kept, noise, learning_rate, beta, BETAS)
            if self._recording is not None and len(indices) == self.config.batch_size:
                self._unread.append(self._recording(self._learn, *arguments))
            else:
                self._unread.append(self._learn(*arguments))

    def _learn(
        self,
        indices: Tensor,
        damage: Tensor | None,
        kept: Tensor | None,
        noise: Tensor,
        learning_rate: float,
        beta: float,
        betas: tuple[float, float],
    ) -> Tensor:
        """The step without its random numbers; where it is replayed, rate and beta are tensors, the betas constant."""
        part = self._partners.part
        images = part(self._images(indices))
        seen = self._seen(images, None if damage is None else part(damage), None if kept is None else part(kept))
        losses = self._gradient_of(images, seen, part(noise), len(indices), beta)
        self._partners.sum(self._parameters.gradient)
        self._partners.sum(losses)
        if self.config.gradient_clip > 0:
            self._parameters.clip(self.config.gradient_clip)
        self._optimiser.step(learning_rate, betas)
        return losses

    def _seen(self, images: Tensor, damage: Tensor | None, kept: Tensor | None) -> Tensor:
        """What the encoder sees of images: damaged, and then some pixels dropped."""
        if self.config.corruption != "none":
            images = corruption.corrupt(images, self.config.corruption, self.config.corruption_level, damage)
        return objectives.dropped_out(images, kept, self.config.input_dropout, self._dropped[: len(images)])

    def read_losses(self) -> list[tuple[float, float, float]]:
        """(reconstruction, KL, sparsity) of every step since the last reading; waits for the device."""
        read = torch.stack(self._unread).tolist()
        self._unread.clear()
        return [(reconstruction, kl, sparsity) for reconstruction, kl, sparsity in read]

    def held_out(self, beta: float) -> Losses:
        """Losses on the held-out images; for a VAE the bound itself, with one sampled code an image.

        The samples' noise is the same at every call and in every run, so that figures can be compared.
        """
        of_parts: list[Tensor] = []  # on the device until all are there: to read one waits for it
        with torch.inference_mode():
            noise = self._noise_of_held_out() if self._network.variational else self._test  # an AE reads none
            for part, drawn in zip(self._test.split(EVALUATION_BATCH), noise.split(EVALUATION_BATCH), strict=True):
                images = to_unit(part)
                codes, log_variance = self._network.posterior(images)
                kl, activity = codes.new_zeros(1), codes.abs().sum(dim=0)
                if log_variance is not None:
                    kl = objectives.divergence_per_image(codes, log_variance).sum(dim=0, keepdim=True)
                    codes = objectives.sample(codes, log_variance, drawn)
                logits = self._network.logits(codes)
                error = objectives.reconstruction_per_image(self.config, logits, images).sum(dim=0, keepdim=True)
                of_parts.append(torch.cat((error, kl, activity)))
            means = torch.stack(of_parts).cpu().double().sum(dim=0) / self.held_out_images
        return losses_of(self.config, float(means[0]), float(means[1]), beta, means[2:])

    def _noise_of_held_out(self) -> Tensor:
        """From the CPU's generator on every device, and so drawn once: to send it there waits for the device."""
        if self._held_out_noise is None:
            self._held_out_noise = held_out_noise(self.held_out_images, self.config.latent_dim).to(self.device)
        return self._held_out_noise

    def errors(self) -> tuple[np.ndarray, np.ndarray]:
        """Reconstruction loss of each held-out image from its mean code, and squared error per pixel; (N,) each."""
        losses, squares = [], []
        with torch.inference_mode():
            for part in self._test.split(EVALUATION_BATCH):
                images = to_unit(part)
                logits = self._network.logits(self._network.posterior(images)[0])
                losses.append(objectives.reconstruction_per_image(self.config, logits, images))
                squares.append((objectives.pixels(self.config, logits) - images).square().mean(dim=1))
        return torch.cat(losses).cpu().numpy(), torch.cat(squares).cpu().numpy()

    def codes(self, indices: np.ndarray) -> np.ndarray:
        """Codes (n, latent_dim) float32 of held-out images by index."""
        parts = []
        with torch.inference_mode():
            for part in torch.from_numpy(indices).to(self.device).split(EVALUATION_BATCH):
                parts.append(self._network.posterior(to_unit(self._test[part]))[0])
        return torch.cat(parts).cpu().numpy()

    def snapshot(self) -> Snapshot:
        """A copy of the network as it is now."""
        return Snapshot.of_network(self.config, self._network)

    def _images(self, indices: Tensor) -> Tensor:
        """The batch as float 0..1, in buffers that are used again at the next step."""
        raw, batch = self._raw[: len(indices)], self._batch[: len(indices)]
        torch.index_select(self._train, 0, indices, out=raw)
        if batch.is_cuda:  # where each launch counts; a CPU converts quicker than it multiplies what is mixed
            return torch.mul(raw, 1.0 / 255.0, out=batch)
        return batch.copy_(raw).mul_(1.0 / 255.0)


def held_out_noise(images: int, latent_dim: int) -> Tensor:
    """The noise (images, latent_dim) that held-out codes are sampled with, wherever their losses are told.

    Drawn a batch at a time, on which the numbers depend: all at once, some would be others.
    """
    generator = torch.Generator().manual_seed(EVALUATION_SEED)
    noise = torch.empty(images, latent_dim)
    for batch in noise.split(EVALUATION_BATCH):
        batch.normal_(generator=generator)
    return noise


def losses_of(config: RunConfig, reconstruction: float, kl: float, beta: float, activity: Tensor) -> Losses:
    """Losses with their total; `activity` (d,) are the units' mean absolute activations, for a sparse AE."""
    sparsity = float(objectives.sparsity(config, activity)) if config.sparsity != "none" else 0.0
    return Losses(reconstruction + beta * kl + config.sparsity_weight * sparsity, reconstruction, kl, sparsity)


def initial_snapshot(config: RunConfig, dataset: Dataset) -> Snapshot:
    """The very weights that a run of `config` on `dataset` starts from."""
    return Snapshot(config, initialised(config, _mean_image(trained_on(dataset, config.leave_out))))


def _mean_image(dataset: Dataset) -> Tensor:
    mean = np.asarray(dataset.train_images).mean(axis=0, dtype=np.float64) / 255.0
    return torch.from_numpy(mean.astype(np.float32).reshape(-1))
