"""What a person keeps is in the list of runs, under whatever name, and the list marks the one that is looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import numpy as np
import pytest
from PySide6.QtCore import QObject, QSize, Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget

from app import main_window
from app.main_window import MainWindow
from app.opening import Opened, what_is
from app.panels.picker import Picker
from app.phase import Phase
from app.run_library import RunEntry, keep_run, own_runs, runs_folder, shipped_runs
from app.wiring.remembering import open_at_first
from models.checkpoint import History, load_run, save_run
from models.config import RunConfig
from tests.app.test_choosing_data import write_dataset
from tests.conftest import ROOT

SMALL = RunConfig(encoder=(8,), decoder=(8,), epochs=1)
pytestmark = pytest.mark.usefixtures("no_runs")


def marked(window: MainWindow) -> Path | None:
    return window.top_bar.run_picker.currentData()


def test_a_run_that_has_just_been_trained_is_its_file(qtbot, window: MainWindow) -> None:
    window.training_panel.choose(SMALL, "cpu")
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(own_runs()) and window.session.training.phase is Phase.IDLE)
    (entry,) = own_runs()
    assert window.session.view.run.path == entry.path == marked(window)
    assert window.message_bar.messages[-1].text.endswith(f"Kept as “{entry.title}” in the list of runs.")


def test_the_list_is_read_once_for_a_run_that_has_just_been_trained(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of many runs, or one in a network, takes its time."""
    read: list[int] = []

    def counted() -> list[RunEntry]:
        read.append(1)
        return own_runs()

    monkeypatch.setattr(main_window, "own_runs", counted)
    window.training_panel.choose(SMALL, "cpu")
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(own_runs()) and window.session.training.phase is Phase.IDLE)
    assert len(read) == 1 and marked(window) == own_runs()[0].path


def test_of_two_runs_with_one_name_the_list_marks_the_one_that_is_open(window: MainWindow, tmp_path: Path) -> None:
    run = load_run(window.session.view.run.path)
    kept, elsewhere = keep_run(run), tmp_path / "test run.safetensors"
    save_run(run, elsewhere)
    window.session.runs_changed.emit()
    assert window.session.open_run(elsewhere)
    assert marked(window) == elsewhere and window.top_bar.run_picker.currentText() == "test run"
    assert window.session.open_run(kept)
    assert marked(window) == kept and window.top_bar.run_picker.currentText() == "test run"
    kept.unlink()
    window.session.runs_changed.emit()
    assert marked(window) is None and window.top_bar.run_picker.placeholderText() == "test run"


def stopped(qtbot, window: MainWindow, epochs: int) -> None:
    """Train by the button, and stop by it once something was learned."""
    window.training_panel.choose(SMALL.replace(epochs=epochs), "cpu")
    session = window.session
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.view is session.trained and len(session.history().steps) > 9, timeout=30_000)
    QTest.mouseClick(window.findChild(QPushButton, "stopButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE)


def test_a_network_that_was_stopped_is_kept_by_a_button(qtbot, window: MainWindow) -> None:
    stopped(qtbot, window, epochs=5000)
    session, offer = window.session, window.findChild(QPushButton, "messageAction")
    losses, name = session.history(), session.view.name
    assert offer.isVisible() and offer.text() == "Keep it" and own_runs() == []
    QTest.mouseClick(offer, Qt.MouseButton.LeftButton)
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: said[-1].text.startswith("Kept as “"))
    (entry,) = own_runs()
    assert said[-1].text == f"Kept as “{entry.title}” in the list of runs."
    assert session.view.run.path == entry.path == marked(window) and session.view.name == name
    np.testing.assert_array_equal(session.view.run.history.steps, losses.steps)
    assert not offer.isVisible()


def test_what_was_stopped_can_be_kept_while_another_network_learns(qtbot, window: MainWindow) -> None:
    stopped(qtbot, window, epochs=5000)
    session, offer = window.session, window.findChild(QPushButton, "messageAction")
    window.training_panel.choose(SMALL.replace(epochs=6000, latent_dim=3), "cpu")
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.view is session.trained, timeout=30_000)
    QTest.mouseClick(offer, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.message_bar.messages[-1].text.startswith("Kept as “"))
    (entry,) = own_runs()
    assert load_run(entry.path).config == SMALL.replace(epochs=5000)
    assert session.training.phase is Phase.TRAINING and session.view is session.trained
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE)


@pytest.mark.parametrize("name", ["my run.SAFETENSORS", "my run.SafeTensors"])
def test_a_suffix_in_capitals_is_one_too(window: MainWindow, tmp_path: Path, name: str) -> None:
    path = runs_folder() / name
    path.parent.mkdir(parents=True)
    save_run(load_run(window.session.view.run.path), path)
    window.session.runs_changed.emit()
    assert [(entry.title, entry.path) for entry in own_runs()] == [("my run", path)]
    assert what_is(path) is Opened.RUN
    window.open_path(path)
    assert window.session.view.run.path == path == marked(window)


