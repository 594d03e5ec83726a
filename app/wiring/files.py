"""What a person opens and saves as files, by the system's dialogs or by dropping: the main window's fourth sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.desks.sweep import NONE_YET
from app.dropping import take_copy
from app.exporting import ask_path
from app.last_places import last_place, note_place
from app.opening import SWEEP, Opened, none_of_ours, what_is
from app.panels.draw.pictures import may_hold_picture
from app.run_library import name_of_copy, place_to_look, runs_folder
from models.files import reason
from models.own_folders import home

if TYPE_CHECKING:
    from app.panels.draw.pad import Sketchpad
    from app.panels.message_bar import MessageBar
    from app.session import Session
    from models.sweep import Sweep


class Files:
    """Asks where a file is or shall be, and opens what is named or dropped.

    What went wrong with the attempt before is no longer said once another begins.
    """

    def __init__(
        self, window: QWidget, session: Session, bar: MessageBar, pad: Sketchpad, show_view: Callable[[str], object]
    ) -> None:
        self._window, self._session, self._bar, self._pad = window, session, bar, pad
        self._show_view = show_view
        self._picture_failed = ""
        for part in (session.opener, session.data, session.sweep):
            part.opening.connect(bar.withdraw_failure)
        session.sweep.sweep_shown.connect(self._note_sweep)
        pad.failed.connect(self._note_failure)
        pad.touched.connect(lambda: bar.withdraw_failure(self._picture_failed))

    def ask_run(self) -> None:
        """Open a run file; where none can be opened now, nobody looks for one first."""
        if not self._session.opener.may_open():
            return
        start = str(last_place(self._window, "runs", place_to_look()))
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a run", start, "Runs (*.safetensors)")
        if path:
            note_place(self._window, "runs", Path(path).parent)
            self._session.open_run(Path(path))

    def ask_save(self) -> None:
        """Save the run looked at, whatever is looked at by the time that a place for it is chosen."""
        view = self._session.view
        name = name_of_copy(view.name, view.path) if view else "run"
        suggested = str(last_place(self._window, "runs", place_to_look()) / f"{name}.safetensors")
        path = ask_path(self._window, "Save the run", suggested, "Runs (*.safetensors)")
        if path is not None:
            note_place(self._window, "runs", path.parent)
            self._session.save_run(path, view)

    def show_runs_folder(self) -> None:
        """Open the folder of the person's own runs in the system's file manager, where they are renamed and deleted."""
        folder = runs_folder()
        if folder is None:
            self._bar.show_message("There is no folder of runs: this account has no home folder.", "error")
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._bar.show_message(f"The folder “{folder}” cannot be made: {reason(error)}.", "error")
            return
        folder = folder.resolve()  # Windows leads a Python out of its store to another one, which others do not see
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._bar.show_message(f"Your runs are in “{folder}”; no file manager has answered.", "info")

    def ask_sweep(self) -> None:
        """Open the file of a sweep."""
        start = str(last_place(self._window, "sweeps", home()))
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a sweep", start, f"Sweeps ({SWEEP})")
        if path:
            beside = Path(path).parent.parent  # each sweep is a folder of its own
            note_place(self._window, "sweeps", beside)
            self.open(Path(path))

    def ask_folder(self) -> None:
        """Use the images in a folder."""
        title = "A folder of IDX files (MNIST's format)"
        start = str(last_place(self._window, "images", home()))
        path = QFileDialog.getExistingDirectory(self._window, title, start)
        if path:
            note_place(self._window, "images", Path(path).parent)
            self._session.data.choose(path)

    def open(self, path: Path) -> None:
        """A run, a sweep (its folder or its sweep.json), a folder of IDX files or one of those, or a picture."""
        match what_is(path):
            case Opened.RUN:
                self._session.open_run(path)
            case Opened.SWEEP:
                if self._session.sweep.open(path):
                    self._show_view("rate")
            case Opened.IMAGES:
                self._session.data.choose(str(path))
            case Opened.NOTHING:
                self._draw_on(path)

    def _draw_on(self, path: Path) -> None:
        """Bring a picture onto the canvas, as one that is dropped."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        if may_hold_picture(mime):
            self._pad.take_picture(mime)
        else:
            self._bar.show_message(none_of_ours(path), "error")

    def drop(self, event: QDropEvent) -> None:
        """Open what was dropped on the window; a picture goes onto the canvas."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if may_hold_picture(event.mimeData()):
            self._bar.withdraw_failure()
            self._pad.dropEvent(event)
        elif paths:
            take_copy(event)
            self.open(paths[0])

    def _note_sweep(self, sweep: Sweep) -> None:
        if sweep.done or sweep.failed:
            self._bar.withdraw_failure(NONE_YET)

    def _note_failure(self, sentence: str) -> None:
        self._picture_failed = sentence
