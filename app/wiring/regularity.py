"""Makes the regularity view when it is first looked at, and connects it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.wiring.planes import connect_plane

if TYPE_CHECKING:
    from app.panels.message_bar import MessageBar
    from app.panels.regularity.view import Regularity
    from app.session import Session
    from app.viewpoint import Viewpoint


def make_regularity(session: Session, bar: MessageBar, show_view: Callable[[str], object]) -> Regularity:
    """The view, connected to the session and the message bar."""
    from app.panels.regularity.view import Regularity  # it need not be there at the start

    view, desk = Regularity(), session.regularity
    holes, draws = desk.holes, desk.draws

    def help_out(helps: str) -> None:
        if helps == "vae":
            desk.open_vae()
        else:
            session.get_originals()

    connect_plane(session, bar, view, desk.watch)
    view.area_wanted.connect(holes.want)
    view.layer_wanted.connect(desk.choose_layer)
    view.dice_wanted.connect(draws.throw)
    view.scale_changed.connect(draws.set_scale)
    view.help_wanted.connect(help_out)
    holes.begun.connect(view.begin_heat)
    holes.measured.connect(view.show_heat)
    holes.asleep.connect(view.show_empty)
    holes.slice_shown.connect(view.show_slice)
    holes.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
    desk.figures.shown.connect(view.show_figures)
    _connect_other(session, bar, view)
    view.twins_wanted.connect(lambda: show_view("twins"))
    draws.shown.connect(view.show_posterior)
    draws.missing.connect(view.show_no_posterior)
    return view


def _connect_other(session: Session, bar: MessageBar, view: Regularity) -> None:
    """The map of the run that stands beside."""
    desk, other = session.regularity, view.other
    beside, holes = desk.beside, desk.other_holes

    def show_other(shown: Viewpoint | None) -> None:
        if shown is None:
            return
        view.show_beside()
        other.show_network(shown.config.kind == "vae", 0.0)
        other.show_projection(shown.projection, shown.config.latent_dim)
        other.show_codes(shown.cloud(), shown.labels)

    beside.shown.connect(show_other)
    beside.missing.connect(view.show_alone)
    beside.pin_shown.connect(other.mark_pinned)
    view.both_wanted.connect(desk.show_both)
    view.other_area_wanted.connect(holes.want)
    view.other_picked.connect(beside.pick)
    other.hovered.connect(lambda x, y, index: beside.hover(x, y))
    other.hover_left.connect(session.look.leave_hover)
    holes.begun.connect(other.begin_heat)
    holes.measured.connect(view.show_other_heat)
    holes.slice_shown.connect(other.show_slice)
    holes.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
