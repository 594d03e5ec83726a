"""Where the strip's ends come from: the pin, a decoded code, the sketch, a place on the map, or a random image."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.desks.looking import LookDesk
from app.desks.sketch import SketchDesk
from app.desks.strip import End, StripDesk


class StripEnds(QObject):
    """Leads from what is looked at to the strip, and from the strip back to the pin."""

    message = Signal(str, str)
    """a sentence, and its kind"""

    def __init__(self, look: LookDesk, sketch: SketchDesk, strip: StripDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look, self._sketch, self._strip = look, sketch, strip

    def choose(self, name: str, source: str) -> None:
        """Put an end of the strip (`A`, `B`) on the code `pinned` or `shown`, the `sketch`, or a `random` image."""
        if source == "sketch":
            if self._sketch.code is None or self._sketch.seen is None:
                self.message.emit("Draw something first; then the strip can start or end there.", "info")
                return
            self._strip.set_end(name, End(self._sketch.code, seen=self._sketch.seen))
        elif source == "random":
            codes = self._look.codes()
            if len(codes) > 0:
                index = int(np.random.default_rng().integers(len(codes)))
                self._strip.set_end(name, End(codes[index], index=index))
        else:
            pin = self._look.shown if source == "shown" else self._look.pin
            if pin is not None:
                self._strip.set_end(name, End(pin.code, index=pin.index))

    def choose_place(self, name: str, x: float, y: float, index: int) -> None:
        """Put an end of the strip on a place of the map."""
        self._strip.set_end(name, End(self._look.code_at(x, y, index), index=index))

    def pin_step(self, step: int) -> None:
        """Pin the code of one image of the strip."""
        code = self._strip.code_of(step)
        if code is not None:
            self._look.set_code(code)
            self._strip.mark(step)

    def leave(self) -> None:
        """The pointer has left the strip: the pinned code is back."""
        self._strip.leave()
        self._look.leave_hover()
