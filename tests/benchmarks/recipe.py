"""The form's recipe against the plain one it grew from, both with two latents, in turns: loss and CPU-seconds.

Run: python -m tests.benchmarks.recipe [--data DIR] [--epochs 1 2 5] [--seeds 0 1 2] [--json FILE]
The plain recipe: the same layers in a straightforward loop with autograd, AdamW with betas 0.9 and 0.99, batches of
256, one-cycle to 0.008 with 15 % warm-up, posteriors that begin at sigma 1, no input dropout. One thread.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import PIXELS, RunConfig
from models.datasets import Dataset, resolve
from models.objectives import divergence_per_image
from tests.benchmarks.report import Report, Stopwatch, add_data_option, median, options
from tests.benchmarks.time_to_quality import reached

BATCH, RATE, WARM_UP, LAST_RATE, CLIP = 256, 8e-3, 0.15, 0.01, 200.0
EVALUATION_BATCH = 2000


class PlainVae(nn.Module):
    """784-256-128-2-256-256-256-784 with SiLU, as the recipe begins it."""

    def __init__(self, mean_image: Tensor) -> None:
        super().__init__()
        self.encoder, self.decoder = _stack([PIXELS, 256, 128, 4]), _stack([2, 256, 256, 256, PIXELS])
        code, first, output = self.encoder[-1], self.decoder[0], self.decoder[-1]
        nn.init.normal_(code.weight, std=0.5 / math.sqrt(128))
        nn.init.normal_(first.weight)
        nn.init.normal_(first.bias)
        nn.init.normal_(output.weight, std=1 / math.sqrt(256))
        output.bias.data.copy_(torch.logit(mean_image.clamp(1e-3, 1 - 1e-3)))

    def loss(self, images: Tensor) -> Tensor:
        """The negative evidence lower bound summed over images (N, 784), one code drawn for each."""
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        mean, log_variance = 8 * torch.tanh(mean / 8), log_variance.clamp(-14, 2)
        codes = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        error = F.binary_cross_entropy_with_logits(self.decoder(codes), images, reduction="sum")
        return error + divergence_per_image(mean, log_variance).sum()


def _stack(sizes: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip(sizes, sizes[1:], strict=False):
        layer = nn.Linear(before, after)
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.SiLU()]
    return nn.Sequential(*layers[:-1])


def plain(epochs: int, seed: int, dataset: Dataset) -> tuple[float, float]:
    """The plain recipe's loss on the test images and its CPU-seconds, held-out losses after every epoch included."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    loss = math.nan
    with Stopwatch() as watch:
        images, held_out = (
            torch.from_numpy(np.array(part)).reshape(-1, PIXELS) for part in (dataset.train_images, dataset.test_images)
        )
        network = PlainVae(images.float().mean(dim=0) / 255)
        weights = list(network.parameters())
        optimiser = torch.optim.AdamW(weights, lr=RATE, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
        steps, step = epochs * -(-len(images) // BATCH), 0
        for _ in range(epochs):
            for indices in torch.randperm(len(images)).split(BATCH):
                step += 1
                optimiser.param_groups[0]["lr"] = RATE * _factor(step / steps)
                optimiser.zero_grad(set_to_none=True)
                (network.loss(images[indices].float().div_(255)) / len(indices)).backward()
                nn.utils.clip_grad_norm_(weights, CLIP)
                optimiser.step()
            with torch.inference_mode():
                parts = held_out.split(EVALUATION_BATCH)
                loss = sum(network.loss(part.float() / 255).item() for part in parts) / len(held_out)
    return loss, watch.cpu_seconds


def _factor(done: float) -> float:
    if done < WARM_UP:
        return 0.04 + 0.96 * done / WARM_UP
    fallen = (done - WARM_UP) / (1 - WARM_UP)
    return LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * fallen))


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 2, 5])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    chosen = parser.parse_args()
    report, dataset = Report("recipe", chosen), resolve(chosen.data)
    report.note(f"Trained on {dataset.title}, one thread, seeds {chosen.seeds}; medians over the seeds.")
    plain(1, 0, dataset)
    rows = []
    for epochs in chosen.epochs:
        theirs, ours = [], []
        for seed in chosen.seeds:
            theirs.append(plain(epochs, seed, dataset))
            loss, _, cpu = reached(RunConfig(epochs=epochs, seed=seed), dataset)
            ours.append((loss, cpu))
        losses, cpus = ([median([each[i] for each in found]) for found in (theirs, ours)] for i in range(2))
        rows.append((epochs, *losses, *cpus, median([b[1] / a[1] for a, b in zip(theirs, ours, strict=True)])))
        report.target(f"{epochs} epochs, nats above the plain recipe's", losses[1] - losses[0], 0.0, "nats")
        report.target(f"{epochs} epochs, of the plain recipe's CPU-seconds", rows[-1][-1], 1.0, "times")
    columns = ("epochs", "plain, nats", "ours, nats", "plain, CPU-seconds", "ours, CPU-seconds", "ours / plain")
    report.table("The form's recipe against the plain one (nats an image on the test images)", columns, rows)
    report.finish()


if __name__ == "__main__":
    main()
