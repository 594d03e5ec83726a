"""The session against the real networks, files and threads: what is looked at, pinned, drawn, walked and trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from app.phase import Phase
from app.run_library import shipped_runs
from app.session import Session
from app.viewpoint import Viewpoint
from models.checkpoint import History, load_run, save_run
from models.config import RunConfig
from models.evaluation import anomaly_scores, percentile, reconstruction_errors
from models.snapshot import Snapshot

SMALL = RunConfig(encoder=(32,), decoder=(32,), batch_size=100, epochs=2)


class Seen:
    """The last arguments of each signal, and all messages."""

    def __init__(self, session):
        self.last = {}
        self.messages = []
        look, sketch, strip = session.look, session.sketch, session.strip
        for name, signal in {
            "codes": session.codes_shown,
            "view": session.view_shown,
            "projection": session.projection_shown,
            "pin": look.pin_shown,
            "decoded": look.decoded_shown,
            "original": look.original_shown,
            "hover": look.hover_shown,
            "reading": sketch.read,
            "placed": sketch.placed,
            "sketch_cleared": sketch.cleared,
            "strip": strip.strip_shown,
            "path": strip.path_shown,
            "ends": strip.ends_shown,
            "lines": session.losses.lines_shown,
        }.items():
            signal.connect(lambda *args, name=name: self.last.__setitem__(name, args))
        session.message.connect(lambda text, kind: self.messages.append((text, kind)))


@pytest.fixture
def session(qtbot):
    made = Session()
    yield made
    made.close()


@pytest.fixture
def seen(session):
    return Seen(session)


@pytest.fixture
def awake(qtbot, session, seen, vae_file):
    """A session that looks through the small VAE, torch being there."""
    session.open_run(vae_file)
    session.warm_up()
    qtbot.waitUntil(lambda: session.torch_is_ready, timeout=60_000)
    return session


def use(qtbot, session, name):
    session.data.choose(name)
    qtbot.waitUntil(lambda: session.data.dataset is not None, timeout=20_000)


def stroke():
    ink = np.zeros((200, 200), np.float32)
    ink[40:160, 95:110] = 1
    return ink


def test_map_image_and_strip_stand_before_torch_and_the_network_follows(qtbot, session, seen, vae_file):
    session.open_run(vae_file)
    run = load_run(vae_file)
    points, labels, glide = seen.last["codes"]
    np.testing.assert_allclose(points, run.codes, atol=1e-6)
    assert labels.tolist() == run.labels.tolist() and glide is False
    code, image, words = seen.last["decoded"]
    network = Snapshot.from_weights(run.config, run.weights)
    assert session.view.snapshot is None and words == "pinned"
    np.testing.assert_allclose(image, network.decode(code[None])[0], atol=1e-5)
    a = session.strip.ends["A"].code
    np.testing.assert_allclose(seen.last["strip"][0][0], network.decode(a[None])[0], atol=1e-5)
    session.look.pick(0.5, -0.25, -1)
    np.testing.assert_allclose(seen.last["decoded"][1], network.decode(np.array([[0.5, -0.25]]))[0], atol=1e-5)
    session.warm_up()
    qtbot.waitUntil(lambda: session.torch_is_ready, timeout=60_000)
    code, image, words = seen.last["decoded"]
    np.testing.assert_array_equal(image, network.decode(code[None])[0])
    assert words == "pinned"


def test_pick_a_place_and_a_point(awake, seen):
    awake.look.pick(0.5, -0.25, -1)
    code, image, _ = seen.last["decoded"]
    np.testing.assert_allclose(code, [0.5, -0.25])
    np.testing.assert_allclose(image, awake.view.snapshot.decode(code[None])[0])
    assert seen.last["original"][0] is None and seen.last["original"][4] == ""
    awake.look.pick(0.0, 0.0, 17)
    np.testing.assert_allclose(seen.last["decoded"][0], awake.view.codes[17])
    assert seen.last["original"][4] == "The original is in Built-in digits, which is not loaded."


def test_leaving_the_map_brings_the_pinned_code_back(awake, seen):
    awake.look.pick(0.5, -0.25, -1)
    awake.look.hover(1.0, 1.0, 3)
    assert seen.last["decoded"][2] == "under the pointer"
    np.testing.assert_allclose(seen.last["decoded"][0], [1.0, 1.0])
    assert seen.last["hover"][1].startswith("rebuilt ")
    awake.look.leave_hover()
    np.testing.assert_allclose(seen.last["decoded"][0], [0.5, -0.25])


def test_the_original_and_its_error_stand_beside_a_picked_point(qtbot, awake, seen, digits):
    use(qtbot, awake, "digits")
    awake.look.pick(0, 0, 5)
    image, label, error, unit, note, _ = seen.last["original"]
    np.testing.assert_array_equal(image, digits.test_images[5])
    assert label == str(digits.test_labels[5]) and unit == "nats" and note == ""
    rebuilt = awake.view.snapshot.decode(awake.view.codes[5][None])[0].astype(np.float64)
    target = digits.test_images[5] / 255
    independent = -(target * np.log(rebuilt) + (1 - target) * np.log1p(-rebuilt)).sum()
    assert error == pytest.approx(independent, rel=1e-3)
    awake.look.hover(0.0, 0.0, 5)
    assert seen.last["original"][0] is None, "the place under the pointer is no image's code"
    awake.look.leave_hover()
    assert seen.last["original"][0] is not None
    awake.look.show_strip_step(np.zeros(2, np.float32), rebuilt, 0, 5)
    assert seen.last["original"][0] is None


def draw(qtbot, session, ink):
    with qtbot.waitSignal(session.sketch.read):  # in a turn of its own, after the place
        session.sketch.draw(ink)


def test_a_sketch_is_read_placed_and_cleared(qtbot, awake, seen):
    draw(qtbot, awake, stroke())
    (reading,) = seen.last["reading"]
    mean, log_variance = awake.view.snapshot.posterior(reading.seen[None])
    np.testing.assert_allclose(reading.mean, mean[0])
    np.testing.assert_allclose(reading.sigma, np.exp(log_variance[0] / 2))
    assert 0 <= reading.percentile <= 100 and len(reading.neighbours) == 5
    x, y, one, two = seen.last["placed"]
    np.testing.assert_allclose([x, y], mean[0], atol=1e-6)
    reach = np.abs(two - two.mean(axis=0)).max(axis=0)
    np.testing.assert_allclose(reach, 2 * reading.sigma, rtol=0.02)
    awake.sketch.draw(np.zeros((200, 200), np.float32))
    assert "sketch_cleared" in seen.last and awake.sketch.code is None


def test_neighbours_are_originals_where_the_data_is_there_and_said_to_be_rebuilt_elsewhere(qtbot, awake, seen, digits):
    draw(qtbot, awake, stroke())
    assert [near.is_rebuilt for near in seen.last["reading"][0].neighbours] == [True] * 5
    use(qtbot, awake, "digits")
    nearest = seen.last["reading"][0].neighbours
    assert [near.is_rebuilt for near in nearest] == [False] * 5
    assert all((digits.test_images == near.image).all(axis=(1, 2)).any() for near in nearest)


def test_the_place_follows_every_movement_and_the_reading_comes_after_the_last(qtbot, awake, seen):
    places, readings = [], []
    awake.sketch.placed.connect(lambda x, y, *_: places.append((x, y)))
    awake.sketch.read.connect(readings.append)
    for width in range(1, 11):
        ink = np.zeros((200, 200), np.float32)
        ink[40:160, 95 : 95 + 6 * width] = 1
        awake.sketch.draw(ink)
    assert len(places) == 10 and not readings, "the hand comes first"
    np.testing.assert_array_equal(awake.sketch.code, awake.view.snapshot.encode(awake.sketch.seen[None])[0])
    last = awake.sketch.seen
    qtbot.waitUntil(lambda: bool(readings), timeout=2000)
    assert len(readings) == 1 and np.array_equal(readings[0].seen, last)
    np.testing.assert_array_equal(readings[-1].mean, awake.sketch.code)
    awake.sketch.draw(stroke())
    awake.sketch.draw(stroke()[::-1].copy())
    awake.sketch.clear()
    told = len(readings)
    rests = awake.sketch.findChildren(QTimer)
    assert any(each.isActive() for each in rests), "a reading was put off"
    qtbot.waitUntil(lambda: not any(each.isActive() for each in rests))
    assert len(readings) == told, "nothing is read of a canvas that was cleared"


def test_the_raw_canvas_is_seen_differently(qtbot, awake, seen):
    draw(qtbot, awake, stroke())
    centred = seen.last["reading"][0].seen
    awake.sketch.set_mnist_format(False)
    raw = seen.last["reading"][0].seen
    assert raw.shape == centred.shape == (28, 28) and (raw != centred).any()


def test_a_network_without_scores_gets_its_percentile_behind_the_window(qtbot, awake, seen, digits):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL)
    awake.reset()
    qtbot.waitUntil(lambda: awake.view.run is None and not awake.background.busy, timeout=20_000)
    readings = []
    awake.sketch.read.connect(readings.append)
    draw(qtbot, awake, stroke())
    assert readings[-1].percentile is None
    qtbot.waitUntil(lambda: readings[-1].percentile is not None, timeout=20_000)
    snapshot, reading = awake.view.snapshot, readings[-1]
    sketch = anomaly_scores(snapshot, reading.seen[None])
    assert reading.percentile == pytest.approx(percentile(anomaly_scores(snapshot, digits.test_images), sketch[0]))
    draw(qtbot, awake, stroke()[:, ::-1].copy())
    assert readings[-1].percentile is not None  # the same network's scores are still there


def test_in_training_percentiles_follow_the_network(qtbot, awake, seen, digits):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(epochs=10_000))
    awake.start_training()
    qtbot.waitUntil(lambda: awake.view.run is None, timeout=20_000)
    percentiles = []
    awake.sketch.read.connect(lambda reading: percentiles.append(reading.percentile))
    draw(qtbot, awake, stroke())
    qtbot.waitUntil(lambda: percentiles[-1] is not None, timeout=20_000)
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=20_000)
    scores = anomaly_scores(awake.view.snapshot, digits.test_images)
    last = percentile(scores, anomaly_scores(awake.view.snapshot, awake.sketch.seen[None])[0])
    qtbot.waitUntil(lambda: percentiles[-1] == pytest.approx(last), timeout=20_000)  # rated once more, and told


def test_the_strip_runs_from_a_to_b(awake, seen):
    images, blend = seen.last["strip"]
    a, b = awake.strip.ends["A"], awake.strip.ends["B"]
    assert awake.view.labels[a.index] == 3 and awake.view.labels[b.index] == 8
    assert len(images) == 10
    np.testing.assert_allclose(images[0], awake.view.snapshot.decode(a.code[None])[0], atol=1e-6)
    np.testing.assert_allclose(images[-1], awake.view.snapshot.decode(b.code[None])[0], atol=1e-6)
    np.testing.assert_allclose(blend[3], blend[0] * (1 - 3 / 9) + blend[-1] * (3 / 9), atol=1e-6)
    awake.strip.set_steps(5)
    assert len(seen.last["strip"][0]) == 5
    points, current = seen.last["path"]
    np.testing.assert_allclose(points, np.linspace(a.code, b.code, 5), atol=1e-6)
    awake.strip.scrub(2)
    assert seen.last["decoded"][2] == "strip, step 3 of 5"
    awake.strip.swap()
    assert awake.strip.ends["A"] is b


def test_ends_from_pin_sketch_and_chance(awake, seen):
    awake.ends.choose("A", "sketch")
    assert seen.messages[-1] == ("Draw something first; then the strip can start or end there.", "info")
    awake.sketch.draw(stroke())
    awake.ends.choose("A", "sketch")
    np.testing.assert_allclose(awake.strip.ends["A"].code, awake.sketch.code)
    awake.look.pick(1.5, 0.5, -1)
    awake.ends.choose("B", "pinned")
    np.testing.assert_allclose(awake.strip.ends["B"].code, [1.5, 0.5])
    awake.ends.choose("B", "random")
    assert awake.strip.ends["B"].index >= 0


def test_a_step_of_the_strip_that_was_left_standing_gives_way_to_the_map(awake, seen):
    """As the play button leaves one: the pointer is not on the strip, and never leaves it."""
    awake.strip.scrub(4)
    awake.look.pick(0, 0, 11)
    assert seen.last["path"][1] == -1, "its mark is gone"
    awake._refresh()  # as at every picture that a training sends
    assert seen.last["decoded"][2] == "pinned"
    np.testing.assert_array_equal(seen.last["decoded"][0], awake.view.codes[11])
    awake.strip.scrub(4)
    awake.look.hover(1.0, 1.0, -1)
    awake._refresh()
    assert seen.last["decoded"][2] == "under the pointer"


def test_a_pinned_step_of_the_strip_stays_pinned_and_marked(awake, seen):
    awake.strip.scrub(4)
    awake.ends.pin_step(4)
    assert seen.last["path"][1] == 4, "the arrow keys go on from there"
    awake._refresh()
    assert seen.last["decoded"][2] == "pinned"
    np.testing.assert_array_equal(awake.look.pin.code, awake.strip.code_of(4))


def test_the_code_that_is_shown_becomes_an_end_be_it_pinned_or_a_step(awake, seen):
    awake.look.pick(0, 0, 11)
    awake.ends.choose("A", "shown")
    assert awake.strip.ends["A"].index == 11
    awake.strip.scrub(4)
    shown = seen.last["decoded"][0]
    awake.ends.choose("B", "shown")
    np.testing.assert_array_equal(awake.strip.ends["B"].code, shown)


def test_the_pin_s_mark_follows_its_image_while_the_pointer_is_on_the_map(awake, seen):
    awake.look.pick(0, 0, 11)
    awake.look.hover(1.0, 1.0, -1)
    awake.view.codes = awake.view.codes + np.float32(0.5)  # as a training moves them
    awake._refresh()
    assert seen.last["decoded"][2] == "under the pointer"
    np.testing.assert_allclose(seen.last["pin"][0], awake.view.codes[11], atol=1e-6)


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


def test_above_two_dimensions_a_place_keeps_what_the_plane_hides(awake, seen, ae4_file):
    awake.open_run(ae4_file)
    awake.choose_projection("axes:1,3")
    awake.look.pick(0, 0, 7)
    before = awake.look.pin.code
    awake.look.pick(0.25, 0.75, -1)
    np.testing.assert_allclose(awake.look.pin.code, [before[0], 0.25, before[2], 0.75], atol=1e-6)


def test_bad_files_leave_what_is_open(awake, seen, tmp_path, vae_file):
    view = awake.view
    missing, torn = tmp_path / "missing.safetensors", tmp_path / "torn.safetensors"
    torn.write_bytes(vae_file.read_bytes()[:5000])
    for path in (missing, torn):
        assert not awake.open_run(path)
        sentence, kind = seen.messages[-1]
        assert kind == "error" and path.name in sentence and "\n" not in sentence
    awake.data.choose(str(tmp_path / "nowhere"))
    assert awake.view is view


def test_save_and_open_again(awake, seen, tmp_path):
    path = tmp_path / "mine.safetensors"
    assert awake.save_run(path)
    again = load_run(path)
    np.testing.assert_array_equal(again.codes, awake.view.codes)
    assert not awake.save_run(tmp_path / "mine.safetensors" / "inside.safetensors")
    assert seen.messages[-1][1] == "error"


def test_pin_and_ends_have_the_codes_of_a_learning_network_as_it_is_now(qtbot, awake, seen, digits):
    """Those of the map are renewed part by part, and are older by many steps."""
    use(qtbot, awake, "digits")
    snapshot, old = awake.view.snapshot, np.zeros_like(awake.view.codes)
    awake.look.pick(0, 0, 11)
    ends = {name: end.index for name, end in awake.strip.ends.items()}
    awake.trained = awake.view = Viewpoint.of_training("VAE, in training", snapshot, old, digits)
    awake._refresh()
    now = snapshot.encode(digits.test_images)
    np.testing.assert_allclose(seen.last["decoded"][0], now[11], atol=1e-5)
    np.testing.assert_allclose(seen.last["pin"][0], now[11], atol=1e-5)
    error = reconstruction_errors(snapshot, digits.test_images[11:12])[0]
    assert seen.last["original"][2] == pytest.approx(error, rel=1e-4)
    for name, index in ends.items():
        np.testing.assert_allclose(awake.strip.ends[name].code, now[index], atol=1e-5)
    np.testing.assert_array_equal(awake.view.codes[12], 0.0)  # nobody looks at it


def test_training_moves_the_same_pin_and_ends_as_a_kept_run(qtbot, awake, seen):
    use(qtbot, awake, "digits")
    awake.look.pick(0, 0, 11)
    awake.edit_config(SMALL)
    awake.start_training()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=60_000)
    assert awake.look.pin.index == 11
    np.testing.assert_allclose(seen.last["decoded"][0], awake.view.codes[11])
    run = awake.view.run
    assert run is not None and run.config == SMALL
    sentence, kind = seen.messages[-1]
    assert kind == "good" and sentence.startswith("Training is done: ") and "in the list of runs" in sentence
    from app.run_library import own_runs

    assert any(load_run(entry.path).name == run.name for entry in own_runs())


def test_opening_while_training_is_refused(qtbot, awake, seen, ae4_file):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(epochs=2000))
    awake.start_training()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.TRAINING, timeout=30_000)
    assert not awake.open_run(ae4_file)
    assert seen.messages[-1] == ("Stop the training before opening another run.", "warning")
    qtbot.waitUntil(lambda: awake.view is awake.trained and len(awake.training.history().steps) > 0)
    assert awake.current_run().name.endswith(", in training"), "what is saved now is no “Training…” for good"
    awake.training.set_beta(3.0)
    awake.training.set_learning_rate(0.002)
    awake.training.stop()
    qtbot.waitUntil(lambda: awake.training.phase is Phase.IDLE, timeout=2_000)
    assert seen.messages[-1][0] == "Stopped. What it has learned so far stays; File > Save the run keeps it."
    run = awake.current_run()
    assert run.report["stopped"] is True
    assert run.config == SMALL.replace(epochs=2000, beta=3.0, learning_rate=0.002), "the dials as they stood"


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
    qtbot.waitUntil(lambda: "images/s" in status[-1], timeout=30_000)
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
    assert len(awake.current_run().history.steps) > 0
    awake.reset()
    qtbot.waitUntil(lambda: awake.view is not view, timeout=10_000)
    assert status[-1] == "first weights, not trained yet"
    assert len(awake.current_run().history.steps) == 0, "these weights have no history"


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
    assert seen.last["ends"][2:] == ("a held-out 3", "a held-out 8")


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
