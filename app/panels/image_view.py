"""What the views of held-out images have in common: what they tell, whether they are looked at, and their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.exporting_views import run_shown, save_and_tell, save_picture, save_table


class ImageView(QWidget):
    """A view of the centre in which held-out images can be pinned."""

    picked = Signal(int)
    """index of the held-out image whose code is to be pinned"""
    dataset_wanted = Signal()
    visibility_changed = Signal(bool)
    exported = Signal(str)
    failed = Signal(str)

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned; -1 for none."""
        raise NotImplementedError

    def _save_picture(self, sheet: QWidget, path: Path) -> None:
        save_and_tell(self, path, lambda: save_picture(sheet, path, title=run_shown(self)))

    def _save_rows(self, header: Sequence[str], rows: Iterable[Sequence[Any]], path: Path) -> None:
        save_and_tell(self, path, lambda: save_table(header, rows, path))

    # Qt's names

    def showEvent(self, event: QShowEvent) -> None:
        self.visibility_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.visibility_changed.emit(False)
