"""Saved runs opened: a small file at once, a large one behind the window, which lives on meanwhile.

The last run that was asked for is the one that is shown, whichever is read first. While a person is asked where to save
what is seen, none takes its place: it would be written under the other one's name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background
from app.exporting import is_asking
from app.phase import Phase
from app.run_library import as_listed
from app.viewpoint import Viewpoint
from models.checkpoint import CheckpointError, Run, load_run

if TYPE_CHECKING:
    from app.session import Session

AT_ONCE = 4_000_000
"""Bytes that are read within a frame. All shipped runs are smaller: the first one stands in the first picture."""
ASKED_MS = 50
"""How often a run that has been read looks whether it may be shown."""

Done = Callable[[Viewpoint], object]
Failed = Callable[[str], object]


class RunReader(QObject):
    """Reads runs and makes their networks; whoever asks again before the answer gets the later one alone."""

    loading_changed = Signal(str, bool)
    """what is being read behind the window, in words, and whether it still is"""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._worker = Background(self)
        self._wish: object = None
        self._loading = ""  # what is being read behind the window, in words

    def read(self, path: Path, done: Done, failed: Failed) -> None:
        """Call `done(view)` or `failed(sentence)`: before this returns, or for a large file once it has been read.

        The network is made with it if torch is there, and found to fit its settings.
        """
        self.forget()
        wish = self._wish = object()

        def work() -> Viewpoint | None:
            return self._read(path) if self._wish is wish else None  # another one is wanted by now

        def tell(view: Viewpoint | None) -> None:
            if self._wish is not wish or view is None:
                return
            if is_asking():
                QTimer.singleShot(ASKED_MS, self, lambda: tell(view))
                return
            self.forget()
            done(view)

        def tell_failure(sentence: str) -> None:
            if self._wish is wish:
                self.forget()
                failed(sentence)

        if _is_large(path):
            self._tell_loading(f"Opening {path.stem}…")
            self._worker.submit(work, tell, tell_failure, (CheckpointError,))
            return
        try:
            view = self._read(path)
        except CheckpointError as error:
            tell_failure(str(error))
        else:
            tell(view)

    def forget(self) -> None:
        """Something else is wanted now: what is being read is told to nobody."""
        self._wish = None
        self._tell_loading("")

    def close(self) -> None:
        """Wait for what is being read; nobody is told any more."""
        self._wish = None
        self._worker.close()

    def _tell_loading(self, words: str) -> None:
        before, self._loading = self._loading, words
        if before:
            self.loading_changed.emit(before, False)
        if words:
            self.loading_changed.emit(words, True)

    def _read(self, path: Path) -> Viewpoint:
        view = Viewpoint.of_run(load_run(as_listed(path)))
        if self._session.torch_is_ready:
            come_alive(view)
        return view


def come_alive(view: Viewpoint) -> None:
    """Make a network of its weights; only torch can tell whether they fit the run's settings: else CheckpointError."""
    try:
        view.look_through_weights()
    except ValueError as error:
        raise CheckpointError(f"“{view.path or view.name}” cannot be used: {error}") from None


def comes_alive(view: Viewpoint, tell: Callable[[str, str], object]) -> bool:
    """Whether a network could be made of its weights, torch being there; else a sentence tells why."""
    try:
        come_alive(view)
    except CheckpointError as error:
        tell(str(error), "error")
        return False
    return True


class OpenDesk(QObject):
    """Lets the window look at another run. Where that cannot be, what is open stays open."""

    message = Signal(str, str)
    opening = Signal()
    """a person wants to look at another run: what was said of the attempt before is past"""
    failed = Signal()
    """a file could not be used; it may be gone"""

    def __init__(self, session: Session, show: Done) -> None:
        """`show` lets the window look through an opened run's network."""
        super().__init__(session)
        self._session, self._show = session, show
        self._reader = RunReader(session, self)
        self.loading_changed = self._reader.loading_changed

    def open_first(self, paths: Sequence[Path]) -> None:
        """The first of these runs that can be opened; while a large one is read, the next one is seen."""
        if not paths:
            return
        first, others = paths[0], paths[1:]
        if _is_large(first):
            self.open_first(others)
            self._read(first, lambda: None)
        else:
            self._read(first, lambda: self.open_first(others))

    def open(self, path: Path) -> bool:
        """Look at a saved run; whether it is open now, or will be once it is read."""
        self.opening.emit()
        if not self.may_open():
            return False
        refused: list[bool] = []
        self._read(path, lambda: refused.append(True))
        return not refused

    def may_open(self) -> bool:
        """Whether another run can be looked at now; else a sentence says why not."""
        if self._session.training.phase is Phase.IDLE:
            return True
        self.message.emit("Stop the training before opening another run.", "warning")
        return False

    def look_at(self, run: Run, before: Viewpoint | None = None) -> bool:
        """Look at a run as it is in memory, whatever became of its file; on the plane of `before`, if that was it."""
        if not self.may_open():
            return False
        view = Viewpoint.of_run(run)
        if before is not None:
            view.adopt_plane(before)
        return self._look_through(view)

    def forget(self) -> None:
        """A person wants something else: a run that is being read is no longer waited for."""
        self._reader.forget()

    def close(self) -> None:
        """Wait for what is being read."""
        self._reader.close()

    def come_alive(self, view: Viewpoint) -> bool:
        """Make the network of its weights, torch being there; where they do not fit a sentence says so."""
        return comes_alive(view, self.message.emit)

    def _read(self, path: Path, refused: Callable[[], object]) -> None:
        def done(view: Viewpoint) -> None:
            if not self._look_through(view):
                refused()

        def failed(sentence: str) -> None:
            self.message.emit(sentence, "error")
            self.failed.emit()
            refused()

        self._reader.read(path, done, failed)

    def _look_through(self, view: Viewpoint) -> bool:
        """Show it; torch may have come while it was read."""
        if self._session.torch_is_ready and not self.come_alive(view):
            return False
        self._show(view)
        return True


def _is_large(path: Path) -> bool:
    try:
        return os.stat(path).st_size > AT_ONCE
    except OSError:
        return False  # what is wrong with it is said at once
