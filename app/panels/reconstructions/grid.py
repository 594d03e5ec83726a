"""The reconstructions' grid: originals, what the network and PCA make of them, and where both err."""

from __future__ import annotations

from functools import partial

from app.amounts import SQUARED_ERROR_SHORT, amount, per_pixel
from app.panels.picture_grid import PictureGrid, Pictures, Row
from app.panels.reconstructions.words import in_words
from app.seen.reconstructed import Reconstructed


class ReconstructionGrid(PictureGrid):
    """Originals, reconstructions and errors."""

    def show_images(self, shown: Reconstructed) -> None:
        """Show these images and their numbers."""
        short = shown.network
        rows = [Row("original", shown.originals)] if shown.originals is not None else []
        rows += [Row(short, shown.rebuilt)]
        rows += [Row("PCA", shown.pca)] if shown.pca is not None else []
        rows += [Row(f"{short} error", shown.signed, True)] if shown.signed is not None else []
        rows += [Row("PCA error", shown.pca_signed, True)] if shown.pca_signed is not None else []
        self.show_pictures(Pictures(shown.indices, shown.names, rows, _numbers(shown), partial(in_words, shown)))


def _numbers(shown: Reconstructed) -> list[tuple[str, list[str]]]:
    """The lines of numbers below the pictures, by name; whose they are is said where there are two."""
    network, lines = shown.network, []
    if shown.errors is not None:
        name = SQUARED_ERROR_SHORT if shown.pca_errors is None else f"{network} {SQUARED_ERROR_SHORT}"
        lines.append((name, [per_pixel(each, short=True) for each in shown.errors]))
    if shown.pca_errors is not None:
        lines.append((f"PCA {SQUARED_ERROR_SHORT}", [per_pixel(each, short=True) for each in shown.pca_errors]))
    if shown.nats is not None:
        nats = [amount(float(each), 0) for each in shown.nats]
        lines.append(("nats" if shown.pca_errors is None else f"{network} nats", nats))
    return lines
