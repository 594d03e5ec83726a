"""The pace of looks against Qt's own timers."""

from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QObject

from app.background import Background
from app.pace import Pace

EVERY_MS = 120
EARLY = 0.9
"""Qt's timers may be a twentieth early."""


class Looker(QObject):
    """Looks at its pace, and writes down when."""

    def __init__(self, worker: Background | None = None) -> None:
        super().__init__()
        self.times: list[float] = []
        self.pace = Pace(self.look, EVERY_MS, self, worker)

    def look(self) -> None:
        self.pace.begin()
        self.times.append(time.monotonic())


@pytest.fixture
def looker(qtbot) -> Looker:
    return Looker()


def test_the_first_look_is_due_at_once_and_comes_in_a_turn_of_its_own(qtbot, looker: Looker) -> None:
    assert looker.pace.rest_ms == 0
    looker.pace.soon()
    assert not looker.times
    qtbot.waitUntil(lambda: len(looker.times) == 1)


def test_however_often_it_is_asked_for_looks_lie_apart(qtbot, looker: Looker) -> None:
    def ask_on() -> bool:
        looker.pace.soon()
        return len(looker.times) == 4

    qtbot.waitUntil(ask_on)
    gaps = [after - before for before, after in zip(looker.times, looker.times[1:], strict=False)]
    assert min(gaps) > EARLY * EVERY_MS / 1000


def test_a_look_that_somebody_wanted_at_once_answers_who_waited_and_the_next_is_counted_from_it(
    qtbot, looker: Looker
) -> None:
    looker.pace.begin()
    looker.pace.soon()
    looker.look()
    assert EARLY * EVERY_MS < looker.pace.rest_ms <= EVERY_MS
    looker.pace.soon()
    qtbot.waitUntil(lambda: len(looker.times) == 2)
    assert looker.times[1] - looker.times[0] > EARLY * EVERY_MS / 1000


def test_what_was_asked_for_can_be_forgotten(let_turns_pass, looker: Looker) -> None:
    looker.pace.soon()
    looker.pace.stop()
    let_turns_pass()
    assert not looker.times


def test_while_one_is_computed_none_begins_and_one_that_was_asked_for_comes_after_it(qtbot, let_turns_pass) -> None:
    worker, go = Background(), threading.Event()
    asked, forgotten, unasked = (Looker(worker) for _ in range(3))
    worker.submit(lambda: go.wait(10), lambda result: None, pytest.fail)
    asked.pace.soon()
    asked.pace.soon()
    forgotten.pace.soon()
    forgotten.pace.stop()
    let_turns_pass()
    assert not asked.times
    go.set()
    qtbot.waitUntil(lambda: bool(asked.times))
    let_turns_pass()
    assert (len(asked.times), len(forgotten.times), len(unasked.times)) == (1, 0, 0)
