"""Of a run that nobody looks at any more, and of images that are not in use, nothing is kept: both may be large."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from weakref import ref

from app.desks.manifold import ManifoldDesk
from app.desks.regularity import HoleDesk
from app.main_window import MainWindow
from app.viewpoint import Viewpoint
from models.checkpoint import load_run
from models.datasets import Dataset
from tests.app.conftest import made_ready


def test_views_out_of_sight_forget_a_run_that_cannot_stand_in_for_the_next(
    qtbot, make_window, vae_file: Path, ae4_file: Path
) -> None:
    window: MainWindow = made_ready(qtbot, make_window(vae_file))
    session = window.session
    desks: tuple[ManifoldDesk | HoleDesk, ...] = (session.manifold, session.regularity.holes)
    for name in ("manifold", "regularity"):
        window.views.show_view(name)
    window.views.show_view("map")
    assert [desk._now is not None for desk in desks] == [True, True]
    assert session.open_run(ae4_file)
    assert [desk._now for desk in desks] == [None, None]


def test_images_that_were_only_looked_into_are_not_kept(vae_file: Path, digits: Dataset) -> None:
    view, others = Viewpoint.of_run(load_run(vae_file)), replace(digits, fingerprint="others")
    assert view.held_out_images(digits) is digits.test_images
    assert view.held_out_images(others) is None
    looked_into = ref(others)
    del others
    assert looked_into() is None
    assert view.held_out_images(None) is None
    assert view.held_out_images(digits) is digits.test_images
