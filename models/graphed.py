"""Work for a GPU, recorded once and replayed: one launch from Python in place of a hundred small ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

UNRECORDED_CALLS = 3  # before the recording: kernels are loaded, chosen by libraries, and given memory then

Function = Callable[..., Tensor]
Record = Callable[[Callable[[], Tensor]], tuple[Callable[[], Any], Tensor]]
"""Takes work whose tensors stay where they are; returns what does it again, and where the result then lies."""


def cuda_graph(work: Callable[[], Tensor]) -> tuple[Callable[[], Any], Tensor]:
    """Records work as a CUDA graph, without doing it; RuntimeError where the work cannot be recorded.

    As `torch.cuda.graph`, which in older versions leaves its stream the current one where work fails. Each graph has
    one of its own: those recorded on one share cuBLAS's workspace, which in some versions goes with the first of them
    (PyTorch's issue 193402), and of twins one ends first.
    """
    graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        graph.capture_begin(capture_error_mode="thread_local")
        try:
            result = work()
        except BaseException:
            with suppress(RuntimeError):  # it fails too, of what work has failed of
                graph.capture_end()
            raise
        graph.capture_end()
    return graph.replay, result


class Recording:
    """Calls a function by replaying a recording of it; by calling it, where that was not possible.

    The function is the same at each call, computes one tensor, changes others in place, and neither draws random
    numbers nor waits for the device. Its arguments are tensors of the same shapes each time, numbers, or None; of
    anything else the recording keeps what there was when it was made.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._calls = 0
        self._arguments: list[Any] = []
        self._replay: Callable[[], Any] | None = None
        self._result = torch.empty(0)

    def __call__(self, function: Function, *arguments: Any) -> Tensor:
        """The function's result, good for ever."""
        self._calls += 1
        if self._replay is not None or self._calls <= UNRECORDED_CALLS + 1:
            self._put(arguments)
        if self._calls <= UNRECORDED_CALLS:
            return function(*self._arguments)
        if self._calls == UNRECORDED_CALLS + 1:
            self._try_to_record(function)
        if self._replay is None:
            return function(*arguments)
        self._replay()
        return self._result.clone()

    def _put(self, arguments: tuple[Any, ...]) -> None:
        """Into places that stay; numbers into tensors, before the recording too: they are for other kernels."""
        if not self._arguments:
            device = next(each.device for each in arguments if isinstance(each, Tensor))
            self._arguments = [_place_for(each, device) for each in arguments]
        for kept, given in zip(self._arguments, arguments, strict=True):
            if isinstance(given, Tensor):
                kept.copy_(given)
            elif isinstance(given, int | float):
                kept.fill_(given)

    def _try_to_record(self, function: Function) -> None:
        try:
            self._replay, self._result = self._record(lambda: function(*self._arguments))
        except RuntimeError as error:
            self._arguments = []
            logging.getLogger(__name__).warning("The training step cannot be recorded: %s", error)


def _place_for(argument: Any, device: torch.device) -> Any:
    if isinstance(argument, int | float):
        return torch.empty((), device=device)
    return torch.empty_like(argument) if isinstance(argument, Tensor) else argument
