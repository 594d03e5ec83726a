"""The one owner of what the window is looking at; everything a person can do is one method here or on its parts.

Parts: `training` (the thread and its phase), `data` (the images), `look` (pin and pointer), `sketch`, `strip` and its
`ends`, `losses`, `sweep`, `twins`, `opener`, `saving`, and one for each other view of the centre. The session ties them
together: when the network or its codes change, all of them look again. It knows no panel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app import loading_torch
from app.background import Background
from app.desks.anomalies import AnomalyDesk
from app.desks.axes import AxesDesk
from app.desks.before_training import what_bars
from app.desks.compression import CompressionDesk
from app.desks.data import DataDesk
from app.desks.denoising import DenoisingDesk
from app.desks.first_weights import expected_errors, first_weights
from app.desks.looking import LookDesk
from app.desks.losses import LossDesk
from app.desks.manifold import ManifoldDesk
from app.desks.opening import OpenDesk
from app.desks.principal_fits import PrincipalFits
from app.desks.reconstructions import ReconstructionDesk
from app.desks.regularity import RegularityDesk
from app.desks.saving import SaveDesk, as_it_learns
from app.desks.settling import settle_codes
from app.desks.sketch import SketchDesk
from app.desks.sparsity import SparsityDesk
from app.desks.strip import StripDesk
from app.desks.strip_ends import StripEnds
from app.desks.sweep import SweepDesk
from app.desks.training import TrainingControl, training_threads
from app.desks.twins import TwinsDesk
from app.losses_in_words import end_in_words
from app.phase import Phase
from app.run_library import kept_in_words, name_now, shipped_runs
from app.turns import Turns
from app.viewpoint import Viewpoint
from models.checkpoint import History, Run
from models.config import Hardware, RunConfig
from models.datasets import Dataset, whole_title
from models.facts import CodesMoved, RunStarted

LOOKING_SHARE = 0.02
"""Of the time may go into looking through a network in training, and about as much into painting what was seen."""

HAND_RESTS = 0.15
"""Seconds after which a hand that has not moved rests."""


class Session(QObject):
    """See the module's docstring. Signals are past-tense facts whose arguments fit the panels' `show_*` methods."""

    message = Signal(str, str)
    """a sentence, and its kind: info, good, warning, error"""
    view_shown = Signal(object)
    """Viewpoint: another network is looked at"""
    codes_shown = Signal(object, object, bool)
    """points (N, 2), labels (N,), whether the points may glide to their places"""
    projection_shown = Signal(object, int)
    """Projection, latent dimensions"""
    torch_ready = Signal(object)
    """list of DeviceChoice: all of torch is there; `torch_is_ready` says sooner that one can look and train"""
    runs_changed = Signal()
    training_ended = Signal(str)
    """how it ended, in a sentence"""
    result_told = Signal(str)
    """what it came to, in one line; of one that was stopped, nothing"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.background = Background(self)
        self.training = TrainingControl(self)
        self.data = DataDesk(self.background, self)
        self.look = LookDesk(self)
        self.losses = LossDesk(self.background, self)
        self.sketch = SketchDesk(self.background, self)
        self.strip = StripDesk(self)
        self.ends = StripEnds(self.look, self.sketch, self.strip, self)
        self.sweep = SweepDesk(self)
        self.fits = PrincipalFits(self)
        self.reconstructions = ReconstructionDesk(self.training, self.fits, self)
        self.manifold = ManifoldDesk(self.look, self)
        self.regularity = RegularityDesk(self.look, self)
        self.axes = AxesDesk(self.look, self.sketch, self)
        self.anomalies = AnomalyDesk(self.sketch, self)
        self.denoising, self.sparsity = DenoisingDesk(self.sketch, self), SparsityDesk(self)
        self.twins = TwinsDesk(self)
        self.compression = CompressionDesk(self.training, self.fits, self)
        self.saving = SaveDesk(self)
        self.opener = OpenDesk(self, self._show_run)
        self.view: Viewpoint | None = None
        self.config, self.device = RunConfig(), "cpu"
        self.form_is_right = True
        self.torch_is_ready, self.torch_failure = False, ""  # why it cannot be imported, in a sentence
        self._starting: RunStarted | None = None
        self._training_data: Dataset | None = None
        self._training_name = ""
        self.trained: Viewpoint | None = None
        """the network of the training under way, or of the last one that has begun, until it has a file"""
        self._weights_asked: object = None  # the last wish for first weights, if nothing else was looked at since
        views = (self.manifold, self.reconstructions, self.axes, self.regularity, self.compression, self.anomalies)
        self._views = (*views, self.denoising, self.sparsity)
        looks = [self._looking(each.look_through) for each in (self.look, self.sketch, self.strip, *self._views)]
        self._looks = Turns(looks, self, LOOKING_SHARE, self._hand_is_at_work)
        self._hand_moved_at = 0.0
        self._connect()

    def _connect(self) -> None:
        for moved in (self.look.looked_here, self.sketch.drawn):
            moved.connect(self._note_hand)
        for part in (self.data, self.sweep, self.ends, self.saving, self.opener):
            part.message.connect(self.message)
        self.saving.saved.connect(self.runs_changed)
        self.opener.failed.connect(self.runs_changed)
        self.data.dataset_changed.connect(self._data_changed)
        for desk in (self.sweep, self.regularity, self.denoising, self.sparsity):
            desk.run_wanted.connect(self.open_run)
        self.strip.step_decoded.connect(self.look.show_strip_step)
        self.strip.step_gone.connect(self.look.leave_hover)
        self.look.looked_here.connect(self.strip.leave)
        self.training.started.connect(self._training_started)
        self.training.codes_moved.connect(self._codes_moved)
        self.training.codes_moved.connect(self.reconstructions.follow)
        self.training.finished.connect(self._training_finished)
        self.training.epoch_done.connect(lambda fact: self.losses.show_epoch(fact, self.training.config_at_end()))
        self.training.progressed.connect(self.losses.show_progress)
        self.training.phase_changed.connect(self.losses.show_phase)
        self.training.stopped.connect(self._training_stopped)
        self.training.failed.connect(lambda sentence: self._tell_end(sentence, "error", "It ended in an error."))

    # starting and ending -----------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Import torch behind the open window; then the network becomes alive and training can start."""
        self.background.submit(loading_torch.import_to_look, self._torch_arrived, self._torch_missing, (ImportError,))

    def finish_saving(self) -> bool:
        """Wait for the files that are being written, to their end; whether all of them could be."""
        saved = [self.manifold.finish_saving(), self.twins.runs.finish_saving(), self.saving.finish()]
        return all([*saved, self.training.finish_saving()])  # the last, for it goes on meanwhile

    def close(self) -> None:
        """Stop the training and every task, and wait for their threads."""
        parts = (self.training, self.data, self.sweep, *self._views, self.fits, self.twins, self.background)
        for each in (*parts, self.saving, self.opener):
            each.close()

    # runs --------------------------------------------------------------------------------------------------------

    def open_first_run(self, path: Path | None) -> None:
        """The run to begin with: the one asked for, else the first shipped one."""
        paths = [path] if path is not None else []
        self.opener.open_first([*paths, *(entry.path for entry in shipped_runs())])

    def open_run(self, path: Path) -> bool:
        """Look at a saved run: at once, or where it is large when it has been read behind the window.

        When it cannot be read, or a training is under way, what is open stays open; False where that is known now.
        """
        return self.opener.open(path)

    def look_at_run(self, run: Run) -> bool:
        """Look at a run as it is in memory, whatever became of its file; the same holds as for `open_run`."""
        return self.opener.look_at(run)

    def _show_run(self, view: Viewpoint) -> None:
        self._look_at(view)
        if view.run is not None:
            self.losses.open_run(view.run, self.data.dataset)

    def save_run(self, path: Path, seen: Viewpoint | None = None) -> None:
        """Save what is looked at, or was `seen` when the file was asked for, as one file, behind the window."""
        self.saving.save(self._now(seen or self.view), self.data.dataset, path)

    def keep(self, view: Viewpoint) -> None:
        """Put a network that was stopped into the list of runs, as one that was trained to its end."""

        def kept(run: Run) -> None:
            if self.stays_at(view):
                self.opener.look_at(run, view)
            self.message.emit(kept_in_words(run), "good")

        self.saving.keep(view, self.data.dataset, kept)

    def stays_at(self, view: Viewpoint | None) -> bool:
        """Whether `view` is still what is looked at, and no training and no first weights are wanted by now."""
        return self.view is view and self.training.phase is Phase.IDLE and self._weights_asked is None

    def _now(self, view: Viewpoint | None) -> Viewpoint | None:
        """A network in training with its settings and losses as they are now, or as it has ended meanwhile."""
        if view is None or view is not self.trained or view.history is not None:
            return view
        if view is not self.view:
            return self.view
        return as_it_learns(view, self.training.config_at_end(), self.training.history())

    def history(self) -> History:
        """The losses that the network looked at has learned with here, so far; empty for one of a file."""
        view = self._now(self.view)
        return (view.history if view is not None else None) or History()

    # training ----------------------------------------------------------------------------------------------------

    def start_training(self) -> None:
        """Train the configuration being edited on the dataset in use."""
        dataset = self.data.dataset
        if self.may_train() and dataset is not None:
            self.opener.forget()
            self._training_data = dataset
            hardware = Hardware(self.device, threads=training_threads())
            self._training_name = name_now(self.config, dataset.title)
            self.trained = self._weights_asked = None
            self.training.start(self.config, dataset, hardware, self._training_name)

    def may_train(self) -> bool:
        """Whether a network can be made now; if not, a sentence says why."""
        sentence, kind = what_bars(self)
        if sentence:
            self.message.emit(sentence, kind)
        return not sentence

    def edit_config(self, config: RunConfig) -> None:
        """The configuration of the next training."""
        self.config = config
        self.twins.show_config(config)

    def note_form(self, right: bool) -> None:
        """Whether all fields of the form are right; while one is not, `config` is what they were before."""
        self.form_is_right = right

    def choose_device(self, name: str) -> None:
        """Where the next training is computed: cpu, cuda or mps."""
        self.device = name

    def reset(self) -> None:
        """Show the weights that a training of this configuration begins with."""
        config, data = self.config, self.data.dataset
        if not self.may_train() or data is None:
            return
        self.opener.forget()
        asked = self._weights_asked = object()

        def done(view: Viewpoint) -> None:
            if self.training.phase is Phase.IDLE and self._weights_asked is asked:
                self._look_at(view)
                self.losses.show_first_weights(config, data)

        def failed(sentence: str) -> None:
            if self._weights_asked is asked:
                self._weights_asked = None
            self.message.emit(sentence, "error")

        self.background.submit(lambda: first_weights(config, data), done, failed, expected_errors())

    def choose_projection(self, choice: str) -> None:
        """`pca` or `axes:i,j`: the plane of the map above two latent dimensions."""
        if self.view is not None:
            self.view.choose_projection(choice)
            self._show_codes(glide=True)
            self._refresh()

    def get_originals(self) -> None:
        """Fetch the images that the run was trained on, or say where they would come from."""
        if self.view is not None:
            self.data.get(whole_title(self.view.dataset_title)[0])

    # what comes back ---------------------------------------------------------------------------------------------

    def _torch_arrived(self, _: object) -> None:
        from models.warm_up import look_with_one_thread

        look_with_one_thread()
        self.torch_is_ready = True
        self.losses.show_status_again()
        if self.view is None or self.opener.come_alive(self.view):
            self._refresh()
        else:
            self.open_first_run(None)
        wanted, missing = self.torch_ready.emit, self._torch_missing
        self.background.submit(loading_torch.import_to_train, wanted, missing, (ImportError,))

    def _torch_missing(self, sentence: str) -> None:
        self.torch_failure = sentence
        if not self.torch_is_ready and self.view is not None and self.view.run is not None:
            self._look_at(self.view.again())  # so that each part says why it waits in vain
        self.losses.show_status_again()
        self.message.emit(sentence, "error")

    def _look_at(self, view: Viewpoint) -> None:
        """Another network: the pin and the strip find their codes again, or new ones."""
        self.view, self._weights_asked = view, None
        if self.torch_is_ready:
            view.look_through_weights()
        view.failure = self.torch_failure
        self.view_shown.emit(view)
        self._show_codes(glide=False)
        self._refresh()

    def _training_started(self, start: RunStarted) -> None:
        self._starting = start

    def _codes_moved(self, facts: Sequence[CodesMoved]) -> None:
        first, last = facts[0], facts[-1]
        start, self._starting = self._starting, None
        if start is not None and self._training_data is not None:
            name = f"{self._training_name}, in training"
            self.trained = Viewpoint.of_training(name, start.snapshot, first.codes.copy(), self._training_data)
            self._look_at(self.trained)
            self.losses.begin_training(start.snapshot.config, start, self._training_data)
        if self.view is None:
            return
        view = self.view
        for fact in facts:
            view.codes[fact.indices] = fact.codes
        view.snapshot = last.snapshot
        view.project_again()
        self._show_codes(glide=True)
        self._looks.soon()

    def _training_finished(self, run: Run, refusal: str) -> None:
        view = Viewpoint.of_run(run)
        if self.view is not None:
            view.adopt_plane(self.view)
        self.runs_changed.emit()  # first: who shows the run then has it in the list, which need not be read again
        self._look_at(view)
        self.losses.finish_training(run)
        self._tell_end(*end_in_words(run, refusal))

    def _name_what_was_stopped(self) -> None:
        self._starting = None
        view, data = self.view, self._training_data
        if view is not None and view is self.trained:
            view.name = f"{self._training_name}, stopped"
            view.config, view.history = self.training.config_at_end(), self.training.history()
            self.view_shown.emit(view)
            if data is not None:
                settle_codes(view, data, self.background, lambda: self._codes_settled(view))

    def _codes_settled(self, view: Viewpoint) -> None:
        if view is self.view:
            self._show_codes(glide=True)
            self._refresh()

    def _training_stopped(self) -> None:
        learned = "Stopped. What it has learned so far stays; File > Save the run keeps it."
        self._tell_end(learned if len(self.training.history().steps) else "Stopped before the first step.", "info")

    def _tell_end(self, sentence: str, kind: str, result: str = "") -> None:
        self._name_what_was_stopped()
        self._training_data = None  # it may be large, and no longer in use
        self.message.emit(sentence, kind)
        self.result_told.emit(result)
        self.training_ended.emit(sentence)

    def _data_changed(self, dataset: Dataset) -> None:
        self.losses.look_at_data(dataset)
        self._refresh()

    def _show_codes(self, glide: bool) -> None:
        if self.view is not None:
            self.projection_shown.emit(self.view.projection, self.view.config.latent_dim)
            self.codes_shown.emit(self.view.cloud(), self.view.labels, glide)

    def _refresh(self) -> None:
        """The same things, seen through the present network."""
        self._looks.now()

    def _note_hand(self) -> None:
        self._hand_moved_at = time.perf_counter()

    def _hand_is_at_work(self) -> bool:
        """Whether somebody points or draws just now, who is answered before a network in training is looked through."""
        return time.perf_counter() - self._hand_moved_at < HAND_RESTS

    def _looking(self, look_through: Callable[[Viewpoint, Dataset | None], None]) -> Callable[[], None]:
        """A part's look through the present network."""
        return lambda: look_through(self.view, self.data.dataset) if self.view is not None else None
