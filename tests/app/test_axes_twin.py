"""What “Show AE” lays over the axes: the twin of the Twins view, else a shipped run; with real clicks and files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.main_window import MainWindow
from app.panels.axes.axes import ParallelAxes
from app.panels.twins.view import Twins
from app.run_library import runs_folder
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from models.snapshot import Snapshot
from models.twins import SIDES
from tests.app.conftest import open_view
from tests.app.twin_hands import choose
from tests.conftest import ROOT, trained

LEFT = Qt.MouseButton.LeftButton
LIMIT = 60_000  # milliseconds


@pytest.fixture(scope="module")
def runs(digits: Dataset) -> dict[str, Run]:
    """Four networks of the same images, three of them with three latent dimensions, and one of other images."""
    small = {"latent_dim": 3, "epochs": 1}
    made = {
        "my VAE": trained(digits, kind="vae", **small),
        "my beta": trained(digits, kind="vae", beta=4.0, **small),
        "my AE": trained(digits, kind="ae", **small),
        "my wide AE": trained(digits, kind="ae", latent_dim=5, epochs=1),
    }
    made["others' AE"] = replace(made["my AE"], fingerprint="0" * 16)
    return {name: replace(run, name=name) for name, run in made.items()}


@pytest.fixture(autouse=True)
def own_runs(runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the person's own runs."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))
    runs_folder().mkdir(parents=True)
    for name, run in runs.items():
        save_run(run, runs_folder() / f"{name}.safetensors")


def put_side_by_side(window: MainWindow, left: str, right: str) -> None:
    """Choose two runs in the Twins view with the keyboard."""
    twins = open_view(window, "twins")
    assert isinstance(twins, Twins)
    for side, name in zip(SIDES, (left, right), strict=True):
        choose(twins.pickers[side], name)


def axes_of(qtbot, window: MainWindow, name: str, folder: Path | None = None) -> ParallelAxes:
    """The axes of one of the person's runs, or of those in a folder, opened by their tab; nothing is laid over."""
    window.session.open_run((folder or runs_folder()) / f"{name}.safetensors")
    view = open_view(window, "axes")
    assert isinstance(view, ParallelAxes)
    desk = window.session.axes
    qtbot.waitUntil(lambda: view._measured is not None and not desk._worker.busy, timeout=LIMIT)
    qtbot.waitUntil(lambda: not desk.twin._worker.busy, timeout=LIMIT)
    if view.tools.twin.isChecked():
        view.tools.twin.click()
    return view


def lay_over(qtbot, window: MainWindow, view: ParallelAxes) -> None:
    """Pick an image, make it a line and press the button."""
    window.session.look.pick(0.0, 0.0, 11)
    for name in ("addPickedLine", "showTwin"):
        button = view.findChild(QWidget, name)
        assert button.isEnabled(), name
        QTest.mouseClick(button, LEFT)


def whose(view: ParallelAxes) -> str:
    label = view.findChild(QLabel, "axesWhose")
    return label.text() if label.isVisible() else ""


def test_the_twin_of_the_twins_view_is_laid_over(qtbot, borrowed_window, runs) -> None:
    put_side_by_side(borrowed_window, "my VAE", "my AE")
    view = axes_of(qtbot, borrowed_window, "my VAE")
    assert view.tools.twin.text() == "Show AE" and view.tools.twin.isEnabled()
    lay_over(qtbot, borrowed_window, view)
    np.testing.assert_array_equal(view._lines[0].code, runs["my VAE"].codes[11])
    np.testing.assert_array_equal(view._lines[0].twin_code, runs["my AE"].codes[11])
    ae = runs["my AE"]
    rebuilt = Snapshot.from_weights(ae.config, ae.weights).decode(ae.codes[11][None])[0]
    np.testing.assert_allclose(view._lines[0].twin_rebuilt, rebuilt, atol=1e-5)
    assert whose(view) == (
        "Filled and grey: this VAE; outlined and coloured: its twin in the Twins view, “my AE”, whose axes are its own."
    )
    QTest.mouseClick(view.tools.twin, LEFT)
    assert whose(view) == "" and view._lines[0].twin_code is None


