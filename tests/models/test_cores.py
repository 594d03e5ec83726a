"""How many cores a computation takes: those that this process may use, and never more than help."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system keeps no process off a core")
def test_cores_that_are_closed_to_this_process_do_not_count() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from models.cores import cores; print(cores())"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert (told.stdout, told.stderr) == ("1\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="other programs are asked there")
def test_where_the_programs_that_know_are_missing_nothing_is_said_of_it(tmp_path: Path) -> None:
    code = "from models.cores import cores; print(cores())"
    here = {**os.environ, "PATH": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=here, capture_output=True, text=True, timeout=240)
    assert int(told.stdout) >= 1 and told.stderr == ""
