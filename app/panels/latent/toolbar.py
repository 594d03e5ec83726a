"""The map's tools: the prior's rings, zoom, fit and export in its title row, and which plane is shown."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.amounts import percent
from app.keys import called_here
from app.panels.describing import describe
from app.panels.export_button import ExportButton
from app.panels.quiet import QuietComboBox
from app.panels.titled import tight
from models.latent_space import Projection

ICON = QSize(16, 16)
AXIS_WIDTH = 64
NARROW = 640  # width of a view below which its tools leave room for what stands beside them
RINGS_TIP = (
    "Rings at 1, 2 and 3 sigma of the prior N(0, I): where a VAE expects codes to lie.\n"
    "39 % of the prior lies inside the first ring, 86 % inside the second, 99 % inside the third."
)
LINES_TIP = (
    "Lines at 1, 2 and 3 sigma of the prior N(0, 1), on both sides: where a VAE expects codes to lie.\n"
    "68 % of the prior lies between the first two, 95 % between the second, 99.7 % between the third."
)
PLANE_TIP = (
    "What the map shows of a latent space with more than two dimensions.\n"
    "PCA: the plane in which the codes vary most. Two axes: any two of the latent numbers."
)


class ProjectionChooser(QWidget):
    """Which plane of a latent space with more than two dimensions is shown: the PCA plane or two axes."""

    requested = Signal(str)  # "pca", or "axes:0,3" with axes counted from 0

    def __init__(self) -> None:
        super().__init__()
        self._dimensions = 0
        self._share = 0.0
        row = tight(QHBoxLayout(self), theme.GAP // 2)
        self.plane = describe(QuietComboBox(), "Plane shown on the map", PLANE_TIP, "planeShown")
        self.plane.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.plane.setMinimumWidth(112)
        self.plane.addItem("PCA plane", "pca")
        self.plane.addItem("Two axes", "axes")
        self.across, self.by, self.up = QuietComboBox(), QLabel("×"), QuietComboBox()
        for box, name, own in (
            (self.across, "Axis to the right", "axisAcross"),
            (self.up, "Axis upwards", "axisUpwards"),
        ):
            describe(box, name, f"{name}: the latent number shown there.", own)
            box.setMaxVisibleItems(16)
            box.setFixedWidth(AXIS_WIDTH)
            box.activated.connect(self._ask)
        for widget in (self.plane, self.across, self.by, self.up):
            row.addWidget(widget)
        self.plane.activated.connect(self._ask)
        self.hide()

    def show_projection(self, projection: Projection, latent_dim: int) -> None:
        """Mirror the projection in force; with two dimensions or fewer there is nothing to choose."""
        self.setVisible(latent_dim > 2)
        if latent_dim != self._dimensions:
            self._dimensions = latent_dim
            for box, first in ((self.across, 0), (self.up, 1)):
                box.clear()
                box.addItems([f"z{i + 1}" for i in range(latent_dim)])
                box.setCurrentIndex(min(first, latent_dim - 1))
        self._share = sum(projection.explained or ())
        self._write_share()
        of_axes = projection.kind == "axes"
        self.plane.setCurrentIndex(1 if of_axes else 0)
        if of_axes:
            for box, title in zip((self.across, self.up), projection.axis_titles, strict=True):
                box.setCurrentIndex(max(0, box.findText(title)))
        for widget in (self.across, self.by, self.up):
            widget.setVisible(of_axes)

    def _write_share(self) -> None:
        share = f" ({percent(self._share)} of the variance)" if self._share else ""
        self.plane.setItemText(0, f"PCA plane{share}")

    def _ask(self) -> None:
        if self.plane.currentData() == "pca":
            self.requested.emit("pca")
            return
        across, up = self.across.currentIndex(), self.up.currentIndex()
        if across == up:  # a plane needs two axes: the one that was not touched gives way
            other = self.up if self.sender() is self.across else self.across
            other.setCurrentIndex((other.currentIndex() + 1) % self._dimensions)
            across, up = self.across.currentIndex(), self.up.currentIndex()
        self.requested.emit(f"axes:{across},{up}")


class MapTools(QWidget):
    """Rings, zoom, fit and export in one row beside the views' tabs; `projection` stands in a row of its own."""

    fit_requested = Signal()
    zoom_requested = Signal(bool)  # True: closer
    rings_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        row = tight(QHBoxLayout(self), theme.GAP // 2)
        self.projection = ProjectionChooser()
        self.rings = QToolButton()
        self.rings.setText("σ rings")
        self.rings.setCheckable(True)
        self.rings.setChecked(True)
        self.rings.setObjectName("mapRings")
        self.rings.setAccessibleName("Show the prior's rings")
        self.rings.setToolTip(RINGS_TIP)
        self.rings.toggled.connect(self.rings_toggled)
        row.addWidget(self.rings)
        self.closer = self._button("plus", "Zoom in", "Zoom in (+, or the wheel at the place you mean)", "mapCloser")
        self.farther = self._button("minus", "Zoom out", "Zoom out (-)", "mapFarther")
        self.fit = self._button("fit", "Fit the map", called_here("Show all points (F or Ctrl+0)"), "mapFit")
        self.closer.clicked.connect(lambda: self.zoom_requested.emit(True))
        self.farther.clicked.connect(lambda: self.zoom_requested.emit(False))
        self.fit.clicked.connect(self.fit_requested)
        for button in (self.closer, self.farther, self.fit):
            row.addWidget(button)
        self.export = ExportButton("mapExport")
        row.addWidget(self.export)

    def show_projection(self, projection: Projection, latent_dim: int) -> None:
        """Mirror the projection in force; of one dimension the rings are lines."""
        self.projection.show_projection(projection, latent_dim)
        self.rings.setToolTip(LINES_TIP if projection.kind == "line" else RINGS_TIP)

    def _button(self, icon: str, name: str, tip: str, object_name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(object_name)
        button.setIcon(theme.icon(icon))
        button.setIconSize(ICON)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        return button
