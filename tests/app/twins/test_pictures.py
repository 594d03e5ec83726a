"""The twins' pictures, and the words and numbers below them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.main_window import MainWindow
from app.panels.twins.pictures import TwinPictures
from app.panels.twins.view import Twins
from app.seen.twins import TwinSpot
from models.twins import SIDES


@pytest.mark.parametrize(
    ("error", "caption", "description"),
    [
        (0.0412, "AE .041", "AE, squared error 0.0412 per pixel"),
        (1.234, "AE 1.23", "AE, squared error 1.2340 per pixel"),  # a linear output may be far off
        (8.15e33, "AE 8.2e33", "AE, squared error 8.2e33 per pixel"),
    ],
)
def test_an_error_keeps_its_first_figures(qtbot, error: float, caption: str, description: str) -> None:
    pictures = TwinPictures()
    qtbot.addWidget(pictures)
    pictures.show_short("left", "AE")
    pictures.resize(900, 300)
    pictures.show()
    pictures.show_decoded("left", TwinSpot((0.0, 0.0), np.zeros((28, 28), np.float32), "", error))
    decoded = pictures.decoded["left"]
    assert decoded._caption == caption
    assert decoded.accessibleDescription() == description


def test_words_below_the_pictures_stand_on_one_line(qtbot, let_turns_pass) -> None:
    pictures = TwinPictures()
    qtbot.addWidget(pictures)
    pictures.show_original(np.zeros((28, 28), np.uint8), "7")
    for side in SIDES:
        pictures.show_short(side, side)
        pictures.show_decoded(side, None)
        pictures.show_sketch(side, None)
    pictures.show()
    row = (pictures.original, *pictures.decoded.values(), pictures.seen, *pictures.rebuilt.values())
    for width in range(500, 510):
        pictures.resize(width, pictures.wanted_height(width))
        let_turns_pass()
        ends = [each.mapTo(pictures, each.picture_rect().bottomLeft()).y() for each in row]
        assert max(ends) - min(ends) <= 1, "a pixel that cannot be divided by six"


def test_in_a_narrow_view_a_sketch_that_comes_or_goes_leaves_its_page_as_high_as_it_needs(
    qtbot, borrowed_window: MainWindow, view: Twins
) -> None:
    """The maps got the room that six pictures leave only when the view was left and looked at again."""
    pad, pictures = borrowed_window.sketch_panel.pad, view.pictures
    borrowed_window.resize(960, 800)
    qtbot.waitUntil(lambda: view._narrow is True)
    heights = [pictures.height()]
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    QTest.mouseMove(pad, QPoint(60, 100))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 100))
    qtbot.waitUntil(pictures.seen.isVisible)
    heights.append(pictures.parentWidget().minimumHeight())
    pad.sheet.clear()
    qtbot.waitUntil(pictures.seen.isHidden)
    heights.append(pictures.parentWidget().minimumHeight())
    assert heights[1] < heights[0] == heights[2]
