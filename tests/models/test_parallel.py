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

from models.checkpoint import load_run

SETTINGS = ["--encoder", "24", "--decoder", "24", "--batch-size", "250", "--data", "digits", "--seed", "3"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def torchrun(processes: int, *arguments: str) -> list[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    return [*launcher, f"--master-port={free_port()}", "-m", "models", "train", *arguments]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("LATENTLAB_DATA", None)
    return subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)


@pytest.mark.parametrize(
    "more",
    [
        ["--kind", "vae", "--epochs", "3", "--input-dropout", "0.2"],
        ["--kind", "ae", "--loss", "mse", "--epochs", "1", "--batch-size", "1499"],
    ],
    ids=["vae", "ae whose last batch of one image leaves a process without any"],
)
def test_two_processes_learn_what_one_does(more: list[str], tmp_path: Path) -> None:
    alone, both = tmp_path / "alone.safetensors", tmp_path / "both.safetensors"
    one = run([sys.executable, "-m", "models", "train", *SETTINGS, *more, "--out", str(alone)])
    two = run(torchrun(2, *SETTINGS, *more, "--out", str(both)))
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    expected, found = load_run(alone), load_run(both)
    np.testing.assert_allclose(found.history.total, expected.history.total, rtol=1e-4)
    np.testing.assert_allclose(found.history.held_out_total, expected.history.held_out_total, rtol=1e-4)
    assert json.loads(two.stdout)["test_loss"] == pytest.approx(json.loads(one.stdout)["test_loss"], rel=1e-4)


def test_a_dead_partner_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    """Two processes as torchrun would start them, without its agent, which would kill the survivor unheard."""
    out = tmp_path / "never.safetensors"
    command = [sys.executable, "-m", "models", "train", *SETTINGS, "--epochs", "10000", "--out", str(out)]
    common = {**os.environ, "OMP_NUM_THREADS": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    common["MASTER_PORT"] = str(free_port())
    both = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**common, "RANK": str(rank)})
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
        _, rest = survivor.communicate(timeout=120)
    finally:
        for each in both:
            each.kill()
            each.wait()
            if each.stderr is not None:
                each.stderr.close()
    assert survivor.returncode == 2
    assert rest.splitlines()[-1] == (
        "Process 1 of 2 lost the others: one of them ended or no longer answers, so the run was stopped and nothing "
        "was saved."
    )
    assert "Traceback" not in rest
    assert not out.exists()
