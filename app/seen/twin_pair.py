"""Two networks and what one thing (a held-out image, a place, a sketch, an end of the strip) is on either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.seen.twins import TwinSpot, TwinTitle
from app.viewpoint import Viewpoint
from models.config import RunConfig
from models.datasets import Dataset, whole_title
from models.latent_space import spherical_path, straight_path
from models.settings import settings_of
from models.twins import SIDES
from models.wording import plain

if TYPE_CHECKING:
    from app.desks.strip import StripDesk


WORDS = {
    "beta_warmup": "KL warm-up",
    "input_dropout": "dropout",
    "corruption": "noise",
    "corruption_level": "level",
    "sparsity_weight": "weight",
    "sparsity_target": "target",
    "leave_out": "left out",
    "batch_size": "batch",
    "learning_rate": "rate",
    "warmup": "warm-up",
    "weight_decay": "decay",
    "gradient_clip": "clip",
    "schedule": "",
    "optimiser": "",
    "architecture": "",
    "activation": "",
}
"""Settings in a word, where their own name is none."""
WITHOUT = {"corruption": "no noise", "sparsity": "not sparse", "leave_out": "all classes"}
"""What a setting's value “none” means."""


@dataclass(frozen=True, eq=False)
class Spot:
    """What is looked at: a held-out image by its index, or, with index -1, a bare code of one side."""

    side: str
    index: int
    code: np.ndarray


