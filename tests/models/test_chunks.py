"""Some of many images: how many, and which."""

from __future__ import annotations

import numpy as np
import pytest

from models.chunks import as_bytes, evenly


@pytest.mark.parametrize(("count", "most"), [(10_000, 2000), (297, 200), (297, 297), (60_000, 5000), (7, 1)])
def test_some_of_many_lie_evenly_over_all(count: int, most: int) -> None:
    some = evenly(count, most)
    steps = np.diff(some)
    assert len(some) == most and some[0] == 0 and some[-1] < count
    assert most == 1 or (steps.max() - steps.min() <= 1 and count - some[-1] <= steps.max())


@pytest.mark.parametrize(("count", "most"), [(0, 10), (1, 10), (297, 500)])
def test_of_few_all_are_taken(count: int, most: int) -> None:
    assert evenly(count, most).tolist() == list(range(count))


def test_pixels_become_bytes_as_a_picture_file_has_them() -> None:
    given = np.array([-0.2, 0.0, 0.4 / 255, 0.6 / 255, 0.5, 254.4 / 255, 1.0, 1.7], np.float32)
    assert as_bytes(given).tolist() == [0, 0, 0, 1, 128, 254, 255, 255]
    bytes_already = np.arange(256, dtype=np.uint8)
    assert as_bytes(bytes_already) is bytes_already
