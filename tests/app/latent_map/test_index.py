"""The index by which the nearest point is found, next to a look at all points."""

from __future__ import annotations

import numpy as np
import pytest

from app.panels.latent.index import GridIndex


class TestIndex:
    @pytest.mark.parametrize("count", [0, 1, 7, 300, 20_000])
    def test_it_finds_what_looking_at_all_points_finds(self, count: int) -> None:
        random = np.random.default_rng(count)
        points = (random.standard_normal((count, 2)) * (3, 0.5)).astype(np.float32)
        points[::17] = np.nan
        points[5::17, 0] = points[6::17, 1] = np.nan
        wanted = random.random(count) < 0.8
        index = GridIndex(points, wanted)
        finite = points[np.isfinite(points).all(axis=1)]
        outermost = finite[np.argsort(finite, axis=0)[[0, -1]].ravel()] if count > 1 else finite
        places = np.concatenate([random.uniform(-6, 6, (60, 2)), finite[:40], outermost])
        for reach in ((0.02, 0.02), (0.3, 0.1), (50.0, 50.0)):
            for x, y in places + random.uniform(-0.01, 0.01, places.shape):
                far = ((points - (x, y)) / reach) ** 2
                distance = np.where(wanted, far.sum(axis=1), np.inf)
                distance[~np.isfinite(distance)] = np.inf
                best = distance.min(initial=np.inf)
                found = index.nearest(x, y, reach)
                if best > 1:
                    assert found == -1
                else:
                    assert distance[found] == pytest.approx(best, rel=1e-4, abs=1e-9)

    def test_points_on_one_spot_or_one_line_are_found(self) -> None:
        spot = GridIndex(np.ones((50, 2), np.float32))
        assert spot.nearest(1.0, 1.0, (0.1, 0.1)) >= 0
        line = GridIndex(np.stack([np.arange(100), np.zeros(100)], axis=1).astype(np.float32))
        assert line.nearest(41.2, 0.3, (1.0, 1.0)) == 41
        assert line.nearest(41.5, 3.0, (1.0, 1.0)) == -1
