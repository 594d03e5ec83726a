"""Recorded training steps: with a recorder for the CPU, which does the work again, and as a CUDA graph on a GPU."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from models.config import RunConfig
from models.datasets import Dataset
from models.graphed import UNRECORDED_CALLS, Record, Recording, cuda_graph
from models.learner import Learner
from models.parallel import Alone

SMALL = RunConfig(encoder=(20,), decoder=(30,), batch_size=200, input_dropout=0.2)
STEPS_PER_EPOCH = 8  # seven of 200 images and one of 100


class CpuRecorder:
    """Replays by doing the work again, from and to the same tensors; counts."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def __call__(self, work: Callable[[], Tensor]) -> tuple[Callable[[], object], Tensor]:
        self.recorded += 1
        result = torch.full((3,), torch.nan)

        def replay() -> None:
            self.replayed += 1
            result.copy_(work())

        return replay, result


def trained(
    config: RunConfig, digits: Dataset, record: Record | None, device: str = "cpu", partners: Alone | None = None
) -> tuple[list[tuple[float, float, float]], Tensor]:
    """The losses of each step of two epochs with a rate and a beta that change, read at the end; and the weights."""
    learner = Learner(config, digits, torch.device(device), partners, record)
    step = 0
    for _ in range(2):
        for indices in learner.shuffled(config.batch_size):
            learner.step(indices, 0.003 + 0.0001 * step, 0.1 * step)
            step += 1
    assert step == 2 * STEPS_PER_EPOCH
    return learner.read_losses(), learner._parameters.vector.cpu()


SETTINGS: dict[str, dict] = {
    "vae": {},
    "ae": {"kind": "ae", "loss": "mse", "input_dropout": 0.0},
    "noisy": {"corruption": "gaussian"},
    "blurred and sparse": {"kind": "ae", "corruption": "blur", "sparsity": "kl"},
}


@pytest.mark.parametrize("settings", list(SETTINGS.values()), ids=list(SETTINGS))
def test_replayed_steps_are_the_same_as_others(settings: dict, digits: Dataset) -> None:
    config, recorder = SMALL.replace(**settings), CpuRecorder()
    losses, weights = trained(config, digits, recorder)
    assert recorder.recorded == 1
    assert recorder.replayed == 2 * (STEPS_PER_EPOCH - 1) - UNRECORDED_CALLS, "all but the first and the smaller ones"
    expected, plain_weights = trained(config, digits, None)
    torch.testing.assert_close(torch.tensor(losses), torch.tensor(expected), rtol=1e-5, atol=0.0)
    torch.testing.assert_close(weights, plain_weights)


def test_a_step_that_cannot_be_recorded_is_computed(digits: Dataset, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(work: Callable[[], Tensor]) -> tuple[Callable[[], object], Tensor]:
        raise RuntimeError("operation not permitted when stream is capturing")

    with caplog.at_level(logging.WARNING):
        losses, weights = trained(SMALL, digits, refuse)
    expected, plain_weights = trained(SMALL, digits, None)
    torch.testing.assert_close(torch.tensor(losses), torch.tensor(expected), rtol=1e-5, atol=0.0)
    torch.testing.assert_close(weights, plain_weights)
    assert [each.getMessage() for each in caplog.records] == [
        "The training step cannot be recorded: operation not permitted when stream is capturing"
    ]


def test_what_goes_before_a_recording_is_the_very_work_that_is_recorded() -> None:
    """A kernel that is launched for the first time while a graph is recorded cannot be loaded by every driver."""
    kinds: list[tuple[str, ...]] = []

    def work(values: Tensor, rate: float | Tensor, nothing: None) -> Tensor:
        kinds.append(tuple(type(each).__name__ for each in (values, rate, nothing)))
        return values * rate

    recording = Recording(CpuRecorder())
    found = [recording(work, torch.full((3,), float(call)), 0.5 * call, None).tolist() for call in range(6)]
    assert found == [[0.5 * call**2] * 3 for call in range(6)]
    assert set(kinds) == {("Tensor", "Tensor", "NoneType")}


class FailingGraph:
    """A CUDA graph whose recording was spoilt, so that its end fails too."""

    def capture_begin(self, **_: str) -> None:
        pass

    def capture_end(self) -> None:
        raise RuntimeError("operation failed due to a previous error during capture")


def test_why_a_recording_failed_is_told_and_not_that_its_end_did(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> Tensor:
        raise RuntimeError("Cannot copy between CPU and CUDA tensors during CUDA graph capture")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", FailingGraph)
    monkeypatch.setattr(torch.cuda, "Stream", lambda: None)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "stream", contextlib.nullcontext)
    with pytest.raises(RuntimeError, match="Cannot copy between CPU and CUDA"):
        cuda_graph(work)
    with pytest.raises(RuntimeError, match="previous error"):
        cuda_graph(lambda: torch.zeros(()))


def test_convolutions_and_partners_are_not_recorded(digits: Dataset) -> None:
    recorder = CpuRecorder()
    partners = Alone()
    partners.size = 2
    trained(SMALL, digits, recorder, partners=partners)
    trained(SMALL.replace(architecture="convolutional", encoder=(4,), decoder=(4,)), digits, recorder)
    assert recorder.recorded == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_cuda_graph_learns_what_the_cpu_learns(digits: Dataset, caplog: pytest.LogCaptureFixture) -> None:
    config = SMALL.replace(input_dropout=0.0, kind="ae", loss="mse")  # nothing is drawn: devices draw differently
    losses, _ = trained(config, digits, None, device="cuda")
    expected, _ = trained(config, digits, None)
    torch.testing.assert_close(torch.tensor(losses), torch.tensor(expected), rtol=0.02, atol=0.0)
    assert not caplog.records, "the step was recorded"
