"""Codes drawn at random on both sides: from N(0, I) and, for an AE, from its codes' own range."""

from __future__ import annotations

from collections.abc import Mapping

from app.seen.twin_pair import TwinPair
from app.seen.twins import DRAWN, DrawnGroup
from models.twins import Measures, axis_ranges, draw_prior, draw_range, landed


def draw_groups(pair: TwinPair, measures: Mapping[str, Measures], seed: int) -> list[DrawnGroup]:
    """The same numbers from N(0, I) for both where they have equally many latents; decoded as the networks are now."""
    groups, names = [], pair.short_names()
    for side, view in pair.sides.items():
        drawn = [(False, draw_prior(DRAWN, view.config.latent_dim, seed))]
        if view.config.kind == "ae":
            drawn.append((True, draw_range(DRAWN, axis_ranges(view.codes), seed)))
        for is_own_range, codes in drawn:
            images = view.decode(codes)
            if images is None:
                continue
            known = measures.get(side)
            hits = landed(codes, known.places, known.reach) if known is not None and len(known.places) else None
            words = f"{names[side]}, {'own range' if is_own_range else 'N(0, I)'}"
            groups.append(DrawnGroup(side, words, is_own_range, codes, view.place(codes), images, hits))
    return groups
