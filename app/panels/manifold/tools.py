"""The manifold's tools: those of every plane, and grids of decoded images to save."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app import theme
from app.panels.plane.tools import PlaneTools

GRIDS = (15, 30)
OVER = {"prior": "the prior's quantiles", "range": "the codes' range"}


class ManifoldTools(PlaneTools):
    """One row of buttons; what they do is told by signals."""

    grid_wanted = Signal(int, str)  # images along a side, 0 where that is to be asked; "prior" or "range"

    def __init__(self) -> None:
        super().__init__("manifold", "the manifold", "Save the picture, or a grid of images")
        for over, words in OVER.items():
            self.menu.addSeparator()
            for steps in (*GRIDS, 0):
                name = f"Save {steps or 'n'} × {steps or 'n'} over {words} (PNG, CSV)…"
                action = self.menu.addAction(theme.icon("image"), name)
                action.setData(over)
                action.triggered.connect(lambda _=False, n=steps, over=over: self.grid_wanted.emit(n, over))

    def show_prior(self, there: bool) -> None:
        """Say whether there is a prior (a VAE's) to take quantiles of."""
        self.enable("prior", there)
