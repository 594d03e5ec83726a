"""Buttons in a row of which one is down."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup


def enter_at_checked(group: QButtonGroup) -> None:
    """Let Tab come to the button that is down; arrow keys go on from there.

    Qt does so only once one of them has had the keyboard: before, Tab comes to the first, or to each of them.
    """
    group.buttonToggled.connect(lambda *_: _renew(group))
    _renew(group)


def _renew(group: QButtonGroup) -> None:
    checked, tab = group.checkedButton(), Qt.FocusPolicy.TabFocus
    if checked is None:
        return
    for button in group.buttons():
        policy = button.focusPolicy()
        button.setFocusPolicy(policy | tab if button is checked else policy & ~tab)
