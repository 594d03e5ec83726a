"""Pays torch's late costs early: imports that its first optimiser and first network would make in a person's face."""

from __future__ import annotations

import threading

import torch

import models.evaluation
import models.snapshot  # noqa: F401

_one_at_a_time = threading.Lock()


def warm_up() -> None:
    """Import all that training needs, and run a tiny step; takes seconds, once in a process.

    The first `torch.optim.Adam` imports `torch._dynamo`, which takes as long as torch itself. A thread that calls this
    while another one is at it waits: two that import the same may meet half-made modules.
    """
    with _one_at_a_time:
        import models.training  # noqa: F401

        tiny = torch.nn.Linear(1, 1)
        optimiser = torch.optim.AdamW(tiny.parameters(), fused=True)
        tiny(torch.ones(1, 1)).sum().backward()
        optimiser.step()


def look_with_one_thread() -> None:
    """Make this thread compute on one core: what it looks at is small, and the others belong to the training."""
    torch.set_num_threads(1)
