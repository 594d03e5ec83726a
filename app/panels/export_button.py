"""The button in a view's title row that saves what the view shows: a menu of pictures and tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from app import theme
from app.exporting import ask_path
from app.exporting_views import PICTURES
from app.panels.describing import describe


class ExportButton(QToolButton):
    """Each entry of its menu asks where to, and hands the path to what writes the file."""

    def __init__(self, object_name: str) -> None:
        super().__init__()
        describe(self, "Export", "Save the picture or the numbers", object_name)
        self.setIcon(theme.icon("export"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))

    def offer(self, words: str, name: str, kinds: str, save: Callable[[Path], None]) -> QAction:
        """Add an entry "Save something (KIND)…"; `name` is suggested for the file, `kinds` are `ask_path`'s filters."""

        def ask() -> None:
            path = ask_path(self.window(), words.split(" (")[0], name, kinds)
            if path is not None:
                save(path)

        return self.menu().addAction(theme.icon("image" if kinds == PICTURES else "export"), words, ask)
