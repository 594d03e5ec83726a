"""Tasks on worker threads: their order, their answers on the window's thread, their errors and their end."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from PySide6.QtCore import QThread
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from app.background import Background, Refused, cancelled


@pytest.fixture
def background(qtbot):
    made = Background()
    yield made
    made.close()


def wait_until(condition) -> bool:
    """On a worker: whether it came true within a minute."""
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        QThread.msleep(1)
    return condition()


def test_answers_come_in_order_on_the_windows_thread(qtbot, background):
    told = []

    def done(value):
        told.append((value, QThread.currentThread() is background.thread()))

    for number in range(3):
        background.submit(lambda n=number: (n, threading.get_ident()), done, told.append)
    qtbot.waitUntil(lambda: len(told) == 3)
    assert [value[0] for value, _ in told] == [0, 1, 2]
    assert all(on_window for _, on_window in told)
    assert threading.get_ident() not in {value[1] for value, _ in told}
    assert not background.busy


def test_an_expected_error_is_one_sentence_and_the_next_task_runs(qtbot, background):
    told = []

    def refuse():
        raise Refused("The file is too small.")

    background.submit(refuse, told.append, told.append)
    background.submit(lambda: "next", told.append, told.append)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == ["The file is too small.", "next"]


def test_an_unexpected_error_reaches_the_report(qtbot, background, monkeypatch):
    told, reports = [], []
    monkeypatch.setattr(sys, "excepthook", lambda *args: reports.append(args))

    def break_down():
        raise ZeroDivisionError("of all things")

    background.submit(break_down, told.append, told.append)
    qtbot.waitUntil(lambda: bool(reports))
    assert told == ["Something unexpected went wrong; the report has the details."]
    assert reports[0][0] is ZeroDivisionError and reports[0][2] is not None


def test_progress_is_told_and_cancel_ends_the_task(qtbot, background):
    told, progress = [], []
    background.progressed.connect(lambda share, words: progress.append((share, words)))

    def wait_for_cancel():
        background.progressed.emit(0.5, "half")
        while not cancelled():
            QThread.msleep(1)
        return "cancelled"

    background.submit(wait_for_cancel, told.append, told.append)
    qtbot.waitUntil(lambda: progress == [(0.5, "half")])
    background.cancel()
    qtbot.waitUntil(lambda: told == ["cancelled"])


def test_what_is_to_be_painted_comes_before_the_work(qtbot, background):
    """A view that asks for numbers as it is shown would else paint its first picture beside them, in twice the time."""
    seen = []

    class Picture(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            seen.append("painted")

    picture = Picture()
    qtbot.addWidget(picture)
    with qtbot.waitExposed(picture):
        picture.show()
    for _ in range(2):
        seen.clear()
        picture.update()
        background.submit(lambda: seen.append("worked"), lambda _: picture.update(), seen.append)
        background.submit(lambda: seen.append("worked again"), lambda _: None, seen.append)
        qtbot.waitUntil(lambda: not background.busy)
        assert seen == ["painted", "worked", "painted", "worked again"]


def test_close_waits_and_tells_nothing_more(qtbot, let_turns_pass, background):
    told = []
    started = threading.Event()

    def wait_for_cancel():
        started.set()
        while not cancelled():
            QThread.msleep(1)

    background.submit(wait_for_cancel, told.append, told.append)
    background.submit(lambda: "never", told.append, told.append)
    qtbot.waitUntil(started.is_set)
    background.close()
    let_turns_pass()
    assert told == []
    background.submit(lambda: "too late", told.append, told.append)
    assert not background.busy


def test_what_is_about_to_run_is_cancelled_and_closed_as_if_it_ran(qtbot, background):
    told = []
    background.submit(lambda: "cancelled" if wait_until(cancelled) else "ran on", told.append, told.append)
    background.submit(lambda: "next", told.append, told.append)
    background.cancel()
    qtbot.waitUntil(lambda: told == ["cancelled", "next"])
    background.submit(lambda: told.append("to its end"), told.append, told.append)
    background.submit(lambda: told.append("never"), told.append, told.append)
    background.close()
    assert told[2:] == ["to its end"]


def test_finish_waits_for_all_that_was_asked_for(let_turns_pass, background):
    told = []
    for number in range(3):
        background.submit(lambda n=number: (QThread.msleep(20), n)[1], told.append, told.append)
    background.finish()
    assert told == [0, 1, 2] and not background.busy
    let_turns_pass()
    assert told == [0, 1, 2], "and no answer comes twice"
    background.submit(lambda: "next", told.append, told.append)
    background.finish()
    assert told[3:] == ["next"]
