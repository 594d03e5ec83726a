"""One call of the command line: which command, and its exit status. Every expected failure is one sentence."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from models import cli_commands, cli_sweep
from models.checkpoint import CheckpointError
from models.cli_arguments import UsageError, parse
from models.datasets import DatasetError
from models.exit_status import FAILED, INTERRUPTED
from models.settings import ConfigError
from models.sweep_folder import SweepError

SENTENCES = (("models.training", "Diverged"), ("models.devices", "DeviceError"), ("models.parallel", "PartnerLost"))
"""Where the errors of training are, whose text is a sentence for a person."""


def run(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status is 0, 1 for a failed cell, 2 for an error or 130 after Ctrl+C or SIGTERM."""
    try:
        arguments = parse(argv)
        if arguments.command == "sweep":
            return cli_sweep.sweep(arguments)
        command = {"train": cli_commands.train, "evaluate": cli_commands.evaluate, "export": cli_commands.export}
        command[arguments.command](arguments)
    except (UsageError, ConfigError, DatasetError, CheckpointError, SweepError) as error:
        print(f"{error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as interruption:  # whose text says what there is nevertheless
        print(f"\nInterrupted: {str(interruption) or 'nothing was saved.'}", file=sys.stderr)
        return INTERRUPTED
    except RuntimeError as error:
        if not _is_expected(error):
            raise
        print(f"{error}", file=sys.stderr)
        return FAILED
    return 0


def _is_expected(error: RuntimeError) -> bool:
    """Whether it is one of training's own sentences; their modules are not imported for that, and torch with them."""
    known = ((sys.modules.get(module), name) for module, name in SENTENCES)
    return any(module is not None and isinstance(error, getattr(module, name)) for module, name in known)
