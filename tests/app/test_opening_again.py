"""What went wrong with one file is no longer said once another is tried, or opens well."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel, QWidget

from app.main_window import MainWindow
from app.opening import Opened, what_is
from tests.app.dropping import drop, mime_of
from tests.app.test_choosing_data import silent_server, write_dataset

__all__ = ["silent_server"]


def said(window: MainWindow) -> str:
    """The sentence that stands at the window's foot."""
    return window.findChild(QLabel, "messageText").accessibleName()


@pytest.mark.parametrize("name", ["", "sketchpad"])
def test_what_is_dropped_stays_where_it_came_from(window: MainWindow, tmp_path: Path, name: str) -> None:
    """A program that offers to move a picture, as a text with pictures does, would take it out of its text."""
    target = window.findChild(QWidget, name) if name else window
    offered, keys = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.KeyboardModifier.ShiftModifier
    assert drop(target, mime_of(picture(tmp_path)), offered, keys) is Qt.DropAction.CopyAction
    assert window.sketch_panel.pad.ink().any()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("nothing to train on")
    return path


def picture(folder: Path) -> Path:
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for across in range(45, 55):
        for down in range(20, 80):
            image.setPixelColor(across, down, QColor("black"))
    image.save(str(folder / "one.png"))
    return folder / "one.png"


def test_a_file_that_is_none_of_ours_is_told_what_can_be_opened(window: MainWindow, notes: Path) -> None:
    assert what_is(notes) is Opened.NOTHING
    drop(window, mime_of(notes))
    assert said(window) == (
        "“notes.txt” is nothing that Latent Lab opens: it opens runs (.safetensors), sweeps (sweep.json), "
        "folders of images in MNIST's format, and pictures to draw on."
    )


def test_a_picture_that_is_named_is_drawn_on_as_one_that_is_dropped(window: MainWindow, tmp_path: Path) -> None:
    """On the command line it was called nothing that is opened, with pictures among what is."""
    window.open_path(picture(tmp_path))
    named = window.sketch_panel.pad.ink()
    assert said(window) == "" and named.any()
    window.sketch_panel.pad.sheet.clear()
    drop(window, mime_of(picture(tmp_path)))
    assert (window.sketch_panel.pad.ink() == named).all()
    (tmp_path / "broken.png").write_bytes(b"no picture")
    window.open_path(tmp_path / "broken.png")
    assert said(window) == "broken.png is not an image that can be read."


def test_a_run_that_opens_takes_the_failure_before_away(window: MainWindow, notes: Path, vae_file: Path) -> None:
    drop(window, mime_of(notes))
    assert said(window)
    drop(window, mime_of(vae_file))
    assert said(window) == ""
    assert len(window.message_bar.messages) == 1, "it can be read again among the earlier ones"


def test_a_picture_that_is_taken_takes_the_failure_before_away(window: MainWindow, notes: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    pad = window.sketch_panel.pad
    for target, wrong in ((window, notes), (pad, tmp_path / "broken.png")):
        drop(target, mime_of(wrong))
        assert wrong.name in said(window)
        drop(target, mime_of(picture(tmp_path)))
        assert said(window) == "" and pad.ink().any()


def test_a_stroke_takes_no_other_failure_away(window: MainWindow, notes: Path) -> None:
    drop(window, mime_of(notes))
    window.sketch_panel.pad.touched.emit()
    assert "notes.txt" in said(window)


def test_another_attempt_to_get_images_begins_with_nothing_wrong(
    qtbot, window: MainWindow, tmp_path: Path, silent_server
) -> None:
    window.open_path(tmp_path / "nowhere")
    qtbot.waitUntil(lambda: "There is no folder" in said(window))
    window.session.data.choose("mnist")
    assert said(window) == "", "what is said from now on is of this attempt"
    window.session.data.cancel_download()
    qtbot.waitUntil(lambda: "cancelled" in said(window))


def test_images_that_are_read_again_in_vain_say_so_again(qtbot, window: MainWindow, tmp_path: Path) -> None:
    for count in (1, 2):
        window.open_path(tmp_path / "nowhere")
        assert said(window) == ""
        qtbot.waitUntil(lambda count=count: len(window.message_bar.messages) == count)
        assert "There is no folder" in said(window)
    window.open_path(write_dataset(tmp_path / "mine", 20, 10))
    qtbot.waitUntil(lambda: "Folder “mine”: 20 images" in said(window))
