"""Compression in words, figures and tables."""

from __future__ import annotations

import math

from app.amounts import amount, counted, per_pixel
from app.exporting_views import IMAGE_COLUMNS
from app.seen.compressed import Compressed
from models.compression import IMAGE_BITS
from models.corruption import psnr_of_error

MANY = 1_000_000


def decibels(error: float) -> str:
    """The PSNR of a squared error per pixel, in dB with one decimal."""
    return amount(float(psnr_of_error(error)), 1)


def ratio_in_words(ratio: float) -> str:
    """`784 : 1`; small ones with a decimal."""
    return f"{ratio:,.0f} : 1" if ratio >= 99.5 else f"{ratio:,.1f} : 1"


def many(count: float) -> str:
    """A large count: 8.6 million, or with all its figures."""
    return f"{count / MANY:,.1f} million" if count >= MANY else f"{count:,.0f}"


def axes(count: int) -> str:
    """`1 axis`, `2 axes`."""
    return "1 axis" if count == 1 else f"{count} axes"


def fine_print(shown: Compressed) -> str:
    """What the ratio says and what it does not, in rich text."""
    costs, bits = shown.costs, shown.bits_out
    pictures = f"2<sup>{bits}</sup> = {2**bits:,}" if bits <= 16 else f"2<sup>{bits}</sup>"
    says = [f"<b>The ratio says</b> that each image comes back as one of {pictures} pictures."]
    if costs.decoder_weights:
        earned = math.ceil(costs.decoder_bits / max(IMAGE_BITS - bits, 1))
        says.append(
            f"<b>Not counted:</b> the decoder, {costs.decoder_weights:,} weights = {many(costs.decoder_bits)} bits, "
            f"what {earned:,} images save."
        )
    errors = {name: each for name, _, each in shown.rows() if each is not None}
    mean = float(errors[counted(shown.bits, "bit")].mean())
    against = "" if shown.originals is not None else " against the unquantised one"
    error, images = f"mean error {per_pixel(mean)}, {decibels(mean)} dB", counted(len(shown.indices), "image")
    says.append(f"<b>Another picture</b> comes back: {error} over {images}{against}.")
    says.append(
        f"<b>The axes’ ranges</b> were taken from these very codes, {counted(costs.range_images, 'held-out one')}."
    )
    fewer = "" if costs.entropy is None else f": {amount(costs.entropy)} of the {counted(bits, 'bit')}"
    says.append(f"<b>A real coder</b> would add entropy coding{fewer}.")
    if shown.rate is not None:
        says.append("<b>KL / ln 2</b> pays for a draw from the posterior; the plot has its mean’s smaller error.")
    if costs.png_bytes is not None:
        size = round(costs.png_bytes)  # all that follows is of the figure that stands there
        ratio = ratio_in_words(IMAGE_BITS / (8 * size))
        says.append(f"<b>PNG</b> loses nothing: {size:,} bytes = {8 * size:,} bits, {ratio}.")
    return " ".join(says)


FINE_TIP = (
    "The range of each axis goes from the smallest to the largest code of these held-out images; a code of another\n"
    "image beyond it would be cut off. The decoder's weights count 32 bits each. Entropy: of the cells, axis\n"
    "by axis, as often as these codes fall into them. PNG: mean over the same images as the error, those that\n"
    "find no room above included, as tight as Pillow packs them.\n"
    "dB: of the mean error (Denoising averages the images' own dB, which is about 1 higher)."
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
    names = [*IMAGE_COLUMNS, "bits_an_axis", "bits", "reference"]
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
        figures = [float(figure) for each in errors for figure in (each[place], psnr_of_error(each[place]))]
        rows.append([int(index), shown.names[place], shown.bits, shown.bits_out, reference, *figures])
    return rows