def test_a_run_from_elsewhere_is_called_as_the_person_called_its_file(window: MainWindow, tmp_path: Path) -> None:
    mine = tmp_path / "my-run.safetensors"
    save_run(load_run(window.session.view.run.path), mine)
    window.open_path(mine)
    picker = window.top_bar.run_picker
    assert picker.currentText() == "my-run" and picker.toolTip().startswith("my-run\n")
    window.views.show_view("twins")
    window.session.twins.open_run("left", mine)
    assert window.findChild(Picker, "twinRunLeft").placeholderText() == "my-run"


def test_a_run_from_elsewhere_stays_in_the_list(window: MainWindow, tmp_path: Path) -> None:
    """Or whoever looks at another one in between would have to look for its file again."""
    mine, picker = tmp_path / "my-run.safetensors", window.top_bar.run_picker
    save_run(load_run(window.session.view.run.path), mine)
    window.open_path(mine)
    picker.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down):
        QTest.keyClick(picker, key)
    assert marked(window) == window.session.view.path == shipped_runs()[1].path
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton)
    names = picker.view()
    place = names.visualRect(picker.model().index(picker.findText("my-run"), 0))
    QTest.mouseMove(names.viewport(), place.center())
    QTest.mouseClick(names.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert marked(window) == window.session.view.path == mine
    window.session.open_run(shipped_runs()[0].path)
    mine.unlink()
    window.session.runs_changed.emit()
    assert picker.findText("my-run") == -1


def test_an_own_run_is_listed_once_whichever_way_leads_to_its_folder(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that is shown, from which one may be dropped, is the one that a link leads to."""
    (tmp_path / "private").mkdir()
    (tmp_path / "named").symlink_to(tmp_path / "private")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "named"))
    kept = keep_run(load_run(window.session.view.run.path))
    window.open_path(kept.resolve())
    picker = window.top_bar.run_picker
    assert marked(window) == kept and [picker.itemText(i) for i in range(picker.count())].count(kept.stem) == 1


def test_a_stopped_run_that_was_kept_still_says_its_loss(qtbot, window: MainWindow) -> None:
    run = load_run(window.session.view.run.path)
    losses = np.array([190.0, 171.25], np.float32)
    ends = replace(run.history, epoch_steps=np.array([10, 20]), held_out_total=losses,
                   held_out_reconstruction=losses, held_out_kl=losses)  # fmt: skip
    path = keep_run(replace(run, history=ends, report={"stopped": True}))
    window.open_path(path)
    said = window.findChild(QLabel, "statusText").text()
    assert said == "held out 171.2 nats per image after epoch 2"
    window.open_path(keep_run(replace(run, history=History(), report={"stopped": True})))
    assert window.findChild(QLabel, "statusText").text() == "", "none was measured"


class FileManager(QObject):
    """Takes what the system's file manager would be asked to show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Path] = []

    @Slot(QUrl)
    def show(self, folder: QUrl) -> None:
        self.shown.append(Path(folder.toLocalFile()))


@pytest.fixture
def file_manager() -> Iterator[FileManager]:
    made = FileManager()
    QDesktopServices.setUrlHandler("file", made, "show")
    yield made
    QDesktopServices.unsetUrlHandler("file")


def show_folder(window: MainWindow) -> None:
    next(each for each in window.findChildren(QAction) if each.text() == "Show the folder of runs").trigger()


def test_the_folder_of_runs_is_shown_where_other_programs_find_it(
    window: MainWindow, file_manager: FileManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link here; Windows leads a Python out of its store past the folder that it names, and the file manager not."""
    (tmp_path / "private").mkdir()
    (tmp_path / "named").symlink_to(tmp_path / "private")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "named"))
    show_folder(window)
    assert file_manager.shown == [tmp_path / "private" / "latentlab" / "runs"]


def test_the_folder_of_runs_is_shown_where_they_can_be_renamed(window: MainWindow, file_manager: FileManager) -> None:
    assert not runs_folder().exists(), "nothing was kept yet"
    show_folder(window)
    assert file_manager.shown == [runs_folder()] and runs_folder().is_dir()
    kept = keep_run(load_run(window.session.view.run.path))
    kept.rename(kept.with_name("the best one.safetensors"))
    QTest.mouseClick(window.top_bar.run_picker, Qt.MouseButton.LeftButton)
    assert [entry.title for entry in own_runs()] == ["the best one"]
    window.top_bar.run_picker.hidePopup()


def test_a_folder_of_runs_that_cannot_be_made_is_one_sentence(
    window: MainWindow, file_manager: FileManager, tmp_path: Path
) -> None:
    (tmp_path / "data home").write_text("a file where the folder should be")
    show_folder(window)
    last = window.message_bar.messages[-1]
    assert last.kind == "error" and last.text.startswith("The folder “") and file_manager.shown == []


@pytest.mark.parametrize("letter", ["数", "a", "𝟛"])
def test_a_name_that_no_file_may_have_is_cut(window: MainWindow, letter: str) -> None:
    run = replace(load_run(window.session.view.run.path), name=f"VAE 2-D, Folder “{300 * letter}”, 22 Nov 12.00")
    first, second = keep_run(run), keep_run(run)
    assert {entry.path for entry in own_runs()} == {first, second}
    assert first.stem.startswith(f"VAE 2-D, Folder -{30 * letter}") and second.stem == f"{first.stem} (2)"
    assert load_run(second).name == run.name, "in the file it is whole"


KEEPS_FIVE = """
import sys
from pathlib import Path
from app.run_library import keep_run
from models.checkpoint import load_run
run = load_run(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    keep_run(run)
"""


def test_windows_that_train_the_same_at_the_same_time_keep_all_their_runs(vae_file: Path) -> None:
    call = [sys.executable, "-c", KEEPS_FIVE, str(vae_file)]
    where = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(call, env=where, stdin=PIPE, stdout=PIPE, text=True) for _ in range(2)]
    for each in both:
        assert each.stdout.readline() == "ready\n"
    for each in both:
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in both:
        each.communicate(timeout=120)
    assert len(own_runs()) == 10 and len(list(runs_folder().iterdir())) == 10


def test_a_link_that_leads_nowhere_takes_its_name(vae_file: Path, tmp_path: Path) -> None:
    run = load_run(vae_file)
    kept = keep_run(run)
    kept.unlink()
    kept.symlink_to(tmp_path / "gone" / "run.safetensors")
    assert keep_run(run).stem == f"{kept.stem} (2)"


def test_a_training_on_images_in_a_folder_with_a_long_name_is_kept(qtbot, window: MainWindow, tmp_path: Path) -> None:
    window.open_path(write_dataset(tmp_path / (72 * "数"), 20, 10))
    qtbot.waitUntil(lambda: window.session.data.dataset.title == f"Folder “{72 * '数'}”")
    window.training_panel.choose(SMALL, "cpu")
    window.session.start_training()
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and said[-1].text.startswith("Training is done: "))
    assert said[-1].text.endswith(f"Kept as “{own_runs()[0].title}” in the list of runs.") and said[-1].kind == "good"


def test_the_window_stays_where_a_run_cannot_be_saved_as_it_closes(window: MainWindow, tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "run.safetensors"
    window.session.save_run(gone)
    assert not window.close() and window.isVisible()
    last = window.message_bar.messages[-1]
    assert (last.text, last.kind) == (f"The run could not be saved to “{gone}”: no such file or directory.", "error")
    window.session.save_run(tmp_path / "run.safetensors")
    assert window.close() and not window.isVisible()
    assert load_run(tmp_path / "run.safetensors").name == window.session.view.name


@pytest.mark.parametrize("picker", ["modelPicker", "twinRunLeft"])
def test_a_run_that_came_from_elsewhere_is_in_the_list_when_it_is_opened(window: MainWindow, picker: str) -> None:
    """Another window of the program, or a person who copies files, tells nobody."""
    window.views.show_view("twins")
    box = window.findChild(Picker, picker)
    before, text = box.count(), box.currentText()
    path = keep_run(load_run(window.session.view.run.path))
    assert box.count() == before
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    assert box.count() == before + 1 and path in [box.itemData(index) for index in range(box.count())]
    assert box.currentText() == text
    box.hidePopup()


@pytest.mark.parametrize(("keys", "asks"), [("O", "getOpenFileName"), ("D", "getExistingDirectory")])
def test_what_is_opened_is_looked_for_at_home(
    window: MainWindow, keys: str, asks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the current folder, which is where the program lies when a menu started it."""
    asked: list[str] = []

    def answer(parent: QWidget, title: str, folder: str, *kinds: str) -> object:
        asked.append(folder)
        return ("", "") if kinds else ""

    monkeypatch.setattr(QFileDialog, asks, answer)
    shift = Qt.KeyboardModifier.ShiftModifier if keys == "O" else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(window, getattr(Qt.Key, f"Key_{keys}"), Qt.KeyboardModifier.ControlModifier | shift)
    assert asked == [str(Path.home())]


@pytest.mark.parametrize(
    ("room", "size", "fits"),
    [((1920, 1050), (1280, 800), True), ((1366, 728), (1280, 728), False), ((1093, 580), (1093, 580), False)],
    ids=["large", "a laptop", "a laptop at 125 %"],
)
def test_the_first_window_is_no_larger_than_its_screen(qtbot, room: tuple, size: tuple, fits: bool) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    open_at_first(window, QSize(*room))
    assert (window.width(), window.height()) == size
    assert window.isMaximized() != fits, "what lies outside of a small screen is where messages stand"
