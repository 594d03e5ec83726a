"""A loss that stops being a number, in the window: one sentence, the last good network stays, and Train works again."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.main_window import MainWindow
from app.phase import Phase
from app.run_library import own_runs
from models.config import RunConfig

DEEP = (128,) * 8
WILD = RunConfig(
    kind="ae",
    loss="mse",
    activation="linear",
    output="linear",
    encoder=DEEP,
    decoder=DEEP,
    learning_rate=1.0,
    gradient_clip=0.0,
    schedule="constant",
)


@pytest.fixture
def window(qtbot, vae_file, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_window) -> MainWindow:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))
    made = make_window(vae_file)
    made.show()
    ready = made.findChild(QPushButton, "startButton")
    qtbot.waitUntil(lambda: made.session.data.dataset is not None and made.session.torch_is_ready, timeout=60_000)
    qtbot.waitUntil(lambda: ready.isEnabled() and not made.session.background.busy, timeout=60_000)
    return made


def train(qtbot, window: MainWindow, config: RunConfig) -> None:
    """Press Train and wait for the end."""
    window.training_panel.show_config(config)
    window.session.edit_config(config)
    ended: list[str] = []
    window.session.training_ended.connect(ended.append)
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(ended) and window.session.training.phase is Phase.IDLE, timeout=60_000)


def test_a_training_that_diverges_leaves_a_sentence_and_its_last_good_network(qtbot, window) -> None:
    train(qtbot, window, WILD)
    said = window.message_bar.messages[-1]
    assert said.kind == "error"
    assert re.match(r"The loss stopped being a finite number in epoch \d+ \(step \d+\): try a smaller ", said.text)
    view = window.session.view
    assert view.config == WILD and view.name.endswith(", stopped")
    assert np.isfinite(view.codes).all()
    assert all(np.isfinite(each).all() for each in view.snapshot.weights().values())
    assert own_runs() == [], "a run that broke off is not kept among the runs"
    train(qtbot, window, RunConfig(epochs=1, encoder=(16,), decoder=(16,)))
    assert window.message_bar.messages[-1].text.startswith("Training is done: ")
    assert len(own_runs()) == 1
