"""Makes the compression view and connects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.compression.view import Compression
    from app.panels.message_bar import MessageBar
    from app.session import Session


def make_compression(session: Session, bar: MessageBar) -> Compression:
    """The view, when it is first looked at."""
    from app.panels.compression.view import Compression

    view, desk, look = Compression(), session.compression, session.look

    def mark(place: object = None) -> None:
        view.show_pinned(look.pin.index if look.pin is not None else -1)

    desk.shown.connect(view.show_compressed)
    desk.curves_shown.connect(view.show_curves)
    desk.needed.connect(view.show_needed)
    desk.missing.connect(view.show_missing)
    desk.busy.connect(view.show_busy)
    look.pin_shown.connect(mark)
    view.bits_chosen.connect(desk.set_bits)
    view.draw_requested.connect(desk.draw_again)
    view.picked.connect(lambda index: look.pick(0.0, 0.0, index))
    view.run_wanted.connect(session.open_run)
    view.dataset_wanted.connect(session.get_originals)
    view.visibility_changed.connect(desk.set_visible)
    tell_of(view, bar)
    mark()
    return view
