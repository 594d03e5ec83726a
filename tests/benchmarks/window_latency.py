r"""How quick the window is: its event loop, presses, drags and strokes, at rest and while it trains at full speed.

LATENTLAB_DATA=FOLDER python -m tests.benchmarks.window_latency --json window.json
LATENTLAB_DATA=FOLDER xvfb-run -a -s "-screen 0 1280x800x24 -noreset" \
        python -m tests.benchmarks.window_latency --platform xcb
With --views, the event loop's lateness with each view of the centre in front instead.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.neighbours import Neighbours, Patience
from tests.benchmarks.own_environment import add_platform_option, prepare
from tests.benchmarks.report import SPREAD_COLUMNS, Report, Spread, add_data_option, median, options, spread_cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.views import Views
    from tests.benchmarks.open_window import Hand, Opened, Waits

TICK_MS, MOVE_MS, PRESS_MS = 10, 8, 90
STROKE_SECONDS = 1.2
LATENESS = f"Lateness of the event loop (ms; a {TICK_MS} ms timer, every tick that was due), window's thread on a core"
HANDS = ("none", "drag", "draw", "press")
WORDS = {
    "none": "",
    "drag": "drag on the map",
    "draw": "draw on the sketchpad",
    "press": "press on the map",
}


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    add_platform_option(parser)
    parser.add_argument("--rounds", type=int, default=3, help="how often each phase is measured, idle and training")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a phase")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds to wait for quiet cores, at most")
    parser.add_argument("--pairs", type=int, default=3, help="pairs of trainings, with the window and headless")
    parser.add_argument("--views", action="store_true", help="each view of the centre in turn, and nothing else")
    chosen = parser.parse_args()
    prepare(chosen.platform)
    report = Report("window_latency", chosen)
    if chosen.data == "digits":
        report.note("No MNIST was named (LATENTLAB_DATA or --data): these are the built-in digits, 1,500 images.")
    if chosen.views:
        _measure_views(report, chosen)
        report.finish()
        return
    if chosen.pairs:
        _compare_throughput(report, chosen)
    if chosen.rounds:
        _measure_window(report, chosen)
    report.finish()


# the window ----------------------------------------------------------------------------------------------------------


def _measure_window(report: Report, chosen: argparse.Namespace) -> None:
    from models.config import RunConfig
    from tests.benchmarks.open_window import Opened, pause

    opened = Opened(chosen.data)
    size = opened.window.size()
    report.note(f"Window {size.width()}x{size.height()} on {opened.app.platformName()}, {opened.dataset.title}.")
    patience = Patience(chosen.patience, pause)
    measured: dict[tuple[str, str], list[Phase]] = defaultdict(list)
    for _ in range(chosen.rounds):
        for state in ("idle", "training"):
            if state == "training":
                opened.train(RunConfig(epochs=1000))
            for hand in HANDS:
                measured[state, hand].append(_quiet_phase(opened, hand, chosen.seconds, patience))
        opened.stop()
    opened.close()
    _tell(report, measured)


def _measure_views(report: Report, chosen: argparse.Namespace) -> None:
    """Each view in front while nothing happens and while it trains; made and drawn for the first time before that."""
    from models.config import RunConfig
    from tests.benchmarks.open_window import Opened, pause

    opened = Opened(chosen.data)
    patience = Patience(chosen.patience, pause)
    measured: dict[tuple[str, str], list[Phase]] = defaultdict(list)
    views = opened.window.views
    for _ in range(chosen.rounds):
        for state in ("idle", "training"):
            if state == "training":
                opened.train(RunConfig(epochs=1000))
            for view in views.names():
                views.show_view(view)
                pause(3.0)
                measured[state, view].append(_quiet_phase(opened, "none", chosen.seconds, patience))
            opened.stop()
        opened.train_twins(RunConfig(epochs=1000))
        pause(3.0)
        measured["twins training", "twins"].append(_quiet_phase(opened, "none", chosen.seconds, patience))
        opened.stop()
    opened.close()
    rows, names = [], dict(zip(views.names(), _tab_words(views), strict=True))
    for (state, view), phases in measured.items():
        late = Spread.of(1000 * each for phase in phases for each in phase.late)
        busy, others = 100 * median([each.busy for each in phases]), max(each.others for each in phases)
        rows.append((state, names[view], *spread_cells(late), busy, others))
        if state != "idle":
            report.target(f"{names[view]}, lateness while {state}, p99", late.p99, 25, "ms")
            report.target(f"{names[view]}, lateness while {state}, worst", late.worst, 60, "ms")
    report.table(LATENESS, ("while", "view", *SPREAD_COLUMNS, "busy %", "others' cores"), rows)


def _tab_words(views: Views) -> list[str]:
    return [views.tabs.tabText(index).replace("&", "") for index in range(views.tabs.count())]


@dataclass
class Phase:
    """What was measured in one stretch of time."""

    late: list[float]
    """seconds by which each tick came too late"""
    waits: list[float]
    """seconds from what the hand did to its painted answer"""
    busy: float
    """share of a core for the window's thread"""
    others: float
    """cores that other programs took"""


