"""Makes the views of the centre, each when it is first looked at, and connects it: the main window's second sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.exporting_views import name_run
from app.run_library import shipped_run
from app.views import Views
from app.wiring.anomalies import make_anomalies
from app.wiring.compression import make_compression
from app.wiring.denoising import make_denoising, make_sparsity
from app.wiring.pinning import connect_pin
from app.wiring.planes import connect_plane
from app.wiring.regularity import make_regularity
from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.axes.axes import ParallelAxes
    from app.panels.manifold.view import Manifold
    from app.panels.message_bar import MessageBar
    from app.panels.rate.distortion import RateDistortion
    from app.panels.reconstructions.view import Reconstructions
    from app.panels.twins.view import Twins
    from app.session import Session
    from app.viewpoint import Viewpoint


def make_views(session: Session, bar: MessageBar, latent_map: QWidget, ask_sweep: Callable[[], None]) -> Views:
    """All views in the order of their tabs: what is looked at first comes first."""
    views = Views()
    session.view_shown.connect(lambda shown: name_run(views.window(), shown.title))
    views.add("map", "Map", "The latent map", lambda: latent_map)
    tip = "What each place of the latent plane decodes to"
    views.add("manifold", "Manifold", tip, lambda: _manifold(session, bar))
    tip = "Held-out images beside what the network, and PCA, make of them"
    views.add("reconstructions", "Reconstructions", tip, lambda: _reconstructions(session, bar))
    tip = "Two networks side by side: an AE beside a VAE, or any two that differ in some settings"
    views.add("twins", "Twins", tip, lambda: _twins(session, bar))
    tip = "Each latent number an axis, each image's code a line; drag the black one and it is decoded"
    views.add("axes", "Axes", tip, lambda: _axes(session, bar, views.show_view))
    tip = "Where the latent plane has holes, how complete and continuous it is, and draws from a posterior"
    views.add("regularity", "Regularity", tip, lambda: make_regularity(session, bar, views.show_view))
    tip = "Damaged images and what the network restores, with the noise and its level to choose"
    views.add("denoising", "Denoising", tip, lambda: make_denoising(session, bar))
    tip = "How the units of the code are used, what each draws, and the images that excite it"
    views.add("sparsity", "Sparsity", tip, lambda: make_sparsity(session, bar))
    tip = "How well the error tells a digit that was left out of training: threshold, hits, false alarms, ROC"
    views.add("anomalies", "Anomalies", tip, lambda: make_anomalies(session, bar))
    tip = "A code as bits: what comes back, and what the ratio does not say"
    views.add("compression", "Compression", tip, lambda: make_compression(session, bar))
    tip = "What the runs of a sweep pay for how true their pictures are"
    views.add("rate", "Rate–distortion", tip, lambda: _rate_distortion(session, bar, ask_sweep))
    return views


def _rate_distortion(session: Session, bar: MessageBar, ask_sweep: Callable[[], None]) -> RateDistortion:
    from app.panels.rate.distortion import RateDistortion  # it need not be there at the start

    view, desk = RateDistortion(), session.sweep

    def mark(shown: Viewpoint) -> None:
        view.show_open_run(shown.path)

    desk.sweep_shown.connect(view.show_sweep)
    session.view_shown.connect(mark)
    session.training.phase_changed.connect(view.show_phase)
    view.cell_picked.connect(desk.open_cell)
    view.open_wanted.connect(ask_sweep)
    tell_of(view, bar)
    view.show_phase(session.training.phase)
    if desk.sweep is not None:
        view.show_sweep(desk.sweep)
    if session.view is not None:
        mark(session.view)
    return view


def _manifold(session: Session, bar: MessageBar) -> Manifold:
    from app.panels.manifold.view import Manifold

    view, desk = Manifold(), session.manifold
    connect_plane(session, bar, view, desk.watch)
    view.tiles_wanted.connect(desk.want)
    view.grid_wanted.connect(desk.save_grid)
    desk.begun.connect(view.begin_tiles)
    desk.decoded.connect(view.show_tiles)
    desk.asleep.connect(view.show_empty)
    desk.slice_shown.connect(view.show_slice)
    desk.saved.connect(lambda sentence: bar.show_message(sentence, "good"))
    desk.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
    return view


def _reconstructions(session: Session, bar: MessageBar) -> Reconstructions:
    from app.panels.reconstructions.view import Reconstructions

    view, desk = Reconstructions(), session.reconstructions

    desk.shown.connect(view.show_images)
    desk.missing.connect(view.show_missing)
    desk.originals_missing.connect(view.show_originals_missing)
    desk.busy.connect(view.show_busy)
    desk.classes_shown.connect(view.show_classes)
    desk.angles_shown.connect(view.show_angles)
    view.order_chosen.connect(desk.choose)
    view.draw_requested.connect(desk.draw_again)
    view.label_chosen.connect(desk.show_label)
    view.pca_wanted.connect(desk.want_pca)
    view.visibility_changed.connect(desk.set_visible)
    connect_pin(session, view)
    tell_of(view, bar)
    return view


def _axes(session: Session, bar: MessageBar, show_view: Callable[[str], object]) -> ParallelAxes:
    from app.panels.axes.axes import ParallelAxes

    view, desk, look, twin = ParallelAxes(), session.axes, session.look, session.axes.twin

    def catch_up(watched: bool) -> None:
        desk.set_visible(watched)
        if watched:
            look.leave_hover()  # the pointer is here now: the pinned code is told again

    look.decoded_shown.connect(view.show_decoded)
    desk.lines_shown.connect(view.show_lines)
    desk.measured.connect(view.show_measured)
    desk.missing.connect(view.show_missing)
    desk.sources_shown.connect(view.tools.show_sources)
    twin.offered.connect(view.tools.show_twin_offer)
    twin.shown.connect(view.show_twin)
    view.visibility_changed.connect(catch_up)
    view.code_edited.connect(look.set_code)
    view.snap_wanted.connect(desk.snap)
    view.remove_wanted.connect(desk.remove)
    view.dice_wanted.connect(desk.throw_dice)
    view.tools.random_wanted.connect(desk.add_random)
    view.tools.picked_wanted.connect(desk.add_picked)
    view.tools.drawing_wanted.connect(desk.add_drawing)
    view.tools.sketch_wanted.connect(desk.add_sketch)
    view.tools.twin_wanted.connect(twin.show)
    view.tools.twins_wanted.connect(lambda: show_view("twins"))
    view.dataset_wanted.connect(session.get_originals)
    view.run_wanted.connect(lambda stem: session.open_run(shipped_run(stem)))
    tell_of(view, bar)
    desk.failed.connect(lambda sentence: bar.show_message(sentence, "warning"))
    return view


def _twins(session: Session, bar: MessageBar) -> Twins:
    from app.panels.twins.view import Twins

    view, desk = Twins(), session.twins
    runs, training = desk.runs, desk.runs.training
    for shown, show in (
        (desk.runs_shown, view.show_runs), (desk.side_shown, view.show_side), (desk.codes_shown, view.show_codes),
        (desk.pin_shown, view.show_pin), (desk.pointed, view.show_pointed), (desk.picture_shown, view.show_picture),
        (desk.original_shown, view.pictures.show_original), (desk.sketch_seen, view.pictures.show_sketch_seen),
        (desk.sketch_shown, view.show_sketch), (desk.strip_shown, view.show_strip), (desk.step_shown, view.show_step),
        (desk.draws_shown, view.show_draws), (desk.measured, view.show_measures), (desk.note_shown, view.show_note),
        (desk.config_shown, view.trainer.show_config), (training.phase_changed, view.show_phase),
        (training.progressed, view.trainer.show_progress),
    ):  # fmt: skip
        shown.connect(show)
    for asked, do in (
        (view.watched, desk.watch), (view.page_shown, desk.show_page), (view.run_chosen, desk.open_run),
        (view.hovered, desk.hover), (view.hover_left, desk.leave), (view.picked, desk.pick),
        (view.code_picked, desk.pick_code), (view.draw_wanted, desk.draw), (view.strips.step_picked, desk.pick_step),
        (view.strips.scrubbed, session.strip.scrub), (view.strips.scrub_left, session.ends.leave),
        (view.pictures.random_wanted, desk.pick_random), (view.pictures.dataset_wanted, desk.get_images),
        (view.trainer.train_wanted, runs.train), (view.trainer.stop_wanted, training.stop),
        (view.trainer.pause_wanted, training.pause), (view.trainer.resume_wanted, training.resume),
        (view.open_wanted, runs.open_in_window), (view.save_wanted, runs.save),
    ):  # fmt: skip
        asked.connect(do)
    runs.message.connect(bar.show_message)
    view.noted.connect(lambda sentence: bar.show_message(sentence, "info"))
    for side in view.sides.values():
        side.picker.opening.connect(desk.show_runs)
    tell_of(view, bar)
    return view
