"""The clock behind the strip's play button: there and back again, with a rest at either end."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.exporting import FRAME_MILLISECONDS, HOLD_MILLISECONDS


class StripPlayer(QObject):
    """Counts steps while it runs: upwards to the last, downwards to the first, and so on."""

    stepped = Signal(int)
    running_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps = 0
        self._step = 0
        self._direction = 1
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._advance)

    def set_steps(self, steps: int) -> None:
        """Say how many steps there are; fewer than two stop the clock."""
        self._steps = steps
        self._step = min(self._step, max(steps - 1, 0))
        if steps < 2:
            self.stop()

    def start(self, step: int) -> None:
        """Run, beginning with `step` at once (or with the first for -1)."""
        if self._steps < 2:
            return
        self._step = max(step, 0)
        self._direction = -1 if self._step == self._steps - 1 else 1
        self.running_changed.emit(True)
        self._show()

    def stop(self) -> None:
        """Stand still."""
        if self._timer.isActive():
            self._timer.stop()
            self.running_changed.emit(False)

    def is_running(self) -> bool:
        """Tell whether the clock runs."""
        return self._timer.isActive()

    def _advance(self) -> None:
        if not 0 <= self._step + self._direction < self._steps:
            self._direction = -self._direction
        self._step += self._direction
        self._show()

    def _show(self) -> None:
        at_an_end = self._step in (0, self._steps - 1)
        self._timer.start(HOLD_MILLISECONDS if at_an_end else FRAME_MILLISECONDS)
        self.stepped.emit(self._step)
