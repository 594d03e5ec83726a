"""One sentence for what bars the start: a library that is missing or broken, with what mends it, or no folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

NO_MEMORY = ("failed to map segment", "annot allocate memory")  # as the loaders of glibc and musl say it
NOT_THERE, NO_START, LITTLE_MEMORY = 126, 1114, 1455
WINDOWS_LOADER = (NOT_THERE, NO_START, LITTLE_MEMORY, 127, 193)
"""Windows' numbers for a library that cannot be loaded; the last two: it lacks something, or is none"""
RUNTIME = "https://aka.ms/vs/17/release/vc_redist.x64.exe"
DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow", "PySide6": "PySide6-Essentials"}


def why_not_here() -> str:
    """Why nothing can be begun in the current folder, in one sentence; empty where it can.

    Whoever has deleted it, or has had the checkout made anew, is still in the old one: PyTorch's libraries hang there.
    """
    try:
        os.getcwd()
    except OSError:
        return "The current folder is not there any more: change to another one."
    return ""


def in_shell(program: str | Path) -> str:
    """A program's path as a command line takes it."""
    return f'"{program}"' if " " in str(program) else str(program)


def this_python() -> str:
    """The very Python that runs, as a command line takes it; of Windows' pythonw, which says nothing, its twin."""
    folder, name = os.path.split(sys.executable)
    return in_shell(os.path.join(folder, name.replace("pythonw", "python", 1)))


def pip_command(what: str) -> str:
    """The pip command for the very Python that runs: a bare `pip` is often another one's."""
    return f"{this_python()} -m pip install {what}"


def is_of_a_library(error: OSError) -> bool:
    """Whether it is a shared library that could not be loaded: such an error has no number, or Windows' loader's."""
    return error.errno is None or getattr(error, "winerror", None) in WINDOWS_LOADER


def explain_import_error(error: ImportError | OSError | RuntimeError, otherwise: str = "torch") -> str:
    """What is wrong with the library that an import failed for; `otherwise` is it where the error does not name one.

    A shared library that is missing or damaged raises ImportError or OSError, two that do not fit RuntimeError.
    """
    module = _package(error) or otherwise
    if isinstance(error, ModuleNotFoundError):
        return explain_not_installed([module])
    text = " ".join(str(error).split())
    number = getattr(error, "winerror", None)
    if number == LITTLE_MEMORY or any(words in text for words in NO_MEMORY):
        return f"{module} cannot be loaded ({text}): this process may use too little memory for it."
    again = pip_command(f"--force-reinstall {DISTRIBUTIONS.get(module, module)}")
    lacking = f"Microsoft's Visual C++ runtime may be missing ({RUNTIME}), else " * (number in (NOT_THERE, NO_START))
    return f"{module} cannot be loaded ({text}); {lacking}this command installs it again: {again}"


def explain_not_installed(modules: Sequence[str]) -> str:
    """One sentence with the command that gets all of these modules, for instance `["numpy", "sklearn"]`."""
    command = pip_command(" ".join(DISTRIBUTIONS.get(module, module) for module in modules))
    verb, them = ("is", "it") if len(modules) == 1 else ("are", "them")
    return f"{', '.join(modules)} {verb} not installed; this command gets {them}: {command}"


def _package(error: BaseException) -> str:
    """The package that an import failed in; a compiled part, such as torch/_C, gives its own short name only."""
    package, path = getattr(error, "name", None) or "", getattr(error, "path", None)
    if path is None:
        return package.partition(".")[0]
    folder = Path(path).parent
    while (folder / "__init__.py").is_file():
        package, folder = folder.name, folder.parent
    return package.partition(".")[0]
