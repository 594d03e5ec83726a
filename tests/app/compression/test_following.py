"""What the view makes of a training, of MNIST, and of images or numbers that are not there."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from app.desks.compression_work import LIVE
from app.phase import Phase
from app.run_library import shipped_runs
from app.viewpoint import Viewpoint
from models.checkpoint import load_run
from models.config import RunConfig
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.app.compression.conftest import LEFT, error, figure, midpoints, opened, seen_through, settled, words
from tests.app.conftest import made_ready

SMALL = RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100, learning_rate=0.005, schedule="constant")


# while it learns, and while nobody looks


def test_the_rate_distortion_point_moves_and_leaves_a_trail_at_a_modest_pace(qtbot, window, view, ae4_file) -> None:
    session, times = window.session, []
    session.edit_config(SMALL)
    session.compression.curves_shown.connect(
        lambda curves: times.append((time.monotonic(), len(curves.trail))) if len(curves.trail) else None
    )
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: len(view._curves.trail) >= 4, timeout=60_000)
    trail = view._curves.trail
    assert trail[-1, 1] < trail[0, 1], "it draws better"
    assert len(np.unique(trail[:, 0])) == len(trail), "its rate moves"
    steps = [first for first in {count: at for at, count in reversed(times)}.items()]
    gaps = np.diff([at for _, at in sorted(steps)])
    assert np.median(gaps) > 0.8, "asked for at most once a second"
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not session.compression._worker.busy, timeout=20_000)
    before, seen = len(times), len(session.compression._trail)
    for _ in range(4):
        with qtbot.waitSignal(session.training.codes_moved, timeout=10_000):
            pass
    assert (len(times), len(session.compression._trail)) == (before, seen), "nobody looks"
    assert not session.compression._worker.busy
    window.views.show_view("compression")
    qtbot.waitUntil(lambda: len(view._curves.trail) > seen, timeout=20_000)
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=30_000)
    settled(qtbot, window)
    assert np.isfinite(view._curves.own.errors).all(), "all bits, when it has ended"
    assert len(view._curves.trail) >= 4, "and its trail stands"
    window.session.open_run(ae4_file)
    settled(qtbot, window)
    assert len(view._curves.trail) == 0, "until another run is looked at"
    assert figure(view, "bitsOut") == "16, bits out: 4 axes × 4"
    assert not view.findChild(QWidget, "rateBits").isVisible(), "an AE has no rate"
    assert f"on {LIVE} held-out images" in view.findChild(QWidget, "rateBits").toolTip(), "while it learns"


def test_before_it_is_looked_at_nothing_is_computed(window) -> None:
    desk = window.session.compression
    assert (desk._shipped, desk._coders, desk._measured) == (None, {}, None)


# what cannot be shown


def test_without_the_originals_it_shows_what_it_can_and_gets_them(
    qtbot, window, view, vae_file, tmp_path, server
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in server.files:
        (other / name.removesuffix(".gz")).write_bytes(server.plain(name))
    window.session.data.choose(str(other))
    qtbot.waitUntil(lambda: words(view, "compressionNeedNote") != "", timeout=20_000)
    assert words(view, "compressionNeedNote") == (
        "Errors are against the unquantised picture: the originals that PCA and the curves need are in Built-in "
        "digits, which is not loaded."
    )
    shown, snapshot, codes = view._shown, seen_through(vae_file), load_run(vae_file).codes
    assert [name for name, _, _ in shown.rows()] == ["unquantised", "4 bits"]
    decoded = snapshot.decode(codes[shown.indices])
    quantised = snapshot.decode(midpoints(codes[shown.indices], codes, 4))
    expected = ((quantised - decoded) ** 2).mean(axis=(1, 2))
    assert shown.rows()[1][2] == pytest.approx(expected, rel=1e-3, abs=1e-7)
    assert {each.group for each in view.canvas.marks()} <= {"own", "vae"}
    button = view.findChild(QPushButton, "compressionNeedGet")
    assert button.text() == "Get Built-in digits" and button.isVisible()
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: words(view, "compressionNeedNote") == "", timeout=20_000)
    assert len(view._shown.rows()) == 4


def test_codes_that_are_no_numbers_are_one_sentence(window, view) -> None:
    seen = window.session.view
    wild = Viewpoint("wild", seen.config, np.full((9, 2), np.nan), seen.labels[:9], "", "MNIST", seen.class_names)
    wild.snapshot = seen.snapshot
    window.session.compression.look_through(wild, None)
    assert words(view, "compressionEmptyNote") == "The codes of this network are not finite numbers: it has run wild."
    assert not view.slider.isEnabled() and not view.export.isEnabled()


# on MNIST


@pytest.mark.mnist
def test_shipped_aes_are_measured_on_mnist(qtbot, make_window, mnist: Dataset) -> None:
    view = opened(qtbot, made_ready(qtbot, make_window(None, data=mnist.source)))
    run = next(load_run(entry.path) for entry in shipped_runs() if entry.path.stem == "ae-16")
    some, snapshot = slice(None, None, 5), Snapshot.from_weights(run.config, run.weights)
    decoded = snapshot.decode(midpoints(run.codes[some], run.codes, 4))
    expected = error(decoded, mnist.test_images[some]).mean()
    found = next(each for each in view.canvas.marks() if each.group == "ae" and each.dim == 16)
    assert (found.bits, found.error) == (64, pytest.approx(expected, rel=1e-3))
    assert {(each.group, each.dim) for each in view.canvas.marks()} >= {
        (group, dim) for group in ("ae", "vae", "pca") for dim in (2, 4, 16)
    }
    assert words(view, "compressionNote") == ""
