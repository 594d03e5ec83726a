"""Folders that are closed to this person, and names too long: one sentence, and the window lives on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QComboBox

from app import run_library
from app.main_window import MainWindow
from app.run_library import keep_run, new_run_path, own_runs, place_to_look, runs_folder, shipped_runs
from app.settings import AppSettings
from models.checkpoint import CheckpointError, Run, load_run
from tests.app.conftest import made_ready

NOBODY = 65534

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions are another matter on Windows")


@pytest.fixture
def window(qtbot, make_window, vae_file: Path) -> MainWindow:
    return made_ready(qtbot, make_window(vae_file))  # NOBODY may have no rights to import what is still missing


def end(window: MainWindow) -> None:
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that this process may not look into; root, who may look into all, is somebody else meanwhile."""
    folder = tmp_path / "closed"
    (folder / "latentlab" / "runs").mkdir(parents=True)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.owner() == tmp_path.owner() and parent.name.startswith(("pytest-", "popen-", "test_")):
            parent.chmod(0o755)
    folder.chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    yield folder
    if is_root:
        os.seteuid(0)
    folder.chmod(0o700)


def test_a_closed_folder_dropped_is_one_sentence(qtbot, window: MainWindow, closed: Path) -> None:
    window.open_path(closed)
    qtbot.waitUntil(lambda: bool(window.message_bar.messages), timeout=20_000)
    assert [each.text for each in window.message_bar.messages] == [
        f"The folder “{closed}” cannot be read: permission denied."
    ]
    window.open_path(closed / "latentlab")
    qtbot.waitUntil(lambda: len(window.message_bar.messages) == 2, timeout=20_000)
    assert window.message_bar.messages[-1].text == f"“{closed / 'latentlab'}” cannot be read: permission denied."


def test_a_name_that_is_too_long_is_one_sentence(qtbot, window: MainWindow) -> None:
    place = "/" + 300 * "a"
    window.open_path(Path(place))
    qtbot.waitUntil(lambda: bool(window.message_bar.messages), timeout=20_000)
    assert [each.text for each in window.message_bar.messages] == [f"“{place}” cannot be read: file name too long."]


def test_the_window_opens_where_the_data_folder_is_closed(
    qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(closed))
    with pytest.raises(PermissionError):
        os.listdir(runs_folder())
    made = MainWindow(data="digits", run_path=None, settings=AppSettings(tmp_path / "settings.ini"))
    picker = made.findChild(QComboBox, "modelPicker")
    titles = [picker.itemText(row) for row in range(picker.count())]
    assert [each.title for each in shipped_runs()] == titles[: len(shipped_runs())]
    assert place_to_look() == Path.home(), "where the dialog that opens a run begins"
    end(made)


@pytest.fixture
def run(vae_file: Path) -> Run:
    return load_run(vae_file)


def test_a_run_that_cannot_be_kept_is_one_sentence_that_names_the_place(
    run: Run, monkeypatch: pytest.MonkeyPatch, closed: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(closed))
    with pytest.raises(CheckpointError) as caught:
        keep_run(run)
    path = new_run_path(runs_folder(), run.name)
    assert str(caught.value) == f"The run could not be saved to “{path}”: permission denied."


def test_own_runs_are_listed_the_newest_first_and_a_link_to_nowhere_hurts_none(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert own_runs() == []
    older, newer = keep_run(run), keep_run(run)
    os.utime(older, (1_000, 1_000))
    os.utime(newer, (2_000, 2_000))
    (runs_folder() / "notes.txt").touch()
    (runs_folder() / "gone.safetensors").symlink_to(tmp_path / "nowhere")
    assert [each.path for each in own_runs()] == [newer, older]


def test_a_folder_that_is_named_like_a_run_is_none(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    kept = keep_run(run)
    (runs_folder() / "mine.safetensors").mkdir()
    assert [each.path for each in own_runs()] == [kept]
    monkeypatch.setattr(run_library, "shipped_folder", runs_folder)
    assert [each.path for each in shipped_runs()] == [kept]
