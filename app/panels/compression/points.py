"""The points of the compression plot: where runs and PCA stand between bits an image and squared error per pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app import theme
from app.amounts import counted, per_pixel
from app.panels.compression.words import axes, decibels
from app.seen.compressed import Curve, Curves
from models.compression import ALL_BITS
from models.corruption import psnr_of_error

OWN, VAE, AE, PCA = "own", "vae", "ae", "pca"
GROUPS = {OWN: "this run, 1–16 bits", VAE: "VAE: KL / ln 2", AE: "AE, quantised", PCA: "PCA, quantised"}
"""What can be shown and hidden, with its words."""

HEADROOM = 1.1  # of the largest error
LEGEND_LEFT, LEGEND_FREE = 0.36, 0.55  # of the width, beyond which so much of the height is used
TINY = 1e-6

OF_MEANS = "error of the mean codes"

CURVES = ("name", "what", "latent_dim", "bits_an_axis", "bits", "squared_error_per_pixel", "psnr_db")
"""The first line of the curves' CSV file."""


@dataclass(frozen=True)
class Mark:
    """One point: `bits` an image, `error` per pixel. A click on it opens `path`, or chooses `sets` bits an axis.

    `now` says that it stands where the run that is looked at is now; `dim` is written beside it, 0 for nothing.
    """

    group: str
    name: str
    bits: float
    error: float
    note: str = ""
    dim: int = 0
    path: Path | None = None
    sets: int = 0
    now: bool = False

    def rows(self) -> list[tuple[str, str]]:
        """What is known of it, as (name, value)."""
        return [
            ("bits an image", f"{self.bits:,.1f}" if self.bits % 1 else f"{self.bits:,.0f}"),
            ("squared error per pixel", per_pixel(self.error)),
            ("PSNR", f"{decibels(self.error)} dB"),
        ]

    def in_words(self) -> str:
        """The same in one line, for whoever does not see it."""
        return "; ".join([self.name, *(f"{name} {value}" for name, value in self.rows())])


def colour(group: str) -> str:
    """The run looked at in the accent colour; the others are data, the same in both themes."""
    return {
        OWN: theme.colours().accent,
        VAE: theme.DIGIT_COLOURS[4],
        AE: theme.DIGIT_COLOURS[6],
        PCA: theme.DIGIT_COLOURS[3],
    }[group]


def marks(curves: Curves, bits: int) -> list[Mark]:
    """All points at so many bits an axis; what is not measured yet is left out."""
    found = [*_pca(curves, bits), *_shipped(curves, bits)]
    if curves.own is not None:
        found += _own(curves.own, bits, curves.images)
    return [mark for mark in found if np.isfinite(mark.error) and mark.error >= 0 and mark.bits > 0]


def _own(own: Curve, bits: int, images: int) -> list[Mark]:
    found = [
        Mark(
            OWN,
            f"This run, {counted(each, 'bit')} an axis",
            own.latent_dim * each,
            float(own.errors[place]),
            f"mean over {counted(images, 'held-out image')}" + ("" if each == bits else "; click: so many bits"),
            sets=each,
            now=each == bits,
        )
        for place, each in enumerate(ALL_BITS)
    ]
    found.sort(key=lambda mark: mark.now)  # what is drawn last lies on top
    if own.rate is not None and own.error is not None:
        note = f"{OF_MEANS}, over {counted(images, 'held-out image')}" if images else OF_MEANS
        found.append(Mark(OWN, "This run's rate, KL / ln 2", own.rate, own.error, note, now=True))
    return found


def _shipped(curves: Curves, bits: int) -> list[Mark]:
    found = []
    for each in curves.shipped:
        if each.kind == "vae" and each.rate is not None and each.error is not None:
            found.append(
                Mark(VAE, f"{each.name}: KL / ln 2", each.rate, each.error, OF_MEANS, each.latent_dim, each.path)
            )
        elif each.kind == "ae":
            error, name = float(each.errors[bits - 1]), f"{each.name}, {counted(bits, 'bit')} an axis"
            found.append(Mark(AE, name, each.latent_dim * bits, error, "", each.latent_dim, each.path))
    return sorted(found, key=lambda mark: (mark.group, mark.dim))


def _pca(curves: Curves, bits: int) -> list[Mark]:
    return [
        Mark(PCA, f"PCA, {axes(dim)} of {counted(bits, 'bit')}", dim * bits, float(errors[bits - 1]), "", dim)
        for dim, errors in sorted(curves.pca.items())
    ]


def extent(curves: Curves) -> tuple[float, float, float]:
    """Fewest and most bits, and the error at the upper edge: the same at any number of bits, so that the plot rests.

    What a network in its first steps tells may be thousandths of a bit: below one bit the plot does not reach.
    At the right its upper part is left to the legend.
    """
    places = np.array([*_places(curves), (2.0, 0.0)], float)
    places = places[np.isfinite(places).all(axis=1)]
    bits, errors = np.maximum(places[:, 0], 1.0), places[:, 1]
    right = errors[bits > bits.min() * (bits.max() / bits.min()) ** LEGEND_LEFT]
    return (
        float(bits.min()),
        float(bits.max()),
        max(HEADROOM * errors.max(), right.max(initial=0.0) / LEGEND_FREE, TINY),
    )


def _places(curves: Curves) -> Iterator[tuple[float, float]]:
    """Where something may stand at some number of bits."""
    yield from curves.trail.tolist()
    quantised = [(dim, errors) for dim, errors in curves.pca.items()]
    for each in (*curves.shipped, *([curves.own] if curves.own is not None else [])):
        quantised.append((each.latent_dim, each.errors))
        if each.rate is not None and each.error is not None:
            yield each.rate, each.error
    for dim, errors in quantised:
        yield from ((dim * bits, float(error)) for bits, error in zip(ALL_BITS, errors, strict=True))


def curve_table(curves: Curves) -> list[list[object]]:
    """Every measured point at every number of bits, as rows under `CURVES`."""
    rows: list[list[object]] = []

    def add(name: str, what: str, dim: int, bits_an_axis: object, bits: float, error: float | None) -> None:
        if error is not None and np.isfinite(error):
            rows.append([name, what, dim, bits_an_axis, bits, error, float(psnr_of_error(error))])

    own = [curves.own] if curves.own is not None else []
    for name, each in [("this run", each) for each in own] + [(each.name, each) for each in curves.shipped]:
        for place, bits in enumerate(ALL_BITS):
            add(name, "quantised code", each.latent_dim, bits, each.latent_dim * bits, float(each.errors[place]))
        if each.rate is not None:
            add(name, "rate KL / ln 2", each.latent_dim, "", each.rate, each.error)
    for dim, errors in sorted(curves.pca.items()):
        for place, bits in enumerate(ALL_BITS):
            add("PCA", "quantised coefficients", dim, bits, dim * bits, float(errors[place]))
    return rows
