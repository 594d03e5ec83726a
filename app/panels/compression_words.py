"""Compression in words, figures and tables."""

from __future__ import annotations

import math

import numpy as np

from app.amounts import amount
from app.compressed import Compressed, bits_in_words
from models.compression import ALL_BITS, IMAGE_BITS, psnr

MANY = 1_000_000


def per_pixel(error: float, short: bool = False) -> str:
    """A squared error per pixel: 0.0412, or where there is little room .0412."""
    words = amount(error, 4)
    return words[1:] if short and words.startswith("0.") else words


def decibels(error: float) -> str:
    """The PSNR of a squared error per pixel, in dB with one decimal."""
    return amount(float(psnr(error)), 1)


def ratio_in_words(ratio: float) -> str:
    """`784 : 1`; small ones with a decimal."""
    return f"{ratio:,.0f} : 1" if ratio >= 99.5 else f"{ratio:,.1f} : 1"


def many(count: float) -> str:
    """A large count: 8.6 million, or with all its figures."""
    return f"{count / MANY:,.1f} million" if count >= MANY else f"{count:,.0f}"


def axes(count: int) -> str:
    """`1 axis`, `2 axes`."""
    return "1 axis" if count == 1 else f"{count} axes"


def fine_print(shown: Compressed) -> list[tuple[str, str]]:
    """What the ratio says and what it does not, as (catchword, sentence) in rich text."""
    costs, bits = shown.costs, shown.bits_out
    pictures = f"2<sup>{bits}</sup> = {2**bits:,}" if bits <= 16 else f"2<sup>{bits}</sup>"
    says = [("It says", f"each image comes back as one of {pictures} pictures that this decoder can draw.")]
    if costs.decoder_weights:
        earned = math.ceil(costs.decoder_bits / max(IMAGE_BITS - bits, 1))
        says.append(
            (
                "Not counted",
                f"the decoder, which whoever unpacks must have: {costs.decoder_weights:,} weights of 32 bits are "
                f"{many(costs.decoder_bits)} bits, as many as {earned:,} images save.",
            )
        )
    says.append(("Not the same", _another_picture(shown)))
    says.append(
        (
            "Range",
            f"each axis runs from the smallest to the largest of these {costs.range_images:,} held-out codes, the "
            "images above among them; a code beyond it would be cut off.",
        )
    )
    entropy = ", which need fewer"
    if costs.entropy is not None:
        entropy = f": counted axis by axis, {amount(costs.entropy)} of the {bits_in_words(bits)} would do"
    says.append(("A real coder", f"would add entropy coding of the cells{entropy}."))
    if costs.png_bytes is not None:
        png = 8 * costs.png_bytes
        says.append(
            (
                "Lossless",
                f"PNG gives back every pixel of these images in {costs.png_bytes:,.0f} bytes each: {png:,.0f} bits, "
                f"{ratio_in_words(IMAGE_BITS / png)}.",
            )
        )
    return says


def _another_picture(shown: Compressed) -> str:
    errors = {name: errors for name, _, errors in shown.rows() if errors is not None}
    mean = float(np.mean(errors[bits_in_words(shown.bits)]))
    against = "the original" if shown.originals is not None else "the unquantised one"
    return (
        f"another picture comes back: here its mean squared error per pixel against {against} is {per_pixel(mean)}, "
        f"a PSNR of {decibels(mean)} dB."
    )


def in_words(shown: Compressed, place: int) -> str:
    """All that is known of one image."""
    cells = ", ".join(str(cell) for cell in shown.cells[place][:16]) + ("…" if shown.latent_dim > 16 else "")
    lines = [f"Held-out image {shown.indices[place]}: {shown.names[place]}", f"What is sent, cell by axis: {cells}"]
    for name, _, errors in shown.rows():
        if errors is not None:
            error = float(errors[place])
            lines.append(f"{name}: squared error {per_pixel(error)} per pixel, PSNR {decibels(error)} dB")
    return "\n".join(lines)


COLUMNS = {"unquantised": "unquantised", "PCA": "pca"}


def header(shown: Compressed) -> list[str]:
    """The first line of the images' CSV file; `reference` says what the errors are against."""
    names = ["held_out_image", "label", "bits_an_axis", "bits", "reference"]
    for name, _, errors in shown.rows():
        if errors is not None:
            column = COLUMNS.get(name, "quantised")
            names += [f"{column}_squared_error_per_pixel", f"{column}_psnr_db"]
    return names


def table(shown: Compressed) -> list[list[object]]:
    """The rows of the images' CSV file under `header`."""
    reference = "unquantised" if shown.originals is None else "original"
    errors = [each for _, _, each in shown.rows() if each is not None]
    rows: list[list[object]] = []
    for place, index in enumerate(shown.indices):
        figures = [float(figure) for each in errors for figure in (each[place], psnr(each[place]))]
        rows.append([int(index), shown.names[place], shown.bits, shown.bits_out, reference, *figures])
    return rows


def best(errors: np.ndarray) -> tuple[int, float] | None:
    """The most bits an axis measured, and the error there; None where none is."""
    known = np.flatnonzero(np.isfinite(errors))
    return (ALL_BITS[known[-1]], float(errors[known[-1]])) if len(known) else None
