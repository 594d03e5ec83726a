"""What train, evaluate and export tell and write, as a person calls them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.__main__ import main
from models.checkpoint import load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.evaluation import anomaly_scores, completed, percentile, reconstruction_errors
from models.snapshot import Snapshot
from tests.models.command_line.conftest import SMALL, refused, write_idx


def test_train_as_a_person_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process; that `python -m models` is the same, Ctrl+C's test and the sweep's shards show."""
    monkeypatch.chdir(tmp_path)
    call = ["train", "--data", "digits", "--seed", "3", "--latent-dim", "4"]
    assert main([*call, *SMALL, "--out", "run.safetensors", "--report", "report.json"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "30/30" in err and "held out" in err
    report = json.loads((tmp_path / "report.json").read_text())
    run = load_run(tmp_path / "run.safetensors")
    assert (report["kind"], report["latent_dim"], report["seed"], report["epochs"]) == ("vae", 4, 3, 2)
    assert run.report == report
    assert run.name == "run" and run.dataset == "Built-in digits"
    assert run.config == RunConfig(seed=3, latent_dim=4, encoder=(32,), decoder=(32,), epochs=2, batch_size=100)
    assert run.codes.shape == (297, 4) and run.scores is not None
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.json", "run.safetensors"]


def test_without_a_file_for_it_the_report_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--preset", "small", "--epochs", "1", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["test_kl"] == 0.0
    assert err == ""


def test_validation_leaves_the_test_set_alone(
    tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.safetensors"
    report = tmp_path / "report.json"
    assert main(["train", *SMALL, "--validate", "200", "--quiet", "--out", str(path), "--report", str(report)]) == 0
    run = load_run(path)
    assert run.labels.tolist() == digits.train_labels[-200:].tolist()
    assert run.report["held_out_images"] == 200
    assert run.dataset == "Built-in digits, its last 200 training images"
    capsys.readouterr()
    assert main(["evaluate", str(path), "--data", "digits"]) == 0
    note = f"Note: this run held out {run.dataset}; the figures are for Built-in digits.\n"
    assert capsys.readouterr().err == note, "it was trained on all but those"


def test_evaluate_tells_what_training_told(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    assert main(["evaluate", str(vae_file), "--data", "digits", "--report", str(report), "--bound", "10"]) == 0
    told, trained = json.loads(report.read_text()), load_run(vae_file).report
    assert told["test_loss"] == pytest.approx(trained["test_loss"], rel=1e-5)
    assert told["importance_weighted_bound"] < told["test_loss"]
    assert capsys.readouterr() == ("", "")


def test_images_are_judged_one_by_one(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    images = np.concatenate([digits.test_images[:3], np.full((1, 28, 28), 255, np.uint8)])
    np.save(tmp_path / "images.npy", images)
    run = completed(load_run(vae_file), digits)
    save_run(run, tmp_path / "whole.safetensors")
    assert main(["evaluate", str(tmp_path / "whole.safetensors"), "--images", str(tmp_path / "images.npy")]) == 0
    told = json.loads(capsys.readouterr().out)
    snapshot = Snapshot.from_weights(run.config, run.weights)
    assert told["codes"] == pytest.approx(snapshot.encode(images), abs=1e-5)
    assert told["reconstruction_error"] == pytest.approx(reconstruction_errors(snapshot, images), rel=1e-5)
    scores = anomaly_scores(snapshot, images)
    assert told["anomaly_percentile"] == pytest.approx([percentile(run.scores, score) for score in scores], abs=0.5)
    assert told["anomaly_percentile"][3] == 100  # a white square is no digit
    assert main(["evaluate", str(vae_file), "--images", str(tmp_path / "images.npy"), "--data", "digits"]) == 0
    with_data = json.loads(capsys.readouterr().out)
    assert with_data["anomaly_percentile"] == pytest.approx(told["anomaly_percentile"], abs=0.5)
    assert with_data["knn_accuracy"] > 0.3


def test_export_writes_what_other_programs_read(vae_file: Path, ae4_file: Path, tmp_path: Path) -> None:
    table, grid, weights = tmp_path / "codes.csv", tmp_path / "grid.png", tmp_path / "weights.npz"
    call = ["export", str(vae_file), "--codes", str(table), "--grid", str(grid), "--weights", str(weights)]
    assert main([*call, "--steps", "5"]) == 0
    run = load_run(vae_file)
    with open(table, newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["label", "z1", "z2"]
    assert np.array(rows[1:], float) == pytest.approx(np.column_stack([run.labels, run.codes]), abs=1e-6)
    picture = np.asarray(Image.open(grid))
    assert picture.shape == (140, 140) and picture.dtype == np.uint8
    top_left = Snapshot.from_weights(run.config, run.weights).decode(np.array([[-1.2815516, 1.2815516]]))
    assert picture[:28, :28] == pytest.approx(np.rint(top_left[0] * 255), abs=1)  # the 10th percentile, z2 upwards
    with np.load(weights) as packed:
        assert set(packed) == set(run.weights)
    assert main(["export", str(ae4_file), "--grid", str(grid), "--steps", "3"]) == 0
    assert Image.open(grid).size == (84, 84)


def test_a_run_is_written_in_half_the_bits_and_measured_anew(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    half = tmp_path / "half.safetensors"
    assert main(["export", str(vae_file), "--half", str(half), "--data", "digits"]) == 0
    assert half.stat().st_size < 0.7 * vae_file.stat().st_size
    run, whole = load_run(half), load_run(vae_file)
    assert all(np.array_equal(weight, weight.astype(np.float16)) for weight in run.weights.values())
    snapshot = Snapshot.from_weights(run.config, run.weights)
    np.testing.assert_allclose(run.codes, snapshot.encode(digits.test_images), rtol=2**-11, atol=1e-6)
    np.testing.assert_allclose(run.errors, reconstruction_errors(snapshot, digits.test_images), rtol=1e-5)
    assert run.report["test_loss"] == pytest.approx(whole.report["test_loss"], rel=1e-3)

    validated = tmp_path / "validated.safetensors"
    named = ["--out", str(validated), "--report", str(tmp_path / "report.json")]
    assert main(["train", *SMALL, "--quiet", "--validate", "300", "--data", "digits", *named]) == 0
    assert main(["export", str(validated), "--half", str(half), "--data", "digits"]) == 0
    assert load_run(half).fingerprint == load_run(validated).fingerprint and len(load_run(half).codes) == 300

    write_idx(tmp_path / "mirrored", digits)
    expected = "--half measures the run anew: name its dataset, Built-in digits, with --data."
    assert expected in refused(capsys, "export", vae_file, "--half", half, "--data", tmp_path / "mirrored")
    weights = {name: weight * (70_000 / np.abs(weight).max()) for name, weight in whole.weights.items()}
    save_run(replace(whole, weights=weights), tmp_path / "large.safetensors")
    expected = "A number of 16 bits goes to 65,504, but this run has one of 70,000."
    assert refused(capsys, "export", tmp_path / "large.safetensors", "--half", half, "--data", "digits") == expected


def test_another_dataset_than_the_runs_is_noted(
    vae_file: Path, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mirrored"
    write_idx(folder, digits)
    assert main(["evaluate", str(vae_file), "--data", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["dataset"] == "Folder “mirrored”"
    expected = "Note: this run was trained on Built-in digits; the figures are for Folder “mirrored”.\n"
    assert err == expected


def test_the_environment_names_the_data_and_the_option_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "from the environment"
    write_idx(folder, digits)
    monkeypatch.setenv("LATENTLAB_DATA", str(folder))
    assert main(["train", *SMALL, "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "Folder “from the environment”"
    assert main(["train", *SMALL, "--quiet", "--data", "digits"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "Built-in digits"
