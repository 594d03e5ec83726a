"""The real main window under measurement: moved by mouse events, and watched as it paints.

Mouse events are posted to the window's handle, where those of the window system arrive too. Every movement and press
has a time at which it is due, and its wait counts from there: an event loop that is held up hides nothing.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QPointF, Qt, QTimer, SignalInstance
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from app.__main__ import make_application, make_window, parse, remembered
from app.main_window import MainWindow
from app.phase import Phase
from models.config import RunConfig
from models.datasets import Dataset

PATIENCE = 180.0
"""Seconds that starting may take on a busy machine."""
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Frames(QObject):
    """Tells the time whenever the window has painted a frame and shown it.

    The window's own `event` is not overridden for it: Python would be held by the window's thread during the whole
    frame, which it is not in the program, and training would wait.
    """

    def __init__(self, window: MainWindow, told: Callable[[float], None]) -> None:
        super().__init__()
        self._window, self._told = window, told
        window.installEventFilter(self)

    def end(self) -> None:
        """Watch no longer."""
        self._window.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.UpdateRequest:  # the frame follows; what is posted here comes right after it
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.HighEventPriority.value)
        return False

    def customEvent(self, event: QEvent) -> None:
        self._told(time.perf_counter())


class Opened:
    """The application with its window, ready to train: torch is there, and so are the images."""

    def __init__(self, data: str) -> None:
        """RuntimeError with a sentence where the images cannot be read."""
        gc.disable()  # as the program does: its `Collector` collects
        self.app = make_application()
        chosen = parse(["--theme", "light", "--data", data])
        window = make_window(self.app, chosen, remembered(chosen))
        assert isinstance(window, MainWindow)
        self.window, self.session = window, window.session
        self.window.show()
        session = self.session
        until(lambda: session.torch_is_ready and session.data.dataset is not None and not session.background.busy)
        dataset = session.data.dataset
        asked_for_digits = data == "digits"
        if dataset is None or (dataset.name == "digits") != asked_for_digits:
            raise RuntimeError(f"The images in {data} could not be opened.")
        self.dataset: Dataset = dataset
        pause(1.0)

    def train(self, config: RunConfig) -> None:
        """Start a training and wait until it is at full speed."""
        self.session.edit_config(config)
        self.session.start_training()
        until(lambda: self.session.training.phase is Phase.TRAINING and not self.session.background.busy)
        pause(1.0)

    def train_twins(self, config: RunConfig) -> None:
        """Look at the twins, and train an AE beside a VAE until both are at full speed."""
        self.session.edit_config(config.replace(kind="vae"))
        self.window.views.show_view("twins")
        self.session.twins.runs.train({"kind": "ae"})
        training = self.session.twins.runs.training
        until(lambda: training.phase is Phase.TRAINING and not self.session.background.busy)
        pause(1.0)

    def stop(self) -> None:
        """Stop all training."""
        for training in (self.session.training, self.session.twins.runs.training):
            training.stop()
            until(lambda training=training: training.phase is Phase.IDLE)  # type: ignore[misc]
        pause(0.5)

    def close(self) -> None:
        """Close the window as a person would."""
        self.window.close()


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Let the event loop run until the condition holds; TimeoutError if it does not in time."""
    loop, end = QEventLoop(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get ready in time")
        QTimer.singleShot(10, loop.quit)
        loop.exec()


def pause(seconds: float) -> None:
    """Let the event loop run for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


class Metronome(QObject):
    """Calls `on_due` with the times that have become due, all of them, as soon as the event loop gets to it."""

    def __init__(self, milliseconds: float, on_due: Callable[[list[float]], None], jitter: float = 0.0) -> None:
        """`jitter` is the share by which intervals vary, so that they fall in step with nothing."""
        super().__init__()
        self._interval, self._jitter, self._on_due = milliseconds / 1000, jitter, on_due
        self._random = np.random.default_rng(0)
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._next = time.perf_counter() + self._interval
        self._wind()

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        due = []
        while self._next <= now:
            due.append(self._next)
            self._next += self._interval * (1 + self._jitter * self._random.uniform(-1, 1))
        self._wind()
        self._on_due(due)

    def _wind(self) -> None:
        self._timer.start(max(0, math.ceil(1000 * (self._next - time.perf_counter()))))


class Hand:
    """A mouse on one widget of the window, its position in shares of the widget's sides."""

    def __init__(self, window: QWidget, widget: QWidget) -> None:
        self._window, self._widget = window, widget

    def press(self, x: float, y: float) -> None:
        """The left button goes down."""
        self._post(QEvent.Type.MouseButtonPress, x, y, LEFT, LEFT)

    def drag(self, x: float, y: float) -> None:
        """A movement with the left button held."""
        self._post(QEvent.Type.MouseMove, x, y, NONE, LEFT)

    def release(self, x: float, y: float) -> None:
        """The left button comes up."""
        self._post(QEvent.Type.MouseButtonRelease, x, y, LEFT, NONE)

    def _post(self, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        inside = QPointF(x * self._widget.width(), y * self._widget.height())
        place, on_screen = self._widget.mapTo(self._window, inside), self._widget.mapToGlobal(inside)
        event = QMouseEvent(kind, place, place, on_screen, button, held, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.postEvent(self._window.windowHandle(), event)


class Waits(QObject):
    """How long what the mouse did waits until its answer is on the screen.

    A mouse event of the kind `arrival` reaches `hand_on`; `answered` is emitted when the window takes it up (what it
    does then, it does before our own slot, which was connected last, is called); then `shown_on` is painted, and the
    frame goes to the window system.
    """

    def __init__(
        self,
        window: MainWindow,
        hand_on: QWidget,
        arrival: QEvent.Type,
        answered: SignalInstance,
        shown_on: QWidget,
    ) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._hand_on, self._arrival, self._shown_on = hand_on, arrival, shown_on
        self._answered_signal = answered
        self._due: list[float] = []
        self._arrived = self._answered = 0
        self._painted = False
        hand_on.installEventFilter(self)
        shown_on.installEventFilter(self)
        answered.connect(self._answer)
        self._frames = Frames(window, self._frame)

    def expect(self, due: list[float]) -> None:
        """The hand does now what was due at these times."""
        self._due += due

    def end(self) -> None:
        """Watch no longer."""
        self._hand_on.removeEventFilter(self)
        self._shown_on.removeEventFilter(self)
        self._answered_signal.disconnect(self._answer)
        self._frames.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == self._arrival and watched is self._hand_on:
            self._arrived = len(self._due)
        elif event.type() == QEvent.Type.Paint and watched is self._shown_on and self._answered:
            self._painted = True
        return False

    def _answer(self, *_: object) -> None:
        self._answered = self._arrived
        self._painted = False

    def _frame(self, now: float) -> None:
        if self._painted:
            self.seconds += [now - due for due in self._due[: self._answered]]
            del self._due[: self._answered]
            self._arrived -= self._answered
            self._answered, self._painted = 0, False
