"""What the loss plot is told: which curves, in which unit, beside which lines; and the status line in words."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.losses_in_words import held_out, unit
from app.phase import Phase
from models.checkpoint import Run
from models.config import PIXELS, RunConfig
from models.datasets import Dataset, count_to_train_on, trained_on
from models.facts import EpochDone, RunStarted


class LossDesk(QObject):
    """Owns the lines that a loss can be held against: the data's Bernoulli floor, and PCA's error."""

    begun = Signal(str, str, bool, int)
    """title, unit, whether there is a KL term, steps per epoch"""
    history_shown = Signal(str, str, bool, object, int)
    """title, unit, whether there is a KL term, History, steps per epoch (0: not known): a run that was opened"""
    held_out_shown = Signal(int, float, float, float)
    """step, total, reconstruction, KL on the held-out images"""
    lines_shown = Signal(object, object)
    """Bernoulli floor or None, PCA's error or None, in the unit of the plot"""
    status_changed = Signal(str)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._config: RunConfig | None = None
        self._fingerprint = ""
        self._references: dict[tuple[str, int, str], tuple[float, float]] = {}
        self._asked: set[tuple[str, int, str]] = set()
        self._phase = Phase.IDLE
        self._epoch = self._loss = self._speed = ""
        self._status = ""

    def open_run(self, run: Run, dataset: Dataset | None) -> None:
        """The whole history of a saved or finished run."""
        self._config, self._fingerprint = run.config, run.fingerprint
        ends = run.history.epoch_steps  # a run that was stopped has fewer than its settings say, or none
        steps_per_epoch = int(ends[0]) if len(ends) else 0
        self.history_shown.emit(run.name, unit(run.config), run.config.kind == "vae", run.history, steps_per_epoch)
        report = run.report
        if "bernoulli_floor" in report and "pca_mse_per_pixel" in report:
            key = (run.fingerprint, run.config.latent_dim, run.config.leave_out)
            self._references[key] = (float(report["bernoulli_floor"]), float(report["pca_mse_per_pixel"]))
        self.look_at_data(dataset)
        self.finish_training(run)

    def finish_training(self, run: Run) -> None:
        """What came out, in the status line."""
        loss, ended = run.report.get("test_loss"), run.history.held_out_total
        self._status = ""
        if isinstance(loss, float):
            self._status = held_out(loss, run.config)
        elif len(ended):  # it was stopped: nothing was measured at its end
            self._status = f"{held_out(float(ended[-1]), run.config)} after epoch {len(ended)}"
        self.show_status_again()

    def show_first_weights(self, config: RunConfig, dataset: Dataset) -> None:
        """A network that has learned nothing yet: no curves but the faint one of the run before."""
        images = count_to_train_on(dataset, config.leave_out)
        self._begin(config, -(-images // config.batch_size), dataset)
        self._status = "first weights, not trained yet"
        self.show_status_again()

    def show_status_again(self) -> None:
        """What the status line says of the run or of its training, after something else stood there."""
        self._tell_course()

    def begin_training(self, config: RunConfig, start: RunStarted, dataset: Dataset) -> None:
        """Empty curves; those of the run before stay faintly."""
        self._epoch = self._loss = self._speed = self._status = ""
        self._begin(config, start.steps_per_epoch, dataset)

    def _begin(self, config: RunConfig, steps_per_epoch: int, dataset: Dataset) -> None:
        self._config, self._fingerprint = config, dataset.fingerprint
        self.begun.emit(config.short_name, unit(config), config.kind == "vae", steps_per_epoch)
        self.look_at_data(dataset)

    def look_at_data(self, dataset: Dataset | None) -> None:
        """Draw the lines if they are known; else compute them behind the window, from the run's own images."""
        config = self._config
        if config is None:
            return
        key, known = self._key(config), self._known(config)
        if known is not None:
            floor, pca = known
            self.lines_shown.emit(
                floor if config.loss == "bce" else None, pca * PIXELS if config.loss == "mse" else None
            )
            return
        self.lines_shown.emit(None, None)
        if dataset is None or dataset.fingerprint != self._fingerprint or key in self._asked:
            return
        self._asked.add(key)

        def work() -> tuple[float, float]:
            from models.evaluation import references

            found = references(trained_on(dataset, config.leave_out), config.latent_dim)
            return found["bernoulli_floor"], found["pca_mse_per_pixel"]

        def done(values: tuple[float, float]) -> None:
            self._references[key] = values
            self.look_at_data(dataset)

        # without PyTorch there are no lines; that it is missing has been said
        self._background.submit(work, done, lambda sentence: None, (ImportError,))

    @property
    def pca_error(self) -> float | None:
        """The squared error per held-out pixel of PCA with as many components as the code has numbers, once known."""
        known = None if self._config is None else self._known(self._config)
        return None if known is None else known[1]

    def _key(self, config: RunConfig) -> tuple[str, int, str]:
        return self._fingerprint, config.latent_dim, config.leave_out

    def _known(self, config: RunConfig) -> tuple[float, float] | None:
        return self._references.get(self._key(config))

    def show_epoch(self, fact: EpochDone, config: RunConfig) -> None:
        """One more point on the held-out curves; `config` has the beta of the dial, by which the loss was weighed."""
        losses = fact.held_out
        self._loss = held_out(losses.total, config)
        self.held_out_shown.emit(fact.step, losses.total, losses.reconstruction, losses.kl)

    def show_progress(self, epoch: int, epochs: int, share: float, rate: float, left: float | None) -> None:
        """The status line while training."""
        self._epoch = f"epoch {epoch} of {epochs}"
        self._speed = f"{rate:,.0f} images/s" if rate > 0 else ""
        self._tell_course()

    def show_phase(self, phase: Phase) -> None:
        """The status line when training starts, holds or ends; of one that came to nothing it says nothing."""
        self._phase = phase
        if phase is Phase.STARTING:
            self._epoch = self._loss = self._speed = ""
        elif phase is Phase.IDLE and not self._status:
            self._status = " · ".join(part for part in ("stopped", self._epoch, self._loss) if part)
        self._tell_course()

    def _tell_course(self) -> None:
        """Where the training is; a pace only while there is one."""
        parts = {
            Phase.STARTING: ["starting…"],
            Phase.TRAINING: [self._epoch, self._loss, self._speed],
            Phase.PAUSED: ["paused", self._epoch, self._loss],
            Phase.STOPPING: ["stopping…"],
            Phase.IDLE: [self._status],
        }[self._phase]
        self.status_changed.emit(" · ".join(part for part in parts if part))
