"""One window at the parallel axes for all tests of a file, and a person who presses, drags and reads there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app import theme
from app.background import Background
from app.main_window import MainWindow
from app.panels.axes.axes import ParallelAxes
from app.settings import AppSettings
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LIMIT = 20_000  # milliseconds


@pytest.fixture(scope="session")
def vae4_file(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved 4-D VAE of the built-in digits."""
    path = tmp_path_factory.mktemp("runs") / "vae4.safetensors"
    save_run(trained(digits, kind="vae", latent_dim=4, epochs=5), path)
    return path


@pytest.fixture(scope="session")
def wide_run(digits: Dataset) -> Run:
    """A 64-D VAE whose held-out codes are made up: nine units carry something, in no order."""
    run = trained(digits, kind="vae", latent_dim=64, epochs=1)
    random = np.random.default_rng(1)
    scale = np.full(64, 0.01)
    scale[[3, 60, 17, 22, 9, 41, 35, 50, 28]] = np.linspace(1.2, 0.8, 9)
    codes = (random.standard_normal(run.codes.shape) * scale).astype(np.float32)
    carries = np.where(scale > 0.5, -3.0, -0.0002)
    return replace(run, codes=codes, log_variances=np.broadcast_to(carries, codes.shape).astype(np.float32).copy())


@pytest.fixture(scope="module")
def window(qapp: QApplication, vae4_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """One window at the built-in digits for all tests of a file."""
    theme.apply(qapp, "light")
    settings = AppSettings(tmp_path_factory.mktemp("settings") / "settings.ini")
    made = MainWindow(data="digits", run_path=vae4_file, settings=settings)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


@pytest.fixture
def open_axes(qtbot, qapp: QApplication, window: MainWindow) -> Iterator[Callable[[Path], ParallelAxes]]:
    """Looks at the axes of a run, chosen with the key of their tab, as they are at first."""

    def opened(run: Path) -> ParallelAxes:
        theme.apply(qapp, "light")
        window.resize(1280, 800)
        window.activateWindow()
        session = window.session
        qtbot.waitUntil(lambda: session.torch_is_ready and session.data.dataset is not None, timeout=60_000)
        session.sketch.clear()
        session.data.choose("digits")
        for source in list(session.axes._sources):
            session.axes.remove(source.key)
        session.axes.twin.show(False)
        session.look.pin = None  # or it would stay at a code that another test has left
        session.open_run(run)
        qtbot.waitUntil(lambda: session.data.dataset.name == "digits", timeout=LIMIT)
        QTest.keyClick(window, Qt.Key.Key_1, CTRL)
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_1 + window.views.names().index("axes")), CTRL)
        view = window.views.made("axes")
        assert isinstance(view, ParallelAxes)
        view.canvas._is_sorted = None
        qtbot.waitUntil(lambda: view._measured is not None and view._measured.network == session.axes._network)
        settle(qtbot, view)
        return view

    yield opened
    desks = window.session.findChildren(Background)
    qtbot.waitUntil(lambda: not any(desk.busy for desk in desks), timeout=60_000)


@pytest.fixture
def view(open_axes, vae4_file: Path) -> ParallelAxes:
    return open_axes(vae4_file)


def settle(qtbot, view: ParallelAxes) -> None:
    desk = session_of(view).axes
    qtbot.waitUntil(lambda: view._measured is not None and not desk._worker.busy, timeout=LIMIT)
    qtbot.waitUntil(lambda: not (desk.twin._worker.busy or session_of(view).background.busy), timeout=60_000)
    QApplication.processEvents()


def window_of(view: ParallelAxes) -> MainWindow:
    window = view.window()
    assert isinstance(window, MainWindow)
    return window


def session_of(view: ParallelAxes):
    return window_of(view).session


def press(view: ParallelAxes, name: str) -> None:
    button = view.findChild(QWidget, name)
    assert button.isEnabled(), name
    QTest.mouseClick(button, LEFT)


def words(view: ParallelAxes, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def pinned(view: ParallelAxes) -> np.ndarray:
    return session_of(view).look.pin.code


def network(path: Path) -> Snapshot:
    run = load_run(path)
    return Snapshot.from_weights(run.config, run.weights)


def drag(view: ParallelAxes, place: int, pixels: int, steps: int = 6) -> None:
    """Take a handle and move it down so many pixels."""
    start = view.canvas.handle(place).toPoint()
    QTest.mousePress(view.canvas, LEFT, pos=start)
    for step in range(1, steps + 1):
        QTest.mouseMove(view.canvas, start + QPoint(0, round(pixels * step / steps)))
        QApplication.processEvents()
    QTest.mouseRelease(view.canvas, LEFT, pos=start + QPoint(0, pixels))


def pixels(widget: QWidget) -> np.ndarray:
    """The widget's pixels (H, W, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1].astype(int)


def rgb(colour: str) -> np.ndarray:
    return np.array(QColor(colour).getRgb()[:3])
