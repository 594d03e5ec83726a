"""How much memory the real window holds: after its start, in training, and after ten trainings in a row.

LATENTLAB_DATA=FOLDER python -m tests.benchmarks.memory --json memory.json
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.benchmarks.own_environment import add_platform_option, prepare
from tests.benchmarks.report import Report, Stopwatch, add_data_option, median, options

MOST_GROWTH = 5.0  # percent
FEW = 3  # readings at either end: what the allocator keeps for later differs from run to run
SETTLE_SECONDS = 2.0
RUN_SECONDS = 600.0


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    add_platform_option(parser)
    parser.add_argument("--runs", type=int, default=10, help="trainings in a row")
    parser.add_argument("--epochs", type=int, default=1, help="length of each")
    chosen = parser.parse_args()
    prepare(chosen.platform)
    report = Report("memory", chosen)
    if chosen.data == "digits":
        report.note("No MNIST was named (LATENTLAB_DATA or --data): these are the built-in digits, 1,500 images.")
    before = resident_mib()
    from models.config import RunConfig
    from tests.benchmarks.open_window import Opened, pause

    opened = Opened(chosen.data)
    pause(SETTLE_SECONDS)
    rows: list[tuple[str, float, float, float, float]] = [
        ("before the window", before, before, 0.0, 0.0),
        ("after start", resident_mib(), resident_mib(), 0.0, 0.0),
    ]
    for number in range(1, chosen.runs + 1):
        rows.append((f"after run {number}", *_run(opened, RunConfig(epochs=chosen.epochs, seed=number))))
    opened.close()
    columns = ("moment", "resident MiB", "most in training", "seconds", "CPU-s")
    report.table(f"Resident memory with {opened.dataset.title} open", columns, rows)
    after = [row[1] for row in rows[2:]]
    if len(after) >= 2 * FEW:
        growth = 100 * (median(after[-FEW:]) / median(after[:FEW]) - 1)
        report.target(
            f"growth over the runs, median of the last {FEW} against the first {FEW}", growth, MOST_GROWTH, "%"
        )
        report.target("growth, last against first", 100 * (after[-1] / after[0] - 1), MOST_GROWTH, "%")
    report.finish()


def _run(opened, config) -> tuple[float, float, float, float]:
    """One whole training; resident MiB after it and at most, seconds and CPU-seconds."""
    from PySide6.QtCore import QTimer

    from app.phase import Phase
    from tests.benchmarks.open_window import pause, until

    most: list[float] = []
    ended: list[str] = []
    opened.session.training_ended.connect(ended.append)
    watch = QTimer(interval=100)
    watch.timeout.connect(lambda: most.append(resident_mib()))
    watch.start()
    with Stopwatch() as clock:
        opened.session.edit_config(config)
        opened.session.start_training()
        until(lambda: bool(ended) and opened.session.training.phase is Phase.IDLE, RUN_SECONDS)
    watch.stop()
    opened.session.training_ended.disconnect(ended.append)
    if not ended[0].startswith("Training is done"):
        raise RuntimeError(ended[0])
    pause(SETTLE_SECONDS)
    return resident_mib(), max(most), clock.seconds, clock.cpu_seconds


def resident_mib() -> float:
    """Memory of this process that is in the machine's, MiB."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], stdout=subprocess.PIPE, text=True, check=True)
    return int(told.stdout) / 1024


if __name__ == "__main__":
    main()
