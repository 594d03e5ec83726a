"""The training form with real keys and clicks: what is emitted, what is refused and with which sentence, what is on."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QWidget,
)

from app import theme
from app.panels.setting_form import shape_in_words
from app.panels.setting_steps import stepped
from app.panels.training_panel import TrainingPanel
from app.panels.training_progress import time_in_words
from app.phase import Phase
from models.config import RunConfig, settings_of
from models.presets import PRESETS

LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PHASES = {
    Phase.IDLE: [Phase.IDLE],
    Phase.STARTING: [Phase.STARTING],
    Phase.TRAINING: [Phase.STARTING, Phase.TRAINING],
    Phase.PAUSED: [Phase.STARTING, Phase.TRAINING, Phase.PAUSED],
    Phase.STOPPING: [Phase.STARTING, Phase.TRAINING, Phase.STOPPING],
}


@pytest.fixture
def panel(qapp: QApplication, qtbot) -> Iterator[TrainingPanel]:
    theme.apply(qapp, "light")
    made = TrainingPanel()
    made.resize(300, 640)
    with qtbot.waitActive(made):
        made.show()
    yield made
    made.close()
    made.deleteLater()
    # Without an event loop Qt keeps what was deleted later, and a hundred forms slow the other tests down.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def edited(panel: TrainingPanel) -> list[RunConfig]:
    """The configurations that the panel has emitted."""
    seen: list[RunConfig] = []
    panel.config_edited.connect(seen.append)
    return seen


def button(panel: TrainingPanel, name: str) -> QPushButton:
    return panel.findChild(QPushButton, name)


def field(panel: TrainingPanel, name: str) -> QWidget:
    """The widget that a person types into or opens; the folded settings are unfolded for it."""
    if not settings_of(RunConfig)[name].common and not button(panel, "moreSettings").isChecked():
        QTest.mouseClick(button(panel, "moreSettings"), LEFT)
    found = panel.findChild(QWidget, f"{name}Field")
    panel.findChild(QScrollArea, "settingsScroll").ensureWidgetVisible(found)
    return found


def type_into(panel: TrainingPanel, name: str, text: str) -> None:
    """Mark what stands in the field and type over it."""
    editor = field(panel, name)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    QTest.keyClicks(editor, text)


def choose(box: QWidget, words: str) -> None:
    """Walk through a list with the keyboard, as a person does."""
    assert isinstance(box, QComboBox)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if box.currentText() == words:
            return
        QTest.keyClick(box, Qt.Key.Key_Down)
    raise AssertionError(f"{words} is not in the list")


def show_phase(panel: TrainingPanel, phase: Phase) -> None:
    for each in PHASES[phase]:
        panel.show_phase(each)


def error(panel: TrainingPanel, name: str) -> str:
    label = panel.findChild(QLabel, f"{name}Error")
    return label.text() if label.isVisible() else ""


# the form --------------------------------------------------------------------------------------------------------


def test_every_setting_has_a_field_a_name_and_a_tool_tip(panel: TrainingPanel) -> None:
    for name, about in settings_of(RunConfig).items():
        editor = panel.findChild(QWidget, f"{name}Field")
        assert editor.accessibleName() == about.label
        assert about.meaning in editor.parentWidget().toolTip()
        assert editor.isVisible() == about.common, name
    tip = panel.findChild(QWidget, "batch_sizeField").parentWidget().toolTip()
    assert "1 to 10,000 images." in tip


def test_rare_settings_unfold_and_fold(panel: TrainingPanel, qtbot) -> None:
    with qtbot.waitSignal(panel.more_settings_shown) as told:
        QTest.mouseClick(button(panel, "moreSettings"), LEFT)
    assert told.args == [True] and panel.findChild(QWidget, "seedField").isVisible()
    with qtbot.waitSignal(panel.more_settings_shown) as told:
        QTest.mouseClick(button(panel, "moreSettings"), LEFT)
    assert told.args == [False] and not panel.findChild(QWidget, "seedField").isVisible()
    panel.show_more_settings(True)
    assert panel.findChild(QWidget, "seedField").isVisible()


TYPED = {
    "latent_dim": ("16", 16),
    "encoder": ("512, 256", (512, 256)),
    "decoder": ("", ()),
    "beta": ("4", 4.0),
    "epochs": ("3", 3),
    "batch_size": ("128", 128),
    "learning_rate": ("3e-4", 3e-4),
    "beta_warmup": ("0.25", 0.25),
    "input_dropout": ("0.1", 0.1),
    "warmup": ("0.3", 0.3),
    "weight_decay": ("0.01", 0.01),
    "gradient_clip": ("5", 5.0),
    "seed": ("7", 7),
}


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_is_emitted(panel: TrainingPanel, edited: list[RunConfig], name: str) -> None:
    text, value = TYPED[name]
    type_into(panel, name, text)
    assert edited[-1] == RunConfig().replace(**{name: value}) == panel.config()
    assert not error(panel, name) and button(panel, "startButton").isEnabled()


CHOSEN = {
    "architecture": ("Convolutional", "convolutional", {"encoder": (32, 64), "decoder": (64, 32)}),
    "loss": ("Squared error", "mse", {}),
    "activation": ("None (linear)", "linear", {}),
    "schedule": ("Constant", "constant", {}),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_chosen_is_emitted(panel: TrainingPanel, edited: list[RunConfig], name: str) -> None:
    words, value, more = CHOSEN[name]
    panel.show_config(RunConfig(**more))
    choose(field(panel, name), words)
    assert edited[-1] == RunConfig(**{name: value}, **more)


@pytest.mark.parametrize(
    ("name", "value", "more"), [("kind", "ae", {}), ("optimiser", "adam", {}), ("output", "linear", {"loss": "mse"})]
)
def test_segments_are_pressed(panel: TrainingPanel, edited: list[RunConfig], name: str, value: str, more: dict) -> None:
    panel.show_config(RunConfig(**more))
    field(panel, name)
    QTest.mouseClick(button(panel, f"{name}_{value}"), LEFT)
    assert edited == [RunConfig(**{name: value}, **more)]


def test_segments_are_walked_with_the_arrow_keys(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    button(panel, "kind_vae").setFocus()
    QTest.keyClick(button(panel, "kind_vae"), Qt.Key.Key_Left)
    assert button(panel, "kind_ae").isChecked() and edited == [RunConfig(kind="ae")]


def test_showing_a_configuration_is_silent_and_complete(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    for preset in PRESETS.values():
        panel.show_config(preset.config)
        assert panel.config() == preset.config
        QTest.keyClick(field(panel, "epochs"), Qt.Key.Key_Up)  # reads every field again
        assert edited.pop() == preset.config.replace(epochs=preset.config.epochs + 1)
    assert edited == []


# what is wrong ---------------------------------------------------------------------------------------------------

WRONG = [
    ("latent_dim", "100", "Latent dimensions must lie between 1 and 64, not 100."),
    ("latent_dim", "0", "Latent dimensions must lie between 1 and 64, not 0."),
    ("latent_dim", "2.5", "Latent dimensions must be a whole number, not “2.5”."),
    ("epochs", "", "Epochs must be a whole number; the field is empty."),
    ("epochs", "many", "Epochs must be a whole number, not “many”."),
    ("batch_size", "-1", "Batch size must lie between 1 and 10000, not -1."),
    ("learning_rate", "0,01", "Learning rate must be a number, not “0,01”."),
    ("learning_rate", "0", "Learning rate must lie between 1e-07 and 1, not 0."),
    ("learning_rate", "nan", "Learning rate must be a number, not “nan”."),
    ("beta", "", "KL weight (beta) must be a number; the field is empty."),
    ("encoder", "256, abc", "Encoder must be whole numbers such as 256, 128, not “abc”."),
    ("encoder", "256, 5000", "Encoder must lie between 1 and 4096, not 5000."),
    ("decoder", "8 8 8 8 8 8 8 8 8", "Decoder takes at most 8 layers, not 9."),
    ("warmup", "2", "Warm-up must lie between 0 and 0.9, not 2."),
    ("seed", "-1", "Seed must lie between 0 and 2.14748e+09, not -1."),
]


@pytest.mark.parametrize(("name", "text", "sentence"), WRONG)
def test_what_is_wrong_is_marked_and_not_emitted(
    panel: TrainingPanel, edited: list[RunConfig], name: str, text: str, sentence: str
) -> None:
    type_into(panel, name, text)
    assert error(panel, name) == sentence
    assert field(panel, name).property("invalid") == "true"
    assert field(panel, name).accessibleDescription() == sentence
    assert getattr(panel.config(), name) != text and all(getattr(each, name) != text for each in edited)
    start = button(panel, "startButton")
    assert not start.isEnabled() and "Mend the marked field first." in start.toolTip()
    edited.clear()
    type_into(panel, name, TYPED[name][0])
    assert error(panel, name) == "" and field(panel, name).property("invalid") == "false"
    assert start.isEnabled() and getattr(edited[-1], name) == TYPED[name][1]


def test_a_wrong_field_holds_back_the_others_too(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    type_into(panel, "latent_dim", "x")
    type_into(panel, "seed", "-")
    type_into(panel, "epochs", "5")
    assert edited == [] and error(panel, "latent_dim") and error(panel, "seed") and not error(panel, "epochs")
    type_into(panel, "seed", "3")
    type_into(panel, "latent_dim", "4")
    assert edited[-1] == RunConfig(latent_dim=4, seed=3, epochs=5)


def test_settings_that_exclude_each_other_are_told_at_the_one_last_touched(panel: TrainingPanel, edited: list) -> None:
    sentence = "The Bernoulli loss needs the sigmoid output: choose squared error for a linear output."
    field(panel, "output")
    QTest.mouseClick(button(panel, "output_linear"), LEFT)
    assert error(panel, "output") == sentence and edited == []
    choose(field(panel, "loss"), "Squared error")
    assert error(panel, "output") == "" and edited[-1] == RunConfig(output="linear", loss="mse")
    choose(field(panel, "architecture"), "Convolutional")
    type_into(panel, "decoder", "8, 8, 8, 8")
    assert error(panel, "decoder").startswith("A convolutional decoder takes 1 to 3 layers")


def test_a_wrong_setting_that_an_ae_does_not_have_is_forgotten(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    type_into(panel, "beta", "x")
    edited.clear()
    QTest.mouseClick(button(panel, "kind_ae"), LEFT)
    assert error(panel, "beta") == "" and edited == [RunConfig(kind="ae")]


def test_what_has_no_meaning_is_switched_off_with_a_reason(panel: TrainingPanel) -> None:
    for name, how, reason in (
        ("beta", lambda: QTest.mouseClick(button(panel, "kind_ae"), LEFT), "An autoencoder (AE) has no KL term."),
        ("beta_warmup", lambda: None, "An autoencoder (AE) has no KL term."),
        ("warmup", lambda: choose(field(panel, "schedule"), "Constant"), "A constant schedule has no warm-up."),
    ):
        how()
        assert not field(panel, name).isEnabled()
        assert reason in field(panel, name).parentWidget().toolTip()
    QTest.mouseClick(button(panel, "kind_vae"), LEFT)
    assert field(panel, "beta").isEnabled() and not field(panel, "warmup").isEnabled()


# steps -------------------------------------------------------------------------------------------------------------


def test_steps_with_keys_and_wheel(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    rate = field(panel, "learning_rate")
    rate.setFocus()
    for key, value in ((Qt.Key.Key_Up, 0.01), (Qt.Key.Key_Up, 0.02), (Qt.Key.Key_Down, 0.01), (Qt.Key.Key_Down, 0.005)):
        QTest.keyClick(rate, key)
        assert edited[-1].learning_rate == value
    QTest.keyClick(field(panel, "batch_size"), Qt.Key.Key_Up)
    assert edited[-1].batch_size == 512
    QTest.keyClick(field(panel, "latent_dim"), Qt.Key.Key_PageUp)
    assert edited[-1].latent_dim == 12


@pytest.mark.parametrize(
    ("name", "start", "down"),
    [
        ("beta", 1.0, [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.0, 0.0]),
        ("beta", 3.0, [2.0, 1.0]),
        ("gradient_clip", 5.0, [2.0, 1.0, 0.0]),
        ("weight_decay", 3e-5, [2e-5, 1e-5, 0.0]),
        ("learning_rate", 2e-7, [1e-7, 1e-7]),
        ("batch_size", 100, [64, 32]),
        ("batch_size", 1, [1]),
        ("input_dropout", 0.05, [0.0, 0.0]),
        ("latent_dim", 2, [1, 1]),
    ],
)
def test_steps_stop_at_the_limits(name: str, start: float, down: list[float]) -> None:
    about, whole = settings_of(RunConfig)[name], isinstance(start, int)
    values = itertools.accumulate(down, lambda now, _: stepped(name, about, now, -1, whole), initial=start)
    assert list(values)[1:] == pytest.approx(down)


def test_every_number_steps_up_to_its_limit_and_no_further() -> None:
    for each in dataclasses.fields(RunConfig):
        about = each.metadata["setting"]
        if about.choices is None and not isinstance(each.default, tuple):
            whole = isinstance(each.default, int)
            assert stepped(each.name, about, about.maximum, 1, whole) == about.maximum
            for now in (about.minimum, each.default):
                after = stepped(each.name, about, now, 1, whole)
                assert now < after <= about.maximum, each.name


def test_the_wheel_scrolls_past_fields_that_are_not_in_use(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    button(panel, "startButton").setFocus()
    for name in ("epochs", "loss"):
        target = field(panel, name)
        where = QPointF(target.rect().center())
        turn = QWheelEvent(
            where,
            QPointF(target.mapToGlobal(where)),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, turn)
    assert edited == []


# presets and shape ---------------------------------------------------------------------------------------------------


def test_presets_fill_the_form(panel: TrainingPanel, edited: list[RunConfig], qtbot) -> None:
    picker = panel.findChild(QComboBox, "presetPicker")
    assert [picker.itemText(i) for i in range(picker.count())] == [p.title for p in PRESETS.values()]
    with qtbot.waitSignal(panel.preset_chosen) as told:
        choose(picker, PRESETS["small"].title)
    assert told.args == ["small"] or picker.currentData() == "small"
    assert edited[-1] == PRESETS["small"].config == panel.config()
    assert PRESETS["small"].meaning in picker.toolTip()


def test_an_edited_preset_is_custom_until_it_is_edited_back(panel: TrainingPanel) -> None:
    picker = panel.findChild(QComboBox, "presetPicker")
    panel.show_config(PRESETS["vae-2"].config)
    assert picker.currentText() == "VAE 2-D"
    type_into(panel, "latent_dim", "3")
    assert picker.currentIndex() == -1 and picker.placeholderText() == "Custom"
    type_into(panel, "latent_dim", "2")
    assert picker.currentText() == "VAE 2-D"
    type_into(panel, "seed", "5")  # the seed is nobody's preset
    assert picker.currentText() == "VAE 2-D"


def test_a_preset_keeps_the_seed(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    type_into(panel, "seed", "9")
    choose(panel.findChild(QComboBox, "presetPicker"), "AE 2-D")
    assert edited[-1].seed == 9


def test_the_shape_is_shown(panel: TrainingPanel) -> None:
    line = panel.findChild(QLabel, "shapeLine")
    assert line.text() == "784 → 256 → 128 → <b>2</b> → 256 → 256 → 256 → 784"
    type_into(panel, "encoder", "40")
    type_into(panel, "decoder", "")
    assert line.text() == "784 → 40 → <b>2</b> → 784"


def test_the_shape_of_a_convolutional_network_is_the_real_one() -> None:
    from models.networks import Autoencoder

    config = RunConfig(architecture="convolutional", encoder=(8, 16, 32), decoder=(24, 12, 6), latent_dim=5)
    words = shape_in_words(config).replace("<b>", "").replace("</b>", "").split(" → ")
    network = Autoencoder(config)
    sizes = []
    import torch

    hooks = [
        layer.register_forward_hook(lambda _, __, out: sizes.append(tuple(out.shape[1:])))
        for layer in [*network.encoder.layers, *network.decoder.layers]
    ]
    with torch.inference_mode():
        network.logits(network.posterior(torch.zeros(1, 784))[0])
    for hook in hooks:
        hook.remove()
    assert sizes[3] == (10,) and words[4] == "5"  # mean and log-variance leave the encoder side by side
    told = [tuple(int(n) for n in word.split("×")) for word in words]
    assert told[1:4] == sizes[:3]
    dense = sizes[4][0]
    assert told[5][0] * told[5][1] * told[5][2] == dense
    assert told[6:8] == sizes[5:7] and told[8] == sizes[7][1:]


# phases --------------------------------------------------------------------------------------------------------------

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
def test_the_buttons_mirror_the_phase(panel: TrainingPanel, phase: Phase) -> None:
    show_phase(panel, phase)
    assert {name for name in BUTTONS if button(panel, name).isEnabled()} == ON[phase]
    assert button(panel, "startButton").text() == WORDS[phase]
    for name in BUTTONS:
        assert button(panel, name).accessibleName() and button(panel, name).toolTip()


@pytest.mark.parametrize("phase", Phase)
def test_only_the_dials_can_be_changed_while_it_trains(panel: TrainingPanel, phase: Phase) -> None:
    show_phase(panel, phase)
    live = {"learning_rate", "beta"} if phase in (Phase.TRAINING, Phase.PAUSED) else set()
    for name in settings_of(RunConfig):
        editor = field(panel, name)
        assert editor.isEnabled() == (phase is Phase.IDLE or name in live), name
        if not editor.isEnabled():
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
def test_click_and_shortcut_say_the_same(panel: TrainingPanel, qtbot, phase, name, wish, keys) -> None:
    heard: list[str] = []
    for each in WISHES:
        getattr(panel, each).connect(lambda each=each: heard.append(each))
    show_phase(panel, phase)
    QTest.mouseClick(button(panel, name), LEFT)
    assert heard == [wish]
    QTest.keyClick(panel, *keys)
    qtbot.waitUntil(lambda: heard == [wish, wish])
    tip = button(panel, name).toolTip()
    assert button(panel, name).shortcut().toString(button(panel, name).shortcut().SequenceFormat.NativeText) in tip


@pytest.mark.parametrize("phase", Phase)
def test_a_button_that_is_off_says_nothing(panel: TrainingPanel, phase: Phase) -> None:
    heard: list[str] = []
    for each in WISHES:
        getattr(panel, each).connect(lambda each=each: heard.append(each))
    show_phase(panel, phase)
    for name in set(BUTTONS) - ON[phase]:
        QTest.mouseClick(button(panel, name), LEFT)
    assert heard == []


def test_slow_motion_is_a_switch(panel: TrainingPanel) -> None:
    heard: list[bool] = []
    panel.slow_motion_changed.connect(heard.append)
    QTest.mouseClick(button(panel, "slowMotionButton"), LEFT)
    show_phase(panel, Phase.TRAINING)
    QTest.mouseClick(button(panel, "slowMotionButton"), LEFT)
    assert heard == [True, False]


@pytest.mark.parametrize(
    ("name", "text", "value"), [("learning_rate", "0.001", 0.001), ("beta", "10", 10.0)], ids=["rate", "beta"]
)
@pytest.mark.parametrize("phase", [Phase.TRAINING, Phase.PAUSED])
def test_a_dial_is_heard_once_it_is_meant(panel: TrainingPanel, phase, name, text, value) -> None:
    heard: list[float] = []
    getattr(panel, f"{name}_changed").connect(heard.append)
    show_phase(panel, phase)
    type_into(panel, name, text)
    assert heard == []  # the 1 of 10 is not meant
    QTest.keyClick(field(panel, name), Qt.Key.Key_Return)
    assert heard == [value]
    QTest.keyClick(field(panel, name), Qt.Key.Key_Return)
    assert heard == [value]
    QTest.keyClick(field(panel, name), Qt.Key.Key_Up)
    assert heard == [value, value * 2]
    type_into(panel, name, "x")
    QTest.keyClick(field(panel, name), Qt.Key.Key_Return)
    assert heard == [value, value * 2] and error(panel, name)


def test_a_dial_is_not_heard_when_nothing_trains(panel: TrainingPanel, edited: list[RunConfig]) -> None:
    heard: list[float] = []
    panel.beta_changed.connect(heard.append)
    type_into(panel, "beta", "2")
    QTest.keyClick(field(panel, "beta"), Qt.Key.Key_Return)
    assert heard == [] and edited[-1].beta == 2.0


def test_the_dials_come_into_sight_when_a_training_starts(panel: TrainingPanel) -> None:
    panel.resize(300, 400)
    scroll = panel.findChild(QScrollArea, "settingsScroll")
    scroll.verticalScrollBar().setValue(0)
    rate = panel.findChild(QWidget, "learning_rateField")
    assert rate.visibleRegion().isEmpty()
    show_phase(panel, Phase.TRAINING)
    assert rate.visibleRegion().boundingRect().height() == rate.height()


# progress and devices ----------------------------------------------------------------------------------------------


def progress(panel: TrainingPanel) -> tuple[int, str, str]:
    bar = panel.findChild(QProgressBar, "trainingProgress")
    words, speed = (panel.findChild(QLabel, name) for name in ("progressText", "progressSpeed"))
    assert bar.accessibleDescription() == words.text()
    return bar.value(), words.text(), speed.text() if speed.isVisible() else ""


def test_progress_from_the_start_to_the_end(panel: TrainingPanel) -> None:
    assert progress(panel) == (0, "Nothing has been trained yet.", "")
    panel.show_phase(Phase.STARTING)
    assert progress(panel) == (0, "Getting the network ready…", "")
    panel.show_phase(Phase.TRAINING)
    panel.show_progress(1, 16, 0.001, 0.0, None)
    assert progress(panel) == (1, "epoch 1 of 16", "")
    panel.show_progress(7, 16, 0.42, 5123.4, 40.2)
    assert progress(panel) == (420, "epoch 7 of 16 · 41 s left", "5,123 images/s")
    panel.show_phase(Phase.PAUSED)
    assert progress(panel) == (420, "paused in epoch 7 of 16", "5,123 images/s")
    panel.show_phase(Phase.TRAINING)
    assert progress(panel)[1] == "epoch 7 of 16 · 41 s left"
    panel.show_progress(16, 16, 1.0, 5000.0, 0.0)
    panel.show_phase(Phase.IDLE)
    assert progress(panel) == (1000, "Finished.", "")
    panel.show_result("137.0 nats per held-out image in 1 min 25 s.")
    assert progress(panel)[1] == "137.0 nats per held-out image in 1 min 25 s."


def test_progress_of_a_training_that_was_stopped(panel: TrainingPanel) -> None:
    show_phase(panel, Phase.TRAINING)
    panel.show_progress(2, 4, 0.3, 1000.0, 9.0)
    panel.show_phase(Phase.STOPPING)
    assert progress(panel)[1] == "Stopping after this step…"
    panel.show_phase(Phase.IDLE)
    assert progress(panel) == (300, "Stopped in epoch 2 of 4.", "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (59, "59 s"),
        (59.5, "1 min 0 s"),
        (200, "3 min 20 s"),
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


def test_the_form_fits_a_narrow_column(panel: TrainingPanel, qtbot) -> None:
    panel.resize(280, 420)
    scroll = panel.findChild(QScrollArea, "settingsScroll")
    qtbot.waitUntil(lambda: scroll.widget().width() == scroll.viewport().width())
    for name in settings_of(RunConfig):
        editor = field(panel, name)
        right = editor.mapTo(scroll.widget(), editor.rect().topRight()).x()
        assert right < scroll.viewport().width(), name
    for name in BUTTONS:
        assert panel.rect().contains(button(panel, name).mapTo(panel, QPoint(0, 0)))
    assert isinstance(panel.findChild(QLineEdit, "encoderField"), QLineEdit)


def test_a_gpu_is_shown_by_its_short_name_and_told_by_its_long_one(panel: TrainingPanel) -> None:
    picker = panel.findChild(QComboBox, "deviceStatus")
    panel.show_devices([("cpu", "CPU", True, ""), ("cuda", "CUDA (NVIDIA H200)", True, "")])
    panel.show_device("cuda")
    assert picker.currentText() == "CUDA" and "CUDA (NVIDIA H200)" in picker.toolTip()
    assert picker.fontMetrics().horizontalAdvance("CUDA") < picker.width() - 40
