"""What the reconstructions are made of, without a window: the layout, the random draw, an angle in words."""

from __future__ import annotations

import numpy as np
import pytest

from app.panels.reconstructions.layout import SMALLEST, best_layout
from app.panels.reconstructions.words import angle_sentence, angle_words
from app.seen.reconstructed import Choice, drawn


def test_a_draw_is_of_its_class_and_no_longer_than_that() -> None:
    labels = np.array([0, 1] * 12 + [2] * 3)
    assert drawn(labels, Choice(label=2)).tolist() == [24, 25, 26]
    every = drawn(labels, Choice())
    assert len(every) == 20 and (np.diff(labels[every]) >= 0).all(), "in order of their classes"
    assert drawn(labels, Choice(draw=1)).tolist() != every.tolist() == drawn(labels, Choice()).tolist()


@pytest.mark.parametrize("size", [(560, 490), (1100, 700), (560, 300), (220, 380)])
@pytest.mark.parametrize("count", [1, 7, 20])
@pytest.mark.parametrize("pictures", [3, 5])
def test_no_picture_lies_over_another_or_outside(size: tuple[int, int], count: int, pictures: int) -> None:
    places = best_layout(*size, count, pictures, 3, 14, 80)
    boxes = [places.picture(index, row) for index in range(count) for row in range(pictures)]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.left() >= 80 and box.right() < size[0] and box.bottom() < places.height for box in boxes)
    assert places.side >= SMALLEST and (places.height <= size[1] or places.side == SMALLEST)
    columns = [places.column(index) for index in range(count)]
    assert all([each.contains(box.center()) for each in columns].count(True) == 1 for box in boxes)
    assert places.words(0, 0).top() > places.picture(0, pictures - 1).bottom() >= places.picture(0, 0).bottom()


def test_angles_have_the_digits_they_deserve() -> None:
    assert [angle_words(each) for each in (88.96, 9.96, 3.24, 0.96, 0.9, 0.04)] == [
        "89°", "10°", "3.2°", "1.0°", "0.90°", "0.04°",
    ]  # fmt: skip
    assert angle_sentence(3.21, 1) == "Largest angle between this AE's line and PCA's: <b>3.2°</b>"
    assert angle_sentence(81.0, 2, after=1).endswith("<b>81°</b> after 1 step")
