"""Standard streams, settled in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def said(code: str, *flags: str) -> str:
    """What a program that has settled its streams says on standard error."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    settled = f"from models.streams import settle\nsettle()\nimport os, sys\n{code}"
    command = [sys.executable, *flags, "-c", settled]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    return done.stderr


def test_an_error_at_the_very_end_is_still_told() -> None:
    words = said("class Last:\n    def __del__(self): 1 / 0\nsys.modules['last'] = Last()")
    assert "ZeroDivisionError" in words


def test_whoever_puts_python_s_own_stream_back_can_write_to_it() -> None:
    assert said("sys.stderr = sys.__stderr__\nprint('here', file=sys.stderr)") == "here\n"


def test_without_buffers_half_a_line_is_told_at_once() -> None:
    assert said("sys.stderr.write('half')\nos._exit(0)", "-u") == "half"


def test_a_program_without_streams_may_say_what_the_system_s_own_characters_lack() -> None:
    """As under Windows' pythonw; a sentence that could not be swallowed there kept the report of an error away."""
    code = "import sys\nsys.stdout = sys.stderr = None\nfrom models.streams import settle\nsettle()\n"
    code += r"print('\u03c3 \u307e')" + "\n" + r"print('\u03c3 \u307e', file=sys.stderr)"
    environment = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
