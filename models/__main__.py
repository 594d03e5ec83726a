"""The command line: `python -m models train`, `evaluate`, `export`, `sweep`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

from models.exit_status import FAILED, INTERRUPTED
from models.mending import explain_import_error, is_of_a_library, why_not_here
from models.streams import settle


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; a library that is missing or broken is one sentence, too."""
    settle()
    _hear_sigterm()
    if reason := why_not_here():
        print(reason, file=sys.stderr)
        return FAILED
    try:
        from models.cli import run

        return run(argv)
    except KeyboardInterrupt:  # while the commands were imported; they answer for themselves from then on
        print("\nInterrupted: nothing was begun.", file=sys.stderr)
        return INTERRUPTED
    except (ImportError, OSError) as error:
        if isinstance(error, OSError) and not is_of_a_library(error):
            raise
        print(explain_import_error(error), file=sys.stderr)
        return FAILED


def _hear_sigterm() -> None:
    """A polite `kill`, as a cluster sends before it takes a machine back, ends the work as Ctrl+C does.

    Not where torchrun has started this process: waiting for a partner is not Python's, and no handler would run.
    """
    ours = threading.current_thread() is threading.main_thread()  # no other thread may set a handler
    if ours and "TORCHELASTIC_RUN_ID" not in os.environ and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
