"""What every benchmark shares: options, percentiles, the machine in words, tables on standard output, and JSON.

A benchmark makes one `Report`, adds tables and targets as they are measured, and writes it at the end. Times on a
machine at work are not stable: pairs are interleaved and medians reported, and the load average at the start stands
in every report.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "numpy", "PySide6-Essentials", "pyqtgraph")


@dataclass(frozen=True)
class Spread:
    """Percentiles of many values, in their unit."""

    p50: float
    p95: float
    p99: float
    worst: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The nearest-rank percentiles; ValueError where there are no values."""
        ordered = sorted(values)
        if not ordered:
            raise ValueError("there are no values to take percentiles of")
        rank = [min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1)) for share in (50, 95, 99)]
        return cls(*(ordered[place] for place in rank), ordered[-1], len(ordered))


class Stopwatch:
    """Seconds and CPU-seconds (all threads of this process) spent in a `with` block."""

    def __enter__(self) -> Stopwatch:
        self.seconds = self.cpu_seconds = 0.0
        self._began, self._cpu_began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
        self.cpu_seconds = time.process_time() - self._cpu_began


def options(description: str) -> argparse.ArgumentParser:
    """A parser with the options of every benchmark."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """`--data DIR`, by default what LATENTLAB_DATA names, else the built-in digits."""
    parser.add_argument(
        "--data",
        default=os.environ.get("LATENTLAB_DATA") or "digits",
        metavar="DIR",
        help="a folder with MNIST's four files; `digits` are the 1,797 built-in ones",
    )


def machine() -> dict[str, Any]:
    """This machine and this moment."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **versions,
        "load_average": [round(each, 2) for each in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }


class Report:
    """Collects what one benchmark measured; each part is printed as soon as it is added."""

    def __init__(self, name: str, chosen: argparse.Namespace) -> None:
        self._path: Path | None = chosen.json
        settings = {key: str(value) if isinstance(value, Path) else value for key, value in vars(chosen).items()}
        self.content: dict[str, Any] = {
            "benchmark": name,
            "machine": machine(),
            "options": settings,
            "notes": [],
            "tables": [],
            "targets": [],
        }
        found = self.content["machine"]
        print(f"{name}: {found['cores']} cores, {found['processor']}, Python {found['python']}, ", end="")
        print(", ".join(f"{library} {found[library]}" for library in LIBRARIES), end=", ")
        print(f"load average {found['load_average']}", flush=True)

    def note(self, sentence: str) -> None:
        """Something a reader must know to read the figures."""
        self.content["notes"].append(sentence)
        print(sentence, flush=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """One table; numbers are rounded where they are printed, and whole in the file."""
        plain = [dict(zip(columns, row, strict=True)) for row in rows]
        self.content["tables"].append({"title": title, "rows": plain})
        print(f"\n{title}\n{table_text(columns, rows)}", flush=True)

    def target(self, what: str, figure: float, limit: float, unit: str, at_least: bool = False) -> None:
        """A figure beside the one that is asked for."""
        met = figure >= limit if at_least else figure <= limit
        self.content["targets"].append(
            {"what": what, "figure": figure, "limit": limit, "unit": unit, "at_least": at_least, "met": met}
        )

    def finish(self) -> None:
        """Print the targets, and write the file if one was asked for."""
        targets = self.content["targets"]
        if targets:
            columns = ("target", "measured", "asked for", "met")
            rows = [
                (
                    each["what"],
                    f"{_text(each['figure'])} {each['unit']}",
                    f"{'at least' if each['at_least'] else 'at most'} {_text(each['limit'])} {each['unit']}",
                    "yes" if each["met"] else "NO",
                )
                for each in targets
            ]
            print(f"\nTargets\n{table_text(columns, rows)}")
        if self._path is not None:
            self._path.write_text(json.dumps(self.content, indent=1) + "\n")
            print(f"\nWritten to {self._path}")


def spread_cells(spread: Spread) -> tuple[float, float, float, float, int]:
    """A spread as cells of a table under SPREAD_COLUMNS."""
    return spread.p50, spread.p95, spread.p99, spread.worst, spread.count


SPREAD_COLUMNS = ("p50", "p95", "p99", "worst", "n")


def median(values: Sequence[float]) -> float:
    """The median; ValueError where there are no values."""
    if not values:
        raise ValueError("there are no values to take the median of")
    return float(statistics.median(values))


def table_text(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their contents, numbers to the right."""
    cells = [list(columns), *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    right = [bool(rows) and isinstance(rows[0][i], int | float) for i in range(len(columns))]

    def line(row: Sequence[str]) -> str:
        parts = (
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(row, widths, right, strict=True)
        )
        return "  ".join(parts).rstrip()

    return "\n".join([line(cells[0]), line(["-" * width for width in widths]), *(line(row) for row in cells[1:])])


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
