"""The keyboard reaches every tool of every view: with Tab, from the place where a view takes it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget

from app.main_window import MainWindow

TOOLS = (QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox)
MOST = 200  # more than the window has


def tools_of(view: QWidget) -> list[QWidget]:
    """What can be used; of buttons of which one is down, Tab comes to that one and arrow keys to the others."""
    found = [each for each in view.findChildren(QWidget) if isinstance(each, TOOLS) and each.isVisible()]
    found = [each for each in found if each.isEnabled() and not isinstance(each, QScrollBar)]
    return [each for each in found if each.focusPolicy() & Qt.FocusPolicy.TabFocus]


@pytest.mark.parametrize(
    "name",
    ["map", "manifold", "reconstructions", "twins", "axes", "regularity", "denoising", "sparsity", "anomalies"]
    + ["compression", "rate"],
)
def test_tab_comes_to_every_tool_of_a_view(borrowed_window: MainWindow, let_turns_pass, name: str) -> None:
    window = borrowed_window
    window.views.show_view(name)
    let_turns_pass()
    view = window.views.made(name)
    assert view.isAncestorOf(window.focusWidget()) or window.focusWidget() is view, "it takes the keyboard"
    reached: set[QWidget | None] = set()
    left = False
    for _ in range(MOST):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        now = window.focusWidget()
        left = left or not view.isAncestorOf(now)
        if left and now in reached and view.isAncestorOf(now):
            break  # once round
        reached.add(now)
    assert left, "and out of it again"
    assert [each.objectName() for each in tools_of(view) if each not in reached] == []
