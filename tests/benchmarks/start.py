"""How soon the window stands: process start to the painted window and to the first decoded image, against torch.

    LATENTLAB_DATA=FOLDER python -m tests.benchmarks.start --json start.json

Every start is a process of its own, and the clock starts before it is made. The starts of the window and of a bare
`import torch` are interleaved; a first round, which may read the disk, is not counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time

from tests.benchmarks.own_environment import add_platform_option, prepare
from tests.benchmarks.report import Report, add_data_option, median, options

TORCH = "import time, torch, json; print(json.dumps({'imported': [time.perf_counter(), time.process_time()]}))"
MOMENTS = {
    "shown": "window.show() has returned",
    "painted": "window painted",
    "decoded": "first decoded image painted",
    "alive": "image of torch's network painted",
}
SECONDS_AFTER_TORCH = 0.7
PATIENCE = 120


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    add_platform_option(parser)
    parser.add_argument("--rounds", type=int, default=7, help="starts of each kind that are counted")
    chosen = parser.parse_args()
    prepare(chosen.platform)
    report = Report("start", chosen)
    starts = {"window": _window(chosen), "import torch": [sys.executable, "-c", TORCH]}
    found: dict[str, list[dict[str, tuple[float, float]]]] = {name: [] for name in starts}
    for number in range(chosen.rounds + 1):
        for name in starts if number % 2 == 0 else reversed(starts):
            measured = _start(starts[name])
            if number > 0:
                found[name].append(measured)
    _tell(report, found)
    report.finish()


def _window(chosen: argparse.Namespace) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.started_window", "--theme", "light", "--data", chosen.data]


def _start(command: list[str]) -> dict[str, tuple[float, float]]:
    """Seconds after the start, and CPU-seconds, of each moment that the process tells."""
    began = time.perf_counter()  # the same clock in every process of the machine
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE)
    moments = json.loads(done.stdout.splitlines()[-1])
    return {name: (at - began, cpu) for name, (at, cpu) in moments.items()}


def _tell(report: Report, found: dict[str, list[dict[str, tuple[float, float]]]]) -> None:
    torch = [each["imported"] for each in found["import torch"]]
    rows: list[tuple[str, float, float, float, float, float]] = []
    for words, times in (
        ("import torch, bare", torch),
        *((words, [each[name] for each in found["window"]]) for name, words in MOMENTS.items()),
    ):
        seconds = [at for at, _ in times]
        ratio = median([at / torch_at for at, (torch_at, _) in zip(seconds, torch, strict=True)])
        cpu = median([cpu for _, cpu in times])
        rows.append((words, median(seconds), min(seconds), max(seconds), ratio, cpu))
    columns = ("moment", "median s", "least", "most", "ratio to import torch", "CPU-s")
    report.table(f"Seconds after the process was started, {len(torch)} starts each", columns, rows)
    painted = [each["painted"][0] - at for each, (at, _) in zip(found["window"], torch, strict=True)]
    decoded = [each["decoded"][0] - at for each, (at, _) in zip(found["window"], torch, strict=True)]
    report.target("window painted, after a bare import torch would return", median(painted), 0.0, "s")
    report.target("first decoded image, after import torch", median(decoded), SECONDS_AFTER_TORCH, "s")


if __name__ == "__main__":
    main()
