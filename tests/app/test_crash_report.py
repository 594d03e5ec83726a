"""Unexpected errors: real exceptions in a slot, a QThread and a Python thread end in one report; the window lives."""

from __future__ import annotations

import faulthandler
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QThread, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app import crash_report
from app.crash_dialog import CrashDialog


class FailingThread(QThread):
    """A worker with a mistake in it."""

    def run(self) -> None:
        raise ArithmeticError("the worker slipped")


@pytest.fixture
def handler(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[crash_report.CrashHandler]:
    """A handler in force, with a log folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    was_enabled = faulthandler.is_enabled()
    yield crash_report.install()
    for dialog in dialogs():
        dialog.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert dialogs() == []
    for output in list(crash_report.log.handlers):
        crash_report.log.removeHandler(output)
        output.close()
    faulthandler.disable()
    if was_enabled:
        faulthandler.enable(sys.__stderr__)


def dialogs() -> list[CrashDialog]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, CrashDialog)]


def shown() -> CrashDialog:
    """The one dialog that is open."""
    (dialog,) = [dialog for dialog in dialogs() if dialog.isVisible()]
    return dialog


def failing_button(qtbot: QtBot, message: str = "the slot slipped") -> QPushButton:
    """A button whose slot has a mistake."""

    def slip() -> None:
        raise LookupError(message)

    button = QPushButton("press me")
    button.clicked.connect(slip)
    qtbot.addWidget(button)
    button.show()
    return button


def test_an_error_in_a_slot_is_shown_and_the_window_lives_on(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    button = failing_button(qtbot)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = shown()
    assert dialog.headline.text() == "Something unexpected happened."
    assert dialog.advice.text() == (
        "The window stays open and your work is kept. If it happens again, send the report below to whoever looks "
        "after Latent Lab, with a word on what you were doing."
    )
    report = dialog.report.toPlainText()
    assert "LookupError: the slot slipped" in report
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in report
    for library in crash_report.LIBRARIES:
        assert f"\n{library} " in report
    assert not dialog.isModal()
    heard: list[bool] = []
    button.clicked.connect(lambda: heard.append(True))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert heard == [True]


def test_an_error_in_a_qthread_is_shown_on_the_windows_thread(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    taken_on: list[QThread] = []
    handler.crashed.connect(lambda: taken_on.append(QThread.currentThread()), Qt.ConnectionType.DirectConnection)
    thread = FailingThread()
    with qtbot.waitSignal(thread.finished):
        thread.start()
    assert thread.wait()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert "ArithmeticError: the worker slipped" in shown().report.toPlainText()
    assert shown().thread() is QApplication.instance().thread()
    assert taken_on[0] is not QApplication.instance().thread()


def test_an_error_in_a_python_thread_is_shown(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    thread = threading.Thread(target=lambda: [][1])
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert "IndexError" in shown().report.toPlainText()


def test_repeated_errors_are_counted_in_one_dialog(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    button, other = failing_button(qtbot), failing_button(qtbot, "another slip")
    for pressed in (button, button, other, button):
        qtbot.mouseClick(pressed, Qt.MouseButton.LeftButton)
    assert len(dialogs()) == 1
    assert shown().headline.text() == "Something unexpected happened 4 times."
    report = shown().report.toPlainText()
    assert report.startswith("3 times:\nTraceback")
    assert "\nOnce:\nTraceback" in report
    assert report.index("the slot slipped") < report.index("another slip")


def test_a_report_can_be_silenced_until_the_next_start(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    button = failing_button(qtbot)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not shown().silence.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    shown().silence.click()
    qtbot.mouseClick(shown().close_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not any(dialog.isVisible() for dialog in dialogs())
    qtbot.mouseClick(failing_button(qtbot, "a new slip"), Qt.MouseButton.LeftButton)
    assert "a new slip" in shown().report.toPlainText()


def test_a_closed_report_opens_again_for_the_same_error(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    button = failing_button(qtbot)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(shown(), Qt.Key.Key_Escape)
    assert not any(dialog.isVisible() for dialog in dialogs())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert shown().headline.text() == "Something unexpected happened."


def test_the_log_is_named_where_other_programs_find_it(
    handler: crash_report.CrashHandler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "named").symlink_to(tmp_path / "private")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "named"))
    log_file = crash_report.start_log()
    assert log_file is not None and log_file.is_file() and log_file.is_relative_to(tmp_path / "private")


def test_the_report_is_copied_and_the_log_file_holds_it(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    qtbot.mouseClick(failing_button(qtbot), Qt.MouseButton.LeftButton)
    dialog = shown()
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == dialog.report.toPlainText()
    assert handler.log_file is not None
    assert str(handler.log_file) in dialog.place.text()
    logged = handler.log_file.read_text(encoding="utf-8")
    assert "LookupError: the slot slipped" in logged
    assert "in slip" in logged


def test_a_storm_of_one_error_does_not_fill_the_log(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    button = failing_button(qtbot)
    for _ in range(100):
        button.click()
    assert shown().headline.text() == "Something unexpected happened 100 times."
    assert handler.log_file is not None
    logged = handler.log_file.read_text(encoding="utf-8")
    assert logged.count("Traceback") == 1
    assert logged.count("The same error") == 6  # the 2nd, 4th, 8th, 16th, 32nd and 64th time


def test_a_large_log_is_put_aside_at_the_next_start(handler: crash_report.CrashHandler) -> None:
    assert handler.log_file is not None
    handler.log_file.write_text("x" * (crash_report.LARGEST_LOG + 1))
    assert crash_report.start_log() == handler.log_file
    assert handler.log_file.stat().st_size < 1000
    assert (handler.log_file.parent / "latentlab.log.1").stat().st_size > crash_report.LARGEST_LOG


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_takes_the_log_and_not_the_terminal(
    handler: crash_report.CrashHandler, capsys: pytest.CaptureFixture[str]
) -> None:
    assert handler.log_file is not None
    handler.log_file.unlink()
    handler.log_file.symlink_to("/dev/full")
    assert crash_report.start_log() == handler.log_file
    crash_report.log.error("Whatever happens next.")
    assert capsys.readouterr().err == ""
    full = crash_report.log.handlers[-1]
    crash_report.log.removeHandler(full)
    faulthandler.disable()
    with suppress(OSError):
        full.close()


def test_a_large_log_in_a_folder_that_is_closed_keeps_nobody_from_starting(
    handler: crash_report.CrashHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    assert handler.log_file is not None
    handler.log_file.write_text("x" * (crash_report.LARGEST_LOG + 1))
    monkeypatch.setattr("os.rename", refuse)
    assert crash_report.start_log() == handler.log_file


def test_without_a_log_folder_the_report_still_opens(
    qtbot: QtBot, handler: crash_report.CrashHandler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    unlogged = crash_report.install()
    assert unlogged.log_file is None
    qtbot.mouseClick(failing_button(qtbot), Qt.MouseButton.LeftButton)
    assert shown().place.text() == "The log file could not be written."
    assert not shown().folder_button.isEnabled()


def test_an_error_before_the_window_stands_says_so(qtbot: QtBot, handler: crash_report.CrashHandler) -> None:
    try:
        raise OSError("no such thing")
    except OSError as error:
        handler.take(error)
    seen: list[str] = []

    def close() -> None:
        seen.extend([shown().headline.text(), shown().advice.text()])
        qtbot.mouseClick(shown().close_button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, close)
    assert handler.show_and_wait() == 1
    assert seen == [
        "Latent Lab could not start.",
        "Starting it with --reset-layout or without --run and --data may help; if it does not, send the report below "
        "to whoever looks after Latent Lab.",
    ]


CRASH = """
import ctypes, sys
from PySide6.QtWidgets import QApplication
from app import crash_report
app = QApplication(sys.argv)
handler = crash_report.install()
print(handler.log_file, flush=True)
ctypes.string_at(0)
"""


def test_a_crash_of_the_interpreter_leaves_its_stack_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    result = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode != 0
    logged = Path(result.stdout.strip()).read_text(encoding="utf-8")
    assert "Segmentation fault" in logged or "access violation" in logged
    assert 'File "<string>", line 8 in <module>' in logged


def test_ctrl_c_is_no_unexpected_error(handler: crash_report.CrashHandler, capsys: pytest.CaptureFixture[str]) -> None:
    error = KeyboardInterrupt()
    sys.excepthook(KeyboardInterrupt, error, None)
    assert dialogs() == []
    assert "KeyboardInterrupt" in capsys.readouterr().err
    assert logging.getLogger("latentlab").handlers
