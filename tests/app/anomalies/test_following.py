"""What the view makes of a training, and of images, scores or a class that are not there."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from sklearn.metrics import roc_auc_score

from app.desks import anomalies
from app.main_window import MainWindow
from app.panels.anomalies.view import Anomalies
from app.panels.anomalies.words import score_rows
from app.phase import Phase
from app.run_library import shipped_run
from models.checkpoint import save_run
from models.chunks import evenly
from models.config import RunConfig
from models.evaluation import anomaly_scores
from models.snapshot import Snapshot
from tests.app.anomalies.conftest import LEFT, click, run_of, words

SMALL = RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100, leave_out="4")


# what is not there


def test_a_class_with_no_image_is_one_sentence(window, view: Anomalies) -> None:
    window.session.view.labels = np.where(window.session.view.labels == 3, 8, window.session.view.labels)
    view.parts.odd.setFocus()
    QTest.keyClick(view.parts.odd, Qt.Key.Key_Up)
    assert words(view, "anomaliesEmptyNote") == "None of the held-out images is a 3: choose another class."
    assert not view.parts.empty.get.isVisible() and not view.parts.export.isEnabled()
    QTest.keyClick(view.parts.odd, Qt.Key.Key_Down)
    assert view.parts.histogram.isVisible()
    window.session.view.labels = np.full_like(window.session.view.labels, 3)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        QTest.keyClick(view.parts.odd, key)
        told = words(view, "anomaliesEmptyNote")
        assert told == "Every one of the held-out images is a 3: there is no other class to tell it from."


def other_data(qtbot, window: MainWindow, folder: Path, server) -> None:
    folder.mkdir()
    for name in server.files:
        (folder / name.removesuffix(".gz")).write_bytes(server.plain(name))
    window.session.data.choose(str(folder))
    qtbot.waitUntil(lambda: window.session.data.dataset.source == str(folder), timeout=20_000)


def test_the_file_s_scores_need_no_images(qtbot, window, view: Anomalies, without_fours, tmp_path, server) -> None:
    run, odd = run_of(without_fours)
    other_data(qtbot, window, tmp_path / "other", server)
    assert view.parts.roc._words[0] == f"area {roc_auc_score(odd, run.scores):.3f}"
    qtbot.waitUntil(lambda: words(view, "suspectsNeedNote") != "")  # a turn after the charts
    shown = view.parts.suspects._shown
    assert words(view, "suspectsNeedNote") == (
        "These are reconstructions: the images are in Built-in digits, which is not loaded."
    )
    assert view.findChild(QPushButton, "suspectsNeedGet").isVisible()
    snapshot = Snapshot.from_weights(run.config, run.weights)
    expected = snapshot.decode(run.codes[shown.indices])
    np.testing.assert_allclose(shown.images / 255, expected, atol=0.003)
    scroll = view.parts.stack.currentWidget()
    assert view.parts.sheet.width() <= scroll.viewport().width(), "nothing is cut at the side"
    click(view, "showShrunken")
    assert words(view, "shrunkenNote") == (
        "Shrunken images are made from the held-out ones, and those are in Built-in digits, which is not loaded."
    )
    button = view.findChild(QPushButton, "shrunkenGet")
    assert button.isVisible() and button.text() == "Get Built-in digits" and not view.parts.small.isVisible()
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: view.parts.small.isVisible() and not view.parts.originals.isVisible(), timeout=20_000)
    assert words(view, "shrunkenNote").startswith(f"{(~odd).sum()} held-out images")


def test_a_file_that_lacks_one_of_both_scores_has_both_computed(
    qtbot, window, view: Anomalies, without_fours: Path, tmp_path
) -> None:
    run, _ = run_of(without_fours)
    for lacking in ("errors", "scores"):
        save_run(replace(run, **{lacking: None}), tmp_path / "half.safetensors")
        window.session.open_run(tmp_path / "half.safetensors")
        qtbot.waitUntil(lambda: view._shown is not None, timeout=20_000)
        np.testing.assert_allclose(view._shown.scores["ink"], run.scores, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(view._shown.scores["plain"], run.errors, rtol=1e-3)


def test_a_file_without_scores_has_them_computed_or_asks_for_the_images(
    qtbot, window, view: Anomalies, without_fours: Path, tmp_path, server
) -> None:
    run, odd = run_of(without_fours)
    bare = tmp_path / "bare.safetensors"
    save_run(replace(run, scores=None, errors=None), bare)
    window.session.open_run(bare)
    qtbot.waitUntil(lambda: view._shown is not None, timeout=20_000)
    np.testing.assert_allclose(view._shown.scores["ink"], run.scores, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(view._shown.scores["plain"], run.errors, rtol=1e-3)
    window.session.open_run(without_fours)
    other_data(qtbot, window, tmp_path / "other", server)
    window.session.open_run(bare)
    assert words(view, "anomaliesEmptyNote") == (
        "This run's file keeps no scores; they are computed from its held-out images, and those are in Built-in "
        "digits, which is not loaded."
    )
    button = view.findChild(QPushButton, "anomaliesEmptyGet")
    assert button.isVisible() and button.text() == "Get Built-in digits" and not view.parts.export.isEnabled()
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: view.parts.histogram.isVisible(), timeout=20_000)


def test_a_run_s_scores_are_there_before_torch_is(qtbot, make_window, without_fours: Path) -> None:
    made = make_window(without_fours)
    made.views.show_view("anomalies")
    made.show()
    view = made.views.made("anomalies")
    assert view._shown is not None and view.parts.histogram.isVisible() and not view._marks
    qtbot.waitUntil(lambda: len(view._marks) == 3 and view.parts.small._shown is not None, timeout=60_000)


# while it learns


def until_idle(qtbot, window: MainWindow) -> None:
    window.session.training.stop()
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE, timeout=30_000)


def test_it_follows_the_training_at_a_modest_pace_and_only_while_it_is_seen(qtbot, window, view: Anomalies) -> None:
    """A threshold that was put by hand stays meanwhile."""
    session, times = window.session, []
    session.edit_config(SMALL)
    session.anomalies.scored.connect(lambda _: times.append(time.monotonic()))
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=30_000)
    qtbot.waitUntil(lambda: len(times) >= 4, timeout=30_000)
    assert np.median(np.diff(times[1:])) > 0.8, "at most about once a second"
    assert view._shown.unfinished
    assert words(view, "anomalyNote").endswith("Not trained to its end: scores of 297 held-out images.")
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not session.anomalies._worker.busy, timeout=10_000)
    before = len(times)
    for _ in range(4):
        with qtbot.waitSignal(session.training.codes_moved, timeout=10_000):
            pass
    assert len(times) == before, "nobody looks"
    view.set_threshold(0.777)
    window.views.show_view("anomalies")
    qtbot.waitUntil(lambda: len(times) > before + 1, timeout=10_000)
    assert view.threshold == 0.777, "put by hand it stays"
    until_idle(qtbot, window)
    snapshot, images = session.view.snapshot, session.data.dataset.test_images
    expected = anomaly_scores(snapshot, images)
    qtbot.waitUntil(lambda: bool(np.allclose(view._shown.scores["ink"], expected, rtol=1e-3)), timeout=15_000)


def test_while_it_learns_images_from_all_over_the_held_out_ones_are_scored(
    qtbot, window, view: Anomalies, monkeypatch
) -> None:
    """Of a set in no random order the first ones are not like the others: MNIST's are harder."""
    session, some = window.session, evenly(297, 50)
    monkeypatch.setattr(anomalies, "LIVE_IMAGES", 50)
    session.anomalies._settled.setInterval(3_600_000)  # all are scored when it rests
    session.edit_config(SMALL)
    session.start_training()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING)
    qtbot.waitUntil(lambda: view._shown is not None and len(view._shown.labels) == 50)
    until_idle(qtbot, window)
    dataset, shown = session.data.dataset, view._shown
    np.testing.assert_array_equal(shown.indices, some)
    np.testing.assert_array_equal(shown.labels, dataset.test_labels[some])
    assert [row[0] for row in score_rows(shown)] == some.tolist(), "so the file names them too"
    desk = session.anomalies
    qtbot.waitUntil(lambda: not desk._worker.busy)
    desk._pace.stop()
    desk._measure()
    qtbot.waitUntil(lambda: not desk._worker.busy)
    expected = anomaly_scores(session.view.snapshot, dataset.test_images)[some]
    np.testing.assert_allclose(view._shown.scores["ink"], expected, rtol=1e-3, atol=1e-5)
    qtbot.waitUntil(lambda: set(view.parts.suspects._shown.scores) <= set(view._shown.scores["ink"]))
    pictured = view.parts.suspects._shown
    assert set(pictured.indices) <= set(some)
    np.testing.assert_array_equal(pictured.images, dataset.test_images[pictured.indices])
    np.testing.assert_allclose(
        pictured.scores, anomaly_scores(session.view.snapshot, pictured.images), rtol=1e-3, atol=1e-5
    )


