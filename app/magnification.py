"""How large everything is drawn: up for a projector, down for a small screen.

Qt scales a whole program, words, lines and pictures alike, but only from its beginning on.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager

SIZES = (80, 90, 100, 110, 125, 150, 175, 200)
"""Percent, to choose from."""
VARIABLE = "QT_SCALE_FACTOR"


@contextmanager
def magnified(percent: int) -> Iterator[None]:
    """An application that is made inside is drawn at so many percent of what the environment asks for.

    Afterwards the environment is as before: a file manager that the window opens keeps its own size.
    """
    before = os.environ.get(VARIABLE)
    if percent != 100:
        os.environ[VARIABLE] = f"{_number(before) * percent / 100:g}"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before


def _number(text: str | None) -> float:
    """The factor that the environment names; Qt too takes what is no factor for 1."""
    try:
        number = float(text or 1)
    except ValueError:
        return 1.0
    return number if 0 < number < math.inf else 1.0
