"""Buttons, dials, progress and devices of the training panel, in every phase of a training."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QWidget,
)

from app.panels.training.panel import TrainingPanel
from app.panels.training.progress import time_in_words
from app.phase import Phase
from models.config import RunConfig
from models.settings import settings_of
from tests.app.conftest import PHASES

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


BUTTONS = ("startButton", "pauseButton", "stepButton", "stopButton", "slowMotionButton", "resetButton")
ON = {
    Phase.IDLE: {"startButton", "slowMotionButton", "resetButton"},
    Phase.STARTING: {"stopButton", "slowMotionButton"},
    Phase.TRAINING: {"pauseButton", "stopButton", "slowMotionButton"},
    Phase.PAUSED: {"startButton", "pauseButton", "stepButton", "stopButton", "slowMotionButton"},
    Phase.STOPPING: {"slowMotionButton"},
}
WORDS = {
    Phase.IDLE: "Train",
    Phase.STARTING: "Starting…",
    Phase.TRAINING: "Training…",
    Phase.PAUSED: "Go on",
    Phase.STOPPING: "Stopping…",
}


@pytest.mark.parametrize("phase", Phase)
def test_the_buttons_mirror_the_phase(user, phase: Phase) -> None:
    user.show_phase(phase)
    assert {name for name in BUTTONS if user.button(name).isEnabled()} == ON[phase]
    assert user.button("startButton").text() == WORDS[phase]
    for name in BUTTONS:
        assert user.button(name).accessibleName() and user.button(name).toolTip()


@pytest.mark.parametrize("phase", Phase)
def test_only_the_dials_can_be_changed_while_it_trains(panel: TrainingPanel, user, phase: Phase) -> None:
    user.show_phase(phase)
    live = {"learning_rate", "beta"} if phase in (Phase.TRAINING, Phase.PAUSED) else set()
    idle_ones = {"corruption_level", "sparsity", "sparsity_weight", "sparsity_target"}  # of a VAE with neither
    for name in settings_of(RunConfig):
        editor = user.field(name)
        assert editor.isEnabled() == (name in live or (phase is Phase.IDLE and name not in idle_ones)), name
        if not editor.isEnabled() and phase is not Phase.IDLE:
            assert "Stop first to change this." in editor.parentWidget().toolTip()
    for name in ("deviceStatus", "presetPicker"):
        assert panel.findChild(QComboBox, name).isEnabled() == (phase is Phase.IDLE)
        assert ("Stop first" in panel.findChild(QComboBox, name).toolTip()) == (phase is not Phase.IDLE)


CLICKS = [
    (Phase.IDLE, "startButton", "start_requested", (Qt.Key.Key_Return, CONTROL)),
    (Phase.IDLE, "resetButton", "reset_requested", (Qt.Key.Key_R, CONTROL | SHIFT)),
    (Phase.TRAINING, "pauseButton", "pause_requested", (Qt.Key.Key_P, CONTROL)),
    (Phase.TRAINING, "stopButton", "stop_requested", (Qt.Key.Key_Period, CONTROL)),
    (Phase.STARTING, "stopButton", "stop_requested", (Qt.Key.Key_Period, CONTROL)),
    (Phase.PAUSED, "pauseButton", "resume_requested", (Qt.Key.Key_P, CONTROL)),
    (Phase.PAUSED, "startButton", "resume_requested", (Qt.Key.Key_Return, CONTROL)),
    (Phase.PAUSED, "stepButton", "step_requested", (Qt.Key.Key_Right, CONTROL)),
    (Phase.PAUSED, "stopButton", "stop_requested", (Qt.Key.Key_Period, CONTROL)),
]
WISHES = {f"{name}_requested" for name in ("start", "pause", "resume", "step", "stop", "reset")}


@pytest.mark.parametrize(("phase", "name", "wish", "keys"), CLICKS)
def test_click_and_shortcut_say_the_same(panel: TrainingPanel, user, qtbot, phase, name, wish, keys) -> None:
    heard: list[str] = []
    for each in WISHES:
        getattr(panel, each).connect(lambda each=each: heard.append(each))
    user.show_phase(phase)
    user.click(name)
    assert heard == [wish]
    QTest.keyClick(panel, *keys)
    qtbot.waitUntil(lambda: heard == [wish, wish])
    tip = user.button(name).toolTip()
    assert user.button(name).shortcut().toString(user.button(name).shortcut().SequenceFormat.NativeText) in tip


def test_a_step_is_taken_from_a_dial_that_was_just_turned(panel: TrainingPanel, user, qtbot) -> None:
    user.show_phase(Phase.PAUSED)
    user.type_into("beta", "3")
    with qtbot.waitSignal(panel.step_requested):
        QTest.keyClick(user.field("beta"), Qt.Key.Key_Right, CONTROL)


@pytest.mark.parametrize("phase", Phase)
def test_a_button_that_is_off_says_nothing(panel: TrainingPanel, user, phase: Phase) -> None:
    heard: list[str] = []
    for each in WISHES:
        getattr(panel, each).connect(lambda each=each: heard.append(each))
    user.show_phase(phase)
    for name in set(BUTTONS) - ON[phase]:
        user.click(name)
    assert heard == []


@pytest.mark.parametrize(
    ("phase", "name", "why"),
    [
        (Phase.IDLE, "pauseButton", "No training is in progress."),
        (Phase.IDLE, "stopButton", "No training is in progress."),
        (Phase.STARTING, "pauseButton", "The training is only starting."),
        (Phase.TRAINING, "startButton", "A training is in progress."),
        (Phase.TRAINING, "stepButton", "Steps can be taken while paused."),
        (Phase.PAUSED, "resetButton", "Stop first to go back."),
    ],
)
def test_a_button_that_is_off_has_the_reason_in_its_tooltip(user, phase: Phase, name: str, why: str) -> None:
    user.show_phase(phase)
    assert user.button(name).toolTip().splitlines()[1:] == [why]


def test_slow_motion_is_a_switch(panel: TrainingPanel, user) -> None:
    heard: list[bool] = []
    panel.slow_motion_changed.connect(heard.append)
    user.click("slowMotionButton")
    user.show_phase(Phase.TRAINING)
    user.click("slowMotionButton")
    assert heard == [True, False]


@pytest.mark.parametrize(
    ("name", "text", "value"), [("learning_rate", "0.001", 0.001), ("beta", "10", 10.0)], ids=["rate", "beta"]
)
@pytest.mark.parametrize("phase", [Phase.TRAINING, Phase.PAUSED])
def test_a_dial_is_heard_once_it_is_meant(panel: TrainingPanel, user, phase, name, text, value) -> None:
    heard: list[float] = []
    getattr(panel, f"{name}_changed").connect(heard.append)
    user.show_phase(phase)
    user.type_into(name, text)
    assert heard == []  # the 1 of 10 is not meant
    QTest.keyClick(user.field(name), Qt.Key.Key_Return)
    assert heard == [value]
    QTest.keyClick(user.field(name), Qt.Key.Key_Return)
    assert heard == [value]
    QTest.keyClick(user.field(name), Qt.Key.Key_Up)
    assert heard == [value, value * 2]
    user.type_into(name, "0.5x")  # on the way it was a number
    QTest.keyClick(user.field(name), Qt.Key.Key_Return)
    assert heard == [value, value * 2] and user.error(name)


@pytest.mark.parametrize("button", ["startButton", "stepButton"], ids=["go on", "step"])
def test_a_dial_typed_into_is_heard_before_the_training_goes_on(panel: TrainingPanel, user, button: str) -> None:
    heard: list[object] = []
    panel.beta_changed.connect(heard.append)
    panel.resume_requested.connect(lambda: heard.append("on"))
    panel.step_requested.connect(lambda: heard.append("on"))
    user.show_phase(Phase.PAUSED)
    user.type_into("beta", "50")
    user.click(button)
    assert heard == [50.0, "on"], "a press of the mouse leaves the keyboard where it was"
    user.type_into("beta", "5x")
    user.click(button)
    assert heard == [50.0, "on", "on"]


def test_a_dial_is_not_heard_when_nothing_trains(panel: TrainingPanel, user, edited: list[RunConfig]) -> None:
    heard: list[float] = []
    panel.beta_changed.connect(heard.append)
    user.type_into("beta", "2")
    QTest.keyClick(user.field("beta"), Qt.Key.Key_Return)
    assert heard == [] and edited[-1].beta == 2.0


def test_the_dials_come_into_sight_when_a_training_starts_and_go_as_they_came(panel: TrainingPanel, user) -> None:
    panel.resize(300, 400)
    bar = panel.findChild(QScrollArea, "settingsScroll").verticalScrollBar()
    bar.setValue(3)
    rate = panel.findChild(QWidget, "learning_rateField")
    assert rate.visibleRegion().isEmpty()
    user.show_phase(Phase.TRAINING)
    assert rate.visibleRegion().boundingRect().height() == rate.height()
    user.show_phase(Phase.IDLE)
    assert bar.value() == 3, "where the form was left"
    user.show_phase(Phase.TRAINING)
    bar.setValue(bar.value() - 5)
    at = bar.value()
    user.show_phase(Phase.IDLE)
    assert bar.value() == at, "where somebody has scrolled to"


# progress and devices ----------------------------------------------------------------------------------------------


def progress(panel: TrainingPanel) -> tuple[int, str, str]:
    bar = panel.findChild(QProgressBar, "trainingProgress")
    words, speed = (panel.findChild(QLabel, name) for name in ("progressText", "progressSpeed"))
    assert bar.accessibleDescription() == words.text()
    return bar.value(), words.text(), speed.text() if speed.isVisible() else ""


def test_progress_from_the_start_to_the_end(panel: TrainingPanel) -> None:
    assert progress(panel) == (0, "No training is in progress.", "")
    panel.show_phase(Phase.STARTING)
    assert progress(panel) == (0, "Getting the network ready…", "")
    panel.show_phase(Phase.TRAINING)
    panel.show_progress(1, 16, 0.001, 0.0, None)
    assert progress(panel) == (1, "epoch 1 of 16", "")
    panel.show_progress(7, 16, 0.42, 5123.4, 40.2)
    assert progress(panel) == (420, "epoch 7 of 16 · 41 s left", "5,123 images/s")
    panel.show_phase(Phase.PAUSED)
    assert progress(panel) == (420, "paused in epoch 7 of 16", "")
    panel.show_phase(Phase.TRAINING)
    assert progress(panel)[1] == "epoch 7 of 16 · 41 s left"
    panel.show_progress(16, 16, 1.0, 5000.0, 0.0)
    panel.show_phase(Phase.IDLE)
    assert progress(panel) == (1000, "Finished.", "")
    panel.show_result("137.0 nats per held-out image in 1 min 25 s.")
    assert progress(panel)[1] == "137.0 nats per held-out image in 1 min 25 s."
    panel.show_other_network()
    assert progress(panel) == (0, "No training is in progress.", "")


def test_a_training_goes_on_whatever_network_is_looked_at(panel: TrainingPanel) -> None:
    panel.show_other_network()
    assert progress(panel) == (0, "No training is in progress.", "")
    panel.show_phase(Phase.STARTING)
    panel.show_phase(Phase.TRAINING)
    panel.show_progress(7, 16, 0.42, 5123.4, 40.2)
    panel.show_other_network()
    assert progress(panel)[0] == 420
    panel.show_phase(Phase.IDLE)
    panel.show_other_network()  # as the network that was stopped gets its name
    assert progress(panel)[:2] == (420, "Stopped in epoch 7 of 16.")


def test_a_result_told_before_the_thread_has_ended_stays(panel: TrainingPanel) -> None:
    panel.show_phase(Phase.TRAINING)
    panel.show_result("The loss stopped being a finite number.")
    panel.show_phase(Phase.IDLE)
    assert progress(panel)[1] == "The loss stopped being a finite number."
    panel.show_phase(Phase.STARTING)
    panel.show_phase(Phase.IDLE)
    assert progress(panel)[1] == "Stopped in the first epoch."


def test_progress_of_a_training_that_was_stopped(panel: TrainingPanel, user) -> None:
    user.show_phase(Phase.TRAINING)
    panel.show_progress(2, 4, 0.3, 1000.0, 9.0)
    panel.show_phase(Phase.STOPPING)
    assert progress(panel)[1] == "Stopping after this step…"
    panel.show_phase(Phase.IDLE)
    assert progress(panel) == (300, "Stopped in epoch 2 of 4.", "")
    user.show_phase(Phase.TRAINING)
    panel.show_progress(4, 4, 5999 / 6000, 1000.0, 0.1)
    panel.show_phase(Phase.IDLE)
    assert progress(panel)[1] == "Stopped in epoch 4 of 4.", "one step before the last is not the end"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (98.5, "99 s"),
        (99.5, "2 min"),
        (200, "4 min"),
        (3540, "59 min"),
        (3600, "1 h 0 min"),
        (3900, "1 h 5 min"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert time_in_words(seconds) == words


def test_devices_that_are_not_there_say_why(panel: TrainingPanel) -> None:
    heard: list[str] = []
    panel.device_chosen.connect(heard.append)
    picker = panel.findChild(QComboBox, "deviceStatus")
    assert [picker.itemText(i) for i in range(picker.count())] == ["CPU"]
    why = "No NVIDIA GPU with a working driver was found."
    panel.show_devices([("cpu", "CPU", True, ""), ("cuda", "CUDA", False, why), ("mps", "Apple MPS", True, "")])
    assert [picker.itemText(i) for i in range(picker.count())] == ["CPU", "CUDA (not here)", "Apple MPS"]
    assert picker.itemData(1, Qt.ItemDataRole.ToolTipRole) == why and f"CUDA: {why}" in picker.toolTip()
    picker.setFocus()
    QTest.keyClick(picker, Qt.Key.Key_Down)  # passes over CUDA
    assert heard == ["mps"] and picker.currentText() == "Apple MPS"
    panel.show_device("cuda")
    assert picker.currentText() == "Apple MPS"
    panel.show_device("cpu")
    assert picker.currentText() == "CPU" and heard == ["mps"]


def test_the_contracts_names_are_there(panel: TrainingPanel) -> None:
    assert panel.objectName() == "trainingPanel" and panel.accessibleName() == "Training"
    for kind, name in (
        (QPushButton, "startButton"),
        (QPushButton, "pauseButton"),
        (QPushButton, "stopButton"),
        (QProgressBar, "trainingProgress"),
        (QComboBox, "deviceStatus"),
    ):
        assert panel.findChild(kind, name).accessibleName()


def test_the_form_fits_a_narrow_column(panel: TrainingPanel, user, qtbot) -> None:
    panel.resize(280, 420)
    scroll = panel.findChild(QScrollArea, "settingsScroll")
    qtbot.waitUntil(lambda: scroll.widget().width() == scroll.viewport().width())
    for name in settings_of(RunConfig):
        editor = user.field(name)
        right = editor.mapTo(scroll.widget(), editor.rect().topRight()).x()
        assert right < scroll.viewport().width(), name
    for name in BUTTONS:
        assert panel.rect().contains(user.button(name).mapTo(panel, QPoint(0, 0)))
    assert isinstance(panel.findChild(QLineEdit, "encoderField"), QLineEdit)


def test_a_gpu_is_shown_by_its_short_name_and_told_by_its_long_one(panel: TrainingPanel) -> None:
    picker = panel.findChild(QComboBox, "deviceStatus")
    panel.show_devices([("cpu", "CPU", True, ""), ("cuda", "CUDA (NVIDIA H200)", True, "")])
    panel.show_device("cuda")
    assert picker.currentText() == "CUDA" and "CUDA (NVIDIA H200)" in picker.toolTip()
    assert picker.fontMetrics().horizontalAdvance("CUDA") < picker.width() - 40


def test_in_the_smallest_window_nothing_lies_over_another(panel: TrainingPanel, user, let_turns_pass) -> None:
    """As large as the panel is there, 960 x 640, and with the longest words that it says."""
    for phase in PHASES[Phase.STOPPING]:
        panel.show_phase(phase)
    panel.resize(272, 196)
    let_turns_pass()
    start = panel.buttons.start
    bold = QFont(start.font())
    bold.setWeight(QFont.Weight.DemiBold)
    assert start.text() == "Stopping…" and start.width() >= QFontMetrics(bold).horizontalAdvance("Stopping…") + 14
    places = [user.button(name).geometry() for name in BUTTONS]
    assert all(a.right() < b.left() for a, b in pairwise(places)) and places[-1].right() < panel.buttons.width()
    panel.show_phase(Phase.IDLE)
    panel.show_result("Done: 43.6 squared error per held-out image.")
    let_turns_pass()
    parts = [panel._scroll, panel.buttons, panel.progress]
    tops = [part.mapTo(panel, QPoint(0, 0)).y() for part in parts]
    assert all(top + part.height() <= below for top, part, below in zip(tops, parts, tops[1:], strict=False))
    said = panel.progress.words
    assert said.height() >= said.heightForWidth(said.width())
    assert tops[-1] + panel.progress.height() <= panel.height()
