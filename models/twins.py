"""Two runs beside each other, trained together on one thread."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from models.config import Hardware, RunConfig
from models.facts import Fact, RunFinished, StepDone
from models.settings import ConfigError

if TYPE_CHECKING:
    from models.datasets import Dataset

SIDES = ("left", "right")


class SideFact(NamedTuple):
    """A fact of one twin's training."""

    side: str
    fact: Fact


def train_together(
    configs: tuple[RunConfig, RunConfig],
    dataset: Dataset,
    hardware: Hardware | None = None,
    pictures_per_second: float = 0.0,
    names: tuple[str, str] = SIDES,
) -> Iterator[SideFact]:
    """Trains two networks on one thread: whichever has gone less far through its epochs takes the next step.

    So with equal batches they take a step in turn, the left one first, and with others both have seen their images
    equally often at any time; one with fewer epochs ends sooner. On a device that runs ahead a turn is as long as a
    reading: between turns neither network is ahead of what was told. Each learns exactly what it would learn alone;
    with one seed and set of images both see these in the same order. Close the iterator to stop both. Raises Diverged
    or ConfigError (no image is left to train on) with one sentence that says which of the two it was, or DeviceError.
    """
    from models.devices import settled
    from models.training import Diverged, train

    hardware = hardware or Hardware()
    courses: dict[str, Iterator[Fact]] = {}
    with settled(hardware):  # or the first to end would put the threads back for the other one
        try:
            for side, config, name in zip(SIDES, configs, names, strict=True):
                courses[side] = train(config, dataset, hardware, None, pictures_per_second, name)
            epochs = dict.fromkeys(SIDES, 0.0)
            while epochs:
                side = min(epochs, key=epochs.__getitem__)
                try:
                    passed = yield from _to_the_next_step(side, courses[side])
                except (Diverged, ConfigError) as error:
                    raise type(error)(f"The {side} twin: {error}") from None
                if passed is None:
                    del epochs[side]
                else:
                    epochs[side] = passed
        finally:
            for side in reversed(courses):  # each puts the thread's settings back as it found them
                courses[side].close()  # type: ignore[attr-defined]


def _to_the_next_step(side: str, course: Iterator[Fact]) -> Generator[SideFact, None, float | None]:
    """Tells a twin's facts up to its next step, or a reading's last; returns its epochs so far, None at its end."""
    for fact in course:
        if isinstance(fact, RunFinished):
            report = {name: value for name, value in fact.run.report.items() if name != "cpu_seconds"}  # both twins'
            fact = RunFinished(replace(fact.run, report=report))
        yield SideFact(side, fact)
        if isinstance(fact, StepDone) and not fact.ahead:
            return fact.epoch
    return None
