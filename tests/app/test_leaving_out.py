"""Training without one digit from the window: set in the form, measured against what was trained on, or refused."""

from __future__ import annotations

import struct
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from app.desks import principal_fits
from app.main_window import MainWindow
from app.phase import Phase
from app.seen.reconstructed import Reconstructed
from app.viewpoint import Viewpoint
from models.checkpoint import save_run
from models.config import RunConfig
from models.datasets import Dataset, last_held_out, trained_on
from models.evaluation import bernoulli_floor
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
SENTENCE = "Without class 4 there is no image left to train on: leave out another one."


def test_the_form_trains_without_it_and_the_view_finds_it_odd(qtbot, window: MainWindow) -> None:
    form = window.training_panel
    form.choose(RunConfig(encoder=(64,), decoder=(64,), epochs=12, batch_size=100, latent_dim=4), "cpu")
    QTest.mouseClick(form.findChild(QPushButton, "moreSettings"), LEFT)
    box = form.findChild(QComboBox, "leave_outField")
    box.setFocus()
    for _ in range(5):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == "4" and window.session.config.leave_out == "4"
    window.views.show_view("anomalies")
    view = window.views.made("anomalies")
    QTest.mouseClick(form.buttons.start, LEFT)
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.TRAINING, timeout=30_000)
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE, timeout=60_000)
    run = window.session.view.run
    assert run.config.leave_out == "4" and run.report["leave_out"] == "4" and (run.labels == 4).any()
    assert view._shown.left_out == view._shown.odd == 4 and not view._shown.unfinished
    area = roc_auc_score(run.labels == 4, run.scores)
    assert area > 0.8 and view.parts.roc._words[0] == f"area {area:.3f}"


def test_pca_and_the_floor_are_those_of_the_images_trained_on(qtbot, window, digits: Dataset, tmp_path: Path) -> None:
    floors: list[float | None] = []
    window.session.losses.lines_shown.connect(lambda floor, _: floors.append(floor))
    kept = last_held_out(digits, 200)
    for data, name in ((digits, "test"), (kept, "last")):
        save_run(trained(data, leave_out="4", epochs=1), tmp_path / f"{name}.safetensors")
        window.session.open_run(tmp_path / f"{name}.safetensors")
        window.views.show_view("reconstructions")
        view = window.views.made("reconstructions")
        view.pca.setChecked(True)
        images = data.train_images[data.train_labels != 4].reshape(-1, 784) / 255
        theirs = PCA(2, svd_solver="covariance_eigh").fit(images)
        flat = data.test_images.reshape(-1, 784) / 255
        expected = theirs.inverse_transform(theirs.transform(flat))
        qtbot.waitUntil(lambda view=view, expected=expected: agree(view._shown, expected), timeout=30_000)
        if data is digits:
            floor = bernoulli_floor(digits.train_images[digits.train_labels != 4])
            qtbot.waitUntil(lambda floor=floor: floors[-1] == pytest.approx(floor, rel=1e-4), timeout=20_000)


def agree(shown: Reconstructed | None, expected: np.ndarray) -> bool:
    """Whether PCA's images are those of all held-out ones (N, 784)."""
    if shown is None or shown.pca is None or shown.indices.max() >= len(expected):
        return False
    return bool(np.allclose(shown.pca.reshape(-1, 784), expected[shown.indices], atol=1e-3))


def test_nothing_left_is_one_sentence(qtbot, window: MainWindow, digits: Dataset, tmp_path: Path) -> None:
    fours = tmp_path / "fours"
    fours.mkdir()
    for part, images, labels in (
        ("train", digits.train_images, digits.train_labels),
        ("t10k", digits.test_images, digits.test_labels),
    ):
        chosen = images[labels == 4]
        head = struct.pack(">4i", 2051, len(chosen), 28, 28)
        (fours / f"{part}-images-idx3-ubyte").write_bytes(head + chosen.tobytes())
        (fours / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2i", 2049, len(chosen)) + bytes([4]) * len(chosen)
        )
    window.session.data.choose(str(fours))
    qtbot.waitUntil(lambda: window.session.data.dataset.source == str(fours), timeout=20_000)
    window.session.edit_config(RunConfig(encoder=(8,), decoder=(8,), leave_out="4"))
    window.session.start_training()
    qtbot.waitUntil(lambda: window.message_bar.messages[-1].text == SENTENCE, timeout=30_000)
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE, timeout=30_000)
    count = len(window.message_bar.messages)
    window.session.reset()
    qtbot.waitUntil(lambda: len(window.message_bar.messages) > count, timeout=30_000)
    assert window.message_bar.messages[-1].text == SENTENCE


def test_a_network_knows_the_images_it_learned_from(digits: Dataset) -> None:
    run = trained(digits, kind="ae", loss="mse", latent_dim=2, epochs=1, leave_out="4")
    view = Viewpoint.of_run(run)
    data = view.training_data(digits)
    learned = data and trained_on(data, view.config.leave_out)
    kept = digits.train_labels != 4
    assert learned is not None and np.array_equal(learned.train_images, digits.train_images[kept])
    assert np.array_equal(learned.test_images, digits.test_images)
    assert view.training_data(None) is None


def test_the_images_without_a_class_are_copied_behind_the_window(
    qtbot, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied_on: list[int] = []

    def copy(dataset: Dataset, leave_out: str) -> Dataset:
        copied_on.append(threading.get_ident())
        return trained_on(dataset, leave_out)

    monkeypatch.setattr(principal_fits, "trained_on", copy)
    view = Viewpoint.of_run(trained(digits, kind="ae", loss="mse", latent_dim=2, epochs=1, leave_out="4"))
    fits = principal_fits.PrincipalFits()
    assert fits.of(view, digits) is None
    qtbot.waitUntil(lambda: not fits.busy)
    found, kept = fits.of(view, digits), digits.train_images[digits.train_labels != 4]
    assert found is not None
    np.testing.assert_allclose(found.mean, kept.reshape(len(kept), -1).mean(axis=0) / 255, atol=1e-5)
    assert copied_on and threading.get_ident() not in copied_on
