"""The view in files, in words, in both themes and in windows of any size."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from sklearn.metrics import roc_curve

from app import theme
from app.exporting_views import picture_size, run_shown
from app.panels.anomalies.view import Anomalies
from tests.app.anomalies.conftest import run_of


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
    assert list(rows[0])[:2] == ["held_out_image", "label"], "as in every other file"
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
    assert QImage(str(tmp_path / "picture.png")).size() == picture_size(view.parts.sheet, title=run_shown(view)) * 2
    view.save_picture_to(tmp_path / "picture.svg")
    written = "".join(ElementTree.parse(tmp_path / "picture.svg").getroot().itertext())
    assert "excess error, nats per unit of ink" in written and "false alarms" in written
    assert run_shown(view) == without_fours.stem and run_shown(view) in written
    best, orders = view.parts.best, view.findChild(QPushButton, "mostSuspicious")
    for button in (best, orders):
        assert button.isVisible() and button.text() not in written, "nobody can press it there"
        grounds = button.grab().toImage()
        assert len({grounds.pixel(x, 12) for x in range(grounds.width())}) > 3, "here it is still seen"
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


def test_in_the_smallest_window_words_have_the_width_and_their_button_is_below(
    borrowed_window, view: Anomalies, let_turns_pass, vae_file: Path
) -> None:
    borrowed_window.session.open_run(vae_file)
    borrowed_window.resize(960, 640)
    let_turns_pass()
    note, button = view.findChild(QLabel, "anomalyNote"), view.parts.open_run
    assert button.isVisible() and note.text()
    assert note.width() > 240
    assert button.mapTo(view, QPoint(0, 0)).y() > note.mapTo(view, note.rect().bottomLeft()).y()
    borrowed_window.resize(1280, 800)
    let_turns_pass()
