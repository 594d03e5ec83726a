"""What an image of a class is called in a sentence and behind its number."""

from __future__ import annotations

import pytest

from app.naming import bracketed, called


@pytest.mark.parametrize(
    ("name", "in_sentence", "behind"), [("3", "a 3", "(a 3)"), ("8", "an 8", "(an 8)"), ("coat", "“coat”", "(coat)")]
)
def test_an_eight_is_an_eight_everywhere(name: str, in_sentence: str, behind: str) -> None:
    assert (called(name), bracketed(name)) == (in_sentence, behind)
