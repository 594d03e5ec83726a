"""The tools of a plane in its view's title row: points on or off, zoom, fit, and what can be saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.latent.toolbar import ICON, NARROW
from app.panels.titled import tight


class PlaneTools(QWidget):
    """One row of buttons, the view's own before them; what they do is told by signals."""

    points_toggled = Signal(bool)
    fit_requested = Signal()
    zoom_requested = Signal(bool)  # True: closer
    picture_wanted = Signal()

    def __init__(self, name: str, fitted: str, export: str) -> None:
        """`name` begins the buttons' object names; `fitted` says what is fitted, `export` what can be saved."""
        super().__init__()
        self._name = name
        self.row = tight(QHBoxLayout(self), theme.GAP // 2)
        self.points = self.switch("Points", "Show the held-out codes", "Show the held-out codes (P)", "Points")
        self.points.setChecked(True)
        self.points.toggled.connect(self.points_toggled)
        self.closer = self._button("plus", "Zoom in", "Zoom in (+, or the wheel at a place)", "Closer")
        self.farther = self._button("minus", "Zoom out", "Zoom out (-)", "Farther")
        self.fit = self._button("fit", f"Fit {fitted}", "Show all codes (F)", "Fit")
        self.export = self._button("export", "Export", export, "Export")
        self.closer.clicked.connect(lambda: self.zoom_requested.emit(True))
        self.farther.clicked.connect(lambda: self.zoom_requested.emit(False))
        self.fit.clicked.connect(self.fit_requested)
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.export)
        self.menu.addAction(theme.icon("image"), "Save picture (PNG, SVG)…", self.picture_wanted.emit)
        self.export.setMenu(self.menu)

    def fit_into(self, width: int) -> None:
        """In a narrow view leave zooming to the wheel and the keys."""
        for button in (self.closer, self.farther):
            button.setVisible(width >= NARROW)

    def enable(self, data: str, there: bool) -> None:
        """Say whether what an entry of the export menu saves is there."""
        for action in self.menu.actions():
            if action.data() == data:
                action.setEnabled(there)

    def switch(self, words: str, name: str, tip: str, object_name: str) -> QToolButton:
        """A button that is on or off, at the end of the row."""
        button = describe(QToolButton(), name, tip, f"{self._name}{object_name}")
        button.setText(words)
        button.setCheckable(True)
        self.row.addWidget(button)
        return button

    def _button(self, icon: str, name: str, tip: str, object_name: str) -> QToolButton:
        button = describe(QToolButton(), name, tip, f"{self._name}{object_name}")
        button.setIcon(theme.icon(icon))
        button.setIconSize(ICON)
        self.row.addWidget(button)
        return button
