"""Lessons: the window set up for one, its facts told while somebody reads, and its question checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.lesson_facts import facts_of
from app.lesson_findings import Scene
from app.lessons import Lesson
from app.phase import Phase
from app.run_library import shipped_runs
from models.known_data import KNOWN
from models.presets import PRESETS

if TYPE_CHECKING:
    from app.session import Session
    from models.config import RunConfig
    from models.datasets import Dataset

TELL_EVERY_MS = 400
"""Numbers that change faster can't be read."""


class LessonDesk(QObject):
    """Knows the lesson that is read; tells the window's facts while it is."""

    facts_shown = Signal(object)
    """dict of facts by name"""
    setting_up = Signal()
    """the window is brought to where a lesson begins; not where a training is in the way"""
    view_wanted = Signal(str)
    config_wanted = Signal(object)
    """RunConfig to fill into the training form"""
    example_wanted = Signal(str)
    """name of the example sketch to draw"""
    checked = Signal(bool, str)
    """whether the lesson's question is answered, and what to say"""
    message = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._view = ""
        self._random = np.random.default_rng()
        self._noise: np.ndarray | None = None
        self._wanted: RunConfig | None = None  # what was filled into the form, before the images were counted
        self._filled: RunConfig | None = None
        self._timer = QTimer(self, interval=TELL_EVERY_MS)
        self._timer.timeout.connect(self._tell)
        for changed in (session.data.dataset_changed, session.training.phase_changed):
            changed.connect(lambda *_: self._fill_again())
        session.look.looked_here.connect(self._draw_noise)

    def watch(self, watched: bool) -> None:
        """Whether a lesson is on the screen; facts are told only then."""
        if watched:
            self._tell()
            self._timer.start()
        else:
            self._timer.stop()

    def note_view(self, name: str) -> None:
        """The view of the centre that is seen."""
        self._view = name

    def set_up(self, lesson: Lesson) -> None:
        """Bring the window to where the lesson begins; what the run in training shows stays while it trains."""
        session, setup = self._session, lesson.setup
        fills = bool(setup.preset or lesson.settings)
        if (setup.run or fills) and session.training.phase is not Phase.IDLE:
            what = "opens another run" if setup.run else "fills in the training form"
            self.message.emit(f"Stop the training before a lesson {what}.", "warning")
            return
        self.setting_up.emit()
        paths = {entry.path.stem: entry.path for entry in shipped_runs()}
        if setup.run:
            session.open_run(paths[setup.run])
        if setup.pin:
            session.look.set_code(np.array(setup.pin, np.float32))
        if fills:
            base = PRESETS[setup.preset].config if setup.preset else session.config
            self._fill(base.replace(**lesson.settings))
        session.sketch.set_noisy(False)
        self.view_wanted.emit(setup.view)
        if setup.example:
            self.example_wanted.emit(setup.example)

    def _fill(self, wanted: RunConfig) -> None:
        self._wanted, self._filled = wanted, _with_as_many_steps(wanted, self._session.data.dataset)
        self.config_wanted.emit(self._filled)

    def _fill_again(self) -> None:
        """Of other images other epochs, while the form is as it was filled in; after a training if they come in one."""
        session, wanted = self._session, self._wanted
        if wanted is None or session.config != self._filled or session.training.phase is not Phase.IDLE:
            return
        if _with_as_many_steps(wanted, session.data.dataset) != self._filled:
            self._fill(wanted)

    def check(self, lesson: Lesson) -> None:
        """Hold the window against the lesson's question: the first condition that fails gives its hint."""
        facts = facts_of(self._scene())
        for condition in lesson.check:
            if not condition.holds(facts[condition.fact]):
                self.checked.emit(False, condition.hint)
                return
        self.checked.emit(True, lesson.answer)

    def _scene(self) -> Scene:
        view = self._session.view
        if view is not None and (self._noise is None or len(self._noise) != view.config.latent_dim):
            self._draw_noise()
        return Scene(self._session, self._view, self._noise)

    def _draw_noise(self) -> None:
        """Other noise for another pinned code; it stays while somebody reads what it makes of the code."""
        view = self._session.view
        self._noise = None if view is None else self._random.standard_normal(view.config.latent_dim)

    def _tell(self) -> None:
        self.facts_shown.emit(facts_of(self._scene()))


def _with_as_many_steps(config: RunConfig, dataset: Dataset | None) -> RunConfig:
    """With more epochs of fewer images than MNIST has: what an answer tells was measured after as many steps."""
    images, wanted = 0 if dataset is None else len(dataset.train_labels), KNOWN["mnist"].train_count
    if not 0 < images < wanted:
        return config
    steps, as_on_mnist = (-(-count // config.batch_size) for count in (images, wanted))
    return config.replace(epochs=round(config.epochs * as_on_mnist / steps))
