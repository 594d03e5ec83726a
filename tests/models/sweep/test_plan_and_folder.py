"""A sweep's plan and its folder without a training: what a grid can be, results, damaged and missing files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from models import sweep_folder
from models.__main__ import main
from models.config import RunConfig
from models.settings import ConfigError
from models.sweep import Cell, Plan, Result, Sweep
from models.sweep_folder import SweepError, assemble, claim_folder, keep_results, read_sweep
from tests.models.sweep.conftest import TINY


def small_plan(**grid: tuple) -> Plan:
    base = RunConfig(encoder=(16,), decoder=(16,), epochs=1, batch_size=100)
    return Plan.of(
        base, grid.get("dims", (2, 3)), grid.get("betas", (0.5, 4.0)), grid.get("seeds", (0,)), "Digits", "f"
    )


def test_what_the_grid_cannot_be_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more, sentence in (
        (["--kind", "ae", "--betas", "1,2"], "An AE has no KL term: leave --betas out."),
        (["--latent-dims", "2,900"], "Latent dimensions must lie between 1 and 64, not 900."),
        (["--seeds", "0.5"], "Seed must be a whole number, not 0.5."),
        (["--betas", "x"], "KL weight (beta) must be a number, not “x”."),
        (["--betas", ""], "A sweep needs at least one value of KL weight (beta)."),
        (["--shard", "3/2"], "--shard takes i/n with i from 1 to n, such as 1/4, not “3/2”."),
        (["--jobs", "0"], "--jobs takes at least 1 process, not 0."),
    ):
        assert main(["sweep", *TINY, *more, "--out", str(tmp_path / "none")]) == 2
        assert capsys.readouterr().err.strip() == sentence
    assert not (tmp_path / "none").exists()


class TestPlan:
    def test_equal_grids_are_equal_in_any_order(self) -> None:
        base = RunConfig(seed=7)
        one = Plan.of(base, (16, 2, 2.0), (4, 0.5), (1, 0), "D", "f")
        two = Plan.of(base.replace(latent_dim=16), (2, 16), (0.5, 4.0), (0, 1), "D", "f")
        assert one == two and one.difference(two) == ""
        assert Plan.from_dict(json.loads(json.dumps(one.to_dict()))) == one
        assert [cell.name for cell in one.cells()][:3] == [
            "vae-2d-beta0.5-seed0", "vae-2d-beta0.5-seed1", "vae-2d-beta4-seed0"
        ]  # fmt: skip
        assert len({cell.name for cell in one.cells()}) == 8
        assert one.config_of(Cell(16, 4.0, 1)) == RunConfig(latent_dim=16, beta=4.0, seed=1)

    def test_aes_of_another_beta_are_another_sweep_whose_files_are_not_trained_over(self) -> None:
        one, two = (Plan.of(RunConfig(kind="ae", beta=beta), (2,), (), (0,), "D", "f") for beta in (1.0, 2.0))
        assert [cell.name for cell in one.cells()] == [cell.name for cell in two.cells()]
        assert one.difference(two) == "KL weight (beta): 2.0, not 1.0"

    def test_an_unknown_setting_is_refused(self) -> None:
        with pytest.raises(ConfigError):
            Plan.from_dict({"grid": {"latent_dim": [2], "beta": [1], "seed": [0]}, "common": {"depth": 3}})


class TestFolder:
    def test_who_writes_last_has_seen_every_cell(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        for number, cell in enumerate(reversed(plan.cells())):
            keep_results(tmp_path, plan, Result(cell, 5.0 + number, 100.0, 105.0, 1.0, {"knn_accuracy": 0.5}))
        read = read_sweep(tmp_path / "sweep.json")
        assert read == Sweep(tmp_path, plan, read.results)
        assert [each.rate for each in read.results] == [8.0, 7.0, 6.0, 5.0]

    def test_a_cell_that_ends_while_the_index_is_written_is_in_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan, write = small_plan(), sweep_folder._write_index
        claim_folder(tmp_path, plan)
        mine, others = (Result(cell, 5.0, 100.0, 105.0, 1.0) for cell in plan.cells()[:2])
        late = [tmp_path / "cells" / f"{others.cell.name}.json"]

        def written_meanwhile(*given) -> None:
            write(*given)
            if late:  # as another shard does, whose own index is overwritten here
                late.pop().write_text(json.dumps(others.to_dict()))

        monkeypatch.setattr(sweep_folder, "_write_index", written_meanwhile)
        keep_results(tmp_path, plan, mine)
        assert {each.cell for each in read_sweep(tmp_path).results} == {mine.cell, others.cell}

    def test_a_broken_cell_file_is_left_out(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        keep_results(tmp_path, plan, Result(plan.cells()[0], error="It failed."))
        broken = tmp_path / "cells" / f"{plan.cells()[1].name}.json"
        failed = '{"state": "failed", "error": "", "latent_dim": %s, "seed": 0}'
        for content in ('{"state": "done"}', "[]", "{", failed % "1e999", failed % ("9" * 400), "[" * 200_000):
            broken.write_text(content)
            assemble(tmp_path, plan)
            assert "It failed." in [each.error for each in read_sweep(tmp_path).results]

    def test_a_cell_file_that_is_too_deep_to_be_read_or_written_is_left_out(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        keep_results(tmp_path, plan, Result(plan.cells()[0], 5.25, 100.0, 105.0, 1.0, {"deep": 0}))
        path = tmp_path / "cells" / f"{plan.cells()[0].name}.json"
        flat = path.read_text()
        found = set()
        for depth in (50, 500, 980, 990, 5000, 200_000):
            path.write_text(flat.replace('"deep": 0', '"deep": ' + "[" * depth + "]" * depth))
            assemble(tmp_path, plan)
            found.add(len(json.loads((tmp_path / "sweep.json").read_text())["cells"]))
        assert found == {0, 1}

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ("", "is damaged or is not a sweep of Latent Lab."),
            ("[1]", "is damaged or is not a sweep of Latent Lab."),
            ('{"latentlab_sweep": 1}', "is damaged or is not a sweep of Latent Lab."),
            (None, "is damaged or is not a sweep of Latent Lab."),
            ('{"latentlab_sweep": 9}', "was written by a newer Latent Lab (format 9; this one reads 1)."),
        ],
    )
    def test_a_broken_index_is_one_sentence(self, tmp_path: Path, content: str | None, sentence: str) -> None:
        path = tmp_path / "sweep.json"
        path.write_text(content or json.dumps(small_plan().to_dict() | {"cells": [], "latentlab_sweep": 0}))
        with pytest.raises(SweepError) as raised:
            read_sweep(tmp_path)
        assert str(raised.value) == f"“{path}” {sentence}"

    def test_a_number_or_a_depth_beyond_all_limits_is_damage(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        keep_results(tmp_path, plan, Result(plan.cells()[0], 5.25, 100.0, 105.0, 1.0))
        path = tmp_path / "sweep.json"
        whole = path.read_text()
        for old in ('"latent_dim": 2', '"beta": 0.5', '"seed": 0', "5.25", '"epochs": 1'):
            assert old in whole
            for number in ("1e999", "9" * 400, "9" * 5000, "[" * 200_000):
                path.write_text(whole.replace(old, f"{old.rpartition(' ')[0]} {number}"))
                with pytest.raises(SweepError) as raised:
                    read_sweep(path)
                assert str(raised.value) == f"“{path}” is damaged or is not a sweep of Latent Lab."

    @pytest.mark.parametrize("value", ["NaN", '"much"', "null", "[]"])
    def test_a_figure_that_is_no_number_is_damage(self, tmp_path: Path, value: str) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        keep_results(tmp_path, plan, Result(plan.cells()[0], 5.25, 100.0, 105.0, 1.0))
        path = tmp_path / "sweep.json"
        path.write_text(path.read_text().replace("5.25", value))
        with pytest.raises(SweepError):
            read_sweep(path)

    def test_a_place_where_the_system_does_not_let_us_look_is_named(self, tmp_path: Path) -> None:
        """Even the question whether a folder is there is an error, for a name too long as for one closed to us."""
        path = tmp_path / (300 * "a")
        with pytest.raises(SweepError) as raised:
            read_sweep(path)
        assert str(raised.value) == f"“{path}” cannot be read: file name too long."

    def test_results_that_cannot_be_written_are_one_sentence(self, tmp_path: Path) -> None:
        plan = small_plan()
        claim_folder(tmp_path, plan)
        (tmp_path / "cells").rmdir()
        with pytest.raises(SweepError) as raised:
            keep_results(tmp_path, plan, Result(plan.cells()[0], error="It failed."))
        assert str(raised.value) == f"The results in “{tmp_path}” cannot be written: no such file or directory."

    def test_what_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(SweepError, match=r"There is no sweep in “.*”: it holds no sweep\.json\."):
            read_sweep(tmp_path)
        with pytest.raises(SweepError, match=r"There is no file “.*other\.json”\."):
            read_sweep(tmp_path / "other.json")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_pipe_is_no_sweep(tmp_path: Path) -> None:
    """Nor may the window wait for ever to see what comes out of it."""
    os.mkfifo(tmp_path / "sweep.json")
    for place in (tmp_path, tmp_path / "sweep.json"):
        with pytest.raises(SweepError) as caught:
            read_sweep(place)
        assert str(caught.value) == f"“{tmp_path / 'sweep.json'}” is a pipe or a device, not a sweep."
