"""Makes the compression view and connects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.pinning import connect_pin
from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.compression.view import Compression
    from app.panels.message_bar import MessageBar
    from app.session import Session


def make_compression(session: Session, bar: MessageBar) -> Compression:
    """The view, when it is first looked at."""
    from app.panels.compression.view import Compression

    view, desk = Compression(), session.compression

    desk.shown.connect(view.show_compressed)
    desk.curves_shown.connect(view.show_curves)
    desk.needed.connect(view.show_needed)
    desk.missing.connect(view.show_missing)
    desk.busy.connect(view.show_busy)
    session.training.phase_changed.connect(view.show_phase)
    view.bits_chosen.connect(desk.set_bits)
    view.draw_requested.connect(desk.draw_again)
    view.run_wanted.connect(session.open_run)
    view.visibility_changed.connect(desk.set_visible)
    connect_pin(session, view)
    tell_of(view, bar)
    view.show_phase(session.training.phase)
    return view