def stopped_after_some_steps(qtbot, window: MainWindow) -> None:
    window.session.edit_config(SMALL)
    window.session.start_training()
    qtbot.waitUntil(lambda: len(window.session.training.history().steps) > 5)
    until_idle(qtbot, window)
    qtbot.waitUntil(lambda: not window.session.background.busy)


def test_of_a_stopped_network_all_images_are_scored_when_it_is_first_looked_at(qtbot, window, monkeypatch) -> None:
    monkeypatch.setattr(anomalies, "LIVE_IMAGES", 50)
    stopped_after_some_steps(qtbot, window)
    window.views.show_view("anomalies")
    view = window.views.made("anomalies")
    qtbot.waitUntil(lambda: view._shown is not None and len(view._shown.labels) == 297)


def test_all_images_have_their_turn_however_long_some_of_them_take(qtbot, window, monkeypatch) -> None:
    """Of convolutions some took longer than the network had been at rest when all were due, and then again."""
    monkeypatch.setattr(anomalies, "LIVE_IMAGES", 50)
    stopped_after_some_steps(qtbot, window)
    desk, scored, done = window.session.anomalies, [], threading.Event()
    desk.scored.connect(lambda shown: scored.append(len(shown.labels)))
    desk.set_visible(True)
    qtbot.waitUntil(lambda: not desk._worker.busy)
    desk._settled.stop()
    scored.clear()
    desk._worker.submit(done.wait, lambda _: None, lambda _: None)  # some are still being scored
    desk._settled.timeout.emit()
    done.set()
    qtbot.waitUntil(lambda: len(scored) > 0)
    assert scored == [297]


