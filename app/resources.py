"""Where the files of `resources/` lie: beside the packages, in a checkout as well as after an installation."""

from __future__ import annotations

from pathlib import Path

RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def resource_path(*parts: str) -> Path:
    """The path of one resource, for instance `resource_path("app_icon", "latentlab.svg")`."""
    return RESOURCES.joinpath(*parts)
