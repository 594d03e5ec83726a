"""Training without one digit: nothing of it is learned from, all of it is held out, and every place tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
from safetensors import safe_open
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from models.checkpoint import load_run, save_run
from models.cli import run as command_line
from models.config import RunConfig
from models.datasets import Dataset, count_to_train_on, origin_of, trained_on
from models.evaluation import completed, evaluate, pca_error
from models.facts import RunFinished, RunStarted
from models.learner import initial_snapshot
from models.principal import fit, fit_of
from models.settings import ConfigError
from models.snapshot import Snapshot
from models.training import train
from tests.conftest import trained


def without_fours(digits: Dataset) -> Dataset:
    """The same, made by hand."""
    keep = [i for i, label in enumerate(digits.train_labels) if label != 4]
    return replace(digits, train_images=digits.train_images[keep], train_labels=digits.train_labels[keep])


def test_only_training_images_of_the_class_go(digits: Dataset) -> None:
    left, expected = trained_on(digits, "4"), without_fours(digits)
    assert (left.train_images == expected.train_images).all() and (left.train_labels == expected.train_labels).all()
    assert left.test_images is digits.test_images and left.fingerprint == digits.fingerprint
    assert trained_on(digits, "none") is digits


def test_the_images_left_are_there_once_as_long_as_somebody_uses_them(digits: Dataset) -> None:
    whole = replace(digits)
    left = trained_on(whole, "4")
    assert trained_on(whole, "4") is left and trained_on(whole, "5") is not left
    assert trained_on(replace(digits), "4") is not left
    assert origin_of(left) == (whole, "4") and origin_of(whole) == (whole, "none")
    assert origin_of(replace(left)) != origin_of(left), "a changed copy is a dataset of its own"
    assert count_to_train_on(whole, "4") == len(left.train_images) < count_to_train_on(whole, "none") == 1500
    unused = ref(left)
    del left
    assert unused() is None, "nobody keeps 42 MB of MNIST for later"


def test_pca_of_what_is_left_is_fitted_once(digits: Dataset) -> None:
    whole = replace(digits)
    fitted = fit_of(trained_on(whole, "4"))
    assert fit_of(trained_on(whole, "4")) is fitted, "also when the images were made anew"
    np.testing.assert_array_equal(fitted.directions, fit(without_fours(digits).train_images).directions)
    assert len({id(fit_of(each)) for each in (whole, trained_on(whole, "5"), replace(digits))} | {id(fitted)}) == 4
    fit_gone = ref(fitted)
    del whole, fitted
    assert fit_gone() is None, "with the dataset its fits go too"


def test_the_run_is_that_of_a_dataset_without_the_class(digits: Dataset) -> None:
    left, other = trained(digits, leave_out="4"), trained(without_fours(digits))
    for name, weight in other.weights.items():
        np.testing.assert_array_equal(left.weights[name], weight)
    assert len(left.labels) == len(digits.test_labels) == len(left.scores) == len(left.errors)
    assert (left.labels == 4).sum() == (digits.test_labels == 4).sum() > 0


def test_the_first_weights_and_the_number_of_steps_know_it_too(digits: Dataset) -> None:
    config = RunConfig(encoder=(16,), decoder=(16,), epochs=1, leave_out="4")
    facts = train(config, digits)
    start = next(facts)
    facts.close()
    assert isinstance(start, RunStarted) and start.images == (digits.train_labels != 4).sum()
    first = initial_snapshot(config, digits).weights()
    for name, weight in start.snapshot.weights().items():
        np.testing.assert_array_equal(first[name], weight)


def test_the_report_measures_against_what_was_trained_on(digits: Dataset) -> None:
    run = completed(trained(digits, leave_out="4", kind="ae", loss="mse"), digits)
    snapshot, kept = Snapshot.from_weights(run.config, run.weights), without_fours(digits)
    neighbours = KNeighborsClassifier(5).fit(snapshot.encode(kept.train_images), kept.train_labels)
    expected = (neighbours.predict(snapshot.encode(digits.test_images)) == digits.test_labels).mean()
    assert run.report["knn_accuracy"] == pytest.approx(expected, abs=0.01)  # equal votes may be settled otherwise
    assert run.report["knn_accuracy"] <= (digits.test_labels != 4).mean(), "no held-out 4 can be voted a 4"
    assert run.report["pca_mse_per_pixel"] == pytest.approx(pca_error(kept, 2))
    assert run.report["leave_out"] == "4"
    assert run.report["left_out_roc_area"] == pytest.approx(roc_auc_score(run.labels == 4, run.scores))
    assert run.report["left_out_roc_area_of_error"] == pytest.approx(roc_auc_score(run.labels == 4, run.errors))


def test_a_run_that_leaves_nothing_out_has_no_such_area(digits: Dataset) -> None:
    report = completed(trained(digits), digits).report
    assert report["leave_out"] == "none" and "left_out_roc_area" not in report


def test_nothing_is_told_apart_where_all_or_none_of_the_held_out_images_are_of_the_class(digits: Dataset) -> None:
    run, fours = trained(digits, leave_out="4", epochs=1), digits.test_labels == 4
    for chosen in (fours, ~fours):
        some = replace(digits, test_images=digits.test_images[chosen], test_labels=digits.test_labels[chosen])
        report = evaluate(run, some)
        assert report["held_out_images"] == chosen.sum() and "left_out_roc_area" not in report


def test_command_line_header_and_report(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out, report = tmp_path / "run.safetensors", tmp_path / "report.json"
    small = ["--encoder", "8", "--decoder", "8", "--epochs", "1", "--quiet", "--data", "digits"]
    assert command_line(["train", *small, "--leave-out", "4", "--out", str(out), "--report", str(report)]) == 0
    with safe_open(out, framework="numpy") as file:
        assert json.loads(file.metadata()["config"])["leave_out"] == "4"
    assert json.loads(report.read_text())["leave_out"] == "4"
    assert load_run(out).config.leave_out == "4"
    capsys.readouterr()
    assert command_line(["train", *small, "--leave-out", "ten"]) == 2
    assert capsys.readouterr().err.startswith("Left-out digit must be one of none, 0, 1, 2")


def test_a_run_saved_before_there_was_the_setting_left_nothing_out(digits: Dataset, tmp_path: Path) -> None:
    old = {name: value for name, value in RunConfig().to_dict().items() if name != "leave_out"}
    assert RunConfig.from_dict(old).leave_out == "none"
    run = trained(digits, leave_out="7", epochs=1)
    save_run(run, tmp_path / "run.safetensors")
    assert load_run(tmp_path / "run.safetensors").config == run.config


def test_nothing_left_to_train_on_is_a_sentence(digits: Dataset) -> None:
    only = digits.train_labels == 4
    fours = replace(digits, train_images=digits.train_images[only], train_labels=digits.train_labels[only])
    with pytest.raises(ConfigError, match="Without class 4 there is no image left to train on: leave out another one."):
        trained_on(fours, "4")
    assert any(isinstance(fact, RunFinished) for fact in train(RunConfig(leave_out="3", epochs=1), fours))
