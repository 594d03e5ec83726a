"""The settings with real keys and clicks: what is emitted, what is refused and with which sentence."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from app.panels.segments import bold_width
from app.panels.training.panel import TrainingPanel
from app.panels.training.setting_steps import stepped
from models.config import RunConfig
from models.presets import PRESETS
from models.settings import settings_of
from tests.app.conftest import FormUser
from tests.app.mouse_wheel import turn_wheel


def test_every_setting_has_a_field_a_name_and_a_tool_tip(panel: TrainingPanel) -> None:
    for name, about in settings_of(RunConfig).items():
        editor = panel.findChild(QWidget, f"{name}Field")
        assert editor.accessibleName() == about.label
        assert about.meaning in editor.parentWidget().toolTip()
        assert editor.isVisible() == about.common, name
    tip = panel.findChild(QWidget, "batch_sizeField").parentWidget().toolTip()
    assert "1 to 10,000 images." in tip


def test_rare_settings_unfold_and_fold(panel: TrainingPanel, user, qtbot) -> None:
    with qtbot.waitSignal(panel.more_settings_shown) as told:
        user.click("moreSettings")
    assert told.args == [True] and panel.findChild(QWidget, "seedField").isVisible()
    with qtbot.waitSignal(panel.more_settings_shown) as told:
        user.click("moreSettings")
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
    "input_dropout": ("0.2", 0.2),
    "warmup": ("0.4", 0.4),
    "weight_decay": ("0.01", 0.01),
    "gradient_clip": ("5", 5.0),
    "seed": ("7", 7),
}


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_is_emitted(panel: TrainingPanel, user, edited: list[RunConfig], name: str) -> None:
    text, value = TYPED[name]
    user.type_into(name, text)
    assert edited[-1] == RunConfig().replace(**{name: value}) == panel.config()
    assert not user.error(name) and user.button("startButton").isEnabled()


@pytest.mark.parametrize(("text", "value"), [("0,5", 0.5), ("0,005", 0.005), (",25", 0.25), ("2,5e-1", 0.25)])
def test_a_decimal_comma_is_taken(panel: TrainingPanel, user, text: str, value: float) -> None:
    user.type_into("learning_rate", text)
    assert not user.error("learning_rate") and panel.config().learning_rate == value


def test_numbers_are_shown_and_taken_as_sentences_write_them(panel: TrainingPanel, user) -> None:
    panel.show_config(RunConfig(learning_rate=2e-7, gradient_clip=1e6))
    assert user.field("learning_rate").text() == "0.0000002" and user.field("gradient_clip").text() == "1000000"
    QTest.keyClick(user.field("learning_rate"), Qt.Key.Key_Down)
    assert user.field("learning_rate").text() == "0.0000001" and panel.config().learning_rate == 1e-7
    user.type_into("batch_size", "10,000")
    assert not user.error("batch_size") and panel.config().batch_size == 10_000


CHOSEN = {
    "architecture": ("Convolutional", "convolutional", {"encoder": (32, 64), "decoder": (64, 32)}),
    "loss": ("Squared error", "mse", {}),
    "activation": ("None (linear)", "linear", {}),
    "schedule": ("Constant", "constant", {}),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_chosen_is_emitted(panel: TrainingPanel, user, edited: list[RunConfig], name: str) -> None:
    words, value, more = CHOSEN[name]
    panel.show_config(RunConfig(**more))
    user.choose(user.field(name), words)
    assert edited[-1] == RunConfig(**{name: value}, **more)


@pytest.mark.parametrize("name", PRESETS)
def test_units_of_a_preset_are_no_channels(panel: TrainingPanel, user, edited: list[RunConfig], name: str) -> None:
    panel.show_config(PRESETS[name].config)
    user.choose(user.field("architecture"), "Convolutional")
    assert (edited[-1].encoder, edited[-1].decoder) == ((16, 32), (32, 16))


def test_another_architecture_brings_its_own_layers_and_leaves_typed_ones(user, edited: list[RunConfig]) -> None:
    user.choose(user.field("architecture"), "Convolutional")
    assert edited[-1] == RunConfig(architecture="convolutional", encoder=(16, 32), decoder=(32, 16))
    user.type_into("encoder", "8")
    user.choose(user.field("architecture"), "Dense")
    assert edited[-1] == RunConfig(encoder=(8,), decoder=(256, 256, 256))


@pytest.mark.parametrize(
    ("name", "value", "more"), [("kind", "ae", {}), ("optimiser", "adam", {}), ("output", "linear", {"loss": "mse"})]
)
def test_segments_are_pressed(
    panel: TrainingPanel, user, edited: list[RunConfig], name: str, value: str, more: dict
) -> None:
    panel.show_config(RunConfig(**more))
    user.field(name)
    user.click(f"{name}_{value}")
    assert edited == [RunConfig(**{name: value}, **more)]


def test_the_words_of_segments_are_whole_in_a_narrow_form(panel: TrainingPanel, qtbot) -> None:
    narrow = TrainingPanel()  # the other one is older than the theme's letters
    qtbot.addWidget(narrow)
    narrow.show_more_settings(True)
    narrow.resize(286, 640)  # as in a window of 1024 pixels
    narrow.show()
    user = FormUser(narrow)
    for name, value in (("output", "sigmoid"), ("output", "linear"), ("optimiser", "adamw"), ("optimiser", "adam")):
        narrow.show_config(RunConfig(loss="mse", **{name: value}))
        button = user.button(f"{name}_{value}")
        QApplication.processEvents()
        assert button.isChecked() and button.width() - 2 >= bold_width(button), f"{button.text()} is cut"
    assert abs(user.button("kind_ae").width() - user.button("kind_vae").width()) <= 1


def test_a_choice_is_not_cut_through_a_letter_in_a_narrow_form(qtbot) -> None:
    narrow = TrainingPanel()
    qtbot.addWidget(narrow)
    narrow.resize(286, 640)
    narrow.show()
    user = FormUser(narrow)
    box = user.field("architecture")
    user.choose(box, "Convolutional")
    assert box.shown_text() == "Convolutional" or box.shown_text().endswith("…")
    assert box.fontMetrics().horizontalAdvance(box.shown_text()) <= box.width() - 34, "before the arrow"


def test_segments_are_walked_with_the_arrow_keys(user, edited: list[RunConfig]) -> None:
    user.button("kind_vae").setFocus()
    QTest.keyClick(user.button("kind_vae"), Qt.Key.Key_Left)
    assert user.button("kind_ae").isChecked() and edited == [RunConfig(kind="ae")]


def test_showing_a_configuration_is_silent_and_complete(panel: TrainingPanel, user, edited: list[RunConfig]) -> None:
    for preset in PRESETS.values():
        panel.show_config(preset.config)
        assert panel.config() == preset.config
        QTest.keyClick(user.field("epochs"), Qt.Key.Key_Up)  # reads every field again
        assert edited.pop() == preset.config.replace(epochs=preset.config.epochs + 1)
    assert edited == []


def test_damage_and_sparsity_are_chosen_with_what_belongs_to_them(panel: TrainingPanel, user, edited) -> None:
    for name in ("corruption_level", "sparsity", "sparsity_weight", "sparsity_target"):
        assert not user.field(name).isEnabled(), f"{name} has no meaning yet"
    user.choose(user.field("corruption"), "Erased patches")
    user.type_into("corruption_level", "0.3")
    user.click("kind_ae")
    user.choose(user.field("sparsity"), "L1 on the code")
    user.type_into("sparsity_weight", "0.5")
    assert not user.field("sparsity_target").isEnabled() and user.field("sparsity_weight").isEnabled()
    user.choose(user.field("sparsity"), "KL to a target")
    user.type_into("sparsity_target", "0.02")
    expected = RunConfig(kind="ae", corruption="patches", corruption_level=0.3, sparsity="kl")
    assert edited[-1] == expected.replace(sparsity_weight=0.5, sparsity_target=0.02)
    user.click("kind_vae")
    assert user.error("kind") == "A VAE's code cannot be sparse: choose the AE, or no sparsity."
    assert not user.button("startButton").isEnabled()
    user.choose(user.field("sparsity"), "None")
    assert not user.error("kind") and edited[-1].kind == "vae"


# what is wrong ---------------------------------------------------------------------------------------------------

WRONG = [
    ("latent_dim", "100", "Latent dimensions must lie between 1 and 64, not 100."),
    ("latent_dim", "0", "Latent dimensions must lie between 1 and 64, not 0."),
    ("latent_dim", "2.5", "Latent dimensions must be a whole number, not “2.5”."),
    ("epochs", "", "Epochs must be a whole number; the field is empty."),
    ("epochs", "many", "Epochs must be a whole number, not “many”."),
    ("batch_size", "-1", "Batch size must lie between 1 and 10,000, not -1."),
    ("learning_rate", "0", "Learning rate must lie between 0.0000001 and 1, not 0."),
    ("learning_rate", "1e-9", "Learning rate must lie between 0.0000001 and 1, not 0.000000001."),
    ("learning_rate", "nan", "Learning rate must be a number, not “nan”."),
    ("learning_rate", "1,000", "Learning rate must be a number, not “1,000”."),
    ("epochs", "1,5", "Epochs must be a whole number, not “1,5”."),
    ("beta", "", "KL weight (beta) must be a number; the field is empty."),
    ("encoder", "256, abc", "Encoder must be whole numbers such as 256, 128, not “abc”."),
    ("encoder", "256, 16²", "Encoder must be whole numbers such as 256, 128, not “16²”."),
    ("encoder", "256, 5000", "Encoder must lie between 1 and 4096, not 5000."),
    ("decoder", "8 8 8 8 8 8 8 8 8", "Decoder takes at most 8 layers, not 9."),
    ("warmup", "2", "Warm-up must lie between 0 and 0.9, not 2."),
    ("seed", "-1", "Seed must lie between 0 and 2,147,483,647, not -1."),
    ("seed", "2147483648", "Seed must lie between 0 and 2,147,483,647, not 2,147,483,648."),
    ("gradient_clip", "2e6", "Gradient clip must lie between 0 and 1,000,000, not 2,000,000."),
    ("encoder", "-5", "Encoder must lie between 1 and 4096, not -5."),
    ("encoder", "256, 1²", "Encoder must be whole numbers such as 256, 128, not “1²”."),
    ("latent_dim", "abcdefghijklmnopqrstuvw", "Latent dimensions must be a whole number, not “abcdefghijklmnopqrst…”."),
]


@pytest.mark.parametrize(("name", "text", "sentence"), WRONG)
def test_what_is_wrong_is_marked_and_not_emitted(
    panel: TrainingPanel, user, edited: list[RunConfig], name: str, text: str, sentence: str
) -> None:
    user.type_into(name, text)
    assert user.error(name) == sentence
    assert user.field(name).property("invalid") == "true"
    assert user.field(name).accessibleDescription() == sentence
    assert getattr(panel.config(), name) != text and all(getattr(each, name) != text for each in edited)
    start = user.button("startButton")
    assert not start.isEnabled() and "Mend the marked field first." in start.toolTip()
    edited.clear()
    user.type_into(name, TYPED[name][0])
    assert user.error(name) == "" and user.field(name).property("invalid") == "false"
    assert start.isEnabled() and getattr(edited[-1], name) == TYPED[name][1]


PASTED = [
    ("encoder", 400, "Encoder must lie between 1 and 4096, not 8,888,888,888,888,88…."),
    ("encoder", 5000, "Encoder must be whole numbers such as 256, 128, not “88888888888888888888…”."),
    ("epochs", 400, "Epochs must lie between 1 and 10,000, not 8,888,888,888,888,88…."),
    ("learning_rate", 400, "Learning rate must be a number, not “inf”."),
]


@pytest.mark.parametrize(("name", "digits", "sentence"), PASTED)
def test_a_pasted_number_of_any_length_gets_its_sentence_within_the_form(
    panel: TrainingPanel, user, name: str, digits: int, sentence: str
) -> None:
    width = panel.form.sizeHint().width()
    QApplication.clipboard().setText("8" * digits)
    user.type_into(name, "")
    QTest.keyClick(user.field(name), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert user.error(name) == sentence
    assert panel.form.sizeHint().width() <= width + 40, "its fields would be pushed out of sight"


def test_a_wrong_field_holds_back_the_others_too(user, edited: list[RunConfig]) -> None:
    user.type_into("latent_dim", "x")
    user.type_into("seed", "-")
    user.type_into("epochs", "5")
    assert edited == [] and user.error("latent_dim") and user.error("seed") and not user.error("epochs")
    user.type_into("seed", "3")
    user.type_into("latent_dim", "4")
    assert edited[-1] == RunConfig(latent_dim=4, seed=3, epochs=5)


def test_settings_that_exclude_each_other_are_told_at_the_one_last_touched(user, edited: list) -> None:
    sentence = "The Bernoulli loss needs the sigmoid output: choose squared error for a linear output."
    user.field("output")
    user.click("output_linear")
    assert user.error("output") == sentence and edited == []
    user.choose(user.field("loss"), "Squared error")
    assert user.error("output") == "" and edited[-1] == RunConfig(output="linear", loss="mse")
    user.choose(user.field("architecture"), "Convolutional")
    user.type_into("decoder", "8, 8, 8, 8")
    assert user.error("decoder").startswith("A convolutional decoder takes 1 to 3 layers")


def test_a_wrong_setting_that_an_ae_does_not_have_is_forgotten(user, edited: list[RunConfig]) -> None:
    user.type_into("beta", "x")
    edited.clear()
    user.click("kind_ae")
    assert user.error("beta") == "" and edited == [RunConfig(kind="ae")]


def test_what_has_no_meaning_is_switched_off_with_a_reason(user) -> None:
    for name, how, reason in (
        ("beta", lambda: user.click("kind_ae"), "An autoencoder (AE) has no KL term."),
        ("beta_warmup", lambda: None, "An autoencoder (AE) has no KL term."),
        ("draws", lambda: None, "An autoencoder (AE) draws nothing: every image has one code."),
        ("warmup", lambda: user.choose(user.field("schedule"), "Constant"), "A constant schedule has no warm-up."),
    ):
        how()
        assert not user.field(name).isEnabled()
        assert reason in user.field(name).parentWidget().toolTip()
    user.click("kind_vae")
    assert user.field("beta").isEnabled() and not user.field("warmup").isEnabled()


# steps -------------------------------------------------------------------------------------------------------------


def test_steps_with_keys_and_wheel(user, edited: list[RunConfig]) -> None:
    rate = user.field("learning_rate")
    rate.setFocus()
    for key, value in ((Qt.Key.Key_Up, 0.01), (Qt.Key.Key_Up, 0.02), (Qt.Key.Key_Down, 0.01), (Qt.Key.Key_Down, 0.005)):
        QTest.keyClick(rate, key)
        assert edited[-1].learning_rate == value
    QTest.keyClick(user.field("batch_size"), Qt.Key.Key_Up)
    assert edited[-1].batch_size == 256
    QTest.keyClick(user.field("latent_dim"), Qt.Key.Key_PageUp)
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
            for now in {about.minimum, each.default} - {about.maximum}:
                after = stepped(each.name, about, now, 1, whole)
                assert now < after <= about.maximum, each.name


def test_the_wheel_scrolls_past_fields_that_are_not_in_use(user, edited: list[RunConfig]) -> None:
    user.button("startButton").setFocus()
    user.field("input_dropout")
    for target in (user.field("epochs"), user.field("loss"), user.panel.findChild(QSlider, "input_dropoutSlider")):
        where = QPointF(target.rect().center())
        turn_wheel(target, where, -1)
    assert edited == []


def test_a_slider_and_the_number_beside_it_move_each_other(panel: TrainingPanel, user, edited) -> None:
    user.choose(user.field("corruption"), "Blur")
    slider = panel.findChild(QSlider, "corruption_levelSlider")
    assert slider.isEnabled() and slider.value() == 10 and edited[-1].corruption_level == 0.5
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert edited[-1].corruption_level == 0.55 and user.field("corruption_level").text() == "0.55"
    style, option = slider.style(), QStyleOptionSlider()
    slider.initStyleOption(option)
    control, handle = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    grip = style.subControlRect(control, option, handle, slider).center()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=grip)
    QTest.mouseMove(slider, QPoint(slider.width() + 20, grip.y()))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() + 20, grip.y()))
    assert edited[-1].corruption_level == 1.0 and user.field("corruption_level").text() == "1"
    user.type_into("corruption_level", "0.31")
    assert edited[-1].corruption_level == 0.31 and slider.value() == 6
    for wrong in ("x", "nan", "inf"):
        user.type_into("corruption_level", wrong)
        assert slider.value() == 6 and edited[-1].corruption_level == 0.31, wrong
    user.choose(user.field("corruption"), "None")
    assert not slider.isEnabled()
