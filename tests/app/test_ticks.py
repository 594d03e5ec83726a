"""Round numbers along an axis, against all of them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from app.panels.anomalies.chart import ticks
from app.ticks import decimals, nice_step

NICE = [float(f"{digit}e{power}") for power in range(-12, 13) for digit in (1, 2, 5)]


def test_a_nice_step_is_the_least_one_that_is_not_below() -> None:
    for rough in 10.0 ** np.random.default_rng(0).uniform(-11, 11, 500):
        assert nice_step(rough) == pytest.approx(min(each for each in NICE if each >= rough), rel=1e-12)
    for each in NICE:
        assert nice_step(each) == pytest.approx(each, rel=1e-12), "what is nice stays"


@pytest.mark.parametrize("step", [0.001, 0.02, 0.5, 1.0, 2.0, 50.0, 1e6])
def test_multiples_of_a_step_are_written_with_as_many_decimals_as_it_has(step: float) -> None:
    assert decimals(step) == max(0, -int(Decimal(repr(step)).normalize().as_tuple().exponent))


def test_between_two_round_ends_there_are_no_more_ticks_than_have_room() -> None:
    assert ticks(0, 0.4, 4) == pytest.approx([0, 0.2, 0.4]), "with steps of 0.1 there would be five"
    assert ticks(0, 100, 1) == [0.0], "and of 100 two"
    assert ticks(3.0, 3.0, 4) == []
