"""The anomalies view against numpy and scikit-learn, used with mouse and keys, stored, live and with nothing there."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from app import theme
from app.desks.anomalies import SHARE
from app.exporting_views import picture_size
from app.main_window import MainWindow
from app.panels.anomalies.view import Anomalies
from app.panels.draw.examples import ink_of, load_examples
from app.phase import Phase
from app.run_library import shipped_run
from app.wiring.anomalies import WITHOUT_FOURS
from models.checkpoint import Run, load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.evaluation import anomaly_scores, reconstruction_errors
from models.shrinking import shrunken
from models.sketch import to_mnist_format
from models.snapshot import Snapshot
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
SMALL = RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100, leave_out="4")


@pytest.fixture(scope="session")
def without_fours(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved 4-D VAE of the built-in digits that has never seen a 4."""
    path = tmp_path_factory.mktemp("runs") / "without-4.safetensors"
    save_run(trained(digits, kind="vae", latent_dim=4, epochs=20, leave_out="4"), path)
    return path


@pytest.fixture(scope="module")
def lent_run(without_fours: Path) -> Path:
    return without_fours


@pytest.fixture
def view(qtbot, any_window: MainWindow, without_fours: Path) -> Anomalies:
    """The view on the run without 4s, with all that is computed, as one finds it at first."""
    if any_window.session.view.run.path != without_fours:
        any_window.session.open_run(without_fours)
    any_window.sketch_panel.pad.sheet.clear()
    any_window.views.show_view("anomalies")
    made = any_window.views.made("anomalies")
    assert isinstance(made, Anomalies)
    qtbot.waitUntil(lambda: made._shown is not None and made.parts.small._shown is not None, timeout=20_000)
    made.odd_chosen.emit(4)
    made.choose_score("ink")
    made.parts.orders["most"].click()
    made.parts.best.click()
    made.parts.suspects.point_at(-1)
    return made


def run_of(path: Path) -> tuple[Run, np.ndarray]:
    """The saved run, and which of its held-out images are 4s."""
    run = load_run(path)
    return run, run.labels == 4


def click(view: Anomalies, name: str) -> None:
    QTest.mouseClick(view.findChild(QWidget, name), LEFT)