def _quiet_phase(opened: Opened, hand: str, seconds: float, patience: Patience) -> Phase:
    while True:
        patience.wait_for_quiet()
        phase = _phase(opened, hand, seconds)
        if patience.accepts(phase.others, seconds):
            return phase


def _phase(opened: Opened, hand: str, seconds: float) -> Phase:
    from tests.benchmarks.open_window import Metronome, pause

    late: list[float] = []

    def tick(due: list[float]) -> None:
        now = time.perf_counter()
        late.extend(now - each for each in due)

    worker = _worker(opened, hand)
    hand_beat = Metronome(worker.milliseconds, worker.move, worker.jitter) if worker is not None else None
    beat = Metronome(TICK_MS, tick)
    neighbours, began, cpu_began = Neighbours(), time.perf_counter(), time.thread_time()
    pause(seconds)
    busy, others = (time.thread_time() - cpu_began) / (time.perf_counter() - began), neighbours.cores()
    beat.stop()
    if worker is not None and hand_beat is not None:
        hand_beat.stop()
        worker.rest()
        pause(0.3)
        worker.waits.end()
    return Phase(late, worker.waits.seconds if worker is not None else [], busy, others)


def _worker(opened: Opened, hand: str) -> _Presser | _Stroker | None:
    """Who moves the mouse in this phase."""
    from PySide6.QtCore import QEvent

    from app.panels.draw.pad import Sketchpad
    from tests.benchmarks.open_window import Hand, Waits

    window = opened.window
    view, image = window.latent_map.view, window.decoded_panel.image
    surface = view.viewport()
    if hand == "press":
        waits = Waits(window, surface, QEvent.Type.MouseButtonPress, view.pressed, image)
        return _Presser(Hand(window, surface), waits)
    if hand == "drag":
        waits = Waits(window, surface, QEvent.Type.MouseMove, view.dragged, image)
        return _Stroker(Hand(window, surface), waits, lambda: None)
    if hand == "draw":
        pad = window.sketch_panel.findChild(Sketchpad)
        waits = Waits(window, pad, QEvent.Type.MouseMove, window.sketch_panel.sketched, surface)
        return _Stroker(Hand(window, pad), waits, pad.sheet.clear)
    return None


class _Presser:
    """Presses at one place after another."""

    milliseconds, jitter = PRESS_MS, 0.3

    def __init__(self, mouse: Hand, waits: Waits) -> None:
        self.waits, self._mouse = waits, mouse

    def move(self, due: list[float]) -> None:
        """One press and its release, however many were due."""
        self.waits.expect(due)
        place = _place_at(due[-1], 0.31)
        self._mouse.press(*place)
        self._mouse.release(*place)

    def rest(self) -> None:
        """The button is up already."""