def test_shrunken_digits_that_come_late_are_not_shown_for_another_network(qtbot, window) -> None:
    """They come a moment after the scores, and by then a run may have been opened whose images are not here."""
    window.views.show_view("anomalies")
    session, desk, told = window.session, window.session.anomalies, []
    qtbot.waitUntil(lambda: not desk._worker.busy and window.views.made("anomalies")._shown is not None)
    desk.shrunken_shown.connect(lambda shown: told.append("shown"))
    desk.shrunken_missing.connect(lambda *_: told.append("missing"))
    view = session.view.again()
    view.look_through_weights()
    session.opener._show(view)
    with qtbot.waitSignal(desk._worker.freed):
        pass
    session.open_run(shipped_run("ae-2"))
    later: list[None] = []
    QTimer.singleShot(3 * anomalies.APART_MS, lambda: later.append(None))  # after theirs
    qtbot.waitUntil(lambda: len(later) > 0)
    assert told[-1] == "missing"


def test_a_button_trains_without_the_odd_one(qtbot, window, view: Anomalies) -> None:
    session = window.session
    view.parts.odd.setFocus()
    QTest.keyClick(view.parts.odd, Qt.Key.Key_8)
    click(view, "trainWithout")
    assert window.training_panel.config().leave_out == "8" and session.config.leave_out == "8"
    assert window.message_bar.messages[-1].text == "The training form has these settings now: press Train."
    session.edit_config(SMALL.replace(epochs=1, leave_out=session.config.leave_out))
    with qtbot.waitSignal(session.training_ended, timeout=30_000):
        QTest.mouseClick(window.training_panel.buttons.start, LEFT)
    qtbot.waitUntil(lambda: words(view, "anomalyNote").startswith("This network has never seen an 8."), timeout=20_000)
