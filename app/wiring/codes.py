"""Connects the map with the file of its codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.exporting_views import IMAGE_COLUMNS, save_and_tell, save_table
from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.latent.map import LatentMap
    from app.panels.message_bar import MessageBar
    from app.session import Session


def connect_codes(session: Session, map_: LatentMap, bar: MessageBar) -> None:
    """The map's codes are written with all their numbers, whatever plane it shows."""
    tell_of(map_, bar)
    map_.codes_wanted.connect(lambda path: save_and_tell(map_, path, lambda: _save(session, path)))


def _save(session: Session, path: Path) -> None:
    view = session.view
    codes = session.look.codes()
    header = [*IMAGE_COLUMNS, *(f"z{i + 1}" for i in range(codes.shape[1]))]
    names = [] if view is None else [view.class_name(index) for index in range(len(codes))]
    save_table(
        header, ([i, name, *code] for i, (name, code) in enumerate(zip(names, codes.tolist(), strict=True))), path
    )