def words(view: QWidget, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.accessibleName() or label.text() if label.isVisible() else ""


def counted(odd: np.ndarray, scores: np.ndarray, threshold: float) -> tuple[int, int]:
    """Hits and false alarms, by scikit-learn."""
    (_, alarms), (_, hits) = confusion_matrix(odd, scores >= threshold)
    return int(hits), int(alarms)


def said(view: Anomalies) -> tuple[int, int]:
    """Hits and false alarms as they are written."""
    found = [words(view, name).split(": ")[1].split(" of ")[0] for name in ("anomalyHits", "anomalyFalseAlarms")]
    return int(found[0].replace(",", "")), int(found[1].replace(",", ""))


def at_threshold(view: Anomalies) -> QPoint:
    chart = view.parts.histogram
    return QPointF(chart.place(view.threshold, 0).x(), chart.area().center().y()).toPoint()


# numbers


def test_areas_curves_and_bars_are_scikit_learns_and_numpys(view: Anomalies, without_fours: Path) -> None:
    run, odd = run_of(without_fours)
    for kind, scores in (("ink", run.scores), ("plain", run.errors)):
        view.choose_score(kind)
        false_alarms, hits, _ = roc_curve(odd, scores, drop_intermediate=False)
        np.testing.assert_allclose(view.parts.roc.curve.false_alarms, false_alarms, atol=1e-12)
        np.testing.assert_allclose(view.parts.roc.curve.hits, hits, atol=1e-12)
        area = roc_auc_score(odd, scores)
        assert view.parts.roc._words[0] == f"area {area:.3f}"
        assert f"Area {area:.3f}." in view.parts.roc.accessibleDescription()
        chart = view.parts.histogram
        for row, which in enumerate((~odd, odd)):
            inside, _ = np.histogram(scores[which], chart.edges)
            inside[0] += (scores[which] < chart.low).sum()
            inside[-1] += (scores[which] >= chart.high).sum()
            assert chart.counts[row].tolist() == inside.tolist(), "both kinds stand in the same bins"
        np.testing.assert_allclose(chart.shares().sum(axis=1), 1)


def test_it_begins_where_hits_exceed_false_alarms_the_most(view: Anomalies, without_fours: Path) -> None:
    run, odd = run_of(without_fours)
    false_alarms, hits, thresholds = roc_curve(odd, run.scores, drop_intermediate=False)
    assert view.threshold == pytest.approx(thresholds[(hits - false_alarms).argmax()])
    assert said(view) == counted(odd, run.scores, view.threshold)
    share = 100 * said(view)[0] / odd.sum()
    assert words(view, "anomalyHits") == f"left-out 4: {said(view)[0]} of {odd.sum()} flagged, {share:.0f} % hits"
    assert view.parts.roc.point == (said(view)[1] / (~odd).sum(), said(view)[0] / odd.sum())


# the threshold


def test_the_line_is_dragged(view: Anomalies, without_fours: Path) -> None:
    run, odd = run_of(without_fours)
    chart, start = view.parts.histogram, at_threshold(view)
    QTest.mouseMove(chart, start)
    assert chart.cursor().shape() == Qt.CursorShape.SplitHCursor
    QTest.mousePress(chart, LEFT, pos=start)
    for away in (20, 40, 60):
        QTest.mouseMove(chart, start + QPoint(away, 0))
        assert view.threshold == pytest.approx(chart.value_at(start.x() + away))
        assert said(view) == counted(odd, run.scores, view.threshold)
    QTest.mouseRelease(chart, LEFT, pos=start + QPoint(60, 0))
    moved = view.threshold
    QTest.mouseMove(chart, start + QPoint(90, 0))
    assert view.threshold == moved, "it was let go"
    assert view.parts.suspects._shown.wanted.order == "most", "no bar was meant"
    click(view, "bestThreshold")
    assert view.threshold < moved


def test_keys_move_it(view: Anomalies, without_fours: Path) -> None:
    run, odd = run_of(without_fours)
    chart, begin = view.parts.histogram, view.threshold

    assert QApplication.focusWidget() is chart, "the view gives it the keyboard"
    step = (chart.high - chart.low) / 200
    for key, expected in ((Qt.Key.Key_Right, begin + step), (Qt.Key.Key_Left, begin), (Qt.Key.Key_Up, begin + step)):
        QTest.keyClick(chart, key)
        assert view.threshold == pytest.approx(expected)
    QTest.keyClick(chart, Qt.Key.Key_PageUp)
    assert view.threshold == pytest.approx(begin + 11 * step)
    assert said(view) == counted(odd, run.scores, view.threshold)
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert view.threshold == chart.low and said(view) == (odd.sum(), (~odd).sum())
    QTest.keyClick(view.parts.roc, Qt.Key.Key_End)
    assert view.threshold == chart.high, "the curve hands its keys on"


def test_a_click_on_the_curve_takes_its_threshold(view: Anomalies, without_fours: Path) -> None:
    run, odd = run_of(without_fours)
    curve = view.parts.roc
    false_alarms, hits, thresholds = roc_curve(odd, run.scores, drop_intermediate=False)
    wanted = int(np.abs(false_alarms - 0.5).argmin())
    QTest.mouseClick(curve, LEFT, pos=curve.place(false_alarms[wanted], hits[wanted]).toPoint())
    pixel = 1.5 / min(curve.area().width(), curve.area().height())
    assert view.parts.roc.point == pytest.approx((false_alarms[wanted], hits[wanted]), abs=pixel)
    assert view.threshold in thresholds and said(view) == counted(odd, run.scores, view.threshold)


# pictures


def click_bar(view: Anomalies, bar: int) -> tuple[float, float]:
    chart = view.parts.histogram
    low, high = chart.edges[bar], chart.edges[bar + 1]
    y = chart.area().top() + 30
    QTest.mouseClick(chart, LEFT, pos=QPointF(chart.place((low + high) / 2, 0).x(), y).toPoint())
    return chart.bar_range(bar)


def test_a_bar_shows_its_images_and_one_can_be_pinned(
    borrowed_window, view: Anomalies, without_fours, digits: Dataset
) -> None:
    run, _ = run_of(without_fours)
    view.set_threshold(view.parts.histogram.high)  # out of the way
    for bar in (
        int(view.parts.histogram.counts[0].argmax()),
        int(np.flatnonzero(view.parts.histogram.counts.any(0))[-1]),
    ):
        low, high = click_bar(view, bar)
        shown = view.parts.suspects._shown
        members = np.flatnonzero((run.scores >= low) & (run.scores < high))
        assert shown.total == len(members) and set(shown.indices) == set(members[np.argsort(-run.scores[members])][:40])
        assert f"{len(members):,} images." in words(view, "suspectsNote")
        np.testing.assert_array_equal(shown.images, digits.test_images[shown.indices])
    assert not any(button.isChecked() for button in view.parts.orders.values())
    row = view.parts.suspects
    QTest.mouseClick(row, LEFT, pos=row.picture_rect(0).center().toPoint())
    assert borrowed_window.session.look.pin.index == shown.indices[0]
    assert view.parts.suspects._pinned == shown.indices[0]


def test_most_and_least_suspicious(borrowed_window, view: Anomalies, without_fours: Path) -> None:
    run, odd = run_of(without_fours)
    assert view.parts.suspects._shown.indices.tolist() == np.argsort(-run.scores, kind="stable")[:40].tolist()
    click(view, "leastSuspicious")
    shown, row = view.parts.suspects._shown, view.parts.suspects
    assert shown.indices.tolist() == np.argsort(run.scores, kind="stable")[:40].tolist()
    assert shown.odd.tolist() == odd[shown.indices].tolist() and shown.missing == ("", "")
    click(view, "plainScore")
    shown = view.parts.suspects._shown
    assert shown.indices.tolist() == np.argsort(run.errors, kind="stable")[:40].tolist(), "by the score looked at"
    row.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(row, key)
    assert borrowed_window.session.look.pin.index == shown.indices[1]
    assert row.accessibleDescription().startswith(f"Held-out image {shown.indices[1]}: ")


def test_ctrl_and_arrows_walk_over_the_bars(view: Anomalies) -> None:
    chart = view.parts.histogram
    filled = np.flatnonzero(chart.counts.any(axis=0)).tolist()
    QTest.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    first = chart.bar
    QTest.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert filled.index(chart.bar) == filled.index(first) + 1
    QTest.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert chart.bar == first and view.parts.suspects._shown.wanted.low == chart.bar_range(first)[0]


# what was never seen, and what is small


def test_examples_and_the_sketch_are_scored_and_judged(
    qtbot, borrowed_window, view: Anomalies, without_fours: Path
) -> None:
    run, _ = run_of(without_fours)
    snapshot = Snapshot.from_weights(run.config, run.weights)
    never_seen = [each for each in load_examples() if not each.is_digit]
    titles = [mark.title for mark, _ in view.parts.histogram.marks]
    assert sorted(titles) == sorted(each.title for each in never_seen) and len(titles) == 3
    for example in never_seen:
        image = to_mnist_format(ink_of(example))[None]
        score = next(score for mark, score in view.parts.histogram.marks if mark.title == example.title)
        assert score == pytest.approx(anomaly_scores(snapshot, image)[0], rel=1e-5)
    pad = borrowed_window.sketch_panel.pad
    QTest.mousePress(pad, LEFT, pos=QPoint(40, 30))
    QTest.mouseMove(pad, QPoint(60, 90))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(60, 90))
    qtbot.waitUntil(lambda: "your sketch" in words(view, "anomalyVerdicts"))
    click(view, "plainScore")
    score = next(score for mark, score in view.parts.histogram.marks if mark.title == "your sketch")
    assert score == pytest.approx(
        reconstruction_errors(snapshot, borrowed_window.session.sketch.seen[None])[0], rel=1e-4
    )
    view.set_threshold(score + 0.01)
    passed = words(view, "anomalyVerdicts").partition("Passes: ")[2]
    assert "your sketch" in passed
    view.set_threshold(score)
    assert "your sketch" in words(view, "anomalyVerdicts").partition("Passes: ")[0], "at the threshold it is flagged"
    borrowed_window.session.sketch.set_noisy(True)
    qtbot.waitUntil(lambda: "your noisy sketch" in words(view, "anomalyVerdicts"))
    noisy = next(score for mark, score in view.parts.histogram.marks if mark.title == "your noisy sketch")
    assert noisy == pytest.approx(
        reconstruction_errors(snapshot, borrowed_window.session.sketch.seen[None])[0], rel=1e-4
    )
    assert noisy > score, "noise cannot be redrawn"
    borrowed_window.session.sketch.clear()
    assert "sketch" not in words(view, "anomalyVerdicts") and len(view.parts.histogram.marks) == 3


