"""Makes the views of denoising and sparsity and connects them: a sheet of `making_views`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.denoising.view import Denoising
    from app.panels.message_bar import MessageBar
    from app.panels.sparsity.view import Sparsity
    from app.session import Session


def make_denoising(session: Session, bar: MessageBar) -> Denoising:
    """Images clean, damaged and restored."""
    from app.panels.denoising.view import Denoising

    view, desk, look = Denoising(), session.denoising, session.look

    def mark(place: object = None) -> None:
        view.show_pinned(look.pin.index if look.pin is not None else -1)

    desk.shown.connect(view.show_images)
    desk.curve_shown.connect(view.show_curve)
    desk.missing.connect(view.show_missing)
    desk.damage_chosen.connect(view.show_damage)
    desk.trained_shown.connect(view.show_training)
    look.pin_shown.connect(mark)
    view.damage_chosen.connect(desk.choose)
    view.noise_wanted.connect(desk.draw_noise)
    view.images_wanted.connect(desk.draw_images)
    view.training_wanted.connect(desk.use_in_training)
    view.run_wanted.connect(desk.open_denoising_run)
    view.visibility_changed.connect(desk.set_visible)
    view.picked.connect(lambda index: look.pick(0.0, 0.0, index))
    view.dataset_wanted.connect(session.get_originals)
    tell_of(view, bar)
    mark()
    return view


def make_sparsity(session: Session, bar: MessageBar) -> Sparsity:
    """How the units of the code are used."""
    from app.panels.sparsity.view import Sparsity

    view, desk, look = Sparsity(), session.sparsity, session.look

    def mark(place: object = None) -> None:
        view.show_pinned(look.pin.index if look.pin is not None else -1)

    desk.shown.connect(view.show_units)
    desk.unit_shown.connect(view.show_unit)
    desk.missing.connect(view.show_missing)
    desk.originals_missing.connect(view.show_originals_missing)
    desk.trained_shown.connect(view.show_training)
    look.pin_shown.connect(mark)
    view.unit_chosen.connect(desk.choose_unit)
    view.run_wanted.connect(desk.open_sparse_run)
    view.visibility_changed.connect(desk.set_visible)
    view.picked.connect(lambda index: look.pick(0.0, 0.0, index))
    view.dataset_wanted.connect(session.get_originals)
    tell_of(view, bar)
    mark()
    return view
