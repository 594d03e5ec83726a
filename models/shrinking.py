"""Digits made smaller: what shows that a plain reconstruction error mistakes little ink for an ordinary image."""

from __future__ import annotations

import numpy as np
from PIL import Image

from models.config import IMAGE_SIDE


def shrunken(images: np.ndarray, share: float = 0.6) -> np.ndarray:
    """Images (N, 28, 28) uint8 at a share of their size about the middle of the picture, on paper; anti-aliased."""
    return np.stack([_smaller(image, share) for image in images]) if len(images) else np.zeros_like(images)


def _smaller(image: np.ndarray, share: float) -> np.ndarray:
    seen = IMAGE_SIDE / share  # pixels of the original that come into one picture
    margin = int(np.ceil((seen - IMAGE_SIDE) / 2)) + 1
    paper = Image.fromarray(np.pad(image, margin))
    start = margin + (IMAGE_SIDE - seen) / 2
    box = (start, start, start + seen, start + seen)
    return np.asarray(paper.resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.HAMMING, box))
