"""Makes the regularity view when it is first looked at, and connects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.planes import connect_plane

if TYPE_CHECKING:
    from app.panels.message_bar import MessageBar
    from app.panels.regularity.view import Regularity
    from app.session import Session


def make_regularity(session: Session, bar: MessageBar) -> Regularity:
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
    session.torch_failed.connect(view.show_empty)
    view.area_wanted.connect(holes.want)
    view.layer_wanted.connect(holes.choose)
    view.dice_wanted.connect(draws.throw)
    view.scale_changed.connect(draws.set_scale)
    view.help_wanted.connect(help_out)
    holes.begun.connect(view.begin_heat)
    holes.measured.connect(view.show_heat)
    holes.asleep.connect(lambda: view.show_empty("Loading the network…"))
    holes.slice_shown.connect(view.show_slice)
    holes.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
    desk.figures.shown.connect(view.figures.show_figures)
    draws.shown.connect(view.show_posterior)
    draws.missing.connect(view.show_no_posterior)
    return view
