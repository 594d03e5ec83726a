"""The reconstructions' numbers in words and as a table."""

from __future__ import annotations

import numpy as np

from app.amounts import SQUARED_ERROR_SHORT, amount, counted, per_pixel
from app.exporting_views import IMAGE_COLUMNS
from app.seen.reconstructed import Reconstructed

ANGLES = ("step", "largest_angle_degrees")


def summary(shown: Reconstructed) -> str:
    """The means of what is shown, in one line."""
    if shown.errors is None:
        return "" if shown.nats is None else f"Mean: {shown.network} {amount(float(np.mean(shown.nats)))} nats"
    mean = amount(float(np.mean(shown.errors)), 4)
    pca = "" if shown.pca_errors is None else f", PCA {amount(float(np.mean(shown.pca_errors)), 4)}"
    nats = "" if shown.nats is None else f"; {amount(float(np.mean(shown.nats)))} nats"
    return f"Mean {SQUARED_ERROR_SHORT}: {shown.network} {mean}{pca}{nats}"


def in_words(shown: Reconstructed, place: int) -> str:
    """All that is known of one image."""
    lines = [f"Held-out image {shown.indices[place]}: {shown.names[place]}"]
    if shown.errors is not None:
        lines.append(f"Squared error per pixel: {per_pixel(shown.errors[place])}")
    if shown.pca_errors is not None:
        lines.append(f"PCA, {_components(shown.components)}: {per_pixel(shown.pca_errors[place])}")
    if shown.nats is not None:
        lines.append(f"Bernoulli loss: {amount(float(shown.nats[place]))} nats")
    return "\n".join(lines)


def header(shown: Reconstructed) -> list[str]:
    """The first line of the CSV file."""
    return [*IMAGE_COLUMNS, *_columns(shown)]


def table(shown: Reconstructed) -> list[list[object]]:
    """The rows of the CSV file under `header`."""
    rows = zip(shown.indices, shown.names, *_columns(shown).values(), strict=True)
    return [[int(index), name, *(float(number) for number in numbers)] for index, name, *numbers in rows]


def _columns(shown: Reconstructed) -> dict[str, np.ndarray]:
    """The known errors by the names of their columns."""
    columns = {
        "squared_error_per_pixel": shown.errors,
        "bernoulli_nats": shown.nats,
        "pca_squared_error_per_pixel": shown.pca_errors,
    }
    return {name: each for name, each in columns.items() if each is not None}


def angle_words(angle: float) -> str:
    """An angle with as many digits as it deserves: 81°, 3.2°, 0.04°."""
    return f"{angle:.{0 if angle >= 9.95 else 1 if angle >= 0.95 else 2}f}°"


def angle_sentence(angle: float, components: int, after: int = 0) -> str:
    """How far a linear AE is from PCA, after so many steps where they were watched."""
    what = {1: "line", 2: "plane"}.get(components, f"{components}-dimensional subspace")
    return f"Largest angle between this AE's {what} and PCA's: <b>{angle_words(angle)}</b>" + (
        f" after {counted(after, 'step')}" if after else ""
    )


def _components(number: int) -> str:
    return counted(number, "component")
