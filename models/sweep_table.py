"""What a sweep shows while it runs: on a terminal a table that is redrawn, elsewhere one line an event."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from models.streams import lead_nowhere
from models.sweep import Cell, Result
from models.sweep_jobs import Progress

LINES_A_CELL = 10  # beside the first epoch's, at most so many lines tell of a cell's where there is no terminal
KEPT_FREE = 3  # lines of the terminal below the table


@dataclass
class _Row:
    state: str = "waiting"
    loss: str = ""
    seconds: str = ""


class Table:
    """The rows of all cells; `quiet` shows nothing.

    Nor does it where the stream takes no more (`| head`, a full disk): the cells go on.
    """

    def __init__(self, cells: Sequence[Cell], epochs: int, stream: TextIO, quiet: bool = False) -> None:
        self._rows = {cell: _Row() for cell in cells}
        self._epochs = epochs
        self._stream = stream
        self._quiet = quiet
        self._live = stream.isatty()
        self._drawn = 0
        self._width = max((len(cell.name) for cell in cells), default=0)

    def show_kept(self, result: Result) -> None:
        """A cell that was finished before."""
        self._fill(result)
        self._say(f"{result.cell.name}: finished before, loss {result.loss:.5g}")

    def show_damaged(self, cell: Cell) -> None:
        """A cell whose file there cannot be used."""
        self._say(f"{cell.name}: its file is damaged or of another training, and is made again")

    def show(self, news: Progress | Result) -> None:
        """What has just happened."""
        row = self._rows[news.cell]
        if isinstance(news, Result):
            self._fill(news)
            how = f"failed: {news.error}" if news.error else f"done, loss {row.loss} in {row.seconds}"
            self._say(f"{news.cell.name}: {how}")
        elif news.epoch < 0:
            row.state, row.loss, row.seconds = "starting", "", ""
            self._say(f"{news.cell.name}: starting")
        else:
            row.state = f"training epoch {min(news.epoch + 1, self._epochs)} of {self._epochs}"
            row.loss = "" if news.loss is None else f"{news.loss:.5g}"
            part, before = (epoch * LINES_A_CELL // self._epochs for epoch in (news.epoch, news.epoch - 1))
            if news.loss is not None and (part > before or news.epoch == 1):
                self._say(f"{news.cell.name}: epoch {news.epoch} of {self._epochs} done, loss {row.loss}")

    def redraw(self) -> None:
        """Draw the table over itself; nothing where there is no terminal."""
        if not self._live or self._quiet:
            return
        size = shutil.get_terminal_size()
        lines = [line[: size.columns - 1] for line in self._lines(size.lines - KEPT_FREE)]
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        self._write(up + "".join(f"\x1b[2K{line}\n" for line in lines) + "\x1b[J")
        self._drawn = len(lines)

    def show_end(self, line: str) -> None:
        """What has come of all cells, below the table."""
        self._write(f"{line}\n")

    def _fill(self, result: Result) -> None:
        row = self._rows[result.cell]
        row.state = f"failed: {result.error}" if result.error else "done"
        row.loss, row.seconds = ("", "") if result.error else (f"{result.loss:.5g}", f"{result.seconds:.1f} s")

    def _lines(self, room: int) -> list[str]:
        """One line a cell; where they are too many, those that wait or are done are only counted."""
        head = f"{'cell':<{self._width}}  {'loss':>8}  {'seconds':>9}  state"
        rows = self._rows
        counts = {word: sum(row.state.startswith(word) for row in rows.values()) for word in ("done", "waiting")}
        if len(rows) + 1 > room:
            rows = {cell: row for cell, row in rows.items() if row.state not in counts}
            more = ", ".join(f"{count} {word}" for word, count in counts.items())
            return [head, *[self._line(*each) for each in list(rows.items())[: max(room - 2, 1)]], f"and {more}"]
        return [head, *[self._line(*each) for each in rows.items()]]

    def _line(self, cell: Cell, row: _Row) -> str:
        return f"{cell.name:<{self._width}}  {row.loss:>8}  {row.seconds:>9}  {row.state}"

    def _say(self, line: str) -> None:
        if not self._live:
            self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        if self._quiet:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._quiet = True
            lead_nowhere(self._stream)
