"""A run's file: everything comes back, any damage is noticed, and a failed save leaves what was there."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import app
from models import checkpoint
from models.checkpoint import APP_VERSION, CheckpointError, History, Run, load_run, save_run
from models.config import RunConfig
from models.tensor_file import TensorFile

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(rng: np.random.Generator) -> Run:
    """A run with something in every field."""
    curve = rng.random(40, np.float32) * 100
    epochs = np.array([20, 40])
    return Run(
        name="Tuesday's “VAE”",
        config=RunConfig(latent_dim=3, encoder=(40,), beta=2.5, activation="relu"),
        weights={"encoder.0.weight": rng.standard_normal((40, 784), np.float32), "bias": np.zeros(3, np.float32)},
        codes=rng.standard_normal((50, 3), np.float32),
        log_variances=rng.standard_normal((50, 3), np.float32),
        labels=rng.integers(0, 10, 50).astype(np.uint8),
        dataset="MNIST",
        fingerprint="6d87418db22cc802",
        history=History(np.arange(1, 41), curve, curve - 5, curve * 0 + 5, epochs, *[curve[:2]] * 3),
        report={"kind": "vae", "test_loss": 137.25, "device": None},
        errors=rng.random(50, np.float32),
        scores=rng.random(50, np.float32),
    )


@pytest.fixture
def saved(tmp_path: Path, run: Run) -> Path:
    path = tmp_path / "run.safetensors"
    save_run(run, path)
    return path


def sentence_of(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_run(path)
    return str(caught.value)


def test_in_half_the_bits_everything_comes_back_rounded(run: Run, saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    save_run(run, path, half=True)
    assert path.stat().st_size < 0.6 * saved.stat().st_size
    back = load_run(path)
    assert back.labels.dtype == np.uint8 and np.array_equal(back.labels, run.labels)
    assert np.array_equal(back.errors, run.errors) and np.array_equal(back.scores, run.scores)
    rounded = [(back.codes, run.codes), (back.log_variances, run.log_variances)]
    rounded += [(back.weights[name], weight) for name, weight in run.weights.items()]
    for after, before in rounded:
        assert after.dtype == np.float32
        np.testing.assert_allclose(after, before, rtol=2**-11, atol=1e-7)


def test_everything_comes_back(run: Run, saved: Path) -> None:
    back = load_run(saved)
    assert (back.name, back.config, back.dataset, back.fingerprint) == (
        run.name, run.config, run.dataset, run.fingerprint,
    )  # fmt: skip
    assert back.report == run.report
    assert back.path == saved
    assert list(sorted(back.weights)) == ["bias", "encoder.0.weight"]
    for name, weight in run.weights.items():
        assert np.array_equal(back.weights[name], weight) and back.weights[name].dtype == np.float32
    for name in ("codes", "log_variances", "labels", "errors", "scores"):
        assert np.array_equal(getattr(back, name), getattr(run, name)), name
        assert getattr(back, name).dtype == getattr(run, name).dtype
    for each in fields(History):
        assert getattr(back.history, each.name) == pytest.approx(getattr(run.history, each.name), rel=1e-5)


def test_what_an_ae_has_not_stays_away(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "ae.safetensors"
    save_run(replace(run, log_variances=None, errors=None, scores=None, name=""), path)
    back = load_run(path)
    assert back.log_variances is None and back.errors is None and back.scores is None
    assert back.name == "ae"


def test_slices_and_columns_are_saved_as_they_look(run: Run, tmp_path: Path) -> None:
    codes = np.asfortranarray(np.repeat(run.codes, 2, axis=0))[::2]
    path = tmp_path / "run.safetensors"
    save_run(replace(run, codes=codes), path)
    assert np.array_equal(load_run(path).codes, run.codes)


def test_a_long_history_is_thinned_but_keeps_its_ends_and_all_epochs(run: Run, tmp_path: Path) -> None:
    steps = np.arange(1, 20_001)
    long = History(steps, *[steps.astype(np.float32)] * 3, steps[::250], *[steps[::250].astype(np.float32)] * 3)
    path = tmp_path / "long.safetensors"
    save_run(replace(run, history=long), path)
    back = load_run(path).history
    assert len(back.steps) == len(back.total) == 1000
    assert (back.steps[0], back.steps[-1]) == (1, 20_000)
    assert np.array_equal(back.total, back.steps.astype(np.float32))
    assert len(back.epoch_steps) == 80


def test_the_file_is_readable_with_safetensors_alone(run: Run, saved: Path) -> None:
    with safe_open(saved, framework="numpy") as file:
        header = file.metadata()
        assert np.array_equal(file.get_tensor("held_out.codes"), run.codes)
        assert np.array_equal(file.get_tensor("weights.encoder.0.weight"), run.weights["encoder.0.weight"])
    assert json.loads(header["config"])["beta"] == 2.5
    assert json.loads(header["report"])["test_loss"] == 137.25
    assert header["latentlab"] == "1"
    assert header["app_version"] == APP_VERSION == app.__version__


def test_every_flipped_bit_is_noticed(saved: Path, tmp_path: Path, rng: np.random.Generator) -> None:
    content = saved.read_bytes()
    spoilt = tmp_path / "spoilt.safetensors"
    for place in [8, 200, 900, len(content) - 1, *rng.integers(0, len(content), 60)]:
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        spoilt.write_bytes(changed)
        sentence = sentence_of(spoilt)
        assert sentence.startswith(f"“{spoilt}” ") and sentence.endswith(".") and "\n" not in sentence


@pytest.mark.parametrize("kept", [0, 5, 8, 100, 0.5, 0.999])
def test_a_truncated_file_is_named(saved: Path, kept: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(kept if kept > 1 else kept * len(content))])
    assert sentence_of(saved) == f"“{saved}” is damaged or is not a saved run of Latent Lab."


def test_a_flipped_weight_is_called_damage(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[-3] ^= 1
    saved.write_bytes(content)
    assert sentence_of(saved) == f"“{saved}” is damaged: its contents do not match its checksum."


def test_other_files_are_named(tmp_path: Path) -> None:
    foreign, text = tmp_path / "other.safetensors", tmp_path / "notes.txt"
    save_file({"weight": np.zeros(3, np.float32)}, foreign, metadata={"format": "pt"})
    text.write_text("Dear diary, today I trained a network. It went well, I think.")
    assert sentence_of(foreign) == f"“{foreign}” is a safetensors file of another program, not a run of Latent Lab."
    assert sentence_of(text) == f"“{text}” is damaged or is not a saved run of Latent Lab."
    assert sentence_of(tmp_path) == f"“{tmp_path}” is a folder, not a saved run."
    assert sentence_of(tmp_path / "gone") == f"There is no file “{tmp_path / 'gone'}”."
    long = tmp_path / (300 * "a")
    assert sentence_of(long) == f"“{long}” cannot be read: file name too long."


@pytest.mark.parametrize("metadata", [{}, {"__metadata__": {"latentlab": "1"}}], ids=["foreign", "ours"])
def test_numbers_of_eight_bits_are_no_run(tmp_path: Path, metadata: dict) -> None:
    path = tmp_path / "language model.safetensors"
    header = json.dumps({"w": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}} | metadata).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    foreign = f"“{path}” is a safetensors file of another program, not a run of Latent Lab."
    damaged = f"“{path}” is damaged or is not a saved run of Latent Lab."
    assert sentence_of(path) == (damaged if metadata else foreign)


def with_header(saved: Path, **changes: str) -> Path:
    """The same file with other words in its header (and so with a checksum that no longer fits)."""
    content = saved.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"] |= changes
    words = json.dumps(header).encode()
    saved.write_bytes(struct.pack("<Q", len(words)) + words + content[8 + length :])
    return saved


def test_a_newer_format_is_named_before_its_checksum_is_looked_at(saved: Path) -> None:
    path = with_header(saved, latentlab="2", sha256="computed in another way")
    assert sentence_of(path) == f"“{path}” was saved by a newer Latent Lab (format 2; this one reads up to 1)."


def test_a_changed_setting_is_noticed(saved: Path) -> None:
    path = with_header(saved, config=json.dumps(RunConfig(latent_dim=3, beta=1.0).to_dict()))
    assert sentence_of(path) == f"“{path}” is damaged: its contents do not match its checksum."


def test_a_tensor_that_has_been_renamed_or_shaped_anew_is_noticed(saved: Path, run: Run, tmp_path: Path) -> None:
    with safe_open(saved, framework="numpy") as file:
        header, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    weight = tensors["weights.encoder.0.weight"]
    others = {name: tensor for name, tensor in tensors.items() if tensor is not weight}
    path = tmp_path / "other.safetensors"
    for changed in ({"weights.encoder.1.weight": weight}, {"weights.encoder.0.weight": weight.reshape(784, 40)}):
        save_file(others | changed, path, metadata=header)
        assert sentence_of(path) == f"“{path}” is damaged: its contents do not match its checksum."
    save_file(tensors, path, metadata=header)
    assert np.array_equal(load_run(path).codes, run.codes), "as it was it is fine"


class Later:
    """The configuration of some later version, with one setting more."""

    def to_dict(self) -> dict[str, object]:
        return {"latent_dim": 3, "spice": 1}


class Earlier:
    """The configuration of a version that did not know how many codes are drawn."""

    def to_dict(self) -> dict[str, object]:
        return {"latent_dim": 3, "encoder": [40]}


def test_a_run_of_before_two_codes_were_drawn_says_that_it_drew_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "earlier.safetensors"
    save_run(replace(run, config=Earlier()), path)
    assert load_run(path).config == RunConfig(latent_dim=3, encoder=(40,), draws=1)


def test_settings_that_this_version_does_not_know_are_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "later.safetensors"
    save_run(replace(run, config=Later()), path)
    assert sentence_of(path) == f"“{path}” holds a setting that cannot be used: There is no setting named “spice”."


def test_a_step_beyond_all_numbers_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    save_run(replace(run, history=replace(run.history, steps=np.array([10**30], dtype=object))), path)
    assert sentence_of(path) == f"“{path}” is not a complete run of Latent Lab: its header cannot be read."


class NoTable:
    """A configuration that is no table of settings."""

    def to_dict(self) -> int:
        return 3


def test_a_header_that_is_no_table_of_settings_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    save_run(replace(run, config=NoTable()), path)
    assert sentence_of(path) == f"“{path}” is not a complete run of Latent Lab: its header cannot be read."


@pytest.mark.parametrize("part", ["config", "history", "report"])
def test_a_header_that_goes_too_deep_is_named(saved: Path, part: str) -> None:
    deep = {part: 100_000 * "["}
    with open(saved, "rb") as file:
        whole = TensorFile(file)
        digest = checkpoint._digest(whole.tensors(), whole.metadata | deep)
    path = with_header(saved, **deep, sha256=digest)
    assert sentence_of(path) == f"“{path}” is not a complete run of Latent Lab: its header cannot be read."


def test_a_version_that_is_no_number_of_ours_is_no_version(saved: Path) -> None:
    path = with_header(saved, latentlab=5000 * "9")
    assert sentence_of(path) == f"“{path}” is damaged: its contents do not match its checksum."


def test_codes_of_another_dimension_are_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    save_run(replace(run, codes=run.codes[:, :2]), path)
    expected = f"“{path}” is not a complete run of Latent Lab: its codes do not fit its labels and settings."
    assert sentence_of(path) == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": np.full(50, 10, np.uint8)}, "its labels are not one class of ten for each image"),
        ({"labels": np.zeros((50, 1), np.uint8)}, "its labels are not one class of ten for each image"),
        ({"labels": np.zeros(0, np.uint8)}, "its labels are not one class of ten for each image"),
        ({"codes": np.full((50, 3), np.nan, np.float32)}, "its codes do not fit its labels and settings"),
        ({"codes": np.full((50, 3), 1e25, np.float32)}, "its codes are too large to be drawn"),
        ({"errors": np.full(50, 3e38, np.float32)}, "its errors are too large to be drawn"),
        ({"log_variances": np.zeros((4, 3), np.float32)}, "its log-variances do not fit its labels and settings"),
        ({"scores": np.zeros((50, 2), np.float32)}, "its scores do not fit its labels and settings"),
        ({"weights": {"w": np.full(3, np.inf, np.float32)}}, "its weights are not all finite numbers"),
        ({"weights": {"w": np.zeros(3, np.int64)}}, "its weights are not all finite numbers"),
        ({"history": History(np.arange(2))}, "its losses do not fit its steps"),
        ({"history": History(epoch_steps=np.arange(2))}, "its losses do not fit its steps"),
        ({"report": [1]}, "its report is not a table of figures"),
        ({"report": {"test_loss": "low"}}, "its report is not a table of figures"),
        ({"report": {"test_kl": "low"}}, "its report is not a table of figures"),
        ({"report": {"bernoulli_floor": 1, "pca_mse_per_pixel": 10**400}}, "its report is not a table of figures"),
        ({"report": {"bernoulli_floor": math.inf}}, "its report has lines that cannot be drawn"),
        ({"report": {"pca_mse_per_pixel": math.nan}}, "its report has lines that cannot be drawn"),
        ({"codes": None}, "it has no codes"),
    ],
)
def test_contents_that_do_not_fit_together_are_named(
    run: Run, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    path = tmp_path / "odd.safetensors"
    count = 50
    whole = {
        "codes": np.zeros((count, 3), np.float32), "labels": np.zeros(count, np.uint8), "log_variances": None,
        "errors": None, "scores": None,
    }  # fmt: skip
    save_run(replace(run, **(whole | changes)), path)
    assert sentence_of(path) == f"“{path}” is not a complete run of Latent Lab: {words}."


def test_a_name_that_is_no_unicode_is_saved_all_the_same(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    save_run(replace(run, name=os.fsdecode(b"caf\xe9")), path)
    assert load_run(path).name == "caf?"


def test_a_folder_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "gone" / "run.safetensors"
    with pytest.raises(CheckpointError) as caught:
        save_run(run, path)
    assert str(caught.value) == f"The run could not be saved to “{path}”: no such file or directory."


SAVE_ELSEWHERE = """
import os, sys
from dataclasses import replace
from models.checkpoint import CheckpointError, load_run, save_run
run = load_run(sys.argv[1])
{limit}
try:
    save_run(replace(run, name="second"), sys.argv[1])
