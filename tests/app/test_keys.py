"""Keys as a Mac's keyboard has them: Qt lets Command stand for Ctrl there, and the system keeps F11 for itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from app import keys, menus

SCRIPT = """
import json, sys
from pathlib import Path
import numpy, PIL.Image, platformdirs, pyqtgraph, safetensors.numpy, scipy.spatial, ziamath  # which ask where they are
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QTextBrowser, QWidget

sys.platform = "darwin"
from app import theme
from app.lessons import load_lessons
from app.main_window import MainWindow
from app.settings import AppSettings

app = QApplication([])
theme.set_up(app)
window = MainWindow(None, None, AppSettings(Path(sys.argv[1], "settings.ini")))
window.show()
said = [text for lesson in load_lessons() for text in (lesson.text, *(each.hint for each in lesson.check))]
for name in window.views.names():
    window.views.show_view(name)
window.lessons.toggle()
actions = {each.text(): each for each in window.findChildren(QAction)}
actions["Keyboard and mouse"].trigger()
for each in set(window.findChildren(QWidget)) - set(window.training_panel.buttons.children()):  # whose keys Qt writes
    said += [each.toolTip(), each.accessibleName(), each.accessibleDescription()]
    said += [each.text()] if isinstance(each, QLabel) else []
    said += [each.toPlainText()] if isinstance(each, QTextBrowser) else []
tabs = window.views.tabs
said += [tabs.tabToolTip(index) for index in range(tabs.count())]
print(json.dumps([said, actions["Full screen"].shortcut().toString()]))
window.close()
"""


def test_on_a_mac_every_key_is_called_as_it_is_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    environment = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=True)
    said, full_screen = json.loads(done.stdout.splitlines()[-1])
    told = [words for words in said if "Cmd" in words]
    assert len(told) > 20 and any("Option+3" in words for words in said)
    assert [words for words in said if re.search(r"\b(Ctrl|Alt|F11)\b", words)] == []
    assert "Control+Cmd+F fills the screen" in "\n".join(told)
    assert full_screen == "Meta+Ctrl+F", "of which Qt makes Control and Command"


def test_elsewhere_keys_keep_their_names() -> None:
    assert keys.called_here(menus.HELP) == menus.HELP
    assert keys.full_screen() == "F11"
