"""Work for a GPU, recorded once and replayed: one launch from Python in place of a hundred small ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

UNRECORDED_CALLS = 3  # before the recording: libraries choose their kernels and ask for memory then

Function = Callable[..., Tensor]
Record = Callable[[Callable[[], Tensor]], tuple[Callable[[], Any], Tensor]]
"""Takes work whose tensors stay where they are; returns what does it again, and where the result then lies."""


def cuda_graph(work: Callable[[], Tensor]) -> tuple[Callable[[], Any], Tensor]:
    """Records work as a CUDA graph, without doing it; RuntimeError where the work cannot be recorded.

    As `torch.cuda.graph`, which in older versions lets the cycle collector run first: on this thread it could destroy
    a window's widgets.
    """
    graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        graph.capture_begin(capture_error_mode="thread_local")
        try:
            result = work()
        finally:
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
        if self._calls == UNRECORDED_CALLS + 1:
            self._try_to_record(function, arguments)
        if self._replay is None:
            return function(*arguments)
        for kept, given in zip(self._arguments, arguments, strict=True):
            if isinstance(given, Tensor):
                kept.copy_(given)
            elif isinstance(given, int | float):
                kept.fill_(given)
        self._replay()
        return self._result.clone()

    def _try_to_record(self, function: Function, arguments: tuple[Any, ...]) -> None:
        device = next(each.device for each in arguments if isinstance(each, Tensor))
        self._arguments = [_place_for(each, device) for each in arguments]
        try:
            self._replay, self._result = self._record(lambda: function(*self._arguments))
        except RuntimeError as error:
            logging.getLogger(__name__).warning("The training step cannot be recorded: %s", error)


def _place_for(argument: Any, device: torch.device) -> Any:
    if isinstance(argument, int | float):
        return torch.full((), float(argument), device=device)
    return argument.clone() if isinstance(argument, Tensor) else argument
