"""Real want of memory on the command line: a process that may not take as much as its run needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="memory can be limited on Unix alone")

SCRIPT = """
import json, resource, sys
import models.training
from models.cli import run
from models.datasets import resolve

resolve("digits")
for settings in json.loads(sys.argv[1]):
    status = open("/proc/self/status").read()
    taken = 1024 * int(status.split("VmSize:")[1].split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (taken + 100_000_000, resource.RLIM_INFINITY))
    print(run(["train", "--data", "digits", "--epochs", "1", *settings]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at Linux's /proc")
def test_a_run_that_memory_is_too_small_for_ends_with_a_sentence_and_no_file(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "never.safetensors")]
    batch = ["--batch-size", "10000", "--encoder", "4096"]
    network = ["--encoder", "4096,4096", "--decoder", "4096,4096"]
    command = [sys.executable, "-c", SCRIPT, json.dumps([[*batch, *out], [*network, *out]])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stdout) == (0, "2\n2\n"), done.stderr
    said = done.stderr.splitlines()
    sentence = "The CPU has not enough free memory for this run: choose a smaller batch or fewer units."
    assert said[-1] == sentence and said.count(sentence) == 2
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
