"""A person at the Twins view: opens it, chooses, clicks and reads."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from app.main_window import MainWindow
from app.panels.twins.view import Twins
from models.config import RunConfig

LEFT = Qt.MouseButton.LeftButton


def opened(window: MainWindow) -> Twins:
    """The view, opened with a click on its tab."""
    tabs = window.views.tabs
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(window.views.names().index("twins")).center())
    made = window.views.made("twins")
    assert isinstance(made, Twins)
    return made


def choose(box: QComboBox, words: str) -> None:
    """Walk through a list with the keyboard, from the end that is nearer; what is chosen is not chosen again."""
    if box.currentText() == words:
        return
    box.setFocus()
    far = box.findText(words) > box.count() / 2
    key = Qt.Key.Key_Up if far else Qt.Key.Key_Down
    for each in (Qt.Key.Key_End if far else Qt.Key.Key_Home, *[key] * box.count()):
        QTest.keyClick(box, each)
        if box.currentText() == words:
            return
    raise AssertionError(f"{words} is not in the list")


def click(view: QWidget, name: str) -> None:
    """Press what is called so."""
    found = view.findChild(QWidget, name)
    assert found is not None and found.isVisible(), name
    QTest.mouseClick(found, LEFT)


def words(view: QWidget, name: str) -> str:
    """What a label says, if it is seen."""
    label = view.findChild(QLabel, name)
    return label.text() if label is not None and label.isVisible() else ""


def form(window: MainWindow, config: RunConfig) -> None:
    """Fill the training form."""
    window.training_panel.show_config(config)
    window.session.edit_config(config)
