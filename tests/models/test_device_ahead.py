"""A device whose work runs ahead of us (a GPU; here the CPU plays one): when losses are read, and what is told then."""

from __future__ import annotations

import dataclasses

import pytest

from models.config import RunConfig
from models.datasets import Dataset
from models.facts import CodesMoved, EpochDone, Fact, RunFinished, StepDone
from models.parallel import Alone
from models.training import READING_SECONDS, STEPS_TO_A_READING_TOGETHER, Dials, _ReadingPace, train
from models.twins import SIDES, train_together

SMALL = RunConfig(encoder=(16,), decoder=(16,), epochs=3, batch_size=10)  # 150 steps an epoch, well under 1 ms each


def steps_of(facts: list[Fact]) -> list[StepDone]:
    return [each for each in facts if isinstance(each, StepDone)]


def test_the_same_is_learned_and_told_but_read_seldom(digits: Dataset, device_ahead: list[int]) -> None:
    told = steps_of(list(train(SMALL, digits)))
    assert sum(device_ahead) == 450
    assert len(device_ahead) < 225, "the steps are far shorter than the time between two readings"
    assert [each.step for each in told] == list(range(1, 451))
    ahead = [number for count in device_ahead for number in reversed(range(count))]
    assert [each.ahead for each in told] == ahead, "so many steps have been taken when one is told"
    ends = [150, 300, 450]
    assert all(told[end - 1].ahead == 0 for end in ends), "held-out losses are those of the last step told"


def test_a_cpu_tells_the_same_step_by_step(digits: Dataset, request: pytest.FixtureRequest) -> None:
    expected = steps_of(list(train(SMALL, digits)))
    assert {each.ahead for each in expected} == {0}
    request.getfixturevalue("device_ahead")
    told = steps_of(list(train(SMALL, digits)))
    assert [dataclasses.replace(each, ahead=0) for each in told] == expected


def test_whoever_watches_sees_every_step(digits: Dataset, device_ahead: list[int]) -> None:
    dials = Dials(SMALL)
    last: Fact | None = None
    for fact in train(SMALL, digits, dials=dials, pictures_per_second=1e-9):  # of three epochs the second is watched
        if isinstance(fact, EpochDone):
            dials.show_every_step = fact.epoch == 1
        elif dials.show_every_step and isinstance(fact, StepDone):
            assert isinstance(last, CodesMoved) and (last.step, fact.ahead) == (fact.step, 0)
        last = fact
    assert isinstance(last, RunFinished)
    assert device_ahead.count(1) >= 150


def test_partners_read_after_the_same_steps(digits: Dataset, device_ahead: list[int]) -> None:
    class Two(Alone):  # another machine's time between two readings would be its own
        size = 2

    list(train(SMALL, digits, partners=Two()))
    epoch = [STEPS_TO_A_READING_TOGETHER] * 18 + [6]
    assert device_ahead == 3 * epoch


@pytest.mark.parametrize(
    ("steps", "took", "expected"),
    [(1, READING_SECONDS / 50.5, 50), (50, READING_SECONDS * 2, 25), (8, 60.0, 1)],
    ids=["quick", "slower", "very slow"],
)
def test_as_many_steps_as_fit_between_two_readings(steps: int, took: float, expected: int) -> None:
    pace = _ReadingPace(at_once=False, together=False)
    assert pace.steps == 1
    pace.took(steps, took)
    assert pace.steps == expected


def test_of_twins_a_turn_is_a_whole_reading(digits: Dataset, device_ahead: list[int]) -> None:
    """Or whoever pauses would look at networks that are ahead of what was told."""
    ahead, before = dict.fromkeys(SIDES, 0), ""
    for side, fact in train_together((SMALL, SMALL.replace(batch_size=15)), digits):
        if isinstance(fact, StepDone):
            assert side == before or set(ahead.values()) == {0}
            ahead[side], before = fact.ahead, side
    assert sum(device_ahead) == 450 + 300 and max(device_ahead) > 3
