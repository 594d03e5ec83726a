"""Starts the app as a person does, tells when the window, its first decoded image and torch's were painted, and ends.

`start` runs it in a process of its own; the arguments are the app's. Printed are moments by the clock that all
processes of the machine share, each with the CPU-seconds used so far.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

from app import __main__ as program

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer

moments: dict[str, tuple[float, float]] = {}


def note(name: str) -> None:
    """Keep when something happened first."""
    moments.setdefault(name, (time.perf_counter(), time.process_time()))


def watch(window) -> QTimer:
    """Called in the place of the program's last preparation, when its window is shown and not yet painted."""
    note("shown")
    from PySide6.QtCore import QEvent, QObject, QTimer

    image = window.decoded_panel.image

    class Eye(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                if watched is window:
                    window.removeEventFilter(self)
                    QTimer.singleShot(0, lambda: note("painted"))  # when the whole frame is out
                elif watched is image and not image.is_empty():
                    QTimer.singleShot(0, lambda: note("decoded"))
                    if window.session.torch_is_ready:
                        image.removeEventFilter(self)
                        QTimer.singleShot(0, end)
            return False

    window.eye = Eye()
    window.installEventFilter(window.eye)
    image.installEventFilter(window.eye)
    return prepare(window)


def end() -> None:
    """Tell the moments; what is still being loaded is not waited for."""
    note("alive")
    print(json.dumps(moments), flush=True)
    os._exit(0)


prepare = program._close_on_interrupt
program._close_on_interrupt = watch
sys.exit(program.main(sys.argv[1:]))
