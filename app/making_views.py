"""Makes the views of the centre, each when it is first looked at, and connects it: the main window's second sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.views import Views

if TYPE_CHECKING:
    from app.panels.message_bar import MessageBar
    from app.panels.rate_distortion import RateDistortion
    from app.session import Session
    from app.viewpoint import Viewpoint


def make_views(session: Session, bar: MessageBar, latent_map: QWidget, ask_sweep: Callable[[], None]) -> Views:
    """All views in the order of their tabs."""
    views = Views()
    views.add("map", "Map", "The latent map (Ctrl+1)", lambda: latent_map)
    tip = "What the runs of a sweep pay for how true their pictures are (Ctrl+2)"
    views.add("rate", "Rate–distortion", tip, lambda: _rate_distortion(session, bar, ask_sweep))
    return views


def _rate_distortion(session: Session, bar: MessageBar, ask_sweep: Callable[[], None]) -> RateDistortion:
    from app.panels.rate_distortion import RateDistortion  # it need not be there at the start

    view, desk = RateDistortion(), session.sweep

    def mark(shown: Viewpoint) -> None:
        view.show_open_run(shown.run.path if shown.run is not None else None)

    desk.sweep_shown.connect(view.show_sweep)
    session.view_shown.connect(mark)
    view.cell_picked.connect(desk.open_cell)
    view.open_wanted.connect(ask_sweep)
    view.exported.connect(lambda sentence: bar.show_message(sentence, "good"))
    view.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
    if desk.sweep is not None:
        view.show_sweep(desk.sweep)
    if session.view is not None:
        mark(session.view)
    return view
