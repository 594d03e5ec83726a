"""What the denoising view says that a network gains."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.main_window import MainWindow
from tests.app.conftest import open_view


def test_the_gain_is_that_of_the_figures_beside_it(qtbot, borrowed_window: MainWindow) -> None:
    view = open_view(borrowed_window, "denoising")
    summary = view.findChild(QLabel, "denoisingSummary")
    qtbot.waitUntil(lambda: "mean PSNR" in summary.text())
    QTest.keyClick(view.slider, Qt.Key.Key_Home)
    for _ in range(60):
        QTest.keyClick(view.slider, Qt.Key.Key_Right)
        noisy, restored, gain = map(float, re.findall(r"[+-]?[0-9.]+(?= dB)", summary.text().replace("\u2212", "-")))
        assert gain == pytest.approx(restored - noisy)
