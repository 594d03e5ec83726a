"""Tensors out of a safetensors file, by plain reads."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from models.tensor_file import TensorFile


@pytest.mark.parametrize("shape", [(1000, 7), (1000,), (5, 4, 300), (0, 3), ()])
@pytest.mark.parametrize("kind", [np.float32, np.float16, np.uint8, np.int64, np.bool_])
def test_all_comes_back(rng: np.random.Generator, tmp_path: Path, shape: tuple[int, ...], kind: type) -> None:
    values = {name: np.asarray(9 * rng.random(shape)).astype(kind) for name in ("w", "b")}
    (tmp_path / "file").write_bytes(save(values, metadata={"name": "“Ä”"}))
    with open(tmp_path / "file", "rb") as file:
        opened = TensorFile(file)
        found = opened.tensors()
    assert opened.metadata == {"name": "“Ä”"} and found.keys() == values.keys()
    for name, each in found.items():
        np.testing.assert_array_equal(each, values[name])
        assert (each.dtype, each.shape) == (np.dtype(kind), shape)


def test_a_file_that_is_cut_off_while_it_is_read_is_an_error_and_not_the_end_of_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(save({"w": np.ones((2000, 1000), np.float32)}))
    with open(tmp_path / "file", "rb") as file:
        opened = TensorFile(file)
        os.truncate(tmp_path / "file", 40_000)
        with pytest.raises(ValueError):
            opened.tensors()
