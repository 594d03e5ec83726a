"""The start: arguments, what must hold before a window can open, and then the window; torch waits until it is up."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app import __version__, desktop_entry, start_checks
from app.magnification import SIZES, magnified
from models.streams import settle

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QWidget

    from app.main_window import MainWindow
    from app.settings import AppSettings

NO_WINDOW = 2
SIGNAL_POLL_MS = 200
PATIENCE_SECONDS = 1.5
"""For what is under way when the window has closed."""


def main(argv: Sequence[str] | None = None) -> int:
    """Start Latent Lab; the exit status is 0, or 2 with one sentence where no window can open."""
    settle()
    arguments = parse(argv)
    if arguments.install_desktop_entry or arguments.remove_desktop_entry:
        return _change_desktop_entry(install=arguments.install_desktop_entry)
    reason = start_checks.why_no_window()
    if reason:
        _say(reason)
        return NO_WINDOW
    return _run_window(arguments)


def _say(sentence: str) -> None:
    """On standard error; where Windows has started the program without a console, in a box of the system's own."""
    print(sentence, file=sys.stderr)
    if sys.platform == "win32" and sys.__stderr__ is None:
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, sentence, "Latent Lab", 0x10)  # with the sign of an error


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(
        prog="latentlab",
        description="Latent Lab: train an AE or a VAE on handwritten digits and look into its latent space.",
        epilog=f"Training without a window: {start_checks.headless_command()}",
    )
    parser.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        help="what to open: a saved run, a sweep, a folder of images or a picture, as if it were dropped on the window",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="the dataset to open: a folder with the four IDX files, or mnist, digits, fashion-mnist, kmnist, "
        "emnist-digits; wins over the environment variable LATENTLAB_DATA",
    )
    parser.add_argument("--run", metavar="FILE", type=Path, help="the saved run (.safetensors) to open")
    parser.add_argument("--theme", choices=["system", "light", "dark"], help="the look, kept for the next start")
    parser.add_argument(
        "--size",
        type=int,
        choices=SIZES,
        metavar="PERCENT",
        help=f"how large everything is drawn, kept for the next start: {', '.join(map(str, SIZES))}",
    )
    parser.add_argument("--reset-layout", action="store_true", help="forget the sizes of the window and its parts")
    parser.add_argument("--version", action="version", version=f"Latent Lab {__version__}")
    entry = parser.add_mutually_exclusive_group()
    entry.add_argument("--install-desktop-entry", action="store_true", help="put Latent Lab into the menu (Linux)")
    entry.add_argument("--remove-desktop-entry", action="store_true", help="take Latent Lab out of the menu again")
    return parser.parse_args(argv)


def _change_desktop_entry(install: bool) -> int:
    try:
        print(desktop_entry.install() if install else desktop_entry.remove())
    except desktop_entry.DesktopEntryError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run_window(arguments: argparse.Namespace) -> int:
    # While Python waits inside Qt its handler for Ctrl+C does not run; until the window has its own, end the process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # all that is made now stays; from the window on, the `Collector` collects
    compute_on_one_core()
    settings = remembered(arguments)
    with magnified(settings.size):
        app = make_application()
    from app import crash_report

    handler = crash_report.install()
    try:
        window = make_window(app, arguments, settings)
        window.show()
    except Exception as error:  # whatever it is, a person reads a report, not a traceback
        handler.take(error)
        return handler.show_and_wait()
    keep_awake = _close_on_interrupt(window)
    window.closing.connect(_end_soon)
    status = app.exec()
    keep_awake.stop()
    return status


def remembered(arguments: argparse.Namespace) -> AppSettings:
    """What the program remembers, with what this start asks for, which is remembered for the next."""
    from app.settings import AppSettings

    settings = AppSettings()
    if arguments.reset_layout:
        settings.reset_layout()
    if arguments.theme:
        settings.theme = arguments.theme
    if arguments.size:
        settings.size = arguments.size
    return settings


def compute_on_one_core() -> None:
    """Keep numpy's small products on the thread that wants them; to be called before numpy is imported.

    Split among OpenBLAS's threads they wait for a core that the training has: 100 ms for PCA of 64 numbers.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def make_window(app: QApplication, arguments: argparse.Namespace, settings: AppSettings) -> MainWindow:
    """The window, dressed and ready to be shown."""
    from app import loading_torch, theme
    from app.collecting import Collector
    from app.main_window import MainWindow
    from app.opening import Opened, what_is

    _load_the_windows_own_libraries()
    loading_torch.load_libraries_ahead()  # not sooner: the system's loader serves one at a time
    theme.set_up(app)  # before: widgets keep the font that they were made with
    named = Path(arguments.path).absolute() if arguments.path else None
    kind = named and what_is(named)
    images = str(named) if kind is Opened.IMAGES else arguments.data
    window = MainWindow(
        data=images or os.environ.get("LATENTLAB_DATA") or None,
        run_path=named if kind is Opened.RUN else arguments.run,
        settings=settings,
    )
    theme.apply(app, settings.theme)  # after the window was built: each panel laid in would be dressed anew
    if named is not None and kind in (Opened.SWEEP, Opened.NOTHING):
        window.open_path(named)
    Collector(window)
    return window


def make_application() -> QApplication:
    """The application with its names and its icon."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QIcon
    from PySide6.QtWidgets import QApplication

    from app.resources import resource_path

    if sys.platform == "win32":
        import ctypes

        # Without an id of its own the window would stand under Python's icon in the taskbar.
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("latentlab")
    # A window's fills are small: split among Qt's threads they wait for a core that the training has.
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QGuiApplication.setDesktopFileName("latentlab")
    app = QApplication(["latentlab"])
    app.setApplicationName("latentlab")
    app.setApplicationDisplayName("Latent Lab")
    app.setApplicationVersion(__version__)
    app.setWindowIcon(QIcon(str(resource_path("app_icon", "latentlab.ico"))))
    return app


def _load_the_windows_own_libraries() -> None:
    """Load what the window would else load while it is built, and wait 0.4 s for behind PyTorch's libraries."""
    import numpy.random  # noqa: F401
    from PySide6.QtGui import QIcon, QImage

    from app.resources import resource_path

    drawing = str(resource_path("style", "light", "check.svg"))
    QIcon(drawing).pixmap(1)  # two plugins of Qt's for SVG: one for icons,
    QImage(drawing)  # one for images


def _close_on_interrupt(window: QWidget) -> QTimer:
    """Ctrl+C, a polite `kill` and the end of the terminal close the window as its own button would.

    Python looks at signals only when its own code runs, hence the timer; it must be kept while the window is open.
    """
    from PySide6.QtCore import QTimer

    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` leaves it
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, lambda *_: window.close())
    timer = QTimer()
    timer.timeout.connect(lambda: None)
    timer.start(SIGNAL_POLL_MS)
    return timer


def _end_soon() -> None:
    """Leave behind what does not end: nothing can interrupt a step of a large network, or an import."""
    limit = threading.Timer(PATIENCE_SECONDS, os._exit, [0])
    limit.daemon = True
    limit.start()


if __name__ == "__main__":
    sys.exit(main())
