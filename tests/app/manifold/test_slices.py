"""Above two dimensions the manifold is a slice: what it goes through, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.amounts import signed
from app.main_window import MainWindow
from models.checkpoint import load_run
from tests.app.conftest import bring_to_front, made_ready, windows
from tests.app.manifold.conftest import LEFT, at_first, decoded_at, manifold, picture, show_exactly, wait


@pytest.fixture(scope="module")
def lent_slices(
    request: pytest.FixtureRequest, qapp: QApplication, ae4_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainWindow]:
    """A window for all that look at the slices of a 4-D AE."""
    with windows(qapp, tmp_path_factory.mktemp("slices")) as make:
        yield made_ready(QtBot(request), make(ae4_file))


@pytest.fixture
def sliced(qtbot, lent_slices: MainWindow) -> Iterator[MainWindow]:
    """That window, in front, at the principal components as at first."""
    bring_to_front(qtbot, lent_slices)
    run = lent_slices.session.view.run
    for plane in ("axes:0,1", "pca"):  # the two axes chosen last would be remembered
        lent_slices.session.choose_projection(plane)
    yield at_first(qtbot, lent_slices)
    assert lent_slices.session.view.run is run, "borrowed, not given"
    lent_slices.views.show_view("map")


def test_the_window_says_that_it_is_a_slice_and_through_what(qtbot, sliced: MainWindow) -> None:
    window = sliced
    session, view = window.session, manifold(window)
    session.look.pick(0.0, 0.0, 3)
    name = session.view.class_name(3)
    assert view.note.isVisible() and view.note.text() == (
        f"A slice of 4 dimensions through the code of held-out image 3 (a {name}): PC 1 and PC 2 vary, what lies "
        "off that plane stays as it is there."
    )
    own_size = view.size()
    view.resize(260, 320)  # in a small one it is shorter, and covers less
    view.plane.place_overlays()
    assert view.note.text() == f"A slice of 4 dimensions through the code of held-out image 3 (a {name})."
    view.resize(own_size)
    view.plane.place_overlays()
    assert "z1 " in view.note.toolTip() and f"z4 {signed(session.view.codes[3][3], 3)}" in view.note.toolTip()
    session.choose_projection("axes:3,1")
    assert "z4 and z2 vary, the other 2 numbers stay as they are there." in view.note.text()
    session.look.set_code(np.array([0.5, -1.25, 2.0, 7.0], np.float32))
    assert "through the pinned code (0.50, −1.25, 2.00, …)" in view.note.text()
    session.look.set_code(np.array([-0.004, -1.25, 2.0, -0.0004], np.float32))
    assert "through the pinned code (0.00, −1.25, 2.00, …)" in view.note.text()
    assert "The code it goes through: z1 −0.004, z2 −1.250, z3 2.000, z4 0.000." in view.note.toolTip()
    wait(qtbot, window)


@pytest.mark.parametrize("plane", ["pca", "axes:2,0"])
def test_tiles_are_the_slice_through_the_picked_code(qtbot, sliced: MainWindow, ae4_file: Path, plane: str) -> None:
    window = sliced
    session, run = window.session, load_run(ae4_file)
    session.choose_projection(plane)
    index = 11
    session.look.pick(0.0, 0.0, index)
    wait(qtbot, window)
    show_exactly(qtbot, window, 28, left=-4.0, top=3.0)
    manifold(window).note.hide()
    seen, code = picture(window), session.view.codes[index].astype(float)
    if plane == "pca":
        centred = run.codes - run.codes.mean(axis=0)
        axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
        axes *= np.sign((axes * session.view.projection.axes).sum(axis=1))[:, None]
        here = (code - run.codes.mean(axis=0)) @ axes.T
    else:
        axes, here = np.eye(4)[[2, 0]], code[[2, 0]]
    for column, row in ((3, 2), (8, 12), (14, 7)):
        place = np.array([-4 + 0.25 + 0.5 * column, 3 - 0.25 - 0.5 * row])
        tile = seen[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
        image = decoded_at(run, code + (place - here) @ axes)
        assert np.abs(tile - image[..., None]).max() <= 2


def test_a_place_on_the_slice_keeps_it_and_another_code_moves_it(qtbot, sliced: MainWindow) -> None:
    window = sliced
    session, view = window.session, manifold(window)
    QTest.mouseClick(view.tools.points, LEFT)
    wait(qtbot, window)
    number = view.tiles._number
    QTest.mouseClick(view.view.viewport(), LEFT, pos=QPoint(120, 140))
    wait(qtbot, window)
    assert view.tiles._number == number, "no tile had to be decoded again"
    session.look.set_code(session.look.pin.code + np.array([3, 3, 3, 3], np.float32))
    wait(qtbot, window)
    assert view.tiles._number == number + 1


def test_the_plane_is_chosen_below_the_view(qtbot, sliced: MainWindow) -> None:
    window = sliced
    view = manifold(window)
    assert view.projection.isVisible()
    view.projection.plane.setFocus()
    QTest.keyClick(view.projection.plane, Qt.Key.Key_Down)
    assert window.session.view.projection.kind == "axes"
    assert view.plane.titles() == ("z1", "z2")
    wait(qtbot, window)


def test_an_ae_has_no_prior(sliced: MainWindow) -> None:
    window = sliced
    off = [a.text() for a in manifold(window).tools.export.menu().actions() if a.text() and not a.isEnabled()]
    assert len(off) == 3 and all("the prior's quantiles" in words for words in off)
