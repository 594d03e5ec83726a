"""The denoising view's numbers in words and as tables."""

from __future__ import annotations

import math

from app.amounts import amount, counted, percent
from app.exporting_views import IMAGE_COLUMNS
from app.seen.denoised import EXAMPLE, SKETCH, Denoised, Robustness, damage_words
from models.config import RunConfig

HEADER = (*IMAGE_COLUMNS, "corruption", "level", "noisy_psnr_db", "restored_psnr_db")
CURVE_HEADER = ("corruption", "level", "noisy_psnr_db", "restored_psnr_db", "images")


def in_words(shown: Denoised, place: int) -> str:
    """All that is known of one image."""
    index, name = int(shown.indices[place]), shown.names[place]
    who = {SKETCH: "Your sketch", EXAMPLE: f"Example sketch: {name}"}.get(index, f"Held-out image {index}: {name}")
    noisy, restored = amount(shown.noisy_psnr[place]), amount(shown.restored_psnr[place])
    return f"{who}\nPSNR noisy {noisy} dB, restored {restored} dB"


def summary(shown: Denoised) -> str:
    """What the network gains, in one line; and what is said of the sketch."""
    noisy, restored = shown.means()
    gain = round(restored, 1) - round(noisy, 1)  # of the figures that stand there
    words = f"<b>{amount(noisy)} dB</b> noisy → <b>{amount(restored)} dB</b> restored"
    if math.isfinite(gain):
        words += f" ({'+' if gain >= 0 else ''}{amount(gain)} dB)"
    damaged, images = shown.damaged()
    some = f"{damaged} damaged of {images} " if 0 < damaged < images else ""
    sketch = "Your sketch is damaged and restored too." if shown.has_sketch else "Draw a digit: it is damaged too."
    return f"{words}, mean PSNR of the {some}images shown. {sketch}"


def trained_words(config: RunConfig, done: bool) -> str:
    """What damage a network has learned to undo, or while its training is not `done`, learns to undo."""
    if config.corruption != "none":
        damage = damage_words(config.corruption, config.corruption_level)
        return f"This network {'was trained' if done else 'learns'} to undo {damage}."
    learns = "it has not learned to remove" if done else "it does not learn to remove"
    if config.input_dropout > 0:  # a damage too, which it learns to undo
        dropped = f"with {percent(config.input_dropout)} of pixels dropped"
        return f"{'Trained' if done else 'Training'} {dropped}: {learns} other damage."
    return (
        f"This network {'was trained on clean images' if done else 'sees clean images in training'}: {learns} damage."
    )


def curve_words(curve: Robustness) -> str:
    """What the curve shows, and over which images."""
    images = counted(curve.images, "held-out image") if curve.held_out else f"{curve.images} example sketches"
    return (
        f"PSNR = 10 log10(1 / MSE) in decibels, mean over {images} (those that are damaged at all), at each level.\n"
        "Where the restored curve lies above the noisy one the network helps. Drag to choose a level."
    )


def table(shown: Denoised) -> list[list[object]]:
    """The rows of the CSV file under `HEADER`."""
    damage, others = shown.damage, {SKETCH: "sketch", EXAMPLE: "example"}
    rows = zip(shown.indices, shown.names, shown.noisy_psnr, shown.restored_psnr, strict=True)
    return [
        [others.get(int(index), int(index)), name, damage.kind, damage.level, float(noisy), float(restored)]
        for index, name, noisy, restored in rows
    ]


def curve_table(curve: Robustness) -> list[list[object]]:
    """The rows of the CSV file under `CURVE_HEADER`."""
    rows = zip(curve.levels, curve.noisy, curve.restored, strict=True)
    return [[curve.kind, float(level), float(noisy), float(restored), curve.images] for level, noisy, restored in rows]
