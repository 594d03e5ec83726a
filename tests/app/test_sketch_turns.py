"""What a sketch asks of the window while it trains: the place for every movement, all else when there is time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.desks import sketch
from app.desks.sketch import PEN_RESTS_MS
from app.seen.sketch import SketchReading
from app.session import Session
from app.viewpoint import Viewpoint
from models.chunks import evenly
from models.datasets import Dataset
from models.evaluation import anomaly_scores, percentile


@pytest.fixture
def session(qtbot: QtBot, vae_file: Path, digits: Dataset) -> Iterator[Session]:
    """A session that looks at a network as in training: without scores of the held-out images."""
    made = Session()
    made.open_run(vae_file)
    made.warm_up()
    qtbot.waitUntil(lambda: made.torch_is_ready and not made.background.busy, timeout=60_000)
    assert made.view is not None and made.view.snapshot is not None
    view = Viewpoint.of_training("In training", made.view.snapshot, made.view.codes, digits)
    made.view = view
    made.sketch.look_through(view, digits)
    yield made
    made.close()


def bar(width: int) -> np.ndarray:
    ink = np.zeros((200, 200), np.float32)
    ink[40:160, 95 : 95 + width] = 1
    return ink


def test_held_out_images_are_rated_when_the_pen_rests(qtbot: QtBot, session: Session, digits: Dataset) -> None:
    readings: list[SketchReading] = []
    session.sketch.read.connect(readings.append)
    session.sketch.draw(bar(6))
    qtbot.waitUntil(lambda: bool(readings))
    readings.clear()
    session.sketch.draw(bar(12))
    moved = time.monotonic()
    qtbot.waitUntil(lambda: bool(readings) and readings[-1].percentile is not None)
    assert time.monotonic() - moved > 0.9 * PEN_RESTS_MS / 1000
    assert session.view is not None and session.view.snapshot is not None and session.sketch.seen is not None
    scores = anomaly_scores(session.view.snapshot, digits.test_images)
    own = anomaly_scores(session.view.snapshot, session.sketch.seen[None])[0]
    assert readings[-1].percentile == pytest.approx(percentile(scores, own))
    assert readings[-1].among == 0, "all were rated"


def test_those_that_are_rated_come_from_all_over_the_held_out_ones(
    qtbot: QtBot, session: Session, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a set in no random order the first ones are not like the others; and the reading says how many there were."""
    monkeypatch.setattr(sketch, "REFERENCE_IMAGES", 50)
    readings: list[SketchReading] = []
    session.sketch.read.connect(readings.append)
    session.sketch.draw(bar(12))
    qtbot.waitUntil(lambda: bool(readings) and readings[-1].percentile is not None)
    assert session.view is not None and session.view.snapshot is not None and session.sketch.seen is not None
    scores = anomaly_scores(session.view.snapshot, digits.test_images)[evenly(297, 50)]
    np.testing.assert_allclose(session.sketch._reference, scores, rtol=1e-3, atol=1e-5)
    assert readings[-1].among == 50


def test_a_network_that_has_learned_moves_the_place_at_once(qtbot: QtBot, session: Session, digits: Dataset) -> None:
    places: list[tuple[float, float]] = []
    readings: list[SketchReading] = []
    session.sketch.placed.connect(lambda x, y, *_: places.append((x, y)))
    session.sketch.read.connect(readings.append)
    session.sketch.draw(bar(12))
    assert session.view is not None
    session.sketch.look_through(session.view, digits)
    assert len(places) == 2 and not readings, "the reading of the moving sketch has its own turn"
    qtbot.waitUntil(lambda: bool(readings))
    readings.clear()
    session.sketch.look_through(session.view, digits)
    assert len(places) == 3 and len(readings) == 1, "of one that rests it comes with the network"


def test_another_network_and_another_format_are_read_at_once(session: Session, digits: Dataset) -> None:
    readings: list[SketchReading] = []
    session.sketch.read.connect(readings.append)
    session.sketch.draw(bar(12))
    session.sketch.set_mnist_format(False)
    assert len(readings) == 1
    assert session.view is not None and session.view.snapshot is not None
    other = Viewpoint.of_training("Another", session.view.snapshot, session.view.codes, digits)
    session.sketch.look_through(other, digits)
    assert len(readings) == 2
