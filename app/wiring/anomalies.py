"""Makes the anomalies view when it is first looked at, and connects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.run_library import shipped_run
from app.wiring.pinning import connect_pin
from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.anomalies.view import Anomalies
    from app.panels.message_bar import MessageBar
    from app.session import Session

WITHOUT_FOURS = "vae-16-without-4"


def make_anomalies(session: Session, bar: MessageBar) -> Anomalies:
    """The view, connected to the session and the message bar."""
    from app.panels.anomalies.view import Anomalies  # it need not be there at the start
    from app.panels.draw.examples import ink_of, load_examples

    view, desk = Anomalies(), session.anomalies
    desk.classes_shown.connect(view.show_classes)
    desk.scored.connect(view.show_scores)
    desk.marks_shown.connect(view.show_marks)
    desk.pictures_shown.connect(view.show_pictures)
    desk.shrunken_shown.connect(view.show_shrunken)
    desk.shrunken_missing.connect(view.show_no_shrunken)
    desk.missing.connect(view.show_missing)
    view.visibility_changed.connect(desk.set_visible)
    view.odd_chosen.connect(desk.choose_odd)
    view.pictures_wanted.connect(desk.want_pictures)
    view.training_wanted.connect(desk.train_without)
    view.run_wanted.connect(lambda: session.open_run(shipped_run(WITHOUT_FOURS)))
    connect_pin(session, view)
    tell_of(view, bar)
    desk.set_examples([(each.title, ink_of(each)) for each in load_examples() if not each.is_digit])
    return view
