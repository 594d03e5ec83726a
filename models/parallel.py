"""Several processes that train one network together, each on its part of every batch (`torchrun -m models train`).

Every process holds all images and draws the same random numbers; it computes on its own part of a batch, and the
gradients are summed. So the result is that of one process with the whole batch, but for the order of summation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import Tensor, distributed

from models.config import Hardware
from models.devices import DeviceError, is_for_want_of_memory, pick_device

LONGEST_WAIT = timedelta(minutes=5)  # for a partner at one step: a slow evaluation passes, a hung machine does not


class PartnerLost(RuntimeError):
    """Another process of the run has ended or no longer answers; the text is one sentence for a person."""


class Alone:
    """The whole batch in one process."""

    rank, size = 0, 1

    def part(self, rows: Tensor) -> Tensor:
        """This process's rows of what belongs to the whole batch; some processes may get none."""
        return rows

    def sum(self, values: Tensor) -> None:
        """Adds up `values` over all processes, in place."""

    def agree(self, values: Tensor) -> None:
        """Gives every process the first one's `values`, in place."""


class Partners(Alone):
    """One of several processes; on the CPU it raises PartnerLost where another one is gone.

    On CUDA a sum is enqueued only, and who reads its result waits in vain: there NCCL's watchdog ends the process
    (SIGABRT, about a minute after LONGEST_WAIT), unless torchrun did so at once. Read in PyTorch 2.15, not tried.
    """

    def __init__(self, rank: int, size: int) -> None:
        """After `torch.distributed.init_process_group`."""
        self.rank, self.size = rank, size

    def part(self, rows: Tensor) -> Tensor:
        return rows.tensor_split(self.size)[self.rank]

    def sum(self, values: Tensor) -> None:
        with self._in_plain_words():
            distributed.all_reduce(values)

    def agree(self, values: Tensor) -> None:
        with self._in_plain_words():
            distributed.broadcast(values, src=0)

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            if is_for_want_of_memory(error):  # NCCL's buffers are made at the first sum
                raise
            raise PartnerLost(
                f"Process {self.rank + 1} of {self.size} lost the others: one of them ended or no longer answers, "
                "so the run was stopped and nothing was saved."
            ) from error


def is_wanted() -> bool:
    """Whether torchrun started this process as one of several; some clusters set a part of its variables for all."""
    told = [os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")]
    return all(told) and told[1] != "1"


@contextmanager
def joined(hardware: Hardware) -> Iterator[Alone]:
    """What torchrun's environment says: `Partners`, connected until the end of the block, or `Alone`.

    Processes on CUDA talk through NCCL and take one GPU of their machine each; those on the CPU talk through Gloo.
    Raises PartnerLost where they do not find each other, DeviceError where the device is not there for all of them.

    After an error NCCL's group is left standing: to leave it takes all its processes, and the others may be waiting
    for a sum with this one, so that the error would not be told. It falls with the process.
    """
    if not is_wanted():
        yield Alone()
        return
    on_cuda = hardware.device == "cuda"
    _take_device(hardware)
    try:
        distributed.init_process_group("nccl" if on_cuda else "gloo", timeout=LONGEST_WAIT)
    except (ValueError, RuntimeError) as error:
        why = str(error).partition("\n")[0]
        raise PartnerLost(f"The processes of this run could not be joined: {why}") from error
    well = False
    try:
        yield Partners(distributed.get_rank(), distributed.get_world_size())
        well = True
    finally:
        if well or not on_cuda:
            distributed.destroy_process_group()


def _take_device(hardware: Hardware) -> None:
    if pick_device(hardware).type == "mps":
        raise DeviceError("Several processes cannot train on Apple's MPS together: start one, or choose the CPU.")
    if hardware.device == "cuda":
        local, gpus = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if local >= gpus:
            raise DeviceError(
                f"Each process takes a GPU of its own, and this machine has {gpus}: "
                "start no more with torchrun's --nproc-per-node."
            )
        torch.cuda.set_device(local)
