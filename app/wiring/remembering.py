"""What the window remembers from one start to the next: its sizes, the form, the device, brush and strip."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from app.panels.draw.panel import SketchPanel
from app.panels.strip.panel import InterpolationStrip
from app.panels.training.panel import TrainingPanel
from app.settings import AppSettings

SMALLEST, USUAL = QSize(960, 640), QSize(1280, 800)
FRAME = QSize(8, 40)
"""What a window manager may lay around a window."""


def remember_choices(settings: AppSettings, form: TrainingPanel, pad: SketchPanel, strip: InterpolationStrip) -> None:
    """Bring the last choices back, and keep each new one."""
    if settings.config is not None:
        form.show_config(settings.config)
    form.show_more_settings(settings.more_settings)
    form.show_device(settings.device)
    if settings.brush_size is not None:
        pad.show_brush_size(settings.brush_size)
    strip.controls.steps.setValue(settings.strip_steps)
    strip.controls.shape.setCurrentIndex(strip.controls.shape.findData(settings.strip_shape))
    strip.controls.blend.setChecked(settings.show_blend)
    form.config_edited.connect(lambda config: setattr(settings, "config", config))
    form.more_settings_shown.connect(lambda shown: setattr(settings, "more_settings", shown))
    form.device_chosen.connect(lambda name: setattr(settings, "device", name))
    pad.brush_size_changed.connect(lambda size: setattr(settings, "brush_size", size))
    strip.steps_changed.connect(lambda steps: setattr(settings, "strip_steps", steps))
    strip.shape_changed.connect(lambda shape: setattr(settings, "strip_shape", shape))
    strip.controls.blend_toggled.connect(lambda shown: setattr(settings, "show_blend", shown))


def open_at_first(window: QWidget, room: QSize) -> None:
    """The size of a first start, on a screen that has so much room beside its panels; the whole of it where that is
    small, for what would lie outside is where messages stand.
    """
    window.setMinimumSize(SMALLEST.boundedTo(room))
    window.resize(USUAL.boundedTo(room))
    if room.expandedTo(USUAL + FRAME) != room:
        window.setWindowState(Qt.WindowState.WindowMaximized)


def remember_sizes(settings: AppSettings, window: QWidget, arranged: Mapping[str, QSplitter]) -> None:
    """Keep the window's place, and where a person has dragged its parts, on the disk."""
    settings.reset_layout()
    settings.geometry = window.saveGeometry()
    for name, splitter in arranged.items():
        settings.keep_splitter(name, splitter.saveState())
    settings.save()
