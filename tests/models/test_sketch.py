"""Sketches in MNIST's format, held to MNIST's own figures and to what must not matter: place, size, kind of array."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from models.datasets import Dataset
from models.sketch import raw_shrink, to_mnist_format

SEVEN = [(0.0, 0.0), (1.0, 0.0), (0.35, 1.6)]


def drawn(
    points: list[tuple[float, float]],
    size: float = 120,
    at: tuple[float, float] = (140, 140),
    canvas: int = 560,
    width: float = 0.2,
) -> np.ndarray:
    """Ink (canvas, canvas) uint8 of a polyline drawn with a round pen; `size` pixels for a unit of its points."""
    picture = Image.new("L", (canvas, canvas))
    pen = ImageDraw.Draw(picture)
    placed = [(at[0] + x * size, at[1] + y * size) for x, y in points]
    pen.line(placed, fill=255, width=round(width * size), joint="curve")
    radius = width * size / 2
    for x, y in placed:
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    return np.asarray(picture)


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    """By index of pixels, (row, column)."""
    rows, columns = np.indices(image.shape)
    return float((image * rows).sum() / image.sum()), float((image * columns).sum() / image.sum())


def extent(image: np.ndarray) -> tuple[int, int]:
    """Rows and columns from the first to the last pixel with at least a quarter of the ink."""
    rows, columns = np.nonzero(image > 64)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_blank_stays_blank() -> None:
    for ink in (np.zeros((560, 560), np.float32), np.zeros((280, 280), np.uint8), np.zeros((1, 1), bool)):
        image = to_mnist_format(ink)
        assert image.shape == (28, 28) and image.dtype == np.uint8 and not image.any()


def test_the_longest_side_is_20_pixels_and_the_aspect_ratio_is_kept() -> None:
    tall = np.zeros((560, 560), np.uint8)
    tall[50:450, 200:300] = 255  # 400 by 100
    assert extent(to_mnist_format(tall)) == (20, 5)
    assert extent(to_mnist_format(tall.T)) == (5, 20)


def test_what_is_20_pixels_long_keeps_its_size() -> None:
    tall = np.zeros((28, 28), np.uint8)
    tall[4:24, 10:15] = 255
    for ink in (tall, tall.T):
        assert to_mnist_format(ink).sum() == pytest.approx(255 * 20 * 5, rel=0.01)


def test_ink_is_as_dark_as_mnists_and_two_to_three_pixels_wide() -> None:
    image = to_mnist_format(drawn([(0, 0), (0, 1.6)]))  # an upright stroke, an eighth as wide as it is long
    assert image.max() == 255
    widths = image[8:20].sum(axis=1) / 255
    assert widths.min() > 2.0
    assert widths.max() < 3.0


@pytest.mark.parametrize("at", [(60, 60), (400, 60), (61.5, 333.3), (380, 330)])
def test_the_place_on_the_canvas_does_not_matter(at: tuple[float, float]) -> None:
    here, there = to_mnist_format(drawn(SEVEN)), to_mnist_format(drawn(SEVEN, at=at))
    assert np.abs(here.astype(int) - there).mean() < 1.0


@pytest.mark.parametrize("size", [30, 60, 180, 240])
def test_the_size_of_the_drawing_does_not_matter(size: float) -> None:
    here, there = to_mnist_format(drawn(SEVEN)), to_mnist_format(drawn(SEVEN, size=size, at=(60, 60)))
    assert np.abs(here.astype(int) - there).mean() < 4.0


def test_the_centre_of_mass_is_in_the_middle() -> None:
    for points in (SEVEN, [(0, 0), (0, 1), (1, 1)], [(0, 0), (1, 1)]):
        row, column = centre_of_mass(to_mnist_format(drawn(points)))
        assert abs(row - 13.5) < 0.5 and abs(column - 13.5) < 0.5  # of the picture
        assert abs(row - 14.0) < 0.5 and abs(column - 14.0) < 0.5  # of MNIST's images


def test_a_single_dot_is_ink_in_the_middle() -> None:
    dot = np.zeros((560, 560), np.float32)
    dot[17, 400] = 1.0
    image = to_mnist_format(dot)
    assert image.max() == 255
    row, column = centre_of_mass(image)
    assert abs(row - 13.75) < 0.3 and abs(column - 13.75) < 0.3


def test_a_line_one_pixel_wide_is_seen() -> None:
    line = np.zeros((560, 560), np.float32)
    line[100:500, 250] = 1.0
    image = to_mnist_format(line)
    assert image.max() == 255
    assert extent(image)[0] == 20 and extent(image)[1] <= 2


def test_faint_ink_and_specks_of_dust() -> None:
    faint = to_mnist_format(drawn(SEVEN).astype(np.float32) / 255 * 0.3)
    assert np.abs(faint.astype(int) - to_mnist_format(drawn(SEVEN))).max() <= 4
    dusty = drawn(SEVEN).copy()
    dusty[5, 550] = 12  # a pixel of 5 % must not become the corner of the drawing
    assert np.abs(to_mnist_format(dusty).astype(int) - to_mnist_format(drawn(SEVEN))).mean() < 0.5


def test_a_faint_part_of_a_drawing_counts_among_its_size() -> None:
    stroke = np.zeros((560, 560), np.uint8)
    stroke[100:300, 200:260], stroke[300:500, 200:260] = 255, 50  # a fifth as dark: no dust
    image = to_mnist_format(stroke)
    assert (image[:, 14] > 200).sum() == pytest.approx(10, abs=1)
    assert ((image[:, 14] > 40) & (image[:, 14] < 60)).sum() == pytest.approx(10, abs=1)


def test_kinds_of_arrays_give_the_same_image() -> None:
    ink = drawn(SEVEN)
    image = to_mnist_format(ink)
    for same in (ink / 255, (ink / 255).astype(np.float32), np.asfortranarray(ink), ink[::-1][::-1]):
        assert np.array_equal(to_mnist_format(same), image)
    assert np.array_equal(to_mnist_format(ink > 127), to_mnist_format(((ink > 127) * 255).astype(np.uint8)))


def test_numbers_out_of_range_are_taken_as_full_or_no_ink() -> None:
    ink = drawn(SEVEN).astype(np.float32) / 255
    strange = np.where(ink > 0.5, 7.0, ink)
    strange[0, 0], strange[0, 1] = np.nan, -3.0
    for over in (strange, np.where(ink > 0.5, 1.004, ink)):  # just above 255 a byte begins at 0 again
        assert np.abs(to_mnist_format(over).astype(int) - to_mnist_format(ink)).mean() < 1.0


def test_every_grey_is_the_same_as_a_share_of_ink() -> None:
    greys = (np.arange(784) % 256).reshape(28, 28).astype(np.uint8)
    for beside in (-0.4, 0.0, 0.4):  # the nearest one
        assert np.array_equal(raw_shrink((greys + beside) / 255), greys)


def test_any_other_shape_is_refused() -> None:
    for wrong in (np.zeros((3, 28, 28)), np.zeros(784), np.zeros((0, 5))):
        with pytest.raises(ValueError, match="A sketch is an array of height and width"):
            to_mnist_format(wrong)


def test_the_straight_shrink_keeps_place_and_grey() -> None:
    ink = np.zeros((280, 280), np.float32)
    ink[0:10, 0:10] = 1.0  # just the first pixel
    ink[270:280, 135:140] = 1.0  # half a pixel in the last row
    image = raw_shrink(ink)
    assert image[0, 0] == 255
    assert int(image[27, 13]) in (127, 128)
    assert np.count_nonzero(image) == 2


def test_an_input_is_never_changed() -> None:
    ink = drawn(SEVEN).astype(np.float32) / 255
    before = ink.copy()
    to_mnist_format(ink)
    raw_shrink(ink)
    assert np.array_equal(ink, before)


@pytest.mark.mnist
def test_mnists_own_images_are_already_in_the_format(mnist: Dataset) -> None:
    originals = mnist.test_images[:300]
    again = np.stack([to_mnist_format(image) for image in originals])
    centres = np.array([centre_of_mass(image) for image in originals])
    assert abs(centres.mean() - 14.0) < 0.1  # what CENTRE leans on
    assert abs(again.sum() / originals.sum() - 1) < 0.05
    assert np.mean([extent(image) == extent(same) for image, same in zip(originals, again, strict=True)]) > 0.5
    assert np.abs(again.astype(int) - originals).mean() < 12  # of 255: shifted by a fraction of a pixel
