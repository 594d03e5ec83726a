"""Of a run that nobody looks at any more, and of images that are not in use, nothing is kept: both may be large."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from weakref import ref

import pytest

from app.background import Background
from app.desks.manifold import ManifoldDesk
from app.desks.regularity import HoleDesk
from app.main_window import MainWindow
from app.viewpoint import Viewpoint
from models.checkpoint import load_run
from models.config import RunConfig
from models.datasets import Dataset
from tests.app.conftest import made_ready
from tests.app.test_choosing_data import write_dataset


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


@pytest.mark.parametrize("twins", [False, True], ids=["a run", "twins"])
def test_images_that_were_trained_on_are_let_go_of_when_others_are_in_use(
    qtbot, window: MainWindow, no_runs: None, tmp_path: Path, twins: bool
) -> None:
    session = window.session
    use(qtbot, window, str(write_dataset(tmp_path / "mine", 200, 100)))
    trained_on = ref(session.data.dataset)
    session.edit_config(RunConfig(encoder=(8,), decoder=(8,), epochs=1))
    if twins:
        window.views.show_view("twins")
        with qtbot.waitSignal(session.twins.runs.ended):
            session.twins.runs.train({"kind": "ae"})
        for page in ("table", "pictures"):  # what is measured of them is not measured again
            session.twins.show_page(page)
    else:
        with qtbot.waitSignal(session.training_ended):
            session.start_training()
    use(qtbot, window, "digits")
    gc.collect()
    assert trained_on() is None


def use(qtbot, window: MainWindow, images: str) -> None:
    with qtbot.waitSignal(window.session.data.dataset_changed):
        window.session.data.choose(images)
    qtbot.waitUntil(lambda: not any(each.busy for each in window.session.findChildren(Background)))
