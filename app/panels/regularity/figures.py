"""Completeness and continuity of two networks beside each other, and what is to be kept in mind about them."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app import amounts, theme
from app.amounts import amount, percent
from app.panels.describing import describe
from app.panels.titled import NO_LIMIT, tight
from app.plain_words import as_written
from app.seen.regularity import Figures, Measured
from models.regularity import DRAWS, NEAR_SHARE, Regularity

NEAR = (
    f"Near: no farther than a held-out code usually (median) has its nearest {percent(NEAR_SHARE)} of all held-out "
    "codes.\nSo it goes along with the scale of the codes."
)
COMPLETENESS = (
    "Completeness: share of codes drawn at random whose decoded image is encoded near the code it came from,\n"
    "||encode(decode(z)) - z|| ≤ near. It does not say that the images look like digits.\n"
    "A VAE's encoder answers with the mean of its cloud, which is pulled to 0 by the share σ². So with a large beta,\n"
    "or along an axis that is not used (σ near 1), a code cannot come back near, and that is no hole.\n"
    f"{NEAR}"
)
PULLED = (
    "The same, held against where a VAE's prior lets a code come back, ||encode(decode(z)) - (1 - σ²) z|| ≤ near\n"
    "(exact for a linear VAE). What is low above and high here is no hole: only a wide cloud is.\n"
    "An AE has no σ: nothing pulls its codes, and its figures are those above."
)
CONTINUITY = (
    "Continuity: how much the picture changes for a small step d (a tenth of near) at places drawn at random,\n"
    "||decode(z + d) - decode(z)|| / ||d||: the largest against the median. 1 would be the same everywhere;\n"
    "where it is large, the picture jumps somewhere.\n"
    f"The largest of {DRAWS:,} draws: other draws move it by a fifth."
)
RANGE = "Drawn evenly from the box between the least and the largest held-out code on each axis."
PRIOR = "Drawn from N(0, I), the prior of a VAE. An AE has none: for it this is only a spot among its codes."


@dataclass(frozen=True)
class Row:
    """A line of the table; without `told` it is a heading. Some figures hang on how many codes are drawn.

    A line `of_vaes` stands only where there is a VAE.
    """

    key: str
    words: str
    tip: str
    told: Callable[[Regularity], str] | None = None
    of_all_draws: bool = False
    of_vaes: bool = False


ROWS = (
    Row("completeness", "Completeness", COMPLETENESS),
    Row("completePrior", "draws from N(0, I)", f"{COMPLETENESS}\n{PRIOR}", lambda r: percent(r.complete_prior.back)),
    Row("completeRange", "from its own range", f"{COMPLETENESS}\n{RANGE}", lambda r: percent(r.complete_range.back)),
    Row(
        "pulledPrior",
        "N(0, I), to (1 − σ²) z",
        f"{PULLED}\n{PRIOR}",
        lambda r: percent(r.complete_prior.pulled),
        of_vaes=True,
    ),
    Row("continuity", "Continuity, largest : median", CONTINUITY),
    Row(
        "continuityPrior",
        "draws from N(0, I)",
        f"{CONTINUITY}\n{PRIOR}",
        lambda r: times(r.continuity_prior.ratio),
        True,
    ),
    Row(
        "continuityRange",
        "from its own range",
        f"{CONTINUITY}\n{RANGE}",
        lambda r: times(r.continuity_range.ratio),
        True,
    ),
    Row("scale", "To keep in mind", NEAR),
    Row(
        "reached",
        "N(0, I) reaches",
        "Share of the held-out codes that have a draw from N(0, I) near: of so much of the data its figures tell.\n"
        "Axes that a VAE does not use lower it too: its codes lie at 0 there, the draws do not.",
        lambda r: percent(r.reached),
        True,
    ),
    Row("near", "near is up to", f"{NEAR}\nIn units of the latent axes.", lambda r: amounts.figures(r.near)),
)
CAPTION = f"{COMPLETENESS}\n{CONTINUITY}\nFirst for codes drawn from N(0, I), then for codes drawn from its own range."
CORNERS = (
    "A VAE's own range is a box, and its codes a ball: the corners were never asked for, so that draws from its range "
    "come back less often than those from N(0, I)."
)
UNKNOWN = "–"
HEADER = ["figure", "unit", "this run", "beside it"]


class RegularityFigures(QWidget):
    """A small table of two columns and a sentence."""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Completeness and continuity", "", "regularityFigures")
        self._figures: Figures | None = None
        self._cells: dict[tuple[str, int], QLabel] = {}
        self._of_vaes: list[QLabel] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GAP)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(0, 1)
        self._fill()
        self.note = describe(QLabel(), "", "", "regularityNote")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.note, "small")
        column = tight(QVBoxLayout(self), theme.GAP // 2)
        column.addLayout(self._grid)
        column.addWidget(self.note)

    def show_figures(self, figures: Figures) -> None:
        """Show what is known of both; a dash where it is not."""
        self._figures = figures
        for number, each in enumerate((figures.mine, figures.other)):
            head = self._cells["head", number]
            head.setText(heads(figures)[number])
            whose = "this run" if number == 0 else "beside it"
            head.setToolTip("" if each is None else as_written(f"{each.title} ({whose})"))
            for row in ROWS:
                if row.told is not None:
                    cell = self._cells[row.key, number]
                    text = "" if each is None else _told(row, each.found)
                    cell.setText(text)
                    whose = "" if each is None else f", {each.title}"
                    cell.setAccessibleName(f"{row.words}{whose}: {text}")
        self.note.setText(note(figures))
        vaes = _of_kind(figures, "vae")
        for label in self._of_vaes:
            label.setVisible(bool(vaes))
        self._make_room()
        self.note.setToolTip(CORNERS if any(_lacks_corners(each) for each in vaes) else "")

    def cell(self, key: str, number: int) -> QLabel:
        """The label of a figure: 0 is this run, 1 the other one."""
        return self._cells[key, number]

    def table(self) -> list[list[object]]:
        """A row a figure, with all digits."""
        figures = self._figures
        found = [None if figures is None else figures.mine.found]
        found.append(None if figures is None or figures.other is None else figures.other.found)
        titles = ["" if each is None else each.title for each in ((figures.mine, figures.other) if figures else ())]
        rows: list[list[object]] = [["run", "", *titles]]
        for words, unit, told in _NUMBERS:
            rows.append([words, unit, *("" if each is None else told(each) for each in found)])
        return rows

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    # inside

    def _make_room(self) -> None:
        """For all lines of the note: of words that may be broken Qt takes one line to be enough.

        Measured, not asked of the label: what it says is never less than the room that it has.
        """
        room = QRect(0, 0, self.width(), NO_LIMIT)
        lines = self.note.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), self.note.text())
        self.note.setMinimumHeight(lines.height())

    def _fill(self) -> None:
        for number in range(2):
            self._cells["head", number] = head = QLabel()
            theme.set_role(head, "muted" if number else "strong")
            self._grid.addWidget(head, 0, number + 1, Qt.AlignmentFlag.AlignRight)
        for line, row in enumerate(ROWS):
            label = QLabel(row.words)
            label.setToolTip(row.tip)
            theme.set_role(label, "muted" if row.told is None else "small")
            self._grid.addWidget(label, line, 0, 1, 3 if row.told is None and line > 0 else 1)
            if row.of_vaes:
                self._of_vaes.append(label)
            if row.told is not None:
                label.setIndent(theme.GAP)
                for number in range(2):
                    self._cells[row.key, number] = cell = describe(
                        QLabel(UNKNOWN), row.words, row.tip, f"{row.key}{number}"
                    )
                    self._grid.addWidget(cell, line, number + 1, Qt.AlignmentFlag.AlignRight)
                    if row.of_vaes:
                        self._of_vaes.append(cell)


_NUMBERS: tuple[tuple[str, str, Callable[[Regularity], object]], ...] = (
    ("completeness, N(0, I)", "share", lambda r: r.complete_prior.back),
    ("completeness, own range", "share", lambda r: r.complete_range.back),
    ("completeness to (1 - sigma^2) z, N(0, I)", "share", lambda r: r.complete_prior.pulled),
    ("completeness to (1 - sigma^2) z, own range", "share", lambda r: r.complete_range.pulled),
    ("codes that N(0, I) reaches", "share", lambda r: r.reached),
    ("continuity, N(0, I)", "largest / median", lambda r: r.continuity_prior.ratio),
    ("continuity, N(0, I): median", "picture's norm per unit", lambda r: r.continuity_prior.median),
    ("continuity, N(0, I): largest", "picture's norm per unit", lambda r: r.continuity_prior.largest),
    ("continuity, own range", "largest / median", lambda r: r.continuity_range.ratio),
    ("continuity, own range: median", "picture's norm per unit", lambda r: r.continuity_range.median),
    ("continuity, own range: largest", "picture's norm per unit", lambda r: r.continuity_range.largest),
    ("near", "units of the latent axes", lambda r: r.near),
    ("small step", "units of the latent axes", lambda r: r.step),
    ("draws", "codes", lambda r: r.draws),
)


def _told(row: Row, found: Regularity | None) -> str:
    """A figure in words; few draws reach less and find a smaller largest change, which no other run's can stand by."""
    if found is None or row.told is None or (row.of_all_draws and found.draws < DRAWS):
        return UNKNOWN
    return row.told(found)


