"""The table of cells as a terminal shows it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

import pytest

from models.sweep import Cell, Result
from models.sweep_jobs import Progress
from models.sweep_table import Table


class Terminal(io.StringIO):
    """Keeps what a terminal of 80x24 would show."""

    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        lines: list[str] = []
        row = 0
        for part in self.getvalue().replace("\x1b[J", "\n\x1b[J").split("\n"):
            while part.startswith("\x1b["):
                number, code, part = _sequence(part)
                row -= number if code == "A" else 0
            if row == len(lines):
                lines.append("")
            lines[row] = part
            row += 1
            if self.getvalue() and part == "":
                row -= 1
        return [line for line in lines if line]


def _sequence(text: str) -> tuple[int, str, str]:
    digits = text[2:].rstrip()
    end = next(i for i, letter in enumerate(digits) if letter.isalpha())
    return int(digits[:end] or 0), digits[end], text[2 + end + 1 :]


def test_on_a_terminal_the_table_is_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    first, second = Cell(2, 1.0, 0), Cell(16, 0.5, 3)
    terminal = Terminal()
    table = Table([first, second], 16, terminal)
    table.redraw()
    table.show(Progress(first, 0))
    table.redraw()
    table.show(Progress(second, 4, 123.456))
    table.show(Result(first, error="The loss stopped being a finite number: " + "x" * 80))
    table.redraw()
    head, one, two = terminal.screen()
    assert head.split() == ["cell", "loss", "seconds", "state"]
    assert one.startswith("vae-2d-beta1-seed0") and "failed: The loss stopped" in one and len(one) == 79
    assert two.split() == ["vae-16d-beta0.5-seed3", "123.46", "training", "epoch", "5", "of", "16"]


def test_where_there_is_no_terminal_a_line_tells_the_loss_and_the_seconds() -> None:
    cell, stream = Cell(2, 1.0, 0), io.StringIO()
    Table([cell], 1, stream).show(Result(cell, 5.0, 140.0, 145.25, 3.04))
    assert stream.getvalue() == "vae-2d-beta1-seed0: done, loss 145.25 in 3.0 s\n"


def test_where_there_is_no_terminal_a_long_cell_tells_its_first_epoch_and_ten_shares() -> None:
    cell, stream = Cell(2, 1.0, 0), io.StringIO()
    table = Table([cell], 40, stream)
    for epoch in range(41):
        table.show(Progress(cell, epoch, 150.0 if epoch else None))
    told = [int(line.split()[2]) for line in stream.getvalue().splitlines()]
    assert told == [1, *range(4, 41, 4)]


def test_a_cell_that_was_finished_before_is_done() -> None:
    kept = Result(Cell(2, 1.0, 0), 5.0, 140.0, 145.25, 3.04)
    written, terminal = io.StringIO(), Terminal()
    for stream in (written, terminal):
        table = Table([kept.cell], 1, stream)
        table.show_kept(kept)
        table.redraw()
    assert written.getvalue() == "vae-2d-beta1-seed0: finished before, loss 145.25\n"
    assert terminal.screen()[1].split() == ["vae-2d-beta1-seed0", "145.25", "3.0", "s", "done"]


@pytest.mark.parametrize("rows", [20, 21])
def test_a_table_just_as_high_as_the_terminal_is_shown_whole(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")  # three are kept free
    cells = [Cell(2, 1.0, seed) for seed in range(rows)]
    terminal = Terminal()
    table = Table(cells, 16, terminal)
    for cell in cells:
        table.show(Progress(cell, 0))
    table.redraw()
    assert len(terminal.screen()) <= 21
    assert ("and" in terminal.screen()[-1].split()) == (rows == 21)


def test_a_table_higher_than_the_terminal_counts_what_waits_and_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    cells = [Cell(2, 1.0, seed) for seed in range(100)]
    terminal = Terminal()
    table = Table(cells, 16, terminal)
    table.show(Result(cells[0], 5.0, 140.0, 145.0, 3.0))
    table.show(Progress(cells[1], 2, 150.0))
    table.redraw()
    assert [line.split()[0] for line in terminal.screen()] == ["cell", "vae-2d-beta1-seed1", "and"]
    assert terminal.screen()[-1] == "and 1 done, 98 waiting"


def closed_pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


LOST = [
    pytest.param(closed_pipe, id="head has gone"),
    pytest.param(
        lambda: os.open("/dev/full", os.O_WRONLY),
        id="full disk",
        marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="is there on Linux"),
    ),
]


@pytest.mark.parametrize("opened", LOST)
@pytest.mark.parametrize("live", [True, False])
def test_where_nothing_can_be_written_the_table_falls_silent(opened: Callable[[], int], live: bool) -> None:
    cell = Cell(2, 1.0, 0)
    with open(opened(), "w") as stream:  # to close it writes what is left, as the end of Python does
        stream.isatty = lambda: live
        table = Table([cell], 1, stream)
        table.show(Progress(cell, -1))
        table.redraw()
        table.show(Result(cell, 5.0, 140.0, 145.0, 3.0))
        table.redraw()
        table.show_end("1 of 1 cells are finished.")
