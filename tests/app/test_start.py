"""The start, as a person meets it: a fresh process, with what a machine may lack really lacking."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import __version__, start_checks
from app.__main__ import main, parse
from models.mending import pip_command

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for Linux's displays")


def start(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Start the app in a process of its own, with no display but the one that is named."""
    kept = {name: value for name, value in os.environ.items() if name not in DISPLAYS}
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, env=kept | environ, capture_output=True, text=True, timeout=240, check=False)


ROOT = Path(__file__).parents[2]
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """The one line that the app said on stderr before it gave up."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def broken_library(folder: Path, *names: str) -> str:
    """An LD_LIBRARY_PATH on which these libraries are found first, and are empty files."""
    for name in names:
        (folder / name).touch()
    return str(folder)


def test_version_is_said_without_a_display() -> None:
    result = start("--version")
    assert (result.returncode, result.stdout) == (0, f"Latent Lab {__version__}\n")


def test_an_unknown_option_is_refused_with_the_usage() -> None:
    result = start("--dat")
    assert result.returncode == 2
    assert "usage: latentlab" in result.stderr


@linux_only
def test_without_a_display_one_line_names_the_command_line_of_this_installation() -> None:
    assert refused(start()) == (
        "Latent Lab needs a display and found none (DISPLAY and WAYLAND_DISPLAY are not set); "
        f"without a display, train from the command line: {start_checks.headless_command()}"
    )


@linux_only
@pytest.mark.parametrize("has_script", [True, False])
def test_the_named_command_line_works(has_script: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the script that pip and pipx put beside the Python, and without; in folders with a space."""
    binaries = tmp_path / "own environment" / "bin"
    binaries.mkdir(parents=True)
    python = binaries / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    script = binaries / "latentlab-cli"
    if has_script:
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m models "$@"\n')
    for each in binaries.iterdir():
        each.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    command = start_checks.headless_command()
    assert command == (f'"{script}" train --help' if has_script else f'"{python}" -m models train --help')
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, result.stderr
    assert "--latent-dim" in result.stdout


