"""How well a score tells two kinds of images apart: hits and false alarms over all thresholds, in numpy alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Roc:
    """A receiver operating characteristic: shares 0..1 flagged at each threshold, from none flagged to all.

    An image is flagged when its score is at or above the threshold; the first threshold is infinite.
    """

    thresholds: np.ndarray = field(repr=False)  # (T,), falling
    false_alarms: np.ndarray = field(repr=False)  # (T,) of ordinary images
    hits: np.ndarray = field(repr=False)  # (T,) of odd images
    area: float
    """the chance that an odd image scores above an ordinary one, ties counted half (Hanley & McNeil 1982)"""


@dataclass(frozen=True)
class Flagged:
    """How many of `ordinary` and of `odd` images a threshold flags."""

    false_alarms: int
    ordinary: int
    hits: int
    odd: int

    @property
    def false_alarm_share(self) -> float:
        """Of the ordinary images, 0..1."""
        return self.false_alarms / self.ordinary if self.ordinary else 0.0

    @property
    def hit_share(self) -> float:
        """Of the odd images, 0..1."""
        return self.hits / self.odd if self.odd else 0.0


def roc(ordinary: np.ndarray, odd: np.ndarray) -> Roc:
    """The curve of scores (N,) and (M,) and its area by the trapezium rule; ValueError where either is empty."""
    if not len(ordinary) or not len(odd):
        raise ValueError("There is no curve without images of both kinds.")
    scores = np.concatenate([ordinary, odd])
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    is_odd = order >= len(ordinary)
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # of each group of equal scores
    hits = np.append(0, np.cumsum(is_odd)[last]) / len(odd)
    false_alarms = np.append(0, np.cumsum(~is_odd)[last]) / len(ordinary)
    area = float(np.sum(np.diff(false_alarms) * (hits[1:] + hits[:-1]) / 2))
    return Roc(np.append(np.inf, scores[last]), false_alarms, hits, area)


def flagged(ordinary: np.ndarray, odd: np.ndarray, threshold: float) -> Flagged:
    """How many score at or above the threshold."""
    return Flagged(int((ordinary >= threshold).sum()), len(ordinary), int((odd >= threshold).sum()), len(odd))


def best_threshold(curve: Roc) -> float:
    """Where hits exceed false alarms the most (Youden 1950)."""
    best = int((curve.hits - curve.false_alarms).argmax())
    return float(curve.thresholds[max(best, 1)])
