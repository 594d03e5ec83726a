"""Standard streams that are closed, lack our characters or take no more: a full disk, a reader that has gone."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO


def settle() -> None:
    """Whatever the caller has closed swallows what is written; a character that a stream has not is escaped there.

    No work ends because what is told of it on standard error can be written no more.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = open(os.devnull, "w", errors="backslashreplace")  # noqa: SIM115  (open as long as the process)
            setattr(sys, name, nowhere)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stderr is sys.__stderr__ and isinstance(sys.stderr, io.TextIOWrapper):  # not who listens in its place
        sys.stderr = Aside.over(sys.stderr)


class Aside(io.TextIOWrapper):
    """A stream for words beside the work: where it takes no more they are lost, and the work goes on."""

    @classmethod
    def over(cls, stream: io.TextIOWrapper) -> Aside:
        """One that writes where `stream` does, as soon as that one would."""
        through = stream.write_through
        return cls(stream.buffer, stream.encoding, stream.errors, line_buffering=True, write_through=through)

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

    def close(self) -> None:
        """Leave open what is below: Python goes back to its own stream when it ends, and has things to say there."""
        self.flush()


def lead_nowhere(stream: TextIO) -> None:
    """Let a stream swallow all: what its buffer holds would fail again when Python ends, and be the exit status."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
