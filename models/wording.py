"""How numbers and wrong values stand in a sentence for a person, no longer than fits into one."""

from __future__ import annotations

LONGEST = 20
"""Characters; a longer word would push the fields of a narrow form out of sight."""


def in_words(number: float) -> str:
    """A number as a person writes it: 0.9, 1e-07, 5000, 10,000, 2,147,483,647."""
    if abs(number) < 10_000:
        return f"{number:g}"
    return _shortened(f"{number:,}" if isinstance(number, int) else f"{number:,.10g}")


def quoted(value: object) -> str:
    """A wrong value in quotation marks."""
    return f"“{_shortened(str(value))}”"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
