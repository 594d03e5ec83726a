"""A window on a low screen: what one draws on and reads has room, and nothing lies over another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app import theme
from app.panels.draw.panel import SketchPanel
from tests.app.test_sketch_panel import reading


@pytest.fixture
def panel(qapp, qtbot) -> Iterator[SketchPanel]:
    """In a widget of its own: a window would be as high as all needs at first."""
    theme.apply(qapp, "light")  # before, as in the program: widgets keep the font that they were made with
    around = QWidget()
    qtbot.addWidget(around)
    made = SketchPanel()
    made.setParent(around)
    around.resize(400, 400)
    around.show()
    yield made  # which goes with what is around it


def test_in_a_low_column_the_findings_stand_beside_the_canvas(panel) -> None:
    """As in a window of 1093 x 580, a screen of 1366 x 768 at 125 %: the canvas had 42 pixels."""
    words = panel.stage.labels
    for height in (209, 340, 209):
        panel.resize(384, height)
        QApplication.processEvents()
        pad = panel.pad
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 30))
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 80))
        panel.show_reading(reading())
        QApplication.processEvents()
        low, findings = height == 209, panel.findings
        assert pad.width() == pad.height() >= 112
        assert [label.isVisible() for label in words] == 3 * [not low]
        assert findings.isVisible() and panel.rect().contains(findings.geometry())
        left = findings.mapTo(panel, QPoint()).x()
        edge = panel.stage.mapTo(panel, panel.stage.images[0].geometry().topRight()).x() if low else 0
        assert left > edge and left + findings.width() <= panel.width()
        vote = panel.findChild(QLabel, "sketchVote")
        thumbs = panel.findChild(QWidget, "sketchNeighbours")
        assert vote.text() == "looks like a 3 (4 of 5)" and panel.findChild(QLabel, "sketchCode").isVisible() != low
        inside = findings.rect()
        error = panel.findChild(QLabel, "sketchError")
        assert error.heightForWidth(error.width()) <= error.height(), "the sentence is whole"
        places = [each.geometry() for each in (error, thumbs, vote)]
        assert all(inside.contains(each) for each in places)
        assert not any(a.intersects(b) for a, b in itertools.combinations(places, 2))


@pytest.mark.parametrize("width", [336, 384])  # columns in which the longest sentence takes three lines, and two
def test_where_findings_stand_is_a_matter_of_the_size_alone(panel, width: int) -> None:
    """Beside the canvas their letters are smaller, as if they had room below: at each pixel of a drag they moved."""

    def beside(height: int) -> bool:
        panel.resize(width, height)
        QApplication.processEvents()
        return panel.findings.parent() is panel.stage

    heights = range(220, 320, 4)
    lower, higher = ([beside(height) for height in order] for order in (heights, reversed(heights)))
    assert lower == higher[::-1] and set(lower) == {False, True}


def test_in_the_narrowest_column_the_sentence_beside_the_canvas_is_whole(qtbot, panel) -> None:
    """The canvas is no higher there than the room beside it is wide, but what stands beside it may be."""
    panel.resize(320, 209)
    QTest.mousePress(panel.pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 30))
    QTest.mouseRelease(panel.pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 80))
    panel.show_reading(reading())
    error = panel.findChild(QLabel, "sketchError")
    qtbot.waitUntil(lambda: panel.findings.parent() is panel.stage and error.width() > 100)
    QApplication.processEvents()
    assert error.heightForWidth(error.width()) <= error.height()


def test_in_the_window_of_a_small_laptop_all_can_be_used(qtbot, borrowed_window) -> None:
    """1366 x 768 at 125 %, less a panel and a title."""
    window = borrowed_window
    least = window.minimumSize()
    window.setMinimumSize(960, 580)  # as on such a screen
    window.resize(1093, 580)
    pad, form = window.sketch_panel.pad, window.training_panel
    qtbot.waitUntil(lambda: window.height() == 580 and pad.width() >= 110)
    panels = (form, window.loss_plot, window.decoded_panel, window.sketch_panel, window.strip, window.views)
    assert all(each.height() >= each.minimumSizeHint().height() for each in panels)
    window.setMinimumSize(least)


def test_on_a_low_screen_the_canvas_is_no_smaller_than_the_decoded_image(qtbot, borrowed_window) -> None:
    window = borrowed_window
    window.resize(1366, 705)
    pad, decoded = window.sketch_panel.pad, window.decoded_panel.image
    qtbot.waitUntil(lambda: pad.width() >= decoded.width() >= 112)


@pytest.mark.parametrize("width", range(336, 396, 4))
def test_while_one_draws_under_noise_the_canvas_keeps_its_size(panel, width: int) -> None:
    """Where an error "per image to the clean sketch" took a third line, for some figures, the canvas gave way."""
    panel.resize(width, 320)
    QTest.mousePress(panel.pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 30))
    QTest.mouseRelease(panel.pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 80))
    error, sizes = panel.findChild(QLabel, "sketchError"), set()
    for figure, percentile in ((118.7, 99.5), (8.57, 42.0), (57.9, 100.0), (0.951, 1.0), (101.2, 78.0), (9.94, 10.0)):
        panel.show_reading(reading(unit="squared error", error=figure, percentile=percentile, noise="σ = 0.50"))
        for _ in range(2):  # a second turn where the findings have come from beside the canvas
            QApplication.processEvents()
        sizes.add(panel.pad.size().toTuple())
        assert error.heightForWidth(error.width()) <= error.height(), "the sentence is whole"
    assert len(sizes) == 1
