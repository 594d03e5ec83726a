"""Images per second of the training loop, against the conventional loop and against its matrix products alone.

Run: python -m tests.benchmarks.training_throughput [--data DIR] [--threads 1 2] [--json FILE]
On a CPU that multiplies bfloat16 the loop runs in it, as it does for everybody there, and in float32 beside it. No loop
in float32 can be faster than its products: their images per second stand beside the loops'.
Blocks of steps of each kind take turns; each figure is the median of its blocks, in CPU-seconds of all threads and in
seconds. What is compared is seconds; on a machine that others use too, look at CPU-seconds.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import torch

from models.config import PIXELS, Hardware, RunConfig
from models.datasets import Dataset, resolve
from models.devices import precision_of
from models.facts import StepDone
from models.training import train
from tests.benchmarks import conventional_loop
from tests.benchmarks.report import Report, Stopwatch, add_data_option, median, options

TUTORIAL = RunConfig(
    latent_dim=20,
    encoder=(400,),
    decoder=(400,),
    activation="relu",
    draws=1,
    input_dropout=0.0,
    batch_size=256,
    learning_rate=1e-3,
    epochs=10_000,
)
DEFAULT = RunConfig(epochs=10_000)
WARM_UP_STEPS = 20

K = TypeVar("K")


def ours(config: RunConfig, dataset: Dataset, threads: int, precision: str = "auto") -> Iterator[int]:
    """The product's own loop; yields the number of images of each step, evaluations between epochs included."""
    for fact in train(config, dataset, Hardware(threads=threads, precision=precision)):
        if isinstance(fact, StepDone):
            yield config.batch_size


def products(config: RunConfig, precision: str = "float32") -> Iterator[int]:
    """Only the matrix products of forward and backward, at the same shapes, into buffers used again."""
    encoder = [PIXELS, *config.encoder, 2 * config.latent_dim]
    decoder = [config.latent_dim, *config.decoder, PIXELS]
    drawn, dtype = config.draws * config.batch_size, getattr(torch, precision)
    stacks = [_products_of(encoder, config.batch_size, True, dtype), _products_of(decoder, drawn, False, dtype)]
    while True:
        for stack in stacks:
            stack()
        yield config.batch_size


def _products_of(sizes: list[int], images: int, is_first: bool, dtype: torch.dtype) -> Callable[[], None]:
    weights = [torch.randn(after, before, dtype=dtype) for before, after in itertools.pairwise(sizes)]
    gradients = [torch.empty_like(each) for each in weights]
    layers = [torch.rand(images, size, dtype=dtype) for size in sizes]
    room = [torch.empty(images, size, dtype=dtype) for size in sizes]

    def once() -> None:
        for i, weight in enumerate(weights):
            torch.mm(layers[i], weight.t(), out=room[i + 1])
        for i in reversed(range(len(weights))):
            torch.mm(layers[i + 1].t(), layers[i], out=gradients[i])
            if i > 0 or not is_first:  # nothing asks for the images' gradient
                torch.mm(layers[i + 1], weights[i], out=room[i])

    return once


def compared(kinds: dict[K, Iterator[int]], blocks: int, steps: int) -> dict[K, tuple[float, float]]:
    """Median seconds and CPU-seconds an image of each kind, blocks taking turns."""
    for each in kinds.values():
        sum(itertools.islice(each, WARM_UP_STEPS))
    found: dict[K, list[tuple[float, float]]] = {name: [] for name in kinds}
    for _ in range(blocks):
        for name, each in kinds.items():
            with Stopwatch() as watch:
                images = sum(itertools.islice(each, steps))
            found[name].append((watch.seconds / images, watch.cpu_seconds / images))
    return {name: (median([s for s, _ in each]), median([c for _, c in each])) for name, each in found.items()}


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--blocks", type=int, default=9, help="how often each kind has its turn")
    parser.add_argument("--steps", type=int, default=25, help="steps in a turn")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    chosen = parser.parse_args()
    report, dataset = Report("training_throughput", chosen), resolve(chosen.data)
    report.note(f"Trained on {dataset.title}: {len(dataset.train_images):,} images.")
    for threads in chosen.threads:
        torch.set_num_threads(threads)
        _against_the_conventional(report, dataset, threads, chosen)
        _against_the_products(report, dataset, threads, chosen)
    report.finish()


def _against_the_conventional(report: Report, dataset: Dataset, threads: int, chosen) -> None:  # type: ignore[no-untyped-def]
    names = {size: f"Latent Lab, batch {size}" for size in (256, 128)}
    with tempfile.TemporaryDirectory() as folder:
        conventional_loop.write_for_torchvision(dataset, Path(folder))
        kinds = {}
        for size, name in names.items():
            config = TUTORIAL.replace(batch_size=size)
            kinds[name] = ours(config, dataset, threads)
            if _precisions() != ["float32"]:
                kinds[f"{name}, float32"] = ours(config, dataset, threads, "float32")
            kinds[f"its products alone, batch {size}, float32"] = products(config)
        conventional = "conventional, batch 128"
        kinds[conventional] = conventional_loop.steps(Path(folder), 128)
        found = compared(kinds, chosen.blocks, chosen.steps)
    rows = [(name, 1 / s, 1e6 * cpu, found[conventional][0] / s) for name, (s, cpu) in found.items()]
    columns = ("loop", "images per second", "CPU microseconds an image", "times the conventional")
    report.table(f"784-400-20 VAE, {threads} thread(s), by itself in {_precisions()[-1]}", columns, rows)
    for name in names.values():
        ratio = found[conventional][0] / found[name][0]
        report.target(f"{name} against {conventional}, {threads} thread(s)", ratio, 4.0, "times", at_least=True)


def _against_the_products(report: Report, dataset: Dataset, threads: int, chosen) -> None:  # type: ignore[no-untyped-def]
    rows = []
    for title, base in (("784-400-20", TUTORIAL), ("default", DEFAULT)):
        for size, limit in ((128, None), (256, 1.7), (512, 1.5)):
            config = base.replace(batch_size=size)
            kinds = {}
            for each in _precisions():
                kinds[each, "step"] = ours(config, dataset, threads, each)
                kinds[each, "products"] = products(config, each)
            found = compared(kinds, chosen.blocks, chosen.steps)
            for each in _precisions():
                whole, floor, against = (found[each, "step"], found[each, "products"], found["float32", "products"])
                milliseconds = [1e3 * size * seconds for seconds, _ in (whole, floor)]
                ratio = whole[0] / floor[0]
                rows.append((title, size, each, *milliseconds, ratio, whole[0] / against[0], 1 / whole[0]))
                if limit is not None:
                    report.target(f"{title}, batch {size}, {each}, {threads} thread(s)", ratio, limit, "times")
    columns = ("network", "batch", "in", "step, ms", "products, ms", "ratio", "to float32's", "images per second")
    report.table(f"Against the matrix products alone, {threads} thread(s)", columns, rows)


def _precisions() -> list[str]:
    """float32, and what this CPU trains in by itself."""
    return list(dict.fromkeys(("float32", precision_of(Hardware(), TUTORIAL))))


if __name__ == "__main__":
    main()
