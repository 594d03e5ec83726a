"""The tools in the title row of the regularity view: which heat, points on or off, zoom, fit, and what can be saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.latent.toolbar import ICON, NARROW
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
ROOM = 24  # of a segment beside its words
TABLES = {
    "map": "Save the map's numbers (CSV)…",
    "figures": "Save the figures (CSV)…",
    "draws": "Save the draws (CSV)…",
}


class RegularityTools(QWidget):
    """One row of buttons; what they do is told by signals."""

    layer_chosen = Signal(str)  # "round" or "nearest"
    points_toggled = Signal(bool)
    fit_requested = Signal()
    zoom_requested = Signal(bool)  # True: closer
    picture_wanted = Signal()
    table_wanted = Signal(str)  # "map", "figures" or "draws"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP // 2)
        row.addWidget(self._layers())
        self.points = describe(
            QToolButton(), "Show the held-out codes", "Show the held-out codes (P)", "regularityPoints"
        )
        self.points.setText("Points")
        self.points.setCheckable(True)
        self.points.setChecked(True)
        self.points.toggled.connect(self.points_toggled)
        row.addWidget(self.points)
        self.closer = self._button("plus", "Zoom in", "Zoom in (+, or the wheel at a place)", "regularityCloser")
        self.farther = self._button("minus", "Zoom out", "Zoom out (-)", "regularityFarther")
        self.fit = self._button("fit", "Fit the map of holes", "Show all codes (F)", "regularityFit")
        self.export = self._button("export", "Export", "Save the view, or its numbers", "regularityExport")
        self.closer.clicked.connect(lambda: self.zoom_requested.emit(True))
        self.farther.clicked.connect(lambda: self.zoom_requested.emit(False))
        self.fit.clicked.connect(self.fit_requested)
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export.setMenu(self._menu())
        for button in (self.closer, self.farther, self.fit, self.export):
            row.addWidget(button)

    def layer(self) -> str:
        """The layer that is chosen."""
        return next(name for name, button in self.layers.items() if button.isChecked())

    def next_layer(self) -> None:
        """Choose the other layer."""
        names = list(self.layers)
        self.layers[names[(names.index(self.layer()) + 1) % len(names)]].click()

    def fit_into(self, width: int) -> None:
        """In a narrow view leave zooming to the wheel and the keys."""
        for button in (self.closer, self.farther):
            button.setVisible(width >= NARROW)

    def show_draws(self, there: bool) -> None:
        """Say whether there are draws that could be saved."""
        for action in self.export.menu().actions():
            if action.data() == "draws":
                action.setEnabled(there)

    def _layers(self) -> QFrame:
        box = QFrame()
        theme.set_role(box, "segments")
        box.setFixedHeight(TITLE_ROW)
        box.setStyleSheet("QPushButton { min-height: 16px; }")  # as tall as the title row allows
        row = QHBoxLayout(box)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        group = QButtonGroup(self)
        self.layers: dict[str, QPushButton] = {}
        for name, (words, accessible, tip) in LAYERS.items():
            button = describe(QPushButton(words), accessible, tip, f"{name}Layer")
            button.setCheckable(True)
            theme.set_role(button, "segment")
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(words) + ROOM)  # the chosen one is bold
            group.addButton(button)
            row.addWidget(button)
            button.clicked.connect(lambda _=False, name=name: self.layer_chosen.emit(name))
            self.layers[name] = button
        self.layers["round"].setChecked(True)
        return box

    def _menu(self) -> QMenu:
        menu = QMenu(self.export)
        menu.addAction(theme.icon("image"), "Save the view (PNG, SVG)…", self.picture_wanted.emit)
        menu.addSeparator()
        for what, words in TABLES.items():
            action = menu.addAction(words)
            action.setData(what)
            action.triggered.connect(lambda _=False, what=what: self.table_wanted.emit(what))
        return menu

    def _button(self, icon: str, name: str, tip: str, object_name: str) -> QToolButton:
        button = describe(QToolButton(), name, tip, object_name)
        button.setIcon(theme.icon(icon))
        button.setIconSize(ICON)
        return button
