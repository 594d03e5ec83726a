"""Where numbers are written in other digits the window writes all of its own in one kind, and takes them so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QSpinBox, QWidget

from app.main_window import MainWindow
from tests.app.conftest import made_ready, open_view


@pytest.fixture
def window(qtbot, make_window, vae_file: Path) -> Iterator[MainWindow]:
    """A window made in Egypt."""
    before = QLocale()
    QLocale.setDefault(QLocale("ar_EG"))
    yield made_ready(qtbot, make_window(vae_file))
    QLocale.setDefault(before)


def words(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, (QAbstractSpinBox, QLabel)) else ""


def test_all_numbers_are_of_the_same_digits(window: MainWindow) -> None:
    for name in window.views.names():
        open_view(window, name)
    odd = {each.objectName(): words(each) for each in window.findChildren(QWidget) if re.search("[٠-٩]", words(each))}
    assert odd == {}
    box = window.findChild(QSpinBox, "stripSteps")
    assert box.text() == "10 steps"
    box.selectAll()
    QTest.keyClicks(box, "12")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.session.strip.steps == 12 and box.text() == "12 steps"