def times(ratio: float) -> str:
    """A ratio, shortly: above 10 its decimals would be those of the draws."""
    return f"{amount(ratio, 1 if ratio < 9.95 else 0)} ×"


def heads(figures: Figures) -> tuple[str, str]:
    """What the two columns are called."""
    mine, other = figures.mine.kind.upper(), "" if figures.other is None else figures.other.kind.upper()
    return mine, "its twin" if other == mine else other


def caption(measured: Measured | None, own: bool) -> str:
    """A run above its map: its title, and how complete and continuous it is, for both kinds of draws."""
    if measured is None:
        return ""
    found, title = measured.found, f"<b>{html.escape(measured.title)}</b>{' (this run)' if own else ''}"
    if found is None:
        return f"{title}<br>{html.escape(measured.sentence) or 'Measuring…'}"
    shares = [html.escape(percent(share)) for share in (found.complete_prior.back, found.complete_range.back)]
    complete = f"completeness {shares[0]}, own range {shares[1]}"
    continuous = [_told(row, found) for row in ROWS if row.key in ("continuityPrior", "continuityRange")]
    return f"{title}<br>{complete}<br>continuity {continuous[0]}, own range {continuous[1]}"


def note(figures: Figures) -> str:
    """What must be said with the figures, in a sentence or two."""
    both = (figures.mine, figures.other)
    sentences = list(dict.fromkeys(each.sentence for each in both if each is not None and each.sentence))
    vaes = _of_kind(figures, "vae")
    sentences += [_unused(each, _whose(figures, each)) for each in vaes if each.unused and each.found is not None]
    ae = next(iter(_of_kind(figures, "ae")), None)
    if ae is not None and ae.found is not None and ae.found.draws >= DRAWS:
        near = percent(ae.found.reached)
        sentences.append(f"N(0, I) is not an AE's distribution: draws from it come near {near} of this AE's codes.")
    mine, other = figures.mine, figures.other
    if other is not None and other.data and other.data != mine.data:
        sentences.append(f"The {other.kind.upper()} beside it learned {other.data}, this run {mine.data}.")
    if figures.why_alone:
        sentences.append(figures.why_alone)
    if figures.learning and figures.mine.found is not None:
        sentences.append(f"From {figures.mine.found.draws} draws while it learns.")
    elif any(each is not None and each.found is None and not each.sentence for each in (figures.mine, figures.other)):
        sentences.append("Measuring…")
    return " ".join(sentences)


