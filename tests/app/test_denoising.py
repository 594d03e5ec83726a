"""The denoising view: damage chosen with mouse and keys, against plain calculations, live and with nothing there."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QWidget

from app.exporting_views import picture_size, run_shown
from app.main_window import MainWindow
from app.panels.denoising.curve import DenoisingCurve
from app.panels.denoising.view import Denoising
from app.panels.draw.examples import ink_of, load_examples
from app.phase import Phase
from app.run_library import shipped_run
from app.seen.denoised import SKETCH, Robustness, level_words, robustness
from models.checkpoint import Run, load_run, save_run
from models.chunks import evenly
from models.config import RunConfig
from models.datasets import Dataset
from models.sketch import to_mnist_format
from models.snapshot import Snapshot
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
KINDS = ["gaussian", "salt-and-pepper", "patches", "blur"]
DROPPED = "Trained with 5 % of pixels dropped: it has not learned to remove other damage."


@pytest.fixture(scope="session")
def denoiser(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved AE of the built-in digits that has learned to undo salt and pepper."""
    path = tmp_path_factory.mktemp("runs") / "denoiser.safetensors"
    noise = {"corruption": "salt-and-pepper", "corruption_level": 0.3}
    save_run(trained(digits, kind="ae", loss="mse", latent_dim=16, epochs=12, learning_rate=0.01, **noise), path)
    return path


@pytest.fixture
def view(qtbot, any_window: MainWindow) -> Denoising:
    """The view on a VAE trained on clean images, as one finds it at first, but perhaps for images and noise."""
    any_window.session.sketch.clear()
    any_window.views.show_view("denoising")
    made = any_window.views.made("denoising")
    assert isinstance(made, Denoising)
    made.findChild(QComboBox, "corruptionKind").setCurrentIndex(0)
    made.slider.setValue(50)
    qtbot.waitUntil(lambda: made._shown is not None and made._curve is not None, timeout=20_000)
    qtbot.waitUntil(lambda: made._curve.kind == made._shown.damage.kind == "gaussian", timeout=20_000)
    return made


def test_the_curve_of_erased_patches_tells_of_digits_that_lose_ink(digits: Dataset, denoiser: Path) -> None:
    run = load_run(denoiser)
    curve = robustness(Snapshot.from_weights(run.config, run.weights), digits.test_images[:60], "patches")
    assert curve.noisy[0] == np.inf, "nothing is damaged"
    assert np.isfinite(curve.noisy[1:]).all(), "squares of paper alone were erased in some"
    assert curve.noisy[1] > curve.noisy[-1] + 5


