"""Where the held-out images of a network are when they are not here."""

from __future__ import annotations

from app.viewpoint import Viewpoint
from models.datasets import Dataset, whole_title


def where_they_are(what: str, view: Viewpoint, loaded: Dataset | None) -> tuple[str, str]:
    """A sentence that begins with `what` and says where the images are, and the dataset to get, if that would help."""
    whole, last = whole_title(view.dataset_title)
    if loaded is not None and loaded.title == whole:
        return f"{what} not among those of {whole} as they are loaded.", ""
    where = f"among the last {last:,} training images of" if last else "in"
    return f"{what} {where} {whole}, which is not loaded.", whole