def test_pictures_of_marks_never_overlap_and_stay_inside(view: Anomalies) -> None:
    chart = view.parts.histogram
    chart.show_marks([(mark, 1e6) for mark, _ in chart.marks])
    boxes = chart.mark_places()
    assert all(a.right() < b.left() for a, b in zip(boxes, boxes[1:], strict=False))
    assert boxes[0].left() >= 0 and boxes[-1].right() <= chart.width()


def test_shrunken_digits_fool_the_plain_error(view: Anomalies, without_fours: Path, digits: Dataset) -> None:
    run, odd = run_of(without_fours)
    snapshot = Snapshot.from_weights(run.config, run.weights)
    normal = digits.test_images[~odd]
    small = shrunken(normal, SHARE)
    truth, areas = np.repeat([0, 1], len(normal)), {}
    for kind, score in (("ink", anomaly_scores), ("plain", reconstruction_errors)):
        areas[kind] = roc_auc_score(truth, np.concatenate([score(snapshot, normal), score(snapshot, small)]))
    click(view, "showShrunken")
    text = words(view, "shrunkenNote")
    assert text.startswith(f"{len(normal)} held-out digits at 60 % of their size")
    assert f"plain error {areas['plain']:.2f}, per ink {areas['ink']:.2f} " in text
    row = view.parts.small
    assert row.isVisible() and not view.parts.suspects.isVisible()
    assert len(row._shown.images) == 6 and row.accessibleDescription().count("→") == 12
    click(view, "mostSuspicious")
    assert view.parts.suspects.isVisible() and not row.isVisible()