def words(view: QWidget, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def told(qtbot, window: MainWindow, do: Callable[[], object]) -> None:
    """Do something and wait for the pictures that come of it."""
    with qtbot.waitSignal(window.session.denoising.shown, timeout=20_000):
        do()


def decibels(images: np.ndarray, clean: np.ndarray) -> list[float]:
    return [10 * np.log10(1 / np.mean((a.astype(float) - b) ** 2)) for a, b in zip(images, clean, strict=True)]


def network(run: Run) -> Snapshot:
    return Snapshot.from_weights(run.config, run.weights)


def choose(view: Denoising, kind: str) -> None:
    """Walk the list of kinds with the keyboard."""
    box = view.findChild(QComboBox, "corruptionKind")
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(KINDS.index(kind)):
        QTest.keyClick(box, Qt.Key.Key_Down)


def test_clean_noisy_and_restored_with_their_decibels(window, view, vae_file, digits: Dataset) -> None:
    shown = view._shown
    assert (shown.damage.kind, shown.damage.level) == ("gaussian", 0.5)
    np.testing.assert_allclose(shown.clean, digits.test_images[shown.indices] / 255, atol=1e-6)
    assert (
        [int(name) for name in shown.names]
        == digits.test_labels[shown.indices].tolist()
        == list(range(len(shown.names)))
    )
    np.testing.assert_allclose(shown.restored, network(load_run(vae_file)).reconstruct(shown.noisy), atol=1e-5)
    assert 0.2 < (shown.noisy - shown.clean).std() < 0.5 and shown.noisy.min() >= 0 and shown.noisy.max() <= 1
    noisy, restored = decibels(shown.noisy, shown.clean), decibels(shown.restored, shown.clean)
    assert view.grid._numbers == [
        ("noisy, dB", [f"{each:.1f}" for each in noisy]),
        ("restored, dB", [f"{each:.1f}" for each in restored]),
    ]
    assert [name for name, _ in view.grid._strips] == ["clean", "noisy", "restored"]
    means = f"<b>{np.mean(noisy):.1f} dB</b> noisy → <b>{np.mean(restored):.1f} dB</b> restored"
    assert words(view, "denoisingSummary").startswith(means)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_by_key_and_level_by_slider_at_once(view, kind: str) -> None:
    choose(view, kind)
    before = view._shown
    assert before.damage.kind == kind
    view.slider.setFocus()
    QTest.keyClick(view.slider, Qt.Key.Key_PageUp)
    assert view._shown is not before, "the pictures follow without a wait"
    assert view._shown.damage.level == pytest.approx(0.6)
    assert words(view, "levelWords") == level_words(kind, 0.6)
    assert view._shown.noisy_psnr.mean() < before.noisy_psnr.mean()
    QTest.keyClick(view.slider, Qt.Key.Key_Home)
    np.testing.assert_allclose(view._shown.noisy, view._shown.clean, atol=1e-6)
    assert set(view.grid._numbers[0][1]) == {"∞"}
    expected = {"gaussian": "σ = 0.60", "salt-and-pepper": "60 % of pixels", "patches": "60 % of squares"}
    assert level_words(kind, 0.6) == expected.get(kind, "σ = 2.40 px")


def test_a_blur_too_weak_to_be_seen_is_no_damage(view) -> None:
    choose(view, "blur")
    said = {}
    for step in range(1, 4):
        view.slider.setValue(step)
        said[step] = words(view, "levelWords"), set(view.grid._numbers[0][1])
    assert [level for level, _ in said.values()] == ["σ = 0.04 px", "σ = 0.08 px", "σ = 0.12 px"]
    assert said[1][1] == said[2][1] == {"∞"}
    view.slider.setValue(2)
    means = f"<b>∞ dB</b> noisy → <b>{view._shown.restored_psnr.mean():.1f} dB</b> restored"
    assert words(view, "denoisingSummary").startswith(f"{means}, mean PSNR of the images shown.")
    assert "PSNR noisy ∞ dB, restored " in view.grid.in_words(0)


def test_the_mean_over_damaged_images_says_over_how_many(view) -> None:
    choose(view, "patches")
    view.slider.setValue(2)
    shown = view._shown
    changed = np.isfinite(shown.noisy_psnr)
    assert 0 < changed.sum() < len(changed)
    some = f"the {changed.sum()} damaged of {len(changed)} images shown"
    assert f"dB), mean PSNR of {some}." in words(view, "denoisingSummary")
    view.slider.setValue(100)
    assert "dB), mean PSNR of the images shown." in words(view, "denoisingSummary")


def test_the_dice_draw_other_noise_and_the_button_other_images(view) -> None:
    first = view._shown
    QTest.mouseClick(view.dice, LEFT)
    second = view._shown
    assert second.indices.tolist() == first.indices.tolist()
    assert np.abs(second.noisy - first.noisy).max() > 0.3
    view.grid.setFocus()
    QTest.keyClick(view.grid, Qt.Key.Key_N)
    assert np.abs(view._shown.noisy - second.noisy).max() > 0.3
    QTest.mouseClick(view.others, LEFT)
    third = view._shown.indices.tolist()
    QTest.keyClick(view.grid, Qt.Key.Key_I)
    assert len({tuple(first.indices), tuple(third), tuple(view._shown.indices)}) == 3
    assert len(set(view._shown.names)) == len(view._shown.names), "one of a class"


def test_the_sketch_is_made_noisy_too(qtbot, borrowed_window, view, vae_file) -> None:
    assert "Draw a digit" in words(view, "denoisingSummary")
    before = view._shown
    ink = ink_of(load_examples()[3])
    told(qtbot, borrowed_window, lambda: borrowed_window.session.sketch.draw(ink))
    shown = view._shown
    assert shown.indices[0] == SKETCH and shown.names[0] == "sketch"
    seen = to_mnist_format(ink) / np.float32(255)
    np.testing.assert_allclose(shown.clean[0], seen, atol=1e-6)
    assert np.abs(shown.noisy[0] - seen).max() > 0.5
    np.testing.assert_allclose(
        shown.restored[0], network(load_run(vae_file)).reconstruct(shown.noisy[:1])[0], atol=1e-5
    )
    assert shown.noisy_psnr[0] == pytest.approx(decibels(shown.noisy[:1], shown.clean[:1])[0])
    kept = len(shown.indices) - 1
    np.testing.assert_array_equal(shown.noisy[1:], before.noisy[:kept], "the others keep their noise")
    assert "Your sketch is damaged and restored too." in words(view, "denoisingSummary")
    pin = borrowed_window.session.look.pin.index
    QTest.mouseClick(view.grid, LEFT, pos=view.grid.places.picture(0, 0).center())
    assert borrowed_window.session.look.pin.index == pin, "a sketch is no held-out image to pin"
    told(qtbot, borrowed_window, borrowed_window.session.sketch.clear)
    assert SKETCH not in view._shown.indices


def test_a_click_pins_a_held_out_image(borrowed_window, view) -> None:
    index = int(view._shown.indices[2])
    QTest.mouseClick(view.grid, LEFT, pos=view.grid.column(2).center())
    assert borrowed_window.session.look.pin.index == index and view.grid._pinned == index
    assert view.grid.accessibleDescription().startswith(f"Held-out image {index}: {view._shown.names[2]}\nPSNR noisy ")


def test_the_curve_is_the_mean_over_held_out_images_and_can_be_dragged(qtbot, view, vae_file, digits) -> None:
    QTest.keyClick(view.slider, Qt.Key.Key_End)
    choose(view, "blur")
    qtbot.waitUntil(lambda: view._curve.kind == "blur", timeout=20_000)
    curve, clean = view._curve, digits.test_images[evenly(297, 200)] / np.float32(255)
    from scipy.ndimage import gaussian_filter

    for place, level in ((3, 0.3), (10, 1.0)):
        noisy = np.stack([gaussian_filter(each, 4 * level, mode="constant", truncate=9) for each in clean])
        assert curve.levels[place] == pytest.approx(level)
        assert curve.noisy[place] == pytest.approx(np.mean(decibels(noisy, clean)), abs=0.01)
        rebuilt = network(load_run(vae_file)).reconstruct(noisy)
        assert curve.restored[place] == pytest.approx(np.mean(decibels(rebuilt, clean)), abs=0.01)
    box = view.curve.box()
    QTest.mousePress(view.curve, LEFT, pos=QPoint(round(box.left() + 0.2 * box.width()), round(box.center().y())))
    assert view.slider.value() == pytest.approx(20, abs=1)
    QTest.mouseMove(view.curve, QPoint(round(box.left() + 0.7 * box.width()), round(box.center().y())))
    QTest.mouseRelease(view.curve, LEFT, pos=QPoint(round(box.left() + 0.7 * box.width()), round(box.center().y())))
    assert "σ = " in view.curve.accessibleDescription()


def test_a_network_that_has_diverged_leaves_an_empty_curve(qapp) -> None:
    curve, nothing = DenoisingCurve(), np.full(11, np.nan)
    curve.show_curve(Robustness("patches", np.linspace(0, 1, 11), np.full(11, np.inf), nothing, 200, True))
    curve.grab()
    assert curve.span() == (0.0, 40.0)


def test_a_network_worse_than_no_picture_is_below_zero_decibels(qapp) -> None:
    curve, levels = DenoisingCurve(), np.linspace(0, 1, 11)
    noisy, restored = np.linspace(32.0, 9.0, 11), np.full(11, -13.0)
    noisy[0] = np.inf
    curve.resize(300, 200)
    curve.show_curve(Robustness("gaussian", levels, noisy, restored, 200, True))
    assert curve.span() == (-20.0, 30.0)
    box = curve.box()
    heights = [(box.bottom() - each.y()) / box.height() for each in curve.points(restored)]
    assert heights == pytest.approx([7 / 50] * 11)
    curve.show_curve(Robustness("gaussian", levels, noisy, restored + 30, 200, True))
    assert curve.span() == (0.0, 30.0), "it begins at zero as a rule"


def test_a_denoising_run_is_met_with_its_own_damage(qtbot, window, view, denoiser) -> None:
    assert words(view, "denoisingAbout") == DROPPED
    assert view.findChild(QPushButton, "openDenoisingRun").isVisible()
    told(qtbot, window, lambda: window.session.open_run(denoiser))
    assert (view._shown.damage.kind, view._shown.damage.level) == ("salt-and-pepper", 0.3)
    assert view.findChild(QComboBox, "corruptionKind").currentText() == "Salt and pepper"
    assert words(view, "denoisingAbout") == "This network was trained to undo salt and pepper, 30 % of pixels."
    assert not view.findChild(QPushButton, "openDenoisingRun").isVisible()
    noisy, restored = view._shown.means()
    assert restored > noisy + 2, "it has learned it"


def test_damage_chosen_by_hand_stays_until_the_denoising_run_is_asked_for(qtbot, window, view, denoiser) -> None:
    desk, curves = window.session.denoising, []
    desk.curve_shown.connect(lambda curve: curves.append((curve.kind, desk.damage.kind)))
    choose(view, "blur")  # past others, of which the worker measures one
    qtbot.waitUntil(lambda: bool(curves) and not desk._worker.busy, timeout=20_000)
    assert set(curves) == {("blur", "blur")}, "no curve of what is chosen no more"
    told(qtbot, window, lambda: window.session.open_run(denoiser))
    assert (view._shown.damage.kind, view._shown.damage.level) == ("blur", 0.5)
    told(qtbot, window, desk.open_denoising_run)
    assert view._shown.damage.kind == window.session.view.config.corruption == "gaussian"


def test_the_button_opens_the_shipped_run(qtbot, borrowed_window, view) -> None:
    told_path = []
    borrowed_window.session.denoising.run_wanted.connect(told_path.append)
    QTest.mouseClick(view.findChild(QPushButton, "openDenoisingRun"), LEFT)
    assert [path.stem for path in told_path] == ["ae-16-denoising"]
    assert borrowed_window.session.view.config.corruption == "gaussian"


def test_without_the_images_example_sketches_stand_for_them(qtbot, borrowed_window, view, tmp_path: Path) -> None:
    run = load_run(shipped_run("ae-16-denoising"))
    told(qtbot, borrowed_window, borrowed_window.session.denoising.open_denoising_run)
    shown = view._shown
    clean = {each.title: to_mnist_format(ink_of(each)) / np.float32(255) for each in load_examples()[:10]}
    assert len(set(shown.names)) == len(shown.names) >= 5
    np.testing.assert_array_equal(shown.clean, [clean[name] for name in shown.names])
    np.testing.assert_allclose(shown.restored, network(run).reconstruct(shown.noisy), atol=1e-5)
    assert shown.restored_psnr == pytest.approx(decibels(shown.restored, shown.clean), abs=1e-3)
    assert shown.restored_psnr.min() > shown.noisy_psnr.max() + 5, "it cleans them up"
    sentence = "These are example sketches; the held-out images are in MNIST, which is not loaded."
    button = view.findChild(QPushButton, "denoisingNeedGet")
    assert words(view, "denoisingNeedNote") == sentence and view.export.isEnabled()
    assert button.isVisible() and button.text() == "Get MNIST"
    qtbot.waitUntil(lambda: not view._curve.held_out, timeout=20_000)
    assert view._curve.noisy[5] == pytest.approx(9.3, abs=0.3)
    assert "mean over 10 example sketches" in view.curve.toolTip()
    pinned = borrowed_window.session.look.pin.index
    QTest.mouseClick(view.grid, LEFT, pos=view.grid.places.picture(1, 0).center())
    assert view.grid.accessibleDescription().startswith(f"Example sketch: {shown.names[1]}\nPSNR noisy ")
    assert borrowed_window.session.look.pin.index == pinned, "a sketch is no held-out image to pin"
    before = list(view._all.names)
    QTest.mouseClick(view.others, LEFT)
    assert sorted(view._all.names) == sorted(clean) == [str(digit) for digit in range(10)]
    assert list(view._all.names) != before, "others come first"
    view.save_numbers_to(tmp_path / "numbers.csv")
    assert (tmp_path / "numbers.csv").read_text().splitlines()[1].startswith(f"example,{view._shown.names[0]},gaussian")


def test_the_held_out_images_take_the_place_of_the_examples_when_they_come(qtbot, borrowed_window, view) -> None:
    desk, session = borrowed_window.session.denoising, borrowed_window.session
    qtbot.waitUntil(lambda: view._curve.held_out and not desk._worker.busy, timeout=20_000)
    desk.look_through(session.view, None)
    assert view._shown.indices.max() < 0
    qtbot.waitUntil(lambda: not view._curve.held_out, timeout=20_000)
    desk.look_through(session.view, session.data.dataset)
    assert view._shown.indices.min() >= 0 and words(view, "denoisingNeedNote") == ""
    qtbot.waitUntil(lambda: view._curve.held_out and view._curve.images == 200, timeout=20_000)


def test_the_damage_can_be_trained_with(window, view) -> None:
    choose(view, "patches")
    QTest.mouseClick(view.use, LEFT)
    assert (window.session.config.corruption, window.session.config.corruption_level) == ("patches", 0.5)
    field = window.training_panel.findChild(QComboBox, "corruptionField")
    assert field.currentText() == "Erased patches"
    assert window.message_bar.messages[-1].text == "The training form has these settings now: press Train."


def test_it_follows_a_training_and_only_while_it_is_seen(qtbot, window, view) -> None:
    session, looks = window.session, []
    session.edit_config(RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100, corruption="gaussian"))
    session.start_training()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=30_000)
    session.denoising.shown.connect(lambda shown: looks.append(float(shown.restored_psnr.mean())))
    qtbot.waitUntil(lambda: len(looks) > 3 and looks[-1] > looks[0] + 0.5, timeout=30_000)
    assert words(view, "denoisingAbout") == "This network learns to undo Gaussian noise, σ = 0.50."
    QTest.mouseClick(view.use, LEFT)
    assert window.message_bar.messages[-1].text == "A training is under way: stop it first."
    QTest.keyClick(view.slider, Qt.Key.Key_Home)
    assert view._shown.damage.level == 0
    window.views.show_view("map")
    qtbot.waitUntil(lambda: not session.denoising._worker.busy, timeout=10_000)
    seen = len(looks)
    for _ in range(3):
        with qtbot.waitSignal(session.training.codes_moved, timeout=10_000):
            pass
    assert len(looks) == seen and not session.denoising._worker.busy
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=30_000)


