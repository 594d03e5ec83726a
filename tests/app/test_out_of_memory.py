"""Too little memory, in the window: one sentence, what was looked at stays, and a button trains with less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

import models.training
from app.main_window import MainWindow
from app.phase import Phase
from models.config import RunConfig
from models.learner import Learner

SMALL = RunConfig(epochs=1, encoder=(16,), decoder=(16,))
CPU_IS_FULL = "The CPU has not enough free memory for this run: choose a smaller batch or fewer units."
GPU_IS_FULL = "The GPU (CUDA) has not enough free memory for this run: choose a smaller batch or fewer units."


@pytest.fixture
def window(qtbot, vae_file, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_window) -> MainWindow:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))
    made = make_window(vae_file)
    made.show()
    qtbot.waitUntil(lambda: made.session.data.dataset is not None and made.session.torch_is_ready, timeout=60_000)
    qtbot.waitUntil(lambda: not made.session.background.busy, timeout=60_000)
    return made


@contextmanager
def little_memory(megabytes: int) -> Iterator[None]:
    """This process may take no more than so much beside what it has."""
    import resource

    taken = 1024 * int(Path("/proc/self/status").read_text().split("VmSize:")[1].split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + megabytes * 1_000_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def press(qtbot, window: MainWindow, button: QPushButton) -> None:
    """Press a button that starts a training, and wait for its end."""
    ended: list[str] = []
    window.session.training_ended.connect(ended.append)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(ended) and window.session.training.phase is Phase.IDLE, timeout=60_000)


def offered(window: MainWindow) -> dict[str, QPushButton]:
    buttons = [window.findChild(QPushButton, name) for name in ("messageAction", "otherAction")]
    return {each.text(): each for each in buttons if each.isVisible()}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="limits memory as on Linux")
def test_a_batch_that_memory_is_too_small_for_can_be_halved(qtbot, window: MainWindow) -> None:
    before = window.session.view
    # so large that not even the network finds room: a process that has run long has some that no limit takes away
    window.training_panel.choose(SMALL.replace(batch_size=10_000, encoder=(4096, 2048), decoder=(4096,)), "cpu")
    start = window.findChild(QPushButton, "startButton")
    with little_memory(megabytes=100):
        press(qtbot, window, start)
    said = window.message_bar.messages[-1]
    assert (said.text, said.kind) == (CPU_IS_FULL, "error")
    assert window.session.view is before and np.isfinite(before.snapshot.decode(before.codes[:2])).all()
    assert list(offered(window)) == ["Halve the batch"]
    press(qtbot, window, offered(window)["Halve the batch"])
    assert window.message_bar.messages[-1].text.startswith("Training is done: ")
    assert window.session.view.config.batch_size == window.training_panel.config().batch_size == 5000
    assert window.settings.config.batch_size == 5000
    assert offered(window) == {}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="limits memory as on Linux")
def test_first_weights_that_memory_is_too_small_for_are_refused_in_words(qtbot, window: MainWindow) -> None:
    before, count = window.session.view, len(window.message_bar.messages)
    window.training_panel.choose(SMALL.replace(encoder=(4096,) * 4, decoder=(4096,) * 4), "cpu")
    with little_memory(megabytes=100):
        QTest.mouseClick(window.findChild(QPushButton, "resetButton"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: len(window.message_bar.messages) > count)
    said = window.message_bar.messages[-1]
    assert (said.text, said.kind) == (CPU_IS_FULL, "error")
    assert window.session.view is before


class SmallGpu(Learner):
    """A GPU without memory, where there is none to fill; the CPU is as it is."""

    def __init__(self, config, dataset, device, partners=None, **more) -> None:
        if device.type == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        super().__init__(config, dataset, device, partners, **more)


def test_where_a_gpu_is_too_small_the_cpu_can_be_used(qtbot, window: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr(models.training, "Learner", SmallGpu)
    monkeypatch.setattr(models.training, "pick_device", lambda hardware: torch.device(hardware.device))
    window.training_panel.show_devices([("cpu", "CPU", True, ""), ("cuda", "CUDA", True, "")])
    window.training_panel.choose(SMALL.replace(batch_size=400), "cuda")
    press(qtbot, window, window.findChild(QPushButton, "startButton"))
    assert window.message_bar.messages[-1].text == GPU_IS_FULL
    assert list(offered(window)) == ["Halve the batch", "Use the CPU"]
    press(qtbot, window, offered(window)["Halve the batch"])
    assert window.message_bar.messages[-1].text == GPU_IS_FULL, "half of it is too much too"
    assert (window.session.config.batch_size, window.session.device) == (200, "cuda")
    press(qtbot, window, offered(window)["Use the CPU"])
    assert window.message_bar.messages[-1].text.startswith("Training is done: ")
    assert window.session.view.run.report["device"] == "cpu"
    assert window.training_panel.device_picker.currentData() == window.settings.device == "cpu"


def test_an_offer_of_before_leaves_a_training_in_peace(qtbot, window: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr(models.training, "Learner", SmallGpu)
    monkeypatch.setattr(models.training, "pick_device", lambda hardware: torch.device(hardware.device))
    window.training_panel.show_devices([("cpu", "CPU", True, ""), ("cuda", "CUDA", True, "")])
    window.training_panel.choose(SMALL.replace(batch_size=400), "cuda")
    press(qtbot, window, window.findChild(QPushButton, "startButton"))
    window.training_panel.choose(SMALL.replace(epochs=2000), "cpu")
    QTest.mouseClick(window.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.TRAINING, timeout=30_000)
    QTest.mouseClick(offered(window)["Halve the batch"], Qt.MouseButton.LeftButton)
    assert window.message_bar.messages[-1].text == "A training is under way: stop it first."
    assert window.training_panel.config() == SMALL.replace(epochs=2000)
    window.session.training.stop()
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE, timeout=30_000)


def test_a_batch_of_one_image_cannot_be_halved(qtbot, window: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr(models.training, "Learner", SmallGpu)
    monkeypatch.setattr(models.training, "pick_device", lambda hardware: torch.device("cuda"))
    window.training_panel.choose(SMALL.replace(batch_size=1), "cpu")
    press(qtbot, window, window.findChild(QPushButton, "startButton"))
    assert window.message_bar.messages[-1].text == GPU_IS_FULL
    assert offered(window) == {}
