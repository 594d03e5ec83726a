"""A training step on a CUDA device that is only imagined: tensors have a shape, a type and a device, but no numbers.

So it is seen without a GPU that a step neither mixes devices nor reads a number back, which would wait for the device
and could not be recorded. The numbers themselves are tested on the CPU (`test_graphed.py`).
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from models import learner as learner_module
from models.adam import Adam
from models.config import RunConfig
from models.datasets import Dataset
from models.graphed import UNRECORDED_CALLS
from models.learner import Learner
from models.networks import Autoencoder

SETTINGS: dict[str, dict] = {
    "vae": {},
    "ae": {"kind": "ae", "loss": "mse", "optimiser": "adam", "activation": "gelu"},
    "noisy": {"corruption": "gaussian", "draws": 2},
    "patches and sparse": {"kind": "ae", "corruption": "patches", "sparsity": "kl", "gradient_clip": 0.0},
}
MOST_KERNELS = 78  # of a step of the default network: memory is filled or changed so often


class CpuGenerator(torch.Generator):
    """For any device: a generator for CUDA asks for the driver."""

    def __new__(cls, device: torch.device | None = None) -> CpuGenerator:
        return super().__new__(cls)

    def __init__(self, device: torch.device | None = None) -> None:
        super().__init__()


class ImaginedNetwork(Autoencoder):
    """On its device from the start: imagined parameters cannot be moved."""

    def to(self, *_: object) -> ImaginedNetwork:  # type: ignore[override]
        return self


def made_there(config: RunConfig, mean_image: Tensor) -> Autoencoder:
    with torch.device("cuda"):
        return ImaginedNetwork(config)


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    step = Adam.step
    with FakeTensorMode(allow_non_fake_inputs=True):
        monkeypatch.setattr(torch, "Generator", CpuGenerator)
        monkeypatch.setattr(learner_module, "initialised", made_there)
        # What a rate in a tensor does is not known to the imagination; of a number it is.
        monkeypatch.setattr(Adam, "step", lambda self, rate, betas: step(self, 0.001, betas))
        yield torch.device("cuda")


@pytest.mark.parametrize("precision", ["tf32", "bfloat16"])
@pytest.mark.parametrize("settings", list(SETTINGS.values()), ids=list(SETTINGS))
def test_a_step_on_cuda_stays_there_and_waits_for_nothing(
    settings: dict, precision: str, cuda: torch.device, digits: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    config = RunConfig(encoder=(20, 10), decoder=(30,), **settings)
    recorded = []

    def record(work):  # type: ignore[no-untyped-def]
        recorded.append(work())
        return (lambda: None), recorded[0]

    with caplog.at_level(logging.WARNING):
        learner = Learner(config, digits, cuda, record=record, precision=precision)
        for indices in itertools.islice(learner.shuffled(config.batch_size), UNRECORDED_CALLS + 2):
            learner.step(indices, 0.003, 0.5)
    assert not caplog.records, "the step was recorded"
    assert [each.device.type for each in recorded] == ["cuda"]
    with pytest.raises(DataDependentOutputException):  # and reading a number would have been noticed
        learner.read_losses()


def test_a_recorded_step_has_no_more_kernels_than_it_had(cuda: torch.device, digits: Dataset) -> None:
    """Each takes about two microseconds however little it does, most of a step of a small batch."""

    class Launches(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, function, types, arguments=(), named=None):  # type: ignore[no-untyped-def]
            name = str(function)
            self.count += not (function.is_view or name.startswith("prim.") or "empty" in name)
            return function(*arguments, **(named or {}))

    launches = Launches()

    def record(work):  # type: ignore[no-untyped-def]
        with launches:
            return (lambda: None), work()

    learner = Learner(RunConfig(), digits, cuda, record=record, precision="tf32")
    for indices in itertools.islice(learner.shuffled(200), UNRECORDED_CALLS + 1):
        learner.step(indices, 0.003, 0.5)
    assert 0 < launches.count <= MOST_KERNELS


@pytest.mark.parametrize("settings", list(SETTINGS.values()), ids=list(SETTINGS))
def test_held_out_losses_wait_for_the_device_once(
    settings: dict, cuda: torch.device, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner_module, "EVALUATION_BATCH", 100)  # three parts
    learner = Learner(RunConfig(encoder=(20, 10), decoder=(30,), **settings), digits, cuda)

    class Moved(TorchDispatchMode):
        """Both ways a copy waits until the device has done all that it was told before."""

        def __init__(self) -> None:
            super().__init__()
            self.fetched = self.sent = 0

        def __torch_dispatch__(self, function, types, arguments=(), named=None):  # type: ignore[no-untyped-def]
            result = function(*arguments, **(named or {}))
            if isinstance(result, Tensor):
                given = {each.device.type for each in arguments if isinstance(each, Tensor)}
                self.fetched += not result.is_cuda and "cuda" in given
                self.sent += result.is_cuda and "cpu" in given
            return result

    for of_a_run in ("first", "second"):
        with Moved() as moved, pytest.raises(DataDependentOutputException):  # imagined numbers cannot be looked at
            learner.held_out(1.0)
        assert moved.fetched == 1
        assert moved.sent == (of_a_run == "first" and learner.config.kind == "vae"), "its noise is the same each time"
