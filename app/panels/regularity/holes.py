"""One map of holes: heat under the codes of a plane, the prior's rings, and the codes drawn from a posterior."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from app.panels.latent.overlays import PriorRings
from app.panels.plane.plane import Plane
from app.panels.regularity.heat import DrawnLayer, HeatItem
from app.seen.regularity import Posterior
from models.latent_space import Projection
from models.regularity import Cells

POINTS_OPACITY = 0.8  # holes between them are to be seen
POSTERIOR_ROOM = 3.2  # sigmas on either side of the mean


class HolePlane(Plane):
    """Shows heat under the codes, that of the newest picture only."""

    def __init__(self, name: str, object_name: str) -> None:
        super().__init__(name, object_name)
        box = self.surface.view_box
        self.heat, self.rings, self.drawn = HeatItem(box), PriorRings(box), DrawnLayer(box)
        self.add(self.heat, self.rings, self.drawn)
        self.points.setOpacity(POINTS_OPACITY)

    # in

    def begin_heat(self, number: int, stand_in: bool) -> None:
        """The heat is out of date; that of picture `number` will come."""
        self.show_empty("")
        self.heat.begin(number, stand_in)

    def show_heat(self, number: int, cells: Cells, near: float) -> bool:
        """Show squares of picture `number`; those of an older one are dropped."""
        return self.heat.keep(number, cells, near)

    def show_nothing(self, text: str) -> None:
        """Show no heat, only a sentence about what is missing."""
        self.heat.clear()
        self.show_empty(text)

    def show_alone(self, sentence: str) -> None:
        """No network is here: only a sentence that says why; codes, rings, axes and pin would be of an older one."""
        self.show_nothing(sentence)
        self.show_codes(np.zeros((0, 2), np.float32), np.zeros(0, np.int64))
        self.mark_pinned(None)
        self.show_slice("", "")
        self._show_network(False)

    def show_network(self, has_prior: bool, room: float) -> None:
        """A network is here, with or without a prior, still to learn or not."""
        super().show_network(has_prior, room)
        self._show_network(True)

    def _show_network(self, shown: bool) -> None:
        self.rings.setVisible(shown)
        self.surface.show_axes(shown)

    def show_projection(self, projection: Projection, latent_dim: int) -> None:
        """Name the plane; another one is fitted."""
        super().show_projection(projection, latent_dim)
        self.rings.lie(projection.kind == "line", QPointF(*projection.prior_centre()))

    def show_posterior(self, posterior: Posterior | None) -> None:
        """Show the ellipses of a posterior, or none."""
        self.marks.ellipses = [] if posterior is None else list(posterior.ellipses)
        self.layer.update()
        if posterior is None:
            self.drawn.show_draws(None, [], 0)

    # what a person does with it

    def go_to_posterior(self) -> None:
        """Show the ellipses as large as they go."""
        outlines = [outline for outline, _ in self.marks.ellipses]
        if not outlines:
            return
        (left, bottom), (right, top) = (np.concatenate(outlines).min(axis=0), np.concatenate(outlines).max(axis=0))
        side = max(right - left, top - bottom, 1e-3) * POSTERIOR_ROOM / 2
        self.surface.fit(QRectF((left + right - side) / 2, (bottom + top - side) / 2, side, side))
