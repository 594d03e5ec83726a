"""The command line: `python -m models train`, `evaluate`, `export`, `sweep`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from models.exit_status import FAILED, INTERRUPTED
from models.mending import explain_import_error, why_not_here
from models.streams import settle


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; a library that is missing or broken is one sentence, too."""
    settle()
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
        if isinstance(error, OSError) and error.errno is not None:  # a shared library's errors have no number
            raise
        print(explain_import_error(error), file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
