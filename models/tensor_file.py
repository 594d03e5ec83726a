"""Tensors out of a safetensors file, a part at a time."""

from __future__ import annotations

import math

import numpy as np
from safetensors import safe_open

AT_A_TIME = 250_000
"""Numbers of a tensor that are read in one go: some milliseconds."""


def read_tensor(file: safe_open, name: str) -> np.ndarray:
    """A tensor of an open file, some rows at a time.

    The package holds Python while it copies what was asked for: of a whole tensor, on whatever thread that is, a window
    would stand still meanwhile.
    """
    rows_of = file.get_slice(name)
    shape = rows_of.get_shape()
    if math.prod(shape) <= AT_A_TIME:
        return file.get_tensor(name)
    rows = max(1, AT_A_TIME // math.prod(shape[1:]))
    whole = np.empty(shape, rows_of[:1].dtype)
    for begin in range(0, shape[0], rows):
        end = min(begin + rows, shape[0])
        whole[begin:end] = rows_of[begin:end]
    return whole
