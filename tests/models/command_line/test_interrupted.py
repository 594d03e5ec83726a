"""Ctrl+C while the command is imported; Ctrl+C and a polite kill while it trains."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from models.__main__ import main
from tests.conftest import ROOT


def test_ctrl_c_while_the_command_is_imported_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Pressed:
        """A finder of modules during whose work Ctrl-C is pressed."""

        def find_spec(self, name: str, *_: object) -> None:
            if name == "models.cli":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "models.cli", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Pressed(), *sys.meta_path])
    assert main(["train"]) == 130
    assert capsys.readouterr() == ("", "\nInterrupted: nothing was begun.\n")


@pytest.mark.skipif(os.name == "nt", reason="signals are sent in another way on Windows")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_who_ends_a_training_finds_nothing_saved_and_is_told_so(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "models", "train", "--epochs", "5000", "--out", str(tmp_path / "run.safetensors")]
    # A background job is born deaf to Ctrl-C, and so would be its children.
    hearing = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    child = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, bufsize=0, preexec_fn=hearing)
    assert child.stderr is not None
    deadline = threading.Timer(240, child.kill)
    deadline.start()
    told = b""
    try:
        while b"loss" not in told:  # training has begun
            piece = child.stderr.read(200)
            assert piece, told.decode()
            told += piece
        child.send_signal(signal.Signals[name])
        rest, _ = child.stderr.read(), child.wait(timeout=120)
    finally:
        deadline.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()
        child.stderr.close()
    assert child.returncode == 130
    assert rest.decode().endswith("\nInterrupted: nothing was saved.\n")
    assert list(tmp_path.iterdir()) == []
