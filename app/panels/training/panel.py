"""The training form: where a run is chosen, set, started, held and stopped."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app import theme
from app.panels.describing import describe, describe_shown
from app.panels.focus_mark import came_by_mouse, rest_at
from app.panels.quiet import QuietComboBox
from app.panels.titled import Titled, fill
from app.panels.training.buttons import TrainingButtons
from app.panels.training.device_picker import DevicePicker
from app.panels.training.progress import TrainingProgress
from app.panels.training.setting_fields import NARROWEST, SettingField
from app.panels.training.setting_form import STOP_FIRST, SettingForm
from app.phase import Phase
from models.config import RunConfig
from models.presets import PRESETS

WIDEST_PRESET = 200
LOWEST_FORM = 48
"""One row of fields: in the smallest window what a training came to takes three lines below the buttons."""


class TrainingPanel(QWidget):
    """Presets, settings, buttons and progress of a training; wishes out as signals, `show_*` in."""

    config_edited = Signal(object)
    """RunConfig; only valid ones"""
    start_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    step_requested = Signal()
    stop_requested = Signal()
    reset_requested = Signal()
    slow_motion_changed = Signal(bool)
    learning_rate_changed = Signal(float)
    """for the run in progress"""
    beta_changed = Signal(float)
    """for the run in progress"""
    device_chosen = Signal(str)
    more_settings_shown = Signal(bool)
    validity_changed = Signal(bool)
    """whether all fields are right"""
    refused = Signal(str)
    """why nothing is trained"""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Training", object_name="trainingPanel")
        self.preset_picker = self._make_preset_picker()
        self.device_picker = DevicePicker()
        self.form = SettingForm()
        self.buttons = TrainingButtons()
        self.progress = TrainingProgress()
        self._scrolled = 0, 0  # from where to where, when a training began
        self._lay_out()
        self._connect()
        self.show_config(self.form.config)

    def config(self) -> RunConfig:
        """The last valid configuration of the form."""
        return self.form.config

    def show_config(self, config: RunConfig) -> None:
        """Fill the form, silently."""
        self.form.show_config(config)
        self._show_preset()

    def choose(self, config: RunConfig, device: str) -> None:
        """Fill the form and choose the device as if a person did."""
        self.show_config(config)
        self.show_device(device)
        self.config_edited.emit(config)
        self.device_chosen.emit(device)

    def show_phase(self, phase: Phase) -> None:
        """Mirror what the training is doing; what is switched off leaves the keyboard to Pause, or to nothing."""
        if phase is Phase.STARTING:
            rest_at(self)
        self.form.show_phase(phase)
        self.buttons.show_phase(phase)
        self.progress.show_phase(phase)
        if phase is Phase.TRAINING and self.hasFocus() and not came_by_mouse(self):
            self.buttons.pause.setFocus()
        bar = self._scroll.verticalScrollBar()
        if phase is Phase.STARTING:
            before = bar.value()
            # The dials that a run in progress takes over come into sight.
            self._scroll.ensureWidgetVisible(self.form.fields["learning_rate"], 0, theme.GAP)
            self._scrolled = before, bar.value()
        elif phase is Phase.IDLE and bar.value() == self._scrolled[1]:  # nobody has scrolled since
            bar.setValue(self._scrolled[0])
        off = "" if phase is Phase.IDLE else STOP_FIRST
        self.device_picker.show_reason(off)
        self.preset_picker.setEnabled(not off)
        self._show_preset()

    def show_twins(self, learning: bool) -> None:
        """Whether twins are being trained: then nothing else is."""
        self.buttons.show_twins(learning)
        self.progress.show_twins(learning)

    def show_progress(
        self, epoch: int, epochs: int, fraction: float, images_per_second: float, seconds_left: float | None
    ) -> None:
        """How far it is: `epoch` from 1, `fraction` of the whole, `seconds_left` None when not known."""
        self.progress.show_progress(epoch, epochs, fraction, images_per_second, seconds_left)

    def show_result(self, line: str) -> None:
        """What the training came to, in one line."""
        self.progress.show_result(line)

    def show_other_network(self) -> None:
        """Another network is looked at than the one that was trained last."""
        self.progress.show_other_network()

    def show_devices(self, devices: Sequence[tuple[str, str, bool, str]]) -> None:
        """(name, label, whether it is there, why not) of each device."""
        self.device_picker.show_devices(devices)

    def show_device(self, name: str) -> None:
        """The device that is chosen; silently, and only if it is known to be there."""
        self.device_picker.show_device(name)

    def device(self) -> str:
        """The name of the device that the picker shows."""
        return self.device_picker.currentData()

    def show_more_settings(self, shown: bool) -> None:
        """Unfold or fold the rarer settings."""
        self.form.show_more(shown)

    # layout and wiring ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        titled = Titled("Train")
        titled.tools.addWidget(self.preset_picker)
        titled.tools.addWidget(self.device_picker)
        self._scroll = scroll = describe(QScrollArea(), object_name="settingsScroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumHeight(LOWEST_FORM)
        scroll.setWidget(self.form)
        titled.body.addWidget(scroll, 1)
        titled.body.addWidget(self.buttons)
        titled.body.addWidget(self.progress)
        fill(self, titled)
        self.setMinimumWidth(272)

    def _make_preset_picker(self) -> QuietComboBox:
        picker = describe(QuietComboBox(), "Preset", object_name="presetPicker")
        picker.setPlaceholderText("Custom")
        picker.setMinimumWidth(NARROWEST)
        picker.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        picker.setMaximumWidth(WIDEST_PRESET)
        for preset in PRESETS.values():
            picker.addItem(preset.title, preset.name)
            picker.setItemData(picker.count() - 1, preset.meaning, Qt.ItemDataRole.ToolTipRole)
        return picker

    def _connect(self) -> None:
        self.preset_picker.activated.connect(self._preset_activated)
        self.device_picker.device_chosen.connect(self.device_chosen)
        self.form.edited.connect(self._edited)
        self.form.validity_changed.connect(self.buttons.show_valid)
        self.form.validity_changed.connect(self.validity_changed)
        self.form.validity_changed.connect(self._show_preset)
        self.buttons.refused.connect(self.refused)
        self.form.live_changed.connect(self._live_changed)
        self.form.troubled.connect(self._bring_into_sight)
        self.form.folded.connect(lambda folded: self.more_settings_shown.emit(not folded))
        for going_on in (self.buttons.resume_requested, self.buttons.step_requested):
            going_on.connect(self.form.commit)  # before those who go on hear of it
        for name in ("start", "pause", "resume", "step", "stop", "reset"):
            getattr(self.buttons, f"{name}_requested").connect(getattr(self, f"{name}_requested"))
        self.buttons.slow_motion_changed.connect(self.slow_motion_changed)

    def _bring_into_sight(self, field: SettingField) -> None:
        """Scroll to what says what is wrong, once it has its room, and where there is enough to its field."""
        for sheet in (field.error.parentWidget(), self.form, self._scroll.viewport()):
            # By itself each would be laid out a turn after what it holds.
            QCoreApplication.sendPostedEvents(sheet, QEvent.Type.LayoutRequest)
        for widget in (field, field.error):
            self._scroll.ensureWidgetVisible(widget, 0, theme.GAP // 2)

    # what a person does --------------------------------------------------------------------------------------------

    def _preset_activated(self, index: int) -> None:
        preset = PRESETS[self.preset_picker.itemData(index)]
        self.show_config(preset.config.replace(seed=self.form.config.seed))
        self.config_edited.emit(self.form.config)

    def _edited(self, config: RunConfig) -> None:
        self._show_preset()
        self.config_edited.emit(config)

    def _live_changed(self, name: str, value: float) -> None:
        signals = {"learning_rate": self.learning_rate_changed, "beta": self.beta_changed}
        if self.buttons.is_running:
            signals[name].emit(value)

    def _show_preset(self) -> None:
        """The preset that the settings are, whatever their seed; otherwise the picker says “Custom”."""
        config, right = self.form.config, self.form.is_valid
        same = [p.name for p in PRESETS.values() if right and p.config.replace(seed=config.seed) == config]
        self.preset_picker.setCurrentIndex(self.preset_picker.findData(same[0]) if same else -1)
        describe_shown(self.preset_picker, "Preset")
        meaning = PRESETS[same[0]].meaning if same else "Settings of your own."
        off = "" if self.preset_picker.isEnabled() else STOP_FIRST
        parts = ["A set of settings to start from.", meaning, off]
        self.preset_picker.setToolTip("".join(f"<p>{part}</p>" for part in parts if part))
