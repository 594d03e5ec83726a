"""The losses of a long training: told whole at any time, and small."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from models.config import RunConfig
from models.datasets import Dataset
from models.facts import EpochDone, Losses, RunFinished, StepDone
from models.loss_record import LossRecord
from models.training import train

MANY = 20_000


def losses(step: int) -> Losses:
    return Losses(step + 0.75, step + 0.5, 0.25)


def steps(first: int, last: int) -> Iterator[StepDone]:
    return (StepDone(step, step / 100, losses(step), 0.01, 1.0) for step in range(first, last + 1))


def test_a_record_gives_every_step_and_every_epoch() -> None:
    record = LossRecord()
    assert len(record) == 0 and all(len(column) == 0 for column in vars(record.history()).values())
    for epoch in range(1, 6):
        record.add_steps(list(steps(100 * epoch - 99, 100 * epoch)))
        record.add_epoch(EpochDone(epoch, 100 * epoch, losses(epoch), 1.0, 100.0))
    history, numbers = record.history(), np.arange(1, 501)
    assert len(record) == 500
    np.testing.assert_array_equal(history.steps, numbers)
    np.testing.assert_array_equal(history.total, numbers + np.float32(0.75))
    np.testing.assert_array_equal(history.reconstruction, numbers + np.float32(0.5))
    np.testing.assert_array_equal(history.kl, np.full(500, 0.25))
    assert history.epoch_steps.tolist() == [100, 200, 300, 400, 500]
    assert history.held_out_total.tolist() == [1.75, 2.75, 3.75, 4.75, 5.75]
    assert history.held_out_reconstruction.tolist() == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert history.held_out_kl.tolist() == [0.25] * 5


def test_a_history_costs_nothing_and_stays_as_it_was() -> None:
    """The window asks for it several times a second, in a training of a million steps too."""
    record = LossRecord()
    record.add_steps(list(steps(1, 200)))
    before, again = record.history(), record.history()
    assert np.shares_memory(before.total, again.total) and np.shares_memory(before.steps, again.steps)
    record.add_steps(list(steps(201, 1000)))
    assert before.steps.tolist() == list(range(1, 201)) and len(record.history().steps) == 1000
    with pytest.raises(ValueError, match="read-only"):
        before.total[0] = 0.0


def test_a_step_takes_few_bytes() -> None:
    record = LossRecord()
    tracemalloc.start()
    for told in steps(1, MANY):
        record.add_steps([told])
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 64 * MANY, "as an object each took 400"


def test_a_training_keeps_no_fact_of_a_step(digits: Dataset) -> None:
    told = 0
    for fact in train(RunConfig(encoder=(16,), decoder=(16,), epochs=2, batch_size=30), digits):
        told += isinstance(fact, StepDone)
        if isinstance(fact, EpochDone):
            assert sum(isinstance(each, StepDone) for each in gc.get_objects()) <= 1, "that which was told last"
    assert isinstance(fact, RunFinished)
    assert fact.run.history.steps.tolist() == list(range(1, told + 1)) and told == 100
