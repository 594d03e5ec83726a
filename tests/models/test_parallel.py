"""Two processes under torchrun against one: the same losses, one writer, and a clear end when a partner dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.__main__ import main
from models.checkpoint import load_run

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ["--encoder", "24", "--decoder", "24", "--batch-size", "250", "--data", "digits", "--seed", "3"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "LATENTLAB_DATA"}
    return {**kept, "OMP_NUM_THREADS": "1"}


def train_here(out: Path, *more: str) -> dict:
    """The report of the same training in one process: this one."""
    report = out.with_suffix(".json")
    assert main(["train", *SETTINGS, *more, "--quiet", "--out", str(out), "--report", str(report)]) == 0
    return json.loads(report.read_text())


def compare(one: Path, two: Path, reports: tuple[dict, dict]) -> None:
    expected, found = load_run(one), load_run(two)
    np.testing.assert_allclose(found.history.total, expected.history.total, rtol=1e-4)
    np.testing.assert_allclose(found.history.held_out_total, expected.history.held_out_total, rtol=1e-4)
    assert reports[1]["test_loss"] == pytest.approx(reports[0]["test_loss"], rel=1e-4)


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    alone, both = tmp_path / "alone.safetensors", tmp_path / "both.safetensors"
    more = ["--kind", "vae", "--epochs", "3", "--input-dropout", "0.2"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={free_port()}"]
    command = [*launcher, "-m", "models", "train", *SETTINGS, *more, "--out", str(both)]
    two = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment())
    assert two.returncode == 0, two.stderr
    compare(alone, both, (train_here(alone, *more), json.loads(two.stdout)))


CALLS_ONE_AFTER_THE_OTHER = """
import json, os, sys
from models.cli import run
status = 0
for port, arguments in json.loads(sys.argv[1]):
    os.environ["MASTER_PORT"] = str(port)
    status = status or run(arguments)
sys.exit(status)
"""


def test_a_process_may_get_no_image_and_a_dead_partner_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    """Two processes as torchrun would start them, without its agent, which would kill the survivor unheard."""
    alone, whole, never = (tmp_path / f"{name}.safetensors" for name in ("alone", "both", "never"))
    last_batch_of_one = ["--kind", "ae", "--loss", "mse", "--epochs", "1", "--batch-size", "1499"]
    calls = [
        (free_port(), ["train", *SETTINGS, *last_batch_of_one, "--quiet", "--out", str(whole)]),
        (free_port(), ["train", *SETTINGS, "--epochs", "10000", "--out", str(never)]),
    ]
    command = [sys.executable, "-c", CALLS_ONE_AFTER_THE_OTHER, json.dumps(calls)]
    common = {**environment(), "PYTHONPATH": str(ROOT), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    pipe = subprocess.PIPE
    both = [
        subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={**common, "RANK": str(rank)})
        for rank in (0, 1)
    ]
    survivor, other = both
    try:
        assert survivor.stderr is not None
        seen = ""
        while "held out" not in seen:  # the progress bar of a run that is well under way
            letter = survivor.stderr.read(1)
            assert letter, seen
            seen += letter
        other.send_signal(signal.SIGKILL)
        printed, rest = survivor.communicate(timeout=120)
    finally:
        for each in both:
            each.kill()
            each.communicate()
    compare(alone, whole, (train_here(alone, *last_batch_of_one), json.loads(printed)))
    assert survivor.returncode == 2
    assert rest.splitlines()[-1] == (
        "Process 1 of 2 lost the others: one of them ended or no longer answers, so the run was stopped and nothing "
        "was saved."
    )
    assert "Traceback" not in seen + rest
    assert not never.exists()
