"""What must hold before a window can open, and one sentence with the command that mends it where it does not.

Qt ends the whole process when it finds no display or when a library of its X11 plugin is missing, and nothing can be
caught then; so both are looked at before Qt does.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from models.mending import explain_import_error, explain_not_installed, in_shell, this_python, why_not_here

# The system libraries that Qt's own wheels do not bring, each with Debian's and Ubuntu's package for it.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
}
XCB_PACKAGES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
WAYLAND_PACKAGES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
BROUGHT_BY_PIP = ("libQt6", "libq", "libpyside6", "libshiboken6", "libicu")
"""How the names of Qt's own libraries and plugins begin, and of what comes with them."""

BESIDE_QT = ("joblib", "numpy", "PIL", "platformdirs", "pyqtgraph", "safetensors", "scipy", "sklearn", "ziamath")
"""The Python libraries that the window needs; PyTorch is missed behind it, in its message bar."""

PLUGIN_PACKAGES = {"xcb": PACKAGES | XCB_PACKAGES, "wayland": PACKAGES | WAYLAND_PACKAGES}


def why_no_window() -> str:
    """One sentence that says why no window can open here; empty when one can."""
    if reason := why_not_here():
        return reason
    if not sys.platform.startswith("linux"):
        return _why_no_qt(PACKAGES)
    platforms = _platforms()
    if not platforms:
        return (
            "Latent Lab needs a display and found none (DISPLAY and WAYLAND_DISPLAY are not set); "
            f"without a display, train from the command line: {headless_command()}"
        )
    # What the window system's plugin lacks comes into the same command, so that one is enough.
    reason = _why_no_qt(PLUGIN_PACKAGES.get(platforms[-1], PACKAGES))
    if reason:
        return reason
    reasons = [_why_no_platform(platform) for platform in platforms]
    return "" if "" in reasons else reasons[-1]


def explain_missing_libraries(libraries: list[str]) -> str:
    """One sentence with the command that gets these system libraries, for instance `["libEGL.so.1"]`."""
    known = PACKAGES | XCB_PACKAGES | WAYLAND_PACKAGES
    packages = sorted({known[library] for library in libraries if library in known})
    named = ", ".join(libraries)
    begin = f"the system library {named} is" if len(libraries) == 1 else f"the system libraries {named} are"
    if packages and shutil.which("apt-get"):
        sudo = "" if os.geteuid() == 0 else "sudo "
        return f"No window can open because {begin} missing; this command mends it: {sudo}apt-get install " + " ".join(
            packages
        )
    hint = f" (Debian and Ubuntu call the packages {' '.join(packages)})" if packages else ""
    return f"No window can open because {begin} missing; install them with your system's package manager{hint}."


def headless_command(arguments: str = "train --help") -> str:
    """A command without a window for this very installation; by default, the one that says how to train."""
    script = Path(sys.executable).with_name("latentlab-cli.exe" if sys.platform == "win32" else "latentlab-cli")
    return f"{in_shell(script) if script.is_file() else f'{this_python()} -m models'} {arguments}"


def missing_packages() -> list[str]:
    """Debian's names of the packages that an X11 window of Qt lacks here."""
    return sorted({package for library, package in PLUGIN_PACKAGES["xcb"].items() if not _loads(library)})


def _missing_library(text: str) -> str:
    found = re.match(r"(?:\S*/)?(lib[\w.+-]+\.so[.\d]*): (?:cannot open shared object file|file too short)", text)
    return found.group(1) if found else ""


def _why_no_qt(packages: Mapping[str, str]) -> str:
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return _why_not_loaded(error, packages)
    missing = [name for name in BESIDE_QT if find_spec(name) is None]
    return explain_not_installed(missing) if missing else ""


def _why_not_loaded(error: ImportError | OSError, packages: Mapping[str, str]) -> str:
    """What one of Qt's libraries lacks: another one of the same wheel, which pip mends, or one of the system."""
    library = _missing_library(str(error))
    if library and not library.startswith(BROUGHT_BY_PIP):
        return explain_missing_libraries(_missing_of(packages, library))
    return explain_import_error(error, otherwise="PySide6")


def _platforms() -> list[str]:
    """The platform plugins that Qt would try here, in any order."""
    named = os.environ.get("QT_QPA_PLATFORM", "")
    if named:
        return [part.partition(":")[0].partition("-")[0] for part in named.split(";") if part]
    found = ["wayland"] if os.environ.get("WAYLAND_DISPLAY") else []
    return found + (["xcb"] if os.environ.get("DISPLAY") else [])


def _why_no_platform(platform: str) -> str:
    from PySide6.QtCore import QLibraryInfo

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    plugins = sorted(folder.glob(f"libq{platform}*.so"))
    if not plugins and folder.is_dir():
        return f"QT_QPA_PLATFORM asks for “{platform}”, which this Qt does not have; leave it unset, or use xcb."
    for plugin in plugins:
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            return _why_not_loaded(error, PLUGIN_PACKAGES.get(platform, PACKAGES))
    if platform == "xcb" and not _x11_answers():
        return _no_answer(f"at DISPLAY={os.environ.get('DISPLAY', '')}")
    if platform == "wayland":
        socket = Path(os.environ.get("XDG_RUNTIME_DIR", ""), os.environ.get("WAYLAND_DISPLAY", "wayland-0"))
        if not socket.exists():
            return _no_answer(f"at WAYLAND_DISPLAY={os.environ.get('WAYLAND_DISPLAY', '')}")
    return ""


def _no_answer(place: str) -> str:
    return f"No display answers {place}; without a display, train from the command line: {headless_command()}"


def _missing_of(packages: Mapping[str, str], first: str) -> list[str]:
    """All libraries of the list that cannot be loaded, so that one command gets them; at least the first one named."""
    missing = [library for library in packages if not _loads(library)]
    return missing if first in missing else [first, *missing]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _x11_answers() -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not refused


if __name__ == "__main__":  # the starter in resources/launch/ asks before Qt is there
    print(" ".join(missing_packages()))
