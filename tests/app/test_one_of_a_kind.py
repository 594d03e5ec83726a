"""What is there once is told as one: a set may hold a single held-out image, and a bar of a tail a single score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QLabel, QWidget

from app.background import Background
from app.panels.anomalies.words import bar_in_words
from models.checkpoint import save_run
from models.datasets import load_folder
from tests.app.conftest import made_ready, open_view
from tests.app.test_choosing_data import write_dataset
from tests.conftest import trained


def test_a_bar_of_a_tail_holds_one_other() -> None:
    told = [bar_in_words(0.5, 1.0, np.array(counts), "4") for counts in ((1, 0), (2, 1), (1137, 1))]
    assert told == [f"0.5 to 1: {held}" for held in ("0 × 4, 1 other", "1 × 4, 2 others", "1 × 4, 1,137 others")]


def test_the_views_of_a_single_held_out_image(qtbot, make_window, tmp_path: Path, no_runs: None) -> None:
    folder, path = write_dataset(tmp_path / "one", 20, 1), tmp_path / "one.safetensors"
    save_run(trained(load_folder(folder), kind="vae", epochs=1), path)
    window = made_ready(qtbot, make_window(path, data=str(folder)))
    workers = window.session.findChildren(Background)

    def opened(name: str, part: str) -> QWidget:
        view = open_view(window, name)
        qtbot.waitUntil(lambda: not any(each.busy for each in workers))
        return view.findChild(QWidget, part)

    assert opened("sparsity", "activationHistogram").accessibleDescription().startswith("Activations, 1 image (")
    summary = opened("axes", "axesSummary")
    assert "over 1 held-out image." in f"{summary.text()}{summary.toolTip()}"
    assert not window.views.made("axes").findChild(QLabel, "axesWarning").isVisible(), "one image varies in nothing"
    said = opened("compression", "compressionFinePrint")
    qtbot.waitUntil(lambda: said.text() != "")
    assert "taken from these very codes, 1 held-out one." in said.text()
    assert "mean over 1 held-out image (" in opened("denoising", "denoisingCurve").toolTip()
