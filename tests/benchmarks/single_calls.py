"""What one call takes that a person waits for: a code decoded, a canvas read, a run opened.

Run: python -m tests.benchmarks.single_calls [--json FILE]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import models
from models.checkpoint import load_run
from models.sketch import to_mnist_format
from models.snapshot import Snapshot
from tests.benchmarks.report import SPREAD_COLUMNS, Report, Spread, options, spread_cells

VAE = Path(models.__file__).with_name("pretrained") / "vae-2.safetensors"
CALLS = 200
CANVAS = 336


def main() -> None:
    """Measure and report."""
    report = Report("single_calls", options(__doc__.splitlines()[0]).parse_args())
    torch.set_num_threads(1)
    run = load_run(VAE)
    snapshot = Snapshot.from_weights(run.config, run.weights)
    code = np.zeros((1, run.config.latent_dim), np.float32)
    ink = _ring()
    image = to_mnist_format(ink)[None]
    calls: dict[str, tuple[Callable[[], object], float]] = {
        "one code decoded, in numpy": (lambda: snapshot.decode(code), 1.0),
        "one image encoded, in numpy": (lambda: snapshot.posterior(image), 1.0),
        "two codes decoded, by PyTorch": (lambda: snapshot.decode(np.repeat(code, 2, axis=0)), 1.0),
        "two images encoded, by PyTorch": (lambda: snapshot.posterior(np.repeat(image, 2, axis=0)), 1.0),
        f"a {CANVAS} x {CANVAS} canvas brought to MNIST's format": (lambda: to_mnist_format(ink), 5.0),
        f"a run of {VAE.stat().st_size / 1e6:.0f} MB opened": (lambda: load_run(VAE), 100.0),
    }
    rows = []
    for name, (call, limit) in calls.items():
        spread = Spread.of(1000 * _seconds(call) for _ in range(CALLS))
        rows.append((name, *spread_cells(spread)))
        report.target(f"{name}, median", spread.p50, limit, "ms")
    report.table("Milliseconds a call, one thread", ("call", *SPREAD_COLUMNS), rows)
    report.finish()


def _ring() -> np.ndarray:
    """Ink (CANVAS, CANVAS) uint8 of a thick ring, as large as the canvas."""
    y, x = np.mgrid[-1 : 1 : CANVAS * 1j, -1 : 1 : CANVAS * 1j]
    return np.rint(255 * np.clip(8 - 40 * np.abs(np.hypot(x, y) - 0.7), 0, 1)).astype(np.uint8)


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
