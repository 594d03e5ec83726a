"""Turns against Qt's own event loop."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QTimer

from app.turns import LONGEST_WAIT, Turns


@pytest.fixture
def done() -> list[str]:
    """What was done, in order."""
    return []


@pytest.fixture
def turns(qtbot, done: list[str]) -> Turns:
    """Three parts that write their names down."""
    return Turns([lambda name=name: done.append(name) for name in "abc"])


def test_now_does_all_at_once_and_nothing_waits(let_turns_pass, turns: Turns, done: list[str]) -> None:
    turns.soon()
    turns.now()
    assert done == ["a", "b", "c"]
    let_turns_pass()
    assert done == ["a", "b", "c"]


def test_soon_lets_others_have_their_turn_between(qtbot, turns: Turns, done: list[str]) -> None:
    other = QTimer(interval=0)
    other.timeout.connect(lambda: done.append("-"))
    other.start()
    turns.soon()
    assert done == []
    qtbot.waitUntil(lambda: "c" in done)
    other.stop()
    assert [each for each in done if each != "-"] == ["a", "b", "c"]
    assert "-" in done[done.index("a") : done.index("b")] and "-" in done[done.index("b") : done.index("c")]


def test_news_while_parts_wait_leaves_none_out(qtbot, let_turns_pass, done: list[str]) -> None:
    def first() -> None:
        done.append("a")
        if done == ["a"]:
            turns.soon()

    turns = Turns([first, lambda: done.append("b"), lambda: done.append("c")])
    turns.soon()
    qtbot.waitUntil(lambda: len(done) == 4)
    assert done == ["a", "b", "c", "a"]
    let_turns_pass()
    assert len(done) == 4


def test_after_a_round_the_next_rests_so_that_parts_take_no_more_than_their_share(qtbot) -> None:
    begun, ended = [], []

    def work() -> None:
        begun.append(time.perf_counter())
        while time.perf_counter() - begun[-1] < 0.02:
            pass
        ended.append(time.perf_counter())

    turns = Turns([work], share=0.1)
    turns.soon()
    qtbot.waitUntil(lambda: len(ended) == 1)
    turns.soon()
    qtbot.waitUntil(lambda: len(ended) == 2)
    assert begun[1] - ended[0] > 0.17, "nine times as long as the round"
    turns.now()
    assert len(ended) == 3, "who asks for it now does not wait"


def test_a_round_gives_way_but_not_for_ever(qtbot, let_turns_pass, done: list[str]) -> None:
    hand = {"moves": True}
    turns = Turns([lambda: done.append("a"), lambda: done.append("b")], give_way=lambda: hand["moves"])
    asked = time.perf_counter()
    turns.soon()
    qtbot.waitUntil(lambda: len(done) == 2)
    assert time.perf_counter() - asked > LONGEST_WAIT, "the hand was at work all the time"
    turns.soon()
    let_turns_pass()
    assert len(done) == 2
    hand["moves"] = False
    rested = time.perf_counter()
    qtbot.waitUntil(lambda: len(done) == 4)
    assert time.perf_counter() - rested < LONGEST_WAIT, "it did not wait to the end"


def test_after_all_at_once_the_next_round_gives_way_again(qtbot, let_turns_pass, done: list[str]) -> None:
    hand = {"moves": False}

    def first() -> None:
        done.append("a")
        if done == ["a"]:
            QTimer.singleShot(0, turns.now)  # before the round's second part

    turns = Turns([first, lambda: done.append("b")], give_way=lambda: hand["moves"])
    turns.soon()
    qtbot.waitUntil(lambda: len(done) == 3)
    hand["moves"] = True
    turns.soon()
    let_turns_pass()
    assert done == ["a", "a", "b"]
