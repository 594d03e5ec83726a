"""How numbers and wrong values stand in a sentence for a person, no longer than fits into one."""

from __future__ import annotations

from decimal import Decimal

LONGEST = 20
"""Characters; a longer word would push the fields of a narrow form out of sight."""


def plain(number: float) -> str:
    """A number as a field shows it, with no power of ten: 0.9, 0.0000001, 10000, 2147483647."""
    return str(number) if isinstance(number, int) else f"{Decimal(f'{number:.10g}'):f}"


def in_words(number: float) -> str:
    """A number as a sentence says it: 0.9, 0.0000001, 5000, 10,000, 2,147,483,647."""
    digits = plain(number)
    return _shortened(digits if abs(number) < 10_000 else f"{Decimal(digits):,}")


def quoted(value: object) -> str:
    """A wrong value in quotation marks."""
    return f"“{_shortened(str(value))}”"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
