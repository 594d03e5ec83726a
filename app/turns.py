"""Several things to do after each piece of news, one after the other with room for a hand between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

PAUSE_MS = 16
"""Between two parts, a frame's time: what a hand does meanwhile is answered before the next part."""


class Turns(QObject):
    """Does its parts in their order: all at once, or one by one, so that a press never waits for all of them."""

    def __init__(self, parts: Sequence[Callable[[], None]], parent: QObject | None = None, share: float = 1.0) -> None:
        """Rounds of turns take no more than `share` of the time: after each one the next has to rest."""
        super().__init__(parent)
        self._share = share
        self._parts = list(parts)
        self._waiting: list[Callable[[], None]] = []
        self._spent = self._rests_until = 0.0
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._do_next)

    def now(self) -> None:
        """Do all parts; none waits any more."""
        self._waiting = []
        for part in self._parts:
            part()

    def soon(self) -> None:
        """Do one part after the other. One that still waits from an earlier call keeps its place.

        A round begins when the one before has had its rest, by which parts take no more than their share of the time.
        """
        if not self._waiting:
            self._turn.setInterval(max(0, round(1000 * (self._rests_until - time.perf_counter()))))
            self._turn.start()
        self._waiting += [part for part in self._parts if part not in self._waiting]

    def _do_next(self) -> None:
        if not self._waiting:
            return
        began = time.perf_counter()
        part = self._waiting.pop(0)
        if self._waiting:
            self._turn.setInterval(PAUSE_MS)
            self._turn.start()
        part()
        now = time.perf_counter()
        self._spent += now - began
        if not self._waiting:
            self._rests_until, self._spent = now + self._spent * (1.0 / self._share - 1.0), 0.0
