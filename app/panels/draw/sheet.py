"""The sheet under the pen: its ink, its strokes, undo and redo, and news of them at most 80 times a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.panels.draw.history import InkHistory
from app.panels.draw.ink import SIDE, Area, Stroke, blank_ink, is_blank

TELL_EVERY_MS = 13  # at most 80 times a second; news that waited longer would be late on the map
SMALLEST_BRUSH, DEFAULT_BRUSH, LARGEST_BRUSH = 0.02, 0.105, 0.25  # diameter as a share of the sheet's side
ERASER_SCALE = 1.5  # an eraser as narrow as the brush would leave the edges of a line it follows
EVEN_PRESSURE = 0.5  # what a mouse presses with: the brush as wide as it is set


class Sheet(QObject):
    """Ink on a square. Positions are shares of its side: (0, 0) top left, (1, 1) bottom right."""

    sketched = Signal(object)  # (SIDE, SIDE) uint8, 255 is ink; a copy
    cleared = Signal()  # the sheet has become blank
    history_changed = Signal(bool, bool)  # can undo, can redo
    brush_changed = Signal(float)
    eraser_changed = Signal(bool)
    changed = Signal(object)  # the Area that is to be drawn anew, or None for all of it

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin blank, with the brush that gives MNIST's ink width to a digit that fills most of the sheet."""
        super().__init__(parent)
        self._ink = blank_ink()
        self._history = InkHistory()
        self._stroke: Stroke | None = None
        self._before = self._ink  # what there was before the present stroke
        self._brush = DEFAULT_BRUSH
        self._eraser = False
        self._erasing = False  # the present or the next stroke
        self._told_blank = True
        self._pending = False
        self._told_at = 0.0
        self._teller = QTimer(self, interval=TELL_EVERY_MS, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._teller.timeout.connect(self._tell_if_pending)

    def pixels(self) -> np.ndarray:
        """Return the ink itself, (SIDE, SIDE) uint8; not to be changed."""
        return self._ink

    def ink(self) -> np.ndarray:
        """Return a copy of the ink, (SIDE, SIDE) uint8, 255 is ink."""
        return self._ink.copy()

    def is_blank(self) -> bool:
        """Tell whether nothing is drawn."""
        return is_blank(self._ink)

    def brush(self) -> float:
        """Return the brush's diameter as a share of the side."""
        return self._brush

    def set_brush(self, diameter: float) -> None:
        """Set the brush's diameter as a share of the side (kept within limits)."""
        diameter = min(max(diameter, SMALLEST_BRUSH), LARGEST_BRUSH)
        if diameter != self._brush:
            self._brush = diameter
            self.brush_changed.emit(diameter)
            self.changed.emit(None)

    def eraser(self) -> bool:
        """Tell whether every pen erases."""
        return self._eraser

    def set_eraser(self, eraser: bool) -> None:
        """Let every pen erase instead of draw."""
        if eraser != self._eraser:
            self._eraser = eraser
            self._erasing = eraser if self._stroke is None else self._erasing
            self.eraser_changed.emit(eraser)
            self.changed.emit(None)

    def erases(self) -> bool:
        """Tell whether the present stroke erases; between strokes, whether the next one will."""
        return self._erasing

    def tip(self) -> float:
        """Return the diameter of what touches the sheet, brush or eraser, as a share of the side."""
        return self._brush * (ERASER_SCALE if self._erasing else 1.0)

    def is_drawing(self) -> bool:
        """Tell whether a pen is down."""
        return self._stroke is not None

    def begin_stroke(self, x: float, y: float, pressure: float = EVEN_PRESSURE, erasing: bool = False) -> None:
        """Put the pen down; a pressure of 0..1 makes the line half to one and a half times as wide as the brush."""
        self.end_stroke()
        self._before = self.ink()
        self._erasing = erasing or self._eraser
        self._stroke = Stroke(self._ink, x * SIDE, y * SIDE, self._radius(pressure), self._erasing)
        self._tell_history()
        self._have_news()

    def continue_stroke(self, x: float, y: float, pressure: float = EVEN_PRESSURE) -> None:
        """Move the pen that is down."""
        if self._stroke is not None:
            self._have_news(self._stroke.line_to(x * SIDE, y * SIDE, self._radius(pressure)))

    def end_stroke(self) -> None:
        """Lift the pen and tell of the finished stroke at once."""
        if self._stroke is not None:
            self._stroke.finish()
            self._stroke, self._erasing = None, self._eraser
            self._remember(self._before)
            self._pending = True
            self._tell_if_pending()
            self.changed.emit(None)

    def clear(self) -> None:
        """Take all ink away; can be undone."""
        self.end_stroke()
        if self._ink.any():
            self.put_ink(blank_ink())

    def put_ink(self, ink: np.ndarray) -> None:
        """Replace the sketch by (SIDE, SIDE) uint8 ink; can be undone."""
        self.end_stroke()
        before, self._ink = self._ink, ink.copy()
        self._remember(before)
        self._have_news()

    def undo(self) -> None:
        """Take the last stroke, clearing or picture back."""
        self._step_through(self._history.undo)

    def redo(self) -> None:
        """Bring back what the last undo took away."""
        self._step_through(self._history.redo)

    def _radius(self, pressure: float) -> float:
        return self.tip() * SIDE / 2 * (0.5 + min(max(pressure, 0.0), 1.0))

    def _remember(self, before: np.ndarray) -> None:
        """What leaves the ink as it was is no step: an eraser on bare paper, or the same picture again."""
        if not np.array_equal(before, self._ink):
            self._history.remember(before)
        self._tell_history()

    def _tell_history(self) -> None:
        """A stroke can be undone while it is drawn."""
        self.history_changed.emit(self._history.can_undo() or self.is_drawing(), self._history.can_redo())

    def _step_through(self, step: Callable[[np.ndarray], np.ndarray | None]) -> None:
        self.end_stroke()
        ink = step(self._ink)
        if ink is not None:
            self._ink = ink
            self._tell_history()
            self._have_news()

    def _have_news(self, area: Area | None = None) -> None:
        """Tell now, or when the last news is old enough: only the newest ink is told.

        The clock is asked, not the timer: where the news takes long to be taken in, the timer runs out meanwhile, and
        would tell of old ink just before the next movement arrives.
        """
        self._pending = True
        if 1000 * (time.perf_counter() - self._told_at) >= TELL_EVERY_MS:
            self._tell_if_pending()
        self.changed.emit(area)

    def _tell_if_pending(self) -> None:
        if not self._pending:
            return
        self._pending = False
        self._told_at = time.perf_counter()  # before the news is taken in, which takes a while
        self._teller.start()
        blank = self.is_blank()
        if not blank:
            self.sketched.emit(self.ink())
        elif not self._told_blank:
            self.cleared.emit()
        self._told_blank = blank
