"""How large everything is drawn: chosen in the menu or for a start, kept, and there at the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu

from app.magnification import SIZES, VARIABLE, magnified
from app.main_window import MainWindow
from app.wiring.sizes import fits

ROOT = Path(__file__).parents[2]
START = """
from app import __main__ as start
from app.settings import AppSettings
import os
import sys
chosen = start.parse(sys.argv[1:])
settings = start.remembered(chosen)
with start.magnified(settings.size):
    app = start.make_application()
"""
SCALES = START + 'print(app.devicePixelRatio(), AppSettings().size, os.environ.get("QT_SCALE_FACTOR"), sep="\\n")'
MESSAGES = (
    START
    + """
for each in start.make_window(app, chosen, settings).message_bar.messages:
    print(each.text, flush=True)
os._exit(0)
"""
)
BARE_EDGES = (
    START
    + """
from PySide6.QtGui import QColor
from app import theme
window = start.make_window(app, chosen, settings)
window.show()
canvas, ground, bare = window.loss_plot.canvas, QColor(theme.colours().window).rgb(), 0
for width in range(1280, 1300):
    window.resize(width, 780 + width % 20)
    app.processEvents()
    seen, place = window.loss_plot.grab().toImage(), canvas.geometry()
    ratio = seen.devicePixelRatio()
    foot, right = round((place.bottom() - 2) * ratio), round((place.right() - 2) * ratio)
    bare += sum(seen.pixel(x, foot) == ground for x in range(right - 2, right + 6))
    bare += sum(seen.pixel(right, y) == ground for y in range(foot - 2, foot + 6))
print(bare, flush=True)
os._exit(0)
"""
)


def entries(window: MainWindow) -> dict[int, QAction]:
    """The menu's entries by their percent, as they are when it is opened."""
    menu = next(each for each in window.menu_bar.findChildren(QMenu) if each.title() == "Size")
    menu.popup(window.mapToGlobal(window.rect().center()))
    menu.close()
    return dict(zip(SIZES, menu.actions(), strict=True))


def test_the_size_in_use_is_marked_and_what_the_screen_has_no_room_for_is_off(borrowed_window) -> None:
    found = entries(borrowed_window)
    assert [size for size, action in found.items() if action.isChecked()] == [100]
    assert borrowed_window.screen().availableGeometry().size() == QSize(1920, 1080), "the screen that tests have"
    assert {size for size, action in found.items() if not action.isEnabled()} == {175, 200}
    assert found[175].toolTip() == "This screen has no room for the window at that size."
    assert found[150].toolTip() != found[175].toolTip()


def test_a_chosen_size_is_kept_and_said(borrowed_window) -> None:
    bar = borrowed_window.message_bar
    menu = next(each for each in borrowed_window.menu_bar.findChildren(QMenu) if each.title() == "Size")
    for size, sentence in (
        (90, "From the next start on everything is drawn at 90 %: close the window and open it again."),
        (100, "Everything is drawn at 100 %, as it is now."),
    ):
        menu.popup(borrowed_window.mapToGlobal(borrowed_window.rect().center()))
        place = menu.actionGeometry(menu.actions()[SIZES.index(size)]).center()
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)
        assert borrowed_window.settings.size == size
        assert sentence in [label.text() for label in bar.findChildren(QLabel)]
        assert [each.isChecked() for each in menu.actions()] == [each == size for each in SIZES]


@pytest.mark.parametrize(
    ("room", "now", "largest"), [((1920, 1040), 100, 150), ((1280, 693), 150, 150), ((1366, 728), 100, 110)]
)
def test_the_largest_size_that_fits_a_screen(room: tuple[int, int], now: int, largest: int) -> None:
    assert max(size for size in SIZES if fits(size, now, QSize(*room))) == largest


def started(script: str, config: Path, *arguments: str, **more: str) -> list[str]:
    """What a script prints in a process of its own, line by line."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(config), "PYTHONPATH": str(ROOT)} | more
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG_CONFIG_HOME is Linux's")
def test_a_start_is_drawn_at_the_size_asked_for_or_kept_and_on_top_of_the_environments(tmp_path: Path) -> None:
    assert started(SCALES, tmp_path) == ["1.0", "100", "None"]
    assert started(SCALES, tmp_path, "--size", "150") == ["1.5", "150", "None"]
    assert started(SCALES, tmp_path) == ["1.5", "150", "None"]
    assert started(SCALES, tmp_path, **{VARIABLE: "2"}) == ["3.0", "150", "2"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG_CONFIG_HOME is Linux's")
def test_a_size_that_was_chosen_on_a_larger_screen_is_told_of(tmp_path: Path) -> None:
    """Offscreen's own screen has 800 x 800 pixels: too few for the window, whatever its size."""
    told = "This screen is small for 150 %: View > Size has less."
    assert told not in started(MESSAGES, tmp_path)
    assert told in started(MESSAGES, tmp_path, "--size", "150")


@pytest.mark.parametrize("size", ["80", "110"])
def test_no_edge_of_the_loss_plot_has_the_windows_colour(size: str, tmp_path: Path) -> None:
    assert started(BARE_EDGES, tmp_path, "--size", size) == ["0"]


@pytest.mark.parametrize("before", [None, "1.5", "2;3", "-1", "inf"])
def test_the_environment_is_as_it_was_afterwards(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    if before is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, before)
    with pytest.raises(OSError, match="no display"), magnified(200):
        assert os.environ[VARIABLE] == ("3" if before == "1.5" else "2")
        raise OSError("no display")
    assert os.environ.get(VARIABLE) == before
