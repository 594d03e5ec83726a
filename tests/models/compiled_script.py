"""Trains by hand and by `torch.compile`, and says how far apart they are: in a process of its own, which it fills.

What PyTorch's compiler makes of a step takes half a minute to build, so one network goes all the way, and the others
are only translated, and computed as they are ("aot_eager").
"""

from __future__ import annotations

import functools
import json

import torch

from models.config import Hardware, RunConfig
from models.datasets import Dataset, resolve
from models.learner import Learner
from models.training import train

SMALL = RunConfig(encoder=(20,), decoder=(30,), batch_size=200)
AE = SMALL.replace(kind="ae", loss="mse", optimiser="adam")
CONVOLUTIONAL = SMALL.replace(architecture="convolutional", encoder=(4,), decoder=(4,))
TRANSLATED_ONLY = {
    "noisy": SMALL.replace(corruption="gaussian", draws=2),
    "sparse": AE.replace(sparsity="kl", activation="gelu"),
    "convolutional": CONVOLUTIONAL,
}


def trained(config: RunConfig, dataset: Dataset, compiled: bool) -> torch.Tensor:
    """The losses (steps, 3) of two epochs, each of seven whole batches and a smaller one, with a rate that changes."""
    learner = Learner(config, dataset, torch.device("cpu"), compiled=compiled)
    for epoch in range(2):
        for number, indices in enumerate(learner.shuffled(config.batch_size)):
            learner.step(indices, 0.001 * (1 + epoch), 0.1 * (1 + number))
    return torch.tensor(learner.read_losses())


def apart(config: RunConfig, dataset: Dataset) -> tuple[float, int]:
    """The largest relative difference of a loss; and how many graphs were translated."""
    from torch._dynamo.utils import counters

    before = counters["stats"]["unique_graphs"]
    found, expected = (trained(config, dataset, compiled) for compiled in (True, False))
    return float(((found - expected).abs() / (1.0 + expected)).max()), counters["stats"]["unique_graphs"] - before


def translated_in_a_row(dataset: Dataset, runs: int) -> list[int]:
    """How many graphs were translated in each of so many runs, of other shapes each."""
    from torch._dynamo.utils import counters

    translated = []
    for number in range(runs):
        before = counters["stats"]["unique_graphs"]
        list(train(SMALL.replace(latent_dim=1 + number, epochs=1), dataset, Hardware(compile="yes")))
        translated.append(counters["stats"]["unique_graphs"] - before)
    return translated


def main() -> None:
    """Print the differences and counts by name, and the counts of runs in a row, as JSON."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    dataset = resolve("digits")
    told = {"built": apart(SMALL, dataset), "another of its shape": apart(SMALL.replace(seed=1), dataset)}
    torch.compile = functools.partial(torch.compile, backend="aot_eager")
    told |= {name: apart(config, dataset) for name, config in TRANSLATED_ONLY.items()}
    print(json.dumps({"apart": told, "in a row": translated_in_a_row(dataset, 10)}))


if __name__ == "__main__":
    main()
