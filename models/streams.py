"""Standard streams that take no more: a disk is full, or who read them has gone (`| head`)."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import TextIO


class Aside(io.TextIOWrapper):
    """A stream for words beside the work: where it takes no more they are lost, and the work goes on."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        try:
            return super().write(text)
        except OSError:
            lead_nowhere(self)
            return len(text)

    def flush(self) -> None:
        """Pass on what can be passed on."""
        try:
            super().flush()
        except OSError:
            lead_nowhere(self)


def lead_nowhere(stream: TextIO) -> None:
    """What is left in its buffer would fail again when Python ends, and be the exit status."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
