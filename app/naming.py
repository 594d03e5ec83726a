"""What an image of a class is called in a sentence."""

from __future__ import annotations


def called(name: str) -> str:
    """“a 3”, “an 8”, or the name of a class that is no digit, in quotation marks."""
    return with_article(name) if name.isdigit() else f"“{name}”"


def with_article(name: str) -> str:
    """“a 3”, “an 8”, “a question mark”."""
    return f"{'an' if name == '8' else 'a'} {name}"


def bracketed(name: str) -> str:
    """What stands behind the number of an image: “(a 3)”, “(an 8)”, and “(coat)” of a class that is no digit."""
    return f"({with_article(name) if name.isdigit() else name})"
