"""The tools in the manifold's title row: points on or off, zoom, fit, and what can be saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.latent.toolbar import ICON, NARROW

GRIDS = (15, 30)
OVER = {"prior": "the prior's quantiles", "range": "the codes' range"}


class ManifoldTools(QWidget):
    """One row of buttons; what they do is told by signals."""

    points_toggled = Signal(bool)
    fit_requested = Signal()
    zoom_requested = Signal(bool)  # True: closer
    picture_wanted = Signal()
    grid_wanted = Signal(int, str)  # images along a side; "prior" or "range"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP // 2)
        self.points = describe(
            QToolButton(), "Show the held-out codes", "Show the held-out codes (P)", "manifoldPoints"
        )
        self.points.setText("Points")
        self.points.setCheckable(True)
        self.points.setChecked(True)
        self.points.toggled.connect(self.points_toggled)
        row.addWidget(self.points)
        self.closer = self._button("plus", "Zoom in", "Zoom in (+, or the wheel at a place)", "manifoldCloser")
        self.farther = self._button("minus", "Zoom out", "Zoom out (-)", "manifoldFarther")
        self.fit = self._button("fit", "Fit the manifold", "Show all codes (F)", "manifoldFit")
        self.export = self._button("export", "Export", "Save the view, or a grid of images", "manifoldExport")
        self.closer.clicked.connect(lambda: self.zoom_requested.emit(True))
        self.farther.clicked.connect(lambda: self.zoom_requested.emit(False))
        self.fit.clicked.connect(self.fit_requested)
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export.setMenu(self._menu())
        for button in (self.closer, self.farther, self.fit, self.export):
            row.addWidget(button)

    def show_prior(self, there: bool) -> None:
        """Say whether there is a prior (a VAE's) to take quantiles of."""
        for action in self.export.menu().actions():
            if action.data() == "prior":
                action.setEnabled(there)

    def fit_into(self, width: int) -> None:
        """In a narrow view leave zooming to the wheel and the keys."""
        for button in (self.closer, self.farther):
            button.setVisible(width >= NARROW)

    def _menu(self) -> QMenu:
        menu = QMenu(self.export)
        menu.addAction(theme.icon("image"), "Save the view (PNG, SVG)…", self.picture_wanted.emit)
        for over, words in OVER.items():
            menu.addSeparator()
            for steps in GRIDS:
                action = menu.addAction(f"Save {steps} × {steps} over {words} (PNG, CSV)…")
                action.setData(over)
                action.triggered.connect(lambda _=False, n=steps, over=over: self.grid_wanted.emit(n, over))
        return menu

    def _button(self, icon: str, name: str, tip: str, object_name: str) -> QToolButton:
        button = describe(QToolButton(), name, tip, object_name)
        button.setIcon(theme.icon(icon))
        button.setIconSize(ICON)
        return button
