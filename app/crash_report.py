"""Unexpected errors: written to a log file, and shown once as a report that a person can copy; the window lives on."""

from __future__ import annotations

import faulthandler
import importlib.metadata
import logging
import platform
import sys
import threading
import traceback
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal, qVersion
from PySide6.QtGui import QGuiApplication

from app import __version__
from app.crash_dialog import CrashDialog
from models.own_folders import own_folder

LOG_NAME = "latentlab.log"
LARGEST_LOG = 500_000  # bytes; a larger log is put aside at the next start
LOGS_KEPT = 3
ERRORS_KEPT = 5  # different errors in one report
LIBRARIES = ("PySide6-Essentials", "pyqtgraph", "numpy", "torch", "torchvision", "safetensors", "scikit-learn")

log = logging.getLogger("latentlab")
log.addHandler(logging.NullHandler())  # without a log file nothing goes to the terminal
log.propagate = False


class CrashHandler(QObject):
    """Takes unexpected errors from any thread; lives on the window's thread, where alone a dialog may open."""

    crashed = Signal(str)

    def __init__(self, log_file: Path | None) -> None:
        super().__init__()
        self.log_file = log_file
        self._times: dict[str, int] = {}  # traceback -> how often since the dialog was closed, newest error last
        self._silenced: set[str] = set()
        self._lock = threading.Lock()
        self._dialog: CrashDialog | None = None
        self.crashed.connect(self._show)

    def take(self, error: BaseException) -> None:
        """Log one error and have it shown; callable from every thread, opens nothing itself."""
        text = "".join(traceback.format_exception(error))
        with self._lock:
            times = self._times.pop(text, 0) + 1
            self._times[text] = times
            while len(self._times) > ERRORS_KEPT:
                self._times.pop(next(iter(self._times)))
        if times == 1:
            log.error("Unexpected error on thread %s\n%s", threading.current_thread().name, text)
            print(f"Unexpected error, written to {self.log_file}: {_last_line(text)}", file=sys.stderr)
        elif times & (times - 1) == 0:  # an error in a paint event comes sixty times a second: log the powers of two
            log.error("The same error, %d times by now: %s", times, _last_line(text))
        self.crashed.emit(text)

    def show_and_wait(self) -> int:
        """Show what was taken and wait until it is closed, for an error before the window stands; exit status 1."""
        if self._dialog is not None:
            self._dialog.show_no_start()
            self._dialog.exec()
        return 1

    def _show(self, text: str) -> None:
        if self._dialog is None:
            if text in self._silenced:
                return
            self._dialog = CrashDialog(self.log_file)
            self._dialog.finished.connect(self._forget)
        with self._lock:
            errors = dict(reversed(self._times.items()))
        self._dialog.show_report(report(errors), sum(errors.values()))
        self._dialog.show()

    def _forget(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is None:
            return
        with self._lock:
            if dialog.silence.isChecked():
                self._silenced.update(self._times)
            self._times.clear()
        dialog.deleteLater()


def install() -> CrashHandler:
    """From now on unexpected errors of every thread are logged and shown; keep what is returned.

    Exceptions in slots and in `QThread.run` both reach `sys.excepthook`, the latter on the worker's own thread.
    """
    handler = CrashHandler(start_log())

    def take_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            handler.take(error)

    def take_from_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            handler.take(arguments.exc_value)

    sys.excepthook = take_uncaught
    threading.excepthook = take_from_thread
    return handler


class _Log(RotatingFileHandler):
    """A log that loses what its disk has no room for."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: Python would print a traceback at each line, and what is wrong is told where it matters."""


def start_log() -> Path | None:
    """Open the log file in the user's log folder, also for crashes of the interpreter; None if it can't be written."""
    folder = own_folder("log")
    if folder is None:
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = folder.resolve()  # where others find it: Windows leads a Python out of its store elsewhere
        output = _Log(folder / LOG_NAME, backupCount=LOGS_KEPT, encoding="utf-8")
    except OSError:
        return None
    if (folder / LOG_NAME).stat().st_size > LARGEST_LOG:
        with suppress(OSError):  # a folder that nothing can be renamed in: it grows on
            output.doRollover()
    output.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(output)
    log.setLevel(logging.INFO)
    log.info("Latent Lab %s starts on %s", __version__, platform.platform())
    # The log is put aside only at a start, so its descriptor stays good while the program runs.
    if output.stream is not None:
        faulthandler.enable(output.stream)
    return folder / LOG_NAME


def report(errors: dict[str, int]) -> str:
    """What a person can send: each traceback with how often it came, then versions and platform."""
    lines: list[str] = []
    for text, times in errors.items():
        lines += ["Once:" if times == 1 else f"{times} times:", text.rstrip(), ""]
    lines += [f"Latent Lab {__version__}", f"Python {platform.python_version()}, Qt {qVersion()}"]
    lines += [f"{name} {_version(name)}" for name in LIBRARIES]
    lines += [platform.platform(), f"window system: {QGuiApplication.platformName()}"]
    return "\n".join(lines) + "\n"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1]
