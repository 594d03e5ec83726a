"""What the server of a sweep's processes imports: once, and shared by all processes that are then copied from it.

Nothing is computed here: the threads and the GPU that torch would begin to use do not live on in a copy.
"""

from __future__ import annotations

import atexit
import os
import signal
from contextlib import suppress

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C ends the imports in silence; later the server ignores it
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

with suppress(Exception):  # a library that is missing or broken is told by the process that needs it
    import scipy.spatial  # noqa: F401

    import models.evaluation
    import models.sweep_worker
    import models.training
    import models.warm_up  # noqa: F401

atexit.register(os._exit, 0)  # the server keeps nothing; taking torch down would let it outlive the command by a second
