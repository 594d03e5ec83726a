"""A run as one .safetensors file: weights, configuration, history, report and the held-out images' codes.

The file is readable with the `safetensors` package alone. Nothing here imports torch, so that the window can show a
run while torch is still being imported.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from models.config import RunConfig
from models.files import is_stream, reason, write_whole
from models.settings import ConfigError
from models.tensor_file import TensorFile

FORMAT = 1
APP_VERSION = "0.1.0"
MOST_HISTORY_POINTS = 1000
WEIGHTS = "weights."
LONGEST_VERSION = 9  # digits; what is longer is no version
DRAWN_FIGURES = ("bernoulli_floor", "pca_mse_per_pixel")  # lines in the plot, which has no place for an infinite one
SHOWN_FIGURES = (
    *("test_loss", "test_reconstruction", "test_kl", "test_mse_per_pixel"),
    *("knn_accuracy", *DRAWN_FIGURES),
)
LARGEST = 1e18  # of what is drawn; the squares of larger numbers are no float32, and to paint them ended the process
EXACT = ("held_out.errors", "held_out.scores")
HELD_OUT = ("codes", "log_variances", "labels", "errors", "scores")


class CheckpointError(Exception):
    """A run that cannot be saved or loaded; the text is one sentence for a person that names the file."""


def _none() -> np.ndarray:
    return np.zeros(0, np.float32)


def _no_steps() -> np.ndarray:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class History:
    """The losses of a run in nats per image: (S,) at training steps, (E,) on the held-out images after each epoch."""

    steps: np.ndarray = field(default_factory=_no_steps)
    total: np.ndarray = field(default_factory=_none)
    reconstruction: np.ndarray = field(default_factory=_none)
    kl: np.ndarray = field(default_factory=_none)
    epoch_steps: np.ndarray = field(default_factory=_no_steps)
    held_out_total: np.ndarray = field(default_factory=_none)
    held_out_reconstruction: np.ndarray = field(default_factory=_none)
    held_out_kl: np.ndarray = field(default_factory=_none)

    def thinned(self, most: int = MOST_HISTORY_POINTS) -> History:
        """At most `most` of the training steps, evenly spread, the first and the last among them; all epochs."""
        if len(self.steps) <= most:
            return self
        keep = np.linspace(0, len(self.steps) - 1, most).round().astype(int)
        return History(
            self.steps[keep],
            self.total[keep],
            self.reconstruction[keep],
            self.kl[keep],
            self.epoch_steps,
            self.held_out_total,
            self.held_out_reconstruction,
            self.held_out_kl,
        )


@dataclass(frozen=True, eq=False)
class Run:
    """One finished training and all that the window shows of it.

    `codes` (N, d), `log_variances` (N, d; None for an AE) and `labels` (N,) belong to the held-out images, and so do
    `errors` (N,), the reconstruction error of each in the loss's own unit (nats or squared error per image), and
    `scores` (N,), the anomaly score of each; both give percentiles without the data.
    """

    name: str
    config: RunConfig
    weights: dict[str, np.ndarray] = field(repr=False)
    codes: np.ndarray = field(repr=False)
    log_variances: np.ndarray | None = field(repr=False)
    labels: np.ndarray = field(repr=False)
    dataset: str
    fingerprint: str
    history: History = field(default_factory=History, repr=False)
    report: dict[str, Any] = field(default_factory=dict)
    errors: np.ndarray | None = field(default=None, repr=False)
    path: Path | None = None
    scores: np.ndarray | None = field(default=None, repr=False)


def save_run(run: Run, path: Path | str, half: bool = False, new: bool = False) -> None:
    """Writes the run beside `path` and renames it: either the whole file is there or nothing has changed.

    A `new` file replaces none: FileExistsError where the name is taken by then.
    With `half` weights, codes and log-variances are rounded to 16 bits (three digits that count): half the size.
    """
    path = Path(path)
    tensors = _tensors(run)
    if half:
        tensors |= {name: _as_kind(value, np.float16) for name, value in tensors.items() if name not in EXACT}
    header = _header(run)
    header["sha256"] = _digest(tensors, header)
    content = save(tensors, metadata=header)
    try:
        write_whole(path, content, new)
    except FileExistsError:
        raise
    except OSError as error:
        raise CheckpointError(f"The run could not be saved to “{path}”: {reason(error)}.") from None


def load_run(path: Path | str) -> Run:
    """Reads a run; raises CheckpointError for a file that is damaged, foreign, newer or not there."""
    path = Path(path)
    header, tensors = _read(path)
    version = header["latentlab"]
    if len(version) <= LONGEST_VERSION and version.isdecimal() and int(version) > FORMAT:
        raise CheckpointError(
            f"“{path}” was saved by a newer Latent Lab (format {version}; this one reads up to {FORMAT})."
        )
    if header.get("sha256") != _digest(tensors, header):
        raise CheckpointError(f"“{path}” is damaged: its contents do not match its checksum.")
    try:
        return _run(path, header, {name: _as_kind(value, np.float32) for name, value in tensors.items()})
    except ConfigError as error:
        raise CheckpointError(f"“{path}” holds a setting that cannot be used: {error}") from None
    except KeyError as error:
        raise CheckpointError(f"“{path}” is not a complete run of Latent Lab: it has no {error.args[0]}.") from None
    except (TypeError, OverflowError, RecursionError, json.JSONDecodeError):
        raise CheckpointError(f"“{path}” is not a complete run of Latent Lab: its header cannot be read.") from None
    except ValueError as error:
        raise CheckpointError(f"“{path}” is not a complete run of Latent Lab: {error}.") from None


def _tensors(run: Run) -> dict[str, np.ndarray]:
    tensors = {WEIGHTS + name: np.ascontiguousarray(weight) for name, weight in run.weights.items()}
    for name in HELD_OUT:
        value = getattr(run, name)
        if value is not None:
            tensors[f"held_out.{name}"] = np.ascontiguousarray(value)
    return tensors


def _as_kind(values: np.ndarray, kind: type[np.floating]) -> np.ndarray:
    """Numbers of this kind; labels stay what they are."""
    return values.astype(kind) if values.dtype in (np.float16, np.float32) else values


def _header(run: Run) -> dict[str, str]:
    thin = run.history.thinned()
    history = {each.name: [_short(x) for x in getattr(thin, each.name).tolist()] for each in fields(History)}
    return {
        "latentlab": str(FORMAT),
        "app_version": APP_VERSION,
        "name": _in_unicode(run.name),
        "dataset": _in_unicode(run.dataset),
        "fingerprint": run.fingerprint,
        "config": json.dumps(run.config.to_dict()),
        "history": json.dumps(history),
        "report": json.dumps(run.report),
    }


def _in_unicode(text: str) -> str:
    """Text made of file names, which need not be valid Unicode, as safetensors wants it to be."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _short(number: float) -> float:
    return number if isinstance(number, int) else float(f"{number:.6g}")


