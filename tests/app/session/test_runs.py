"""Runs opened, saved and opened again: what stays pinned, and files that cannot be used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.phase import Phase
from app.run_library import shipped_runs
from models.checkpoint import History, load_run, save_run
from tests.app.session.conftest import SMALL, saved, use


def test_another_run_keeps_the_same_held_out_image(awake, seen, ae4_file):
    awake.look.pick(0, 0, 42)
    assert awake.open_run(ae4_file)
    assert awake.look.pin.index == 42
    np.testing.assert_allclose(seen.last["decoded"][0], awake.view.codes[42])
    assert seen.last["projection"][1] == 4
    assert all(end is None or len(end.code) == 4 for end in awake.strip.ends.values())


def test_a_bare_code_of_other_size_gives_way(awake, ae4_file):
    awake.look.pick(0.1, 0.2, -1)
    awake.open_run(ae4_file)
    assert len(awake.look.pin.code) == 4


def test_a_stopped_network_that_is_kept_stays_on_the_plane_that_was_chosen(qtbot, awake, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(latent_dim=4, epochs=5000))
    awake.start_training()
    qtbot.waitUntil(lambda: awake.view is awake.trained and len(awake.training.history().steps) > 5)
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE and not awake.background.busy)
    awake.choose_projection("axes:1,3")
    awake.keep(awake.view)
    qtbot.waitUntil(lambda: awake.view.run is not None)
    assert awake.view.projection.axis_titles == ("z2", "z4")


def test_bad_files_leave_what_is_open(awake, seen, tmp_path, vae_file, qtbot):
    view = awake.view
    missing, torn = tmp_path / "missing.safetensors", tmp_path / "torn.safetensors"
    torn.write_bytes(vae_file.read_bytes()[:5000])
    for path in (missing, torn):
        assert not awake.open_run(path)
        sentence, kind = seen.messages[-1]
        assert kind == "error" and path.name in sentence and "\n" not in sentence
    dataset = awake.data.dataset
    awake.data.choose(str(tmp_path / "nowhere"))
    qtbot.waitUntil(lambda: "nowhere" in seen.messages[-1][0])
    assert seen.messages[-1][1] == "error"
    assert awake.data.dataset is dataset
    assert awake.view is view


def test_save_and_open_again(qtbot, awake, seen, tmp_path):
    path, inside = tmp_path / "mine.safetensors", tmp_path / "mine.safetensors" / "inside.safetensors"
    with qtbot.waitSignal(awake.runs_changed, timeout=20_000):  # it may be in the folder that is listed
        again = saved(qtbot, awake, path)
    np.testing.assert_array_equal(again.codes, awake.view.codes)
    qtbot.waitUntil(lambda: seen.messages[-1:] == [(f"Saved as “{path}”.", "good")])  # the file is there before
    awake.save_run(inside)
    awake.save_run(inside)
    assert seen.messages[-1] == ("Another network is still being saved: wait for a moment.", "info")
    expected = (f"The run could not be saved to “{inside}”: not a directory.", "error")
    qtbot.waitUntil(lambda: seen.messages[-1] == expected)


def test_what_is_being_saved_is_saved_to_its_end(awake, tmp_path):
    awake.save_run(tmp_path / "mine.safetensors")
    awake.close()
    assert load_run(tmp_path / "mine.safetensors").name == awake.view.name


@pytest.mark.parametrize("epochs_done", [2, 0])
def test_a_run_that_was_stopped_and_saved_has_the_epochs_that_it_went_through(session, vae_file, tmp_path, epochs_done):
    run = load_run(vae_file)
    steps, losses, ends = np.arange(1, 76), np.ones(75, np.float32), np.array([30, 60])[:epochs_done]
    held_out = np.ones(epochs_done, np.float32)
    history = History(steps, losses, losses, losses, ends, held_out, held_out, held_out)
    path = tmp_path / "stopped.safetensors"
    save_run(replace(run, config=run.config.replace(epochs=25), history=history, report={"stopped": True}), path)
    shown = []
    session.losses.history_shown.connect(lambda *args: shown.append(args[-1]))
    session.open_run(path)
    assert shown == [30 if epochs_done else 0], "steps in an epoch, where one was ended"


def other_images_file(vae_file, folder, count):
    """The small VAE as a run on other data: `count` held-out images that are none of ours."""
    run = load_run(vae_file)
    path = folder / "other.safetensors"
    more = {"codes": np.resize(run.codes, (count, 2)), "labels": np.resize(run.labels, count)}
    save_run(replace(run, **more, log_variances=None, errors=None, scores=None, fingerprint="f" * 16), path)
    return path


def test_a_run_on_other_images_has_none_of_ours(awake, seen, tmp_path, vae_file):
    awake.open_run(other_images_file(vae_file, tmp_path, count=5000))
    awake.look.pick(0, 0, 4321)
    awake.ends.choose_place("A", 0, 0, 4999)
    awake.open_run(vae_file)
    assert awake.look.pin.index == 0
    np.testing.assert_allclose(awake.look.pin.code, awake.view.codes[0])
    a, b = awake.strip.ends["A"], awake.strip.ends["B"]
    assert awake.view.labels[a.index] == 3 and awake.view.labels[b.index] == 8
    np.testing.assert_allclose(a.code, awake.view.codes[a.index])
    assert seen.last["ends"][2:] == ("a held-out 3, decoded", "a held-out 8, decoded")


def test_a_bare_code_stays_among_other_images(awake, tmp_path, vae_file):
    awake.look.pick(0.5, -0.25, -1)
    awake.ends.choose("A", "pinned")
    awake.open_run(other_images_file(vae_file, tmp_path, count=50))
    np.testing.assert_allclose(awake.look.pin.code, [0.5, -0.25])
    np.testing.assert_allclose(awake.strip.ends["A"].code, [0.5, -0.25])


def misfit_file(vae_file, folder):
    """A run whose weights do not fit its settings, with a checksum that is right."""
    run = load_run(vae_file)
    path = folder / "misfit.safetensors"
    save_run(replace(run, config=run.config.replace(encoder=(33,))), path)
    return path


def test_weights_that_do_not_fit_leave_what_is_open(awake, seen, tmp_path, vae_file):
    view = awake.view
    path = misfit_file(vae_file, tmp_path)
    assert not awake.open_run(path)
    sentence, kind = seen.messages[-1]
    assert kind == "error" and "\n" not in sentence
    assert sentence.startswith(f"“{path}” cannot be used: The weights do not fit the configuration: ")
    assert awake.view is view


def test_weights_that_torch_finds_unfit_give_way_to_a_shipped_run(qtbot, session, seen, tmp_path, vae_file):
    path = misfit_file(vae_file, tmp_path)
    assert session.open_run(path)
    session.warm_up()
    qtbot.waitUntil(lambda: session.torch_is_ready, timeout=60_000)
    assert seen.messages[-1][0].startswith(f"“{path}” cannot be used: ")
    assert session.view.run.path == shipped_runs()[0].path and session.view.snapshot is not None


def test_a_run_whose_file_is_gone_leaves_the_list(qtbot, awake, seen, tmp_path):
    told = []
    awake.runs_changed.connect(lambda: told.append(True))
    assert not awake.open_run(tmp_path / "gone.safetensors")
    assert seen.messages[-1] == (f"There is no file “{tmp_path / 'gone.safetensors'}”.", "error") and told
