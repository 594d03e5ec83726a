"""A wheel that passes over a control on its way changes nothing: what is around scrolls, or the map zooms."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QSlider, QWidget

from app import theme
from app.panels.anomalies.view import Anomalies
from app.panels.compression.view import Compression
from app.panels.denoising.view import Denoising
from app.panels.draw.noise import NoiseSheet
from app.panels.latent.toolbar import ProjectionChooser
from app.panels.quiet import QuietComboBox
from app.panels.reconstructions.view import Reconstructions
from app.panels.regularity.draws import RegularityDraws
from app.panels.strip.controls import StripControls
from tests.app.mouse_wheel import turn_wheel

NAMES = {
    Anomalies: ["oddClass"],
    Compression: ["bitsBox"],
    Denoising: ["corruptionKind"],
    RegularityDraws: ["sigmaSlider"],
    NoiseSheet: ["sketchNoiseKind"],
    ProjectionChooser: ["planeShown", "axisAcross", "axisUpwards"],
    Reconstructions: ["classShown"],
    StripControls: ["stripSteps", "stripShape"],
}


def state(control: QWidget) -> int | str:
    if isinstance(control, QComboBox):
        return control.currentIndex()
    assert isinstance(control, QAbstractSpinBox | QSlider)
    return control.text() if isinstance(control, QAbstractSpinBox) else control.value()


@pytest.mark.parametrize("kind", NAMES)
def test_a_wheel_that_passes_over_changes_nothing(qtbot, kind: type[QWidget]) -> None:
    theme.apply(QApplication.instance(), "light")
    window = QWidget()
    panel = kind(window) if kind is NoiseSheet else kind()
    for each in (window, panel):
        qtbot.addWidget(each)
    panel.resize(700, 600)
    panel.show()
    for name in NAMES[kind]:
        control = panel.findChild(QWidget, name)
        if isinstance(control, QComboBox):
            control.addItems(["one", "two", "three"])
        panel.setFocus()
        before = state(control)
        for notches in (-1, 1):
            turn_wheel(control, control.rect().center(), notches)
            assert state(control) == before and not control.hasFocus(), name


@pytest.mark.parametrize("words", ["All classes", "Straight", "PCA plane (18 % of the variance)", "VAE 2-D", "WWWWW"])
def test_a_list_that_is_as_wide_as_its_words_shows_them_whole(qapp: QApplication, qtbot, words: str) -> None:
    theme.apply(qapp, "light")
    box = QuietComboBox()
    qtbot.addWidget(box)
    box.addItem(words)
    box.resize(box.sizeHint())
    assert box.shown_text() == words
    box.resize(box.width() - 6, box.height())
    assert box.shown_text() != words
