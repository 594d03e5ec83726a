"""The losses of a training as it goes on, in columns: as objects, a million steps would take 400 MB."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from models.checkpoint import History
from models.facts import EpochDone, Losses, StepDone

FIRST_ROOM = 256  # rows


class LossRecord:
    """Takes what a training tells, and gives it as a History at any time; its length is the number of steps."""

    def __init__(self) -> None:
        self._steps, self._losses = _Column(np.int64), _Column(np.float32, 3)
        self._epoch_steps, self._held_out = _Column(np.int64), _Column(np.float32, 3)

    def __len__(self) -> int:
        return len(self._steps)

    def add_steps(self, told: Sequence[StepDone]) -> None:
        """Steps that were done, in their order."""
        self._steps.add([each.step for each in told])
        self._losses.add([_three(each.losses) for each in told])

    def add_epoch(self, done: EpochDone) -> None:
        """An epoch that was done."""
        self._epoch_steps.add([done.step])
        self._held_out.add([_three(done.held_out)])

    def history(self) -> History:
        """The losses so far; nothing is copied, and what is added later leaves it as it is."""
        epochs = self._epoch_steps.so_far, *self._held_out.so_far.T
        return History(self._steps.so_far, *self._losses.so_far.T, *epochs)


def _three(losses: Losses) -> tuple[float, float, float]:
    return losses.total, losses.reconstruction, losses.kl


class _Column:
    """Rows of `width` numbers (1: bare numbers), of which more come; twice the room is made when there is none left."""

    def __init__(self, kind: DTypeLike, width: int = 1) -> None:
        self._room = np.empty((FIRST_ROOM, width) if width > 1 else FIRST_ROOM, kind)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: Sequence[object]) -> None:
        """Rows behind those that are there."""
        end = self._count + len(rows)
        if end > len(self._room):
            larger = np.empty((max(end, 2 * len(self._room)), *self._room.shape[1:]), self._room.dtype)
            larger[: self._count] = self.so_far
            self._room = larger
        if rows:
            self._room[self._count : end] = rows
        self._count = end

    @property
    def so_far(self) -> np.ndarray:
        """The rows there are, which can only be read: they are not copied, and never change."""
        rows = self._room[: self._count]
        rows.flags.writeable = False
        return rows