except CheckpointError as error:
    print(error)
"""
FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
FORBIDDEN = "os.chmod(os.path.dirname(sys.argv[1]), 0o555)\nif os.getuid() == 0: os.setuid(65534)"


@pytest.mark.skipif(os.name == "nt", reason="limits and permissions are another matter on Windows")
@pytest.mark.parametrize(("limit", "words"), [(FULL, "file too large"), (FORBIDDEN, "permission denied")])
def test_a_failed_save_leaves_what_was_there(saved: Path, limit: str, words: str) -> None:
    for folder in (saved.parent, *saved.parents):
        if folder.name.startswith(("pytest-", "popen-", "test_")):
            folder.chmod(0o755)
    before = saved.read_bytes()
    command = [sys.executable, "-c", SAVE_ELSEWHERE.format(limit=limit), str(saved)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    saved.parent.chmod(0o755)
    assert result.stdout.strip() == f"The run could not be saved to “{saved}”: {words}."
    assert saved.read_bytes() == before
    assert [each.name for each in saved.parent.iterdir()] == [saved.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not replace a file that is open")
def test_who_reads_the_old_file_meanwhile_reads_it_whole(run: Run, saved: Path) -> None:
    """The new one is written beside it and renamed, never over it."""
    before = saved.read_bytes()
    with open(saved, "rb") as file:
        save_run(replace(run, name="second"), saved)
        assert file.read() == before
    assert saved.read_bytes() != before


def test_saving_again_replaces_and_leaves_nothing_beside(run: Run, saved: Path) -> None:
    save_run(replace(run, name="second"), saved)
    assert load_run(saved).name == "second"
    assert [each.name for each in saved.parent.iterdir()] == [saved.name]
