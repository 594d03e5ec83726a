"""The default VAE on a GPU: images per second, seconds to 141 nats, how busy the device is, and the CPU's loss beside.

Run: python -m tests.benchmarks.gpu [--device cuda] [--data DIR] [--batches 200 1000 4000] [--seeds 0 1 2] [--json FILE]
Images are counted with the step by hand and, where a compiler is there, as `torch.compile` translates it. One run goes
before all others, so that the driver and the recorded step are there; its seconds stand in the table. How busy the
device is says `nvidia-smi`, ten times a second: the share of the time in which any kernel ran on that card.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace

import torch

from models.compiled import why_not
from models.config import Hardware, RunConfig
from models.datasets import Dataset, resolve
from models.devices import DeviceError, devices
from models.facts import StepDone
from models.graphed import UNRECORDED_CALLS
from models.training import train
from tests.benchmarks.report import Report, add_data_option, median, options
from tests.benchmarks.time_to_quality import VAE_GOALS, reached

WARM_UP_SECONDS = 2.0
NATS, SHORT_RUN, _ = VAE_GOALS[2]
MOST_APART = 0.5  # nats between the losses on the GPU and on the CPU
PER_SECOND = 2_000_000
MOST_SECONDS = 3.0
COMPILE = {"by hand": "no", "translated": "yes"}


class BusyShare:
    """What `nvidia-smi` reports within a `with` block; `share` stays None where it is not there, and of a CPU."""

    def __init__(self, device: str) -> None:
        self.share: float | None = None
        self._told: subprocess.Popen[str] | None = None
        self._there = device == "cuda" and shutil.which("nvidia-smi") is not None

    def __enter__(self) -> BusyShare:
        if self._there:
            card = f"--id=GPU-{torch.cuda.get_device_properties().uuid}"  # others of the machine may be idle
            asked = ("--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "100")
            self._told = subprocess.Popen(("nvidia-smi", card, *asked), stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._told is not None:
            self._told.terminate()
            percents = [float(line) for line in self._told.communicate()[0].split() if line.isdecimal()]
            self.share = sum(percents) / len(percents) / 100 if percents else None


def images_per_second(
    config: RunConfig, dataset: Dataset, hardware: Hardware, seconds: float
) -> tuple[float, float | None]:
    """Of the training loop with its evaluations, two seconds after its step is recorded; and the busy share."""
    steps = (fact.step for fact in train(config, dataset, hardware) if isinstance(fact, StepDone))
    for _ in range(UNRECORDED_CALLS + 1):  # the second alone may take longer than a warm-up: it is translated then
        next(steps)
    _taken(steps, WARM_UP_SECONDS)
    with BusyShare(hardware.device) as busy:
        taken, took = _taken(steps, seconds)
    steps_per_epoch = -(-len(dataset.train_images) // config.batch_size)
    return taken * len(dataset.train_images) / steps_per_epoch / took, busy.share


def _taken(steps: Iterator[int], seconds: float) -> tuple[int, float]:
    """How many steps were told after the next one, for so long or until the training ended; and for how long.

    All epochs that a run can have of the few built-in images are soon over on a quick card.
    """
    first, began = next(steps), time.perf_counter()
    taken, took = 0, 0.0
    for step in steps:
        taken, took = step - first, time.perf_counter() - began
        if took >= seconds:
            break
    return taken, took


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--device", choices=[each.name for each in devices()], default="cuda")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long images are counted")
    parser.add_argument("--batches", type=int, nargs="+", default=[RunConfig().batch_size, 1000, 4000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    chosen = parser.parse_args()
    chip = next(each for each in devices() if each.name == chosen.device)
    if not chip.available:
        parser.error(chip.why_not)
    report, dataset, hardware = Report("gpu", chosen), resolve(chosen.data), Hardware(chosen.device)
    report.note(f"Trained on {dataset.title}; {chip.label}; seeds {chosen.seeds}, medians over them.")
    first = reached(SHORT_RUN, dataset, hardware)
    lacking = why_not(chosen.device)
    if lacking:
        report.note(lacking)
    steps = ["by hand"] if lacking else [*COMPILE]
    rates = {}
    for batch, step in itertools.product(chosen.batches, steps):
        config, on = RunConfig(epochs=10_000, batch_size=batch), replace(hardware, compile=COMPILE[step])
        rates[batch, step] = images_per_second(config, dataset, on, chosen.seconds)
    runs = [reached(SHORT_RUN.replace(seed=seed), dataset, hardware) for seed in chosen.seeds]
    on_cpu = [reached(SHORT_RUN.replace(seed=seed), dataset) for seed in chosen.seeds]
    loss, seconds = (median([each[i] for each in runs]) for i in range(2))
    cpu_loss, cpu_seconds = (median([each[i] for each in on_cpu]) for i in range(2))
    for (batch, step), (rate, _) in rates.items():
        report.target(f"images per second, batches of {batch}, {step}", rate, PER_SECOND, "", at_least=True)
    columns = ("batch", "step", "images per second", "share of the time that the device is busy")
    report.table("The default VAE", columns, [(*kind, *found) for kind, found in rates.items()])
    rows = [
        (f"seconds of {SHORT_RUN.epochs} epochs, the first run", first[1], None),
        (f"seconds of {SHORT_RUN.epochs} epochs", seconds, cpu_seconds),
        ("nats per test image after them", loss, cpu_loss),
    ]
    title = f"The default VAE in batches of {SHORT_RUN.batch_size}"
    report.table(title, ("what", chip.name, "cpu, one thread"), rows)
    report.target(f"nats, for {NATS:g} or less", loss, NATS, "nats")
    report.target(f"to {NATS:g} nats", seconds, MOST_SECONDS, "seconds")
    report.target("between GPU and CPU", abs(loss - cpu_loss), MOST_APART, "nats")
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except DeviceError as error:
        raise SystemExit(str(error)) from None
