"""Which devices are offered, in what numbers they multiply, and their failures in plain words; without any GPU."""

from __future__ import annotations

import pytest
import torch

from models.config import Hardware
from models.devices import (
    DeviceChoice,
    DeviceError,
    OutOfMemory,
    devices,
    in_plain_words,
    pick_device,
    quick_products,
    settled,
)

TOO_LITTLE = "The GPU (CUDA) has not enough free memory for this run: choose a smaller batch or fewer units."
STOPPED = "The GPU (CUDA) stopped working: start the app again, or choose the CPU."


def cuda() -> DeviceChoice:
    return next(each for each in devices() if each.name == "cuda")


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A card that PyTorch finds, with a build for CUDA 13.2."""
    monkeypatch.setattr(torch.version, "cuda", "13.2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA T")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"])
    return monkeypatch


@pytest.mark.parametrize(
    ("capability", "built_for", "available"),
    [
        ((9, 0), ["sm_75", "sm_90"], True),
        ((8, 9), ["sm_75", "sm_86"], True),
        ((9, 0), ["sm_90a"], True),
        ((6, 1), ["sm_75", "sm_80", "sm_90"], False),
        ((7, 0), ["sm_75", "sm_80"], False),
        ((10, 0), ["sm_90"], False),
        ((12, 0), ["sm_90", "compute_90"], True),
        ((9, 0), [], True),
        ((9, 0), ["something new"], True),
    ],
)
def test_a_card_without_kernels_in_this_build_is_not_offered(
    capability: tuple[int, int], built_for: list[str], available: bool, card: pytest.MonkeyPatch
) -> None:
    card.setattr(torch.cuda, "get_device_capability", lambda: capability)
    card.setattr(torch.cuda, "get_arch_list", lambda: built_for)
    assert cuda().available is available
    if not available:
        major, minor = capability
        assert cuda().why_not == (
            f"This build of PyTorch (CUDA 13.2) has no kernels for an NVIDIA T (compute capability {major}.{minor}): "
            "another build may have them."
        )


def test_a_build_for_other_cards_is_not_asked_for_nvidias_kernels(card: pytest.MonkeyPatch) -> None:
    card.setattr(torch.version, "cuda", None)
    card.setattr(torch.cuda, "get_arch_list", lambda: ["gfx942"])
    assert cuda() == DeviceChoice("cuda", "CUDA (NVIDIA T)", True)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("CUDA error: unknown error\nCUDA kernel errors might be ..."), "CUDA error: unknown error"),
        (
            torch.cuda.DeferredCudaCallError(
                "CUDA call failed lazily at initialization with error: CUDA error: unknown error\n\nCUDA call was ..."
            ),
            "CUDA call failed lazily at initialization with error: CUDA error: unknown error",
        ),
        (AssertionError("Invalid device id"), "Invalid device id"),
    ],
)
def test_a_card_that_does_not_answer_leaves_the_cpu(error: Exception, reason: str, card: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise error

    card.setattr(torch.cuda, "get_device_name", broken)
    assert [each.available for each in devices()][:2] == [True, False]
    assert cuda().why_not == f"The NVIDIA GPU does not answer ({reason})."


def test_who_trains_on_the_cpu_does_not_wake_the_card(card: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    card.setattr(torch.cuda, "is_available", lambda: asked.append("CUDA") or True)
    card.setattr(torch.backends.mps, "is_available", lambda: asked.append("MPS") or True)
    assert (pick_device(Hardware()).type, asked) == ("cpu", [])
    assert (pick_device(Hardware(device="cuda")).type, asked) == ("cuda", ["CUDA"])


@pytest.mark.parametrize(
    ("said", "why_not"),
    [
        ("The NVIDIA driver on your system is too old (found version 12020). Please update",
         "The NVIDIA driver is too old for this build of PyTorch (CUDA 13.2): update the driver."),
        ("Found no NVIDIA driver on your system.", "No NVIDIA GPU with a working driver was found."),
    ],
)  # fmt: skip
def test_a_driver_that_is_too_old_is_named(said: str, why_not: str, card: pytest.MonkeyPatch) -> None:
    def init() -> None:
        raise RuntimeError(said)

    card.setattr(torch.cuda, "is_available", lambda: False)
    card.setattr(torch.cuda, "init", init)
    assert cuda() == DeviceChoice("cuda", "CUDA", False, why_not)


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", OutOfMemory, TOO_LITTLE),
        ("cuDNN error: CUDNN_STATUS_ALLOC_FAILED", OutOfMemory, TOO_LITTLE),
        ("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", OutOfMemory, TOO_LITTLE),
        ("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED", OutOfMemory, TOO_LITTLE),
        ("GET was unable to find an engine to execute this computation", OutOfMemory, TOO_LITTLE),
        ("CUDA driver error: out of memory", OutOfMemory, TOO_LITTLE),
        ("CUDA driver error: unknown error", DeviceError, STOPPED),
        ("CUDA error: out of memory\nCUDA kernel errors might be ...", OutOfMemory, TOO_LITTLE),
        ("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", DeviceError, STOPPED),
        ("CUDA error: an illegal memory access was encountered", DeviceError, STOPPED),
        ("CUDA error: no kernel image is available for execution on the device", DeviceError,
         "This build of PyTorch has no kernels for the GPU (CUDA): choose the CPU."),
    ],
)  # fmt: skip
def test_a_failure_of_the_device_is_one_sentence(error: str, kind: type[DeviceError], sentence: str) -> None:
    with pytest.raises(DeviceError) as caught, in_plain_words(torch.device("cuda")):
        raise RuntimeError(error)
    assert (type(caught.value), str(caught.value)) == (kind, sentence)


def rounding() -> tuple[bool, bool]:
    """Whether CUDA's products of matrices and its convolutions have 10-bit factors."""
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("by_the_environment", [False, True])
def test_factors_are_rounded_only_in_a_step_that_may(by_the_environment: bool) -> None:
    """By themselves convolutions always would, and where a container's environment says so all products: held-out
    losses' too, and those of `--precision float32`.
    """
    asked_before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = by_the_environment
    try:
        before = rounding()
        with settled(Hardware(device="cuda")):
            assert rounding() == (False, False)
            with quick_products("float32"):
                assert rounding() == (False, False)
            with quick_products("tf32"):
                assert rounding() == (True, True)
            assert rounding() == (False, False)
        assert rounding() == before == (by_the_environment, True)
        with settled(Hardware()):
            assert rounding() == before, "what a CPU trains changes nothing there"
    finally:
        torch.backends.cuda.matmul.allow_tf32 = asked_before
