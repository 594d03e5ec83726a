"""The bar at the top with names and places that are longer than it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app import theme
from app.panels.top_bar import TopBar

LONG = "A very long name that somebody gave a run to say all that it was made for, " * 2
PLACE = "/home/somebody/" + "a-folder-with-a-long-name/" * 8 + "mnist"


@pytest.fixture
def bar(qapp, qtbot):
    theme.apply(qapp, "light")
    made = TopBar()
    qtbot.addWidget(made)
    made.resize(1000, 40)
    made.show()
    made.show_datasets([("mnist", "MNIST (60,000)")])
    made.show_runs([("VAE 2-D (shipped)", Path("vae-2.safetensors"))])
    return made


def test_a_short_name_is_shown_whole(bar):
    bar.show_run("VAE 2-D (shipped)", Path("vae-2.safetensors"))
    assert bar.run_picker.shown_text() == "VAE 2-D (shipped)"


def test_a_name_of_usual_length_widens_the_box(bar, qtbot):
    name = "AE 2-D, MNIST, 21 Nov 08.28, stopped"
    bar.show_run(name, None)
    qtbot.waitUntil(lambda: bar.run_picker.shown_text() == name, timeout=1000)


def test_a_training_that_begins_moves_nothing_and_its_name_is_whole(bar, qtbot):
    """The box became wider with each training and narrower after it, and ended in "in trai…" all the same."""
    bar.resize(1366, 40)
    bar.show_run("VAE 2-D (shipped)", Path("vae-2.safetensors"))
    qtbot.waitUntil(lambda: bar.run_picker.x() > 0 and bar.run_picker.width() > 200, timeout=1000)
    before = bar.dataset_picker.geometry()
    name = "VAE 2-D, MNIST, 22 Nov 23.22, in training"
    bar.show_run(name, None)
    QApplication.processEvents()
    assert bar.dataset_picker.geometry() == before and bar.run_picker.shown_text() == name


def test_a_long_name_ends_in_an_ellipsis_and_stands_whole_in_the_tooltip(bar, qtbot):
    bar.show_run(LONG, None)
    qtbot.waitUntil(lambda: bar.run_picker.shown_text().endswith("…"), timeout=1000)
    assert bar.run_picker.toolTip().startswith(LONG)
    before = bar.dataset_picker.geometry()
    bar.show_runs([(LONG, Path("long.safetensors"))])
    assert bar.run_picker.width() <= 340 and bar.dataset_picker.geometry() == before, "nothing moves"


def test_a_long_place_is_cut_in_its_middle(bar, qtbot):
    bar.show_loading(f"Reading {PLACE}…")
    label = next(each for each in bar.findChildren(QLabel) if each.text().startswith("Reading"))
    qtbot.waitUntil(lambda: label.text().endswith("mnist…"), timeout=1000)
    assert "…" in label.text()[:-1] and label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert label.toolTip() == f"Reading {PLACE}…"
    assert bar.width() == 1000


def test_of_a_download_the_figures_that_move_stay(bar, qtbot):
    words = "Fashion-MNIST: 12.3 of 30.9 MB"
    bar.show_download(0.4, words)
    label = next(each for each in bar.findChildren(QLabel) if each.toolTip() == words)
    qtbot.waitUntil(lambda: "…" in label.text(), timeout=1000)  # there is no room for all
    assert label.text().endswith(" 12.3 of 30.9 MB")


def test_a_run_that_is_read_is_told_before_images_but_not_before_a_download(bar):
    bar.show_loading("Reading MNIST…")
    label = next(each for each in bar.findChildren(QLabel) if each.toolTip() == "Reading MNIST…")
    told = []
    for show in (
        lambda: bar.show_opening("Opening large…", True),
        lambda: bar.show_opening("Opening large…", False),
        lambda: bar.show_download(0.5, "MNIST: 5.0 of 10.0 MB"),
        lambda: bar.show_opening("Opening large…", True),
        lambda: bar.show_loading(""),
    ):
        show()
        told.append(label.toolTip() or label.text())
    download = "MNIST: 5.0 of 10.0 MB"
    assert told == ["Opening large…", "Reading MNIST…", download, download, "Opening large…"]
    bar.show_opening("Opening large…", False)
    assert not label.isVisible()


def test_a_download_that_begins_does_not_move_the_window(qapp, qtbot):
    qapp.setStyleSheet("")
    bar = TopBar()
    qtbot.addWidget(bar)
    theme.apply(qapp, "light")  # as at the start: the bar stands before it is dressed
    bar.show()
    height = bar.sizeHint().height()
    bar.show_download(0.5, "MNIST: 5.0 of 10.0 MB")
    assert bar.sizeHint().height() == height


def test_a_screen_reader_hears_the_words_of_a_box_also_where_they_are_no_entry(bar):
    def said(picker):
        return QAccessible.queryAccessibleInterface(picker).text(QAccessible.Text.Name)

    bar.show_run("VAE 2-D, stopped", None)
    bar.show_dataset("", "A folder (70)", "From /a/folder")
    assert bar.run_picker.shown_text() == "VAE 2-D, stopped"
    assert said(bar.run_picker) == "Run: VAE 2-D, stopped"
    assert said(bar.dataset_picker) == "Training images: A folder (70)"
    bar.show_run("VAE 2-D (shipped)", Path("vae-2.safetensors"))
    bar.show_dataset("mnist", "MNIST (60,000)", "")
    assert (bar.run_picker.accessibleName(), bar.dataset_picker.accessibleName()) == ("Run", "Training images")


@pytest.mark.parametrize("hand", ["keyboard", "mouse"])
@pytest.mark.parametrize("news", ["another run", "one more run"])
def test_a_list_that_is_open_stays_as_it_is_under_a_hand(bar, qtbot, hand, news):
    """A training that ends, or a run that has been read: the entry was another one by the time that it was taken."""
    entries = [(name, Path(f"{name}.safetensors")) for name in ("first", "second", "third")]
    bar.show_runs(entries)
    bar.show_run(*entries[0])
    chosen = []
    bar.run_chosen.connect(chosen.append)
    box = bar.run_picker
    box.showPopup()
    seen = box.view()
    place = seen.visualRect(box.model().index(1, 0)).center()
    if hand == "keyboard":
        QTest.keyClick(seen, Qt.Key.Key_Down)
    if news == "one more run":
        bar.show_runs([("newest", Path("newest.safetensors")), *entries])
    else:
        bar.show_run(*entries[2])
    if hand == "keyboard":
        QTest.keyClick(seen, Qt.Key.Key_Return)
    else:
        QTest.mouseMove(seen.viewport(), place)
        QTest.mouseClick(seen.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [Path("second.safetensors")]
    qtbot.waitUntil(lambda: box.findText("newest") == 0 if news == "one more run" else box.currentText() == "third")


@pytest.mark.parametrize("ends", ["with a key", "by itself"])
def test_a_list_that_was_closed_without_a_choice_knows_what_has_come(bar, qtbot, ends):
    bar.show_run("VAE 2-D (shipped)", Path("vae-2.safetensors"))
    box = bar.run_picker
    box.showPopup()
    bar.show_runs([("newest", Path("newest.safetensors"))])
    assert box.findText("newest") < 0
    QTest.keyClick(box.view(), Qt.Key.Key_Escape) if ends == "with a key" else box.view().window().close()
    qtbot.waitUntil(lambda: box.findText("newest") == 0)


def test_images_that_have_been_read_leave_the_open_list_of_images_where_a_hand_is(bar, qtbot):
    bar.show_datasets([(name, name) for name in ("one", "two", "three")])
    bar.show_dataset("one", "one", "")
    chosen = []
    bar.dataset_chosen.connect(chosen.append)
    box = bar.dataset_picker
    box.showPopup()
    QTest.keyClick(box.view(), Qt.Key.Key_Down)
    bar.show_dataset("three", "three", "")
    QTest.keyClick(box.view(), Qt.Key.Key_Return)
    assert chosen == ["two"]
    qtbot.waitUntil(lambda: box.currentText() == "three")
