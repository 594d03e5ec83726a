"""Undo and redo of the canvas, change by change."""

from __future__ import annotations

import numpy as np

DEPTH = 60  # 110 KB each


class InkHistory:
    """Keeps the ink as it was before each change."""

    def __init__(self) -> None:
        """Begin with nothing to undo."""
        self._undo: list[np.ndarray] = []
        self._redo: list[np.ndarray] = []

    def remember(self, ink: np.ndarray) -> None:
        """Keep the ink as it was before a change, which nobody else changes; what was undone is forgotten."""
        self._undo.append(ink)
        del self._undo[:-DEPTH]
        self._redo.clear()

    def undo(self, ink: np.ndarray) -> np.ndarray | None:
        """Return the ink before the last change, given the present one; None when there is nothing to undo."""
        if not self._undo:
            return None
        self._redo.append(ink.copy())
        return self._undo.pop()

    def redo(self, ink: np.ndarray) -> np.ndarray | None:
        """Return the ink that the last undo took away; None when there is nothing to redo."""
        if not self._redo:
            return None
        self._undo.append(ink.copy())
        return self._redo.pop()

    def can_undo(self) -> bool:
        """Tell whether there is a change to take back."""
        return bool(self._undo)

    def can_redo(self) -> bool:
        """Tell whether there is an undone change to bring back."""
        return bool(self._redo)
