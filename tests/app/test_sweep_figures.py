"""The figures of a sweep: mean lines, lines of equal loss, the bits' axis, and what a run's card says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.panels.rate.canvas import BitsAxis, NumbersAxis
from app.panels.rate.figures import in_words, iso_levels, mean_line
from models.config import RunConfig
from models.sweep import Cell, Plan, Result, Sweep
from tests.app.sweep_made_up import made_up


def test_a_line_joins_the_means_over_seeds_by_beta() -> None:
    sweep = made_up((2, 4.0, 0, 4.0, 150.0), (2, 4.0, 1, 6.0, 152.0), (2, 0.5, 0, 9.0, 140.0), (2, 9.0, 0, 1.0, 170.0))
    x, y = mean_line(sweep.done)
    assert x.tolist() == [9.0, 5.0, 1.0] and y.tolist() == [140.0, 151.0, 170.0]


def test_the_loss_at_beta_1_is_told_of_runs_at_another() -> None:
    sweep = made_up((2, 4.0, 0, 4.0, 150.0), (2, 1.0, 0, 9.0, 140.0))
    four, one = (dict(in_words(each, sweep)) for each in sweep.done)
    assert four["loss"].startswith("166.00 ") and four["their sum"].startswith("154.00 ")
    assert one["loss"].startswith("149.00 ") and "their sum" not in one


def test_levels_are_round_and_cross_the_plot() -> None:
    assert iso_levels((2.0, 11.0), (108.0, 133.0)) == [120, 130, 140]
    levels = iso_levels((0.0, 30.0), (80.0, 160.0))
    assert levels == [100, 120, 140, 160, 180]
    assert iso_levels((1.0, 1.0), (2.0, 2.0)) == []


def test_bits_are_nats_over_ln_2(qapp: QApplication) -> None:
    axis = BitsAxis("top")
    (spacing, values), *_ = axis.tickValues(0.0, 10 * np.log(2), 400)
    assert np.allclose(np.array(values) / np.log(2), np.round(np.array(values) / np.log(2)))
    assert axis.tickStrings([np.log(2) * 5, np.log(2) * -2], 1, spacing) == ["5", "−2"]


@pytest.mark.parametrize(("low", "high", "named"), [(1.4, 2.6, [2.0]), (1.8, 4.2, [2.0, 3.0, 4.0]), (-3, 67, None)])
def test_dimensions_are_whole_numbers(qapp: QApplication, low: float, high: float, named: list[float] | None) -> None:
    axis = NumbersAxis("bottom")
    axis.is_whole = True
    levels = axis.tickValues(low, high, 500)
    values = [value for _, values in levels for value in values]
    assert named is None or sorted(values) == named
    assert len(values) > 0 and all(value == round(value) for value in values)
    assert not any("." in each for spacing, values in levels for each in axis.tickStrings(values, 1, spacing))


@pytest.mark.parametrize("accuracy", [10**400, "high", None])
def test_an_accuracy_that_is_none_is_left_out(accuracy: object, tmp_path: Path) -> None:
    """Of a sweep.json that somebody has written by hand."""
    result = Result(Cell(2, 1.0, 0), 5.0, 130.0, 135.0, 2.0, {"knn_accuracy": accuracy})
    told = dict(in_words(result, Sweep(tmp_path, Plan.of(RunConfig(), (2,), (1.0,), (0,), "Digits", "f"), ())))
    assert "loss" in told and "5-NN accuracy" not in told


@pytest.mark.parametrize(
    ("config", "beta", "rows"),
    [
        (RunConfig(), 4.0, {"loss": "50.00 nats per image", "distortion": "30.00 nats per image"}),
        (RunConfig(loss="mse"), 4.0, {"loss": "50.00 per image", "distortion": "30.00 squared error per image"}),
        (RunConfig(kind="ae", loss="mse"), None, {"loss": "50.00 squared error per image"}),
        (
            RunConfig(kind="ae", loss="mse", sparsity="l1"),
            None,
            {"loss": "50.00 per image", "distortion": "30.00 squared error per image"},
        ),
    ],
)
def test_a_loss_that_adds_different_things_has_no_one_s_unit(
    tmp_path: Path, config: RunConfig, beta: float | None, rows: dict[str, str]
) -> None:
    plan = Plan.of(config, (2,), (beta,), (0,), "Digits", "f")
    told = dict(in_words(Result(Cell(2, beta, 0), 5.0, 30.0, 50.0, 1.0), Sweep(tmp_path, plan, ())))
    assert {name: told.get(name) for name in ("loss", "distortion") if name in told} == rows
