"""Where the plane lies on the screen: the one mapping between latent coordinates and the map's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF


@dataclass(frozen=True)
class Frame:
    """What the map shows: data coordinates of its top left corner, pixels per unit, and its size.

    Pixels are device-independent, counted from the top left corner; y points up in the plane and down on the screen.
    """

    left: float
    top: float
    scale_x: float
    scale_y: float
    width: float
    height: float

    @classmethod
    def of(cls, view_box: Any) -> Frame:
        """Read the frame from a pyqtgraph ViewBox that fills its view."""
        (left, right), (bottom, top) = view_box.viewRange()
        size = view_box.rect()
        width, height = max(size.width(), 1.0), max(size.height(), 1.0)
        scale_x = width / max(right - left, 1e-30)
        return cls(left, top, scale_x, height / max(top - bottom, 1e-30), width, height)

    @property
    def right(self) -> float:
        """The largest first coordinate in view."""
        return self.left + self.width / self.scale_x

    @property
    def bottom(self) -> float:
        """The smallest second coordinate in view."""
        return self.top - self.height / self.scale_y

    def area(self) -> QRectF:
        """What is in view, in plane coordinates."""
        return QRectF(self.left, self.bottom, self.width / self.scale_x, self.height / self.scale_y)

    def to_pixels(self, points: np.ndarray) -> np.ndarray:
        """Map plane points (N, 2) to pixels (N, 2)."""
        return (np.asarray(points, dtype=np.float64) - (self.left, self.top)) * (self.scale_x, -self.scale_y)

    def to_plane(self, x: float, y: float) -> tuple[float, float]:
        """Map one pixel position to plane coordinates."""
        return self.left + x / self.scale_x, self.top - y / self.scale_y

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Tell for each of (N, 2) plane points whether it is in view; not finite ones never are."""
        x, y = points[:, 0], points[:, 1]
        return (x >= self.left) & (x <= self.right) & (y >= self.bottom) & (y <= self.top)
