"""The sparsity view's numbers in words and as tables."""

from __future__ import annotations

from app.amounts import counted, figures, percent, signed
from app.exporting_views import IMAGE_COLUMNS
from app.seen.sparse import Exciting, Sparse
from models.config import RunConfig
from models.wording import plain

UNITS = ("unit", "mean_activation", "share_of_images_active", "strongest_activation")
HISTOGRAM = ("from", "to", "activations")
PER_IMAGE = ("active_units", "images")
EXCITING = ("unit", "rank", *IMAGE_COLUMNS, "activation")


def size(value: float) -> str:
    """An activation with three figures that matter."""
    return signed(value, 3 if abs(value) < 10 else 1)


def short(value: float) -> str:
    """The same where there is little room."""
    return signed(value, 2 if abs(value) < 10 else 0)


def unit_words(shown: Sparse, unit: int) -> str:
    """All that is known of one unit."""
    mean = "mean activation" if shown.edges[0] >= 0 else "mean size"
    return (
        f"Unit {unit + 1} of {shown.units}: {mean} {size(shown.means[unit])}, "
        f"active in {percent(shown.shares[unit], 1)} of images, strongest {size(shown.levels[unit])}"
    )


def activation_titles(images: int) -> tuple[str, ...]:
    """What the histogram counts, the longest first."""
    return f"Activations, {counted(images, 'image')} (log counts)", "Activations (log counts)", "Activations (log)"


def summaries(shown: Sparse) -> tuple[str, ...]:
    """How sparse the code is, in one line; the longest first."""
    share = f"{percent(float(shown.active.mean()))} of {shown.units}"
    silent = int((shown.shares == 0).sum())
    titles = f"Active units per image: {share}", f"Active units: {share}", f"Active: {share}"
    return (f"{titles[0]}, {silent} never", *titles) if silent else titles


def trained_words(config: RunConfig) -> str:
    """What makes a code sparse, or made it so: it is said in training too."""
    if config.kind == "vae" and config.beta > 0:
        prior = "N(0,\N{NO-BREAK SPACE}I)"
        return f"A VAE has no sparsity term; its KL keeps codes near {prior}, and units that tell too little near 0."
    if config.sparsity == "none":
        return "This network has no sparsity term: nothing keeps its units quiet."
    if config.sparsity == "l1":
        return f"L1 on the code, weight {plain(config.sparsity_weight)}: every unit's size costs."
    return (
        f"KL sparsity, weight {plain(config.sparsity_weight)}: "
        f"each unit's mean is pulled towards {plain(config.sparsity_target)}."
    )


def bar_words(low: float, high: float, count: int) -> str:
    """One bar of the histogram of activations."""
    return f"{figures(low)} to {figures(high)}: {counted(count, 'activation')}"


def per_image_words(low: float, high: float, count: int) -> str:
    """One bar of the active units."""
    number = round((low + high) / 2)
    return f"{counted(number, 'unit')} active: {counted(count, 'image')}"


def exciting_words(shown: Exciting, place: int) -> str:
    """One of the images that excite a unit."""
    which = f"Held-out image {shown.indices[place]}: {shown.names[place]}"
    return f"{which}\nUnit {shown.unit + 1}: {size(shown.values[place])}"


def unit_rows(shown: Sparse) -> list[list[object]]:
    """The rows under `UNITS`."""
    rows = zip(shown.means, shown.shares, shown.levels, strict=True)
    return [[unit + 1, *map(float, row)] for unit, row in enumerate(rows)]


def histogram_rows(shown: Sparse) -> list[list[object]]:
    """The rows under `HISTOGRAM`."""
    rows = zip(shown.edges[:-1], shown.edges[1:], shown.counts, strict=True)
    return [[float(low), float(high), int(count)] for low, high, count in rows]


def per_image_rows(shown: Sparse) -> list[list[object]]:
    """The rows under `PER_IMAGE`."""
    return [[number, int(count)] for number, count in enumerate(shown.per_image)]


def exciting_rows(shown: Exciting) -> list[list[object]]:
    """The rows under `EXCITING`."""
    rows = zip(shown.indices, shown.names, shown.values, strict=True)
    return [
        [shown.unit + 1, rank, int(index), name, float(value)]
        for rank, (index, name, value) in enumerate(rows, start=1)
    ]
