"""What the benchmark for GPUs counts, with a clock and a card that are only imagined."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import torch

from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.facts import Losses, StepDone
from models.graphed import UNRECORDED_CALLS
from tests.benchmarks import gpu

LOSSES = Losses(1.0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize("steps", [100_000, 5000], ids=["long", "over before its time"])
def test_what_a_step_takes_until_it_is_translated_and_recorded_is_not_counted(
    steps: int, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    def train(*_: object) -> Iterator[StepDone]:
        nonlocal now
        for step in range(1, steps):
            now += 30.0 if step <= UNRECORDED_CALLS + 1 else 0.001
            yield StepDone(step, 0.0, LOSSES, 0.01, 1.0, ahead=0)

    monkeypatch.setattr(gpu, "train", train)
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    rate, _ = gpu.images_per_second(RunConfig(batch_size=100), digits, Hardware(), 10.0)
    assert rate == pytest.approx(100 / 0.001)


class Told:
    """nvidia-smi with one card at work and one that is idle."""

    def __init__(self, command: tuple[str, ...], **_: object) -> None:
        self.lines = ["90"] if "--id=GPU-ab12" in command else ["90", "0"]

    def terminate(self) -> None:
        pass

    def communicate(self) -> tuple[str, None]:
        return "\n".join([*self.lines, *self.lines, "[N/A]"]), None


def test_how_busy_the_device_is_is_asked_of_that_card_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "Popen", Told)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda: SimpleNamespace(uuid="ab12"))
    with gpu.BusyShare("cuda") as busy:
        pass
    assert busy.share == 0.9
    with gpu.BusyShare("cpu") as busy:
        pass
    assert busy.share is None
