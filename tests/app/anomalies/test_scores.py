"""Scores, curve and threshold against numpy and scikit-learn, the images that they pick out, and other odd ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from app import amounts
from app.desks.anomalies import SHARE
from app.panels.anomalies.histogram import AnomalyHistogram
from app.panels.anomalies.view import Anomalies
from app.panels.draw.examples import ink_of, load_examples
from app.run_library import shipped_run
from app.seen.suspicion import SCORES, Mark, Scored
from app.wiring.anomalies import WITHOUT_FOURS
from models.checkpoint import load_run
from models.datasets import Dataset
from models.evaluation import anomaly_scores, reconstruction_errors
from models.shrinking import shrunken
from models.sketch import to_mnist_format
from models.snapshot import Snapshot
from tests.app.anomalies.conftest import LEFT, click, run_of, words
from tests.app.mouse_moves import press_and_lose_the_release


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


def test_a_threshold_whose_release_is_lost_stays(view: Anomalies) -> None:
    chart, start, before = view.parts.histogram, at_threshold(view), view.threshold
    press_and_lose_the_release(chart, start, start + QPoint(60, 0))
    assert view.threshold == before


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
        assert f"{amounts.counted(len(members), 'image')}." in words(view, "suspectsNote")
        np.testing.assert_array_equal(shown.images, digits.test_images[shown.indices])
    assert not any(button.isChecked() for button in view.parts.orders.values())
    row = view.parts.suspects
    QTest.mouseClick(row, LEFT, pos=row.picture_rect(0).center().toPoint())
    assert borrowed_window.session.look.pin.index == shown.indices[0]
    assert view.parts.suspects._pinned == shown.indices[0]


def test_most_and_least_suspicious(borrowed_window, view: Anomalies, without_fours: Path) -> None:
    run, odd = run_of(without_fours)
    assert view.parts.suspects._shown.indices.tolist() == np.argsort(-run.scores, kind="stable")[:40].tolist()
    assert view.parts.suspects._shown.total == len(run.scores) == 297, "of whom these are the first"
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
    assert text.startswith(f"{len(normal)} held-out images at 60 % of their size")
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


def test_a_class_may_stand_apart_though_it_was_trained_on(borrowed_window, view: Anomalies) -> None:
    borrowed_window.session.open_run(shipped_run("vae-2"))
    for kind, odd, rest in (
        ("ink", 1, ": the network redraws it better than the others."),
        ("ink", 3, ", so little sets it apart."),
        ("plain", 3, ", so little sets it apart."),
        ("plain", 2, ", yet the network redraws it worse than the others."),
    ):
        view.choose_score(kind)
        view.odd_chosen.emit(odd)
        says = f"This run has left nothing out. The {odd} only counts as odd here{rest}"
        assert words(view, "anomalyNote") == says, view.parts.roc._words


def test_a_hundredth_of_a_percent_is_not_nothing(view: Anomalies) -> None:
    before, labels = view._shown, np.append(np.zeros(10_000, int), 4)
    scores = np.append(np.zeros(9_999), [1.0, 1.0])
    view.show_scores(
        Scored(dict.fromkeys(SCORES, scores), before.indices, labels, 4, 4, before.class_names, before.unit)
    )
    assert words(view, "anomalyFalseAlarms") == "others: 1 of 10,000 flagged, < 0.1 % false alarms"
    seen = QTextDocument()
    seen.setHtml(view.parts.alarms.text())
    assert seen.toPlainText() == "■ others: 1 of 10,000 flagged, < 0.1 % false alarms"
    view.show_scores(before)


@pytest.mark.parametrize("score", [0.0, 0.3, 9e17, 3e38])
def test_scores_that_are_all_equal_stand_in_one_bar(qtbot: QtBot, score: float) -> None:
    chart = AnomalyHistogram()
    qtbot.addWidget(chart)
    chart.resize(400, 240)
    chart.show_scores(np.full(90, score), np.full(10, score), "score", "4")
    chart.show_threshold(score)
    assert not chart.grab().isNull()
    assert (chart.counts > 0).sum(axis=1).tolist() == [1, 1] and chart.counts.sum() == 100
    assert chart.area().left() <= chart.place(score, 0).x() < chart.area().right()


def test_scores_near_a_hundred_are_plain_numbers(view: Anomalies) -> None:
    before, blank = view._marks, np.zeros((28, 28), np.uint8)
    told = {"one": 99.4, "two": 99.6, "three": 99.99, "four": 0.123, "five": -0.0123, "six": 0.5}
    view.show_marks([Mark(title, blank, dict.fromkeys(SCORES, score)) for title, score in told.items()])
    view.set_threshold(1e6)
    assert view.parts.verdicts.text() == "Passes: one 99, two 100, three 100, four 0.12, five −0.012, six 0.50."
    view.show_marks(before)


def test_another_class_in_a_run_that_left_one_out(qtbot, view: Anomalies, without_fours: Path) -> None:
    labels = run_of(without_fours)[0].labels
    view.parts.odd.setFocus()
    QTest.keyClick(view.parts.odd, Qt.Key.Key_Up)
    before = view.parts.suspects._shown
    qtbot.waitUntil(lambda: view.parts.suspects._shown is not before)  # a turn after the charts
    shown = view.parts.suspects._shown
    assert shown.odd.tolist() == (labels[shown.indices] == 3).tolist() and shown.odd.any()
    assert words(view, "anomalyNote") == ("The 3 counts as odd here, but was trained on; this run went without the 4.")
