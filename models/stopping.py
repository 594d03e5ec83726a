"""How a long computation is given up: it asks now and then whether anybody still waits, and raises Stopped if not."""

from __future__ import annotations

from collections.abc import Callable


class Stopped(Exception):
    """A computation was given up half-way."""


def never() -> bool:
    """The answer of those who wait to the end."""
    return False


def stop_if(cancelled: Callable[[], bool]) -> None:
    """Raise Stopped where nobody waits any more."""
    if cancelled():
        raise Stopped
