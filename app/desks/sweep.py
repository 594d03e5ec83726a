"""The sweep that is looked at: read from its folder, read again while it grows, and its cells opened as runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from models.sweep import Sweep
from models.sweep_folder import INDEX, SweepError, read_sweep

LOOK_AGAIN_MS = 2000
NONE_YET = "No cell of this sweep is finished yet; they appear here as they end."


class SweepDesk(QObject):
    """Owns the open sweep. One that is still being trained grows before a person's eyes."""

    message = Signal(str, str)
    """a sentence, and its kind: info, good, warning, error"""
    opening = Signal()
    """another sweep is tried"""
    sweep_shown = Signal(object)
    """Sweep"""
    run_wanted = Signal(object)
    """Path of the run of a picked cell"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sweep: Sweep | None = None
        self._path = Path()
        self._stamp = (0, 0)
        self._timer = QTimer(self, interval=LOOK_AGAIN_MS)
        self._timer.timeout.connect(self.look_again)

    def open(self, path: Path) -> bool:
        """Look at the sweep of a folder or of its sweep.json; when it cannot be read, what was open stays."""
        self.opening.emit()
        stamp = _stamp(path)
        try:
            sweep = read_sweep(path)
        except SweepError as error:
            self.message.emit(str(error), "error")
            return False
        self._path, self._stamp = path, stamp
        self._timer.start()
        self._show(sweep)
        if not sweep.done:
            self.message.emit(NONE_YET, "info")
        return True

    def look_again(self) -> None:
        """Show what has come since; a sweep that cannot be read just now stays as it was."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        try:
            sweep = read_sweep(self._path)
        except SweepError:
            return
        self._stamp = stamp
        if sweep != self.sweep:
            self._show(sweep)

    def open_cell(self, name: str) -> None:
        """Open the run of a cell."""
        found = [each for each in self.sweep.done if each.cell.name == name] if self.sweep is not None else []
        if self.sweep is not None and found:
            self.run_wanted.emit(self.sweep.folder / found[0].file)

    def close(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _show(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.sweep_shown.emit(sweep)


def _stamp(path: Path) -> tuple[int, int]:
    """Time and size of a sweep's file: while they stay, it need not be read."""
    try:
        about = (path / INDEX if path.is_dir() else path).stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size
