"""The command line: `python -m models train`, `evaluate`, `export`, `sweep`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from models.exit_status import FAILED, INTERRUPTED
from models.mending import explain_import_error
from models.streams import Aside


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; a library that is missing or broken is one sentence, too."""
    _settle_streams()
    try:
        from models.cli import run

        return run(argv)
    except KeyboardInterrupt:  # while the commands were imported; they answer for themselves from then on
        print("\nInterrupted: nothing was begun.", file=sys.stderr)
        return INTERRUPTED
    except (ImportError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # a shared library's errors have no number
            raise
        print(explain_import_error(error), file=sys.stderr)
        return FAILED


def _settle_streams() -> None:
    """Whatever the caller has closed swallows what is written; a character that a stream has not is escaped there.

    No training ends because its progress can be written no more.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  (it stays open as long as the process)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stderr is sys.__stderr__ and isinstance(sys.stderr, io.TextIOWrapper):  # not who listens in its place
        sys.stderr = Aside(sys.stderr.buffer, sys.stderr.encoding, sys.stderr.errors, line_buffering=True)


if __name__ == "__main__":
    sys.exit(main())
