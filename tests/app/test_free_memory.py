"""What a training needed and has let go is the system's again, not kept for a thread that has ended."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.free_memory import give_back
from app.training_thread import TrainingThread

MEGABYTES = 96
BLOCK = 64_000  # bytes: small enough for the pool of the thread, and not for a place of its own


def resident() -> float:
    """Megabytes of this process that are in the machine's memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are not asked")
def test_the_memory_of_a_training_is_given_back_at_its_end(qtbot) -> None:
    most: list[float] = []

    def facts() -> Iterator[np.ndarray]:
        blocks = [np.ones(BLOCK, np.uint8) for _ in range(MEGABYTES * 1_000_000 // BLOCK)]
        most.append(resident())
        yield blocks[-1]  # it is kept, at the end of the pool: what lies before it does not go back by itself

    give_back()  # what earlier tests have left would be used again, and the training's memory not be seen
    before = resident()
    thread = TrainingThread(facts, lambda: ())
    thread.start()
    qtbot.waitUntil(thread.isFinished, timeout=60_000)
    assert len(thread.facts) == 1
    assert most[0] > before + 0.7 * MEGABYTES
    assert resident() < before + 0.3 * MEGABYTES
