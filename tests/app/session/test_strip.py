"""The walk from A to B: its images, its ends, and the step that is shown or pinned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.checkpoint import load_run, save_run
from tests.app.session.conftest import stroke, use


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


def test_the_ends_are_the_originals_where_they_are_loaded_and_so_is_the_blend(qtbot, awake, seen, digits):
    a, b = (awake.strip.ends[name] for name in "AB")
    decoded = awake.view.snapshot.decode(np.stack([a.code, b.code]))
    assert seen.last["ends"][2:] == ("a held-out 3, decoded", "a held-out 8, decoded")
    np.testing.assert_allclose(seen.last["ends"][0], decoded[0], atol=1e-6)
    use(qtbot, awake, "digits")
    originals = digits.test_images[[a.index, b.index]].astype(np.float32) / 255
    assert seen.last["ends"][2:] == ("a held-out 3", "a held-out 8")
    for picture, original in zip(seen.last["ends"], originals, strict=False):
        np.testing.assert_allclose(picture, original, atol=1e-6)
    images, blend = seen.last["strip"]
    np.testing.assert_allclose(images[[0, -1]], decoded, atol=1e-6, err_msg="the walk is decoded from end to end")
    np.testing.assert_allclose(blend[[0, -1]], originals, atol=1e-6)
    awake.look.pick(0.5, -0.25, -1)
    awake.ends.choose("B", "pinned")
    assert seen.last["ends"][2:] == ("a held-out 3", "a code, decoded")
    awake.sketch.draw(stroke())
    awake.ends.choose("B", "sketch")
    assert seen.last["ends"][3] == "your sketch"


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


def test_another_network_reads_the_sketch_at_an_end_anew_and_a_code_of_another_size_gives_way(awake, seen, ae4_file):
    awake.sketch.draw(stroke())
    awake.ends.choose("A", "sketch")
    awake.look.pick(1.5, 0.5, -1)
    awake.ends.choose("B", "pinned")
    awake.open_run(ae4_file)
    a, b = awake.strip.ends["A"], awake.strip.ends["B"]
    np.testing.assert_allclose(a.code, awake.view.snapshot.encode(awake.sketch.seen[None])[0], atol=1e-6)
    assert seen.last["ends"][2] == "your sketch" and awake.view.labels[b.index] == 8
    np.testing.assert_allclose(seen.last["strip"][0][0], awake.view.snapshot.decode(a.code[None])[0], atol=1e-6)


def test_another_number_of_steps_has_no_mark_and_no_fewer_than_three_nor_more_than_25(awake, seen):
    awake.strip.scrub(4)
    for wanted, steps in ((5, 5), (2, 3), (99, 25)):
        awake.strip.set_steps(wanted)
        assert len(seen.last["strip"][0]) == steps and seen.last["path"][1] == -1


def test_with_another_number_of_steps_the_pinned_code_is_back(awake, seen):
    """As the play button leaves a step: its words stood there of a step that the strip no longer had."""
    awake.strip.scrub(8)
    assert seen.last["decoded"][2] == "strip, step 9 of 10"
    awake.strip.set_steps(5)
    assert seen.last["decoded"][2] == "pinned"
    np.testing.assert_array_equal(awake.look.shown.code, awake.look.pin.code)
    awake.look.hover(1.0, 1.0, -1)
    awake.strip.set_steps(6)
    assert seen.last["decoded"][2] == "under the pointer"


def test_where_an_end_is_missing_there_is_no_walk(awake, seen, vae_file, tmp_path):
    awake.strip.scrub(4)
    run = load_run(vae_file)
    eights = replace(run, labels=np.full_like(run.labels, 8), fingerprint="f" * 16)
    save_run(eights, tmp_path / "eights.safetensors")
    awake.open_run(tmp_path / "eights.safetensors")
    assert awake.strip.ends["A"] is None and seen.last["ends"][0] is None and seen.last["path"] == (None, -1)
    decoded = seen.last["decoded"]
    awake.strip.scrub(4)
    assert awake.strip.code_of(4) is None and seen.last["decoded"] is decoded


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


def test_the_mark_of_a_pinned_step_goes_when_another_code_comes_to_its_place(awake, seen, ae4_file):
    for change in (awake.strip.swap, lambda: awake.ends.choose("B", "random"), lambda: awake.open_run(ae4_file)):
        awake.strip.scrub(4)
        awake.ends.pin_step(4)
        change()
        assert seen.last["path"][1] == -1 and seen.last["decoded"][2] == "pinned"


def test_the_code_that_is_shown_becomes_an_end_be_it_pinned_or_a_step(awake, seen):
    awake.look.pick(0, 0, 11)
    awake.ends.choose("A", "shown")
    assert awake.strip.ends["A"].index == 11
    awake.strip.scrub(4)
    shown = seen.last["decoded"][0]
    awake.ends.choose("B", "shown")
    np.testing.assert_array_equal(awake.strip.ends["B"].code, shown)
