"""Pictures dropped or pasted: the ink they become, and those that cannot be used."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPen
from PySide6.QtTest import QTest

from app.panels.digit_image import grey_image
from app.panels.draw.ink import SIDE
from app.panels.draw.pad import Sketchpad
from tests.app.dropping import drop, mime_of
from tests.app.sketchpad.conftest import at, drag


def cross(paper: str, ink: str, width: int = 300, height: int = 150) -> QImage:
    """A thick cross in the middle of a sheet twice as wide as it is high."""
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(QColor(paper))
    painter = QPainter(image)
    painter.setPen(QPen(QColor(ink), 12))
    painter.drawLine(width // 2, 20, width // 2, height - 20)
    painter.drawLine(width // 2 - 40, height // 2, width // 2 + 40, height // 2)
    painter.end()
    return image


@pytest.mark.parametrize(
    ("paper", "ink"), [("white", "black"), ("black", "white"), ("#e6e0d2", "#202040"), ("transparent", "black")]
)
def test_a_dropped_file_becomes_ink_whatever_its_paper(pad: Sketchpad, told: list, tmp_path, paper, ink) -> None:
    path = tmp_path / "cross.png"
    cross(paper, ink).save(str(path))
    assert drop(pad, mime_of(path))
    assert at(told[-1], 100, 100) > 0.8
    assert at(told[-1], 10, 100) == 0.0 and at(told[-1], 60, 80) == 0.0
    rows = np.flatnonzero(told[-1].max(axis=1) > 127)
    columns = np.flatnonzero(told[-1].max(axis=0) > 127)
    assert (np.ptp(rows) + 1) / (np.ptp(columns) + 1) == pytest.approx((110 + 12) / (80 + 12), rel=0.08)


def test_the_shadow_and_grain_of_a_photograph_are_not_ink(pad: Sketchpad, told: list, tmp_path, rng) -> None:
    light = np.linspace(165, 220, 300) + rng.normal(0, 5, (300, 300))
    light[60:240, 140:160] = 50
    grey_image(light.clip(0, 255).astype(np.uint8)).save(str(tmp_path / "photo.png"))
    assert drop(pad, mime_of(tmp_path / "photo.png"))
    rows, columns = np.nonzero(told[-1])
    assert (np.ptp(rows) + 1) / SIDE == pytest.approx(180 / 300, abs=0.02)
    assert (np.ptp(columns) + 1) / SIDE == pytest.approx(20 / 300, abs=0.02)


def test_the_grains_of_a_dark_photograph_do_not_make_the_digit_small(pad: Sketchpad, told: list, tmp_path, rng) -> None:
    dark = rng.normal(150, 15, (300, 400))
    dark[60:240, 190:194] = 40  # a thin pen
    grey_image(dark.clip(0, 255).astype(np.uint8)).save(str(tmp_path / "photo.png"))
    assert drop(pad, mime_of(tmp_path / "photo.png"))
    rows, columns = np.nonzero(told[-1])
    assert (np.ptp(rows) + 1) / SIDE == pytest.approx(180 / 400, abs=0.02)
    assert (np.ptp(columns) + 1) / SIDE == pytest.approx(4 / 400, abs=0.02)


def test_of_several_pictures_the_first_is_taken(pad: Sketchpad, told: list, tmp_path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("cross.png", "torn.png")])
    cross("white", "black").save(str(tmp_path / "cross.png"))
    (tmp_path / "torn.png").write_bytes(b"no picture")
    assert drop(pad, mime)
    assert at(told[-1], 100, 100) > 0.8


def test_dropped_image_data_without_a_file(pad: Sketchpad, told: list) -> None:
    mime = QMimeData()
    mime.setImageData(cross("white", "black"))
    assert drop(pad, mime)
    assert at(told[-1], 100, 100) > 0.8


def test_a_pasted_image_replaces_the_sketch_and_can_be_undone(pad: Sketchpad, told: list, qtbot) -> None:
    drag(pad, (20, 180), (40, 180))
    before = pad.ink()
    QGuiApplication.clipboard().setImage(cross("white", "black"))
    QTest.keyClick(pad, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: at(told[-1], 100, 100) > 0.8)
    assert at(pad.ink(), 30, 180) == 0.0
    QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(pad.ink(), before)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.png", b"no picture at all", "notes.png is not an image that can be read."),
        ("torn.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "torn.png is not an image that can be read."),
        ("empty.jpg", b"", "empty.jpg is not an image that can be read."),
    ],
)
def test_a_bad_file_is_told_and_the_sketch_stays(pad: Sketchpad, told: list, tmp_path, name, content, sentence) -> None:
    drag(pad, (40, 100), (160, 100))
    before = pad.ink()
    (tmp_path / name).write_bytes(content)
    assert drop(pad, mime_of(tmp_path / name))
    assert told[-1] == sentence
    assert np.array_equal(pad.ink(), before)
    pad.sheet.undo()
    assert pad.sheet.is_blank(), "the bad file is no step"


def test_a_picture_beyond_the_limit_of_memory_is_told(pad: Sketchpad, told: list, tmp_path) -> None:
    Image.new("1", (12_000, 6_000)).save(tmp_path / "map.png")
    assert drop(pad, mime_of(tmp_path / "map.png"))
    assert told == ["map.png is too large, 12,000 x 6,000 pixels: make it smaller."]


def test_a_picture_without_ink_is_told(pad: Sketchpad, told: list, tmp_path) -> None:
    blank = QImage(50, 50, QImage.Format.Format_RGB32)
    blank.fill(QColor("white"))
    blank.save(str(tmp_path / "blank.png"))
    drop(pad, mime_of(tmp_path / "blank.png"))
    assert told == ["blank.png shows nothing that stands out from its background."]


def test_pasting_text_is_told(pad: Sketchpad, told: list) -> None:
    QGuiApplication.clipboard().setText("7")
    QTest.keyClick(pad, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert told == ["The clipboard holds no image."]


def test_pasting_from_an_empty_clipboard_is_told(pad: Sketchpad, told: list) -> None:
    QGuiApplication.clipboard().clear()
    QTest.keyClick(pad, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert told == ["The clipboard holds no image."]


@pytest.mark.parametrize("name", ["run.safetensors", "train-images-idx3-ubyte.gz", "folder"])
def test_what_is_no_picture_is_left_to_the_window(pad: Sketchpad, told: list, tmp_path, name) -> None:
    path = tmp_path / name
    if path.suffix:
        path.write_bytes(b"\x1f\x8b no picture")
    else:
        path.mkdir()
    assert not drop(pad, mime_of(path))
    assert told == []
