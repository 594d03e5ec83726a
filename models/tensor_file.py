"""Tensors out of a safetensors file that the package has found whole, by plain reads.

The package maps the file into memory: where it is cut off meanwhile, or its stick is pulled out, the system ends the
process. And it holds Python while it copies a tensor: a window would stand still, on whatever thread that is.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import numpy as np

KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "?",
}  # fmt: skip
"""Those that numpy has."""


class TensorFile:
    """An open file's header, read at once, and its tensors, read when they are asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        length = int.from_bytes(file.read(8), "little")
        self._about: dict[str, Any] = json.loads(file.read(length))
        self._begin = 8 + length
        self.metadata: dict[str, str] = self._about.pop("__metadata__", {})

    def tensors(self) -> dict[str, np.ndarray]:
        """All of them; KeyError for a kind that numpy lacks, ValueError where the file ends early."""
        return {name: self._tensor(**about) for name, about in self._about.items()}

    def _tensor(self, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray:
        values = np.empty(shape, KINDS[dtype])
        self._file.seek(self._begin + data_offsets[0])
        if self._file.readinto(values.reshape(-1).view(np.uint8)) != values.nbytes:  # type: ignore[attr-defined]
            raise ValueError
        return values
