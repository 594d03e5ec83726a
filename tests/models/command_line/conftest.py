"""The built-in digits wherever the tests run, small networks, and a command that is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.__main__ import main
from models.datasets import Dataset

SMALL = ["--encoder", "32", "--decoder", "32", "--epochs", "2", "--batch-size", "100"]


@pytest.fixture(autouse=True)
def without_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests use the built-in digits, wherever they run."""
    monkeypatch.delenv("LATENTLAB_DATA", raising=False)


def refused(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> str:
    """The one sentence of a command that fails; nothing is printed but that."""
    assert main([str(each) for each in argv]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return err.strip()


def write_idx(folder: Path, digits: Dataset) -> None:
    """The built-in digits, mirrored, as a folder of IDX files."""
    folder.mkdir()
    parts = {"train": (digits.train_images, digits.train_labels), "t10k": (digits.test_images, digits.test_labels)}
    for part, (images, labels) in parts.items():
        mirrored = np.ascontiguousarray(images[:, :, ::-1])
        head = np.array([2051, *mirrored.shape], ">i4").tobytes()
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + mirrored.tobytes())
        head = np.array([2049, len(labels)], ">i4").tobytes()
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
