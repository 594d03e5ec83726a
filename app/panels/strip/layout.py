"""Where the images of the strip lie: two rows of squares, the upper large, the lower small, both centred."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QRectF

TILE_GAP = 2
ROW_GAP = 4
BLEND_HEIGHT = 28


@dataclass(frozen=True)
class StripLayout:
    """The squares of `steps` images in a widget of `width` x `height`; `ratio` device pixels make one pixel of Qt.

    Squares begin and end on whole device pixels, so that neighbours look alike. What a paint asks for at each of up to
    fifty squares is worked out once.
    """

    width: float
    height: float
    steps: int
    ratio: float = 1.0

    @cached_property
    def row_height(self) -> float:
        """The height that is there for the upper row."""
        return max(self.height - ROW_GAP - BLEND_HEIGHT, 1.0)

    @cached_property
    def side(self) -> float:
        """The side of a large square: as large as width and height allow."""
        room = (self.width - (self.steps - 1) * TILE_GAP) / self.steps
        return self._whole(max(min(room, self.row_height), 1.0))

    @cached_property
    def blend_side(self) -> float:
        """The side of a small square; never wider than the large one above it."""
        return self._whole(min(BLEND_HEIGHT, self.side))

    def tile(self, step: int) -> QRectF:
        """The large square of a step."""
        top = self._whole((self.row_height - self.side) / 2)
        return QRectF(self._left + step * (self.side + TILE_GAP), top, self.side, self.side)

    def blend_tile(self, step: int) -> QRectF:
        """The small square of a step, centred below the large one."""
        left = self.tile(step).left() + self._whole((self.side - self.blend_side) / 2)
        return QRectF(left, self._whole(self.height - BLEND_HEIGHT), self.blend_side, self.blend_side)

    def step_at(self, x: float) -> int:
        """The step whose column is nearest to `x`: outside the strip the first or the last."""
        column = int((x - self._left + TILE_GAP / 2) // (self.side + TILE_GAP))
        return min(max(column, 0), self.steps - 1)

    def contains(self, x: float) -> bool:
        """Tell whether `x` lies over the images, not beside them."""
        return self._left <= x < self._left + self.steps * (self.side + TILE_GAP) - TILE_GAP

    @cached_property
    def _left(self) -> float:
        used = self.steps * (self.side + TILE_GAP) - TILE_GAP
        return self._whole(max(self.width - used, 0.0) / 2)

    def _whole(self, length: float) -> float:
        return int(length * self.ratio) / self.ratio
