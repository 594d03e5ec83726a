"""`torch.compile` for the training step: for who asks for it, where a compiler is there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

LONGEST_REASON = 120  # letters


def why_not(device: str) -> str:
    """What `torch.compile` lacks here, in one sentence for a person; empty where it has all that it asks for."""
    wanted = os.environ.get("CXX") or {"darwin": "clang++", "win32": "cl"}.get(sys.platform, "g++")
    if shutil.which(wanted) is None:
        return f"torch.compile needs a C++ compiler, and “{wanted}” is not here: install it, or use --compile no."
    if device == "cuda" and importlib.util.find_spec("triton") is None:
        return "torch.compile needs Triton for CUDA, which is not here: install it, or use --compile no."
    return ""


def is_of_the_compiler(error: Exception) -> bool:
    """Whether an error is `torch.compile`'s own; never imports it."""
    known = sys.modules.get("torch._dynamo.exc")
    return known is not None and isinstance(error, known.TorchDynamoException)


def reason(error: Exception) -> str:
    """What is known of an error of the compiler's, shortly."""
    inner = getattr(error, "inner_exception", error)
    return f"{type(inner).__name__}: {str(inner).strip().partition(chr(10))[0][:LONGEST_REASON]}"


def forget_earlier_runs() -> None:
    """To be called before a run: after eight networks of other shapes the compiler would leave the ninth as it is.

    A run of the same shapes finds its translation on disk, in half a second.
    """
    torch.compiler.reset()


class Compiled:
    """A function that is called as it is at first, and from then on translated, for the first call's shapes alone.

    The first call fills the function's buffers: the translation would hold that they are missing. For inputs of
    another shape, an epoch's last batch, to translate again would take longer than it can gain.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Compares the shape of the first argument, a tensor."""
        self._function = function
        self._translated: Callable[..., Any] | None = None
        self._shape = torch.Size()

    def __call__(self, first: Tensor, *others: Any) -> Any:
        """Numbers go in as tensors: for another constant all would be translated anew."""
        if self._translated is None:
            self._translated, self._shape = torch.compile(self._function, dynamic=False), first.shape
            return self._function(first, *others)
        if first.shape != self._shape:
            return self._function(first, *others)
        given = (torch.full((), each, device=first.device) if isinstance(each, float) else each for each in others)
        return self._translated(first, *given)
