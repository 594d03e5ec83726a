"""Tensors out of a safetensors file, a part at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from models import tensor_file
from models.tensor_file import read_tensor


@pytest.mark.parametrize("shape", [(1000, 7), (1000,), (3, 2000), (5, 4, 300), (0, 3)])
def test_no_more_than_some_rows_are_read_in_one_go(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]
) -> None:
    monkeypatch.setattr(tensor_file, "AT_A_TIME", 900)
    values = rng.normal(size=shape).astype(np.float32)
    (tmp_path / "file").write_bytes(save({"w": values}))
    asked: list[int] = []

    class Slices:
        def __init__(self, slices) -> None:
            self._slices, self.get_shape = slices, slices.get_shape

        def __getitem__(self, rows: slice) -> np.ndarray:
            found = self._slices[rows]
            asked.append(len(found))
            return found

    class File:
        def __init__(self, file) -> None:
            self._file = file

        def get_slice(self, name: str) -> Slices:
            return Slices(self._file.get_slice(name))

        def get_tensor(self, name: str) -> np.ndarray:
            found = self._file.get_tensor(name)
            asked.append(len(found))
            return found

    with safe_open(tmp_path / "file", framework="numpy") as file:
        found = read_tensor(File(file), "w")
    np.testing.assert_array_equal(found, values)
    assert found.dtype == values.dtype
    row = int(np.prod(shape[1:]))
    assert all(rows == 1 or rows * row <= 900 for rows in asked)