def _of_kind(figures: Figures, kind: str) -> list[Measured]:
    return [each for each in (figures.mine, figures.other) if each is not None and each.kind == kind]


def _lacks_corners(vae: Measured) -> bool:
    """Whether draws from its box come back less often; where many axes are unused those from N(0, I) do."""
    found = vae.found
    return vae.dims > 1 and found is not None and found.complete_range.back < found.complete_prior.back


def _whose(figures: Figures, vae: Measured) -> str:
    """The owner of axes: where there are two VAEs, which of them."""
    if len(_of_kind(figures, "vae")) < 2:
        return "the VAE's"
    return "this run's" if vae is figures.mine else "its twin's"


def _unused(vae: Measured, whose: str) -> str:
    if vae.unused == vae.dims:
        owner = whose.removesuffix("'s")
        axes = f"The only axis of {owner} is" if vae.dims == 1 else f"All {vae.dims} axes of {owner} are"
        return (
            f"{axes} hardly used: what is drawn is lost, and near is so small beside it that no low share, not even "
            "that to (1 − σ²) z, is a hole."
        )
    are, them = ("is", "it") if vae.unused == 1 else ("are", "them")
    return (
        f"{vae.unused} of {whose} {vae.dims} axes {are} hardly used: what is drawn on {them} is lost, which lowers "
        "completeness (not that to (1 − σ²) z) and reach and is no hole."
    )
