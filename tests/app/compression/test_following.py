"""What the view makes of a training, of MNIST, and of images or numbers that are not there."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from app.desks import compression_work
from app.desks.compression_work import LIVE, every, measure_shipped
from app.phase import Phase
from app.run_library import RunEntry, shipped_runs
from app.viewpoint import Viewpoint
from models.checkpoint import load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.app.compression.conftest import LEFT, error, figure, midpoints, opened, seen_through, settled, words
from tests.app.conftest import made_ready
from tests.conftest import trained

SMALL = RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100, learning_rate=0.005, schedule="constant")


def test_what_was_measured_on_images_that_have_gone_meanwhile_is_not_shown(qtbot, window, view, digits) -> None:
    desk, here = window.session.compression, window.session.view
    settled(qtbot, window)
    others = replace(digits, test_images=digits.test_images[::-1].copy(), fingerprint="")
    desk.look_through(here, None)
    with qtbot.waitSignal(desk.busy, check_params_cb=lambda words: words == "Measuring this run…"):
        desk.look_through(here, digits)
    desk.look_through(here, others)
    settled(qtbot, window)
    assert np.isnan(view._curves.own.errors).all(), "what the run's own report says is left"
    assert words(view, "compressionNeedNote").startswith("Errors are against the unquantised picture: the originals")


# while it learns, and while nobody looks


def test_the_rate_distortion_point_moves_and_leaves_a_trail_at_a_modest_pace(qtbot, window, view, ae4_file) -> None:
    session, times, said = window.session, [], []
    session.edit_config(SMALL)
    session.compression.curves_shown.connect(
        lambda curves: times.append((time.monotonic(), len(curves.trail))) if len(curves.trail) else None
    )
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: len(view._curves.trail) >= 1, timeout=60_000)
    session.compression.busy.connect(said.append)
    qtbot.waitUntil(lambda: len(view._curves.trail) >= 4, timeout=60_000)
    assert "Measuring this run…" not in said, "a line that comes and goes would move those below it"
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


# another run


def test_another_run_of_as_many_numbers_has_its_own_range_rate_weights_and_curve(
    qtbot, window, view, digits: Dataset, tmp_path
) -> None:
    paths, told, session = {}, [], window.session
    for width in (16, 48):
        paths[width] = tmp_path / f"{width}.safetensors"
        run = trained(digits, kind="vae", epochs=1, decoder=(width,), seed=width)
        save_run(replace(run, name=f"of {width}"), paths[width])
    session.compression.curves_shown.connect(lambda curves: told.append((curves.own, session.view.name)))
    session.open_run(paths[16])
    session.open_run(paths[48])  # while the first one is measured
    settled(qtbot, window)
    session.open_run(paths[16])
    settled(qtbot, window)
    assert all(own is None or own.name == name for own, name in told), "never another one's curve"
    run, snapshot, shown = load_run(paths[16]), seen_through(paths[16]), view._shown
    assert shown.costs.decoder_weights == 2 * 16 + 16 + 16 * 784 + 784
    assert shown.rate == pytest.approx(run.report["test_kl"] / math.log(2), rel=1e-4)
    quantised = midpoints(run.codes, run.codes, 4)
    np.testing.assert_allclose(shown.quantised, snapshot.decode(quantised[shown.indices]), atol=2e-4)
    expected = error(snapshot.decode(quantised), digits.test_images).mean()
    assert view._curves.own.errors[3] == pytest.approx(expected, rel=1e-3)


# the shipped AEs


def test_a_shipped_ae_is_measured_by_its_stored_codes_over_the_range_of_all(ae4_file, digits: Dataset) -> None:
    run, snapshot = load_run(ae4_file), seen_through(ae4_file)
    errors = measure_shipped(ae4_file, digits, lambda: False)
    for bits in (1, 6, 16):
        decoded = snapshot.decode(midpoints(run.codes, run.codes, bits))
        assert errors[bits - 1] == pytest.approx(error(decoded, digits.test_images).mean(), rel=1e-3)
    assert measure_shipped(ae4_file, digits, lambda: True) is None, "nobody waits"
    other = replace(digits, title="Other", fingerprint="0" * 16)
    assert measure_shipped(ae4_file, other, lambda: False) is None, "its images are not these"
    assert [every(count) for count in (297, 2000, 3999, 10_000)] == [1, 1, 1, 5]


def test_one_whose_measuring_was_given_up_is_measured_when_somebody_looks_again(
    qtbot, window, view, ae4_file, tmp_path, monkeypatch
) -> None:
    path, desk, views = tmp_path / "ae-4.safetensors", window.session.compression, window.views
    path.write_bytes(ae4_file.read_bytes())
    monkeypatch.setattr(compression_work, "shipped_runs", lambda: [RunEntry("AE 4-D", path)])
    desk.busy.connect(lambda words: QTimer.singleShot(0, leave) if "shipped" in words and not left else None)
    left = []

    def leave() -> None:
        left.append(True)
        views.show_view("map")

    desk._shipped = None
    views.show_view("map")
    views.show_view("compression")
    qtbot.waitUntil(lambda: bool(left) and not desk._worker.busy, timeout=20_000)
    views.show_view("compression")
    settled(qtbot, window)
    (curve,) = desk._shipped
    assert np.isfinite(curve.errors).all()


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
