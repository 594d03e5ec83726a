"""Connects what the views of a plane have in common: the network, its codes, the pin and the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.message_bar import MessageBar
    from app.panels.plane.view import PlaneView
    from app.session import Session
    from app.viewpoint import Viewpoint


def connect_plane(session: Session, bar: MessageBar, view: PlaneView, watch: Callable[[bool], object]) -> None:
    """The view follows the session while it is seen; `watch` is told whether it is."""
    look = session.look

    def show_network(shown: Viewpoint) -> None:
        view.show_network(shown.config.kind == "vae", shown.room, shown.class_names)

    def show_codes(points: np.ndarray, labels: np.ndarray, glide: bool) -> None:
        if view.isVisible():
            view.show_codes(points, labels, glide)

    def catch_up(watched: bool) -> None:
        if watched and session.view is not None:
            show_network(session.view)
            view.show_projection(session.view.projection, session.view.config.latent_dim)
            show_codes(session.view.cloud(), session.view.labels, False)
            if look.pin is not None:
                x, y = session.view.place(look.pin.code)[0].tolist()
                view.show_pinned((x, y))
        watch(watched)

    view.watched.connect(catch_up)
    session.view_shown.connect(show_network)
    session.projection_shown.connect(view.show_projection)
    session.codes_shown.connect(show_codes)
    look.pin_shown.connect(view.show_pinned)
    view.picked.connect(look.pick)
    view.hovered.connect(look.hover)
    view.hover_left.connect(look.leave_hover)
    view.projection_requested.connect(session.choose_projection)
    tell_of(view, bar)
