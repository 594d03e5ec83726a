"""The thread of one training: where it may be held and stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from app.training_thread import TrainingThread
from models.facts import CodesMoved, Losses, StepDone
from models.twins import SIDES, SideFact

READING = [StepDone(step, step / 10, Losses(1.0, 1.0, 0.0), 0.01, 1.0, ahead=3 - step) for step in (1, 2, 3)]
MOVED = CodesMoved(3, np.arange(1), np.zeros((1, 2), np.float32), None)  # type: ignore[arg-type]


def ended(course: Callable[[TrainingThread], Iterator[Any]]) -> TrainingThread:
    """A thread that has run a course, which may ask it for its end."""
    thread = TrainingThread(lambda: course(thread), lambda: ())
    thread.start()
    assert thread.wait(30_000)
    return thread


@pytest.mark.parametrize("side", ["", *SIDES])
@pytest.mark.parametrize("asked_before", [0, 1, 3])
def test_a_reading_is_told_whole_before_a_stop(side: str, asked_before: int) -> None:
    """Its steps are done when the first is told, and the codes before them are those of the last."""
    facts = [SideFact(side, fact) if side else fact for fact in (MOVED, *READING)]

    def course(thread: TrainingThread) -> Iterator[Any]:
        for number, fact in enumerate(facts):
            if number == asked_before:
                thread.stop()
            yield fact
        yield "another step"

    assert list(ended(course).facts) == facts


@pytest.mark.parametrize("side", ["", *SIDES])
def test_codes_that_stand_where_the_steps_do_bar_no_stop(side: str) -> None:
    """As those of an epoch's end: another step of a large network may take long."""
    facts = [SideFact(side, fact) if side else fact for fact in (*READING, MOVED)]

    def course(thread: TrainingThread) -> Iterator[Any]:
        yield from facts[:-1]
        thread.stop()
        yield facts[-1]
        yield "another step"

    assert list(ended(course).facts) == facts
