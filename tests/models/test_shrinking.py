"""Shrunken digits: smaller by the share that was asked for, and where they were."""

from __future__ import annotations

import numpy as np
import pytest

from models.datasets import Dataset
from models.shrinking import shrunken


def spread_of(image: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Centre of mass and standard deviations of the ink (row, column) in pixels, and its sum."""
    weight = image.astype(float) / image.sum()
    y, x = np.mgrid[:28, :28]
    centre = np.array([(weight * y).sum(), (weight * x).sum()])
    spread = np.sqrt([(weight * (y - centre[0]) ** 2).sum(), (weight * (x - centre[1]) ** 2).sum()])
    return centre, spread, float(image.sum())


@pytest.mark.parametrize("share", [0.6, 0.5])
def test_size_place_and_ink(digits: Dataset, share: float) -> None:
    images = digits.test_images[:20]
    small = shrunken(images, share)
    assert small.shape == images.shape and small.dtype == np.uint8
    for before, after in zip(images, small, strict=True):
        (centre, spread, ink), (now, narrow, less) = spread_of(before), spread_of(after)
        np.testing.assert_allclose(now - 13.5, share * (centre - 13.5), atol=0.15)
        np.testing.assert_allclose(narrow, share * spread, rtol=0.12)
        assert less / ink == pytest.approx(share**2, rel=0.05)


def test_whole_size_changes_nothing_and_no_image_is_none(digits: Dataset) -> None:
    np.testing.assert_array_equal(shrunken(digits.test_images[:3], 1.0), digits.test_images[:3])
    assert shrunken(digits.test_images[:0]).shape == (0, 28, 28)
