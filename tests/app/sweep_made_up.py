"""Sweeps whose figures are made up."""

from __future__ import annotations

from pathlib import Path

from models.config import RunConfig
from models.sweep import Cell, Plan, Result, Sweep

BASE = RunConfig(encoder=(32,), decoder=(32,), epochs=1, batch_size=100)


def made_up(*figures: tuple[int, float, int, float, float]) -> Sweep:
    """A sweep of these (latent_dim, beta, seed, rate, distortion)."""
    dims, betas, seeds = (tuple(each[i] for each in figures) for i in range(3))
    plan = Plan.of(BASE, dims, betas, seeds, "Digits", "f")
    results = [
        Result(Cell(d, b, s), rate, far, far + b * rate, 2.0, {"knn_accuracy": 0.5}) for d, b, s, rate, far in figures
    ]
    return Sweep(Path("here"), plan, tuple(results))
