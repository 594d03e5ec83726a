"""Written pictures are read back with Pillow and compared with the arrays, pixel by pixel."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit

from app import exporting


def images(steps: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((steps, 28, 28), dtype=np.float32)


def test_a_png_holds_every_image_eight_times_enlarged_with_white_gaps(tmp_path: Path) -> None:
    rows = [images(4), images(4, seed=1)]
    path = tmp_path / "strip.png"
    exporting.save_strip_png(rows, path)
    with Image.open(path) as file:
        assert file.format == "PNG"
        picture = np.asarray(file)
    side = 28 * 8
    assert picture.shape == (2 * side + 3 * 8, 4 * side + 5 * 8)
    expected = np.full_like(picture, 255)
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            big = np.kron(np.round(image * 255), np.ones((8, 8)))
            expected[8 + i * (side + 8) :, 8 + j * (side + 8) :][:side, :side] = big
    np.testing.assert_array_equal(picture, expected)


def test_ink_outside_the_scale_is_clipped_not_stretched(tmp_path: Path) -> None:
    strip = np.zeros((1, 28, 28), np.float32)
    strip[0, 0, :3] = (-0.5, 0.5, 1.7)
    path = tmp_path / "strip.png"
    exporting.save_strip_png([strip], path)
    with Image.open(path) as file:
        assert [file.getpixel((8 + 8 * x, 8)) for x in range(4)] == [0, 128, 255, 0]


def test_a_gif_goes_there_and_back_with_the_very_pixels(tmp_path: Path) -> None:
    strip = (images(5) * 255).astype(np.uint8)
    path = tmp_path / "strip.gif"
    exporting.save_strip_gif(strip, path)
    with Image.open(path) as file:
        assert file.info["loop"] == 0
        frames, durations = [], []
        for frame in ImageSequence.Iterator(file):
            durations.append(frame.info["duration"])
            frames.append(np.asarray(frame.convert("L")))
    assert len(frames) == 8
    for frame, index in zip(frames, [0, 1, 2, 3, 4, 3, 2, 1], strict=True):
        np.testing.assert_array_equal(frame, np.kron(strip[index], np.ones((8, 8), np.uint8)))
    assert durations == [480, 80, 80, 80, 480, 80, 80, 80]


def test_an_unwritable_place_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a folder")
    path = tmp_path / "notes.txt" / "strip.png"
    with pytest.raises(exporting.ExportError) as caught:
        exporting.save_strip_png([images(3)], path)
    assert str(caught.value) == f"“{path}” could not be written: not a directory."
    with pytest.raises(exporting.ExportError) as caught:
        exporting.save_strip_gif(images(3), tmp_path / "no such folder" / "strip.gif")
    assert str(caught.value).endswith("could not be written: no such file or directory.")
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_a_failed_export_keeps_the_former_file(tmp_path: Path) -> None:
    taken = tmp_path / "strip.gif"
    taken.mkdir()
    (taken / "precious").write_text("stays")
    with pytest.raises(exporting.ExportError, match="could not be written"):
        exporting.save_strip_gif(images(3), taken)
    assert (taken / "precious").read_text() == "stays"
    assert [each.name for each in tmp_path.iterdir()] == ["strip.gif"]


def test_a_written_file_replaces_the_former_one(tmp_path: Path) -> None:
    path = tmp_path / "strip.png"
    path.write_text("old")
    exporting.save_strip_png([images(3)], path)
    with Image.open(path) as file:
        file.load()
        assert file.format == "PNG"
    assert [each.name for each in tmp_path.iterdir()] == ["strip.png"]


@pytest.mark.skipif(os.name == "nt", reason="links and pipes are other matters on Windows")
def test_a_link_is_followed_and_a_pipe_is_written_into(tmp_path: Path) -> None:
    """As root a device, such as /dev/null, would else have been replaced by a picture."""
    exporting.save_strip_png([images(3)], tmp_path / "whole.png")
    link, pipe = tmp_path / "link.png", tmp_path / "pipe.png"
    link.symlink_to(tmp_path / "linked.png")
    exporting.save_strip_png([images(3)], link)
    assert link.is_symlink() and link.read_bytes() == (tmp_path / "whole.png").read_bytes()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        exporting.save_strip_png([images(3)], pipe)
        assert pipe.is_fifo() and os.read(reader, 1 << 16) == link.read_bytes()
    finally:
        os.close(reader)


def test_a_name_as_long_as_names_may_be_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / (251 * "a" + ".png")
    exporting.save_strip_png([images(3)], path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def answer_the_file_dialog(qtbot, act) -> list[str]:
    """Act on the save dialog as soon as it is up; returns the (later filled) list of what was suggested."""
    suggestions: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            QTimer.singleShot(10, look)
            return
        name = dialog.findChild(QLineEdit, "fileNameEdit")
        suggestions.append(name.text())
        act(dialog, name)

    QTimer.singleShot(0, look)
    return suggestions


def test_the_path_that_is_typed_gets_the_suffix(qtbot, tmp_path: Path) -> None:
    def type_a_name(dialog: QFileDialog, name: QLineEdit) -> None:
        name.setText(str(tmp_path / "walk"))
        save = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
        qtbot.mouseClick(save, Qt.MouseButton.LeftButton)

    suggestions = answer_the_file_dialog(qtbot, type_a_name)
    suggested = str(tmp_path / "strip.gif")
    assert exporting.ask_path(None, "Save animation", suggested, "GIF animation (*.gif)") == tmp_path / "walk.gif"
    assert suggestions == ["strip.gif"]


def test_a_cancelled_dialog_gives_no_path(qtbot, tmp_path: Path) -> None:
    answer_the_file_dialog(qtbot, lambda dialog, name: qtbot.keyClick(dialog, Qt.Key.Key_Escape))
    assert exporting.ask_path(None, "Save", str(tmp_path / "strip.png"), "PNG picture (*.png)") is None
