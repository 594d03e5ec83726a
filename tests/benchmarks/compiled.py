"""What `torch.compile` gains: seconds a step by hand and translated, in turns, and what translating takes at first.

Run: python -m tests.benchmarks.compiled [--data DIR] [--threads 1] [--json FILE]
Nothing is taken from the compiler's caches of earlier runs. CPU-seconds of translating are those of its processes too.
"""

from __future__ import annotations

import itertools
import os
import resource
import tempfile
import time
from collections.abc import Iterator

import torch

from models import compiled
from models.config import Hardware, RunConfig
from models.datasets import Dataset, resolve
from models.devices import precision_of, settled
from models.learner import Learner
from tests.benchmarks.report import Report, Stopwatch, add_data_option, median, options
from tests.benchmarks.training_throughput import TUTORIAL

FIRST_STEPS = 3
CONFIGS = {
    "default VAE": RunConfig(),
    "784-400-20 VAE, batch 256": TUTORIAL,
    "default VAE, gelu": RunConfig(activation="gelu"),
    "convolutional VAE": RunConfig(architecture="convolutional", encoder=(16, 32), decoder=(32, 16)),
}


class Steps:
    """Training steps of a network, as many as asked for, through the images again and again."""

    def __init__(self, config: RunConfig, dataset: Dataset, precision: str, is_compiled: bool) -> None:
        self._learner = Learner(config, dataset, torch.device("cpu"), precision=precision, compiled=is_compiled)
        self._batches = self._endless(config.batch_size)

    def _endless(self, size: int) -> Iterator[torch.Tensor]:
        while True:
            yield from (each for each in self._learner.shuffled(size) if len(each) == size)

    def take(self, count: int) -> None:
        for indices in itertools.islice(self._batches, count):
            self._learner.step(indices, 0.003, 0.5)
        self._learner.read_losses()


def with_children() -> float:
    """CPU-seconds of this process and of those it has started and that have ended."""
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + of_children.ru_utime + of_children.ru_stime


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=15, help="how often each kind has its turn")
    parser.add_argument("--seconds", type=float, default=0.5, help="about as long as a turn takes")
    chosen = parser.parse_args()
    lacking = compiled.why_not("cpu")
    if lacking:
        parser.error(lacking)
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # or its processes would go on living, uncounted
    report, dataset, rows = Report("compiled", chosen), resolve(chosen.data), []
    own = precision_of(Hardware(), RunConfig())
    kinds = [(title, config, "float32") for title, config in CONFIGS.items()]
    kinds += [(title, CONFIGS[title], own) for title in [*CONFIGS][:2] if own != "float32"]
    with tempfile.TemporaryDirectory() as folder, settled(Hardware(threads=chosen.threads)):
        for number, (title, config, precision) in enumerate(kinds):
            os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{folder}/{number}"
            rows.append((title, precision, *_measured(config, dataset, precision, chosen)))
    columns = ("network", "in", "translating, s", "CPU-s", "by hand, ms", "translated, ms", "ratio", "of CPU-s")
    report.table(f"A step, {chosen.threads} thread(s)", columns, rows)
    report.note(f"Translated steps took {median([row[6] for row in rows]):.3f} of the time by hand in the median.")
    report.finish()


def _measured(config: RunConfig, dataset: Dataset, precision: str, chosen) -> tuple[float, ...]:  # type: ignore[no-untyped-def]
    by_hand, translated = (Steps(config, dataset, precision, is_compiled) for is_compiled in (False, True))
    by_hand.take(FIRST_STEPS)
    with Stopwatch() as watch:
        by_hand.take(FIRST_STEPS)
    count = max(1, round(chosen.seconds * FIRST_STEPS / watch.seconds))
    cpu_before = with_children()
    with Stopwatch() as first:
        translated.take(FIRST_STEPS)
    cpu = with_children() - cpu_before
    spent: dict[str, list[tuple[float, float]]] = {"by hand": [], "translated": []}
    for _ in range(chosen.blocks):
        for name, steps in (("by hand", by_hand), ("translated", translated)):
            with Stopwatch() as watch:
                steps.take(count)
            spent[name].append((1e3 * watch.seconds / count, 1e3 * watch.cpu_seconds / count))
    (hand, hand_cpu), (new, new_cpu) = (map(median, zip(*each, strict=True)) for each in spent.values())
    return first.seconds, cpu, hand, new, new / hand, new_cpu / hand_cpu


if __name__ == "__main__":
    main()
