"""The axes' names for who listens, and the room of all their parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel, QScrollBar, QWidget

from app.panels.axes.scene import GUTTER, short
from app.run_library import shipped_run
from models.checkpoint import save_run
from tests.app.drawings import shapes
from tests.app.parallel_axes.conftest import (
    press,
    window_of,
    words,
)

# what is measured


def test_all_parts_have_names_and_words(view) -> None:
    named = ("parallelAxes", "parallelCanvas", "axesDice", "axesFit", "axesExport", "showTwin", "sortAxes")
    for name in (*named, "addRandomLine", "addPickedLine", "addDrawingLine", "addSketchLine", "parallelDecoded"):
        part = window_of(view).findChild(QWidget, name)
        assert part is not None and part.accessibleName(), name


@pytest.mark.parametrize("width", range(1160, 1300, 20))
def test_no_word_of_the_tools_is_cut_in_any_width(view, let_turns_pass, width: int) -> None:
    window_of(view).resize(width, 800)
    let_turns_pass()
    row = [each for each in view.tools.findChildren(QWidget) if each.isVisible() and each.parent() is view.tools]
    assert all(each.width() >= each.sizeHint().width() for each in row), view.width()


def test_in_a_small_window_nothing_lies_over_another(view) -> None:
    window_of(view).resize(960, 640)
    QApplication.processEvents()
    tools = view.tools
    row = [each for each in tools.findChildren(QWidget) if each.isVisible() and each.parent() is tools]
    edges = sorted((each.x(), each.x() + each.width()) for each in row)
    assert all(right <= left for (_, right), (left, _) in zip(edges, edges[1:], strict=False))
    assert edges[-1][1] <= tools.width() and view.canvas.width() >= 120
    assert all(each.width() >= each.sizeHint().width() for each in row), "no word is cut"
    entries = {action.text(): action for action in tools.add.menu().actions()}
    assert tools.add.isVisible() and set(entries) == {"Random", "Pinned", "My sketch", "Examples"}
    tools.add.menu().aboutToShow.emit()
    assert entries["Random"].isEnabled() and not entries["My sketch"].isEnabled()
    entries["Random"].trigger()
    assert len(view._lines) == 1


def test_the_smallest_window_shows_six_axes_and_the_pictures_below_them(qtbot, open_axes, wide_run, tmp_path) -> None:
    save_run(wide_run, tmp_path / "wide.safetensors")
    view = open_axes(tmp_path / "wide.safetensors")
    beside = view.image.mapTo(view, QPoint())
    window_of(view).resize(960, 640)
    qtbot.waitUntil(lambda: view.width() < 480)
    press(view, "sortAxes")
    entries = {action.text(): action for action in view.tools.add.menu().actions()}
    for _ in range(2):
        entries["Random"].trigger()
    QApplication.processEvents()
    at = view.canvas.geometry_now()
    assert sum(at.x(place) + 18 < view.canvas.width() for place in range(64)) >= 6
    assert view.image.mapTo(view, QPoint()).y() > beside.y() + 100, "they stood beside the axes"
    assert view.image.mapTo(view, QPoint()).y() >= view.canvas.mapTo(view, view.canvas.rect().bottomLeft()).y()
    for card in view.cards.cards:
        assert card.visibleRegion().boundingRect().height() == card.height(), "not cut"
    assert words(view, "axesSummary").startswith("9 of 64 active, KL ")
    assert "held-out images" in view.findChild(QLabel, "axesSummary").toolTip()
    window_of(view).resize(1280, 800)
    qtbot.waitUntil(lambda: view.width() >= 480)
    QApplication.processEvents()
    assert view.image.mapTo(view, QPoint()).x() > view.canvas.mapTo(view, view.canvas.rect().topRight()).x()


def test_a_small_variance_is_not_said_to_be_none(open_axes) -> None:
    view = open_axes(shipped_run("ae-64-sparse"))
    canvas = view.canvas
    figure = view._measured.variances[canvas.scene.order[canvas.scene.current]]
    assert 0 < figure < 0.0095 and canvas.accessibleDescription().endswith(f"its variance is {short(figure)}.")
    assert [short(each) for each in (0.0094, 0.001, 0.0004, 0.0, 0.02)] == [".009", ".001", "4e−4", "0.00", "0.02"]


def test_axes_that_are_scrolled_away_are_clipped_in_a_drawing(view, open_axes, tmp_path: Path) -> None:
    """The scale is where they would be seen else."""
    view = open_axes(shipped_run("ae-64-sparse"))
    scroll = view.findChild(QScrollBar, "axesScroll")
    scroll.setValue(scroll.maximum() // 2)
    view.save_picture_to(tmp_path / "axes.svg")
    beyond = [
        clipped
        for tag, shape, clipped in shapes(tmp_path / "axes.svg")
        if tag in ("polygon", "polyline") and min(float(x) for x in re.findall(r"(\S+),", shape["points"])) < GUTTER
    ]
    assert beyond and all(beyond)
