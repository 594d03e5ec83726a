"""The regularity view's tools: which heat, those of every plane, and the tables that can be saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton

from app import theme
from app.panels.describing import describe
from app.panels.plane.tools import PlaneTools
from app.panels.segments import Segments
from app.panels.titled import TITLE_ROW

LAYERS = {
    "round": (
        "Round trip",
        "Show how far a code comes back",
        "How far encode(decode(z)) lands from z: where that is far, the picture is one of another code (H)",
    ),
    "nearest": (
        "Nearest code",
        "Show how far the nearest code is",
        "Distance from a place to the nearest held-out code: where there is no data (H)",
    ),
}
BOTH_TIP = (
    "Show the map of the AE or VAE that stands beside this run next to its own, in the same colours (B).\n"
    "That is its twin in the Twins view, or else the shipped run of the other kind with as many latent numbers."
)
SHORT = {"round": "Trip", "nearest": "Code"}
SHORT_BELOW = 480  # width of a view in which whole words find no room
ROOM = 24  # of a segment beside its words
TABLES = {
    "map": "Save numbers of the map (CSV)…",
    "figures": "Save figures (CSV)…",
    "draws": "Save draws (CSV)…",
}


class RegularityTools(PlaneTools):
    """One row of buttons; what they do is told by signals."""

    layer_chosen = Signal(str)  # "round" or "nearest"
    table_wanted = Signal(str)  # "map", "figures" or "draws"
    both_wanted = Signal(bool)  # the other run's map beside this one's

    def __init__(self) -> None:
        super().__init__("regularity", "the map of holes", "Save the picture or the numbers")
        self.row.insertWidget(0, self._layers())
        self.both = self.switch("Both", "Show both maps", BOTH_TIP, "Both")
        self.row.insertWidget(1, self.both)
        self.both.toggled.connect(self.both_wanted)
        self.menu.addSeparator()
        for what, words in TABLES.items():
            action = self.menu.addAction(theme.icon("export"), words)
            action.setData(what)
            action.triggered.connect(lambda _=False, what=what: self.table_wanted.emit(what))

    def fit_into(self, width: int) -> None:
        """In a narrow view write less, and leave zooming to the wheel and the keys."""
        super().fit_into(width)
        self._write_layers(short=width < SHORT_BELOW)

    def layer(self) -> str:
        """The layer that is chosen."""
        return next(name for name, button in self.layers.items() if button.isChecked())

    def next_layer(self) -> None:
        """Choose the other layer."""
        names = list(self.layers)
        self.layers[names[(names.index(self.layer()) + 1) % len(names)]].click()

    def show_draws(self, there: bool) -> None:
        """Say whether there are draws that could be saved."""
        self.enable("draws", there)

    def _layers(self) -> QFrame:
        self.layers = {
            name: describe(QPushButton(words), accessible, tip, f"{name}Layer")
            for name, (words, accessible, tip) in LAYERS.items()
        }
        box = Segments(self.layers.values())
        box.setFixedHeight(TITLE_ROW)
        box.setStyleSheet("QPushButton { min-height: 16px; }")  # as tall as the title row allows
        box.row.setSpacing(0)
        for name, button in self.layers.items():
            button.clicked.connect(lambda _=False, name=name: self.layer_chosen.emit(name))
        self._write_layers(short=False)
        return box

    def _write_layers(self, short: bool) -> None:
        for name, button in self.layers.items():
            words = SHORT[name] if short else LAYERS[name][0]
            button.setText(words)
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(words) + ROOM)  # the chosen one is bold
