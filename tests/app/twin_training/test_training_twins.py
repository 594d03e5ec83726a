"""One button trains both twins: pause, stop, saving, the table meanwhile, and what becomes of them."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from app.desks.twins_runs import EVERY
from app.desks.twins_training import TwinTraining, seconds_left
from app.panels.twins.trainer import TwinTrainer
from app.phase import Phase
from app.run_library import own_runs
from models.checkpoint import load_run
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.facts import StepDone
from models.latent_space import pca_projection
from models.twins import SIDES
from tests.app.test_choosing_data import write_dataset
from tests.app.twin_hands import click, form, opened, words
from tests.app.twin_training.conftest import LIMIT, SMALL, differ_in, idle, row, start, steps
from tests.conftest import trained

LONG = SMALL.replace(epochs=2)  # enough steps to be held in the middle, and few evaluations
WILD = RunConfig(
    kind="ae", loss="mse", activation="linear", output="linear", encoder=(128,) * 8, decoder=(128,) * 8,
    learning_rate=1.0, gradient_clip=0.0, schedule="constant",
)  # fmt: skip


# start, stop and pause


def test_one_button_trains_both_and_keeps_them(qtbot, window, view) -> None:
    form(window, SMALL.replace(epochs=1))
    assert row(view).setting.currentText() == "Kind" and row(view).left.text() == "VAE  vs"
    assert row(view).value() == "ae"
    click(view, "twinTrain")
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and said[-1].text.startswith("Both twins are trained"), timeout=LIMIT)
    sides = window.session.twins.pair.sides
    assert sides["left"].config == SMALL.replace(epochs=1)
    assert sides["right"].config == SMALL.replace(epochs=1, kind="ae"), "but for the kind the same"
    names = [entry.title for entry in own_runs()]
    for side in SIDES:
        name = sides[side].name
        assert name in names and view.pickers[side].currentText() == name and "twin" in name
        np.testing.assert_array_equal(view.maps[side].points.points, sides[side].run.codes)
    assert window.top_bar.run_picker.findText(sides["left"].name) >= 0, "the window's list has them, too"
    assert view.trainer.train.isVisible() and view.pickers["left"].isEnabled()


def test_in_little_room_no_letter_of_how_far_they_are_is_cut(qtbot) -> None:
    """The width is what a window of 1024 pixels leaves."""
    trainer = TwinTrainer()
    qtbot.addWidget(trainer)
    trainer.shorten(narrow=True)
    trainer.show_phase(Phase.TRAINING)
    trainer.resize(310, 40)
    trainer.show()
    label = trainer.findChild(QLabel, "twinProgressText")
    for done in ("", "left"):
        trainer.show_progress(10, 20, 0.5, 3.0, done)
        whole = "epoch 10 of 20 · 3 s left" + (" · the left one is done" if done else "")
        QApplication.processEvents()
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
        assert trainer.width() == 310 and whole in (label.text(), label.toolTip())
    trainer.show_phase(Phase.PAUSED)
    assert label.text() == "epoch 10 of 20 · paused"


def test_the_keyboard_starts_stops_and_is_where_it_was(qtbot, window, view) -> None:
    form(window, SMALL)
    window.top_bar.lessons.setFocus()
    view.trainer.train.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.twins.runs.training.phase is Phase.TRAINING, timeout=LIMIT)
    assert window.focusWidget() is view.trainer.pause, "a second press must not end what the first began"
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Space):
        QTest.keyClick(window.focusWidget(), key)
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert window.focusWidget() is view.trainer.train


def test_space_after_a_press_of_the_mouse_stops_nothing(qtbot, window, view) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.session.twins.runs.training.phase is Phase.TRAINING
    assert not isinstance(window.focusWidget(), QAbstractButton), "no button has a frame that nobody asked for"


def test_twins_bar_a_training_and_stop_ends_both(qtbot, window, view) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    train = window.training_panel.buttons.start
    assert not train.isEnabled() and train.toolTip().endswith("Twins are being trained: stop them first.")
    assert words(window.training_panel, "progressText") == "Twins are being trained: see the Twins view."
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.message_bar.messages[-1].text == "Twins are being trained: stop them first."
    assert window.session.training.phase is Phase.IDLE and not view.pickers["left"].isEnabled()
    qtbot.waitUntil(lambda: " of 2000 · " in words(view, "twinProgressText"))
    before = len(own_runs())
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert train.isEnabled() and "Twins" not in words(window.training_panel, "progressText")
    said = "Stopped. What the twins have learned so far stays; the menus above the maps save it."
    assert window.message_bar.messages[-1].text == said and len(own_runs()) == before
    for side in SIDES:
        sides = window.session.twins.pair.sides
        assert sides[side].name.endswith(", stopped") and not view.pictures.decoded[side].is_empty()
        encoded = sides[side].snapshot.encode(window.session.data.dataset.test_images)
        assert sides[side].codes.shape == encoded.shape


def test_with_a_field_that_is_not_right_every_way_to_train_says_so(window, view) -> None:
    form(window, SMALL)
    panel, said = window.training_panel, window.message_bar.messages
    editor = panel.form.fields["encoder"].editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "abc")
    assert panel.buttons.start.toolTip().endswith("Mend the marked field first.")
    for ask in (
        lambda: QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
        lambda: click(view, "twinTrain"),
        lambda: window.session.start_training(),  # as a lesson's button asks for it
    ):
        said.clear()
        ask()
        assert [each.text for each in said] == ["Mend the marked field first."]
    assert idle(window)() and window.session.training.phase is Phase.IDLE
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "32")
    assert window.session.may_train()
    assert window.findChild(QLabel, "messageText").text() == "", "what has been mended is not asked for any more"


def test_fit_shows_all_points_of_a_twin_that_learns_or_was_stopped(qtbot, window, view) -> None:
    form(window, SMALL.replace(kind="ae", loss="mse"))
    start(qtbot, window, view)
    qtbot.waitUntil(lambda: min(steps(window)) > 20, timeout=LIMIT)
    map_, training = view.maps["left"], window.session.twins.runs.training

    def tightness() -> float:
        seen, bounds = map_.view.frame().area(), map_.points.bounds()
        assert seen.contains(bounds)
        return min(seen.width() / bounds.width(), seen.height() / bounds.height())

    for end in (training.pause, training.stop):
        end()
        qtbot.waitUntil(lambda: training.phase in (Phase.PAUSED, Phase.IDLE), timeout=LIMIT)
        assert tightness() > 1.5, "it begins with room"
        QTest.keyClick(map_.view, Qt.Key.Key_F)
        assert tightness() < 1.3
        map_.view.fit_room(8.0)


def test_stopped_twins_keep_their_losses_when_another_training_comes_to_nothing(qtbot, window, view, tmp_path) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    qtbot.waitUntil(lambda: min(steps(window)) > 5, timeout=LIMIT)
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    learned, runs = dict(zip(SIDES, steps(window), strict=True)), window.session.twins.runs
    click(view, "twinTrain")
    runs.training.stop()
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert not len(runs.training.history("right").steps), "it took no step"
    for side in SIDES:
        runs.save(side, tmp_path / side)
        qtbot.waitUntil((tmp_path / side).exists, timeout=LIMIT)
        assert len(load_run(tmp_path / side).history.steps) == learned[side]


def test_a_pause_holds_both_and_changes_nothing(qtbot, let_turns_pass, window, view, digits: Dataset) -> None:
    form(window, LONG)
    start(qtbot, window, view)
    click(view, "twinPause")
    training = window.session.twins.runs.training
    assert training.phase is Phase.PAUSED
    qtbot.waitUntil(lambda: words(view, "twinProgressText").endswith("paused"))
    assert view.trainer.pause.text() == "Resume" and view.trainer.stop.isEnabled()
    before: list[int] = []

    def stands() -> bool:
        nonlocal before
        before, last = steps(window), before
        let_turns_pass()
        return before == last == steps(window)

    qtbot.waitUntil(stands, timeout=LIMIT)
    held = steps(window)
    assert abs(held[0] - held[1]) <= 1 and held[1] < 2 * 60
    looked_at = [window.session.twins._pinned.index, *(end.index for end in window.session.strip.ends.values())]
    for here in window.session.twins.pair.sides.values():
        now = here.snapshot.encode(digits.test_images[looked_at])  # the other codes come in parts
        np.testing.assert_allclose(here.codes[looked_at], now, atol=1e-5)
    window.session.start_training()
    assert window.message_bar.messages[-1].text == "Twins are being trained: stop them first."
    assert steps(window) == held
    click(view, "twinPause")
    assert training.phase is Phase.TRAINING and view.trainer.pause.text() == "Pause"
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: said[-1].text.startswith("Both twins are trained"), timeout=LIMIT)
    for side in SIDES:
        made = window.session.twins.pair.sides[side]
        alone = trained(digits, **made.config.to_dict())
        np.testing.assert_array_equal(made.codes, alone.codes, "what it learns without a pause")


def test_twins_that_were_held_out_of_sight_stand_on_the_plane_of_their_codes(qtbot, window, view) -> None:
    """It was the plane of when they were seen last, until they learned on."""
    form(window, SMALL.replace(latent_dim=4))
    start(qtbot, window, view)
    window.views.show_view("map")
    before, pair = steps(window), window.session.twins.pair
    qtbot.waitUntil(lambda: min(now - then for now, then in zip(steps(window), before, strict=True)) > 100)
    window.session.twins.runs.training.pause()
    opened(window)
    for each in pair.sides.values():
        fitted = pca_projection(each.codes[::EVERY], like=each.projection)
        np.testing.assert_allclose(each.projection.axes, fitted.axes, atol=1e-4)


def test_a_long_training_of_twins_keeps_no_fact_of_a_step(qtbot, let_turns_pass, digits: Dataset) -> None:
    training = TwinTraining()
    training.start((SMALL, SMALL.replace(kind="ae")), digits, Hardware(), ("one", "other"))
    qtbot.waitUntil(lambda: len(training.history("right").steps) > 200, timeout=LIMIT)
    training.pause()
    qtbot.waitUntil(lambda: (let_turns_pass(), not training._thread.facts)[1], timeout=LIMIT)
    assert sum(isinstance(each, StepDone) for each in gc.get_objects()) < 10
    training.close()


@pytest.mark.parametrize("end", ["stop", "close"])
def test_held_twins_end_at_once(qtbot, digits: Dataset, end: str) -> None:
    training = TwinTraining()
    training.start((SMALL, SMALL.replace(kind="ae")), digits, Hardware(), ("one", "other"))
    qtbot.waitUntil(lambda: len(training._told.get("right", [])) > 3, timeout=LIMIT)
    training.pause()
    getattr(training, end)()
    qtbot.waitUntil(lambda: training._thread is None, timeout=LIMIT)


def test_when_one_diverges_both_end_with_its_sentence(qtbot, window, view) -> None:
    form(window, WILD)
    differ_in(view, "Latent dimensions")
    click(view, "twinTrain")
    qtbot.waitUntil(lambda: bool(window.message_bar.messages) and idle(window)(), timeout=LIMIT)
    said = window.message_bar.messages[-1]
    assert said.kind == "error" and said.text.startswith("The left twin: The loss stopped being a finite number in ep")
    assert all(np.isfinite(each.codes).all() for each in window.session.twins.pair.sides.values())
    assert view.trainer.train.isVisible()


@pytest.mark.parametrize("side", SIDES)
def test_a_twin_that_leaves_out_the_only_class_is_told_so(qtbot, own_window, tmp_path: Path, side: str) -> None:
    window = own_window
    opened(window)
    window.open_path(write_dataset(tmp_path / "zeros", 20, 10))
    qtbot.waitUntil(lambda: window.session.data.dataset.title == "Folder “zeros”")
    form(window, SMALL.replace(leave_out="0" if side == "left" else "none"))
    changes = {"kind": "ae"} if side == "left" else {"leave_out": "0"}
    window.session.twins.runs.train(changes)
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: said[-1].kind == "error" and idle(window)(), timeout=LIMIT)
    reason = "Without class 0 there is no image left to train on: leave out another one."
    assert said[-1].text == f"The {side} twin: {reason}"


def test_the_time_left_is_each_side_s_own() -> None:
    spent, passed = {"left": 4.0, "right": 1.0}, {"left": 2.0, "right": 2.0}
    assert seconds_left(spent, passed, {"left": 5, "right": 20}) == pytest.approx(3 * 2.0 + 18 * 0.5)
    assert seconds_left(spent, {"left": 5.0, "right": 5.0}, {"left": 5, "right": 20}) == pytest.approx(15 * 0.2)
    assert seconds_left(spent, {"left": 0.1, "right": 0.0}, {"left": 5, "right": 20}) is None
