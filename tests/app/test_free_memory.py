"""What a training needed and has let go is the system's again, not kept for a thread that has ended."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from app.free_memory import give_back

MEGABYTES = 96

# In a process of its own: in this one other tests' threads take memory and give it back meanwhile.
TRAIN = f"""
import os
from pathlib import Path
import numpy as np
from app.training_thread import TrainingThread

BLOCK = 64_000  # bytes: small enough for the pool of the thread, and not for a place of its own

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

def facts():
    blocks = [np.ones(BLOCK, np.uint8) for _ in range({MEGABYTES} * 1_000_000 // BLOCK)]
    print(resident())
    yield blocks[-1]  # it is kept, at the end of the pool: what lies before it does not go back by itself

print(resident())
thread = TrainingThread(facts, lambda: ())
thread.start()
thread.wait()
assert len(thread.facts) == 1
print(resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are not asked")
def test_the_memory_of_a_training_is_given_back_at_its_end() -> None:
    result = subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, timeout=240, check=True)
    before, most, after = (float(line) for line in result.stdout.split())
    assert most > before + 0.9 * MEGABYTES
    assert after < before + 0.3 * MEGABYTES


@pytest.mark.parametrize("broken", [False, True], ids=["working", "broken"])
def test_what_pytorch_keeps_of_a_gpus_memory_is_given_back_too(broken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other programs need it, on a small card above all; a device that has stopped working is not asked for more."""
    import torch

    asked = []

    def empty_cache() -> None:
        asked.append(True)
        if broken:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(torch.cuda, "empty_cache", empty_cache)
    give_back()
    assert not asked, "no GPU was used"
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    give_back()
    assert asked
