"""One sentence, with the command that mends it, for a Python library that is missing or cannot be loaded."""

from __future__ import annotations

import sys

DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow"}


def pip_command(what: str) -> str:
    """The pip command for the very Python that runs: a bare `pip` is often another one's."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{python} -m pip install {what}"


def explain_import_error(error: ImportError | OSError) -> str:
    """What is wrong with the library that an import failed for; a shared library that lacks raises OSError."""
    module = (getattr(error, "name", None) or "torch").partition(".")[0]
    distribution = DISTRIBUTIONS.get(module, module)
    if isinstance(error, ModuleNotFoundError):
        return f"{module} is not installed; this command gets it: {pip_command(distribution)}"
    text = " ".join(str(error).split())
    again = pip_command(f"--force-reinstall {distribution}")
    return f"{module} cannot be loaded ({text}); this command installs it again: {again}"
