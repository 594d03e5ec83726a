"""The sketch made noisy, with mouse and keys: what the network sees, and what its answer is held to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSlider, QToolButton, QWidget

from app.main_window import MainWindow
from app.panels.digit_image import DigitImage
from app.panels.draw.examples import ink_of, load_examples
from app.panels.draw.noise import ABOUT
from app.seen.sketch import SketchReading
from models.checkpoint import load_run, save_run
from models.datasets import Dataset
from models.evaluation import anomaly_scores, percentile
from models.sketch import to_mnist_format
from models.snapshot import Snapshot
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
INK = ink_of(load_examples()[3])
CLEAN = to_mnist_format(INK)


@pytest.fixture
def readings(qtbot, any_window: MainWindow) -> Iterator[list[SketchReading]]:
    """All readings of a three that is drawn before the test begins, and wiped off after it, noise and all."""
    found: list[SketchReading] = []
    sketch, panel = any_window.session.sketch, any_window.sketch_panel
    sketch.read.connect(found.append)
    panel.pad.sheet.put_ink(INK)
    qtbot.waitUntil(lambda: bool(found) and found[-1].percentile is not None, timeout=20_000)
    yield found
    sketch.read.disconnect(found.append)
    panel.noise.sheet.close()
    sketch.set_noisy(False)
    panel.pad.sheet.clear()


def part(window: MainWindow, kind: type, name: str):
    found = window.sketch_panel.findChild(kind, name)
    assert found is not None, name
    return found


def read_after(qtbot, readings: list[SketchReading], do: Callable[[], object]) -> SketchReading:
    """Do something and wait for what is read of it."""
    before = len(readings)
    do()
    qtbot.waitUntil(lambda: len(readings) > before and readings[-1].percentile is not None, timeout=20_000)
    return readings[-1]


def open_sheet(window: MainWindow) -> QWidget:
    button = part(window, QToolButton, "sketchNoise")
    QTest.mouseClick(button, LEFT)
    assert button.sheet.isVisible()
    return button.sheet


def switch_on(qtbot, window: MainWindow, readings: list[SketchReading]) -> SketchReading:
    open_sheet(window)
    box = part(window, QCheckBox, "sketchNoisy")
    return read_after(qtbot, readings, lambda: QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2)))


def decibels(image: np.ndarray, clean: np.ndarray) -> float:
    return float(10 * np.log10(1 / np.mean((image.astype(float) - clean) ** 2)))


def shown(window: MainWindow, name: str) -> np.ndarray:
    picture = part(window, DigitImage, name).picture()
    return np.array([[picture.pixelColor(x, y).red() for x in range(28)] for y in range(28)])


def test_it_is_off_at_first(borrowed_window, readings) -> None:
    button = part(borrowed_window, QToolButton, "sketchNoise")
    assert not button.isChecked() and not button.sheet.isVisible()
    np.testing.assert_array_equal(readings[-1].seen, CLEAN)
    assert readings[-1].clean is None and readings[-1].noise == ""
    open_sheet(borrowed_window)
    assert not button.isChecked(), "to look is not to choose"
    QTest.keyClick(button.sheet, Qt.Key.Key_Escape)
    assert not button.sheet.isVisible()


def test_the_network_sees_noise_and_is_held_to_the_clean_sketch(
    qtbot, borrowed_window, readings, vae_file: Path
) -> None:
    session, places = borrowed_window.session, []
    session.sketch.placed.connect(lambda x, y, *_: places.append((x, y)))
    reading = switch_on(qtbot, borrowed_window, readings)
    button = part(borrowed_window, QToolButton, "sketchNoise")
    assert button.isChecked() and button.accessibleDescription() == "Gaussian noise, σ = 0.50"
    noise = reading.seen / 255 - CLEAN / 255
    free = (reading.seen > 0) & (reading.seen < 255)  # not clipped
    assert 0.15 < noise[free].std() < 0.6 and free.mean() > 0.2
    np.testing.assert_array_equal(shown(borrowed_window, "sketchSeen"), reading.seen)
    network = Snapshot.from_weights(load_run(vae_file).config, load_run(vae_file).weights)
    np.testing.assert_allclose(reading.reconstruction, network.reconstruct(reading.seen[None])[0], atol=1e-5)
    np.testing.assert_allclose(session.sketch.code, network.encode(reading.seen[None])[0], atol=1e-5)
    np.testing.assert_allclose(places[-1], session.view.place(session.sketch.code[None])[0], atol=1e-5)
    clean, rebuilt = CLEAN / 255, np.clip(reading.reconstruction.astype(float), 1e-7, 1 - 1e-7)
    entropy = -(clean * np.log(rebuilt) + (1 - clean) * np.log(1 - rebuilt)).sum()
    assert reading.error == pytest.approx(entropy, rel=1e-3), "against the clean sketch"
    scores = session.view.scores
    own = anomaly_scores(network, CLEAN[None], np.array([reading.error]))[0]
    assert reading.percentile == pytest.approx(percentile(scores, own), abs=1.0)
    assert reading.psnr == pytest.approx(
        (decibels(reading.seen / 255, clean), decibels(reading.reconstruction, clean)), abs=1e-3
    )


def test_the_panel_says_what_is_compared(qtbot, borrowed_window, readings) -> None:
    said = part(borrowed_window, QLabel, "sketchError")
    assert "clean" not in said.text()
    reading = switch_on(qtbot, borrowed_window, readings)
    assert " nats to the clean sketch; for its ink " in said.text()
    stage = borrowed_window.sketch_panel.stage
    assert [label.text() for label in stage.labels] == [
        f"The network sees\nnoisy, {reading.psnr[0]:.1f} dB",
        f"Reconstruction\n{reading.psnr[1]:.1f} dB",
        "Error map\nto the clean one",
    ]
    assert all(label.sizeHint().height() <= label.height() for label in stage.labels)
    errors = part(borrowed_window, DigitImage, "sketchErrorMap").picture()
    away = (reading.seen > 128) & (CLEAN == 0) & (reading.reconstruction < 0.02)
    assert away.any(), "noise where there is neither ink nor reconstruction"
    for y, x in np.argwhere(away):
        colour = errors.pixelColor(int(x), int(y))
        assert max(colour.red(), colour.green(), colour.blue()) < 40, "is no error"
    assert "held-out images that it is compared with have no noise" in ABOUT
    read_after(qtbot, readings, lambda: QTest.keyClick(borrowed_window.sketch_panel.pad, Qt.Key.Key_N))
    assert stage.labels[0].text() == "The network sees" and "clean" not in said.text()
    np.testing.assert_array_equal(readings[-1].seen, CLEAN)


def test_the_noise_stays_until_the_dice_are_thrown(qtbot, window, readings) -> None:
    first = switch_on(qtbot, window, readings)
    pad = window.sketch_panel.pad
    window.sketch_panel.noise.sheet.close()

    def dot() -> None:
        QTest.mousePress(pad, LEFT, pos=QPoint(75, 75))
        QTest.mouseRelease(pad, LEFT, pos=QPoint(75, 75))

    again = read_after(qtbot, readings, dot)
    corner = np.s_[:4, :4]  # a dot in the middle leaves it as it is
    np.testing.assert_array_equal(again.seen[corner], first.seen[corner])
    open_sheet(window)
    dice = part(window, QToolButton, "sketchNoiseDice")
    other = read_after(qtbot, readings, lambda: QTest.mouseClick(dice, LEFT))
    assert np.abs(other.seen[corner].astype(int) - again.seen[corner]).max() > 40
    np.testing.assert_array_equal(other.clean, again.clean)


def test_kind_and_level_by_keyboard_switch_it_on(qtbot, window, readings) -> None:
    button = part(window, QToolButton, "sketchNoise")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert button.sheet.isVisible()
    level, kind = part(window, QSlider, "sketchNoiseLevel"), part(window, QComboBox, "sketchNoiseKind")
    reading = read_after(qtbot, readings, lambda: QTest.keyClick(level, Qt.Key.Key_PageUp))
    assert button.isChecked() and reading.noise == "Gaussian noise, σ = 0.60"
    assert part(window, QLabel, "sketchNoiseWords").text() == "σ = 0.60"
    reading = read_after(qtbot, readings, lambda: QTest.keyClick(kind, Qt.Key.Key_Down))
    assert reading.noise == "salt and pepper, 60 % of pixels"
    changed = reading.seen != CLEAN
    assert set(reading.seen[changed]) <= {0, 255} and 0.2 < changed.mean() < 0.5
    reading = read_after(qtbot, readings, lambda: QTest.keyClick(kind, Qt.Key.Key_End))
    assert reading.noise == "blur, σ = 2.40 px"
    assert not part(window, QToolButton, "sketchNoiseDice").isEnabled(), "blur draws nothing"
    read_after(qtbot, readings, lambda: QTest.keyClick(level, Qt.Key.Key_Home))
    np.testing.assert_array_equal(readings[-1].seen, CLEAN)
    assert window.sketch_panel.stage.labels[0].text() == "The network sees\nnoisy, ∞ dB"


def test_it_is_the_runs_own_noise_unless_one_was_chosen(qtbot, window, readings, digits: Dataset, tmp_path) -> None:
    path = tmp_path / "denoiser.safetensors"
    noise = {"corruption": "salt-and-pepper", "corruption_level": 0.3}
    save_run(trained(digits, kind="ae", loss="mse", latent_dim=2, epochs=1, **noise), path)
    reading = switch_on(qtbot, window, readings)
    assert reading.noise == "Gaussian noise, σ = 0.50"
    reading = read_after(qtbot, readings, lambda: window.session.open_run(path))
    assert reading.noise == "salt and pepper, 30 % of pixels"
    assert part(window, QComboBox, "sketchNoiseKind").currentText() == "Salt and pepper"
    level = part(window, QSlider, "sketchNoiseLevel")
    read_after(qtbot, readings, lambda: QTest.keyClick(level, Qt.Key.Key_PageUp))
    reading = read_after(qtbot, readings, lambda: window.session.open_run(path))
    assert reading.noise == "salt and pepper, 40 % of pixels"


def test_the_denoising_view_does_not_damage_it_twice(qtbot, borrowed_window, readings) -> None:
    reading = switch_on(qtbot, borrowed_window, readings)
    found = []
    borrowed_window.session.denoising.shown.connect(found.append)
    borrowed_window.views.show_view("denoising")
    qtbot.waitUntil(lambda: bool(found), timeout=20_000)
    np.testing.assert_allclose(found[-1].clean[0], CLEAN / 255, atol=1e-6)
    np.testing.assert_allclose(found[-1].noisy[0], reading.seen / 255, atol=1 / 255)


def test_a_blank_canvas_has_no_noise(qtbot, borrowed_window, readings) -> None:
    switch_on(qtbot, borrowed_window, readings)
    borrowed_window.sketch_panel.noise.sheet.close()
    with qtbot.waitSignal(borrowed_window.session.sketch.cleared):
        QTest.keyClick(borrowed_window.sketch_panel.pad, Qt.Key.Key_Delete)
    assert borrowed_window.session.sketch.seen is None
    assert part(borrowed_window, DigitImage, "sketchSeen").is_empty()
    assert borrowed_window.sketch_panel.stage.labels[0].text() == "The network sees"


def test_the_sheet_leaves_the_pictures_free_and_gives_the_keyboard_back(qtbot, borrowed_window, readings) -> None:
    borrowed_window.move(0, 0)
    sheet = open_sheet(borrowed_window)
    panel, screen = borrowed_window.sketch_panel, borrowed_window.screen().availableGeometry()
    assert sheet.geometry().right() < panel.mapToGlobal(QPoint()).x()
    assert screen.top() <= sheet.geometry().top() and sheet.geometry().bottom() <= screen.bottom()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(panel.noise.hasFocus)


def test_every_part_can_be_named_and_stands_in_a_narrow_panel(window, readings) -> None:
    for kind, name in (
        (QToolButton, "sketchNoise"),
        (QCheckBox, "sketchNoisy"),
        (QComboBox, "sketchNoiseKind"),
        (QSlider, "sketchNoiseLevel"),
        (QToolButton, "sketchNoiseDice"),
    ):
        widget = part(window, kind, name)
        assert widget.accessibleName() and widget.toolTip(), name
    panel = window.sketch_panel
    panel.setFixedWidth(320)
    panel.layout().activate()
    ends = part(window, QWidget, "sketchUseAsB").geometry()
    assert ends.right() < panel.width() and panel.noise.geometry().right() < ends.left()
