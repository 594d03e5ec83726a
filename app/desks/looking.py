"""The picked code and the place under the pointer: what they decode to, and the held-out image they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.desks.originals import where_they_are
from app.viewpoint import Viewpoint
from models.datasets import Dataset

NO_ORIGINAL = (None, "", None, "", "", "")


@dataclass(frozen=True, eq=False)
class Pin:
    """The picked code; `index` names the held-out image it belongs to, -1 for a place between."""

    code: np.ndarray
    index: int = -1


class LookDesk(QObject):
    """Owns the pin and the hovered place. Everything is decoded again when the network changes."""

    pin_shown = Signal(object)
    """(x, y) or None"""
    decoded_shown = Signal(object, object, str)
    """code (d,), image (28, 28) or None, where it comes from in words"""
    original_shown = Signal(object, str, object, str, str, str)
    """image or None, label, error or None, unit, a note for when there is no image, the data to get if any"""
    hover_shown = Signal(object, str, object, str)
    """nearest held-out image or None, its caption, decoded image or None, its caption"""
    looked_here = Signal()
    """a person has turned to a place of the map or to a code in numbers"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pin: Pin | None = None
        self.shown: Pin | None = None
        """what was decoded last: the pin, a place under the pointer, or a step of the strip"""
        self._hover: tuple[float, float, int] | None = None
        self._is_elsewhere = False
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None

    def codes(self) -> np.ndarray:
        """The codes (n, d) of the held-out images, as the network makes them now; none before there is one."""
        return np.empty((0, 0)) if self._view is None else self._view.codes

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, or the same one after some steps: a held-out image finds its new code, a bare code stays."""
        before, self._view, self._dataset = self._view, view, dataset
        if view is not before:
            self._hover, self._is_elsewhere = None, False
        self.pin = self._found_again(view, before)
        if self._hover is not None:
            self._mark_pin()
            self._show_hover(view, *self._hover)
        elif self._is_elsewhere:
            self._mark_pin()
        else:
            self._show_pin()

    def hover(self, x: float, y: float, index: int) -> None:
        """The pointer is at a place of the map, near the point `index` or near none (-1)."""
        if self._view is None:
            return
        self._hover = (x, y, index)
        self.looked_here.emit()
        self._show_hover(self._view, x, y, index)

    def _show_hover(self, view: Viewpoint, x: float, y: float, index: int) -> None:
        code = self.code_at(x, y, -1)
        self.shown = Pin(code)
        image = view.picture(code)
        near, caption = None, ""
        if index >= 0:
            near, caption = view.original(index, self._dataset), f"held-out {view.class_name(index)}"
            if near is None:
                near, caption = view.picture(view.codes[index]), f"rebuilt {view.class_name(index)}"
        self.hover_shown.emit(near, caption, image, "decoded here")
        self._show_bare(code, image, _whence(view, image, "under the pointer"))

    def hover_elsewhere(self, code: np.ndarray, image: np.ndarray, whose: str) -> None:
        """The pointer is on another network's plane: its code (d,) there and what it decodes to, (28, 28)."""
        self._hover, self._is_elsewhere = None, True
        self.looked_here.emit()
        self._show_bare(code, image, f"under the pointer: {whose}")

    def leave_hover(self) -> None:
        """The pointer has left the map: the pinned code is back."""
        self._show_pin()

    def pick(self, x: float, y: float, index: int) -> None:
        """Pin the code at a place of the map, or that of a held-out image, if this network has it.

        For a moment views still show the images of the network before, which may have been others.
        """
        if self._view is None or index >= len(self._view.codes):
            return
        self.pin = Pin(self.code_at(x, y, index), index)
        self.looked_here.emit()
        self._show_pin()

    def set_code(self, code: np.ndarray) -> None:
        """Pin a code given in numbers."""
        self.pin = Pin(np.asarray(code, np.float32))
        self.looked_here.emit()
        self._show_pin()

    def _found_again(self, view: Viewpoint, before: Viewpoint | None) -> Pin | None:
        pin = self.pin
        if pin is not None and view.has_image(pin.index, before):
            return Pin(view.codes_of([pin.index], self._dataset)[0], pin.index)
        if pin is not None and pin.index < 0 and len(pin.code) == view.config.latent_dim:
            return pin
        return Pin(view.codes[0], 0) if len(view.codes) else None

    def _mark_pin(self) -> None:
        if self._view is None or self.pin is None:
            self.pin_shown.emit(None)
            return
        x, y = self._view.place(self.pin.code)[0]
        self.pin_shown.emit((float(x), float(y)))

    def _show_pin(self) -> None:
        self._hover, self._is_elsewhere = None, False
        self._mark_pin()
        view, pin = self._view, self.pin
        if view is None or pin is None:
            return
        self.shown = pin
        image = view.picture(pin.code)
        self.decoded_shown.emit(pin.code, image, _whence(view, image, "pinned"))
        self._show_original(view, pin)

    def _show_original(self, view: Viewpoint, pin: Pin) -> None:
        if pin.index < 0:
            self.original_shown.emit(*NO_ORIGINAL)
            return
        label = view.class_name(pin.index)
        original = view.original(pin.index, self._dataset)
        if original is None:
            note, dataset = where_they_are("The original is", view, self._dataset)
            self.original_shown.emit(None, label, None, view.error_unit, note, dataset)
            return
        error = None
        if view.snapshot is not None:
            from models.evaluation import reconstruction_errors

            error = float(reconstruction_errors(view.snapshot, original[None], pin.code[None])[0])
        self.original_shown.emit(original, label, error, view.error_unit, "", "")

    def show_strip_step(self, code: np.ndarray, image: np.ndarray, step: int, steps: int) -> None:
        """The pointer is on an image of the strip."""
        self.shown = Pin(code)
        self._show_bare(code, image, f"strip, step {step + 1} of {steps}")

    def _show_bare(self, code: np.ndarray, image: np.ndarray | None, whence: str) -> None:
        """Show a code that belongs to no held-out image."""
        self.decoded_shown.emit(code, image, whence)
        self.original_shown.emit(*NO_ORIGINAL)

    def code_at(self, x: float, y: float, index: int) -> np.ndarray:
        """The code (d,) of the point `index`, or at a place of the map if it is -1."""
        assert self._view is not None
        if 0 <= index < len(self._view.codes):
            return self._view.codes[index]
        base = self.pin.code if self.pin is not None else np.zeros(self._view.config.latent_dim, np.float32)
        return self._view.lift(x, y, base)


def _whence(view: Viewpoint, image: np.ndarray | None, words: str) -> str:
    """Where what is decoded comes from; without an image, in a few words why there is none."""
    if image is not None:
        return words
    return "no decoder" if view.failure else "loading the decoder…"
