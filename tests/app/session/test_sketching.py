"""What is drawn: its place, its reading, its neighbours, and its percentile behind the window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from app.phase import Phase
from models.evaluation import anomaly_scores, percentile
from tests.app.session.conftest import SMALL, stroke, use


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
