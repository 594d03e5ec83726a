"""PyTorch, brought in behind the window: its libraries while that is built, then what looks, then what trains."""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib.util
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.mending import explain_import_error

LIBRARIES = ("global_deps", "cpu", "cuda", "python")
"""In the order in which torch needs them; one by one, because each holds the system's loader while it is loaded."""

_ahead: list[threading.Thread] = []


def load_libraries_ahead() -> None:
    """Let another core load PyTorch's libraries while the window is built, and return at once.

    Loading them takes no Python and a quarter of `import torch`, which then finds them there. Where it fails nothing
    happens: the import says why.
    """
    if sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1:
        # no daemon: Python waits for it at its end, since to unload a library half loaded can crash the process
        _ahead.append(threading.Thread(target=_load_libraries))
        _ahead[-1].start()


def import_to_look() -> None:
    """Import what decodes and encodes; ImportError with a sentence."""
    for thread in _ahead:
        thread.join()  # or the import would wait for the loader with Python's lock in its hand
    with _in_words(), _kept_from_the_collector():
        import models.warm_up  # noqa: F401


def import_to_train() -> object:
    """Import what trains; returns the devices. ImportError with a sentence."""
    with _in_words():
        from models.devices import devices
        from models.warm_up import warm_up

        warm_up()
        return devices()


def _load_libraries() -> None:
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "lib"
    load = ctypes.CDLL(None).dlopen  # as a foreign function: Python's lock is free meanwhile, as it is not in CDLL()
    load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    for name in LIBRARIES:
        path = folder / f"libtorch_{name}.so"
        mode = os.RTLD_NOW | (os.RTLD_GLOBAL if name == "global_deps" else os.RTLD_LOCAL)
        if path.exists() and not load(os.fsencode(path), mode):
            return
        time.sleep(0.001)  # the window's thread may be waiting for its turn at the loader


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (ImportError, OSError, RuntimeError) as error:
        raise ImportError(explain_import_error(error)) from error


@contextmanager
def _kept_from_the_collector() -> Iterator[None]:
    """The cycle collector never looks through what comes with PyTorch.

    Its 300,000 objects stay for ever. Looking through them would stop all threads for 0.2 s each time.
    """
    new = "torch" not in sys.modules
    yield
    if new:
        gc.freeze()
        atexit.register(gc.unfreeze)  # or its libraries tell the terminal of leaks at the end
