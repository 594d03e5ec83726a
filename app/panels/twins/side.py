"""What stands above one of the twins' maps: which run it is, and a menu of what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app import theme
from app.exporting import ask_path
from app.panels.describing import describe, describe_shown
from app.panels.picker import Picker
from app.panels.titled import tight
from app.phase import Phase
from app.plain_words import as_written
from app.run_library import name_of_copy, place_to_look
from app.seen.twins import TwinTitle

RUNS = "Runs (*.safetensors)"
IN_TRAINING = "Stop the twins' training first"


class TwinSide(QWidget):
    """A picker of runs and, beside it, the menu."""

    run_chosen = Signal(object)
    """Path"""
    open_wanted = Signal()
    save_wanted = Signal(object)
    """Path of the file to write"""

    def __init__(self, side: str) -> None:
        super().__init__()
        self._side = side
        self._title: TwinTitle | None = None
        self._runs: Sequence[tuple[str, Path]] = ()
        name = f"Run on the {side}"
        self.picker = describe(Picker(), name, name, f"twinRun{side.capitalize()}")
        self.picker.setMinimumWidth(96)
        tip = f"What can be done with the run on the {side}"
        self.more = describe(QToolButton(), tip, tip, f"twinMenu{side.capitalize()}")
        self.more.setIcon(theme.icon("more"))
        self.menu = menu = QMenu(self.more)
        menu.setToolTipsVisible(True)
        self.open_action = menu.addAction("Open in the window", self.open_wanted.emit)
        self.save_action = menu.addAction(theme.icon("export"), "Save as a run file…", self._ask)
        self.more.clicked.connect(self._pop_up)  # with a menu of its own it would need room for an arrow
        row = tight(QHBoxLayout(self), 2)
        row.addWidget(self.picker, 1)
        row.addWidget(self.more)
        self.picker.activated.connect(self._choose)
        self.show_phase(Phase.IDLE)

    def shown_name(self) -> str:
        """What the window calls the run that stands here; without one, the side."""
        name = self._title.name if self._title is not None else self._side
        return self.picker.currentText() or name

    # in

    def show_runs(self, entries: Sequence[tuple[str, Path]]) -> None:
        """The runs that can be opened."""
        self._runs = entries
        self.picker.when_closed(self._list_runs)

    def show_title(self, title: TwinTitle) -> None:
        """Which network stands here."""
        self._title = title
        self.picker.when_closed(self._show_name)

    def show_phase(self, phase: Phase) -> None:
        """While twins train, no other run can be opened here, nor they in the window."""
        self.picker.setEnabled(phase is Phase.IDLE)
        self.open_action.setEnabled(phase is Phase.IDLE)
        tip = "Let the whole window look at this run: map, axes, reconstructions and all other views"
        self.open_action.setToolTip(tip if phase is Phase.IDLE else IN_TRAINING)
        self.save_action.setToolTip("Write the network as it is now, with its settings and codes, as one file")

    # inside

    def _list_runs(self) -> None:
        self.picker.clear()
        for title, path in self._runs:
            self.picker.addItem(title, path)
        self._show_name()

    def _pop_up(self) -> None:
        self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _choose(self, index: int) -> None:
        path = self.picker.itemData(index)
        self._show_name()  # what stands there stays shown until the other run is open
        if path is not None:
            self.run_chosen.emit(path)

    def _show_name(self) -> None:
        title, picker = self._title, self.picker
        if title is not None:
            picker.show_words(title.name)
            paths = [picker.itemData(index) for index in range(picker.count())]
            picker.setCurrentIndex(paths.index(title.path) if title.path in paths else -1)
            describe_shown(picker, f"Run on the {self._side}")
            picker.setToolTip(as_written(f"{title.name}\nThe run on the {self._side}"))

    def _ask(self) -> None:
        name = name_of_copy(self._title.name, self._title.path) if self._title is not None else "twin"
        path = ask_path(self, "Save the run", str(place_to_look() / f"{name}.safetensors"), RUNS)
        if path is not None:
            self.save_wanted.emit(path)
