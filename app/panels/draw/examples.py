"""Example sketches: strokes read from resources/sketches, their thumbnails, and the animated pen that replays them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from app.panels.draw.ink import SIDE, Stroke, blank_ink
from app.panels.draw.sheet import DEFAULT_BRUSH, Sheet
from app.resources import resource_path

REPLAY_MS = 600
FRAME_MS = 16


@dataclass(frozen=True)
class Example:
    """A sketch kept as movements of the pen, so that it can be drawn again."""

    name: str  # the file's name without its ending
    title: str  # "3", "question mark"
    is_digit: bool  # whether the networks were trained on such things
    strokes: tuple[tuple[tuple[float, float, float], ...], ...]  # points (x, y, pressure), shares of the sheet


def read_example(path: Path) -> Example:
    """Read one file of strokes: {"title", "digit", "strokes": [[[x, y, pressure], ...], ...]}."""
    content = json.loads(path.read_text(encoding="utf-8"))
    strokes = tuple(tuple((float(x), float(y), float(p)) for x, y, p in stroke) for stroke in content["strokes"])
    return Example(path.stem, content["title"], bool(content["digit"]), strokes)


def load_examples() -> list[Example]:
    """Return the shipped examples: the ten digits first, then what no network here was trained on."""
    examples = [read_example(path) for path in sorted(resource_path("sketches").glob("*.json"))]
    return sorted(examples, key=lambda example: (not example.is_digit, example.name))


@cache
def ink_of(example: Example) -> np.ndarray:
    """Return the example as (SIDE, SIDE) uint8 ink, drawn with the default brush, once: 8 ms; not to be changed."""
    ink = blank_ink()
    for stroke in example.strokes:
        radii = [DEFAULT_BRUSH * SIDE / 2 * (0.5 + pressure) for _, _, pressure in stroke]
        pen = Stroke(ink, stroke[0][0] * SIDE, stroke[0][1] * SIDE, radii[0])
        for (x, y, _), radius in zip(stroke[1:], radii[1:], strict=True):
            pen.line_to(x * SIDE, y * SIDE, radius)
        pen.finish()
    ink.flags.writeable = False
    return ink


class Replay(QObject):
    """Moves a sheet's pen along an example, as a person would, only faster."""

    def __init__(self, sheet: Sheet, parent: QObject | None = None) -> None:
        """Get ready to draw on `sheet`."""
        super().__init__(parent)
        self._sheet = sheet
        self._moves: list[tuple[bool, float, float, float]] = []  # (pen goes down here, x, y, pressure)
        self._next = 0
        self._own_brush = sheet.brush()
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._go_on)

    def start(self, example: Example, instant: bool = False) -> None:
        """Clear the sheet and draw the example with the default brush, in 0.6 seconds or at once."""
        self.stop()
        self._sheet.clear()
        self._sheet.set_eraser(False)
        self._own_brush = self._sheet.brush()
        self._sheet.set_brush(DEFAULT_BRUSH)
        self._moves = [
            (i == 0, x, y, pressure) for stroke in example.strokes for i, (x, y, pressure) in enumerate(stroke)
        ]
        self._next = 0
        if instant:
            self._draw_until(len(self._moves))
        else:
            self._clock.start()
            self._timer.start()

    def stop(self) -> None:
        """Lift the pen where it is, and give the person's brush back."""
        if self._timer.isActive():
            self._end()

    def is_running(self) -> bool:
        """Tell whether an example is being drawn."""
        return self._timer.isActive()

    def _go_on(self) -> None:
        self._draw_until(round(len(self._moves) * min(1.0, self._clock.elapsed() / REPLAY_MS)))

    def _draw_until(self, count: int) -> None:
        for pen_down, x, y, pressure in self._moves[self._next : count]:
            if pen_down:
                self._sheet.begin_stroke(x, y, pressure)
            elif self._sheet.is_drawing():
                self._sheet.continue_stroke(x, y, pressure)
            else:  # somebody has undone or cleared the stroke
                self._end()
                return
        self._next = max(self._next, count)
        if self._next == len(self._moves):
            self._end()

    def _end(self) -> None:
        self._timer.stop()
        self._sheet.end_stroke()
        self._sheet.set_brush(self._own_brush)
