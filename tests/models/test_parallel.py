"""Two processes under torchrun against one: the same losses, one writer, and a clear end when a partner dies."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import distributed

from models.__main__ import main
from models.checkpoint import load_run
from models.config import Hardware
from models.devices import DeviceError
from models.parallel import PartnerLost, Partners, joined

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ["--encoder", "24", "--decoder", "24", "--batch-size", "250", "--data", "digits", "--seed", "3"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def said(path: Path) -> str:
    """What a process has written so far."""
    return path.read_text() if path.exists() else ""


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


def test_two_processes_learn_what_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from torch.distributed.run import main as torchrun  # in this process: in its own it would import torch once more

    alone, both = tmp_path / "alone.safetensors", tmp_path / "both.safetensors"
    noise = ["--input-dropout", "0.2", "--corruption", "salt-and-pepper", "--corruption-level", "0.4"]
    more = ["--kind", "vae", "--epochs", "3", *noise]
    monkeypatch.delenv("LATENTLAB_DATA", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    launcher = ["--nproc-per-node=2", f"--master-port={free_port()}"]
    torchrun([*launcher, "-m", "models", "train", *SETTINGS, *more, "--out", str(both)])
    printed = capfd.readouterr().out
    compare(alone, both, (train_here(alone, *more), json.loads(printed)))


CALLS_ONE_AFTER_THE_OTHER = """
import os, sys
sys.stdout, sys.stderr = open(out, "w"), open(err, "w", buffering=1)
from models.cli import run
os.environ.update(environment, RANK=str(rank))
status = 0
for port, arguments in calls:
    os.environ["MASTER_PORT"] = str(port)
    status = status or run(arguments)
sys.stdout.flush()
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="begins with copies of one process")
def test_a_process_may_get_no_image_and_a_dead_partner_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    """Two processes as torchrun would start them, without its agent, which would kill the survivor unheard."""
    alone, whole, never = (tmp_path / f"{name}.safetensors" for name in ("alone", "both", "never"))
    sparse_ae = ["--kind", "ae", "--loss", "mse", "--sparsity", "kl", "--sparsity-weight", "2"]
    last_batch_of_one = [*sparse_ae, "--epochs", "1", "--batch-size", "1499"]
    calls = [
        (free_port(), ["train", *SETTINGS, *last_batch_of_one, "--quiet", "--out", str(whole)]),
        (free_port(), ["train", *SETTINGS, "--epochs", "10000", "--out", str(never)]),
    ]
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    context = get_context("forkserver")  # they need not import torch each
    context.set_forkserver_preload(["models.sweep_ahead"])
    both = []
    for rank in (0, 1):
        names = {name: str(tmp_path / f"{name}{rank}") for name in ("out", "err")}
        values = {"calls": calls, "rank": rank, "environment": common, **names}
        both.append(context.Process(target=exec, args=(CALLS_ONE_AFTER_THE_OTHER, values), daemon=True))
        both[-1].start()
    survivor, other = both
    try:
        deadline = time.monotonic() + 240
        while "held out" not in said(tmp_path / "err0"):  # the progress bar of a run that is well under way
            assert survivor.is_alive() and time.monotonic() < deadline, said(tmp_path / "err0")
            survivor.join(0.1)
        other.kill()
        survivor.join(120)
        status = survivor.exitcode
    finally:
        for each in both:
            each.kill()
            each.join()
    heard = said(tmp_path / "err0")
    compare(alone, whole, (train_here(alone, *last_batch_of_one), json.loads(said(tmp_path / "out0"))))
    assert status == 2
    assert heard.splitlines()[-1] == (
        "Process 1 of 2 lost the others: one of them ended or no longer answers, so the run was stopped and nothing "
        "was saved."
    )
    assert "Traceback" not in heard
    assert not never.exists()


@pytest.mark.parametrize("told", [{"WORLD_SIZE": "2"}, {"WORLD_SIZE": "8", "RANK": "3"}], ids=["size", "size and rank"])
def test_without_all_that_torchrun_tells_a_process_is_alone(told: dict[str, str], monkeypatch) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with joined(Hardware()) as partners:
        assert (partners.rank, partners.size) == (0, 1)


ONE_OF_TWO = {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}


@pytest.mark.parametrize(
    ("device", "there", "sentence"),
    [
        ("cuda", False, "CUDA cannot be used here: No NVIDIA GPU with a working driver was found. Choose the CPU "
         "instead."),
        ("cuda", True, "Each process takes a GPU of its own, and this machine has 1: start no more with torchrun's "
         "--nproc-per-node."),
        ("mps", True, "Several processes cannot train on Apple's MPS together: start one, or choose the CPU."),
    ],
)  # fmt: skip
def test_a_device_that_is_not_there_for_each_process_is_one_sentence(
    device: str, there: bool, sentence: str, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ONE_OF_TWO.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: int(there))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "one GPU")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: there)
    assert main(["train", *SETTINGS, "--quiet", "--device", device]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_processes_that_cannot_be_joined_are_one_sentence() -> None:
    """In a process of its own, which has imported no more than it needs by then."""
    told = {"RANK": "first", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    command = [sys.executable, "-m", "models", "train", *SETTINGS, "--quiet"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | told, capture_output=True, text=True, timeout=120)
    expected = "The processes of this run could not be joined: invalid literal for int() with base 10: 'first'\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


@pytest.mark.parametrize(
    ("device", "fails", "left"),
    [("cuda", False, True), ("cuda", True, False), ("cpu", False, True), ("cpu", True, True)],
)
def test_an_error_beside_partners_on_cuda_is_told_at_once(
    device: str, fails: bool, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To leave NCCL's group waits for all of its processes, and those wait for the one that has failed."""
    calls: list[str] = []
    for name, value in ONE_OF_TWO.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("models.parallel._take_device", lambda hardware: None)
    monkeypatch.setattr(distributed, "init_process_group", lambda backend, timeout: calls.append(backend))
    monkeypatch.setattr(distributed, "get_rank", lambda: 1)
    monkeypatch.setattr(distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(distributed, "destroy_process_group", lambda: calls.append("left"))
    with pytest.raises(DeviceError) if fails else nullcontext(), joined(Hardware(device=device)) as partners:
        assert (partners.rank, partners.size) == (1, 2)
        if fails:
            raise DeviceError("The GPU (CUDA) has not enough free memory for this run.")
    assert calls == ["nccl" if device == "cuda" else "gloo", *(["left"] if left else [])]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 MiB."), torch.OutOfMemoryError),
        (RuntimeError("NCCL error: unhandled cuda error: Failed to CUDA calloc: out of memory"), RuntimeError),
        (RuntimeError("Connection closed by peer [127.0.0.1]:1"), PartnerLost),
    ],
)
def test_a_full_card_is_not_taken_for_a_lost_partner(
    error: RuntimeError, kind: type[RuntimeError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(values: torch.Tensor) -> None:
        raise error

    monkeypatch.setattr(distributed, "all_reduce", fail)
    with pytest.raises(RuntimeError) as caught:
        Partners(0, 2).sum(torch.zeros(1))
    assert type(caught.value) is kind
