"""The figures of the twins' table, whose answers come late: of which network and of which images they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.background import Background
from app.desks.settling import settle_codes
from app.desks.twins_table import Epoch, TwinTable
from app.viewpoint import Viewpoint
from models.checkpoint import load_run
from models.datasets import Dataset
from models.facts import EpochDone, Losses

LIMIT = 20_000  # milliseconds


@pytest.fixture
def table(qtbot):
    made = TwinTable()
    yield made
    made.close()


def seen(path: Path, **changes: object) -> Viewpoint:
    """A saved run's network, ready to be looked through."""
    view = Viewpoint.of_run(replace(load_run(path), **changes))
    view.look_through_weights()
    return view


def test_a_run_of_other_images_is_not_measured_on_the_loaded_ones(qtbot, table, vae_file, digits: Dataset) -> None:
    for fingerprint, known in (("0" * 16, False), (digits.fingerprint, True)):
        view = seen(vae_file, fingerprint=fingerprint, report={})
        table.forget("left")
        table.want("left", view, digits)
        qtbot.waitUntil(lambda: not table._worker.busy, timeout=LIMIT)
        found = table.measures["left"]
        assert found.pending == "" and found.landing_prior is not None, "by the codes that the file keeps"
        figures = (found.reconstruction, found.kl, found.squared_error, found.knn_accuracy)
        assert [each is not None for each in figures] == [known] * 4


def test_the_losses_are_those_of_the_last_epoch_while_the_rest_is_still_of_the_one_before(
    qtbot, table, vae_file, digits: Dataset
) -> None:
    run, told = load_run(vae_file), []
    view = seen(vae_file)
    learning = Viewpoint.of_training("learning", view.snapshot, run.codes.copy(), digits)
    epochs = [
        Epoch(EpochDone(k, 30 * k, Losses(100.0 - k, 90.0 - k, 10.0 + k), 1.0, 1.0), view.snapshot) for k in (1, 2)
    ]
    table.follow("left", learning, epochs[0], digits)
    qtbot.waitUntil(lambda: table.measures["left"].epoch == 1, timeout=LIMIT)
    table.measured.connect(lambda side, found: told.append(found))
    table.follow("left", learning, epochs[1], digits)
    assert (told[0].reconstruction, told[0].kl, told[0].epoch) == (88.0, 12.0, 1)
    assert told[0].knn_accuracy is not None, "after epoch 1"
    qtbot.waitUntil(lambda: table.measures["left"].epoch == 2, timeout=LIMIT)
    assert (table.measures["left"].reconstruction, table.measures["left"].kl) == (88.0, 12.0)


def test_codes_of_a_stopped_network_are_made_anew_unless_it_has_learned_meanwhile(
    qtbot, vae_file, digits: Dataset
) -> None:
    first, background, told = seen(vae_file), Background(), []
    means, log_variances = first.snapshot.posterior(digits.test_images)
    for goes_on in (False, True):
        view = Viewpoint.of_training("stopped", first.snapshot, np.zeros((297, 2), np.float32), digits)
        settle_codes(view, digits, background, lambda: told.append(True))
        later = seen(vae_file).snapshot
        if goes_on:
            view.snapshot = later
        background.finish()
        assert len(told) == 1, "once, of the first"
        if goes_on:
            assert view.snapshot is later and not view.codes.any() and view.log_variances is None
        else:
            np.testing.assert_array_equal(view.codes, means)
            np.testing.assert_array_equal(view.log_variances, log_variances)
            assert view.snapshot is not first.snapshot, "who remembers what was measured measures again"
    background.close()
