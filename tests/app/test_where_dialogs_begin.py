"""Where the system's dialogs begin: where a person was last, for runs, sweeps and pictures each on their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.main_window import MainWindow
from app.run_library import shipped_runs

CTRL = Qt.KeyboardModifier.ControlModifier


class Dialogs:
    """The system's dialogs, no code of ours: each is answered with `answer`, and where it began is noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer, self.began = "", Path()
        for name in ("getOpenFileName", "getSaveFileName"):
            monkeypatch.setattr(QFileDialog, name, self._ask)

    def _ask(self, parent: object, title: str, place: str, kinds: str) -> tuple[str, str]:
        self.began = Path(place)
        return self.answer, ""


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch) -> Dialogs:
    return Dialogs(monkeypatch)


def test_runs_are_looked_for_where_one_was_found(
    window: MainWindow, vae_file: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    dialogs.answer = str(shutil.copy(vae_file, folder / "of my own.safetensors"))
    QTest.keyClick(window, Qt.Key.Key_O, CTRL)
    dialogs.answer = ""
    QTest.keyClick(window, Qt.Key.Key_O, CTRL)
    assert dialogs.began == folder
    QTest.keyClick(window, Qt.Key.Key_S, CTRL)
    assert dialogs.began == folder / "of my own.safetensors", "so are they saved there, under the name that is seen"
    QTest.keyClick(window, Qt.Key.Key_O, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert dialogs.began == Path.home(), "of sweeps none was found yet"
    shutil.rmtree(folder)
    QTest.keyClick(window, Qt.Key.Key_O, CTRL)
    assert dialogs.began != folder, "the stick is gone"


def test_a_copy_of_a_shipped_run_is_not_called_shipped(window: MainWindow, dialogs: Dialogs) -> None:
    """In the list nobody could tell it from the other."""
    window.session.open_run(shipped_runs()[0].path)
    QTest.keyClick(window, Qt.Key.Key_S, CTRL)
    assert dialogs.began.name == shipped_runs()[0].path.name


def test_pictures_of_any_view_go_where_the_last_one_went(
    qtbot, window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    dialogs.answer = str(tmp_path / "mine.csv")
    codes = window.latent_map.tools.export.menu().actions()[1]
    codes.trigger()
    assert dialogs.began.parent != tmp_path
    qtbot.waitUntil((tmp_path / "mine.csv").exists)
    dialogs.answer = ""
    window.latent_map.tools.export.menu().actions()[0].trigger()
    assert dialogs.began == tmp_path / "latent-map.png"
