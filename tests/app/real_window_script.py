"""Run by test_real_window.py in a process of its own on X11: clicks the real window, prints what the screen shows."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from app import __main__ as start
from app import theme
from app.main_window import MainWindow
from app.phase import Phase
from models.config import RunConfig

LEFT = Qt.MouseButton.LeftButton


def until(condition, seconds: float = 120.0) -> bool:
    """Let the event loop run until the condition holds; whether it did in time. QTest.qWait would keep the GIL."""
    loop, end = QEventLoop(), time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QTimer.singleShot(50, loop.quit)
        loop.exec()
    return condition()


def screen() -> np.ndarray:
    """What the X server shows, (height, width, 3)."""
    picture = QGuiApplication.primaryScreen().grabWindow(0).toImage().convertToFormat(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return pixels[:, : 3 * picture.width()].reshape(picture.height(), -1, 3).copy()


def area_of(widget: QWidget) -> tuple[slice, slice]:
    """The widget's place on the screen."""
    corner = widget.mapToGlobal(widget.rect().topLeft())
    return slice(corner.y(), corner.y() + widget.height()), slice(corner.x(), corner.x() + widget.width())


def coloured(pixels: np.ndarray) -> int:
    """How many pixels have a colour of their own; the light theme's chrome has next to none."""
    return int((pixels.max(axis=2).astype(int) - pixels.min(axis=2) > 60).sum())


def sizes_of_words(app: QApplication, window: MainWindow) -> dict[str, list[float]]:
    """The points of all words as the window was opened, and after a switch of the theme and back."""
    words = window.findChildren(QLabel) + window.findChildren(QAbstractButton)
    found = {"opened": [each.font().pointSizeF() for each in words]}
    theme.apply(app, "dark")
    found["switched"] = [each.font().pointSizeF() for each in words]
    theme.apply(app, "light")
    return found


def main(run: str) -> None:
    app = start.make_application()
    found = {"platform": app.platformName(), "system": app.font().pointSizeF()}
    chosen = start.parse(["--data", "digits", "--run", run, "--theme", "light"])
    window = start.make_window(app, chosen, start.remembered(chosen))
    assert isinstance(window, MainWindow)
    window.show()
    found |= sizes_of_words(app, window)
    session = window.session
    found["ready"] = until(lambda: session.torch_is_ready and session.data.dataset is not None)
    view = window.latent_map.view
    until(lambda: coloured(screen()[area_of(view)]) > 1000)
    found["coloured_pixels_on_map"] = coloured(screen()[area_of(view)])
    decoded = window.findChild(QWidget, "decodedImage")
    until(lambda: False, 0.3)
    before = screen()[area_of(decoded)]
    place = view.viewport().mapTo(window, view.mapFromScene(view.view_box.mapViewToScene(QPointF(0.5, 0.5))))
    QTest.mouseClick(window.windowHandle(), LEFT, pos=place)  # through the window system's queue, as a hand's click
    found["pinned"] = [round(float(value), 2) for value in session.look.pin.code]
    found["decoded_repainted"] = until(lambda: bool((screen()[area_of(decoded)] != before).any()))
    session.edit_config(RunConfig(encoder=(32,), decoder=(32,), batch_size=100, epochs=2000))
    button = window.findChild(QWidget, "startButton")
    QTest.mouseClick(window.windowHandle(), LEFT, pos=button.mapTo(window, button.rect().center()))
    found["training"] = until(lambda: session.training.phase is Phase.TRAINING)
    began = time.monotonic()
    window.close()
    found["seconds_to_close"] = time.monotonic() - began
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
