"""Connects a view of held-out images with the pin: a click pins an image's code, and the pinned image is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.panels.image_view import ImageView
    from app.session import Session


def connect_pin(session: Session, view: ImageView) -> None:
    """Images of `view` are pinned and marked, and its button gets the originals."""
    look = session.look

    def mark(place: object = None) -> None:
        view.show_pinned(look.pin.index if look.pin is not None else -1)

    look.pin_shown.connect(mark)
    view.picked.connect(lambda index: look.pick(0.0, 0.0, index))
    view.dataset_wanted.connect(session.get_originals)
    mark()
