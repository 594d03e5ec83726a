"""Saving under a typed name: it gets its suffix, and a file that is there is replaced only when a person says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)

from app.main_window import MainWindow
from app.panels.digit_image import DigitImage
from app.panels.latent.map import LatentMap
from app.panels.strip.panel import InterpolationStrip

LEFT = Qt.MouseButton.LeftButton


class Person:
    """Answers one dialog after the other; `asked` keeps what the questions said."""

    def __init__(self, *answers: Callable[[QWidget], None]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)
        self._seen: QWidget | None = None
        self._timer = QTimer(interval=10)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None or dialog is self._seen:
            return
        self._seen = dialog
        if isinstance(dialog, QMessageBox):
            self.asked.append(dialog.text())
        if self._answers:
            self._answers.pop(0)(dialog)
        else:
            dialog.close()
            self.asked.append(f"an unexpected {type(dialog).__name__}")

    def done(self) -> bool:
        self._timer.stop()
        return not self._answers


def save_as(path: Path, kind: str = "") -> Callable[[QWidget], None]:
    """Type a path into the dialog, choose a kind of file, and press Save."""

    def act(dialog: QWidget) -> None:
        assert isinstance(dialog, QFileDialog)
        if kind:
            box = dialog.findChild(QComboBox, "fileTypeCombo")
            box.setFocus()
            QTest.keyClick(box, Qt.Key.Key_End)
            assert kind in box.currentText()
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        buttons = dialog.findChild(QDialogButtonBox)
        QTest.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Save), LEFT)

    return act


def answer(button: QMessageBox.StandardButton) -> Callable[[QWidget], None]:
    def act(dialog: QWidget) -> None:
        assert isinstance(dialog, QMessageBox)
        QTest.mouseClick(dialog.button(button), LEFT)

    return act


def give_up(dialog: QWidget) -> None:
    assert isinstance(dialog, QFileDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


YES, NO = answer(QMessageBox.StandardButton.Yes), answer(QMessageBox.StandardButton.No)


@pytest.fixture(params=["run", "image", "strip", "map"])
def saving(request, qtbot, make_window, vae_file, tmp_path) -> Iterator[tuple[Callable[[], None], str]]:
    """What opens each save dialog of the program, and the suffix of what it writes."""
    kind = request.param
    if kind == "run":
        window = make_window(vae_file, data=None)
        window.show()
        yield lambda: press_ctrl_s(qtbot, window), ".safetensors"
        return
    panel: QWidget
    if kind == "image":
        panel = DigitImage(140, "A digit")
        panel.show_image(np.ones((28, 28)))
        menu = panel.picture_menu()
        start, suffix = menu.actions()[1].trigger, ".png"
    elif kind == "strip":
        panel = InterpolationStrip()
        panel.show_strip(np.random.default_rng(0).random((4, 28, 28)), None)
        start, suffix = panel.controls.save_gif.trigger, ".gif"
    else:
        panel = LatentMap()
        panel.show_codes(np.eye(2, dtype=np.float32), np.arange(2))
        start, suffix = lambda: save_from_menu(panel), ".png"
    qtbot.addWidget(panel)
    panel.show()
    yield start, suffix


def press_ctrl_s(qtbot, window: MainWindow) -> None:
    with qtbot.waitActive(window):  # with no window manager it is not when a dialog has closed
        window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    window.session.finish_saving()  # a run is written behind the window


def save_from_menu(map_: QWidget) -> None:
    QTest.mouseClick(map_.view.viewport(), Qt.MouseButton.RightButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(each for each in menu.actions() if each.text() == "Save picture (PNG, SVG)…")
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)


@pytest.mark.parametrize("name", ["mine", "at 03.05"])
def test_a_file_that_is_there_is_replaced_only_when_a_person_says_so(saving, tmp_path: Path, name: str) -> None:
    start, suffix = saving
    there = tmp_path / f"{name}{suffix}"
    there.write_text("precious")
    person = Person(save_as(tmp_path / name), NO, give_up)
    start()
    assert person.done() and there.read_text() == "precious"
    assert len(person.asked) == 1 and there.name in person.asked[0]
    person = Person(save_as(tmp_path / name), YES)
    start()
    assert person.done() and len(person.asked) == 1
    assert there.read_bytes() != b"precious"
    assert sorted(each.name for each in tmp_path.iterdir() if each.suffix != ".ini") == [there.name]


def test_after_a_no_another_name_can_be_given(saving, tmp_path: Path) -> None:
    start, suffix = saving
    (tmp_path / f"mine{suffix}").write_text("precious")
    person = Person(save_as(tmp_path / "mine"), NO, save_as(tmp_path / "another"))
    start()
    assert person.done() and len(person.asked) == 1
    assert (tmp_path / f"another{suffix}").is_file()
    assert (tmp_path / f"mine{suffix}").read_text() == "precious"


def test_a_name_with_a_foreign_suffix_is_kept_and_gets_the_right_one(saving, tmp_path: Path) -> None:
    start, suffix = saving
    person = Person(save_as(tmp_path / "mine.txt"))
    start()
    assert person.done() and person.asked == []
    assert (tmp_path / f"mine.txt{suffix}").is_file() and not (tmp_path / "mine.txt").exists()


def test_the_map_is_saved_as_the_kind_that_was_chosen(qtbot, tmp_path: Path) -> None:
    map_ = LatentMap()
    qtbot.addWidget(map_)
    map_.show()
    (tmp_path / "plane.svg").write_text("precious")
    person = Person(save_as(tmp_path / "plane", "svg"), YES)
    save_from_menu(map_)
    assert person.done() and len(person.asked) == 1
    assert "<svg" in (tmp_path / "plane.svg").read_text()
    person = Person(save_as(tmp_path / "other.svg"))
    save_from_menu(map_)
    assert person.done() and "<svg" in (tmp_path / "other.svg").read_text()


def test_each_image_of_the_window_tells_where_it_was_saved_or_why_not(qtbot, borrowed_window, tmp_path: Path) -> None:
    session, messages = borrowed_window.session, borrowed_window.message_bar.messages
    with qtbot.waitSignal(session.sketch.read):
        QTest.mouseClick(borrowed_window.sketch_panel.pad, LEFT)
    session.look.pick(0.0, 0.0, 5)
    for name in ("sparsity", "twins", "axes", "regularity"):
        borrowed_window.views.show_view(name)
        images = borrowed_window.views.made(name).findChildren(DigitImage)
        qtbot.waitUntil(lambda images=images: any(not each.is_empty() for each in images))
    shown = [each for each in borrowed_window.findChildren(DigitImage) if not each.is_empty()]
    rooms = {type(room).__name__ for each in shown for room in rooms_of(each)}
    assert rooms >= {"DecodedPanel", "SketchPanel", "InterpolationStrip"}
    assert rooms >= {"Sparsity", "Twins", "ParallelAxes", "Regularity"}
    for number, image in enumerate(shown):
        there, missing = tmp_path / f"{number}.png", tmp_path / "no folder" / "image.png"
        person = Person(save_as(there))
        image.picture_menu().actions()[1].trigger()
        assert person.done() and there.is_file()
        assert (messages[-1].text, messages[-1].kind) == (f"Saved as “{there}”.", "good"), image.accessibleName()
        image.save_image_to(missing)
        assert messages[-1].text.startswith(f"“{missing}” could not be written") and messages[-1].kind == "error"
    QTest.keyClick(borrowed_window.sketch_panel.pad, Qt.Key.Key_Delete)


def rooms_of(widget: QWidget) -> Iterator[QWidget]:
    """All that it lies in."""
    while (widget := widget.parentWidget()) is not None:
        yield widget
