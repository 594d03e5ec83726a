"""The three commands: train, evaluate, export. torch is imported only once the arguments are known to be good."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from models.checkpoint import Run, load_run, save_run
from models.chunks import as_bytes
from models.cli_arguments import LEVEL, UsageError, config_from, hardware_from
from models.cli_files import check_writable, data_for, read_images, save_trained, without_last, write_file, write_report
from models.config import Hardware, RunConfig
from models.datasets import Dataset, last_held_out, whole_title
from models.files import is_stream
from models.latent_space import default_projection, grid_points, prior_quantiles

if TYPE_CHECKING:
    from models.parallel import Alone
    from models.snapshot import Snapshot


def train(arguments: argparse.Namespace) -> None:
    """Trains one run, saves it with --out, and reports its figures."""
    config, hardware = config_from(arguments), hardware_from(arguments)
    check_writable([arguments.out, arguments.report])
    dataset = data_for(arguments.data, arguments.quiet)
    if arguments.validate is not None:
        dataset = without_last(dataset, arguments.validate)
    name = arguments.name or (arguments.out.stem if arguments.out else "")
    from models.parallel import joined

    with joined(hardware) as partners:
        run = _trained(config, dataset, hardware, name, arguments.quiet, partners)
    if partners.rank > 0:
        return

    is_file = arguments.out is not None and not is_stream(arguments.out)
    if is_file:  # at once: hours of training shall not hang on figures that take seconds
        save_trained(run, arguments.out)

    from models.evaluation import completed

    try:
        run = completed(run, dataset)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"“{arguments.out}” is saved, without its last figures." if is_file else "") from None
    if arguments.out is not None:
        save_trained(run, arguments.out)
    write_report(arguments.report, run.report)


def _trained(config: RunConfig, dataset: Dataset, hardware: Hardware, name: str, quiet: bool, partners: Alone) -> Run:
    from models.facts import EpochDone, RunFinished, RunStarted, StepDone
    from models.training import train as facts_of

    facts = facts_of(config, dataset, hardware, name=name, partners=partners)
    start = next(facts)  # before there is a bar: a device that is not there shall leave only its sentence
    assert isinstance(start, RunStarted)
    with tqdm(total=start.total_steps, unit="step", disable=quiet or partners.rank > 0, desc=dataset.title) as bar:
        for fact in facts:
            match fact:
                case StepDone():
                    bar.set_postfix_str(f"loss {fact.losses.total:.4g}", refresh=False)
                    bar.update()
                case EpochDone():
                    bar.set_description_str(f"epoch {fact.epoch}, held out {fact.held_out.total:.5g}", refresh=False)
                case RunFinished():
                    return fact.run
    raise AssertionError("training ended without a run")


def evaluate(arguments: argparse.Namespace) -> None:
    """Measures a saved run on held-out images, or judges the images of a file, or both."""
    if arguments.bound is not None and arguments.bound < 1:
        raise UsageError(f"--bound takes at least 1 sample, not {arguments.bound}.")
    check_writable([arguments.report], read=[arguments.run, arguments.images])
    wanted = None
    if arguments.corruption is not None:
        level = LEVEL if arguments.corruption_level is None else arguments.corruption_level
        wanted = RunConfig(corruption=arguments.corruption, corruption_level=level)
    elif arguments.corruption_level is not None:
        raise UsageError("--corruption-level says how much is damaged: name with --corruption what.")
    run = load_run(arguments.run)
    images = None if arguments.images is None else read_images(arguments.images)
    on_data = images is None or any(each is not None for each in (arguments.data, arguments.bound, wanted))
    dataset = data_for(arguments.data) if on_data else None
    if dataset is not None and dataset.fingerprint != run.fingerprint:
        own = f"held out {run.dataset}" if whole_title(run.dataset)[1] else f"was trained on {run.dataset}"
        print(f"Note: this run {own}; the figures are for {dataset.title}.", file=sys.stderr)
    report: dict[str, Any] = {} if dataset is None else _figures(run, dataset, arguments.bound)
    if dataset is not None and wanted is not None:
        report |= _restored(run, dataset, wanted)
    if images is not None:
        report |= _judged(run, images, dataset)
    write_report(arguments.report, report)


def _figures(run: Run, dataset: Dataset, samples: int | None) -> dict[str, Any]:
    from models.evaluation import evaluate as report_of
    from models.evaluation import importance_weighted_bound

    snapshot = _snapshot(run)
    try:
        report = report_of(run, dataset, snapshot)
    except ValueError as error:
        raise UsageError(f"“{run.path}” cannot be used: {error}") from None
    if samples is not None:
        try:
            report["importance_weighted_bound"] = importance_weighted_bound(snapshot, dataset.test_images, samples)
        except ValueError as error:
            raise UsageError(str(error)) from None
    return report


def _restored(run: Run, dataset: Dataset, wanted: RunConfig) -> dict[str, Any]:
    from models.evaluation import restored

    figures = restored(_snapshot(run), dataset.test_images, wanted.corruption, wanted.corruption_level)
    return {"corruption": wanted.corruption, "corruption_level": wanted.corruption_level} | figures


def _judged(run: Run, images: np.ndarray, dataset: Dataset | None) -> dict[str, Any]:
    from models.evaluation import anomaly_scores, percentile, reconstruction_errors

    snapshot = _snapshot(run)
    known = run.scores if dataset is None else anomaly_scores(snapshot, dataset.test_images)
    if known is None:
        raise UsageError("This run keeps no scores of held-out images: name its dataset with --data.")
    errors = reconstruction_errors(snapshot, images)
    return {
        "codes": snapshot.encode(images).tolist(),
        "reconstruction_error": errors.tolist(),
        "anomaly_percentile": [percentile(known, score) for score in anomaly_scores(snapshot, images, errors)],
    }


def export(arguments: argparse.Namespace) -> None:
    """Writes what others can read: codes as CSV, the map's images as PNG, the weights as .npz; or a smaller run."""
    files = [arguments.codes, arguments.grid, arguments.weights, arguments.half]
    if not any(files):
        raise UsageError("Name what to export: --codes, --grid, --weights or --half.")
    if not 1 <= arguments.steps <= 100:
        raise UsageError(f"--steps takes 1 to 100 images a side, not {arguments.steps}.")
    check_writable(files[:-1], read=[arguments.run, arguments.half])
    check_writable([arguments.half])  # it may take the run's own place
    run = load_run(arguments.run)
    makers: list[tuple[Path | None, Callable[[], bytes]]] = [
        (arguments.codes, lambda: _codes_table(run).encode()),
        (arguments.weights, lambda: _packed(run.weights)),
        (arguments.grid, lambda: _grid_picture(run, arguments.steps)),
    ]
    written: list[str] = []
    try:
        for path, made in makers:
            if path is not None:
                write_file(path, made())
                written.append(f"“{path}”")
        if arguments.half:
            save_run(_in_half_the_bits(run, data_for(arguments.data)), arguments.half, half=True)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"nothing was written but {', '.join(written)}." if written else "") from None


