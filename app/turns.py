"""Several things to do after each piece of news, one in each turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer


class Turns(QObject):
    """Does its parts in their order: all at once, or one a turn, so that a press never waits for all of them."""

    def __init__(self, parts: Sequence[Callable[[], None]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts = list(parts)
        self._waiting: list[Callable[[], None]] = []
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._do_next)

    def now(self) -> None:
        """Do all parts; none waits any more."""
        self._waiting = []
        for part in self._parts:
            part()

    def soon(self) -> None:
        """Do one part in each of the next turns. One that still waits from an earlier call keeps its place."""
        self._waiting += [part for part in self._parts if part not in self._waiting]
        self._turn.start()

    def _do_next(self) -> None:
        if self._waiting:
            part = self._waiting.pop(0)
            if self._waiting:
                self._turn.start()
            part()
