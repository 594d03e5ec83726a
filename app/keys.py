"""How keys are called where the program runs: on a Mac Qt lets Command stand for Ctrl, and Alt is called Option."""

from __future__ import annotations

import re
import sys

ON_A_MAC = {"Ctrl": "Cmd", "Alt": "Option", "F11": "Control+Cmd+F"}


def called_here(words: str) -> str:
    """Words that name keys, as they stand on this system's keyboards."""
    if sys.platform != "darwin":
        return words
    return re.sub(r"\b(Ctrl|Alt|F11)\b", lambda found: ON_A_MAC[found[0]], words)


def full_screen() -> str:
    """The shortcut that fills the screen, as Qt writes it; on a Mac F11 is the system's own."""
    return "Ctrl+Meta+F" if sys.platform == "darwin" else "F11"
