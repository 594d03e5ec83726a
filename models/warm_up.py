"""What is imported and set ahead, so that nobody waits for it later."""

from __future__ import annotations

import threading

import torch

import models.evaluation
import models.snapshot  # noqa: F401
from models.cores import cores

_one_at_a_time = threading.Lock()


def warm_up() -> None:
    """Import all that training needs; a thread that calls this while another one is at it waits for it."""
    with _one_at_a_time:  # two that import the same may meet half-made modules
        import models.training  # noqa: F401

        cores()  # which then has its answer ready


def look_with_one_thread() -> None:
    """Make this thread compute on one core: what it looks at is small, and the others belong to the training."""
    torch.set_num_threads(1)
