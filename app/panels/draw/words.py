"""What a sketch's reading says in plain words."""

from __future__ import annotations

import math
from collections import Counter

from app import amounts
from app.naming import called
from app.seen.sketch import SketchReading


def error_sentence(reading: SketchReading) -> str:
    """Say how well the network rebuilds the sketch (the clean one), and how the held-out images fare with it."""
    number = amount(reading.error)
    is_named = reading.unit.endswith("error")  # "squared error" is its own name, "nats" is a unit
    error = f"{reading.unit.capitalize()} {number}" if is_named else f"Error {number} {reading.unit}"
    if reading.noise:
        error += " to the clean sketch"
    elif is_named:
        error += " per image"
    if reading.percentile is None:
        return f"{error}."
    harder = reading.percentile >= 50
    share = reading.percentile if harder else 100 - reading.percentile
    images = amounts.counted(reading.among, "held-out image") if reading.among else "the held-out images"
    among = f"{math.floor(share)}\N{NO-BREAK SPACE}% of {images}"  # at least so many: a lesson asks for 99
    if share == 100:
        among = f"all of {images}" if reading.among else "all held-out images"
    return f"{error}; for its ink {'harder' if harder else 'easier'} to rebuild than {among}."


def vote_sentence(reading: SketchReading) -> str:
    """Say what the nearest held-out images vote for: "looks like a 3 (4 of 5)".

    Each for another is no vote; of two with as many votes both are named, though the reading's own is the nearer one.
    """
    if reading.vote is None or not reading.neighbours:
        return ""
    votes = Counter(neighbour.digit for neighbour in reading.neighbours)  # the nearest first, and so in what is said
    most, count = max(votes.values()), len(reading.neighbours)
    if most == 1 < count:
        return "its neighbours disagree"
    winners = [called(reading.class_names[label]) for label, number in votes.items() if number == most]
    share = f"{most} of {count}" if len(winners) == 1 else f"{most} each"
    return f"looks like {' or '.join(winners)} ({share})"


def neighbours_sentence(reading: SketchReading) -> str:
    """List the nearest held-out images' labels and the vote in one line."""
    names = [reading.class_names[digit] for digit, *_ in reading.neighbours]
    between = " " if all(len(name) == 1 for name in names) else ", "
    return f"Nearest held-out images: {between.join(names)}, {vote_sentence(reading)}"


def code_numbers(reading: SketchReading) -> list[str]:
    """Return one text for each latent dimension: "z1 0.52 ± 0.11"; without ± where there is no sigma."""
    texts = []
    for index, value in enumerate(reading.mean):
        spread = "" if reading.sigma is None else f" ± {amounts.extent(reading.sigma[index])}"
        texts.append(f"z{index + 1} {amounts.signed(value)}{spread}")
    return texts


def amount(value: float) -> str:
    """Write an error with three figures that matter: 0.034, 12.4, 118; 227,847."""
    return amounts.amount(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3)
