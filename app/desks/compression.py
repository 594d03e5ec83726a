"""The compression view's desk: held-out images through a quantised code, and runs between bits and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.background import Background, cancelled
from app.desks import compression_work as measuring
from app.desks.principal_fits import PrincipalFits, data_of
from app.desks.training import TrainingControl
from app.pace import Pace
from app.phase import Phase
from app.seen.compressed import ENTROPY_BITS, START_BITS, Compressed, Costs, Curve, Curves, one_of_each
from app.viewpoint import Viewpoint
from models.chunks import as_bytes, evenly, unit
from models.compression import ALL_BITS, PrincipalCoder, Quantiser, decoder_weights, entropy_bits, png_bytes, rate_bits
from models.datasets import Dataset, whole_title
from models.latent_use import divergence_per_dimension

if TYPE_CHECKING:
    from models.snapshot import Snapshot

PICTURES_MS, CURVE_MS = 500, 1000
"""The least time between two looks while training."""
COUNTED = 10_000
"""Held-out codes whose cells are counted for the entropy, at each look on the window's thread."""

Job = tuple[Callable[[], Any], Callable[[Any], None]]
"""What a worker does, and what becomes of its answer."""


class CompressionDesk(QObject):
    """Owns the bits an axis and the images shown. Nothing is computed while nobody looks."""

    shown = Signal(object)
    """Compressed"""
    curves_shown = Signal(object)
    """Curves"""
    needed = Signal(str, str)
    """what the originals would add, in a sentence, and the dataset to get, if that would help; empty: nothing"""
    missing = Signal(str)
    """why there is nothing to see, in a sentence"""
    busy = Signal(str)
    """what is being measured, in words; empty when nothing is"""

    def __init__(self, training: TrainingControl, fits: PrincipalFits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bits = START_BITS
        self._training, self._fits = training, fits
        self._draw = 0
        self._visible = False
        self._view: Viewpoint | None = None
        self._dataset: Dataset | None = None
        self._snapshot: Snapshot | None = None
        self._indices = np.zeros(0, int)
        self._range: Quantiser | None = None
        self._weights = 0
        self._stored_rate: float | None = None
        self._png: float | None = None
        self._worker = Background(self)
        self._measured: tuple[Viewpoint, Snapshot, int] | None = None
        self._curves = Curves()
        self._trail: list[tuple[float, float]] = []
        self._coders: dict[tuple[str, str], PrincipalCoder] = {}
        self._pca: dict[tuple[str, str], dict[int, np.ndarray]] = {}
        self._shipped: list[Curve] | None = None
        self._tried: set[tuple[Path, str]] = set()
        self._pictures_pace = Pace(self._tell_pictures, PICTURES_MS, self)
        self._curve_pace = Pace(self._work, CURVE_MS, self)
        training.started.connect(lambda _: self._trail.clear())
        training.phase_changed.connect(self._note_phase)
        fits.fitted.connect(self._work)

    # what a person can do ----------------------------------------------------------------------------------------

    def set_bits(self, bits: int) -> None:
        """So many bits an axis: the images degrade at once."""
        if bits in ALL_BITS and bits != self.bits:
            self.bits = bits
            self._tell_pictures()

    def draw_again(self) -> None:
        """Other held-out images."""
        self._draw += 1
        self._choose()
        self._tell_pictures()

    def set_visible(self, visible: bool) -> None:
        """Whether somebody looks; what is being measured is given up when nobody does."""
        self._visible = visible
        if visible:
            self._look()
        else:
            self._pictures_pace.stop()
            self._curve_pace.stop()
            self._worker.cancel()

    def close(self) -> None:
        """Stop looking, and wait for what is being measured."""
        self.set_visible(False)
        self._worker.close()

    # what the session tells --------------------------------------------------------------------------------------

    def look_through(self, view: Viewpoint, dataset: Dataset | None) -> None:
        """Another network, the same one after some steps, or other images in use."""
        another, other_data = view is not self._view, dataset is not self._dataset
        if not (another or other_data or view.snapshot is not self._snapshot):
            return
        learned = not (another or other_data) and self._snapshot is not None
        self._view, self._dataset, self._snapshot = view, dataset, view.snapshot
        self._range = None
        if another:
            self._weights, self._stored_rate = 0, None
            if self._training.phase is Phase.IDLE:
                self._trail.clear()
        if learned and self._visible:
            self._pictures_pace.soon()
            self._curve_pace.soon()
        elif self._visible:
            self._look()

    def _note_phase(self, phase: Phase) -> None:
        if phase is Phase.IDLE and self._visible:
            self._work()

    def _look(self) -> None:
        self._curves = replace(self._curves, own=None, images=0)
        self._choose()
        self._tell_pictures()
        self._tell_curves()
        self._work()

    # pictures ----------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        view = self._view
        self._indices = np.zeros(0, int) if view is None else one_of_each(view.labels, self._draw)
        images = None if view is None else view.held_out_images(self._dataset)
        self._png = None if images is None else float(png_bytes(as_bytes(images[self._indices])).mean())

    def _tell_pictures(self) -> None:
        view = self._view
        if not self._visible:
            return
        self._pictures_pace.begin()
        if view is None or view.decoder is None or not len(self._indices):
            self.missing.emit(view.why_asleep if view is not None and len(view.codes) else measuring.why_nothing(view))
            return
        quantiser = self._quantiser(view)
        if quantiser is None:
            self.missing.emit("The codes of this network are not finite numbers: it has run wild.")
            return
        self.shown.emit(self._compress(view, quantiser))
        self.needed.emit(*measuring.what_is_missing(view, self._dataset))

    def _compress(self, view: Viewpoint, quantiser: Quantiser) -> Compressed:
        """A few dozen images are decoded on the window's thread: some milliseconds."""
        assert view.decoder is not None
        images = view.held_out_images(self._dataset)
        originals = None if images is None else images[self._indices]
        codes = view.codes_of(self._indices, self._dataset)
        cells = quantiser.cells(codes, self.bits)
        both = view.decoder.decode(np.concatenate([codes, quantiser.midpoints(cells, self.bits)]).astype(np.float32))
        coder, dims = self._coders.get(data_of(view)), view.config.latent_dim
        fits = originals is not None and coder is not None and dims <= coder.most()
        return Compressed(
            view.config.kind.upper(),
            dims,
            self.bits,
            self._indices,
            tuple(view.class_name(index) for index in self._indices),
            cells,
            both[: len(codes)],
            both[len(codes) :],
            None if originals is None else unit(originals),
            coder.code(originals, dims, self.bits) if fits and coder is not None and originals is not None else None,
            self._costs(view, quantiser),
            self._rate(view),
        )

    def _costs(self, view: Viewpoint, quantiser: Quantiser) -> Costs:
        if not self._weights:
            weights = view.run.weights if view.run is not None else view.snapshot.weights() if view.snapshot else {}
            self._weights = decoder_weights(weights)
        telling = self.bits <= ENTROPY_BITS and len(view.codes) >= 4 * 2**self.bits
        counted = view.codes[evenly(len(view.codes), COUNTED)]
        entropy = entropy_bits(quantiser.cells(counted, self.bits)) if telling else None
        return Costs(self._weights, len(view.codes), self._png, entropy)

    def _quantiser(self, view: Viewpoint) -> Quantiser | None:
        """The range of the held-out codes, made anew after each step."""
        if self._range is None:
            try:
                self._range = Quantiser.over(view.codes)
            except ValueError:
                return None
        return self._range

    def _rate(self, view: Viewpoint) -> float | None:
        """A VAE's rate in bits: of its stored posteriors, else as it was last measured."""
        if view.config.kind != "vae":
            return None
        if view.log_variances is not None:
            if self._stored_rate is None:
                nats = divergence_per_dimension(view.codes, view.log_variances).sum()
                self._stored_rate = rate_bits(float(nats))
            return self._stored_rate
        return None if self._curves.own is None else self._curves.own.rate

    # curves ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Have the next thing measured that is not known yet, one after the other."""
        if not self._visible or self._view is None or self._worker.busy:
            return
        for words, find in (
            ("", self._reading_shipped),
            ("" if self._curves.own is not None else "Measuring this run…", self._measuring_own),  # again as it learns
            ("Measuring PCA…", self._coding),
            ("Measuring the shipped AEs…", self._measuring_shipped),
        ):
            job = find(self._view)
            if job is not None:
                self.busy.emit(words)
                work, keep = job
                self._worker.submit(work, partial(self._keep, keep), self._give_up)
                return
        self.busy.emit("Fitting PCA to the training images…" if self._fits.busy else "")

    def _keep(self, keep: Callable[[Any], None], answer: Any) -> None:
        if answer is not None:
            keep(answer)
            self._tell_curves()
        self._work()

    def _give_up(self, sentence: str) -> None:
        self.busy.emit("")

    def _reading_shipped(self, view: Viewpoint) -> Job | None:
        def keep(found: list[Curve]) -> None:
            self._shipped = found

        return None if self._shipped is not None else (measuring.read_shipped, keep)

    def _measuring_own(self, view: Viewpoint) -> Job | None:
        images, snapshot, quantiser = view.held_out_images(self._dataset), view.snapshot, self._quantiser(view)
        if images is None or snapshot is None or quantiser is None:
            return None
        live = view.run is None and self._training.phase is not Phase.IDLE
        most = measuring.LIVE if live else measuring.MEASURED
        if self._measured == (view, snapshot, most) and self._curves.own is not None:
            return None
        if live and self._curve_pace.rest_ms:
            self._curve_pace.soon()
            return None
        some = slice(None, len(view.codes), measuring.every(len(view.codes), most))
        bits = sorted({*measuring.LIVE_BITS, self.bits}) if live else ALL_BITS
        codes = view.codes[some] if view.run is not None else None
        curve = Curve(view.name, view.config.kind, view.config.latent_dim, self._rate(view))
        chosen, now_bits, dataset = images[some], self.bits, self._dataset
        self._curve_pace.begin()

        def work() -> Curve | None:
            return measuring.measure_own(snapshot, codes, chosen, quantiser, bits, curve, cancelled)

        def keep(own: Curve) -> None:
            if view is self._view and dataset is self._dataset:
                self._measured = (view, snapshot, most)
                self._curves = replace(self._curves, own=own, images=len(chosen))
                if live:
                    self._trail.append(_place(own, now_bits))
                self._tell_pictures()

        return work, keep

    def _coding(self, view: Viewpoint) -> Job | None:
        key, held_out = data_of(view), view.held_out_images(self._dataset)
        fit = None if key in self._coders else self._fits.of(view, self._dataset)
        if fit is None or held_out is None:
            return None
        step = measuring.every(len(held_out))

        def keep(coder: PrincipalCoder) -> None:
            self._coders[key] = coder
            self._tell_pictures()

        return lambda: PrincipalCoder.over(fit, held_out, step), keep

    def _measuring_shipped(self, view: Viewpoint) -> Job | None:
        """One AE after the other, where its images are the loaded ones."""
        dataset = self._dataset
        if dataset is None or view.snapshot is None:
            return None
        for place, curve in enumerate(self._shipped or []):
            path = curve.path
            key = (path, dataset.fingerprint)
            if path is None or curve.kind != "ae" or key in self._tried or np.isfinite(curve.errors).any():
                continue

            def work(path: Path = path) -> Any:
                return measuring.measure_shipped(path, dataset, cancelled), cancelled()

            def keep(answer: tuple[np.ndarray | None, bool], place: int = place, key: Any = key) -> None:
                errors, gave_up = answer
                if errors is not None and self._shipped is not None:
                    self._shipped[place] = replace(self._shipped[place], errors=errors)
                elif not gave_up:
                    self._tried.add(key)

            return work, keep
        return None

    def _tell_curves(self) -> None:
        view = self._view
        if not self._visible or view is None:
            return
        shipped = tuple(self._shipped or ())
        dims = sorted({view.config.latent_dim, *(each.latent_dim for each in shipped)})
        coder = self._coders.get(data_of(view)) if view.held_out_images(self._dataset) is not None else None
        pca = {dim: self._pca_errors(data_of(view), coder, dim) for dim in dims if coder and dim <= coder.most()}
        title, own = whole_title(view.dataset_title)[0], self._curves.own or self._reported(view)
        note = (
            "" if title == "MNIST" or not shipped else f"The shipped runs were measured on MNIST, this one on {title}."
        )
        trail = np.array(self._trail, float).reshape(-1, 2)
        self.curves_shown.emit(replace(self._curves, own=own, shipped=shipped, pca=pca, trail=trail, note=note))

    def _pca_errors(self, key: tuple[str, str], coder: PrincipalCoder, dim: int) -> np.ndarray:
        kept = self._pca.setdefault(key, {})
        if dim not in kept:
            kept[dim] = coder.errors(dim)
        return kept[dim]

    def _reported(self, view: Viewpoint) -> Curve | None:
        """What is known of a saved run without its images: its own report's figures."""
        error = view.run.report.get("test_mse_per_pixel") if view.run is not None else None
        if not isinstance(error, float):
            return None
        return Curve(view.name, view.config.kind, view.config.latent_dim, self._rate(view), error, path=view.path)


def _place(own: Curve, bits: int) -> tuple[float, float]:
    """Where a run stands in the plot: a VAE at its rate, an AE at its bits."""
    if own.rate is not None and own.error is not None:
        return own.rate, own.error
    return float(own.latent_dim * bits), float(own.errors[ALL_BITS.index(bits)])
