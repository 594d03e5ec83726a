"""What is looked at and pinned: its image before torch is there, its original, its mark, its code."""

from __future__ import annotations

import numpy as np
import pytest

from app.viewpoint import Viewpoint
from models.checkpoint import load_run
from models.evaluation import reconstruction_errors
from models.snapshot import Snapshot
from tests.app.session.conftest import use


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


def test_an_image_that_this_network_has_no_code_of_is_not_picked(awake, seen):
    """Views keep showing the images of the network before for a moment; a click there may come late."""
    awake.look.pick(0.0, 0.0, 17)
    awake.look.pick(0.0, 0.0, len(awake.view.codes))
    assert awake.look.pin.index == 17
    np.testing.assert_allclose(seen.last["decoded"][0], awake.view.codes[17])


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


def test_the_pin_s_mark_follows_its_image_while_the_pointer_is_on_the_map(awake, seen):
    awake.look.pick(0, 0, 11)
    awake.look.hover(1.0, 1.0, -1)
    awake.view.codes = awake.view.codes + np.float32(0.5)  # as a training moves them
    awake._refresh()
    assert seen.last["decoded"][2] == "under the pointer"
    np.testing.assert_allclose(seen.last["pin"][0], awake.view.codes[11], atol=1e-6)


def test_above_two_dimensions_a_place_keeps_what_the_plane_hides(awake, seen, ae4_file):
    awake.open_run(ae4_file)
    awake.choose_projection("axes:1,3")
    awake.look.pick(0, 0, 7)
    before = awake.look.pin.code
    awake.look.pick(0.25, 0.75, -1)
    np.testing.assert_allclose(awake.look.pin.code, [before[0], 0.25, before[2], 0.75], atol=1e-6)


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
