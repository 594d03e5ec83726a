"""The twins' pictures, and the words and numbers below them."""

from __future__ import annotations

import numpy as np
import pytest

from app.panels.twins.pictures import TwinPictures
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
