"""The window on a real X server (Xvfb): what the screen shows, clicks through its queue, and a clean close."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = [pytest.mark.xvfb, pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")]


@pytest.fixture
def display():
    """The name of an X display of our own."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(60)


def on_x11(display: str) -> dict[str, str]:
    return {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(HERE.parent.parent)}


def test_words_have_the_theme_s_size_from_the_start_and_a_click_through_the_window_system_pins_and_repaints(
    display, vae_file, tmp_path
):
    command = [sys.executable, str(HERE / "real_window_script.py"), str(vae_file)]
    environment = {**on_x11(display), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["system"] < 10, "the size that X11 begins with is too small for a projector"
    assert found["opened"] == found["switched"] and min(found["opened"]) == 9, "small words have 9 points"
    assert found["platform"] == "xcb" and found["ready"] and found["training"]
    assert found["coloured_pixels_on_map"] > 1000, "297 points of some 20 pixels each are on the screen"
    assert found["pinned"] == pytest.approx([0.5, 0.5], abs=0.15), (
        "the press is at most a few pixels off, or on a point"
    )
    assert found["decoded_repainted"]
    assert found["seconds_to_close"] < 2.0


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="dbus-run-session is not installed")
def test_an_open_window_follows_the_desktop_from_light_to_dark_and_back(display, vae_file, tmp_path):
    command = ["dbus-run-session", "--", sys.executable, str(HERE / "system_scheme_script.py")]
    environment = {**on_x11(display), "QT_QPA_PLATFORMTHEME": "gnome"}
    done = subprocess.run(
        [*command, str(vae_file), str(tmp_path / "settings.ini")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["followed"] == {"dark": True, "light": True}
    assert max(found["unlike"].values()) < 0.001, "it looks like a window that was opened in that scheme"


def test_the_app_starts_from_a_checkout_and_ends_politely(display, vae_file, tmp_path):
    command = [sys.executable, "-m", "app", "--data", "digits", "--run", str(vae_file)]
    environment = {**on_x11(display), "XDG_CONFIG_HOME": str(tmp_path)}
    app = subprocess.Popen(command, env=environment, cwd=HERE.parent.parent, stderr=subprocess.PIPE, text=True)
    window_up = subprocess.run(
        [sys.executable, "-c", WAIT_FOR_WINDOW], env=environment, capture_output=True, text=True, timeout=60
    )
    app.terminate()
    errors = app.communicate(timeout=120)[1]
    assert window_up.stdout.strip() == "up", window_up.stderr
    assert app.returncode == 0, errors
    assert "Traceback" not in errors


WAIT_FOR_WINDOW = """
import time
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
end = time.monotonic() + 200
def painted():
    picture = app.primaryScreen().grabWindow(0, 600, 12, 1, 1).toImage()
    return not picture.isNull() and picture.pixelColor(0, 0).lightness() > 10
while not painted() and time.monotonic() < end:
    time.sleep(0.05)
print("up" if painted() else "no window")
"""
