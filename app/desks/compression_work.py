"""What is measured behind the window for the compression view: curves of errors over bits. Runs on a worker."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.background import on_one_core
from app.desks.originals import where_they_are
from app.run_library import shipped_runs
from app.seen.compressed import Curve
from app.viewpoint import NO_RUN, Viewpoint
from models.checkpoint import CheckpointError, load_run
from models.compression import ALL_BITS, Quantiser, error_of_codes, rate_bits
from models.datasets import Dataset, held_out_images
from models.latent_use import divergence_per_dimension

if TYPE_CHECKING:
    from models.snapshot import Snapshot

MEASURED = 2000
"""Images that a curve is measured on, evenly spread over the held-out ones."""

LIVE = 200
LIVE_BITS = (1, 2, 3, 4, 5, 6, 8, 16)
"""While it learns fewer images and bits will do: the worker shares its core with the training."""

WITHOUT = "Errors are against the unquantised picture: the originals that PCA and the curves need are"

PLAIN_RUN = re.compile(r"(ae|vae)-\d+")
"""Stems of the shipped runs that differ in their code alone."""


def every(count: int, most: int = MEASURED) -> int:
    """Every so manieth of `count` images, so that about `most` are measured."""
    return max(1, count // most)


def read_shipped() -> list[Curve]:
    """The shipped AEs and VAEs, a VAE's point from its own report; a file that cannot be read is left out."""
    found = []
    for entry in shipped_runs():
        if not PLAIN_RUN.fullmatch(entry.path.stem):
            continue
        try:
            run = load_run(entry.path)
        except CheckpointError:
            continue
        kl, error = (run.report.get(name) for name in ("test_kl", "test_mse_per_pixel"))
        rate = rate_bits(kl) if run.config.kind == "vae" and isinstance(kl, float) else None
        error = error if isinstance(error, float) else None
        found.append(Curve(entry.title, run.config.kind, run.config.latent_dim, rate, error, path=entry.path))
    return found


def measure_shipped(path: Path, dataset: Dataset, cancelled: Callable[[], bool]) -> np.ndarray | None:
    """Errors (16,) of a saved run's stored codes; None where its images are not loaded, or nobody waits any more."""
    from models.snapshot import Snapshot

    try:
        run = load_run(path)
        snapshot = Snapshot.from_weights(run.config, run.weights)
    except (CheckpointError, ValueError):
        return None
    images = held_out_images(dataset, run.dataset, run.fingerprint)
    if images is None:
        return None
    some = slice(None, len(run.codes), every(len(run.codes)))
    return measured(snapshot, run.codes[some], images[some], Quantiser.over(run.codes), ALL_BITS, cancelled)


def measure_own(
    snapshot: Snapshot,
    codes: np.ndarray | None,
    images: np.ndarray,
    quantiser: Quantiser,
    bits: Sequence[int],
    curve: Curve,
    cancelled: Callable[[], bool],
) -> Curve | None:
    """The curve of the run that is looked at; images are encoded where `codes` are None, and then its rate is measured.

    None where nobody waits any more.
    """
    if codes is None:
        codes, log_variances = snapshot.posterior(images)
        if log_variances is not None:
            nats = float(divergence_per_dimension(codes, log_variances).sum())
            curve = replace(curve, rate=rate_bits(nats))
    errors = measured(snapshot, codes, images, quantiser, bits, cancelled)
    if errors is None:
        return None
    return replace(curve, errors=errors, error=error_of_codes(snapshot.decode, codes, images))


@on_one_core
def measured(
    snapshot: Snapshot,
    codes: np.ndarray,
    images: np.ndarray,
    quantiser: Quantiser,
    bits: Sequence[int],
    cancelled: Callable[[], bool],
) -> np.ndarray | None:
    """Errors (16,) of codes (N, d) at these numbers of bits an axis, NaN at the others; None when cancelled."""
    errors = np.full(len(ALL_BITS), np.nan)
    for each in bits:
        if cancelled():
            return None
        errors[ALL_BITS.index(each)] = error_of_codes(snapshot.decode, quantiser.quantise(codes, each), images)
    return errors


def why_nothing(view: Viewpoint | None) -> str:
    """A sentence about a run that has no held-out codes, or about none."""
    if view is None:
        return NO_RUN
    return "This run holds no codes of held-out images: open another one, or train one."


def what_is_missing(view: Viewpoint, loaded: Dataset | None) -> tuple[str, str]:
    """What cannot be shown without the originals, and the dataset to get, if that would help; empty: nothing."""
    if view.held_out_images(loaded) is not None:
        return "", ""
    return where_they_are(WITHOUT, view, loaded)
