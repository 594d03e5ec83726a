"""What tests of the mathematics share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor


class Elsewhere(Tensor):
    """Lies on the CPU and says that it is on a GPU, so that the ways that are taken there are taken here."""

    device = torch.device("cuda")
    is_cuda = True


@pytest.fixture(params=["on the CPU", "on a GPU"])
def put(request: pytest.FixtureRequest) -> Callable[[Tensor], Tensor]:
    """What puts a tensor onto a device, each in turn."""
    return (lambda x: x) if request.param == "on the CPU" else (lambda x: x.as_subclass(Elsewhere))


@pytest.fixture
def double_precision() -> Iterator[None]:
    """Tensors have 53 significant bits by themselves, and random ones are the same each time."""
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(3)
    yield
    torch.set_default_dtype(torch.float32)
