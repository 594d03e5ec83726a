"""Makes the views of denoising and sparsity when they are first looked at, and connects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.pinning import connect_pin
from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.denoising.view import Denoising
    from app.panels.message_bar import MessageBar
    from app.panels.sparsity.view import Sparsity
    from app.session import Session


def make_denoising(session: Session, bar: MessageBar) -> Denoising:
    """Images clean, damaged and restored."""
    from app.panels.denoising.view import Denoising
    from app.panels.draw.examples import ink_of, load_examples

    view, desk = Denoising(), session.denoising

    desk.set_examples(lambda: [(each.title, ink_of(each)) for each in load_examples() if each.is_digit])
    desk.shown.connect(view.show_images)
    desk.curve_shown.connect(view.show_curve)
    desk.missing.connect(view.show_missing)
    desk.originals_missing.connect(view.show_originals_missing)
    desk.damage_chosen.connect(view.show_damage)
    desk.trained_shown.connect(view.show_training)
    view.damage_chosen.connect(desk.choose)
    view.noise_wanted.connect(desk.draw_noise)
    view.images_wanted.connect(desk.draw_images)
    view.training_wanted.connect(desk.use_in_training)
    view.run_wanted.connect(desk.open_denoising_run)
    view.visibility_changed.connect(desk.set_visible)
    connect_pin(session, view)
    tell_of(view, bar)
    return view


def make_sparsity(session: Session, bar: MessageBar) -> Sparsity:
    """How the units of the code are used."""
    from app.panels.sparsity.view import Sparsity

    view, desk = Sparsity(), session.sparsity

    desk.shown.connect(view.show_units)
    desk.unit_shown.connect(view.show_unit)
    desk.missing.connect(view.show_missing)
    desk.originals_missing.connect(view.show_originals_missing)
    desk.trained_shown.connect(view.show_training)
    view.unit_chosen.connect(desk.choose_unit)
    view.run_wanted.connect(desk.open_sparse_run)
    view.visibility_changed.connect(desk.set_visible)
    connect_pin(session, view)
    tell_of(view, bar)
    return view
