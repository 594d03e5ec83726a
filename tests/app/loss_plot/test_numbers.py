"""The numbers behind the curves: series, where axes end, and ranges."""

from __future__ import annotations

import numpy as np
import pytest

from app.panels.loss.series import Series, grown_end, settled, steady, value_range


class TestNumbers:
    def test_a_series_keeps_all_it_was_given_however_it_comes(self) -> None:
        random, series, steps = np.random.default_rng(1), Series(), []
        while len(series) < 5000:
            block = np.arange(len(series), len(series) + random.integers(0, 400))
            series.append(block, block**0.5)
            steps.extend(block.tolist())
        assert series.steps.tolist() == steps
        assert series.values == pytest.approx(np.sqrt(steps))

    def test_the_nearest_value_is_found(self) -> None:
        series = Series()
        assert series.at(3) is None
        series.append(np.array([10, 20, 40]), np.array([1.0, 2.0, 4.0]))
        assert [series.at(step) for step in (-5, 14, 16, 29, 31, 99)] == [
            (10, 1), (10, 1), (20, 2), (20, 2), (40, 4), (40, 4)
        ]  # fmt: skip

    def test_the_last_value_until_a_step_is_found(self) -> None:
        series = Series()
        assert series.until(3) is None
        series.append(np.array([10, 20, 40]), np.array([1.0, 2.0, 4.0]))
        assert [series.until(step) for step in (9, 10, 19, 20, 39, 99)] == [
            None, (10, 1), (10, 1), (20, 2), (20, 2), (40, 4)
        ]  # fmt: skip

    def test_what_is_thinned_keeps_its_peaks_and_its_end(self) -> None:
        series, values = Series(), np.random.default_rng(2).normal(size=10_007)
        values[[0, 5003, 10_006]] = -9.0, 9.0, 5.0
        series.append(np.arange(10_007), values)
        steps, kept = series.thinned(150)
        assert len(steps) <= 400 and (np.diff(steps) > 0).all()
        for block in np.split(values, range(66, 10_007, 66))[:-1]:
            assert {block.min(), block.max()} <= set(kept)
        np.testing.assert_array_equal(kept, values[steps.astype(int)])
        assert (kept.min(), kept.max(), steps[-1], kept[-1]) == (-9.0, 9.0, 10_006, 5.0)

    def test_the_start_is_left_out_only_when_something_is_left(self) -> None:
        values = np.concatenate([np.full(30, 500.0), np.full(970, 140.0)])
        assert settled(values).max() == 140
        assert settled(values[:8]).tolist() == [500.0] * 8
        assert len(settled(np.array([np.nan, np.inf]))) == 0
        assert len(settled(np.zeros(2000))) == 1940, "three in a hundred"

    def test_a_growing_axis_ends_at_round_numbers(self) -> None:
        ends = [grown_end(end, 0.25) for end in (0, 0.3, 0.6, 1, 1.01, 2, 2.5, 4.5, 7, 16, 17)]
        assert ends == [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 6, 8, 16, 24]

    def test_a_range_that_hardly_changes_stays(self) -> None:
        assert steady(None, (0, 10)) == (0, 10)
        assert steady((0, 10), (0.1, 10.2)) == (0, 10)
        assert steady((0, 10), (0, 10.4)) == (0, 10.4)
        assert steady((0, 10), (0, 5)) == (0, 5)

    def test_ranges(self) -> None:
        flat = np.full(200, 3.0)
        assert value_range([], [], from_zero=True, log=False) == (0.0, 1.0)
        assert value_range([], [], from_zero=True, log=True) == (0.1, 1.0)
        assert value_range([flat], [], from_zero=True, log=False) == pytest.approx((0, 3.18))
        low, high = value_range([flat], [], from_zero=False, log=False)
        assert low < 3 < high
        low, high = value_range([flat - 3], [], from_zero=True, log=False)
        assert low == 0 and high > 0
        spiked = np.full(2000, 3.0)
        spiked[1000] = 900.0
        assert value_range([spiked], [], from_zero=True, log=False)[1] == pytest.approx(3.18), "a rare spike is cut off"
        low, high = value_range([flat, flat * 100], [0.5], from_zero=True, log=True)
        assert 0 < low < 0.5 and high > 300

    def test_marks_are_never_cut_off_and_what_is_not_positive_has_no_logarithm(self) -> None:
        ramp = np.linspace(2.0, 4.0, 15)
        assert value_range([ramp], [900.0], from_zero=True, log=False) == (0.0, 954.0)
        middle = np.percentile(ramp, 99.5)
        room = 0.08 * (middle - 2.0)
        assert value_range([ramp], [], from_zero=False, log=False) == pytest.approx((2.0 - room, middle + room))
        curve = np.concatenate([[-1.0, 0.0], ramp])
        bounds = (np.percentile(ramp, 2) / 1.15, np.percentile(ramp, 99.5) * 1.15)
        assert value_range([curve], [-5.0, 0.0], from_zero=True, log=True) == pytest.approx(bounds)
        assert value_range([curve], [70.0], from_zero=True, log=True)[1] == pytest.approx(70.0 * 1.15)
        assert value_range([ramp[:1]], [], from_zero=True, log=True) == pytest.approx((2.0 / 1.15, 3.0))
