"""The installed Qt binding survives a long session of signals (PySide6 6.12.0 on CPython 3.11 does not)."""

from __future__ import annotations

import subprocess
import sys

SIGNALS = 100_000

EMIT = f"""
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Sender(QObject):
    moved = Signal(bool, object)

application = QCoreApplication([])
sender = Sender()
heard = 0

def hear(flag, thing):
    global heard
    heard += flag is True

sender.moved.connect(hear)
for number in range({SIGNALS}):
    sender.moved.emit(True, number)
print(heard)
"""


def test_a_hundred_thousand_signals_are_heard() -> None:
    # A broken binding aborts the whole process, so it gets one of its own.
    result = subprocess.run([sys.executable, "-c", EMIT], capture_output=True, text=True, timeout=120, check=False)
    assert (result.returncode, result.stdout.strip()) == (0, str(SIGNALS)), result.stderr
