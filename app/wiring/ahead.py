"""What takes long when it is first asked for, brought in behind the window as soon as PyTorch is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.session import Session


def bring_in_ahead(session: Session) -> None:
    """The lessons, the library of their formulas, the ink of the examples: 0.1 to 0.3 s for the press that asks first.

    Whatever is wrong with one of them is told to who asks for it.
    """

    def nothing(_: object) -> None: ...

    session.torch_ready.connect(lambda *_: session.background.submit(_bring_in, nothing, nothing, (Exception,)))


def _bring_in() -> None:
    from app.lessons import load_lessons
    from app.panels.draw.examples import ink_of, load_examples

    for example in load_examples():
        ink_of(example)
    import ziamath

    ziamath.Latex("x^2")  # its own first time takes as long as ten later ones
    load_lessons()
