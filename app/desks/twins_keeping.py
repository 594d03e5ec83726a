"""What a twin is called where it is kept."""

from __future__ import annotations

from app.run_library import shipped_runs
from app.viewpoint import Viewpoint


def title_of(view: Viewpoint) -> str:
    """What a network is called: as in the list of runs."""
    path = view.run.path if view.run is not None else None
    return next((entry.title for entry in shipped_runs() if entry.path == path), view.name)
