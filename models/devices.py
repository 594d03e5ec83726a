"""The processors that can train: which are there, which are not and why, and their errors in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch

from models import compiled
from models.config import Hardware, RunConfig

SMALLEST_BATCH = 64  # that bfloat16 is chosen for
WORDS_OF_TOO_LITTLE_MEMORY = (
    "out of memory",
    "can't allocate memory",
    # CUDA's libraries say these where a handle or a workspace finds no room: it is they who ask first on a full card.
    "status_alloc_failed",
    "status_not_initialized",
    "unable to find an engine",
)
WORDS_OF_A_BROKEN_DEVICE = ("{device} error", "{device} driver error", "cudnn error")
# PyTorch looks at every card when it begins with CUDA; what fails then is no RuntimeError (DeferredCudaCallError).
FAILURES_TO_BEGIN = (RuntimeError, AssertionError, torch.cuda.DeferredCudaCallError)


class DeviceError(RuntimeError):
    """A device that is not there, is too small or has stopped working; the text is one sentence for a person."""


class OutOfMemory(DeviceError):
    """A run needs more memory than a device has."""


@dataclass(frozen=True)
class DeviceChoice:
    """One device as a picker shows it; `why_not` is empty where it is available."""

    name: str
    label: str
    available: bool
    why_not: str = ""


def devices() -> list[DeviceChoice]:
    """CPU, CUDA and MPS, in this order, each with whether it is there."""
    return [look() for look in _LOOKS.values()]


def _cpu() -> DeviceChoice:
    return DeviceChoice("cpu", "CPU", True)


def _cuda() -> DeviceChoice:
    if not torch.cuda.is_available():
        return DeviceChoice("cuda", "CUDA", False, _why_no_cuda())
    try:
        name, (major, minor) = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
    except FAILURES_TO_BEGIN as error:  # which must not keep the CPU from training
        reason = str(error).partition("\n")[0].rstrip(".")
        return DeviceChoice("cuda", "CUDA", False, f"The NVIDIA GPU does not answer ({reason}).")
    if torch.version.cuda is not None and not _is_built_for(10 * major + minor, torch.cuda.get_arch_list()):
        lacking = (
            f"This build of PyTorch (CUDA {torch.version.cuda}) has no kernels for an {name} "
            f"(compute capability {major}.{minor}): another build may have them."
        )
        return DeviceChoice("cuda", "CUDA", False, lacking)
    return DeviceChoice("cuda", f"CUDA ({name})", True)


def _why_no_cuda() -> str:
    if torch.version.cuda is None:
        return "This build of PyTorch has no CUDA."
    try:
        torch.cuda.init()  # says why
    except FAILURES_TO_BEGIN as error:
        if "too old" in str(error):
            build = f"this build of PyTorch (CUDA {torch.version.cuda})"
            return f"The NVIDIA driver is too old for {build}: update the driver."
    return "No NVIDIA GPU with a working driver was found."


def _is_built_for(capability: int, kinds: list[str]) -> bool:
    """Whether code of one of these kinds runs on a card: True where that is not known.

    Code for sm_86 runs on capabilities 8.6 to 8.9; compute_86 is translated by the driver, for 8.6 and all later ones.
    """
    known = [re.fullmatch(r"(sm|compute)_(\d+)[af]?", kind) for kind in kinds]
    codes = [(each[1], int(each[2])) for each in known if each is not None]
    return (
        len(codes) < len(kinds)
        or not codes
        or any(code <= capability and (kind == "compute" or code // 10 == capability // 10) for kind, code in codes)
    )


def _mps() -> DeviceChoice:
    there = torch.backends.mps.is_available()
    lacking = "Apple's MPS needs a Mac with macOS 12.3 or later and an Apple or AMD GPU."
    return DeviceChoice("mps", "Apple MPS", there, "" if there else lacking)


_LOOKS = {"cpu": _cpu, "cuda": _cuda, "mps": _mps}


def pick_device(hardware: Hardware) -> torch.device:
    """The device that was asked for; DeviceError with one sentence where it, or a compiler asked for, is not there.

    Of the others none is looked at: to wake a GPU's driver takes up to seconds, and it may complain, or hang.
    """
    choice = _LOOKS[hardware.device]()
    if not choice.available:
        raise DeviceError(f"{choice.label} cannot be used here: {choice.why_not} Choose the CPU instead.")
    lacking = compiled.why_not(hardware.device) if hardware.compile == "yes" else ""
    if lacking:
        raise DeviceError(lacking)
    return torch.device(hardware.device)


@contextmanager
def settled(hardware: Hardware) -> Iterator[None]:
    """Sets this thread's number of CPU threads and flushes denormal numbers, and puts both back at the end.

    Denormals appear when a unit dies away, and cost a hundred times an ordinary number's time. CUDA's convolutions,
    which by themselves round their factors to 10 bits, and its products of matrices, which do so where the environment
    says it (NVIDIA's containers set TORCH_ALLOW_TF32_CUBLAS_OVERRIDE), are exact but for `quick_products`.
    """
    threads, flushed = torch.get_num_threads(), _denormals_flushed()
    torch.set_num_threads(hardware.threads)
    torch.set_flush_denormal(True)
    try:
        with _rounding(False) if hardware.device == "cuda" else nullcontext():
            yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.set_num_threads(threads)


def precision_of(hardware: Hardware, config: RunConfig) -> str:
    """What the wide layers of a run are multiplied in: "bfloat16", "tf32" or "float32".

    The CPU's own instructions for bfloat16 take half the time of float32's; where it has none they would take longer,
    and in small batches the copies of the weights cost what the products gain. Cards before Ampere have no "tf32", and
    compute float32 where they are asked for it.
    """
    if config.architecture == "dense" and (config.encoder or config.decoder):  # else all layers are beside the code
        gains = hardware.device == "cpu" and config.batch_size >= SMALLEST_BATCH and _multiplies_bfloat16()
        if hardware.precision == "bfloat16" or (hardware.precision == "auto" and gains):
            return "bfloat16"
    rounds = hardware.device == "cuda" and hardware.precision == "auto" and torch.cuda.is_tf32_supported()
    return "tf32" if rounds else "float32"


def _multiplies_bfloat16() -> bool:
    told = torch.cpu.get_capabilities()
    able = told.get("avx512_bf16") or told.get("amx_bf16")
    return bool(able) and torch.backends.mkldnn.is_available()  # PyTorch's own products of bfloat16 are slow


def quick_products(precision: str) -> AbstractContextManager[None]:
    """With "tf32", CUDA's products of float32 matrices have 10-bit factors (TensorFloat-32) and exact sums.

    So have its convolutions.
    """
    return _rounding(True) if precision == "tf32" else nullcontext()


@contextmanager
def _rounding(allowed: bool) -> Iterator[None]:
    """Whether CUDA's products and convolutions may round their factors."""
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32
    products.allow_tf32 = convolutions.allow_tf32 = allowed
    try:
        yield
    finally:
        products.allow_tf32, convolutions.allow_tf32 = before


def is_for_want_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Whether a processor, a GPU or one of its libraries found too little memory."""
    return isinstance(error, MemoryError) or any(each in str(error).lower() for each in WORDS_OF_TOO_LITTLE_MEMORY)


@contextmanager
def in_plain_words(device: torch.device) -> Iterator[None]:
    """Turns a device's failure for want of memory, or of its driver or compiler, into a DeviceError."""
    label = "CPU" if device.type == "cpu" else f"GPU ({device.type.upper()})"
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        text = str(error).lower()
        if is_for_want_of_memory(error):
            raise OutOfMemory(
                f"The {label} has not enough free memory for this run: choose a smaller batch or fewer units."
            ) from error
        if "no kernel image" in text:
            raise DeviceError(f"This build of PyTorch has no kernels for the {label}: choose the CPU.") from error
        broken = [each.format(device=device.type) for each in WORDS_OF_A_BROKEN_DEVICE]
        if device.type != "cpu" and any(each in text for each in broken):
            raise DeviceError(f"The {label} stopped working: start the app again, or choose the CPU.") from error
        if compiled.is_of_the_compiler(error):
            raise DeviceError(f"torch.compile failed here ({compiled.reason(error)}): use --compile no.") from error
        raise


def _denormals_flushed() -> bool:
    return float(torch.full((1,), 1e-38) * 1e-2) == 0.0
