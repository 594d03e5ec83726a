"""Where words beside marks stand: over no other words and marks, and over lines only where it can't be helped.

Words that stand nearer to another mark than to their own would be read as that one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF

ABOVE, BELOW, RIGHT, LEFT = (0, -1), (0, 1), (1, 0), (-1, 0)
AROUND = (ABOVE, BELOW, RIGHT, LEFT, (1, -1), (-1, -1), (1, 1), (-1, 1))
"""Places beside a mark, (across, down); the better ones first."""
FARTHER = 0.0, 8.0, 16.0  # pixels between a mark and its words, beside those that are asked for
STEP = 2.0  # pixels along a line between places that are looked at
WORSE = 10.0  # that a covered pixel of a mark or of other words counts as
LINE_WEIGHT = 4.0  # covered pixels that a covered place of a line counts as
FARTHER_WEIGHT = 3.0  # and each pixel farther away; a step down in `AROUND` counts as one
NEARER, NEARER_WEIGHT = 5.0, 10.0  # pixels that another mark may be nearer to words than their own; each one more
OUTSIDE_WEIGHT = 100.0  # and a pixel outside the room


class Label(NamedTuple):
    """Words that belong to the mark at `at`, `away` from its middle, best on the side `best`."""

    words: str
    at: QPointF
    size: QSizeF
    away: float
    best: tuple[int, int] = ABOVE


def places_for(labels: Sequence[Label], taken: Sequence[QRectF], lines: np.ndarray, room: QRectF) -> list[QRectF]:
    """A box for each label, one after the other, that covers least of what is `taken` and of `lines` (K, 2)."""
    full = np.array([_sides(each) for each in taken], float).reshape(-1, 4)
    marks, inside = full, np.array([_sides(room)])
    found = []
    for label in labels:
        sides = sorted(AROUND, key=lambda side: side != label.best)
        tried = [(side, farther) for farther in FARTHER for side in sides]
        boxes = np.array([_sides(_beside(label, side, farther)) for side, farther in tried])
        area = label.size.width() * label.size.height()
        cost = np.arange(len(boxes)) % len(sides) + FARTHER_WEIGHT * np.array([farther for _, farther in tried])
        cost += OUTSIDE_WEIGHT * (area - _common(boxes, inside).sum(axis=1))
        cost += WORSE * _common(boxes, full).sum(axis=1) + LINE_WEIGHT * _holds(boxes, lines).sum(axis=1)
        here = np.array([_sides(QRectF(label.at, QSizeF()))])
        others = marks[_gaps(here, marks)[0] > 0]
        nearer = _gaps(boxes, here)[:, 0] - label.away - _gaps(boxes, others).min(axis=1, initial=np.inf)
        cost += NEARER_WEIGHT * np.maximum(nearer - NEARER, 0.0)
        best = boxes[cost.argmin()]
        full = np.concatenate([full, best[None]])
        found.append(QRectF(QPointF(*best[:2]), QPointF(*best[2:])))
    return found


def along(places: Sequence[QPointF]) -> np.ndarray:
    """Places (K, 2) along a line that leads through `places`, `STEP` pixels from each other."""
    points = np.array([(each.x(), each.y()) for each in places], float).reshape(-1, 2)
    if len(points) < 2:
        return points
    way = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    steps = np.linspace(0.0, way[-1], max(int(way[-1] / STEP), 1) + 1)
    return np.stack([np.interp(steps, way, axis) for axis in points.T], axis=1)


def _beside(label: Label, side: tuple[int, int], farther: float) -> QRectF:
    width, height = label.size.width(), label.size.height()
    away = label.away + farther
    middle = label.at + QPointF(side[0] * (away + width / 2), side[1] * (away + height / 2))
    return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)


def _sides(box: QRectF) -> tuple[float, float, float, float]:
    return box.left(), box.top(), box.right(), box.bottom()


def _common(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The area (N, M) that boxes (N, 4) and others (M, 4) have in common."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.maximum(high - low, 0.0).prod(axis=2)


def _gaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The distance (N, M) between boxes (N, 4) and others (M, 4); 0 where they meet."""
    below, above = others[None, :, :2] - boxes[:, None, 2:], boxes[:, None, :2] - others[None, :, 2:]
    return np.hypot(*np.moveaxis(np.maximum(np.maximum(below, above), 0.0), -1, 0))


def _holds(boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether boxes (N, 4) hold points (K, 2), (N, K)."""
    within = (points >= boxes[:, None, :2]) & (points <= boxes[:, None, 2:])
    return within[..., 0] & within[..., 1]
