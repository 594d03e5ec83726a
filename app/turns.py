"""Several things to do after each piece of news, one after the other with room for a hand between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

PAUSE_MS = 16
"""Between two parts, a frame's time: what a hand does meanwhile is answered before the next part."""

LOOK_AGAIN_MS = 50
LONGEST_WAIT = 2.0


class Turns(QObject):
    """Does its parts in their order: all at once, or one by one, so that a press never waits for all of them."""

    def __init__(
        self,
        parts: Sequence[Callable[[], None]],
        parent: QObject | None = None,
        share: float = 1.0,
        give_way: Callable[[], bool] = lambda: False,
    ) -> None:
        """Rounds take no more than `share` of the time: after each one the next has to rest.

        While `give_way` says that something more urgent goes on, no round begins, for two seconds at most.
        """
        super().__init__(parent)
        self._share, self._give_way = share, give_way
        self._asked_at = 0.0
        self._parts = list(parts)
        self._waiting: list[Callable[[], None]] = []
        self._spent = self._rests_until = 0.0
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._do_next)

    def now(self) -> None:
        """Do all parts; none waits any more."""
        self._waiting, self._spent = [], 0.0
        for part in self._parts:
            part()

    def soon(self) -> None:
        """Do one part after the other. One that still waits from an earlier call keeps its place.

        A round begins when the one before has had its rest, by which parts take no more than their share of the time.
        """
        if not self._waiting:
            self._asked_at = time.perf_counter()
            self._turn.setInterval(max(0, round(1000 * (self._rests_until - time.perf_counter()))))
            self._turn.start()
        self._waiting += [part for part in self._parts if part not in self._waiting]

    def _do_next(self) -> None:
        if not self._waiting:
            return
        began = time.perf_counter()
        if not self._spent and self._give_way() and began - self._asked_at < LONGEST_WAIT:
            self._turn.setInterval(LOOK_AGAIN_MS)
            self._turn.start()
            return
        part = self._waiting.pop(0)
        if self._waiting:
            self._turn.setInterval(PAUSE_MS)
            self._turn.start()
        part()
        now = time.perf_counter()
        self._spent += now - began
        if not self._waiting:
            self._rests_until, self._spent = now + self._spent * (1.0 / self._share - 1.0), 0.0
