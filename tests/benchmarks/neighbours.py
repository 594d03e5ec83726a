"""Other programs on this machine's cores: how much they take, and waiting until they take little.

Known on Linux only; elsewhere the machine counts as quiet.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

QUIET_CORES = 0.2
"""Others may take so much: window system and services are never still."""
LOOK_SECONDS = 1.5


class Neighbours:
    """Measures, from its making on, how many cores other programs keep busy."""

    def __init__(self) -> None:
        self._began = self._moment()

    def cores(self) -> float:
        """Cores that others kept busy on average since the beginning; 0 where that is not known."""
        then, now = self._began, self._moment()
        seconds = now[0] - then[0]
        return max(0.0, (now[1] - then[1]) - (now[2] - then[2])) / seconds if seconds > 0 else 0.0

    @staticmethod
    def _moment() -> tuple[float, float, float]:
        """The time, and seconds of all cores' work and of this process's with its finished children."""
        own = os.times()
        return time.perf_counter(), _all_work(), own.user + own.system + own.children_user + own.children_system


class Patience:
    """Waits for quiet moments, all in all no longer than so many seconds."""

    def __init__(self, seconds: float, wait: Callable[[float], None] = time.sleep) -> None:
        self._left, self._wait = seconds, wait

    def wait_for_quiet(self) -> None:
        """Return when others are still, or when the patience is at its end."""
        while self._left > 0:
            neighbours = Neighbours()
            self._wait(LOOK_SECONDS)
            if neighbours.cores() < QUIET_CORES:
                return
            self._left -= LOOK_SECONDS

    def accepts(self, cores: float, seconds: float) -> bool:
        """Whether a measurement of so many seconds, in which others took so many cores, is to be kept."""
        if cores < QUIET_CORES or self._left <= 0:
            return True
        self._left -= seconds
        return False


def _all_work() -> float:
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    except OSError:
        return 0.0
    user, nice, system, _, _, interrupts, soft_interrupts, stolen = (int(field) for field in fields)
    return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")