def test_picture_and_numbers_are_written(borrowed_window, view, tmp_path: Path) -> None:
    shown, curve = view._shown, view._curve
    view.save_numbers_to(tmp_path / "numbers.csv")
    with open(tmp_path / "numbers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["held_out_image"]) for row in rows] == shown.indices.tolist()
    assert [float(row["restored_psnr_db"]) for row in rows] == pytest.approx(shown.restored_psnr.tolist())
    assert {(row["corruption"], row["level"]) for row in rows} == {("gaussian", "0.5")}
    view.save_curve_to(tmp_path / "curve.csv")
    with open(tmp_path / "curve.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["restored_psnr_db"]) for row in rows] == pytest.approx(curve.restored.tolist())
    assert [row["level"] for row in rows] == [str(tenth / 10) for tenth in range(11)]
    view.save_picture_to(tmp_path / "picture.png")
    assert QImage(str(tmp_path / "picture.png")).size() == picture_size(view.sheet, title=run_shown(view)) * 2
    view.save_picture_to(tmp_path / "picture.svg")
    texts = {"".join(each.itertext()).strip() for each in ElementTree.parse(tmp_path / "picture.svg").iter()}
    assert {"clean", "noisy", "restored", "restored, dB"} <= texts
    view.save_numbers_to(tmp_path / "none" / "numbers.csv")
    message = borrowed_window.message_bar.messages[-1]
    assert message.kind == "error" and message.text.endswith("could not be written: no such file or directory.")


def test_everything_has_its_words(view) -> None:
    assert view.objectName() == "denoising"
    names = ("denoisingGrid", "denoisingCurve", "corruptionKind", "corruptionLevel", "drawNoise", "otherImages")
    for name in (*names, "trainWithDamage", "openDenoisingRun", "denoisingExport"):
        widget = view.findChild(QWidget, name)
        assert widget.accessibleName() and (widget.toolTip() or name == "denoisingGrid"), name
    assert view.grid.places.height <= view._scroll.viewport().height(), "all stands in a window of 1280 x 800"


def test_in_the_smallest_window_the_slider_has_a_row_of_its_own(borrowed_window, view, let_turns_pass) -> None:
    tools = [view.kind, view.slider, view._level, view.dice, view.others]
    assert len({tool.geometry().center().y() // 8 for tool in tools}) == 1, "one row at 1280 x 800"
    borrowed_window.resize(960, 640)
    let_turns_pass()
    assert view.slider.y() > view.kind.geometry().bottom()
    assert view.others.width() >= view.others.sizeHint().width() and view.kind.width() >= view.kind.sizeHint().width()
    assert view.others.mapTo(view, view.others.rect().topRight()).x() < view.width()
    borrowed_window.resize(1280, 800)
    let_turns_pass()
    assert view.slider.y() < view.kind.geometry().bottom()
