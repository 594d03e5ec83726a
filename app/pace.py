"""Looks at what changes often, each at least so long after the one before, and none while one is being computed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.background import Background


class Pace(QObject):
    """Calls `look` when that is asked for with `soon`, but not before its time; however often it is asked for: once."""

    def __init__(self, look: Callable[[], object], ms: int, parent: QObject, worker: Background | None = None) -> None:
        """While `worker` is busy nothing is looked at: what is asked for meanwhile comes after that."""
        super().__init__(parent)
        self._every_ms, self._worker = ms, worker
        self._began = -math.inf
        self._again = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(look)
        if worker is not None:
            worker.freed.connect(self._go_on)

    @property
    def rest_ms(self) -> int:
        """How long to wait before the next look; 0: it is due."""
        return math.ceil(max(0.0, self._every_ms - 1000 * (time.monotonic() - self._began)))

    def soon(self) -> None:
        """Look when it is time."""
        self._again = self._worker is not None and self._worker.busy
        if not self._again and not self._timer.isActive():
            self._timer.start(self.rest_ms)

    def begin(self) -> None:
        """A look begins now, whoever wanted it: the next one is counted from here, and none waits any more."""
        self.stop()
        self._began = time.monotonic()

    def stop(self) -> None:
        """Forget what was asked for."""
        self._again = False
        self._timer.stop()

    def _go_on(self) -> None:
        if self._again:
            self.soon()
