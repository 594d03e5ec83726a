"""A linear AE's angle to PCA in the window: falling while it learns, against scipy's and scikit-learn's."""

from __future__ import annotations

import csv
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from app.desks.reconstructions import _angle
from app.main_window import MainWindow
from app.panels.reconstructions.view import Reconstructions
from app.panels.reconstructions.words import angle_sentence, angle_words
from app.phase import Phase
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from models.facts import CodesMoved, RunFinished
from models.presets import PRESETS
from models.principal import fit
from models.snapshot import Snapshot
from tests.app.conftest import open_view

LEFT = Qt.MouseButton.LeftButton
LINEAR = PRESETS["linear-ae"].config.replace(batch_size=100, epochs=60)


@pytest.fixture
def view(qtbot, any_window: MainWindow) -> Reconstructions:
    """The view, opened with a click on its tab, with its first images."""
    made = open_view(any_window, "reconstructions")
    assert isinstance(made, Reconstructions)
    qtbot.waitUntil(lambda: made._shown is not None, timeout=20_000)
    return made


def click(view: Reconstructions, name: str) -> None:
    QTest.mouseClick(view.findChild(QWidget, name), LEFT)


def words(view: QWidget, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def linear_run(dataset: Dataset, **changes: object) -> Run:
    from models.training import train

    config = LINEAR.replace(epochs=3, **changes)
    return next(fact.run for fact in train(config, dataset, name="linear") if isinstance(fact, RunFinished))


def expected_angle(weights: dict[str, np.ndarray], theirs: PCA) -> float:
    """By scipy, from scikit-learn's PCA and the decoder's only matrix."""
    return float(np.degrees(subspace_angles(weights["decoder.layers.0.weight"], theirs.components_.T).max()))


def test_a_linear_ae_s_angle_falls_while_it_learns(qtbot, window, view, peer_pca, tmp_path: Path) -> None:
    session = window.session
    assert words(view, "angleWords") == "", "a VAE has no such angle"
    session.edit_config(LINEAR)
    session.start_training()
    qtbot.waitUntil(lambda: words(view, "angleWords").startswith("Largest angle"), timeout=30_000)
    assert view.findChild(QWidget, "angleCurve").isVisible()
    with qtbot.waitSignal(session.training_ended, timeout=60_000):
        pass
    run = session.view.run
    last = int(run.history.steps[-1])
    qtbot.waitUntil(lambda: len(view._angles[0]) > 0 and view._angles[0][-1] == last, timeout=20_000)
    steps, angles = view._angles
    assert steps[0] == 0 and (np.diff(steps) > 0).all(), "from the first weights on, each step once"
    assert angles[0] > 60 and angles[-1] < 5 and angles[-1] < angles[len(angles) // 2] + 1
    assert angles[-1] == pytest.approx(expected_angle(run.weights, peer_pca(2)), abs=0.01)
    assert words(view, "angleWords") == (
        f"Largest angle between this AE's plane and PCA's: <b>{angle_words(angles[-1])}</b> after {last:,} steps"
    )
    points = view.angle.curve.points()
    assert points[0].y() < points[-1].y(), "down is less"
    click(view, "showPca")
    qtbot.waitUntil(lambda: view._shown.pca is not None, timeout=20_000)
    assert view.sheet.height() <= view._scroll.viewport().height(), "curve and PCA's rows fit in 1280 x 800"
    view.save_angles_to(tmp_path / "angles.csv")
    with open(tmp_path / "angles.csv", newline="") as file:
        rows = [(int(row["step"]), float(row["largest_angle_degrees"])) for row in csv.DictReader(file)]
    assert rows == list(zip(steps.astype(int).tolist(), angles.tolist(), strict=True))


def test_the_next_training_has_a_course_of_its_own(qtbot, window, view, peer_pca) -> None:
    session = window.session
    for epochs, seed in ((4, 0), (2, 5)):
        session.edit_config(LINEAR.replace(epochs=epochs, seed=seed))
        session.start_training()
        qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE)  # its thread ends a moment after its end is told
        last = int(session.view.run.history.steps[-1])
        qtbot.waitUntil(lambda last=last: view._angles[0][-1:].tolist() == [last], timeout=20_000)
    assert view._angles[0][0] == 0 and (np.diff(view._angles[0]) > 0).all()
    assert view._angles[1][-1] == pytest.approx(expected_angle(session.view.run.weights, peer_pca(2)), abs=0.01)


def test_an_angle_that_comes_after_its_course_was_given_up_is_nobody_s(
    qtbot, window, view, digits: Dataset, tmp_path: Path
) -> None:
    desk, path = window.session.reconstructions, tmp_path / "linear.safetensors"
    save_run(linear_run(digits), path)
    window.session.open_run(path)
    qtbot.waitUntil(lambda: words(view, "angleWords").startswith("Largest angle"), timeout=20_000)
    desk.follow([CodesMoved(1000, np.zeros(0, int), np.zeros((0, 2)), window.session.view.snapshot)])
    assert desk._measuring.busy
    desk._forget_angles()  # as when the next training starts
    qtbot.waitUntil(lambda: not desk._measuring.busy, timeout=20_000)
    assert desk._angles == []


def test_a_decoder_that_has_run_wild_is_as_far_from_pca_as_can_be(digits: Dataset) -> None:
    run = linear_run(digits)
    wild = {name: np.full_like(weight, np.inf) for name, weight in run.weights.items()}
    assert _angle(Snapshot.from_weights(run.config, wild), fit(digits.train_images)) == 90.0


def test_the_way_down_is_followed_while_nobody_looks(qtbot, window) -> None:
    session = window.session
    session.edit_config(LINEAR.replace(epochs=15))
    session.start_training()
    with qtbot.waitSignal(session.training_ended, timeout=60_000):
        pass
    window.views.show_view("reconstructions")
    view = window.views.made("reconstructions")
    qtbot.waitUntil(lambda: len(view._angles[0]) > 1, timeout=20_000)
    assert view._angles[0][0] == 0 and view._angles[1][0] > 75 > view._angles[1][-1]


def test_a_saved_linear_run_is_one_number(
    qtbot, borrowed_window, view, digits: Dataset, peer_pca, tmp_path: Path
) -> None:
    path = tmp_path / "linear.safetensors"
    save_run(linear_run(digits, latent_dim=5), path)
    borrowed_window.session.open_run(path)
    qtbot.waitUntil(lambda: words(view, "angleWords").startswith("Largest angle"), timeout=20_000)
    angle = expected_angle(load_run(path).weights, peer_pca(5))
    assert view._angles[1].tolist() == pytest.approx([angle], abs=0.01)
    assert words(view, "angleWords") == angle_sentence(angle, 5)
    assert "5-dimensional subspace" in words(view, "angleWords") and not view.angle.curve.isVisible()


def test_the_angle_comes_with_the_training_images(
    qtbot, window, view, digits: Dataset, peer_pca, tmp_path: Path, server
) -> None:
    other, path = tmp_path / "other", tmp_path / "linear.safetensors"
    other.mkdir()
    for name in server.files:
        (other / name.removesuffix(".gz")).write_bytes(server.plain(name))
    window.session.data.choose(str(other))
    qtbot.waitUntil(lambda: words(view, "originalsNeedNote") != "", timeout=20_000)
    save_run(linear_run(digits), path)
    window.session.open_run(path)
    assert words(view, "angleWords") == "" and not len(view._angles[0])
    click(view, "originalsNeedGet")
    qtbot.waitUntil(lambda: words(view, "angleWords").startswith("Largest angle"), timeout=20_000)
    assert view._angles[1][-1] == pytest.approx(expected_angle(load_run(path).weights, peer_pca(2)), abs=0.01)


def test_a_sigmoid_bends_what_a_linear_network_draws(
    qtbot, borrowed_window, view, digits: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "bent.safetensors"
    save_run(linear_run(digits, output="sigmoid"), path)
    borrowed_window.session.open_run(path)
    assert words(view, "angleWords") == (
        "Its sigmoid bends what this linear network draws: with the output Linear it could be measured against PCA."
    )
    assert not view._save_angles.isVisible()


def test_one_fit_serves_this_view_and_compression(qtbot, window, view, digits: Dataset, monkeypatch) -> None:
    from models import principal

    monkeypatch.setattr(principal, "_FITS", WeakKeyDictionary())
    fitted, fit = [], principal.fit
    monkeypatch.setattr(principal, "fit", lambda images: fitted.append(len(images)) or fit(images))
    click(view, "showPca")
    qtbot.waitUntil(lambda: view._shown.pca is not None, timeout=20_000)
    window.views.show_view("compression")
    other = window.views.made("compression")
    qtbot.waitUntil(lambda: other._shown is not None and other._shown.pca is not None, timeout=20_000)
    assert fitted == [len(digits.train_images)]