class TwinPair:
    """Holds a viewpoint a side; all else is computed on request."""

    def __init__(self) -> None:
        self.sides: dict[str, Viewpoint] = {}

    @property
    def is_whole(self) -> bool:
        """Whether both sides have a network."""
        return len(self.sides) == len(SIDES)

    @property
    def is_of_one_data(self) -> bool:
        """Whether both are of the same images, so that a code of one has a twin."""
        return len({view.fingerprint for view in self.sides.values()}) == 1

    @property
    def data_title(self) -> str:
        """What the images of the left one, or of the only one, are called."""
        return next((whole_title(view.dataset_title)[0] for view in self.sides.values()), "")

    def short_names(self) -> dict[str, str]:
        """What to call each side in little room: kind and size, their data, or the setting that differs."""
        names = {side: view.config.short_name for side, view in self.sides.items()}
        left, right = (self.sides[side].config if side in self.sides else None for side in SIDES)
        if left is None or right is None or len(set(names.values())) > 1:
            return names
        if not self.is_of_one_data:
            return {side: whole_title(view.dataset_title)[0] for side, view in self.sides.items()}
        differing = (name for name in settings_of(RunConfig) if getattr(left, name) != getattr(right, name))
        found = next(differing, "")
        return {side: said(view.config, found) for side, view in self.sides.items()} if found else names

    def title(self, side: str) -> TwinTitle:
        """What stands on a side, for the view."""
        view = self.sides[side]
        return TwinTitle(
            name=view.title,
            short=self.short_names()[side],
            path=view.path,
            has_prior=view.config.kind == "vae",
            room=view.room if view.history is None else 0.0,
            plane=view.projection.kind,
            axes=view.projection.axis_titles,
            prior_centre=view.projection.prior_centre(),
            class_names=view.class_names,
            unit=view.error_unit,
        )

    # one cursor --------------------------------------------------------------------------------------------------

    def spot(self, side: str, x: float, y: float, index: int, near: Spot | None) -> Spot | None:
        """What lies at a place of a side's map; what its plane does not show is taken from the spot `near`."""
        view = self.sides.get(side)
        if view is None:
            return None
        if 0 <= index < len(view.codes):
            return Spot(side, index, view.codes[index])
        base = self.code(near, side) if near is not None else None
        return Spot(side, -1, view.lift(x, y, np.zeros(view.config.latent_dim) if base is None else base))

    def code(self, spot: Spot, side: str) -> np.ndarray | None:
        """The code (d,) of a spot on a side, None where it has none.

        A place between the images has a twin, too: where the other encoder puts the picture that is decoded there.
        """
        view, there = self.sides[side], self.sides[spot.side]
        if spot.index >= 0:
            same = side == spot.side or self.is_of_one_data
            return view.codes[spot.index] if same and spot.index < len(view.codes) else None
        if len(spot.code) != there.config.latent_dim:
            return None
        return spot.code if side == spot.side else _encoded(view, there.decode(spot.code))

    def original(self, spot: Spot, dataset: Dataset | None) -> np.ndarray | None:
        """The held-out image (28, 28) uint8 of a spot, if it is one and is loaded."""
        return self.sides[spot.side].original(spot.index, dataset) if spot.index >= 0 else None

    def look_at(self, spot: Spot, side: str, code: np.ndarray | None, original: np.ndarray | None) -> TwinSpot | None:
        """A spot as a side sees it, which is the code (d,) there."""
        if code is None:
            return None
        image = self.sides[side].picture(code)
        words = "" if spot.index >= 0 else "decoded" if side == spot.side else "its twin"
        return TwinSpot(self.place(side, code), image, words, _error(image, original))

    def place(self, side: str, code: np.ndarray) -> tuple[float, float]:
        """Where a code lies on a side's map."""
        x, y = self.sides[side].place(code)[0].tolist()
        return x, y

    # canvas and strip --------------------------------------------------------------------------------------------

    def sketch(self, side: str, seen: np.ndarray) -> TwinSpot | None:
        """A sketch (28, 28) uint8 as a side sees it; None before torch is there."""
        view = self.sides[side]
        if view.snapshot is None:
            return None
        mean, log_variance = view.snapshot.posterior(seen[None])
        place = self.place(side, mean[0])
        outlines = view.outlines(mean[0], None if log_variance is None else log_variance[0])
        image = view.snapshot.decode(mean)[0]
        return TwinSpot(place, image, "", _error(image, seen), outlines)

    def path(self, side: str, strip: StripDesk, of: Viewpoint | None) -> np.ndarray | None:
        """The codes (S, d) of a side on the strip's way, whose ends are those of the network `of`."""
        a, b = (self._end(side, strip, name, of) for name in ("A", "B"))
        if a is None or b is None:
            return None
        return (straight_path if strip.shape == "straight" else spherical_path)(a, b, strip.steps)

    def _end(self, side: str, strip: StripDesk, name: str, of: Viewpoint | None) -> np.ndarray | None:
        """An end's own code on a side: of the same image or sketch, else of the picture that a bare code decodes to."""
        end, view = strip.ends[name], self.sides[side]
        if end is None or of is None:
            return None
        if end.index >= 0 and of.fingerprint == view.fingerprint and end.index < len(view.codes):
            return view.codes[end.index]
        return _encoded(view, end.seen[None] if end.seen is not None else of.decode(end.code))


def said(config: RunConfig, name: str) -> str:
    """A setting and its value in little room: “beta 4”, “encoder 256-128”, “linear”."""
    value = getattr(config, name)
    if value == "none":
        return WITHOUT.get(name, name)
    if isinstance(value, tuple):
        words = "-".join(map(str, value)) or "none"
    else:
        words = plain(value) if isinstance(value, (int, float)) else str(value)
    return f"{WORDS.get(name, name.replace('_', ' '))} {words}".strip()


def _encoded(view: Viewpoint, pictures: np.ndarray | None) -> np.ndarray | None:
    """The code of a picture (1, 28, 28), uint8 or float; None before torch is there."""
    if view.snapshot is None or pictures is None:
        return None
    return view.snapshot.encode(pictures if pictures.dtype == np.uint8 else np.clip(pictures, 0, 1))[0]


def _error(image: np.ndarray | None, original: np.ndarray | None) -> float | None:
    """Squared error per pixel of a decoded image against its original (28, 28) uint8."""
    if image is None or original is None:
        return None
    return float(np.square(image - original / np.float32(255), dtype=np.float64).mean())  # may be huge