@pytest.mark.mnist
def test_on_mnist_shrinking_fools_the_plain_error_and_not_the_other(mnist: Dataset) -> None:
    run = load_run(shipped_run(WITHOUT_FOURS))
    snapshot = Snapshot.from_weights(run.config, run.weights)
    normal = mnist.test_images[run.labels != 4][::20]
    truth, small = np.repeat([0, 1], len(normal)), shrunken(normal, SHARE)
    plain, per_ink = (
        roc_auc_score(truth, np.concatenate([score(snapshot, normal), score(snapshot, small)]))
        for score in (reconstruction_errors, anomaly_scores)
    )
    assert plain < 0.45 and per_ink > 0.97


def test_the_shipped_run_tells_fours_apart() -> None:
    run, odd = run_of(shipped_run(WITHOUT_FOURS))
    assert roc_auc_score(odd, run.scores) > 0.97 and 0.9 < roc_auc_score(odd, run.errors) < 0.93
    assert run.report["left_out_roc_area"] == pytest.approx(roc_auc_score(odd, run.scores), abs=1e-4)


# nothing left out


def test_a_run_that_left_nothing_out_says_so(qtbot, borrowed_window, view: Anomalies, vae_file: Path) -> None:
    borrowed_window.session.open_run(vae_file)
    run = load_run(vae_file)
    assert words(view, "anomalyNote") == (
        "This run has left nothing out. The 4 only counts as odd here, so little sets it apart."
    )
    assert view.parts.roc._words[0] == f"area {roc_auc_score(run.labels == 4, run.scores):.3f}"
    view.parts.odd.setFocus()
    for _ in range(3):
        QTest.keyClick(view.parts.odd, Qt.Key.Key_Down)
    assert view.parts.odd.currentText() == "7"
    assert view.parts.roc._words[0] == f"area {roc_auc_score(run.labels == 7, run.scores):.3f}"
    assert words(view, "anomalyHits").startswith("odd 7: ")
    assert view.parts.open_run.isVisible()
    click(view, "openLeftOut")
    shown = borrowed_window.session.view
    assert shown.config.leave_out == "4" and shown.run.path.stem == "vae-16-without-4"
    assert view.parts.odd.currentText() == "4" and not view.parts.open_run.isVisible()
    assert words(view, "anomalyNote").startswith("This network has never seen a 4.")
    assert view.parts.roc._words[0] == f"area {shown.run.report['left_out_roc_area']:.3f}"


