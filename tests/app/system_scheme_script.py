"""Run by test_real_window.py on X11 with a D-Bus of its own: the desktop turns dark, and light, under an open window.

GNOME's way, with the very message that a desktop sends; prints how far the window looks like one opened there and then.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app import theme
from app.main_window import MainWindow
from app.settings import AppSettings

SCHEMES = {"dark": 1, "light": 2}  # as the desktop's portal numbers them


def until(condition, seconds: float = 120.0) -> bool:
    """Let the event loop run until the condition holds; whether it did in time."""
    loop, end = QEventLoop(), time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QTimer.singleShot(10, loop.quit)
        loop.exec()
    return condition()


def turn_desktop(scheme: str) -> None:
    """Say on the session's bus that the desktop has another scheme."""
    words = ["string:org.freedesktop.appearance", "string:color-scheme", f"variant:uint32:{SCHEMES[scheme]}"]
    signal = ["/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings.SettingChanged"]
    subprocess.run(["dbus-send", "--session", "--type=signal", *signal, *words], check=True)


def opened(run: str, settings: str) -> MainWindow:
    window = MainWindow(data="digits", run_path=Path(run), settings=AppSettings(Path(settings)))
    window.show()
    session = window.session
    until(lambda: session.torch_is_ready and session.data.dataset is not None and not session.background.busy)
    return window


def look(window: MainWindow) -> np.ndarray:
    """What the window shows once it has come to rest, (height, width, 3)."""
    before, now = None, picture_of(window)
    for _ in range(40):
        if before is not None and np.array_equal(before, now):
            break
        until(lambda: False, 0.5)
        before, now = now, picture_of(window)
    return now


def picture_of(window: MainWindow) -> np.ndarray:
    """What the window shows, (height, width, 3)."""
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return pixels[:, : 3 * picture.width()].reshape(picture.height(), -1, 3).copy()


def share_of_other_pixels(one: np.ndarray, other: np.ndarray) -> float:
    """How much of two pictures is not the same, 0..1."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > 8).mean())


def main(run: str, settings: str) -> None:
    app = QApplication(["latentlab"])
    theme.apply(app, "system")
    window = opened(run, settings)
    first, followed, looks = look(window), {}, {}
    for scheme in ("dark", "light"):
        turn_desktop(scheme)
        followed[scheme] = until(lambda dark=scheme == "dark": theme.colours().dark == dark)
        looks[scheme] = look(window)
    window.close()
    theme.apply(app, "dark")
    window = opened(run, settings)
    unlike = {"dark": share_of_other_pixels(look(window), looks["dark"])}
    unlike["light"] = share_of_other_pixels(first, looks["light"])
    window.close()
    print(json.dumps({"followed": followed, "unlike": unlike}))


if __name__ == "__main__":
    main(*sys.argv[1:])
