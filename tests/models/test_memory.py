"""Real want of memory on the command line: a process that may not take as much as its run needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="memory can be limited on Unix alone")

SCRIPT = """
import resource, sys
import models.training
from models.cli import run
from models.datasets import resolve

resolve("digits")  # and with it the library that they come from
status = open("/proc/self/status").read()
taken = 1024 * int(status.split("VmSize:")[1].split()[0])
resource.setrlimit(resource.RLIMIT_AS, (taken + 100_000_000, resource.RLIM_INFINITY))
sys.exit(run(["train", "--data", "digits", "--epochs", "1", *sys.argv[1:]]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at Linux's /proc")
@pytest.mark.parametrize(
    "settings",
    [["--batch-size", "10000", "--encoder", "4096"], ["--encoder", "4096,4096", "--decoder", "4096,4096"]],
    ids=["a batch", "a network"],
)
def test_a_run_that_memory_is_too_small_for_ends_with_a_sentence_and_no_file(
    settings: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "never.safetensors"
    command = [sys.executable, "-c", SCRIPT, *settings, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "The CPU has not enough free memory for this run: choose a smaller batch or fewer units."
    )
    assert "Traceback" not in done.stderr
    assert not out.exists()
