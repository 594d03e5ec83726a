"""The ROC curve against scikit-learn's, and the counts at a threshold against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from models.roc import best_threshold, flagged, roc


def both(rng: np.random.Generator, digits: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping scores of 300 ordinary and 40 odd images, with many ties where they are rounded."""
    ordinary, odd = rng.normal(0.0, 1.0, 300), rng.normal(1.0, 1.5, 40)
    return (ordinary, odd) if digits is None else (ordinary.round(digits), odd.round(digits))


@pytest.mark.parametrize("digits", [None, 1, 0])
def test_curve_and_area_are_scikit_learns(rng: np.random.Generator, digits: int | None) -> None:
    ordinary, odd = both(rng, digits)
    truth = np.repeat([0, 1], [len(ordinary), len(odd)])
    scores = np.concatenate([ordinary, odd])
    false_alarms, hits, thresholds = roc_curve(truth, scores, drop_intermediate=False)
    ours = roc(ordinary, odd)
    np.testing.assert_array_equal(ours.thresholds, thresholds)
    np.testing.assert_allclose(ours.false_alarms, false_alarms, atol=1e-12)
    np.testing.assert_allclose(ours.hits, hits, atol=1e-12)
    assert ours.area == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)


@pytest.mark.parametrize("threshold", [-10.0, 0.0, 0.5, 1.0, 10.0])
def test_counts_at_a_threshold(rng: np.random.Generator, threshold: float) -> None:
    ordinary, odd = both(rng, 1)
    truth = np.repeat([0, 1], [len(ordinary), len(odd)])
    (_, false_alarms), (_, hits) = confusion_matrix(truth, np.concatenate([ordinary, odd]) >= threshold)
    found = flagged(ordinary, odd, threshold)
    assert (found.false_alarms, found.hits, found.ordinary, found.odd) == (false_alarms, hits, 300, 40)
    assert (found.false_alarm_share, found.hit_share) == (false_alarms / 300, hits / 40)


def test_every_point_of_the_curve_is_what_its_threshold_flags(rng: np.random.Generator) -> None:
    ordinary, odd = both(rng, 1)
    curve = roc(ordinary, odd)
    for threshold, false_alarms, hits in zip(curve.thresholds, curve.false_alarms, curve.hits, strict=True):
        found = flagged(ordinary, odd, threshold)
        assert (found.false_alarm_share, found.hit_share) == pytest.approx((false_alarms, hits))


def test_the_best_threshold_leaves_the_largest_difference(rng: np.random.Generator) -> None:
    ordinary, odd = both(rng, 1)
    gains = {each: np.mean(odd >= each) - np.mean(ordinary >= each) for each in np.unique([*ordinary, *odd])}
    assert gains[best_threshold(roc(ordinary, odd))] == pytest.approx(max(gains.values()))


def test_a_score_that_is_worse_than_chance_has_a_finite_threshold_all_the_same() -> None:
    assert best_threshold(roc(np.array([3.0, 4.0]), np.array([1.0, 2.0]))) == 4.0, "the first that flags anything"


def test_one_kind_alone_has_no_curve() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        roc(np.zeros(3), np.zeros(0))
    assert flagged(np.zeros(0), np.zeros(0), 0.0).hit_share == 0.0
