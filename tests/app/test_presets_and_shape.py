"""The training form's presets, and the shape of the network that it describes."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QScrollArea,
)

from app.panels.training.panel import TrainingPanel
from app.panels.training.setting_form import shape_in_words
from app.phase import Phase
from models.config import RunConfig
from models.presets import PRESETS


def test_presets_fill_the_form(panel: TrainingPanel, user, edited: list[RunConfig]) -> None:
    picker = panel.findChild(QComboBox, "presetPicker")
    assert [picker.itemText(i) for i in range(picker.count())] == [p.title for p in PRESETS.values()]
    user.choose(picker, PRESETS["small"].title)
    assert picker.currentData() == "small"
    assert edited[-1] == PRESETS["small"].config == panel.config()
    assert PRESETS["small"].meaning in picker.toolTip()


def test_an_edited_preset_is_custom_until_it_is_edited_back(panel: TrainingPanel, user) -> None:
    picker = panel.findChild(QComboBox, "presetPicker")
    panel.show_config(PRESETS["vae-2"].config)
    assert picker.currentText() == "VAE 2-D"
    user.type_into("latent_dim", "3")
    assert picker.currentIndex() == -1 and picker.placeholderText() == "Custom"
    assert picker.accessibleName() == "Preset: Custom"
    user.type_into("latent_dim", "2")
    assert picker.currentText() == "VAE 2-D"
    user.type_into("seed", "5")  # the seed is nobody's preset
    assert picker.currentText() == "VAE 2-D"


def test_a_form_with_something_wrong_in_it_is_no_preset(panel: TrainingPanel, user) -> None:
    picker = panel.findChild(QComboBox, "presetPicker")
    panel.show_config(PRESETS["vae-2"].config)
    user.type_into("epochs", "many")
    panel.show_phase(Phase.IDLE)
    assert picker.currentIndex() == -1 and picker.accessibleName() == "Preset: Custom"
    user.choose(picker, "VAE 2-D")
    assert picker.currentText() == "VAE 2-D" and not user.error("epochs")


def test_a_preset_keeps_the_seed(panel: TrainingPanel, user, edited: list[RunConfig]) -> None:
    user.type_into("seed", "9")
    user.choose(panel.findChild(QComboBox, "presetPicker"), "AE 2-D")
    assert edited[-1].seed == 9


def test_the_shape_is_shown(panel: TrainingPanel, user) -> None:
    line = panel.findChild(QLabel, "shapeLine")
    assert line.text() == "784 → 256 → 128 → <b>2</b> → 256 → 256 → 256 → 784"
    user.type_into("encoder", "40")
    user.type_into("decoder", "")
    assert line.text() == "784 → 40 → <b>2</b> → 784"


def test_the_shape_says_what_the_fields_say_or_nothing(panel: TrainingPanel, user) -> None:
    line = panel.findChild(QLabel, "shapeLine")
    user.type_into("epochs", "many")
    user.type_into("latent_dim", "3")
    user.type_into("encoder", "40")
    user.type_into("decoder", "")
    assert line.text() == "784 → 40 → <b>3</b> → 784"
    user.type_into("encoder", "40, x")
    assert line.text() == ""
    user.type_into("encoder", "4")
    user.choose(user.field("architecture"), "Convolutional")
    user.type_into("decoder", "")
    assert line.text() == "", "images would never grow"
    user.type_into("decoder", "8")
    assert line.text() == "28×28 → 4×14×14 → 256 → <b>3</b> → 256 → 8×14×14 → 28×28"


def test_the_shape_of_a_convolutional_network_is_the_real_one() -> None:
    import torch

    from models.networks import Autoencoder

    config = RunConfig(architecture="convolutional", encoder=(8, 16, 32), decoder=(24, 12, 6), latent_dim=5)
    words = shape_in_words(config).replace("<b>", "").replace("</b>", "").split(" → ")
    network = Autoencoder(config)
    sizes = []
    hooks = [
        layer.register_forward_hook(lambda _, __, out: sizes.append(tuple(out.shape[1:])))
        for layer in [*network.encoder.layers, *network.decoder.layers]
    ]
    with torch.inference_mode():
        network.logits(network.posterior(torch.zeros(1, 784))[0])
    for hook in hooks:
        hook.remove()
    assert sizes[4] == (10,) and words[5] == "5"  # mean and log-variance leave the encoder side by side
    told = [tuple(int(n) for n in word.split("×")) for word in words]
    assert told[1:5] == sizes[:4]
    assert told[6] == sizes[5]
    wide = sizes[6][0]
    assert told[7][0] * told[7][1] * told[7][2] == wide
    assert told[8:10] == sizes[7:9] and told[10] == sizes[9][1:]


def test_what_is_wrong_is_scrolled_into_sight(panel: TrainingPanel, user, let_turns_pass) -> None:
    panel.resize(300, 280)
    let_turns_pass()
    editor = user.field("encoder")
    panel.findChild(QScrollArea, "settingsScroll").ensureWidgetVisible(editor, 0, 0)
    below = panel.form.shape.visibleRegion().boundingRect().height()
    assert below < panel.form.shape.height(), "what stands below the field is not seen"
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "abc")
    let_turns_pass()
    for seen in (panel.form.fields["encoder"].error, editor):
        assert seen.visibleRegion().boundingRect() == seen.rect()


def test_a_sentence_that_grows_at_the_end_of_the_form_is_seen_whole(panel: TrainingPanel, user, let_turns_pass) -> None:
    user.type_into("seed", "x")
    let_turns_pass()
    sentence = panel.form.fields["seed"].error
    assert sentence.visibleRegion().boundingRect() == sentence.rect()
    before = sentence.height()
    QTest.keyClicks(user.field("seed"), "longer and longer")
    let_turns_pass()
    assert sentence.height() > before and sentence.visibleRegion().boundingRect() == sentence.rect()