def _packed(weights: dict[str, np.ndarray]) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **weights)  # type: ignore[arg-type]
    return packed.getvalue()


def _in_half_the_bits(run: Run, dataset: Dataset) -> Run:
    from models.evaluation import in_half_the_bits

    title, count = whole_title(run.dataset)
    if 0 < count < len(dataset.train_images):  # a run of `train --validate`
        dataset = last_held_out(dataset, count)
    if dataset.fingerprint != run.fingerprint:
        raise UsageError(f"--half measures the run anew: name its dataset, {title}, with --data.")
    largest = max(float(np.abs(values).max()) for values in (run.codes, *run.weights.values()))
    if largest > float(np.finfo(np.float16).max):
        raise UsageError(f"A number of 16 bits goes to 65,504, but this run has one of {largest:,.0f}.")
    return in_half_the_bits(run, dataset)


def _codes_table(run: Run) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator=os.linesep)
    table.writerow(["label", *(f"z{i + 1}" for i in range(run.config.latent_dim))])
    table.writerows([int(label), *map(float, code)] for label, code in zip(run.labels, run.codes, strict=True))
    return text.getvalue()


def _grid_picture(run: Run, steps: int) -> bytes:
    """Over the map's plane: a VAE's prior in steps of equal probability, an AE's codes from 1st to 99th percentile."""
    from PIL import Image

    plane = default_projection(run.codes)
    if run.config.kind == "vae" and plane.kind in ("identity", "line"):
        across = down = prior_quantiles(steps)
    else:
        points = plane.to_plane(run.codes)
        lowest, highest = np.percentile(points, (1, 99), axis=0)
        across, down = np.linspace(lowest, highest, steps).T
    if plane.kind == "line":
        down = np.zeros(1)
    codes = plane.to_codes(grid_points(across, down), run.codes.mean(axis=0))
    images = _snapshot(run).decode(codes).reshape(len(down), len(across), 28, 28)
    sheet = images.transpose(0, 2, 1, 3).reshape(28 * len(down), 28 * len(across))
    picture = io.BytesIO()
    Image.fromarray(as_bytes(sheet)).save(picture, "PNG")
    return picture.getvalue()


def _snapshot(run: Run) -> Snapshot:
    from models.snapshot import Snapshot

    try:
        return Snapshot.from_weights(run.config, run.weights)
    except ValueError as error:
        raise UsageError(f"“{run.path}” cannot be used: {error}") from None
