"""The rules of the house that a machine can check: who may import whom, and what waits until the window is up."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"


def test_imports_keep_the_contracts_of_pyproject() -> None:
    """In a process of its own: import-linter switches off all loggers that are there already."""
    result = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


HEAVY = ("torch", "torchvision", "sklearn")
QT = ("PySide6", "pyqtgraph")

OPEN_THE_WINDOW = f"""
import sys
from app.__main__ import main
from PySide6.QtWidgets import QApplication

def look(*_):
    (window,) = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    print(type(window).__name__, [name for name in {HEAVY!r} if name in sys.modules])
    return 0

QApplication.exec = look
sys.exit(main([]))
"""


def test_the_window_is_shown_before_torch_is_imported() -> None:
    command = [sys.executable, "-c", OPEN_THE_WINDOW]
    environ = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert result.stdout.strip() == "MainWindow []", result.stderr


TRAIN = f"""
import sys
import models.cli, models.evaluation
from models.config import RunConfig
from models.datasets import resolve
from models.training import train
list(train(RunConfig(encoder=(8,), decoder=(8,), epochs=1), resolve("digits")))
print([name for name in (*{QT!r}, "torch._dynamo", "sympy") if name in sys.modules])
"""


def test_a_first_run_needs_neither_qt_nor_torchs_compiler_nor_its_symbols() -> None:
    """The latter two take about as long to import as all of torch, and 100 MB; `torch.optim` and `to_empty` ask."""
    result = subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, timeout=240, check=True)
    assert result.stdout == "[]\n"


def test_a_painter_is_closed_whatever_happens() -> None:
    """One that an error leaves open, in the error's own traceback, ends the whole process at its device's end."""
    for path in (ROOT / "app").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        closed = {id(each.context_expr) for node in ast.walk(tree) if isinstance(node, ast.With) for each in node.items}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "QPainter":
                assert id(call) in closed, (
                    f"{path.relative_to(ROOT)}:{call.lineno}: write `with QPainter(…) as painter:`"
                )
