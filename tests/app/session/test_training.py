"""A training as the session sees it: what it needs, what it moves, says and leaves, and the lines of its plot."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.desks.training import training_threads
from app.phase import Phase
from models.checkpoint import load_run, save_run
from models.snapshot import Snapshot
from tests.app.session.conftest import SMALL, saved, use
from tests.conftest import trained


def test_training_moves_the_same_pin_and_ends_as_a_kept_run(qtbot, awake, seen):
    use(qtbot, awake, "digits")
    awake.look.pick(0, 0, 11)
    awake.edit_config(SMALL)
    told = []
    awake.result_told.connect(told.append)
    awake.start_training()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=60_000)
    assert told == [f"Done: {awake.view.run.report['test_loss']:.1f} nats per held-out image."], "one line for the form"
    assert awake.look.pin.index == 11
    np.testing.assert_allclose(seen.last["decoded"][0], awake.view.codes[11])
    run = awake.view.run
    assert run is not None and run.config == SMALL
    sentence, kind = seen.messages[-1]
    assert kind == "good" and sentence.startswith("Training is done: ") and "in the list of runs" in sentence
    from app.run_library import own_runs

    assert any(load_run(entry.path).name == run.name for entry in own_runs())


def test_opening_while_training_is_refused(qtbot, awake, seen, ae4_file, tmp_path):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(epochs=2000))
    awake.start_training()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.TRAINING, timeout=30_000)
    assert not awake.open_run(ae4_file)
    assert seen.messages[-1] == ("Stop the training before opening another run.", "warning")
    qtbot.waitUntil(lambda: awake.view is awake.trained and len(awake.training.history().steps) > 0)
    run = saved(qtbot, awake, tmp_path / "in training.safetensors")
    assert run.name.endswith(", in training"), "what is saved now is no “Training…” for good"
    awake.training.set_beta(3.0)
    awake.training.set_learning_rate(0.002)
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=2_000)
    assert seen.messages[-1][0] == "Stopped. What it has learned so far stays; File > Save the run keeps it."
    run = saved(qtbot, awake, tmp_path / "stopped.safetensors")
    assert run.report["stopped"] is True
    assert run.config == SMALL.replace(epochs=2000, beta=3.0, learning_rate=0.002), "the dials as they stood"


@pytest.mark.parametrize("ends", ["stopped at once", "failed"])
def test_a_stopped_network_keeps_its_name_its_settings_and_its_losses(qtbot, awake, seen, tmp_path, monkeypatch, ends):
    """Also when another training has begun, and has come to nothing."""
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(epochs=5000))
    awake.start_training()
    qtbot.waitUntil(lambda: awake.view is awake.trained and len(awake.training.history().steps) > 20, timeout=30_000)
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=10_000)
    view, losses = awake.view, awake.history()
    assert view.name.endswith(", stopped")
    name = view.name
    awake.edit_config(SMALL.replace(latent_dim=16, beta=7.0))
    if ends == "failed":
        awake.choose_device("mps" if not torch.backends.mps.is_available() else "cuda")
    awake.start_training()
    if ends != "failed":
        awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=30_000)
    assert awake.view is view and view.name == name
    run = saved(qtbot, awake, tmp_path / "kept.safetensors")
    assert (run.name, run.config, run.report) == (name, SMALL.replace(epochs=5000), {"stopped": True})
    assert run.history.steps.tolist() == losses.steps.tolist() and len(losses.steps) > 20
    assert awake.open_run(tmp_path / "kept.safetensors")


@pytest.mark.parametrize("ends", ["stopped at once", "failed"])
def test_a_training_that_comes_to_nothing_leaves_curves_and_status_to_what_is_looked_at(qtbot, awake, ends):
    use(qtbot, awake, "digits")
    curves, status = [], []
    awake.losses.begun.connect(lambda *about: curves.append(about))
    awake.losses.status_changed.connect(status.append)
    awake.losses.show_status_again()
    before = status[-1]
    assert before.startswith("held out ")
    awake.edit_config(SMALL.replace(latent_dim=16, epochs=5000))
    if ends == "failed":
        awake.choose_device("mps" if not torch.backends.mps.is_available() else "cuda")
    awake.start_training()
    if ends != "failed":
        awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE)
    assert curves == [] and status[-1] == before


def test_curves_begin_with_the_network_that_they_are_of(qtbot, awake):
    """Not a frame before it, when the one before is still looked at."""
    use(qtbot, awake, "digits")
    told = []
    awake.losses.begun.connect(lambda *about: told.append(("begun", awake.view is awake.trained)))
    awake.training.steps_done.connect(lambda *steps: told.append(("steps", awake.view is awake.trained)))
    awake.edit_config(SMALL)
    awake.start_training()
    awake.training._timer.stop()  # for once all facts wait until the end
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE)
    assert [each for each in told if not each[1]] == []
    assert told[0][0] == "begun" and told[1][0] == "steps"


def test_what_is_saved_in_training_are_the_codes_of_its_weights(qtbot, awake, digits, tmp_path):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(epochs=5000))
    awake.start_training()
    qtbot.waitUntil(lambda: awake.view is awake.trained and len(awake.training.history().steps) > 50, timeout=30_000)
    awake.training.set_beta(3.0)
    for name in ("in training", "stopped"):
        run = saved(qtbot, awake, tmp_path / f"{name}.safetensors")
        assert run.config == SMALL.replace(epochs=5000, beta=3.0), "the dials as they stand"
        codes, log_variances = Snapshot.from_weights(run.config, run.weights).posterior(digits.test_images)
        np.testing.assert_allclose(run.codes, codes, atol=1e-5)
        np.testing.assert_allclose(run.log_variances, log_variances, atol=1e-5)
        assert run.name.endswith(name) and len(run.history.steps) > 50
        awake.training.stop()
        qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=10_000)


def test_reset_shows_the_weights_that_training_starts_from(qtbot, awake, seen):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL)
    awake.reset()
    qtbot.waitUntil(lambda: awake.view.name.endswith("first weights"), timeout=10_000)
    shown = awake.view.snapshot.weights()
    starts = []
    awake.training.started.connect(starts.append)
    awake.start_training()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=60_000)
    for name, weight in starts[0].snapshot.weights().items():
        np.testing.assert_array_equal(weight, shown[name])


def test_the_status_line_follows_the_training_and_a_stopped_network_has_a_name(qtbot, awake, seen):
    status = []
    awake.losses.status_changed.connect(status.append)
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(epochs=5000))
    awake.start_training()
    assert status[-1] == "starting…"
    qtbot.waitUntil(lambda: "images/s" in status[-1] and "held out" in status[-1], timeout=30_000)
    assert re.search(r" · held out \d+\.\d nats per image · ", status[-1])
    awake.training.set_beta(3.0)  # from then on it is no bound in nats
    qtbot.waitUntil(lambda: " · held out loss " in status[-1], timeout=30_000)
    awake.training.pause()
    assert status[-1].startswith("paused · epoch ")
    awake.training.step()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.PAUSED and len(awake.training._thread.facts) == 0)
    assert status[-1].startswith("paused · epoch ") and "images/s" not in status[-1]
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=10_000)
    assert status[-1].startswith("stopped · epoch ")
    (view,) = seen.last["view"]
    assert view.name.startswith("VAE 2-D") and view.name.endswith(", stopped")
    assert len(awake.history().steps) > 0
    awake.reset()
    qtbot.waitUntil(lambda: awake.view is not view, timeout=10_000)
    assert status[-1] == "first weights, not trained yet"
    assert len(awake.history().steps) == 0, "these weights have no history"


def test_a_training_that_was_stopped_as_it_started_claims_no_learning(qtbot, awake, seen):
    use(qtbot, awake, "digits")
    before = awake.view
    awake.edit_config(SMALL)
    awake.start_training()
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=30_000)
    assert seen.messages[-1] == ("Stopped before the first step.", "info") and awake.view is before


def test_first_weights_that_come_late_do_not_replace_a_training(qtbot, awake):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL)
    awake.reset()
    awake.edit_config(SMALL.replace(latent_dim=3, epochs=2000))
    awake.start_training()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.TRAINING and not awake.background.busy, timeout=30_000)
    qtbot.waitUntil(lambda: awake.training.history().steps.size > 30, timeout=30_000)
    assert awake.view.config.latent_dim == 3
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=2_000)


def test_training_needs_torch_and_images(session, seen, vae_file):
    session.start_training()
    assert seen.messages[-1][0] == "PyTorch is still being loaded; training can start in a moment."


def test_images_that_are_still_being_read_are_not_called_missing(qtbot, awake, seen):
    awake.start_training()
    assert seen.messages[-1][0] == "There are no images to train on yet: choose a dataset above."
    awake.data.choose("digits")
    awake.start_training()
    assert seen.messages[-1][0] == "The images are still being read; training can start in a moment."
    qtbot.waitUntil(lambda: awake.data.dataset is not None, timeout=20_000)
    assert not awake.data.is_reading


def test_the_lines_of_the_plot_are_the_datas_own(qtbot, awake, seen, digits, ae4_file):
    from models.evaluation import bernoulli_floor

    use(qtbot, awake, "digits")
    qtbot.waitUntil(lambda: seen.last["lines"][0] is not None, timeout=20_000)
    assert seen.last["lines"] == (pytest.approx(bernoulli_floor(digits.train_images)), None)


def test_lines_are_in_the_unit_of_the_loss_and_of_the_images_that_the_run_learned_from(
    qtbot, awake, seen, digits, ae4_file, tmp_path
):
    from models.evaluation import bernoulli_floor, pca_error

    use(qtbot, awake, "digits")
    awake.open_run(ae4_file)
    qtbot.waitUntil(lambda: seen.last["lines"][1] is not None, timeout=20_000)
    assert seen.last["lines"] == (None, pytest.approx(784 * pca_error(digits, 4), rel=1e-4)), "squared error per image"
    run = trained(digits, kind="vae", latent_dim=3, epochs=1)
    without = replace(run.config, leave_out="4"), {"bernoulli_floor": 1.0, "pca_mse_per_pixel": 0.5}
    for name, config, report in (("without 4", *without), ("whole", run.config, {})):
        save_run(replace(run, config=config, report=report), tmp_path / f"{name}.safetensors")
    awake.open_run(tmp_path / "without 4.safetensors")
    assert seen.last["lines"] == (1.0, None), "as its report says"
    awake.open_run(tmp_path / "whole.safetensors")
    qtbot.waitUntil(lambda: seen.last["lines"][0] is not None, timeout=20_000)
    assert seen.last["lines"] == (pytest.approx(bernoulli_floor(digits.train_images)), None)


def test_a_run_of_other_images_has_no_lines_of_the_loaded_ones(qtbot, awake, seen, digits, tmp_path):
    use(qtbot, awake, "digits")
    run = trained(digits, kind="vae", latent_dim=5, epochs=1)
    save_run(replace(run, fingerprint="0" * 16, report={}), tmp_path / "others.safetensors")
    awake.open_run(tmp_path / "others.safetensors")
    assert seen.last["lines"] == (None, None)
    assert "0" * 16 not in {asked[0] for asked in awake.losses._asked}


def test_first_weights_count_the_last_smaller_batch_as_a_step(qtbot, awake):
    begun = []
    awake.losses.begun.connect(lambda *told: begun.append(told[-1]))
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(batch_size=400))
    awake.reset()
    qtbot.waitUntil(lambda: bool(begun), timeout=20_000)
    assert begun == [4], "1,500 images"


@pytest.mark.parametrize(("there", "taken"), [(1, 1), (2, 1), (6, 5), (128, 8)])
def test_a_core_is_left_to_the_window_and_no_more_are_taken_than_help(
    monkeypatch: pytest.MonkeyPatch, there: int, taken: int
) -> None:
    monkeypatch.setattr("app.desks.training.cores", lambda: there)
    assert training_threads() == taken
