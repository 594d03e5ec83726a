"""The sweep's command on small networks, in processes of its own, and what it changed in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

TINY = ["--data", "digits", "--encoder", "16", "--decoder", "16", "--epochs", "1", "--batch-size", "100"]


def command(*more: str | Path) -> list[str]:
    return [sys.executable, "-m", "models", "sweep", *map(str, more)]


def start(*more: str | Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(*more),
        env=environment,
        stdout=pipe,
        stderr=pipe,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_interrupts if os.name == "posix" else None,
    )


def _hear_interrupts() -> None:
    """Tests that run in a shell's background ignore Ctrl+C, and what they start would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def changed(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mtime_ns for each in folder.glob("*.safetensors")}