def test_another_class_in_a_run_that_left_one_out(view: Anomalies) -> None:
    view.parts.odd.setFocus()
    QTest.keyClick(view.parts.odd, Qt.Key.Key_Up)
    assert words(view, "anomalyNote") == ("The 3 counts as odd here, but was trained on; this run went without the 4.")


def test_a_class_with_no_image_is_one_sentence(window, view: Anomalies) -> None:
    window.session.view.labels = np.where(window.session.view.labels == 3, 8, window.session.view.labels)
    view.parts.odd.setFocus()
    QTest.keyClick(view.parts.odd, Qt.Key.Key_Up)
    assert words(view, "anomaliesEmptyNote") == "None of the held-out images is a 3: choose another class."
    assert not view.parts.empty.get.isVisible() and not view.parts.export.isEnabled()
    QTest.keyClick(view.parts.odd, Qt.Key.Key_Down)
    assert view.parts.histogram.isVisible()


# without the images, without scores


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
        "Shrunken digits are made from the held-out images, and those are in Built-in digits, which is not loaded."
    )
    button = view.findChild(QPushButton, "shrunkenGet")
    assert button.isVisible() and button.text() == "Get Built-in digits…" and not view.parts.small.isVisible()
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: view.parts.small.isVisible() and not view.parts.originals.isVisible(), timeout=20_000)
    assert words(view, "shrunkenNote").startswith(f"{(~odd).sum()} held-out digits")


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
    assert button.isVisible() and button.text() == "Get Built-in digits…" and not view.parts.export.isEnabled()
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


# exports, words, themes


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_numbers_and_pictures_are_written(
    borrowed_window, view: Anomalies, without_fours: Path, tmp_path: Path
) -> None:
    run, odd = run_of(without_fours)
    view.save_scores_to(tmp_path / "scores.csv")
    assert borrowed_window.message_bar.messages[-1].text == f"Saved as “{tmp_path / 'scores.csv'}”."
    rows = rows_of(tmp_path / "scores.csv")
    assert [int(row["odd"]) for row in rows] == odd.astype(int).tolist()
    assert [float(row["score_per_ink"]) for row in rows] == pytest.approx(run.scores.tolist())
    assert [float(row["plain_error"]) for row in rows] == pytest.approx(run.errors.tolist())
    view.save_roc_to(tmp_path / "roc.csv")
    rows = [row for row in rows_of(tmp_path / "roc.csv") if row["score"] == "plain"]
    false_alarms, hits, thresholds = roc_curve(odd, run.errors, drop_intermediate=False)
    assert [float(row["threshold"]) for row in rows] == pytest.approx(thresholds.tolist())
    assert [float(row["hit_share"]) for row in rows] == pytest.approx(hits.tolist())
    assert [float(row["false_alarm_share"]) for row in rows] == pytest.approx(false_alarms.tolist())
    view.save_picture_to(tmp_path / "picture.png")
    assert QImage(str(tmp_path / "picture.png")).size() == picture_size(view.parts.sheet) * 2
    view.save_picture_to(tmp_path / "picture.svg")
    written = "".join(ElementTree.parse(tmp_path / "picture.svg").getroot().itertext())
    assert "excess error, nats per unit of ink" in written and "false alarms" in written
    view.save_picture_to(tmp_path / "missing" / "picture.png")
    assert "could not be" in borrowed_window.message_bar.messages[-1].text


