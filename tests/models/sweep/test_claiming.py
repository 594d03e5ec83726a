"""Who may write into a sweep's folder: shards that start together, and a folder that lost its sweep.json."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from models.config import RunConfig
from models.sweep import Plan
from models.sweep_folder import SweepError, claim_folder, read_sweep

BASE = RunConfig(encoder=(16,), decoder=(16,), epochs=1, batch_size=100)


def test_shards_that_start_together_in_a_new_folder_are_all_let_in(tmp_path: Path) -> None:
    plan = Plan.of(BASE, (2,), (1.0,), (0, 1), "Digits", "f")
    shards, refused = threading.Barrier(8), []

    def start() -> None:
        for attempt in range(30):
            shards.wait()
            try:
                claim_folder(tmp_path / str(attempt), plan)
            except SweepError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=start) for _ in range(shards.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert all(read_sweep(each).plan == plan for each in tmp_path.iterdir())


def test_a_file_named_cells_is_what_is_in_the_way(tmp_path: Path) -> None:
    plan = Plan.of(BASE, (2,), (1.0,), (0, 1), "Digits", "f")
    claim_folder(tmp_path / "sweep", plan)
    (tmp_path / "sweep" / "cells").rmdir()
    for folder in (tmp_path / "sweep", tmp_path / "new"):
        folder.mkdir(exist_ok=True)
        (folder / "cells").write_text("a1 b2")
        before = sorted(folder.iterdir())
        with pytest.raises(SweepError) as raised:
            claim_folder(folder, plan)
        assert str(raised.value) == (
            f"“{folder / 'cells'}” is a file where a folder must be: take it away, or name another folder."
        )
        assert sorted(folder.iterdir()) == before
