"""What an image of a class, or an example sketch, is called in a sentence."""

from __future__ import annotations


def called(name: str) -> str:
    """“a 3”, “an 8”, or the name of a class that is no digit, in quotation marks."""
    return with_article(name) if name.isdigit() else f"“{name}”"


def with_article(thing: str) -> str:
    """“a 3”, “an 8”, “a stick figure”: of digits, and of the titles of the example sketches."""
    return f"{'an' if thing == '8' else 'a'} {thing}"
