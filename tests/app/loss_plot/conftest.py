"""A loss plot on the screen, losses that fall, and what of them is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from app import theme
from app.panels.loss.plot import LossPlot

LEFT = Qt.MouseButton.LeftButton
NATS = "nats per image"


@pytest.fixture
def plot(qtbot: Any) -> Iterator[LossPlot]:
    theme.apply(QApplication.instance(), "light")
    made = LossPlot()
    made._rest.setInterval(20)  # half a second between drawings would only be waited for
    made.resize(420, 320)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else every switch of the theme dresses it too


def falling(count: int, first: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    steps = np.arange(first, first + count)
    kl = 6 * (1 - np.exp(-steps / 50))
    reconstruction = 130 + 400 * np.exp(-steps / 5)
    return steps, reconstruction + kl, reconstruction, kl


def y_range(plot: LossPlot) -> tuple[float, float]:
    low, high = plot.canvas.getPlotItem().viewRange()[1]
    return low, high


def append(plot: LossPlot, *block: np.ndarray) -> None:
    """Append and wait until it is drawn."""
    plot.append_steps(*block)
    drawn_now(plot)


def drawn_now(plot: LossPlot) -> None:
    deadline = QDeadlineTimer(5000)
    while plot._stale and not deadline.hasExpired():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    assert not plot._stale


def x_range(plot: LossPlot) -> tuple[float, float]:
    low, high = plot.canvas.getPlotItem().viewRange()[0]
    return low, high


def drawn(plot: LossPlot, name: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = plot.canvas._training[name].getData()
    return (np.empty(0), np.empty(0)) if x is None else (x, y)


def pixels_like(plot: LossPlot, colour: str) -> int:
    """How many pixels of the canvas have nearly this colour."""
    image = plot.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1]
    dye = QColor(colour)
    return int((np.abs(data.astype(int) - (dye.red(), dye.green(), dye.blue())).max(axis=2) < 25).sum())
