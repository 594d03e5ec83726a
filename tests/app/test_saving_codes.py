"""The table of the map's codes is written behind the window: a million numbers take a second."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.exporting_views import save_table
from app.main_window import MainWindow


def said(window: MainWindow) -> str:
    messages = window.message_bar.messages
    return messages[-1].text if messages else ""


def test_the_map_s_codes_are_written_with_all_their_numbers(
    qtbot, borrowed_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, view = tmp_path / "codes.csv", borrowed_window.session.view
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    borrowed_window.latent_map.tools.export.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: said(borrowed_window) == f"Saved as “{path}”.")
    header, *rows = csv.reader(path.read_text().splitlines())
    assert header == ["held_out_image", "label", "z1", "z2"]
    np.testing.assert_array_equal(np.array([row[2:] for row in rows], np.float32), view.codes)
    assert [row[1] for row in rows] == view.labels.astype(str).tolist()
    assert [row[0] for row in rows] == [str(number) for number in range(len(view.codes))]


def test_codes_that_cannot_be_written_are_one_sentence(qtbot, borrowed_window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "none" / "codes.csv"
    borrowed_window.latent_map.codes_wanted.emit(path)
    qtbot.waitUntil(lambda: said(borrowed_window).startswith(f"“{path}” could not be written: "))


def test_the_window_lives_while_codes_are_written_and_closes_after_that(
    qtbot, make_window, vae_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, path, may_write = make_window(vae_file), tmp_path / "codes.csv", threading.Event()

    def write(*table: object) -> None:
        assert may_write.wait(60)
        save_table(*table)  # type: ignore[arg-type]

    monkeypatch.setattr("app.desks.saving.save_table", write)
    window.show()
    window.latent_map.codes_wanted.emit(path)
    assert not path.exists()
    threading.Timer(0.1, may_write.set).start()
    assert window.close()
    assert path.exists()