def test_the_help_names_the_command_line_too(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/own/python")
    with pytest.raises(SystemExit):
        parse(["--help"])
    assert "/opt/own/python -m models train --help" in " ".join(capsys.readouterr().out.split())


@linux_only
@pytest.mark.parametrize("module", ["app", "models"])
def test_in_a_folder_that_is_gone_one_line_says_so(module: str, tmp_path: Path) -> None:
    """PyTorch's libraries would hang the window there."""
    command = f"cd '{tmp_path}' && mkdir gone && cd gone && rmdir ../gone && '{sys.executable}' -m {module}"
    environ = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(command, shell=True, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert refused(result) == "The current folder is not there any more: change to another one."


UNTOLD = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.__main__ import main
from app.crash_dialog import CrashDialog
execute = QApplication.exec

def fail_where_nobody_listens(*_):
    def look():
        shown = [each for each in QApplication.topLevelWidgets() if isinstance(each, CrashDialog) and each.isVisible()]
        if shown:
            print(shown[0].headline.text(), flush=True)
            os._exit(0)
    looks = QTimer(interval=10)
    looks.timeout.connect(look)
    looks.start()
    QTimer.singleShot(0, lambda: 1 / 0)
    return execute()

QApplication.exec = fail_where_nobody_listens
sys.exit(main([]))
"""


@linux_only
def test_an_error_is_reported_though_the_terminal_has_gone(tmp_path: Path) -> None:
    environ = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with open("/dev/full", "w") as nowhere:
        result = subprocess.run(
            [sys.executable, "-c", UNTOLD], env=os.environ | environ, stdout=subprocess.PIPE, stderr=nowhere, text=True,
            timeout=60, check=False,
        )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "Something unexpected happened.\n")


@linux_only
def test_a_display_that_does_not_answer_is_named() -> None:
    assert refused(start(DISPLAY=":4711")).startswith("No display answers at DISPLAY=:4711; without a display, train")


@linux_only
def test_a_missing_system_library_of_qt_is_named_with_the_command(tmp_path: Path) -> None:
    line = refused(start(QT_QPA_PLATFORM="offscreen", LD_LIBRARY_PATH=broken_library(tmp_path, "libEGL.so.1")))
    assert "the system library libEGL.so.1 is missing" in line
    assert "libegl1" in line


@linux_only
def test_all_missing_libraries_of_the_x11_plugin_are_named_at_once(tmp_path: Path) -> None:
    lacking = broken_library(tmp_path, "libxcb-icccm.so.4", "libxcb-cursor.so.0")
    line = refused(start(DISPLAY=":4711", LD_LIBRARY_PATH=lacking))
    assert "the system libraries libxcb-cursor.so.0, libxcb-icccm.so.4 are missing" in line
    assert "libxcb-cursor0 libxcb-icccm4" in line


@linux_only
def test_one_command_gets_what_qt_and_its_x11_plugin_lack(tmp_path: Path) -> None:
    lacking = broken_library(tmp_path, "libEGL.so.1", "libxcb-cursor.so.0")
    line = refused(start(DISPLAY=":4711", LD_LIBRARY_PATH=lacking))
    assert "the system libraries libEGL.so.1, libxcb-cursor.so.0 are missing" in line
    assert "libegl1 libxcb-cursor0" in line


@linux_only
def test_an_unknown_platform_is_named() -> None:
    line = refused(start(QT_QPA_PLATFORM="toaster"))
    assert line == "QT_QPA_PLATFORM asks for “toaster”, which this Qt does not have; leave it unset, or use xcb."


@linux_only
def test_the_starter_asks_for_the_packages_that_lack(tmp_path: Path) -> None:
    environ = os.environ | {"LD_LIBRARY_PATH": broken_library(tmp_path, "libxcb-shape.so.0")}
    command = [sys.executable, "-m", "app.start_checks"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=True)
    assert "libxcb-shape0" in result.stdout.split()


def broken_qt(folder: Path, library: str) -> None:
    """PySide6 as it is, but for one of its own libraries."""
    spec = find_spec("PySide6")
    assert spec is not None and spec.origin is not None
    whole = Path(spec.origin).parent
    (folder / "PySide6" / "Qt" / "lib").mkdir(parents=True)
    for place in (whole, whole / "Qt", whole / "Qt" / "lib"):
        for part in place.iterdir():
            if part not in (whole / "Qt", whole / "Qt" / "lib") and part.name != library:
                (folder / part.relative_to(whole.parent)).symlink_to(part)


@linux_only
def test_a_library_that_qt_itself_lacks_comes_again_from_pip(tmp_path: Path) -> None:
    broken_qt(tmp_path, "libQt6Core.so.6")
    assert refused(start(QT_QPA_PLATFORM="offscreen", PYTHONPATH=str(tmp_path))) == (
        "PySide6 cannot be loaded (libQt6Core.so.6: cannot open shared object file: No such file or directory); "
        f"this command installs it again: {pip_command('--force-reinstall PySide6-Essentials')}"
    )


@pytest.mark.parametrize("console", [True, False])
def test_why_no_window_opens_is_told_in_a_box_where_windows_gives_no_console(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], console: bool
) -> None:
    boxes: list[tuple[object, ...]] = []
    library = SimpleNamespace(user32=SimpleNamespace(MessageBoxW=lambda *told: boxes.append(told)))
    monkeypatch.setattr(ctypes, "windll", library, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "__stderr__", sys.stderr if console else None)
    monkeypatch.setattr(start_checks, "why_no_window", lambda: "No window here.")
    assert main([]) == 2
    assert [told[1:3] for told in boxes] == ([] if console else [("No window here.", "Latent Lab")])
    assert capsys.readouterr().err == "No window here.\n"


def test_without_qt_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise ModuleNotFoundError('No PySide6', name='PySide6')")
    assert refused(start(QT_QPA_PLATFORM="offscreen", PYTHONPATH=str(tmp_path))) == (
        f"PySide6 is not installed; this command gets it: {pip_command('PySide6-Essentials')}"
    )


@linux_only
def test_without_the_libraries_beside_qt_one_line_says_how_to_get_them_all(tmp_path: Path) -> None:
    """All that this Python has, but for three packages."""
    spec = find_spec("PySide6")
    assert spec is not None and spec.origin is not None
    for package in Path(spec.origin).parent.parent.iterdir():
        if package.name not in ("platformdirs", "scipy", "sklearn"):
            (tmp_path / package.name).symlink_to(package)
    environ = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-S", "-m", "app"]
    result = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=240, check=False)
    wanted = pip_command("platformdirs scipy scikit-learn")
    assert refused(result) == f"platformdirs, scipy, sklearn are not installed; this command gets them: {wanted}"


@linux_only
def test_where_there_is_an_apt_get_one_command_mends_it(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "apt-get").touch(mode=0o755)
    lacking = broken_library(tmp_path, "libEGL.so.1")
    line = refused(start(QT_QPA_PLATFORM="offscreen", LD_LIBRARY_PATH=lacking, PATH=str(tmp_path / "bin")))
    command = "apt-get install libegl1" if os.geteuid() == 0 else "sudo apt-get install libegl1"
    assert line == (
        f"No window can open because the system library libEGL.so.1 is missing; this command mends it: {command}"
    )


@linux_only
def test_where_there_is_no_apt_get_the_packages_are_named_only(tmp_path: Path) -> None:
    (tmp_path / "no commands").mkdir()
    lacking = broken_library(tmp_path, "libEGL.so.1", "libxcb-cursor.so.0")
    line = refused(start(DISPLAY=":4711", LD_LIBRARY_PATH=lacking, PATH=str(tmp_path / "no commands")))
    assert line == (
        "No window can open because the system libraries libEGL.so.1, libxcb-cursor.so.0 are missing; install them "
        "with your system's package manager (Debian and Ubuntu call the packages libegl1 libxcb-cursor0)."
    )


THREADS = """
import os, sys
from PySide6.QtWidgets import QApplication
from app.__main__ import main

def tell(*_):
    from threadpoolctl import threadpool_info
    print([each["num_threads"] for each in threadpool_info() if each["internal_api"] == "openblas"], flush=True)
    os._exit(0)

QApplication.exec = tell
main([])
"""


def test_numpy_computes_on_one_core_beside_a_training() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", THREADS]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=True)
    assert set(json.loads(result.stdout)) <= {1}


INTERRUPTED = """
import os, signal, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.__main__ import main
execute = QApplication.exec

def interrupt_in_the_loop(*_):
    QTimer.singleShot(0, lambda: os.kill(os.getpid(), getattr(signal, sys.argv[1])))
    return execute()

QApplication.exec = interrupt_in_the_loop
sys.exit(main([]))
"""


@linux_only
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_closes_the_window_as_its_button_would(name: str, tmp_path: Path) -> None:
    """The layout is remembered at a proper close only."""
    environ = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", INTERRUPTED, name]
    result = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    assert "geometry" in (tmp_path / "latentlab" / "settings.ini").read_text()


STUCK = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.__main__ import main
from app.main_window import MainWindow
execute = QApplication.exec

def close_while_something_never_ends(*_):
    def close():
        window = next(each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
        window.session.fits._worker.submit(lambda: time.sleep(600), print, print)
        window.close()
    QTimer.singleShot(0, close)
    return execute()

QApplication.exec = close_while_something_never_ends
sys.exit(main([]))
"""


def test_the_program_ends_also_where_a_computation_does_not(tmp_path: Path) -> None:
    """A step of a large network takes minutes and cannot be interrupted; the choices are kept before."""
    environ = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", STUCK]
    ended = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert "geometry" in (tmp_path / "latentlab" / "settings.ini").read_text()


def test_a_process_that_has_loaded_all_of_pytorch_ends_without_a_word() -> None:
    code = "from app.loading_torch import import_to_train; import_to_train()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
