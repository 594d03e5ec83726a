"""A plane's surface: the map's, but that the left button moves it, as on a map of streets, and a click picks."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from app.panels.latent.view import STILL_PX, MapView

LEFT = Qt.MouseButton.LeftButton


class PlaneSurface(MapView):
    """A press of the left button that hardly moves is a click; any other one takes the plane along."""

    clicked = Signal(float, float)  # on the plane

    def __init__(self) -> None:
        super().__init__()
        self.backdrop.has_grid = self.backdrop.empty = False  # under tiles or colours a grid would not be seen
        self._click_at: QPointF | None = None

    def show_place(self, x: float, y: float, margin: float) -> None:
        """Move the view as little as brings a place into it, `margin` pixels from its edge."""
        frame = self.frame()
        across, up = margin / frame.scale_x, margin / frame.scale_y
        right = max(x + across - frame.right, 0.0) + min(x - across - frame.left, 0.0)
        higher = max(y + up - frame.top, 0.0) + min(y - up - frame.bottom, 0.0)
        if right or higher:
            self.view_box.translateBy(x=right, y=higher)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != LEFT or self._space:
            super().mousePressEvent(event)
            return
        self.pointer = self._click_at = event.position()
        self._panning, self._pan_length = LEFT, 0.0
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._click_at is not None:
            if (event.position() - self._click_at).manhattanLength() < STILL_PX:
                return
            self._click_at = None  # all of the way is moved, from where the button went down
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == LEFT and self._click_at is not None:
            at, self._click_at = self._click_at, None
            self.clicked.emit(*self._place(at))
