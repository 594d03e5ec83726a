"""Lessons as they lie in resources/lessons: Markdown under a front matter of TOML that sets the window up.

Between two lines of `+++` stand `title`, `question`, `answer`, the tables `[setup]` and `[settings]`, and the lists
`[[formula]]` (terms) and `[[check]]` (conditions on the window's facts, `app/lesson_facts.py`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.keys import called_here
from app.lesson_facts import FACTS
from app.resources import resource_path

FENCE = "+++"


class LessonError(ValueError):
    """A lesson file that cannot be used; the text is one sentence that names the file."""


@dataclass(frozen=True)
class Term:
    """One term of a formula in LaTeX. A term that only joins others (=, +) says nothing and has no value.

    `code` is the line of this program that computes it; where that is no PyTorch, `torch` is the one that would.
    """

    tex: str
    says: str = ""
    fact: str = ""
    code: str = ""
    torch: str = ""


@dataclass(frozen=True)
class Condition:
    """What a fact of the window must be; bounds are inclusive. `hint` is shown while it is not so."""

    fact: str
    hint: str
    equals: Any = None
    least: float | None = None
    most: float | None = None
    contains: Any = None

    def holds(self, value: Any) -> bool:
        """Whether a fact's present value (None where there is none) is as wanted."""
        if value is None:
            return False
        if self.equals is not None and value != self.equals:
            return False
        if self.contains is not None and self.contains not in value:
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True)
class Setup:
    """How the window is to stand: a shipped run by its file's stem, a view, a pinned code, an example sketch."""

    run: str = ""
    view: str = "map"
    pin: tuple[float, ...] = ()
    example: str = ""
    preset: str = ""


@dataclass(frozen=True)
class Lesson:
    """One lesson; `name` is its file's name without number and ending."""

    name: str
    title: str
    text: str
    question: str
    answer: str
    setup: Setup = Setup()
    settings: dict[str, Any] = field(default_factory=dict)
    formula: tuple[Term, ...] = ()
    check: tuple[Condition, ...] = ()

    @property
    def trains(self) -> bool:
        """Whether a network is to be trained for it."""
        return bool(self.setup.preset or self.settings)


def load_lessons() -> list[Lesson]:
    """All lessons in their order; raises LessonError."""
    return [read_lesson(path) for path in sorted(resource_path("lessons").glob("*.md"))]


def read_lesson(path: Path) -> Lesson:
    """One file; raises LessonError."""
    try:
        content = called_here(path.read_text(encoding="utf-8"))
        before, head, text = content.split(FENCE, 2)
        if before.strip():
            raise ValueError(f"the first line is not {FENCE}")
        values = tomllib.loads(head)
        lesson = Lesson(
            name=path.stem.partition("-")[2],
            text=text.strip(),
            setup=_setup(values.pop("setup", {})),
            formula=tuple(Term(**each) for each in values.pop("formula", [])),
            check=tuple(Condition(**each) for each in values.pop("check", [])),
            **values,
        )
    except (OSError, ValueError, TypeError) as error:
        raise LessonError(f"The lesson “{path.name}” cannot be used: {error}.") from None
    asked = [each.fact for each in lesson.check] + [each.fact for each in lesson.formula if each.fact]
    unknown = set(asked) - set(FACTS)
    if unknown or not lesson.check:
        what = f"there is no fact “{sorted(unknown)[0]}”" if unknown else "its question has no check"
        raise LessonError(f"The lesson “{path.name}” cannot be used: {what}.")
    return lesson


def _setup(values: dict[str, Any]) -> Setup:
    return Setup(**{**values, "pin": tuple(values.get("pin", ()))})
