"""A map with four far points, a person's mouse on it, and its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.panels.latent.map import LatentMap
from models.latent_space import Projection
from tests.app.mouse_wheel import turn_wheel

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
PIXEL = 1.01  # of a pixel: mouse events come on whole pixels


@pytest.fixture
def map_(qtbot: Any) -> Iterator[LatentMap]:
    """A map of 640x600 pixels, on the screen, with four far points: digits 0, 1, 2 and 3."""
    theme.apply(QApplication.instance(), "light")
    made = LatentMap()
    made.resize(640, 600)
    made.show()
    qtbot.waitExposed(made)
    made.show_codes(np.array([[-2, -2], [2, -2], [2, 2], [-2, 2]], np.float32), np.arange(4))
    QApplication.processEvents()
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else every switch of the theme dresses it too


def plane_of_pca(origin: tuple[float, ...] = (0, 0, 0, 0), explained: tuple[float, float] = (0.4, 0.2)) -> Projection:
    return Projection("pca", np.array(origin), np.eye(4)[:2], ("PC 1", "PC 2"), explained)


def signals(signal: Any) -> list[tuple[Any, ...]]:
    caught: list[tuple[Any, ...]] = []
    signal.connect(lambda *values: caught.append(values))
    return caught


def pixel_of(map_: LatentMap, x: float, y: float) -> QPoint:
    """Where a plane point must lie, worked out from the view's range alone."""
    (left, right), (bottom, top) = map_.view.view_box.viewRange()
    size = map_.view.viewport().size()
    return QPoint(int((x - left) / (right - left) * size.width()), int((top - y) / (top - bottom) * size.height()))


def units_per_pixel(map_: LatentMap) -> float:
    (left, right), _ = map_.view.view_box.viewRange()
    return (right - left) / map_.view.viewport().width()


def view_range(map_: LatentMap) -> np.ndarray:
    return np.array(map_.view.view_box.viewRange())


def picture(map_: LatentMap) -> np.ndarray:
    """The map's pixels as (H, W, 3)."""
    image = map_.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert image.devicePixelRatioF() == 1.0
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return data[:, :, 2::-1].astype(int)


def rgb(colour: str) -> np.ndarray:
    made = QColor(colour)
    return np.array((made.red(), made.green(), made.blue()))


def wheel(map_: LatentMap, at: QPoint, notches: int) -> None:
    turn_wheel(map_.view.viewport(), at, notches)


def drag(map_: LatentMap, button: Qt.MouseButton, start: QPoint, end: QPoint) -> None:
    viewport = map_.view.viewport()
    QTest.mousePress(viewport, button, pos=start)
    for part in (0.25, 0.5, 0.75, 1.0):
        QTest.mouseMove(viewport, start + (end - start) * part)
        QApplication.processEvents()
    QTest.mouseRelease(viewport, button, pos=end)
