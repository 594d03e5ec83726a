"""The walk from one code to another: its two ends, the path between them and the images along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.viewpoint import Viewpoint
from models.chunks import unit
from models.datasets import Dataset
from models.latent_space import spherical_path, straight_path

TYPICAL_ENDS = {"A": 3, "B": 8}
"""The classes whose typical images are the ends until a person chooses others."""


@dataclass(frozen=True, eq=False)
class End:
    """One end of the strip: where it came from decides what happens to it when the network changes.

    A held-out image (`index`) and a sketch (`seen`, the 28x28 image) get their code from the new network; a bare
    code stays.
    """

    code: np.ndarray
    index: int = -1
    seen: np.ndarray | None = None


class StripDesk(QObject):
    """Owns the strip; draws nothing while an end is missing or no decoder is there yet."""

    ends_shown = Signal(object, object, str, str)
    """images (28, 28) of A and B or None, originals where they are loaded, and what each is"""
    strip_shown = Signal(object, object)
    """decoded images (S, 28, 28) along the path, its first and last too, and the blend of the ends' pixels"""
    missing = Signal(str)
    """why nothing can be decoded, in a sentence"""
    path_shown = Signal(object, int)
    """points (S, 2) on the map, or None, and the current step"""
    step_decoded = Signal(object, object, int, int)
    """code (d,), image (28, 28), step, steps: what the pointer is on"""
    step_gone = Signal()
    """the step that was looked at is none any more"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ends: dict[str, End | None] = {"A": None, "B": None}
        self.steps = 10
        self.shape = "straight"
        self.current = -1
        self._is_looked_at = False
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._path: np.ndarray | None = None
        self._images: np.ndarray | None = None

    def set_end(self, name: str, end: End) -> None:
        """Put an end (`A` or `B`) somewhere."""
        self.ends[name] = end
        self.refresh()

    def set_steps(self, steps: int) -> None:
        """3 to 25 images from A to B, both included."""
        was_looked_at, self._is_looked_at = self._is_looked_at, False
        self.steps = int(np.clip(steps, 3, 25))
        self.current = -1
        self.refresh()
        if was_looked_at:
            self.step_gone.emit()

    def set_shape(self, shape: str) -> None:
        """`straight`, or `sphere`: along the great circle, the length of the code changing evenly."""
        self.shape = shape
        self.refresh()

    def swap(self) -> None:
        """A becomes B and B becomes A."""
        self.ends = {"A": self.ends["B"], "B": self.ends["A"]}
        self.refresh()

    def scrub(self, step: int) -> None:
        """Look at one image of the strip."""
        if self._path is None or self._images is None or not 0 <= step < len(self._path):
            return
        self._is_looked_at = True
        self.mark(step)
        self.step_decoded.emit(self._path[step], self._images[step], step, len(self._path))

    def mark(self, step: int) -> None:
        """Mark one image of the strip, looked at or not."""
        self.current = step
        self.path_shown.emit(self._points(), step)

    def leave(self) -> None:
        """The strip is looked at no more."""
        self._is_looked_at = False
        if self.current >= 0:
            self.mark(-1)

    def code_of(self, step: int) -> np.ndarray | None:
        """The code (d,) of one image of the strip."""
        return self._path[step] if self._path is not None and 0 <= step < len(self._path) else None

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """A new network, or new codes of the held-out images: the ends find their codes again, or typical ones."""
        before, self._view, self._dataset = self._view, view, dataset
        for name, digit in TYPICAL_ENDS.items():
            end = self._found_again(self.ends[name], before, dataset)
            self.ends[name] = end or self._typical(digit, view)
        self.refresh()

    def refresh(self) -> None:
        """Decode the path again and tell the panels."""
        view, a, b = self._view, self.ends["A"], self.ends["B"]
        if view is None:
            return
        if view.decoder is None:
            self._forget()
            self.missing.emit(view.why_asleep)
            return
        picture_a, picture_b = self._picture(a, view), self._picture(b, view)
        self.ends_shown.emit(picture_a, picture_b, self._words(a, view), self._words(b, view))
        if a is None or b is None or picture_a is None or picture_b is None:
            self._forget()
            return
        walk = straight_path if self.shape == "straight" else spherical_path
        marked, self._path = self.code_of(self.current), walk(a.code, b.code, self.steps)
        if not self._is_looked_at and (marked is None or not np.array_equal(marked, self._path[self.current])):
            self.current = -1  # a pinned step was marked, and the pin stays where it is
        self._images = view.decoder.decode(self._path)
        share = np.linspace(0.0, 1.0, self.steps, dtype=np.float32)[:, None, None]
        self.strip_shown.emit(self._images, (1 - share) * picture_a + share * picture_b)
        self.path_shown.emit(self._points(), self.current)
        if self._is_looked_at:
            self.scrub(self.current)

    def _forget(self) -> None:
        self._path = self._images = None
        self.path_shown.emit(None, -1)

    def _points(self) -> np.ndarray | None:
        return None if self._view is None or self._path is None else self._view.place(self._path)

    def _picture(self, end: End | None, view: Viewpoint) -> np.ndarray | None:
        if end is None or view.decoder is None:
            return None
        seen = self._seen(end, view)
        return view.decoder.decode(end.code[None])[0] if seen is None else unit(seen)

    def _seen(self, end: End, view: Viewpoint) -> np.ndarray | None:
        """The image (28, 28) that an end's code was made from; None for a bare code, or where it is not loaded."""
        if end.seen is not None or end.index < 0:
            return end.seen
        return view.original(end.index, self._dataset)

    def _words(self, end: End | None, view: Viewpoint) -> str:
        if end is None:
            return ""
        if end.seen is not None:
            return "your sketch"
        name = f"a held-out {view.class_name(end.index)}" if end.index >= 0 else "a code"
        return name if self._seen(end, view) is not None else f"{name}, decoded"

    def _found_again(self, end: End | None, before: Viewpoint | None, dataset: Dataset | None) -> End | None:
        view = self._view
        if end is None or view is None:
            return None
        if end.seen is not None and view.snapshot is not None:
            return End(view.snapshot.encode(end.seen[None])[0], seen=end.seen)
        if view.has_image(end.index, before):
            return End(view.codes_of([end.index], dataset)[0], index=end.index)
        return end if end.index < 0 and len(end.code) == view.config.latent_dim else None

    @staticmethod
    def _typical(digit: int, view: Viewpoint) -> End | None:
        index = view.typical(digit)
        return End(view.codes[index], index=index) if index >= 0 else None