def _digest(tensors: dict[str, np.ndarray], header: dict[str, str]) -> str:
    """SHA-256 over names, types, shapes and bytes of all tensors and over the rest of the header."""
    digest = hashlib.sha256(json.dumps({k: v for k, v in header.items() if k != "sha256"}, sort_keys=True).encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.data)  # not a copy of it: those of a large network would hold the window up
    return digest.hexdigest()


def _read(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    try:
        if path.is_dir():
            raise CheckpointError(f"“{path}” is a folder, not a saved run.")
        if is_stream(path):  # to open a pipe may wait for ever
            raise CheckpointError(f"“{path}” is a pipe or a device, not a saved run.")
        with open(path, "rb") as file:
            file.read(1)
            with safe_open(path, framework="numpy"):  # which looks whether all in it fits together
                pass
            file.seek(0)
            found = TensorFile(file)
            if "latentlab" not in found.metadata:  # asked first: another program's file may be larger than the memory
                raise CheckpointError(f"“{path}” is a safetensors file of another program, not a run of Latent Lab.")
            return found.metadata, found.tensors()
    except FileNotFoundError:
        raise CheckpointError(f"There is no file “{path}”.") from None
    except OSError as error:
        raise CheckpointError(f"“{path}” cannot be read: {reason(error)}.") from None
    except (SafetensorError, ValueError, TypeError, KeyError):  # the last: numbers of a kind that numpy lacks
        raise CheckpointError(f"“{path}” is damaged or is not a saved run of Latent Lab.") from None


def _run(path: Path, header: dict[str, str], tensors: dict[str, np.ndarray]) -> Run:
    # a run saved before `draws` was a setting drew one code
    config = RunConfig.from_dict({"draws": 1} | json.loads(header["config"]))
    past = json.loads(header["history"])
    kinds = {each.name: np.int64 if each.name.endswith("steps") else np.float32 for each in fields(History)}
    held_out = _held_out(tensors, config)
    weights = {name[len(WEIGHTS) :]: tensors[name] for name in tensors if name.startswith(WEIGHTS)}
    if not all(_are_numbers(weight) for weight in weights.values()):
        raise ValueError("its weights are not all finite numbers")
    history = History(**{name: np.array(past[name], kind) for name, kind in kinds.items()})
    if not _fits_together(history):
        raise ValueError("its losses do not fit its steps")
    report = json.loads(header["report"])
    if not isinstance(report, dict) or not all(_is_figure(report.get(name, 0)) for name in SHOWN_FIGURES):
        raise ValueError("its report is not a table of figures")
    if not all(math.isfinite(report.get(name, 0)) for name in DRAWN_FIGURES):
        raise ValueError("its report has lines that cannot be drawn")
    return Run(
        name=header["name"] or path.stem,
        config=config,
        weights=weights,
        codes=held_out["codes"],
        log_variances=held_out.get("log_variances"),
        labels=held_out["labels"],
        dataset=header["dataset"],
        fingerprint=header["fingerprint"],
        history=history,
        report=report,
        errors=held_out.get("errors"),
        path=path,
        scores=held_out.get("scores"),
    )


def _held_out(tensors: dict[str, np.ndarray], config: RunConfig) -> dict[str, np.ndarray]:
    """What the file keeps of the held-out images, each of the shape that the window relies on; raises ValueError."""
    found = {name: tensors[f"held_out.{name}"] for name in HELD_OUT if f"held_out.{name}" in tensors}
    codes, labels = found["codes"], found["labels"]
    if labels.ndim != 1 or labels.dtype != np.uint8 or not len(labels) or labels.max() > 9:
        raise ValueError("its labels are not one class of ten for each image")
    for name, values in found.items():
        wide = values is codes or name == "log_variances"
        shape = (len(labels), config.latent_dim) if wide else labels.shape
        if values is not labels and (values.shape != shape or not _are_numbers(values)):
            raise ValueError(f"its {name.replace('_', '-')} do not fit its labels and settings")
        if np.abs(values).max() > LARGEST:
            raise ValueError(f"its {name.replace('_', '-')} are too large to be drawn")
    return found


def _are_numbers(values: np.ndarray) -> bool:
    return values.dtype.kind == "f" and bool(np.isfinite(values).all())


def _is_figure(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < sys.float_info.max)


def _fits_together(history: History) -> bool:
    steps, epochs = history.steps.shape, history.epoch_steps.shape
    of_steps = (history.total, history.reconstruction, history.kl)
    of_epochs = (history.held_out_total, history.held_out_reconstruction, history.held_out_kl)
    return (
        len(steps) == len(epochs) == 1
        and all(each.shape == steps for each in of_steps)
        and all(each.shape == epochs for each in of_epochs)
    )
