"""PyTorch that cannot be imported, in a process of its own: what needs it says so, wherever one looks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.checkpoint import Run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.mending import pip_command
from models.networks import initialised
from models.snapshot import Snapshot

SCRIPT = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from app import theme
from app.main_window import MainWindow
from app.settings import AppSettings

reports = []
sys.excepthook = lambda kind, error, trace: reports.append(repr(error))
app = QApplication([])
theme.set_up(app)
window = MainWindow("digits", Path(sys.argv[2]), AppSettings(Path(sys.argv[1]) / "settings.ini"))
window.resize(1280, 800)
for name in ("manifold", "regularity"):
    window.views.show_view(name)  # these are there before it is known, the others come later
window.show()
window.session.message.connect(lambda sentence, kind: QTimer.singleShot(0, after_it) if kind == "error" else None)

def after_it():
    if window.session.data.dataset is None:
        window.session.data.dataset_changed.connect(look)
    else:
        look()

def look(*_):
    window.session.message.disconnect()
    said = {}
    for name in window.views.names():
        window.views.show_view(name)
        end = time.monotonic() + 20
        while name not in said or any("easuring" in words for words in said[name]) and time.monotonic() < end:
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)  # codes are measured without PyTorch too
            labels = window.views.made(name).findChildren(QLabel)
            said[name] = [label.text() for label in labels if label.isVisible()]
    twins = window.views.made("twins")
    for page in ("draws", "table"):
        window.views.show_view("twins")
        twins.show_page(page)
        table, end = window.session.twins.table, time.monotonic() + 20
        while table._worker.busy and time.monotonic() < end:
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
    said["twins' table"] = [twins.table.horizontalHeaderItem(0).text()]
    window.session.message.connect(lambda sentence, kind: said.update(train=[sentence, kind]))
    window.session.start_training()
    said["strip"] = [window.strip.tiles.accessibleDescription()]
    said["decoded"] = [window.decoded_panel.caption.text()]
    window.session.background.finish()
    window.close()
    print(json.dumps([said, reports]))
    app.quit()

QTimer.singleShot(200_000, app.quit)
app.exec()
"""


@pytest.fixture
def young(tmp_path: Path, digits: Dataset, rng: np.random.Generator) -> Path:
    """A saved run of an untrained convolutional VAE, of which nothing can be seen without PyTorch."""
    config = RunConfig(architecture="convolutional", encoder=(4, 8), decoder=(8, 4))
    weights = Snapshot(config, initialised(config, torch.full((784,), 0.2))).weights()
    codes = rng.normal(size=(len(digits.test_labels), 2)).astype(np.float32)
    run = Run("Young", config, weights, codes, None, digits.test_labels, digits.title, digits.fingerprint)
    save_run(run, tmp_path / "run.safetensors")
    return tmp_path / "run.safetensors"


def test_each_view_says_that_pytorch_is_missing_and_none_that_it_is_being_loaded(tmp_path: Path, young: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module', name='torch')")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(young)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    said, reports = json.loads(done.stdout.splitlines()[-1])
    assert reports == [], "it is no unexpected error"
    why = f"torch is not installed; this command gets it: {pip_command('torch')}"
    assert said.pop("train") == [why, "error"]
    assert said.pop("decoded") == ["no decoder"]
    assert not [words for view in said.values() for words in view if "oading" in words or "easuring" in words]
    needing = {"manifold", "regularity", "reconstructions", "axes", "denoising", "sparsity", "anomalies", "compression"}
    assert {view for view, words in said.items() if why in words} == needing | {"strip"}