def test_a_twin_of_the_same_kind_is_laid_over_too(qtbot, borrowed_window, runs) -> None:
    put_side_by_side(borrowed_window, "my beta", "my VAE")
    view = axes_of(qtbot, borrowed_window, "my VAE")
    assert view.tools.twin.text() == "Show twin"
    lay_over(qtbot, borrowed_window, view)
    np.testing.assert_array_equal(view._lines[0].twin_code, runs["my beta"].codes[11])
    assert "its twin in the Twins view, “my beta”" in whose(view)


def test_an_ae_in_the_twins_view_that_is_no_twin_stands_in(qtbot, borrowed_window, runs) -> None:
    put_side_by_side(borrowed_window, "my beta", "my AE")
    view = axes_of(qtbot, borrowed_window, "my VAE")
    lay_over(qtbot, borrowed_window, view)
    np.testing.assert_array_equal(view._lines[0].twin_code, runs["my AE"].codes[11])
    assert "coloured: the AE in the Twins view, “my AE”, whose" in whose(view)


@pytest.mark.parametrize("other", ["my wide AE", "others' AE"])
def test_what_has_another_number_of_axes_or_other_images_is_not_laid_over(qtbot, borrowed_window, other: str) -> None:
    put_side_by_side(borrowed_window, "my VAE", other)
    view = axes_of(qtbot, borrowed_window, "my VAE")
    assert not view.tools.twin.isVisible()
    assert view.tools.twins.toolTip() == (
        "No AE with 3 latent numbers is shipped that could be laid over this one: put one beside it in the Twins view."
    )
    QTest.mouseClick(view.tools.twins, LEFT)
    assert borrowed_window.views.current() == "twins"
    put_side_by_side(borrowed_window, "my VAE", "my AE")
    open_view(borrowed_window, "axes")
    qtbot.waitUntil(view.tools.twin.isEnabled, timeout=LIMIT)
    assert view.tools.twin.isVisible() and not view.tools.twins.isVisible()


def test_until_another_network_is_measured_its_twin_waits(qtbot, borrowed_window) -> None:
    """Of a network with fewer axes the twin is there at once, and the axes are still those of the one before."""
    shipped = ROOT / "models" / "pretrained"
    for name in ("vae-2", "vae-4"):
        view = axes_of(qtbot, borrowed_window, name, shipped)
        qtbot.waitUntil(view.tools.twin.isEnabled, timeout=LIMIT)
        QTest.mouseClick(view.tools.twin, LEFT)
    borrowed_window.session.open_run(shipped / "vae-2.safetensors")
    assert view.canvas.scene.measured.dims == 4 and view._twin.name == "AE 2-D (shipped)"
    view.grab()  # painted before the worker is done
    qtbot.waitUntil(lambda: view.canvas.scene.measured.dims == 2, timeout=LIMIT)
    assert view.canvas.scene.twin.name == "AE 2-D (shipped)"


def test_the_shipped_run_stands_in_where_the_twins_are_others(qtbot, borrowed_window) -> None:
    put_side_by_side(borrowed_window, "my VAE", "my AE")
    view = axes_of(qtbot, borrowed_window, "vae-4", ROOT / "models" / "pretrained")
    qtbot.waitUntil(view.tools.twin.isEnabled, timeout=LIMIT)
    QTest.mouseClick(view.tools.twin, LEFT)
    assert whose(view).startswith("Filled and grey: this VAE; outlined and coloured: AE 4-D (shipped), whose")


def test_twins_that_were_trained_are_laid_over_each_other(qtbot, window) -> None:
    config = window.session.config.replace(latent_dim=3, encoder=(32,), decoder=(32,), batch_size=100, epochs=1)
    window.training_panel.show_config(config)
    window.session.edit_config(config)
    twins = open_view(window, "twins")
    QTest.mouseClick(twins.findChild(QWidget, "twinTrain"), LEFT)
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and said[-1].text.startswith("Both twins are trained"), timeout=LIMIT)
    left, right = (window.session.twins.pair.sides[side].run for side in SIDES)
    view = axes_of(qtbot, window, left.path.stem)
    lay_over(qtbot, window, view)
    np.testing.assert_array_equal(view._lines[0].twin_code, load_run(right.path).codes[11])
    assert f"its twin in the Twins view, “{right.name}”" in whose(view)
