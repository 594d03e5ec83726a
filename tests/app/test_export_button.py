"""Tests for the button that saves what a view shows: its menu, what the file dialog is told, and the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.exporting_views import PICTURES, TABLES
from app.panels.anomalies.view import Anomalies
from app.panels.axes.axes import ParallelAxes
from app.panels.compression.view import Compression
from app.panels.denoising.view import Denoising
from app.panels.export_button import ExportButton
from app.panels.reconstructions.view import Reconstructions
from app.panels.sparsity.view import Sparsity
from app.panels.twins.view import Twins

VIEWS = {
    Anomalies: ("anomaliesExport", "anomalies.png"),
    Compression: ("compressionExport", "compression.png"),
    Denoising: ("denoisingExport", "denoising.png"),
    ParallelAxes: ("axesExport", "axes.png"),
    Reconstructions: ("reconstructionsExport", "reconstructions.png"),
    Sparsity: ("sparsityExport", "sparsity.png"),
    Twins: ("twinsExport", "twins.png"),
}


@pytest.fixture
def dialog(monkeypatch) -> dict[str, str]:
    """The system's dialog: "answer" is the path it gives, the rest what it was told."""
    told = {"answer": ""}

    def choose(parent: QWidget, title: str, start: str, kinds: str) -> tuple[str, str]:
        told.update(title=title, name=Path(start).name, kinds=kinds, over=parent.objectName())
        return told["answer"], ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    return told


def test_an_entry_asks_and_hands_the_path_on(qtbot, dialog: dict[str, str], tmp_path: Path) -> None:
    window = QWidget(objectName="window")
    qtbot.addWidget(window)
    button, saved = ExportButton("anyExport"), []
    button.setParent(window)
    button.offer("Save codes (CSV)…", "codes.csv", TABLES, saved.append)
    dialog["answer"] = str(tmp_path / "mine.csv")
    button.menu().actions()[0].trigger()
    assert saved == [tmp_path / "mine.csv"] and button.objectName() == "anyExport"
    assert (dialog["title"], dialog["name"], dialog["kinds"]) == ("Save codes", "codes.csv", TABLES)
    assert dialog["over"] == "window"


def test_nothing_is_saved_when_the_dialog_is_cancelled(qtbot, dialog: dict[str, str]) -> None:
    button, saved = ExportButton("anyExport"), []
    qtbot.addWidget(button)
    button.offer("Save picture (PNG, SVG)…", "any.png", PICTURES, saved.append).trigger()
    assert dialog["title"] == "Save picture" and saved == []


@pytest.mark.parametrize("kind", VIEWS)
def test_every_view_saves_its_picture(qtbot, dialog: dict[str, str], tmp_path: Path, kind: type[QWidget]) -> None:
    view, (object_name, name) = kind(), VIEWS[kind]
    qtbot.addWidget(view)
    view.resize(700, 600)
    view.show()
    dialog["answer"] = str(tmp_path / name)
    button = view.findChild(ExportButton, object_name)
    with qtbot.waitSignal(view.exported) as told:
        button.menu().actions()[0].trigger()
    assert told.args == [f"Saved as “{tmp_path / name}”."] and not QImage(str(tmp_path / name)).isNull()
    assert (dialog["title"], dialog["name"], dialog["kinds"]) == ("Save picture", name, PICTURES)
    entries = [action.text() for action in button.menu().actions()]
    assert entries[0] == "Save picture (PNG, SVG)…" and all(entry.endswith(" (CSV)…") for entry in entries[1:])
