"""The points of the compression plot: where runs and PCA stand between bits an image and squared error per pixel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app import theme
from app.compressed import Curve, Curves, bits_in_words
from app.panels.compression_words import axes, decibels, per_pixel
from models.compression import ALL_BITS, psnr

OWN, VAE, AE, PCA = "own", "vae", "ae", "pca"
GROUPS = {OWN: "this run, 1–16 bits", VAE: "VAE: KL / ln 2", AE: "AE, quantised", PCA: "PCA, quantised"}
"""What can be shown and hidden, with its words."""

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
        found += _own(curves.own, bits)
    return [mark for mark in found if np.isfinite(mark.error) and mark.error >= 0 and mark.bits > 0]


def _own(own: Curve, bits: int) -> list[Mark]:
    found = [
        Mark(
            OWN,
            f"This run, {bits_in_words(each)} an axis",
            own.latent_dim * each,
            float(own.errors[place]),
            "" if each == bits else "click: so many bits",
            sets=each,
            now=each == bits,
        )
        for place, each in enumerate(ALL_BITS)
    ]
    found.sort(key=lambda mark: mark.now)  # what is drawn last lies on top
    if own.rate is not None and own.error is not None:
        found.append(Mark(OWN, "This run's rate, KL / ln 2", own.rate, own.error, OF_MEANS, now=True))
    return found


def _shipped(curves: Curves, bits: int) -> list[Mark]:
    found = []
    for each in curves.shipped:
        if each.kind == "vae" and each.rate is not None and each.error is not None:
            found.append(
                Mark(VAE, f"{each.name}: KL / ln 2", each.rate, each.error, OF_MEANS, each.latent_dim, each.path)
            )
        elif each.kind == "ae":
            error, name = float(each.errors[bits - 1]), f"{each.name}, {bits_in_words(bits)} an axis"
            found.append(Mark(AE, name, each.latent_dim * bits, error, "", each.latent_dim, each.path))
    return sorted(found, key=lambda mark: (mark.group, mark.dim))


def _pca(curves: Curves, bits: int) -> list[Mark]:
    return [
        Mark(PCA, f"PCA, {axes(dim)} of {bits_in_words(bits)}", dim * bits, float(errors[bits - 1]), "", dim)
        for dim, errors in sorted(curves.pca.items())
    ]


def extent(curves: Curves) -> tuple[float, float, float]:
    """Fewest and most bits and the largest error at any number of bits, so that the plot keeps still.

    What a network in its first steps tells may be thousandths of a bit: below one bit the plot does not reach.
    """
    bits: list[float] = []
    errors: list[float] = [*curves.trail[:, 1]]
    bits += [*curves.trail[:, 0]]
    for each in (*curves.shipped, *([curves.own] if curves.own is not None else [])):
        measured = each.errors[np.isfinite(each.errors)]
        if len(measured):
            bits += [each.latent_dim * ALL_BITS[0], each.latent_dim * ALL_BITS[-1]]
            errors += [float(measured.max())]
        if each.rate is not None and each.error is not None:
            bits, errors = [*bits, each.rate], [*errors, each.error]
    for dim, values in curves.pca.items():
        bits += [dim * ALL_BITS[0], dim * ALL_BITS[-1]]
        errors.append(float(values.max()))
    bits = [max(each, 1.0) for each in bits if np.isfinite(each)]
    errors = [each for each in errors if np.isfinite(each)]
    return min(bits, default=2.0), max(bits, default=256.0), max(errors, default=0.1)


def curve_table(curves: Curves) -> list[list[object]]:
    """Every measured point at every number of bits, as rows under `CURVES`."""
    rows: list[list[object]] = []

    def add(name: str, what: str, dim: int, bits_an_axis: object, bits: float, error: float | None) -> None:
        if error is not None and np.isfinite(error):
            rows.append([name, what, dim, bits_an_axis, bits, error, float(psnr(error))])

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
