"""What goes in a cycle is taken down on the window's thread, however busy another thread is."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from app.collecting import COLLECT_EVERY_MS, Collector


class Thing(QObject):
    """Part of a cycle; says on which thread it goes."""

    def __init__(self, gone: list[int]) -> None:
        super().__init__()
        self.gone, self.itself = gone, self

    def __del__(self) -> None:
        self.gone.append(threading.get_ident())


@pytest.fixture
def automatic() -> Iterator[None]:
    """Python collects by itself, before and after the test."""
    gc.collect()
    gc.enable()
    yield
    gc.enable()


def busy() -> list[list[int]]:
    """Makes more objects than Python lets pass before it collects."""
    return [[number] for number in range(20_000)]


def work_on_another_thread() -> int:
    thread = threading.Thread(target=busy)
    thread.start()
    ident = thread.ident
    thread.join()
    assert ident is not None
    return ident


def test_left_to_itself_python_collects_on_the_other_thread(automatic: None) -> None:
    gone: list[int] = []
    Thing(gone)
    assert gone == [] and work_on_another_thread() in gone


def test_the_collector_takes_it_down_on_the_windows_thread(automatic: None, qtbot) -> None:
    keeper = Collector()
    gone: list[int] = []
    Thing(gone)
    work_on_another_thread()
    assert gone == []
    kept = busy()
    qtbot.waitUntil(lambda: bool(gone), timeout=5 * COLLECT_EVERY_MS)
    assert gone == [threading.get_ident()] and kept
    keeper.deleteLater()
