"""Python's cycle collector, at work on the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

COLLECT_EVERY_MS = 1000


class Collector(QObject):
    """Collects what has gone in cycles, from the window's event loop, for as long as it lives.

    Left to itself Python collects on whichever thread happens to make an object. A widget or an item of a plot that
    went in a cycle would then be destroyed on the thread that trains, at which Qt crashes.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self, interval=COLLECT_EVERY_MS)
        timer.timeout.connect(collect_what_is_due)
        timer.start()


def collect_what_is_due() -> None:
    """Look through the oldest generation whose count has passed Python's own threshold, and the younger with it."""
    due = [
        generation
        for generation, (count, threshold) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
        if threshold and count > threshold
    ]
    if due:
        gc.collect(max(due))
