"""What an image of a class is called in a sentence."""

from __future__ import annotations


def called(name: str) -> str:
    """“a 3”, “an 8”, or the name of a class that is no digit, in quotation marks."""
    if not name.isdigit():
        return f"“{name}”"
    return f"{'an' if name == '8' else 'a'} {name}"
