"""The form of a run's settings, made from their declarations: common ones at once, the others folded away."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.titled import tight
from app.panels.training.setting_fields import SettingField, field_for
from app.phase import Phase
from models.config import CONVOLUTIONAL_DENSE, IMAGE_SIDE, PIXELS, RunConfig
from models.presets import PRESETS
from models.settings import ConfigError, settings_of
from models.twin_settings import LAYERS

STOP_FIRST = "Stop first to change this."
NO_KL = "An autoencoder (AE) has no KL term."
NO_DRAWING = "An autoencoder (AE) draws nothing: every image has one code."
NO_SPARSITY = "Sparsity is for an AE's code: a VAE's is kept near N(0, I) instead."
NOT_SPARSE = "Choose a sparsity first."
NOT_CORRUPTED = "Choose a corruption first."
NO_TARGET = "Only KL sparsity has a target."
NO_WARM_UP = "A constant schedule has no warm-up."
SHAPE = "architecture", "latent_dim", "encoder", "decoder"
"""Settings that the line of layers is made of."""
ROW_GAP = 6
"""Between rows of fields: the form must stay low, the loss plot stands beneath it."""


class SettingForm(QWidget):
    """All settings of a RunConfig; a configuration leaves it only when every field is right."""

    edited = Signal(object)
    """RunConfig, after every change that leaves a valid one"""
    validity_changed = Signal(bool)
    live_changed = Signal(str, float)
    """name and value of a setting that a run in progress takes over"""
    troubled = Signal(object)
    """SettingField that says now what is wrong with it"""
    folded = Signal(bool)
    """whether the rarer settings are hidden now"""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, SettingField] = {}
        self.config = RunConfig()
        """the last valid one"""
        self.is_valid = True
        self._phase = Phase.IDLE
        self._live_values: dict[str, float] = {}
        self._last_edited = ""
        self._architecture = self.config.architecture
        self.shape = describe(QLabel(), "Sizes of the layers", object_name="shapeLine")
        self.shape.setWordWrap(True)
        self.shape.setToolTip("Numbers that each layer hands on, from the image through the code back to the image")
        theme.set_role(self.shape, "small")
        defaults = {each.name: each.default for each in dataclasses.fields(RunConfig)}
        for name, about in settings_of(RunConfig).items():
            self.fields[name] = field_for(name, about, defaults[name])
        self._lay_out()
        for field in self.fields.values():
            field.changed.connect(lambda field=field: self._field_changed(field))
            field.committed.connect(lambda field=field: self._field_committed(field))
        self.show_config(self.config)

    def show_config(self, config: RunConfig) -> None:
        """Fill all fields, silently."""
        self.config, self._architecture = config, config.architecture
        for name, field in self.fields.items():
            field.show_value(getattr(config, name))
            field.show_error("")
        self._live_values = {name: value for name, value in config.to_dict().items() if self.fields[name].about.live}
        self._show_shape()
        self._show_reasons()
        self._set_valid(True)

    def show_phase(self, phase: Phase) -> None:
        """Switch the fields off that a run in progress cannot take over."""
        if phase is Phase.STARTING:
            self.show_config(self.config)
        self._phase = phase
        self._show_reasons()

    def commit(self) -> None:
        """Tell of a dial that was typed into and not left yet: a button pressed by mouse leaves it the keyboard."""
        for field in self.fields.values():
            self._field_committed(field)

    def show_more(self, shown: bool) -> None:
        """Unfold or fold the rarer settings."""
        self.more_button.setChecked(shown)

    # layout ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.more_button = describe(QPushButton("More settings"), "More settings", object_name="moreSettings")
        self.more_button.setCheckable(True)
        self.more_button.setToolTip("Activation, schedule, warm-up, seed and others that seldom need a change")
        self.more_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more_button.setIconSize(QSize(12, 12))
        theme.set_role(self.more_button, "fold")
        self._more = QWidget()
        self.more_button.toggled.connect(self._fold)
        common = [field for field in self.fields.values() if field.about.common]
        rare = [field for field in self.fields.values() if not field.about.common]
        whole = tight(QVBoxLayout(self), ROW_GAP)
        whole.addWidget(self.fields["kind"])
        whole.addWidget(self.fields["kind"].error)
        whole.addLayout(_pairs([field for field in common if field.name != "kind"], {"decoder": self.shape}))
        whole.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignLeft)
        grid = _pairs(rare, {})
        self._more.setLayout(grid)
        whole.addWidget(self._more)
        whole.addStretch(1)
        self._fold(False)

    def _fold(self, shown: bool) -> None:
        self._more.setVisible(shown)
        self.more_button.setIcon(theme.icon("chevron-down" if shown else "chevron-right", "muted"))
        self.folded.emit(not shown)

    # what a person does --------------------------------------------------------------------------------------------

    def _field_changed(self, field: SettingField) -> None:
        self._last_edited = field.name
        if field.name == "architecture":
            self._bring_layers(field.value())
        errors = self._judge()
        for name, each in self.fields.items():
            each.show_error(errors.get(name, ""))
        self._set_valid(not errors)
        if any(errors.get(name) for name, each in self.fields.items() if not each.about.common):
            self.show_more(True)
        self._show_reasons()
        self._show_shape()
        if field.name in errors:
            self.troubled.emit(field)
        if not errors:
            self.edited.emit(self.config)

    def _bring_layers(self, architecture: str) -> None:
        """Units of dense layers are no channels, which would learn for hours: where nobody chose them they change."""
        before, self._architecture = self._architecture, architecture
        if before == architecture:
            return
        presets = [each.config for each in PRESETS.values() if each.config.architecture == before]
        for name, layers in LAYERS[architecture].items():
            unchosen = {LAYERS[before][name], *(getattr(preset, name) for preset in presets)}
            with suppress(ConfigError):
                if tuple(self.fields[name].value()) in unchosen:
                    self.fields[name].show_value(layers)

    def _field_committed(self, field: SettingField) -> None:
        if not (field.about.live and self.is_valid):
            return
        value = getattr(self.config, field.name)
        if value != self._live_values[field.name]:
            self._live_values[field.name] = value
            self.live_changed.emit(field.name, value)

    def _judge(self) -> dict[str, str]:
        """Reads all fields into `config` when every one is right; the sentences of those that are not."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name, field in self.fields.items():
            try:
                values[name] = field.value()
                RunConfig(**{name: values[name]})
            except ConfigError as error:
                if name not in values or str(error).startswith(field.about.label):
                    errors[name] = str(error)
        for name in self._unused():
            if errors.pop(name, None):
                values[name] = getattr(self.config, name)
                self.fields[name].show_value(values[name])
        if not errors:
            try:
                self.config = RunConfig(**values)
            except ConfigError as error:
                errors[self._last_edited] = str(error)
        return errors

    def _unused(self) -> dict[str, str]:
        """Settings that others leave without a meaning, with the reason."""
        unused: dict[str, str] = {}
        if self.fields["kind"].value() == "ae":
            unused |= {"beta": NO_KL, "beta_warmup": NO_KL, "draws": NO_DRAWING}
        elif self.fields["sparsity"].value() == "none":
            unused["sparsity"] = NO_SPARSITY
        if self.fields["corruption"].value() == "none":
            unused["corruption_level"] = NOT_CORRUPTED
        sparsity = self.fields["sparsity"].value()
        if sparsity == "none":
            unused |= {"sparsity_weight": NOT_SPARSE, "sparsity_target": NOT_SPARSE}
        elif sparsity == "l1":
            unused["sparsity_target"] = NO_TARGET
        if self.fields["schedule"].value() == "constant":
            unused |= {"warmup": NO_WARM_UP}
        return unused

    # what is shown ---------------------------------------------------------------------------------------------------

    def _show_reasons(self) -> None:
        unused = self._unused()
        for name, field in self.fields.items():
            dial = field.about.live and self._phase in (Phase.TRAINING, Phase.PAUSED)
            free = self._phase is Phase.IDLE or dial
            field.show_reason(unused.get(name, "") if free else STOP_FIRST)

    def _show_shape(self) -> None:
        """What the fields say, whatever else is wrong; nothing while one of its own is."""
        try:
            words = shape_in_words(RunConfig(**{name: self.fields[name].value() for name in SHAPE}))
        except ConfigError:
            words = ""
        self.shape.setText(words)
        self.shape.setVisible(bool(words))

    def _set_valid(self, valid: bool) -> None:
        if valid != self.is_valid:
            self.is_valid = valid
            self.validity_changed.emit(valid)


