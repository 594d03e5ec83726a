"""Makes the regularity view when it is first looked at, and connects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.latent_space import Projection

if TYPE_CHECKING:
    from app.panels.message_bar import MessageBar
    from app.panels.regularity.view import Regularity
    from app.session import Session
    from app.viewpoint import Viewpoint


def make_regularity(session: Session, bar: MessageBar) -> Regularity:
    """The view, connected to the session and the message bar."""
    from app.panels.regularity.view import Regularity  # it need not be there at the start

    view, desk, look = Regularity(), session.regularity, session.look
    holes, draws = desk.holes, desk.draws

    def show_network(shown: Viewpoint) -> None:
        view.show_network(shown.config.kind == "vae", shown.run is None, shown.class_names)

    def show_plane(projection: Projection, latent_dim: int) -> None:
        view.show_projection(projection.kind, projection.axis_titles, projection.explained, latent_dim)

    def show_codes(points: np.ndarray, labels: np.ndarray, glide: bool) -> None:
        if view.isVisible():
            view.show_codes(points, labels, glide)

    def catch_up(watched: bool) -> None:
        if watched and session.view is not None:
            show_network(session.view)
            show_plane(session.view.projection, session.view.config.latent_dim)
            show_codes(session.view.cloud(), session.view.labels, False)
            if look.pin is not None:
                view.show_pinned(*session.view.place(look.pin.code)[0].tolist())
        desk.watch(watched)

    def help_out(helps: str) -> None:
        if helps == "vae":
            desk.open_vae()
        else:
            session.get_originals()

    view.watched.connect(catch_up)
    session.view_shown.connect(show_network)
    session.projection_shown.connect(show_plane)
    session.codes_shown.connect(show_codes)
    session.torch_failed.connect(view.show_empty)
    look.pin_shown.connect(lambda place: view.show_pinned(*(place or (None, None))))
    view.picked.connect(look.pick)
    view.hovered.connect(look.hover)
    view.hover_left.connect(look.leave_hover)
    view.projection_requested.connect(session.choose_projection)
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
    view.exported.connect(lambda sentence: bar.show_message(sentence, "good"))
    view.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
    return view