class _Stroker:
    """Moves the mouse along a smooth path in strokes; `between` is called before each one."""

    milliseconds, jitter = MOVE_MS, 0.0

    def __init__(self, mouse: Hand, waits: Waits, between: Callable[[], None]) -> None:
        self.waits, self._mouse, self._between = waits, mouse, between
        self._down_since: float | None = None

    def move(self, due: list[float]) -> None:
        """One movement to where the mouse should be by now, as a window system merges movements too."""
        place = _place_at(due[-1], 1.0)
        if self._down_since is None:
            self._between()
            self._mouse.press(*place)
            self._down_since = due[-1]
        elif due[-1] - self._down_since > STROKE_SECONDS:
            self._mouse.release(*place)
            self._down_since = None
        else:
            self.waits.expect(due)
            self._mouse.drag(*place)

    def rest(self) -> None:
        """Let go of the button, or the next hand's movements would come here."""
        if self._down_since is not None:
            self._mouse.release(*_place_at(time.perf_counter(), 1.0))


def _place_at(seconds: float, pace: float) -> tuple[float, float]:
    """A place on a path that fills the middle of a widget, in shares of its sides."""
    return 0.5 + 0.3 * math.sin(pace * 5.1 * seconds), 0.5 + 0.3 * math.cos(pace * 3.7 * seconds)


def _tell(report: Report, measured: dict[tuple[str, str], list[Phase]]) -> None:
    late = {key: Spread.of(1000 * each for phase in phases for each in phase.late) for key, phases in measured.items()}
    rows = [
        (state, WORDS[hand], *spread_cells(late[state, hand]), 100 * median([each.busy for each in phases]), others)
        for (state, hand), phases in measured.items()
        for others in [max(each.others for each in phases)]
    ]
    report.table(LATENESS, ("while", "hand", *SPREAD_COLUMNS, "busy %", "others' cores"), rows)
    waited = {key: [1000 * each for phase in phases for each in phase.waits] for key, phases in measured.items()}
    answered = {key: Spread.of(values) for key, values in waited.items() if values}
    columns = ("while", "from", *SPREAD_COLUMNS)
    rows = [(state, WORDS[hand], *spread_cells(spread)) for (state, hand), spread in answered.items()]
    report.table("From the mouse to the painted answer (ms): decoded image; for the sketch, its point", columns, rows)
    report.target("event loop lateness while training, p99", late["training", "none"].p99, 25, "ms")
    report.target("event loop lateness while training, worst", late["training", "none"].worst, 60, "ms")
    report.target("mouse press to painted image, p99, idle", answered["idle", "press"].p99, 16, "ms")
    report.target("mouse press to painted image, p99, training", answered["training", "press"].p99, 33, "ms")
    report.target("sketch movement to moved point, p99, training", answered["training", "draw"].p99, 40, "ms")


# throughput ----------------------------------------------------------------------------------------------------------


def _compare_throughput(report: Report, chosen: argparse.Namespace) -> None:
    """Pairs of trainings in fresh processes, one after the other: window open, headless, window open, ..."""
    found: dict[str, list[dict[str, float]]] = {"window": [], "headless": []}
    patience = Patience(chosen.patience)
    for number in range(chosen.pairs):
        for kind in ("window", "headless") if number % 2 == 0 else ("headless", "window"):
            found[kind].append(_quiet_rate(kind, chosen, patience))
    shares = [
        100 * window["images_per_second"] / headless["images_per_second"]
        for window, headless in zip(found["window"], found["headless"], strict=True)
    ]
    rows = [
        (
            kind,
            *(median([each[key] for each in measured]) for key in ("images_per_second", "cores_busy")),
            max(each["others"] for each in measured),
        )
        for kind, measured in found.items()
    ]
    report.table(
        f"Training of the default network, one thread, medians of {chosen.pairs} pairs",
        ("window", "images/s", "cores busy", "others' cores"),
        rows,
    )
    report.note("Share of each pair: " + ", ".join(f"{share:.0f} %" for share in shares))
    report.target("throughput with the window open, against headless", median(shares), 85, "%", at_least=True)


def _quiet_rate(kind: str, chosen: argparse.Namespace, patience: Patience) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.training_rate", kind, chosen.data, str(chosen.seconds)]
    while True:
        patience.wait_for_quiet()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        if patience.accepts(found["others"], chosen.seconds):
            return found


if __name__ == "__main__":
    main()
