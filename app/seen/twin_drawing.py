"""Codes drawn at random on both sides: from N(0, I) and, for an AE, from its codes' own range."""

from __future__ import annotations

import numpy as np

from app.seen.twin_pair import TwinPair
from app.seen.twins import DRAWN, DrawnGroup
from models.measuring import Measures, axis_ranges, draw_prior, draw_range, landed


def draw_groups(pair: TwinPair, side: str, known: Measures | None, seed: int) -> list[DrawnGroup]:
    """A side's draws, decoded as its network is now; `known` says where there is data.

    With one seed both sides get the same numbers from N(0, I) where they have equally many latents.
    """
    view, name = pair.sides[side], pair.short_names()[side]
    drawn = [("N(0, I)", draw_prior(DRAWN, view.config.latent_dim, seed))]
    if view.config.kind == "ae":
        drawn.append(("own range", draw_range(DRAWN, axis_ranges(view.codes), seed)))
    images = view.decode(np.concatenate([codes for _, codes in drawn]))
    if images is None:
        return []
    groups = []
    for (source, codes), decoded in zip(drawn, np.split(images, len(drawn)), strict=True):
        hits = landed(codes, known.places, known.reach) if known is not None and len(known.places) else None
        is_own_range = source == "own range"
        groups.append(DrawnGroup(side, f"{name}, {source}", is_own_range, codes, view.place(codes), decoded, hits))
    return groups
