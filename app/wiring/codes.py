"""Connects the map with the file of its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.latent.map import LatentMap
    from app.panels.message_bar import MessageBar
    from app.session import Session


def connect_codes(session: Session, map_: LatentMap, bar: MessageBar) -> None:
    """The map's codes are written with all their numbers, whatever plane it shows."""
    tell_of(map_, bar)
    map_.codes_wanted.connect(lambda path: session.saving.save_codes(session.view, path))
