"""What the program imports is what pyproject.toml declares: a library that another one happens to bring may go."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

from app.start_checks import BESIDE_QT
from models.mending import DISTRIBUTIONS

ROOT = Path(__file__).resolve().parents[1]
BEHIND_THE_WINDOW = {"torch", "torchvision"}
"""What is missed in the message bar only."""
NOT_FOR_THE_WINDOW = {"tqdm"}


def imported() -> set[str]:
    """The packages that app and models import anywhere, also within functions."""
    found: set[str] = set()
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("models/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"app", "models", "resources", "tests"}


def test_every_library_that_is_imported_is_declared() -> None:
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    declared = {re.split(r"[^\w-]", need, maxsplit=1)[0].lower() for need in needs}
    brought = {"shiboken6"}  # by PySide6, of the same release
    assert {DISTRIBUTIONS.get(name, name).lower() for name in imported() - brought} <= declared


def test_every_library_that_the_window_needs_is_looked_for_before_it_opens() -> None:
    assert imported() - {"PySide6", "shiboken6"} - BEHIND_THE_WINDOW - NOT_FOR_THE_WINDOW == set(BESIDE_QT)
