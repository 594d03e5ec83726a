"""The training loop of most tutorials: a torchvision dataset, ToTensor, a shuffling DataLoader, Adam, loss in the step.

It is what `training_throughput` compares with; the network is the one of the comparison, 784-400-20-400-784.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from models.datasets import Dataset


class ConventionalVAE(nn.Module):
    """One hidden layer of 400 ReLU units on either side of 20 latents, as most first examples have it."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 400)
        self.mean = nn.Linear(400, 20)
        self.log_variance = nn.Linear(400, 20)
        self.widen = nn.Linear(20, 400)
        self.output = nn.Linear(400, 784)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images (N, 784) to probabilities (N, 784), means and log-variances (N, 20)."""
        hidden = F.relu(self.hidden(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        return torch.sigmoid(self.output(F.relu(self.widen(z)))), mean, log_variance


def steps(folder: Path, batch_size: int) -> Iterator[int]:
    """Trains for ever; yields the number of images of each step. `folder` is in torchvision's layout."""
    from torchvision import datasets, transforms

    images = datasets.MNIST(str(folder), train=True, transform=transforms.ToTensor())
    loader = DataLoader(images, batch_size=batch_size, shuffle=True)
    network = ConventionalVAE()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    while True:
        for batch, _ in loader:
            x = batch.view(-1, 784)
            optimiser.zero_grad()
            probability, mean, log_variance = network(x)
            reconstruction = F.binary_cross_entropy(probability, x, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
            loss = reconstruction + kl
            loss.backward()
            loss.item()
            optimiser.step()
            yield len(batch)


def write_for_torchvision(dataset: Dataset, folder: Path) -> None:
    """The dataset's training and held-out images as four IDX files where torchvision looks for MNIST."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    parts = {"train": (dataset.train_images, dataset.train_labels), "t10k": (dataset.test_images, dataset.test_labels)}
    for name, (images, labels) in parts.items():
        count = len(images).to_bytes(4, "big")
        side = (28).to_bytes(4, "big")
        header = (2051).to_bytes(4, "big") + count + side + side
        (raw / f"{name}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (raw / f"{name}-labels-idx1-ubyte").write_bytes((2049).to_bytes(4, "big") + count + labels.tobytes())
