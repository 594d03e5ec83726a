"""The tests' own display, in checkouts whose folder Qt could not read out of its environment variable."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.offscreen import can_be_read

ROOT = Path(__file__).resolve().parents[1]

BY_PYTEST = """
def test_screen(qapp):
    assert qapp.primaryScreen().size().toTuple() == (1920, 1080)
"""
BY_BENCHMARK = """
from tests.benchmarks.own_environment import prepare
prepare("offscreen")
from PySide6.QtGui import QGuiApplication
assert QGuiApplication([]).primaryScreen().size().toTuple() == (1920, 1080)
"""


@pytest.mark.skipif(os.name == "nt", reason="a folder's name can have no colon there")
@pytest.mark.parametrize(("checkout", "temporary"), [("Prüf:stand", "tmp"), ("checkout", "Ablage ü")])
def test_the_window_has_room_wherever_the_checkout_stands(checkout: str, temporary: str, tmp_path: Path) -> None:
    if not can_be_read(tmp_path):
        pytest.skip("neither of the two folders could be read here")
    root = tmp_path / checkout
    for name in ("conftest.py", "offscreen.py", "screen.json", "benchmarks/own_environment.py"):
        path = root / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / name, path)
    (root / "tests" / "test_screen.py").write_text(BY_PYTEST)
    (tmp_path / temporary).mkdir()
    environ = os.environ | {"TMPDIR": str(tmp_path / temporary), "PYTHONPATH": str(ROOT)}
    del environ["QT_QPA_PLATFORM"]
    for command in (["-m", "pytest", "-q", "-p", "no:cacheprovider"], ["-c", BY_BENCHMARK]):
        result = subprocess.run(
            [sys.executable, *command], cwd=root, env=environ, capture_output=True, text=True, timeout=240, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
