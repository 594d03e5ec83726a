"""Images per second of the default network, with the window open or headless: one measurement in a process of its own.

`window_latency` runs it in pairs: python -m tests.benchmarks.training_rate window|headless DATA SECONDS
"""

from __future__ import annotations

import json
import sys
import time

from models.config import Hardware, RunConfig
from models.datasets import resolve
from tests.benchmarks.neighbours import Neighbours

WARM_UP_SECONDS = 2.0
CONFIG = RunConfig(epochs=1000)


def with_window(data: str, seconds: float) -> dict[str, float]:
    """Train in the real window, which nobody touches; evaluations and pictures take their part of the time."""
    from tests.benchmarks.open_window import Opened, pause

    opened = Opened(data)
    told: list[tuple[float, int]] = []
    opened.session.training.steps_done.connect(lambda steps, *_: told.append((time.perf_counter(), int(steps[-1]))))
    opened.train(CONFIG)
    pause(WARM_UP_SECONDS)
    told.clear()
    cpu_began, neighbours = time.process_time(), Neighbours()
    pause(seconds)
    cpu, others = time.process_time() - cpu_began, neighbours.cores()
    found = _rate(told[0], told[-1], len(opened.dataset.train_images), cpu, others)
    opened.stop()
    opened.close()
    return found


def headless(data: str, seconds: float) -> dict[str, float]:
    """Train with nothing else in the process, on as many threads as the window would use."""
    from app.desks.training import training_threads
    from models.facts import StepDone
    from models.training import train

    dataset = resolve(data)
    began = first_at = cpu_began = 0.0
    first, neighbours = None, Neighbours()
    for fact in train(CONFIG, dataset, Hardware("cpu", threads=training_threads())):
        if not isinstance(fact, StepDone):
            continue
        now = time.perf_counter()
        began = began or now
        if first is None and now - began >= WARM_UP_SECONDS:
            first, first_at, cpu_began, neighbours = fact.step, now, time.process_time(), Neighbours()
        elif first is not None and now - first_at >= seconds:
            cpu = time.process_time() - cpu_began
            return _rate((first_at, first), (now, fact.step), len(dataset.train_images), cpu, neighbours.cores())
    raise RuntimeError("the training ended too early")


def _rate(
    first: tuple[float, int], last: tuple[float, int], images: int, cpu_seconds: float, others: float
) -> dict[str, float]:
    seconds = last[0] - first[0]
    steps_per_epoch = -(-images // CONFIG.batch_size)
    return {
        "images_per_second": (last[1] - first[1]) * images / steps_per_epoch / seconds,
        "cores_busy": cpu_seconds / seconds,
        "others": others,
    }


if __name__ == "__main__":
    kind, folder, length = sys.argv[1:]
    print(json.dumps((with_window if kind == "window" else headless)(folder, float(length))))