def test_everything_has_its_words(borrowed_window, view: Anomalies) -> None:
    assert view.objectName() == "anomalies"
    names = "anomalyHistogram anomalyRoc oddClass bestThreshold openLeftOut suspects shrunkenDigits inkScore plainScore"
    for name in names.split() + [
        "trainWithout",
        "mostSuspicious",
        "leastSuspicious",
        "showShrunken",
        "anomaliesExport",
    ]:
        widget = view.findChild(QWidget, name)
        assert widget.accessibleName() or widget.text(), name
        assert widget.toolTip() or name == "suspects", name


@pytest.mark.parametrize("dark", [False, True])
def test_both_themes(qapp: QApplication, view: Anomalies, dark: bool) -> None:
    theme.apply(qapp, "dark" if dark else "light")
    chart = view.parts.histogram
    view.set_threshold(chart.high - 0.25 * (chart.high - chart.low))
    picture = view.grab().toImage()
    ratio, corner = picture.width() / view.width(), chart.mapTo(view, QPoint(0, 0))

    def colour_at(x: float, y: float) -> str:
        return picture.pixelColor(int(ratio * (corner.x() + x)), int(ratio * (corner.y() + y))).name()

    assert colour_at(chart.place(chart.threshold, 0).x(), chart.area().top() + 40) == theme.colours().accent
    assert colour_at(chart.area().left() + 2, 4) == theme.colours().surface
    theme.apply(qapp, "light")


def test_the_room_decides_what_stands_below_each_other(
    borrowed_window, view: Anomalies, let_turns_pass: Callable[[], None]
) -> None:
    assert view.parts.shrunk.isVisible() and not view.parts.small.isVisible()
    assert view.parts.sheet.height() <= view.parts.stack.height(), "all stands in a window of 1280 x 800"
    borrowed_window.resize(1920, 1080)
    let_turns_pass()
    assert not view.parts.shrunk.isVisible() and view.parts.small.isVisible() and view.parts.suspects.isVisible()
    assert view.parts.sheet.height() <= view.parts.stack.height()
    assert math.isclose(view.parts.suspects.side, 56)


def test_in_the_smallest_window_nothing_is_cut_at_the_side(borrowed_window, view: Anomalies, let_turns_pass) -> None:
    borrowed_window.resize(960, 640)
    let_turns_pass()
    scroll = view.parts.stack.currentWidget()
    assert view.parts.sheet.width() <= scroll.viewport().width()
    assert view.parts.roc.y() > view.parts.histogram.y() and view.parts.kinds["plain"].text() == "Plain"
    train = view.parts.train
    assert train.width() >= train.sizeHint().width() and train.mapTo(view, train.rect().topRight()).x() < view.width()
    assert train.y() > view.parts.kinds["plain"].mapTo(view, QPoint(0, 0)).y(), "in a row of its own"
    borrowed_window.resize(1280, 800)
    let_turns_pass()
    assert view.parts.roc.x() > view.parts.histogram.x() and view.parts.kinds["plain"].text() == "Plain error"