def shape_in_words(config: RunConfig) -> str:
    """The sizes from image to image with the code in bold, such as 784 → 256 → <b>2</b> → 256 → 784."""
    if config.architecture == "dense":
        ends, encoder, decoder = str(PIXELS), [*map(str, config.encoder)], [*map(str, config.decoder)]
    else:
        ends = f"{IMAGE_SIDE}×{IMAGE_SIDE}"
        dense = [str(CONVOLUTIONAL_DENSE)]
        encoder = [_map_size(channels, i + 1) for i, channels in enumerate(config.encoder)] + dense
        decoder = dense + [_map_size(channels, len(config.decoder) - i) for i, channels in enumerate(config.decoder)]
    return " → ".join([ends, *encoder, f"<b>{config.latent_dim}</b>", *decoder, ends])


def _map_size(channels: int, halvings: int) -> str:
    side = IMAGE_SIDE >> halvings
    return f"{channels}×{side}×{side}"


def _pairs(fields: list[SettingField], notes: dict[str, QWidget]) -> QGridLayout:
    """Fields two by two; below each pair room for its notes and error sentences, over the whole width."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.GAP)
    grid.setVerticalSpacing(ROW_GAP)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    row = 0
    for index in range(0, len(fields), 2):
        pair = fields[index : index + 2]
        for column, field in enumerate(pair):
            grid.addWidget(field, row, column, Qt.AlignmentFlag.AlignTop)
        below = [notes[field.name] for field in pair if field.name in notes] + [field.error for field in pair]
        for offset, widget in enumerate(below, start=1):
            grid.addWidget(widget, row + offset, 0, 1, 2)
        row += 1 + len(below)
    return grid
