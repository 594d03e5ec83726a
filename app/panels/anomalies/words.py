"""What the anomalies view says: numbers, sentences and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np

from app.amounts import counted, figures, percent, real_minus, signed
from app.exporting_views import IMAGE_COLUMNS
from app.naming import called
from app.panels.anomalies.chart import KEPT, ODD
from app.seen.suspicion import Mark, Pictured, Scored, Shrunken
from models.roc import Flagged, Roc

NAMES = {"ink": "Per ink", "plain": "Plain error"}
TIPS = {
    "ink": (
        "The error beyond what a perfect copy of the image would cost, divided by its ink (the sum of its squared\n"
        "pixels): small and faint things are judged as strictly as large ones."
    ),
    "plain": (
        "The reconstruction error as it stands: what has little ink has little to get wrong,\n"
        "whatever it is, so that small and faint things pass.\n"
        "A VAE's is that of the mean of the cloud; its loss draws a code, which costs more."
    ),
}
REDRAWN_BETTER, REDRAWN_WORSE = 0.3, 0.7
"""Areas below and above which a class that was trained on stands apart from the others all the same."""
ROC_HEADER = ("score", "threshold", "false_alarm_share", "hit_share")
SCORES_HEADER = (*IMAGE_COLUMNS, "odd", "score_per_ink", "plain_error")


def number(value: float, zeros: bool = False) -> str:
    """A score with three digits that count; with `zeros` all three stand there: one that moves stays as wide."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    return real_minus(f"{value:,.0f}") if abs(value) >= 99.95 else figures(value, zeros=zeros)


def brief(value: float) -> str:
    """A score with two digits that count, zeros too: beside 0.48 one of 0.5 looked cut."""
    return signed(value, 0) if abs(value) >= 99.5 else figures(value, 2, zeros=True)


def axis_title(kind: str, unit: str) -> str:
    """What the histogram's axis shows."""
    if kind == "plain":
        return f"reconstruction error, {unit} per image"
    return "excess error, nats per unit of ink" if unit == "nats" else "squared error per unit of ink"


def is_odd_in_truth(shown: Scored) -> bool:
    """Whether the class that counts as odd was left out of training."""
    return shown.left_out == shown.odd


def explained(shown: Scored, area: float) -> str:
    """What is compared here, in a sentence or two; `area` is that of the ROC curve."""
    odd = shown.odd_name
    images = counted(len(shown.labels), "held-out image")
    few = f" Not trained to its end: scores of {images}." if shown.unfinished else ""
    if is_odd_in_truth(shown):
        return f"This network has never seen {called(odd)}. How much worse does it redraw one?{few}"
    if shown.left_out >= 0:
        without = shown.class_names[shown.left_out]
        return f"The {odd} counts as odd here, but was trained on; this run went without the {without}.{few}"
    only = f"This run has left nothing out. The {odd} only counts as odd here"
    if area < REDRAWN_BETTER:
        return f"{only}: the network redraws it better than the others.{few}"
    if area > REDRAWN_WORSE:
        return f"{only}, yet the network redraws it worse than the others.{few}"
    return f"{only}, so little sets it apart.{few}"


def hits_in_words(found: Flagged, shown: Scored) -> tuple[str, str]:
    """Hits and false alarms at the threshold: counts and percent."""
    kind = "left-out" if is_odd_in_truth(shown) else "odd"
    return (
        f"{kind} {shown.odd_name}: {found.hits:,} of {found.odd:,} flagged, {percent(found.hit_share)} hits",
        f"others: {found.false_alarms:,} of {found.ordinary:,} flagged, "
        f"{percent(found.false_alarm_share)} false alarms",
    )


def with_colour(words: str, odd: bool) -> str:
    """Words behind a square of the kind's colour, as rich text."""
    return f"<span style='color:{ODD if odd else KEPT}'>■</span> {escape(words)}"


def marks_in_words(marks: Sequence[Mark], kind: str, threshold: float) -> str:
    """The verdict on each mark."""
    if not marks:
        return ""
    parts = []
    for verdict, is_flagged in (("Flagged", True), ("Passes", False)):
        named = [f"{m.title} {brief(m.scores[kind])}" for m in marks if (m.scores[kind] >= threshold) == is_flagged]
        parts += [f"{verdict}: {', '.join(named)}."] if named else []
    return " ".join(parts)


def bar_in_words(low: float, high: float, counts: np.ndarray, odd_name: str) -> str:
    """What a bar holds."""
    if math.isinf(low):
        between = f"below {number(high)}"
    else:
        between = f"{number(low)} and more" if math.isinf(high) else f"{number(low)} to {number(high)}"
    kept, odd = counts
    return f"{between}: {odd:,} × {odd_name}, {counted(int(kept), 'other')}"


def pictures_in_words(shown: Pictured) -> str:
    """Which images are seen."""
    wanted = shown.wanted
    if wanted.order == "bar":
        if math.isinf(wanted.low):
            between = f"Scores below {number(wanted.high)}"
        else:
            end = " and more" if math.isinf(wanted.high) else f" to {number(wanted.high)}"
            between = f"Scores from {number(wanted.low)}{end}"
        return f"{between}: {counted(shown.total, 'image')}."
    return f"{'The highest' if wanted.order == 'most' else 'The lowest'} scores first."


def picture_in_words(shown: Pictured, place: int) -> str:
    """One of the images, for tooltip and screen reader."""
    return f"Held-out image {shown.indices[place]}: {shown.names[place]}, score {number(shown.scores[place])}"


def shrunken_in_words(found: Shrunken) -> str:
    """What shrinking shows."""
    ink, plain = found.areas["ink"], found.areas["plain"]
    images = counted(found.count, "held-out image")
    return (
        f"{images} at {100 * found.share:.0f} % of their size, which no training image has. "
        f"Area of small against normal: plain error {plain:.2f}, per ink {ink:.2f} (1 finds all, 0.5 is a coin)."
    )


def roc_rows(curves: dict[str, Roc]) -> Iterator[Sequence[Any]]:
    """Both curves, a row a threshold."""
    for kind, curve in curves.items():
        for row in zip(curve.thresholds.tolist(), curve.false_alarms.tolist(), curve.hits.tolist(), strict=True):
            yield [kind, *row]


def score_rows(shown: Scored) -> Iterator[Sequence[Any]]:
    """A row an image."""
    columns = zip(shown.indices, shown.labels, shown.is_odd, shown.scores["ink"], shown.scores["plain"], strict=True)
    for index, label, odd, ink, plain in columns:
        yield [int(index), shown.class_names[int(label)], int(odd), float(ink), float(plain)]
