"""`train(config, dataset)`: an iterator of facts. The live network never leaves this module; only copies do."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from models.compiled import forget_earlier_runs
from models.config import Hardware, RunConfig
from models.datasets import trained_on
from models.devices import DeviceChoice, DeviceError, devices, in_plain_words, pick_device, precision_of, settled
from models.facts import MAP_IMAGES, CodesMoved, EpochDone, Fact, Losses, RunFinished, RunStarted, StepDone
from models.learner import Learner
from models.learner import initial_snapshot as initial_snapshot
from models.loss_record import LossRecord
from models.parallel import Alone, PartnerLost
from models.snapshot import Snapshot

if TYPE_CHECKING:
    from models.checkpoint import Run
    from models.datasets import Dataset

__all__ = [
    "DeviceChoice", "DeviceError", "Dials", "Diverged", "PartnerLost", "devices", "initial_snapshot", "pick_device",
    "schedule", "train",
]  # fmt: skip

PICTURE_SHARE = 0.04  # of the time may go into codes for the map
FEWEST_PARTS, MOST_PARTS = 4, 32  # that the map is renewed by
READING_SECONDS = 1 / 30  # losses are fetched this seldom from a device whose work runs ahead of us
STEPS_TO_A_READING_TOGETHER = 8  # of partners: all must see a loss that is no number after the same step
LOWEST_RATE = 0.01
FIRST_RATE = 0.04


class Diverged(RuntimeError):
    """The loss is no longer a finite number; the text is one sentence that says when, and what to try."""


class Dials:
    """What a person may turn while a run is in progress; read before every step, from any thread."""

    def __init__(self, config: RunConfig) -> None:
        """Both dials begin as configured."""
        self._config = config
        self.show_every_step = False
        """Whether every step is followed by all codes, because somebody watches single steps."""

    @property
    def config(self) -> RunConfig:
        """The configuration with both dials as they stand."""
        return self._config

    @property
    def learning_rate(self) -> float:
        """The largest learning rate of the schedule; ConfigError outside its limits."""
        return self._config.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._config = self._config.replace(learning_rate=value)

    @property
    def beta(self) -> float:
        """The full KL weight; ConfigError outside its limits."""
        return self._config.beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._config = self._config.replace(beta=value)


def schedule(config: RunConfig, step: int, total_steps: int) -> tuple[float, float]:
    """Factors in 0..1 of the learning rate and of beta for step 0, 1, ... `total_steps` - 1.

    One-cycle rises linearly from 1/25 and falls along half a cosine to 1/100 (after Smith & Topin 2017).
    """
    done = (step + 1) / total_steps
    beta = min(1.0, done / config.beta_warmup) if config.beta_warmup > 0 else 1.0
    if config.schedule == "constant":
        return 1.0, beta
    if done < config.warmup:
        return FIRST_RATE + (1.0 - FIRST_RATE) * done / config.warmup, beta
    fallen = (done - config.warmup) / (1.0 - config.warmup)
    return LOWEST_RATE + (1.0 - LOWEST_RATE) * 0.5 * (1.0 + math.cos(math.pi * fallen)), beta


def train(
    config: RunConfig,
    dataset: Dataset,
    hardware: Hardware | None = None,
    dials: Dials | None = None,
    pictures_per_second: float = 0.0,
    name: str = "",
    partners: Alone | None = None,
) -> Iterator[Fact]:
    """Trains a network and tells what happens: RunStarted, then StepDone, CodesMoved and EpochDone, then RunFinished.

    Whoever iterates decides when to pause, and closes the iterator to stop; do both on one thread. With
    `pictures_per_second` 0 no codes are told before the end. With `partners` (`parallel.joined`) other processes
    compute parts of each batch. Raises Diverged, DeviceError, PartnerLost or ConfigError (no image is left to train
    on), with one sentence.
    """
    hardware, dataset = hardware or Hardware(), trained_on(dataset, config.leave_out)
    device = pick_device(hardware)
    with settled(hardware), in_plain_words(device):
        precision, compiled = precision_of(hardware, config), hardware.compile == "yes"
        if compiled:
            forget_earlier_runs()
        learner = Learner(config, dataset, device, partners, precision=precision, compiled=compiled)
        together = partners is not None and partners.size > 1
        yield from _Course(config, dataset, learner, dials, pictures_per_second, together).facts(name)


class _Course:
    """The course of one run: its clock, its history, and the order in which facts are told."""

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        learner: Learner,
        dials: Dials | None,
        pictures_per_second: float,
        together: bool,
    ) -> None:
        self.config, self.dataset, self.learner = config, dataset, learner
        self.dials = dials or Dials(config)
        self.pictures = _PictureClock(pictures_per_second)
        self.readings = _ReadingPace(learner.at_once, together)
        self.steps_per_epoch = -(-learner.images // config.batch_size)
        self.total_steps = self.steps_per_epoch * config.epochs
        self.seconds = 0.0
        self.cpu_start = time.process_time()
        self.record = LossRecord()
        self.last_step = 0
        self.last_epoch: EpochDone | None = None

    def facts(self, name: str) -> Iterator[Fact]:
        """Everything that happens, in order."""
        yield RunStarted(
            self.learner.parameters,
            self.steps_per_epoch,
            self.total_steps,
            self.learner.images,
            self.learner.snapshot(),
        )
        if self.pictures.wanted:
            yield self._codes_moved(slice(0, MAP_IMAGES))
        for epoch in range(1, self.config.epochs + 1):
            yield from self._epoch(epoch)
            yield self._epoch_done(epoch)
            if self.pictures.wanted:
                yield self._codes_moved(slice(0, MAP_IMAGES))
        yield RunFinished(self._run(name))

    def _epoch(self, epoch: int) -> Iterator[Fact]:
        waiting: list[tuple[int, float, float]] = []
        read_at = self.seconds
        for number, indices in enumerate(self.learner.shuffled(self.config.batch_size), start=1):
            start = time.perf_counter()
            step = (epoch - 1) * self.steps_per_epoch + number
            rate_factor, beta_factor = schedule(self.config, step - 1, self.total_steps)
            rate, beta = self.dials.learning_rate * rate_factor, self.dials.beta * beta_factor
            self.learner.step(indices, rate, beta)
            waiting.append((step, rate, beta))
            watched = self.pictures.wanted and self.dials.show_every_step
            read = watched or len(waiting) >= self.readings.steps or number == self.steps_per_epoch
            told = self._read(waiting) if read else []
            self.seconds += time.perf_counter() - start
            if read:
                self.readings.took(len(told), self.seconds - read_at)
                read_at = self.seconds
                if watched or self.pictures.due():
                    with self.pictures:
                        moved = self._codes_moved(slice(0, MAP_IMAGES) if watched else self.pictures.next_part())
                    yield moved  # before the step is told: whoever pauses there has seen what the step did
            yield from told

    def _read(self, waiting: list[tuple[int, float, float]]) -> list[StepDone]:
        told = []
        weight, last = self.config.sparsity_weight, waiting[-1][0]
        for (step, rate, beta), (error, kl, sparsity) in zip(waiting, self.learner.read_losses(), strict=True):
            losses = Losses(error + beta * kl + weight * sparsity, error, kl, sparsity)
            self._check(losses.total, step)
            told.append(StepDone(step, step / self.steps_per_epoch, losses, rate, beta, ahead=last - step))
        waiting.clear()
        self.record.add_steps(told)
        self.last_step = last
        return told

    def _epoch_done(self, epoch: int) -> EpochDone:
        held_out = self.learner.held_out(self.dials.beta)
        step = epoch * self.steps_per_epoch
        self._check(held_out.total, step)
        done = EpochDone(epoch, step, held_out, self.seconds, epoch * self.learner.images / max(self.seconds, 1e-9))
        self.record.add_epoch(done)
        self.last_epoch = done
        return done

    def _codes_moved(self, which: slice) -> CodesMoved:
        count = min(MAP_IMAGES, self.learner.held_out_images)
        indices = np.arange(count)[which]
        codes = self.learner.codes(indices)
        self._check(float(codes.sum()), self.last_step)
        return CodesMoved(self.last_step, indices, codes, self.learner.snapshot())

    def _check(self, value: float, step: int) -> None:
        if not math.isfinite(value):
            epoch = (step - 1) // self.steps_per_epoch + 1
            clip = "a smaller gradient clip" if self.config.gradient_clip > 0 else "a gradient clip such as 200"
            raise Diverged(
                f"The loss stopped being a finite number in epoch {epoch} (step {step}): "
                f"try a smaller learning rate or {clip}."
            )

    def _run(self, name: str) -> Run:
        from models.checkpoint import Run
        from models.evaluation import anomaly_scores

        snapshot: Snapshot = self.learner.snapshot()
        codes, log_variances = snapshot.posterior(self.dataset.test_images)
        errors, squared = self.learner.errors()
        self._check(float(codes.sum() + errors.sum()), self.total_steps)
        return Run(
            name=name,
            config=self.dials.config,  # what its losses were weighed with, so that they are found again
            weights=snapshot.weights(),
            codes=codes,
            log_variances=log_variances,
            labels=np.asarray(self.dataset.test_labels, dtype=np.uint8),
            dataset=self.dataset.title,
            fingerprint=self.dataset.fingerprint,
            history=self.record.history(),
            report=self._report(float(squared.mean())),
            errors=errors,
            scores=anomaly_scores(snapshot, self.dataset.test_images, errors),
        )

    def _report(self, squared_error_per_pixel: float) -> dict:
        last = self.last_epoch
        assert last is not None, "there is no run without an epoch"
        return {
            "kind": self.config.kind,
            "latent_dim": self.config.latent_dim,
            "parameters": self.learner.parameters,
            "epochs": self.config.epochs,
            "seed": self.config.seed,
            "leave_out": self.config.leave_out,
            "device": self.learner.device.type,
            "precision": self.learner.precision,
            "compiled": self.learner.compiled,
            "train_seconds": self.seconds,
            "cpu_seconds": time.process_time() - self.cpu_start,
            "images_per_second": last.images_per_second,
            "test_loss": last.held_out.total,
            "test_reconstruction": last.held_out.reconstruction,
            "test_kl": last.held_out.kl,
            "test_mse_per_pixel": squared_error_per_pixel,
        }


class _ReadingPace:
    """Says after how many `steps` losses are read, which waits for the device.

    A device that computes while we go on is let alone for READING_SECONDS: more than one step only where many are done
    in that time. So is whoever pauses: by no more than that is the network ahead of what was told.
    """

    def __init__(self, at_once: bool, together: bool) -> None:
        self._steady = at_once or together
        self.steps = STEPS_TO_A_READING_TOGETHER if together and not at_once else 1

    def took(self, steps: int, seconds: float) -> None:
        """So many steps took so long, the waiting for their losses included."""
        if not self._steady:
            self.steps = max(1, int(steps * READING_SECONDS / max(seconds, 1e-9)))


class _PictureClock:
    """Says when the next picture of the map is due, and how much of it, so that pictures take no more than their share.

    The map is renewed part by part, in turn: by quarters where that is cheap enough for the wanted pace, by up to
    thirty-seconds on a slower or busier machine. So it moves often even there.
    """

    def __init__(self, per_second: float) -> None:
        self.wanted = per_second > 0
        self.pause = 1.0 / per_second if self.wanted else math.inf
        self.next_at = 0.0
        self.parts = MOST_PARTS  # a quarter may cost two seconds of rest; that is known after the first picture
        self.part = 0
        self.began = 0.0

    def due(self) -> bool:
        return self.wanted and time.perf_counter() >= self.next_at

    def next_part(self) -> slice:
        self.part = (self.part + 1) % self.parts
        return slice(self.part, None, self.parts)

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        now = time.perf_counter()
        rest = (now - self.began) * (1.0 / PICTURE_SHARE - 1.0)
        self.next_at = now + max(self.pause, rest)
        if rest > self.pause:
            self.parts = min(2 * self.parts, MOST_PARTS)
        elif 3 * rest < self.pause:
            self.parts = max(self.parts // 2, FEWEST_PARTS)
