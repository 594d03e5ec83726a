"""Tensors out of a safetensors file, by plain reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

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


def test_tensors_may_lie_in_another_order_than_the_header_names_them(tmp_path: Path) -> None:
    content = save({"b": np.arange(3.0), "w": np.arange(9.0)})
    length = int.from_bytes(content[:8], "little")
    about = json.loads(content[8 : 8 + length])
    header = json.dumps(dict(reversed(about.items()))).encode()
    (tmp_path / "file").write_bytes(len(header).to_bytes(8, "little") + header + content[8 + length :])
    with open(tmp_path / "file", "rb") as file:
        found = TensorFile(file).tensors()
    expected = load_file(tmp_path / "file")
    assert list(found) == ["w", "b"] and all(np.array_equal(found[name], expected[name]) for name in expected)


def test_a_file_that_is_cut_off_while_it_is_read_is_an_error_and_not_the_end_of_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(save({"w": np.ones((2000, 1000), np.float32)}))
    with open(tmp_path / "file", "rb") as file:
        opened = TensorFile(file)
        os.truncate(tmp_path / "file", 40_000)
        with pytest.raises(ValueError):
            opened.tensors()
