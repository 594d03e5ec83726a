"""A sweep's numbers as the rate-distortion view wants them: points, mean lines, words and a table."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from app.amounts import percent
from app.losses_in_words import is_a_sum
from app.losses_in_words import unit as unit_of_loss
from app.ticks import nice_step
from models.sweep import Result, Sweep

NAT = 1 / math.log(2)
"""Bits in a nat."""
MOST_LEVELS = 6

HEADER = (
    "latent_dim", "beta", "seed", "rate_nats", "rate_bits", "distortion", "loss", "mse_per_pixel", "knn_accuracy",
    "seconds", "file",
)  # fmt: skip


def place(result: Result) -> tuple[float, float]:
    """Where a cell stands: rate and distortion; an AE has no rate and stands at its latent dimensions."""
    return (float(result.cell.latent_dim) if result.cell.beta is None else result.rate), result.distortion


def mean_line(results: Iterable[Result]) -> tuple[np.ndarray, np.ndarray]:
    """The points of a line through the means over seeds, in order of beta (of latent dimensions for an AE)."""
    groups: dict[float, list[tuple[float, float]]] = defaultdict(list)
    for each in results:
        groups[each.cell.latent_dim if each.cell.beta is None else each.cell.beta].append(place(each))
    means = np.array([np.mean(groups[key], axis=0) for key in sorted(groups)]).reshape(-1, 2)
    return means[:, 0], means[:, 1]


def unit(sweep: Sweep) -> str:
    """The unit of distortion."""
    return "nats per image" if sweep.plan.base.loss == "bce" else "squared error per image"


def iso_levels(x: tuple[float, float], y: tuple[float, float]) -> list[float]:
    """Round sums of x and y, evenly spaced, of lines x + y = const that cross a rectangle."""
    low, high = x[0] + y[0], x[1] + y[1]
    rough = (high - low) / MOST_LEVELS
    if not rough > 0:
        return []
    step = nice_step(rough)
    return [number * step for number in range(math.ceil(low / step + 0.05), math.floor(high / step - 0.05) + 1)]


def in_words(result: Result, sweep: Sweep) -> list[tuple[str, str]]:
    """What is known of a cell, as (name, value) rows."""
    base = sweep.plan.base
    rows = [("loss", f"{result.loss:.2f} {unit_of_loss(base).removeprefix('loss ')}")]
    distortion = ("distortion", f"{result.distortion:.2f} {unit(sweep)}")
    if result.cell.beta is not None:
        rows += [("rate", f"{result.rate:.2f} nats = {result.rate * NAT:.2f} bits"), distortion]
        if result.cell.beta != 1:
            rows.append(("their sum", f"{result.rate + result.distortion:.2f} (the loss at beta 1)"))
    elif is_a_sum(base):  # of a sparse AE the loss is another number
        rows.append(distortion)
    accuracy = result.report.get("knn_accuracy")
    if isinstance(accuracy, float):
        rows.append(("5-NN accuracy", percent(accuracy, 1)))
    return [*rows, ("trained in", f"{result.seconds:.1f} s")]


def table(sweep: Sweep) -> list[list[object]]:
    """The rows of the CSV file under `HEADER`; empty where a figure is not there."""
    rows: list[list[object]] = []
    for each in sweep.done:
        cell, report = each.cell, each.report
        rate = ["", ""] if cell.beta is None else [each.rate, each.rate * NAT]
        beta = "" if cell.beta is None else cell.beta
        more = [report.get("test_mse_per_pixel", ""), report.get("knn_accuracy", "")]
        figures = [*rate, each.distortion, each.loss, *more, each.seconds]
        rows.append([cell.latent_dim, beta, cell.seed, *figures, each.file])
    return rows
