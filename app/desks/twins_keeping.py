"""What a twin is called where it is kept."""

from __future__ import annotations

from app import run_library
from app.viewpoint import Viewpoint


def title_of(view: Viewpoint) -> str:
    """What a network is called: as in the list of runs."""
    return run_library.title_of(view.name, view.run.path if view.run is not None else None)
