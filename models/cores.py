"""How many of this machine's cores a computation may take."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from functools import cache


@cache
def cores() -> int:
    """Cores that this process may use, at least 1: physical ones, whose two threads would share their units.

    A machine that is shared may grant fewer, by affinity or by a container's limit (these may be two threads of one
    core); threads beyond those wait for each other at every product.
    """
    from joblib import cpu_count  # with torch loaded 0.04 s; without it 0.4 s

    with redirect_stderr(io.StringIO()):  # where it cannot tell physical ones it prints why, for programmers
        return int(cpu_count(only_physical_cores=True))
