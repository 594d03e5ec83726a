"""The shipped runs: what they hold, that they are what the page beside them says, and that they still work."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import models
from models.checkpoint import Run, load_run
from models.cli_arguments import config_from, parse
from models.config import RunConfig
from models.datasets import Dataset

FOLDER = Path(models.__file__).parent / "pretrained"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
NAMES = ["ae-2", "vae-2", "ae-4", "vae-4", "ae-16", "vae-16", "vae-16-without-4", "ae-16-denoising", "ae-64-sparse"]
MOST_BYTES = 20_000_000
DIGITS_SQUARED_ERROR = {  # per pixel, on the built-in digits, as measured when the runs were shipped
    "ae-2": 0.0305,
    "vae-2": 0.0330,
    "ae-4": 0.0227,
    "vae-4": 0.0224,
    "ae-16": 0.0047,
    "vae-16": 0.0051,
    "vae-16-without-4": 0.0061,
    "ae-16-denoising": 0.0104,
    "ae-64-sparse": 0.0032,
}


@cache
def shipped(name: str) -> Run:
    """A shipped run; it is read once, not for each test."""
    return load_run(FOLDER / f"{name}.safetensors")


@pytest.fixture(params=NAMES)
def run(request: pytest.FixtureRequest) -> Run:
    """Each shipped run in turn."""
    return shipped(request.param)


def table_rows() -> dict[str, list[str]]:
    """The cells of the page's table of figures, by run."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"]
    return {cells[0].strip("`"): cells[1:] for cells in rows if cells[0].strip("`") in NAMES}


@cache
def commands() -> dict[str, RunConfig]:
    """The configuration that each command of the page asks for, by the file it writes."""
    lines = re.findall(r"^python -m models train .*(?:\\\n.*)*", PAGE.replace("\\\n", " "), flags=re.MULTILINE)
    parsed = [parse(shlex.split(line)[3:]) for line in lines]
    return {each.out.stem: config_from(each) for each in parsed}


def test_the_runs_are_there_and_small() -> None:
    files = list(FOLDER.glob("*.safetensors"))
    assert sorted(each.stem for each in files) == sorted(NAMES)
    assert sum(each.stat().st_size for each in files) < MOST_BYTES


def test_a_run_holds_codes_and_labels_of_mnists_held_out_images_and_no_image(run: Run) -> None:
    from safetensors import safe_open

    kind, latent_dim = run.name.split("-")[:2]
    assert (run.config.kind, run.config.latent_dim, run.dataset) == (kind, int(latent_dim), "MNIST")
    assert run.codes.shape == (10_000, int(latent_dim))
    assert (run.log_variances is None) == (kind == "ae")
    assert np.bincount(run.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert run.errors is not None
    assert run.errors.shape == (10_000,)
    assert run.scores is not None
    assert len(run.history.epoch_steps) == run.config.epochs
    with safe_open(run.path, "np") as file:
        shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
    for name in shapes.keys() - {"held_out.codes", "held_out.log_variances"}:
        assert name.startswith("weights.") or shapes[name] == [10_000], name


def test_the_page_gives_the_command_that_made_the_run(run: Run) -> None:
    assert commands()[run.name] == run.config


def test_the_page_gives_the_runs_own_figures(run: Run) -> None:
    loss, reconstruction, kl, squared, accuracy, *_ = table_rows()[run.name]
    report = run.report
    assert float(loss) == pytest.approx(report["test_loss"], abs=0.0051)
    assert float(reconstruction) == pytest.approx(report["test_reconstruction"], abs=0.0051)
    assert float(kl or 0) == pytest.approx(report["test_kl"], abs=0.0051)
    assert float(squared) == pytest.approx(report["test_mse_per_pixel"], abs=0.000051)
    assert float(accuracy) == pytest.approx(report["knn_accuracy"], abs=0.00051)


def test_the_targets_are_met() -> None:
    reports = {name: shipped(name).report for name in NAMES}
    assert reports["vae-2"]["test_loss"] <= 135.0
    assert reports["vae-16"]["test_loss"] <= 99.0
    assert reports["ae-2"]["test_mse_per_pixel"] <= 0.0335
    assert reports["ae-16"]["test_mse_per_pixel"] <= 0.0082
    assert reports["vae-16"]["test_loss"] < reports["vae-4"]["test_loss"] < reports["vae-2"]["test_loss"]
    assert reports["ae-16"]["test_loss"] < reports["ae-4"]["test_loss"] < reports["ae-2"]["test_loss"]


def test_the_denoising_run_restores_and_the_sparse_one_is_sparse(digits: Dataset) -> None:
    from models import activations
    from models.evaluation import restored
    from models.snapshot import Snapshot

    runs = {name: shipped(name) for name in ("ae-16", "ae-16-denoising", "ae-64-sparse")}
    assert runs["ae-16-denoising"].report["restored_psnr"] > runs["ae-16-denoising"].report["noisy_psnr"] + 9
    figures = {
        name: restored(Snapshot.from_weights(run.config, run.weights), digits.test_images, "gaussian", 0.5)
        for name, run in runs.items()
    }
    assert figures["ae-16-denoising"]["restored_psnr"] > figures["ae-16"]["restored_psnr"] + 5
    codes = runs["ae-64-sparse"].codes
    share = activations.active_per_image(codes, activations.threshold(codes)).mean()
    assert share == pytest.approx(runs["ae-64-sparse"].report["active_share"], abs=0.001) and share < 0.2


@pytest.mark.mnist
def test_a_run_meets_its_recorded_figures_on_mnist(run: Run, mnist: Dataset) -> None:
    from models.evaluation import held_out_losses, reconstruction_errors, squared_error_per_pixel
    from models.snapshot import Snapshot

    assert run.fingerprint == mnist.fingerprint
    snapshot = Snapshot.from_weights(run.config, run.weights)
    losses = held_out_losses(snapshot, mnist.test_images)
    assert losses.total == pytest.approx(run.report["test_loss"], rel=1e-3)
    assert losses.kl == pytest.approx(run.report["test_kl"], rel=1e-3)
    few = mnist.test_images[:1000]
    np.testing.assert_allclose(snapshot.encode(few), run.codes[:1000], rtol=2**-11, atol=1e-3)
    assert run.errors is not None
    np.testing.assert_allclose(reconstruction_errors(snapshot, few), run.errors[:1000], rtol=1e-3)
    squared = squared_error_per_pixel(snapshot, mnist.test_images)
    assert squared == pytest.approx(run.report["test_mse_per_pixel"], rel=1e-3)
    np.testing.assert_array_equal(run.labels, mnist.test_labels)


def test_a_run_rebuilds_the_built_in_digits_as_well_as_when_it_was_shipped(run: Run, digits: Dataset) -> None:
    """Digits that no run was trained on, written by others and scanned at 8x8: the check that needs no MNIST."""
    from models.evaluation import squared_error_per_pixel
    from models.snapshot import Snapshot

    snapshot = Snapshot.from_weights(run.config, run.weights)
    squared = squared_error_per_pixel(snapshot, digits.test_images)
    assert squared == pytest.approx(DIGITS_SQUARED_ERROR[run.name], rel=0.03)
